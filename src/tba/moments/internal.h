/* Shared by the files of moments; library-internal. */
#ifndef KZ_TBA_MOMENTS_INTERNAL_H
#define KZ_TBA_MOMENTS_INTERNAL_H

#include "tba/moments/moments.h"

/* theta, q = theta (1 - theta) and dq/dx at ln eta = x. */
typedef struct {
    double filling, occupied, skew;
} kz_fluctuation;

kz_fluctuation kz_fluctuation_at(double x);

/* Over the spacing: second and third derivatives of ln Z, and what is left to the far edge. */
typedef struct {
    double bb, bm, mm, bbm, bmm, rest;
} kz_moments_sums;

/* The numbers of a state whose responses are there, all but the turning of m->turned. */
void kz_moments_collect(kz_moments_values *out, kz_moments *moments, int order);

/* -- strings beyond the rows of a closed form ---------------------------------------------------
 *
 * F(mean of L_N, mu) enters the last row as s * F, so that ln Z takes half of F's derivatives times
 * int D_N rho_N. */

/* The explicit part of the second derivative of F by beta (0) and mu (1), after the first
 * responses. */
double kz_moments_bend_closure(const kz_moments *moments, int a, int b);

/* Adds their share; returns the magnetization, which is all theirs. */
double kz_moments_add_closure(kz_moments_sums *sum, const kz_moments *moments, int order);

/* -- Delta = 1 (isotropic.h), where no rows are --------------------------------------------------
 */

/* KZ_ETOL where grid.half is too large for dense matrices, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_moments_create(kz_isotropic_moments **out, kz_grid grid);
void kz_isotropic_moments_free(kz_isotropic_moments *moments);
bool kz_isotropic_moments_is_resolved(const kz_isotropic_moments *moments);
KZ_CHECK_RESULT kz_status kz_isotropic_moments_solve(kz_moments_values *out,
                                                     kz_isotropic_moments *moments, double beta,
                                                     double mu, int order, bool warm);

#endif
