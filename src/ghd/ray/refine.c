/* Three things limit a ray: the accuracy of its inner solves, the spacing, the window.  The first
 * is the cheapest to mend and needs no new grid, so it comes first; what it does not mend is left
 * to the grid.  Each ray is judged by its own estimates from grid to grid: one at the level of
 * rounding neither asks for finer grids nor keeps the others from them. */
#include "ghd/ray/refine.h"

#include <math.h>

/* Estimates at the level of rounding scatter: a ray may be lucky on its second finer grid.  One
 * that does not settle on a grid four times as fine does not for another reason than the grid. */
enum { STALLS_MAX = 2 };

/* Times the level of rounding, which is known to a factor only. */
static const double SCATTER = 5;

static const double SOLVE_TOL_MIN = 1e-13;

/* Of tol: what spacing and window may take each before they ask for a better grid, and what a
 * better grid aims at. */
static const double SHARE = 0.4, AIM = 0.1;

/* Where strings beyond the rows are not all on one side, their share falls as a power of the number
 * of rows, until those resolve it: e^{-this} closer to where all change sides. */
static const double STRINGS_LEAST = 8;

/* Where an estimate above this does not fall, structure is not resolved yet. */
static const double STALL_MAX = 1e-9;

/* Of no grid, or of one on which no state was found. */
static const kz_ray_report NONE = {.discretisation = INFINITY, .window = INFINITY};

kz_pending_ray kz_pending_ray_start(size_t index, double tol)
{
    return (kz_pending_ray){.index = index, .solve_tol = tol, .last = NONE, .previous = NONE};
}

void kz_pending_ray_lose(kz_pending_ray *ray) { ray->last = NONE; }

kz_status kz_pending_ray_solve(kz_ray *out, kz_pending_ray *ray, kz_ray_work *work, double zeta,
                               double tol, bool *cold)
{
    ray->previous = ray->last;
    kz_status status = kz_ray_solve(out, work, zeta, ray->solve_tol, *cold, &ray->last);
    if (status == KZ_ENOCONV && !*cold)
        status = kz_ray_solve(out, work, zeta, ray->solve_tol, true, &ray->last);
    *cold = status != KZ_OK;
    if (status == KZ_ENOCONV) kz_pending_ray_lose(ray);
    /* nearly touching crossings and those in far tails magnify the error of the solves */
    while (status == KZ_OK && out->err > tol && ray->last.discretisation > SHARE * tol &&
           ray->solve_tol > SOLVE_TOL_MIN) {
        kz_ray sharper;
        kz_ray_report report;
        double solve_tol = fmax(0.01 * ray->solve_tol, SOLVE_TOL_MIN);
        status = kz_ray_solve(&sharper, work, zeta, solve_tol, false, &report);
        if (status == KZ_ENOCONV) { /* too accurate to be reached: the ray stands as it is */
            *cold = true;
            return KZ_OK;
        }
        if (status != KZ_OK) return status;
        /* unresolved tails shrink with a low power of the accuracy, yet at no other cost */
        bool helped = report.discretisation <= 0.5 * ray->last.discretisation ||
                      report.unresolved > 0.5 * report.discretisation;
        if (sharper.err < out->err) {
            *out = sharper;
            ray->last = report;
        }
        if (!helped) break;
        ray->solve_tol = solve_tol;
    }
    return status;
}

/* Whether the grid may be to blame for what the ray misses.  On a coarse one jumps ring through the
 * rows of narrow kernels, and the ringing has zeros of its own: crossings that come and go. */
static void judge(bool *coarse, bool *narrow, kz_pending_ray *ray, kz_grid_change change,
                  double tol)
{
    double spacing = ray->last.discretisation, window = ray->last.window;
    bool lost = isinf(spacing);
    *coarse = spacing > SHARE * tol;
    *narrow = !lost && window > SHARE * tol;
    bool in_vain = lost || (spacing > 0.5 * ray->previous.discretisation &&
                            spacing <= fmax(STALL_MAX, SCATTER * ray->last.rounding_level));
    if (*coarse && change.finer && in_vain && ++ray->stalls == STALLS_MAX) {
        *coarse = false;
        if (spacing > tol) *narrow = false; /* lost anyway */
    }
    if (*narrow && change.wider && window > 0.8 * ray->previous.window) {
        *narrow = false;
        if (window > tol) *coarse = false;
    }
}

void kz_pending_rays_plan(kz_grid *grid, kz_grid_change *change, kz_pending_ray *rays,
                          size_t *count, double tol)
{
    size_t kept = 0;
    double spacing = 0, window = 0;
    for (size_t i = 0; i < *count; i++) {
        bool coarse, narrow;
        judge(&coarse, &narrow, &rays[i], *change, tol);
        if (!coarse && !narrow) continue;
        if (coarse) spacing = fmax(spacing, rays[i].last.discretisation);
        if (narrow) window = fmax(window, rays[i].last.window);
        rays[kept++] = rays[i];
    }
    *count = kept;
    if (kept == 0) return;
    *change = (kz_grid_change){spacing > 0, window > 0};
    double wanted = AIM * tol;
    if (change->finer) grid->half = kz_grid_finer(grid->half, spacing, wanted);
    if (!change->wider) return;
    double extra = 0.5 + log(window / wanted);
    if (grid->chain.kind == KZ_CHAIN_AXIAL) { /* strings in place of a window */
        *grid = kz_grid_widen(*grid, fmax(extra, STRINGS_LEAST));
        if (grid->order > KZ_P_MAX) grid->order = KZ_P_MAX;
    } else {
        *grid = kz_grid_widen(*grid, fmin(grid->window, extra));
    }
}
