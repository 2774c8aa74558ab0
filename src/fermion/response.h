/* Response of the currents at an edge of the XX chain; library-internal. */
#ifndef KZ_FERMION_RESPONSE_H
#define KZ_FERMION_RESPONSE_H

#include <stdbool.h>

#include <kapitza/state.h>

/* What a thermal edge (beta, mu) sends into a half of the chain, by d/dX_b, X = (beta, -mu):
 *     response[a][b] = int_0^pi dk/2pi sin(k) n(1 - n) q_a q_b,   q = (energy, 1) >= 0.
 * Symmetric; what comes in from the reservoir does not depend on X.  Accurate to
 * rounding however small it is, relative to response[1][1]; where |beta| <= 1 that of energy and
 * spin, which vanishes with beta, relative to itself. */
void kz_fermion_response(double response[2][2], const kz_state *thermal);

/* What it sends into a polarised half, to the right if the half is there:
 *     current[a] = int_0^pi dk/2pi sin(k) (n - n_half) q_a,   n_half = 1 for spin > 0, else 0.
 *  err  out  of each; the spin current's small against itself, the energy current's too where
 *            |beta| <= 1 and else small against the spin current; err[0] is also that of the
 *            response of energy and spin, err[1] that of the others */
void kz_fermion_emission(double current[2], double err[2], const kz_state *thermal, double spin);

/* The same into a half at the ground state without field (sign 1) or the ceiling (-1), by an edge
 * that is nearly in that state: closed forms, of which e^{-(|beta| - |mu|)} is left.  Currents, err
 * and the response are small against themselves.  Returns false, and writes nothing, where that
 * edge is not cold enough. */
bool kz_fermion_cold_emission(double current[2], double err[2], double response[2][2],
                              const kz_state *thermal, int sign);

#endif
