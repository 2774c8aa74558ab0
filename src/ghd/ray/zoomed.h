/* Rays on grids that are fine around the edges of their regions only; library-internal.
 *
 * At fractions of pi the narrowest kernel decides on the spacing of a level, but the structure that
 * needs it is near the edges (tba/grid/zoom.h).  A ray is first looked for on a line of a third, a
 * ninth
 * ... of the nodes, which places its edges to some 1e-4, and then solved with patches around them.
 * Its error is measured on patches of half the spacing, as that of any ray. */
#ifndef KZ_GHD_RAY_ZOOMED_H
#define KZ_GHD_RAY_ZOOMED_H

#include "ghd/ray/ray.h"

typedef struct kz_zoomed kz_zoomed; /* one per thread; bound to a level */

/* For rays of this tolerance; *out is NULL where patches do not pay. */
KZ_CHECK_RESULT kz_status kz_zoomed_create(kz_zoomed **out, const kz_level *level, double tol);
void kz_zoomed_free(kz_zoomed *zoomed);

/* As kz_ray_solve(), which is left to the ray where this does not return KZ_OK or misses tol:
 * KZ_ENOCONV, KZ_EINVAL where patches do not fit or would be most of the line. */
KZ_CHECK_RESULT kz_status kz_zoomed_solve(kz_ray *out, kz_zoomed *zoomed, double zeta, double tol,
                                          bool cold);

/* The last ray, as far as it came, as the start of zeta on the whole level. */
void kz_zoomed_start(kz_ray_work *work, const kz_zoomed *zoomed, double zeta);

#endif
