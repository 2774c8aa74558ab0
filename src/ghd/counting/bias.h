/* The ray zeta = 0 in the ensemble weighted by e^{lambda Q}; library-internal.
 *
 * Theory and derivation: docs/fluctuations.md.  With theta the filling of that side from which the
 * string comes, s = sgn v its direction and
 *     kappa = lambda q - sum T * sigma s ln[1 + theta (e^{s kappa} - 1)],
 * the state at the junction has ln eta = (ln eta of its side) - s kappa, and
 *     F = sum_j int dlambda/2pi sigma_j e'_j s_j ln[1 + theta_j (e^{s_j kappa_j} - 1)],
 * which is stationary against moves of the edges of {v > 0}.  In the local form (form.h)
 *     kappa = lambda source + K V,   V = -s ln[1 + (1 - theta)(e^{-s kappa} - 1)],
 *     F = -int V_1 times the source of v rho^t,
 * with strings N-1 and N together in the last row, kappa = a + y and a - y, as in a thermal state.
 */
#ifndef KZ_GHD_COUNTING_BIAS_H
#define KZ_GHD_COUNTING_BIAS_H

#include <kapitza/fluctuations.h>

#include "tba/grid/convolution.h"

/* Both states on one grid and the last solution, from which the next one starts. */
typedef struct kz_bias kz_bias;

/* tol: residual of the states' own equations. */
KZ_CHECK_RESULT kz_status kz_bias_create(kz_bias **out, kz_grid grid, const kz_state *left,
                                         const kz_state *right, kz_charge charge, double tol);
void kz_bias_free(kz_bias *bias);

/* From now on all strings beyond the rows come from this side, whatever their velocity: one branch
 * of F, which counts where kz_bias_agrees(). */
void kz_bias_hold(kz_bias *bias, int side);

/* Whether the last solution has the velocity of the strings beyond the rows that their side asks
 * for. */
bool kz_bias_agrees(const kz_bias *bias);

/* Back to lambda = 0. */
void kz_bias_restart(kz_bias *bias);

/* From the last solution to lambda, in several steps where one fails.  tol: of kappa and of the
 * rays.  out->err: what the iteration leaves and rounding of the fillings takes, not what the grid
 * does; out->status is not written.
 * After a failure the last solution is still there.  Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_bias_solve(kz_fluctuation *out, kz_bias *bias, double lambda,
                                        double tol);

/* A number that differs where the zeros of v in some row do, in number, or the side that the
 * strings beyond the rows come from: F is analytic where it stays. */
unsigned long kz_bias_shape(const kz_bias *bias);

#endif
