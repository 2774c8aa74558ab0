/* Response of the currents at an edge of the XX chain; library-internal. */
#ifndef KZ_FERMION_RESPONSE_H
#define KZ_FERMION_RESPONSE_H

#include <kapitza/state.h>

/* What a thermal edge (beta, mu) sends into a half of the chain, by d/dX_b, X = (beta, -mu):
 *     response[a][b] = int_0^pi dk/2pi sin(k) n(1 - n) q_a q_b,   q = (energy, 1) >= 0.
 * Symmetric; what comes in from the reservoir does not depend on X.  Accurate to
 * rounding however small it is, relative to response[1][1]. */
void kz_fermion_response(double response[2][2], const kz_state *thermal);

/* What it sends into a polarised half, to the right if the half is there:
 *     current[a] = int_0^pi dk/2pi sin(k) (n - n_half) q_a,   n_half = 1 for spin > 0, else 0.
 *  err  out  of each; small against the spin current */
void kz_fermion_emission(double current[2], double *err, const kz_state *thermal, double spin);

#endif
