/* Rays that miss the tolerance, or whose crossings do not settle: solved more accurately, or again
 * on a better grid, or given up; library-internal. */
#ifndef KZ_GHD_RAY_REFINE_H
#define KZ_GHD_RAY_REFINE_H

#include "ghd/ray/ray.h"

/* A ray that is still to be brought to tolerance. */
typedef struct {
    size_t index;           /* of the ray among those of the call */
    double solve_tol;       /* of its inner solves */
    kz_ray_report last;     /* on the present grid, INFINITY where no state was found on it */
    kz_ray_report previous; /* on the grid before, INFINITY at first */
    int stalls;             /* finer grids in vain */
} kz_pending_ray;

kz_pending_ray kz_pending_ray_start(size_t index, double tol);

/* kz_ray_solve, and again with more accurate inner solves while they limit the estimate.  *cold
 * in: forget the ray before; out: the workspace is of no use to the next ray.
 * A ray that misses tol is no failure here: out->err and ray->last tell.  Returns KZ_ENOCONV where
 * no state was found on this grid: a finer one may have it, which kz_pending_rays_plan knows. */
KZ_CHECK_RESULT kz_status kz_pending_ray_solve(kz_ray *out, kz_pending_ray *ray, kz_ray_work *work,
                                               double zeta, double tol, bool *cold);

/* What else the ray is asked for was not found on this grid: as if the ray itself had not been. */
void kz_pending_ray_lose(kz_pending_ray *ray);

/* How the grid changed before the last pass. */
typedef struct {
    bool finer, wider;
} kz_grid_change;

/* Drops from rays[0 ... *count-1] those that no grid would help: their estimate did not fall with
 * the last change and is at the level of rounding, or two finer grids did not settle them either.
 * The others' next grid replaces *grid, and *change says in what it is better; with *count = 0 both
 * stay. */
void kz_pending_rays_plan(kz_grid *grid, kz_grid_change *change, kz_pending_ray *rays,
                          size_t *count, double tol);

#endif
