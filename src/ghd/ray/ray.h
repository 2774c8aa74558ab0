/* One ray of a bipartition; library-internal. */
#ifndef KZ_GHD_RAY_RAY_H
#define KZ_GHD_RAY_RAY_H

#include <kapitza/ghd.h>

#include "ghd/level/level.h"

typedef struct kz_ray_work kz_ray_work; /* one per thread; bound to a level */

KZ_CHECK_RESULT kz_status kz_ray_work_create(kz_ray_work **out, const kz_level *level);
void kz_ray_work_free(kz_ray_work *work);

/* What limits the accuracy of a ray. */
typedef struct {
    double discretisation, window, rounding;
    double rounding_level; /* of discretisation, when the residuals are hardly more than rounding */
    double tails;          /* share of discretisation: d where it is far below its largest value */
    double energy_err;     /* of energy and energy current alone, all together */
    double unresolved;     /* share of discretisation: v - zeta whose sign is below the residual */
    double hidden;         /* share of discretisation: 1 where a state has a Fermi point between
                            * two nodes, else 0 */
    int iterations, applications;
} kz_ray_report;

/* Solves for the state on the ray zeta; out->err is the estimate reached, whatever tol was.
 * Successive calls start from the previous ray of the same workspace; `cold` forgets it.
 * Returns KZ_ENOCONV; out->status is not written. */
KZ_CHECK_RESULT kz_status kz_ray_solve(kz_ray *out, kz_ray_work *work, double zeta, double tol,
                                       bool cold, kz_ray_report *report);

/* Regions of the ray zeta, until edges move by less than 1e-2, from those in the workspace (`cold`:
 * from none); where they do not settle, the last ones. */
void kz_ray_look(kz_ray_work *work, double zeta, bool cold, kz_ray_report *report);

/* The next ray of the workspace, zeta, starts from these regions [rows] and the d of `line`, on a
 * uniform grid of the same window with as many nodes or fewer. */
void kz_ray_start(kz_ray_work *work, const kz_region *region, double zeta, const kz_ray_work *line);

/* Crossings of string row f (0 ... P-2) of the last solved ray. */
const kz_region *kz_ray_region(const kz_ray_work *work, int f);

#endif
