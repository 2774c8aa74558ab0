/* Self-consistent ray states.
 *
 * With d = (v - zeta) rho^t the state is fixed by the one equation
 *     d = source + K D(sign d) d,   D = D_left where d > 0, D_right where d < 0,
 * piecewise linear and continuous in d, since D jumps only where d vanishes.  "Solve for the
 * present regions, move their edges to the zeros of d" is its semismooth Newton iteration and
 * converges quadratically: an edge off by delta changes d by O(delta^2).  Edges that are far off
 * are first sought on a third of the nodes.  rho^t follows from one more solve,
 * v rho^t = d + zeta rho^t, in finish.c, which reads the observables off and estimates their
 * errors. */
#include "ghd/ray/ray.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "ghd/cone.h"
#include "ghd/ray/crossing.h"
#include "ghd/ray/relative.h"
#include "ghd/ray/work.h"
#include "ghd/tail/tail.h"

/* Of the iteration that moves the edges of the regions. */
enum {
    ITERATIONS_MAX = 60, /* six do, but where edges merge */
    LOOKS_MAX = 8,       /* of these on the rough mesh */
    RESTLESS_AFTER = 6,  /* from here on edges come and go by noise of the solves, */
    JITTER_AFTER = 30    /* from here on edges of a nearly touching pair may jitter, */
};
static const double JITTER_MOST = 1e-3, /* by this, which d hardly feels */
    FIRST_SOLVE = 1e-6,                 /* residual of the first solves: edges are far off, */
    SECOND_SOLVE = 1e-8,                /* of those after a look at the rough mesh: by some 1e-4 */
    SOLVE_PER_MOVE = 1e-2,     /* and later, of the square of the last move, which is left, */
    CLOSE = 1e-3,              /* until edges move by less: the next solve is as the last one, */
    PLACED = 1e-2,             /* or, where patches are to hold them, by less than that; */
    SOLVE_PER_STEP = 0.1,      /* of the last one, where they are restless, down to rounding, */
    ACCEPT_PER_ROOT_TOL = 0.1, /* last move, of sqrt(tol): d changes by its square, */
    ACCEPT_MOST = 1e-4;        /* and at most: that has a factor of some 10 */

static const double ROUNDING_SHARE = 0.3; /* of tol, that rounding of d may take */

/* Noise of d, below which it carries no sign. */
static const double SMOOTH_NOISE = 1e-14, /* of the largest smooth part: transforms round it */
    WHOLE_NOISE = 1e-16,                  /* of the largest d: what an indicator leaves far away */
    SOLVE_NOISE = 3; /* of the residual of the solve, which (1 - K D)^-1 enlarges */

const kz_region *kz_ray_region(const kz_ray_work *work, int f) { return &work->region[f]; }

void kz_ray_mismatch_source(double *source, const kz_convolution *c, double zeta)
{
    for (size_t k = 0; k < c->n; k++)
        source[k] = kz_mismatch_source(&c->form, c->lambda[k], zeta);
}

bool kz_ray_is_free(const kz_ray_work *w) { return w->level->rows == 1; }

double kz_ray_largest(const double *values, size_t n)
{
    double result = 0;
    for (size_t i = 0; i < n; i++)
        result = fabs(values[i]) > result ? fabs(values[i]) : result; /* fmax is a call */
    return result;
}

double kz_ray_ends(const double *row, const kz_convolution *c)
{
    return fmax(fabs(row[0]), fabs(row[kz_convolution_part(c, 0).n - 1]));
}

/* Arrays of the workspace on one mesh (work.h). */
typedef struct {
    const kz_mesh *mesh;
    kz_local *local;
    double *hole, *polarisation, *source, *row, *d, *t_d;
} stage;

static stage coarse_stage(const kz_ray_work *w)
{
    return (stage){&w->level->coarse, w->local, w->hole, w->polarisation,
                   w->source,         w->row,   w->d,    w->t_d};
}

static stage rough_stage(const kz_ray_work *w)
{
    return (stage){&w->level->rough, w->rough_local, w->rough_hole, w->rough_polarisation,
                   w->rough_source,  w->rough_row,   w->rough_d,    w->rough_t_d};
}

/* The set {d > 0} of row f. */
static kz_status read_region(kz_region *region, const kz_ray_work *w, const stage *s, double zeta,
                             double noise, int f)
{
    const kz_convolution *c = s->mesh->full;
    size_t row = (size_t)f * c->n;
    double ends = kz_ray_ends(s->d + row, c);
    kz_mismatch d = {.full = c,
                     .nodal = s->d + row,
                     .coefficients = s->t_d + row,
                     .has_source = f == 0,
                     .zeta = zeta,
                     .noise = noise};
    kz_mismatch_prepare(&d, s->row);
    d.leak = kz_ray_is_free(w) || c->form.closed ? 0 : KZ_RAY_LEAK * ends;
    return kz_mismatch_region(region, &d);
}

