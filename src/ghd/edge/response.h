/* How the currents of a ray state answer to the thermal state that enters it; library-internal. */
#ifndef KZ_GHD_EDGE_RESPONSE_H
#define KZ_GHD_EDGE_RESPONSE_H

#include "ghd/ray/ray.h"

/* The dressed charges, from which those of the next state start; bound to a level. */
typedef struct kz_response_work kz_response_work;

/* charges 1: response[0][0] alone, the rest is 0;  2: all. */
KZ_CHECK_RESULT kz_status kz_response_work_create(kz_response_work **out, const kz_level *level,
                                                  int charges);
void kz_response_work_free(kz_response_work *work);

/* Starts from the charges of `from`, on a level with fewer nodes in the same window. */
void kz_response_work_inherit(kz_response_work *work, const kz_response_work *from);

/* Exact derivatives of both currents at zeta = 0 with respect to the thermal state on the side
 * `thermal` (KZ_LEFT, KZ_RIGHT) of the last solved ray, X = (beta, -mu), q = (e_j, -n_j):
 *     response[a][b] = sum_j int rho_j |v_j| (1 - theta_j) q_a^dr q_b^dr
 * over the rapidities that this state fills, q_a dressed by the ray state, q_b by the thermal one.
 * The flux vanishes where v = 0, so that the moving edge adds nothing.  The currents that leave
 * the thermal side change by -response.
 *  err    out     of the sums over the nodes; the ray's own error is not in it,
 *  spread out     but what it makes of them, per unit of the error of d and of either dressed
 *                 energy, dressed spins P/2 times that: the factor is small where few states
 *                 fluctuate, or those of small d and q, as at Fermi points of cold states
 *  ray    in      the workspace of that ray, which serves the solves too
 *  tol            of the solves
 * Returns KZ_ENOCONV; response and err are then untouched. */
KZ_CHECK_RESULT kz_status kz_ray_response(double response[2][2], double *err, double spread[2][2],
                                          kz_response_work *work, kz_ray_work *ray, int thermal,
                                          double tol);

#endif
