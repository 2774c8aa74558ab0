/* A profile at Delta = 1 on grids that are made when a point needs them, and kept;
 * library-internal. */
#ifndef KZ_PROPAGATE_ISOTROPIC_LEVELS_H
#define KZ_PROPAGATE_ISOTROPIC_LEVELS_H

#include "propagate/geometry/geometry.h"
#include "propagate/pieces.h"

typedef struct kz_isotropic_levels kz_isotropic_levels;

/* Copies the profile; states are made to tol.
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_levels_create(kz_isotropic_levels **out,
                                                     const kz_profile *profile, double tol);
void kz_isotropic_levels_free(kz_isotropic_levels *levels);

/* The state at (x, t), each number to *err max(1, |number|): tol, or what was reached where grids
 * end before.  May be called from several threads at once, and depends on no other call.
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_levels_solve(kz_geometry_values *out, double *err,
                                                    kz_isotropic_levels *levels, double x, double t,
                                                    double tol);

#endif
