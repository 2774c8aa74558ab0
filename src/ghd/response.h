/* How the currents of a ray state answer to the thermal state that enters it; library-internal. */
#ifndef KZ_GHD_RESPONSE_H
#define KZ_GHD_RESPONSE_H

#include "ghd/ray.h"

/* Exact derivatives of both currents at zeta = 0 with respect to the thermal state on the side
 * `thermal` (KZ_LEFT, KZ_RIGHT) of the last solved ray, X = (beta, -mu), q = (e_j, -n_j):
 *     response[a][b] = sum_j int rho_j |v_j| (1 - theta_j) q_a^dr q_b^dr
 * over the rapidities that this state fills, q_a dressed by the ray state, q_b by the thermal one.
 * The flux vanishes where v = 0, so that the moving edge adds nothing.  The currents that leave
 * the thermal side change by -response.
 *  charges    1: response[0][0] alone, the rest is 0;  2: all
 *  tol        of the solves
 * Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_ray_response(double response[2][2], kz_ray_work *work, int thermal,
                                          int charges, double tol);

#endif