/* New regions from d; returns how far the edges moved, INFINITY when their number changed. */
static kz_status update_regions(double *moved, kz_ray_work *w, const stage *s, double zeta,
                                double noise)
{
    const kz_convolution *c = s->mesh->full;
    *moved = 0;
    for (int f = 0; f < w->level->rows; f++) {
        kz_region next;
        KZ_TRY(read_region(&next, w, s, zeta, noise, f));
        *moved =
            fmax(*moved, c->form.closed ? kz_region_difference(&next, &w->region[f], c->grid.window)
                                        : kz_region_distance(&next, &w->region[f]));
        w->region[f] = next;
    }
    return KZ_OK;
}

/* Below this d carries no sign.  Transforms round its smooth part, and a little what the indicator
 * of a region leaves of the whole far from its edges; solves leave their residual. */
static double sign_noise(const kz_ray_work *w, const stage *s, double solve_tol)
{
    if (kz_ray_is_free(w)) return 0;
    size_t n = s->mesh->full->n, rows = (size_t)w->level->rows;
    double whole = kz_ray_largest(s->d, n), smooth = 0;
    for (size_t k = 0; k < n; k++)
        smooth = fmax(smooth, fabs(s->d[k] - s->source[k])); /* the source is exact */
    double rest = kz_ray_largest(s->d + n, (rows - 1) * n);
    whole = fmax(whole, rest);
    smooth = fmax(smooth, rest);
    return fmax(fmax(SMOOTH_NOISE * smooth, WHOLE_NOISE * whole), SOLVE_NOISE * solve_tol);
}

kz_status kz_ray_read_regions(kz_region *region, const kz_ray_work *w, double solve_tol)
{
    stage s = coarse_stage(w);
    double noise = sign_noise(w, &s, solve_tol);
    for (int f = 0; f < w->level->rows; f++)
        KZ_TRY(read_region(&region[f], w, &s, w->zeta, noise, f));
    return KZ_OK;
}

/* How accurately edges are to be found. */
typedef struct {
    double first_tol, final_tol; /* residuals of the solves */
    double accept;               /* the last move of an edge */
    int iterations_max;
} effort;

/* Solves for the present regions and moves their edges to the zeros of d. */
static kz_status find_regions(kz_ray_work *w, const stage *s, double zeta, effort e,
                              kz_ray_report *report)
{
    double moved = INFINITY, previous, solve_tol = e.first_tol;
    kz_ray_mismatch_source(s->source, s->mesh->full, zeta);
    for (int i = 0; i < e.iterations_max; i++) {
        previous = moved;
        kz_level_mix(s->hole, s->polarisation, w->level, s->mesh, w->region, s->row);
        KZ_TRY(kz_local_dress(s->d, s->t_d, s->local, s->hole, s->source, solve_tol,
                              &report->applications));
        double noise = sign_noise(w, s, solve_tol);
        KZ_TRY(update_regions(&moved, w, s, zeta, noise));
        if (i <= JITTER_AFTER && kz_ray_tail_turn(w)) moved = INFINITY;
        report->iterations++;
        bool exact = solve_tol <= e.final_tol;
        if (exact && moved <= e.accept) return KZ_OK;
        /* a nearly touching pair may jitter while d itself stands still */
        if (exact && i > JITTER_AFTER && fmax(moved, previous) <= JITTER_MOST) return KZ_OK;
        double useful = moved <= CLOSE ? 0 : SOLVE_PER_MOVE * moved * moved;
        if (isinf(moved) && i >= RESTLESS_AFTER)
            solve_tol = fmax(kz_ray_solve_tol(w, 0), SOLVE_PER_STEP * solve_tol);
        else
            solve_tol = fmin(solve_tol, fmax(e.final_tol, useful));
    }
    return KZ_FAIL(KZ_ENOCONV, "ray zeta = %.15g: crossings still move by %.3g after %d iterations",
                   zeta, moved, e.iterations_max);
}

static const effort LOOK = {FIRST_SOLVE, FIRST_SOLVE, CLOSE, LOOKS_MAX},
                    PLACE = {FIRST_SOLVE, FIRST_SOLVE, PLACED, LOOKS_MAX};

/* The ray before. */
static void forget(kz_ray_work *w)
{
    size_t rows = (size_t)w->level->rows, size = rows * w->level->coarse.full->n;
    memset(w->region, 0, rows * sizeof *w->region);
    memset(w->t_d, 0, size * sizeof *w->t_d);
    memset(w->t_u, 0, size * sizeof *w->t_u);
    if (!w->tail_held) kz_ray_tail_enter(w, KZ_LEFT);
}

