/* The sign of v - zeta at the nodes, where it is known and where not; library-internal. */
#ifndef KZ_GHD_RAY_UNRESOLVED_H
#define KZ_GHD_RAY_UNRESOLVED_H

#include "ghd/ray/work.h"

/* What such nodes move the energy and the magnetization by at most, were all filled wrongly.
 * A ray close to v_j(infinity) has d = (v - zeta) rho^t far below rho^t over a long tail.  Where d
 * is below its error the filling is that of the neighbours, right or wrong.  `solves`: below
 * `factor` times its error, which better solves or a finer grid mend; `window`: below the tail
 * that comes from the other end through the periodic boundary; `faint`: what `solves` would hardly
 * fall below, by rounding.
 * The workspace holds d and its error on the fine mesh. */
void kz_ray_unresolved(kz_charge_pair *solves, kz_charge_pair *window, kz_charge_pair *faint,
                       const kz_ray_work *work, double factor);

/* The filling must agree with the sign of v - zeta at every node where |d| on the fine mesh is more
 * than `noise`.  Outside the cone it does by proof, but for strings whose weights are the same in
 * both states.  Returns KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_ray_check_signs(const kz_ray_work *work, double zeta, double noise);

#endif
