/* Density matrices of short open chains with any couplings and fields, in time: an oracle of dense
 * matrices that shares no formula with the library.  Misused it prints a line and aborts. */
#ifndef KZ_TESTS_DENSE_H
#define KZ_TESTS_DENSE_H

#include <stdbool.h>

#include <kapitza/fermion.h>

/* rho(t) of exp(-sum beta_i h_i + sum mu_i Sz_i)/Z, h_i = J (Sx Sx' + Sy Sy' + delta Sz Sz') with
 * half of each site's field, at the ends all of it, evolving under H = sum_i h_i.
 *  out    [count] at the times; entropies are left alone
 *  up     [L] not NULL: the product state instead
 *  L      2 ... 10 */
void dense_profiles(const kz_lattice_profile *out, const double *times, int count, int L,
                    const kz_couplings *chain, const double *beta, const double *mu,
                    const bool *up);

/* The same of all pairs of sites, [L * L] each; no member is NULL. */
void dense_correlations(const kz_pair_correlations *out, const double *times, int count, int L,
                        const kz_couplings *chain, const double *beta, const double *mu,
                        const bool *up);

#endif