void kz_ray_look(kz_ray_work *w, double zeta, bool cold, kz_ray_report *report)
{
    stage s = coarse_stage(w);
    if (cold) forget(w);
    w->zeta = zeta;
    w->is_relative = false;
    kz_status status = find_regions(w, &s, zeta, PLACE, report);
    (void)status; /* edges that do not settle are as good a start as any */
}

void kz_ray_start(kz_ray_work *w, const kz_region *region, double zeta, const kz_ray_work *line)
{
    size_t size = (size_t)w->level->rows * w->level->coarse.full->n;
    memcpy(w->region, region, (size_t)w->level->rows * sizeof *region);
    memset(w->t_u, 0, size * sizeof *w->t_u);
    kz_convolution_refine(w->t_d, w->level->coarse.full, line->t_d, line->level->coarse.full);
    w->zeta = zeta;
}

/* Where the edges are about, on the rough mesh: a third of the nodes leaves the cube root of the
 * error.  d of the coarse mesh moves by what it moves there.  False where edges do not settle,
 * which are as good a start as any. */
static bool look_around(kz_ray_work *w, double zeta, kz_ray_report *report)
{
    const kz_convolution *rough = w->level->rough.full, *coarse = w->level->coarse.full;
    stage s = rough_stage(w);
    size_t rows = (size_t)w->level->rows;
    kz_convolution_refine(s.t_d, rough, w->t_d, coarse);
    if (find_regions(w, &s, zeta, LOOK, report) != KZ_OK) return false;
    kz_convolution_refine(s.d, rough, w->t_d, coarse);
    for (size_t i = 0; i < rows * rough->n; i++)
        s.t_d[i] -= s.d[i];
    kz_convolution_refine(w->d, coarse, s.t_d, rough);
    for (size_t i = 0; i < rows * coarse->n; i++)
        w->t_d[i] += w->d[i];
    return true;
}

/* far: regions are not known, or those of another ray. */
static kz_status seek_regions(kz_ray_work *w, double zeta, double tol, bool far,
                              kz_ray_report *report)
{
    double final_tol = kz_ray_solve_tol(w, tol), first_tol = FIRST_SOLVE;
    double accept = fmin(ACCEPT_MOST, ACCEPT_PER_ROOT_TOL * sqrt(tol));
    stage s = coarse_stage(w);
    if (far && w->rough_local && look_around(w, zeta, report)) first_tol = SECOND_SOLVE;
    effort whole = {fmax(final_tol, first_tol), final_tol, accept, ITERATIONS_MAX};
    return find_regions(w, &s, zeta, whole, report);
}

/* The state on `side` at every rapidity. */
static kz_status fill_from(int side, kz_ray_work *w, double zeta, double tol, kz_ray_report *report)
{
    for (int f = 0; f < w->level->rows; f++)
        w->region[f] = (kz_region){.starts_inside = side == KZ_LEFT};
    kz_ray_mismatch_source(w->source, w->level->coarse.full, zeta);
    kz_level_mix(w->hole, w->polarisation, w->level, &w->level->coarse, w->region, w->row);
    return kz_local_dress(w->d, w->t_d, w->local, w->hole, w->source, kz_ray_solve_tol(w, tol),
                          &report->applications);
}

/* Once more with d relatively accurate in its tails; a ray for which that fails stands as it is. */
static kz_status resolve_tails(kz_ray *out, kz_ray_work *w, double zeta, double tol,
                               kz_ray_report *report)
{
    kz_status status = kz_ray_relative_find(w, tol, report);
    if (status == KZ_OK) status = kz_ray_finish(out, w, zeta, tol, report);
    return status == KZ_ENOCONV ? kz_ray_relative_undo(w, tol, report) : status;
}

kz_status kz_ray_solve(kz_ray *out, kz_ray_work *w, double zeta, double tol, bool cold,
                       kz_ray_report *report)
{
    size_t size = (size_t)w->level->rows * w->level->coarse.full->n;
    *report = (kz_ray_report){0};
    if (cold) {
        forget(w);
    } else {
        for (size_t i = 0; i < size; i++) /* d d/d zeta = -rho^t away from the edges */
            w->t_d[i] -= (zeta - w->zeta) * w->t_u[i];
    }
    bool far = cold || zeta != w->zeta;
    w->zeta = zeta;
    w->is_relative = false;
    int side;
    w->outside = kz_level_is_outside(&side, w->level, zeta);
    KZ_TRY(w->outside ? fill_from(side, w, zeta, tol, report)
                      : seek_regions(w, zeta, tol, far, report));
    KZ_TRY(kz_ray_finish(out, w, zeta, tol, report));
    double rounding = fmin(report->tails, report->rounding_level);
    if (rounding <= ROUNDING_SHARE * tol || !kz_ray_relative_is_possible(w)) return KZ_OK;
    return resolve_tails(out, w, zeta, tol, report);
}
