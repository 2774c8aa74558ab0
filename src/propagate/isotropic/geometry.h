/* The state at one (x, t) at Delta = 1 on one grid; library-internal. */
#ifndef KZ_PROPAGATE_ISOTROPIC_GEOMETRY_H
#define KZ_PROPAGATE_ISOTROPIC_GEOMETRY_H

#include "propagate/geometry/geometry.h"
#include "propagate/isotropic/heights.h"

/* As kz_geometry_solve(); of the report `doubt` is what solves leave, and on the jump of the
 * magnetization half of that.
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_geometry_solve(kz_geometry_values *out,
                                                      const kz_isotropic_heights *heights, double x,
                                                      double t, double tol,
                                                      kz_geometry_report *report);

#endif
