/* The flow of biased states from the ray zeta = 0 of a bipartition; library-internal.
 *
 * Along the flow d/dlambda ln eta = -sgn(v) q^dr [doyon2020, myers2020], from the stationary state
 * at the junction, and F = int_0^lambda j.  With kappa = int_0^lambda q^dr and
 * ln eta = (its value at lambda = 0) - s kappa - memory (swept.h), in the local form (form.h)
 *     q^dr = source + K D q^dr,   j = -int D_1 q^dr_1 times the source of v rho^t,
 * D the hole weights of the present state. */
#ifndef KZ_GHD_COUNTING_FLOW_H
#define KZ_GHD_COUNTING_FLOW_H

#include <kapitza/fluctuations.h>

#include "tba/grid/convolution.h"

typedef struct kz_counting_flow kz_counting_flow;

/* Orders of the steps in lambda. */
enum { KZ_COUNTING_FLOW_ORDER_MAX = 16 };

/* grid: of |Delta| < 1.  tol: residual of the states' own equations.  order: of the polynomials, at
 * least 4; beyond KZ_COUNTING_FLOW_ORDER_MAX that is taken. */
KZ_CHECK_RESULT kz_status kz_counting_flow_create(kz_counting_flow **out, kz_grid grid,
                                                  const kz_state *left, const kz_state *right,
                                                  kz_charge charge, double tol, int order);
void kz_counting_flow_free(kz_counting_flow *flow);

/* Back to lambda = 0, from where it will go as far as `reach`, of either sign.
 *  step  the first one, > 0
 *  tol   of F and dF/dlambda */
KZ_CHECK_RESULT kz_status kz_counting_flow_restart(kz_counting_flow *flow, double reach,
                                                   double step, double tol);

/* Goes on to lambda, which lies between the last one and `reach`.  out->err: what the polynomials
 * leave and rounding of the fillings takes, not what the grid does; out->status is not written.
 * After a failure all that follow fail.  Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_counting_flow_solve(kz_fluctuation *out, kz_counting_flow *flow,
                                                 double lambda);

#endif
