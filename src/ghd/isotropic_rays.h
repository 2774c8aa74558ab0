/* Rays of a bipartition of the isotropic chain, Delta = 1, to a tolerance; library-internal. */
#ifndef KZ_GHD_ISOTROPIC_RAYS_H
#define KZ_GHD_ISOTROPIC_RAYS_H

#include <kapitza/ghd.h>

/* Both states, on grids that are made when a ray needs them and kept. */
typedef struct kz_isotropic_rays kz_isotropic_rays;

/* Returns KZ_EINVAL for a ground state in a field below saturation, KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_rays_create(kz_isotropic_rays **out, const kz_state *left,
                                                   const kz_state *right);
void kz_isotropic_rays_free(kz_isotropic_rays *rays);

/* One ray; may be called from several threads at once, and depends on no other call.  On KZ_ETOL
 * *out stands too, with the err that was reached.
 * Returns KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_rays_solve(kz_ray *out, kz_isotropic_rays *rays, double zeta,
                                                  double tol);

#endif
