/* Noise of both charges through the junction of a bipartition, the ray zeta = 0:
 *     c_2 = sum_j int rho_j (1 - theta_j) |v_j| (q_j^dr)^2,
 * all of the ray state.  With d = v rho^t and the set {d > 0}, which the left state fills, the
 * integrand is smooth on either side of the set's edges, where it vanishes.  Dressed charges as in
 * response.c. */
#include <kapitza/ghd.h>

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "fermion/response.h"
#include "ghd/bipartition.h"
#include "ghd/isotropic/rays.h"
#include "ghd/ray/refine.h"
#include "ghd/ray/work.h"
#include "ghd/tail/sums.h"
#include "ghd/tail/tail.h"

enum { REFINEMENTS_MAX = 12, HALF_MAX = 1 << 20, ENERGY = 0, SPIN = 1 };

/* Of the tolerance: residual of the fillings, of the dressed magnetization; the least of both. */
static const double FILLINGS_SHARE = 1e-6, DRESSING_SHARE = 1e-3, SOLVE_MIN = 1e-16;

/* Of the estimate of what the window cuts off; of the change between two grids, for what it may
 * hide; of the terms of the sums, whose charges round like their bare ones. */
static const double WINDOW = 5, SAFETY = 5, ROUNDING = 4e-15;

/* Of rapidity at either end: the mean of a density over it is above its last value and, of some
 * hundred nodes, has a tenth of their rounding, which counts in the sums. */
static const double END = 0.5;

/* The second grid, where the first misses the tolerance by bounds alone. */
static const double FINER = 1.2, WIDER = 1;

/* Of the ray state on one level. */
typedef struct {
    const kz_level *level;
    kz_ray_work *ray;
    double *spin, *t_spin;  /* [rows*n] y of response.c, at the nodes and its coefficients */
    double *fine_spin;      /* [rows*n] of the fine mesh */
    double *inside, *sharp; /* [n] of the fine mesh: scratch of the sums */
} stage;

static void stage_free(stage *s)
{
    kz_ray_work_free(s->ray);
    kz_free(s->spin);
    kz_free(s->t_spin);
    kz_free(s->fine_spin);
    kz_free(s->inside);
    kz_free(s->sharp);
    *s = (stage){.level = NULL};
}

static kz_status stage_fill(stage *s)
{
    size_t n = s->level->coarse.full->n, size = (size_t)s->level->rows * n;
    KZ_TRY(kz_ray_work_create(&s->ray, s->level));
    KZ_TRY(kz_alloc_doubles(&s->spin, size));
    KZ_TRY(kz_alloc_doubles(&s->t_spin, size));
    KZ_TRY(kz_alloc_doubles(&s->fine_spin, 2 * size));
    KZ_TRY(kz_alloc_doubles(&s->inside, 2 * n));
    return kz_alloc_doubles(&s->sharp, 2 * n);
}

static kz_status stage_create(stage *s, const kz_level *level)
{
    *s = (stage){.level = level};
    kz_status status = stage_fill(s);
    if (status != KZ_OK) stage_free(s);
    return status;
}

/* y of response.c on both meshes. */
static kz_status dress_spin(stage *s, double tol)
{
    const kz_convolution *c = s->level->coarse.full, *fine = s->level->fine.full;
    const kz_ray_work *ray = s->ray;
    if (c->form.closed)
        KZ_TRY(kz_ray_tail_dress_spin(s->spin, s->t_spin, ray, ray->hole, false, tol));
    else
        KZ_TRY(kz_local_dress_spin(s->spin, s->t_spin, ray->local, ray->hole, ray->polarisation,
                                   false, tol));
    kz_convolution_refine(s->fine_spin, fine, s->t_spin, c);
    kz_convolution_backward(fine, s->fine_spin);
    return KZ_OK;
}

/* The dressed state at the nodes of one mesh. */
typedef struct {
    const kz_mesh *mesh;
    const double *hole, *d, *u, *spin; /* of the ray: D, v rho^t, rho^t, y */
    double *inside, *sharp; /* scratch [n]: weights of the region, of what fluctuates in a sea */
} sample;

/* What is summed: of energy and spin, and of the terms of the larger sum where charges are not
 * allowed to cancel within a string. */
typedef struct {
    double of[2], size, divided; /* the last: error of what lies beyond the rows */
} sums;

/* One string at one node: the weight theta (1 - theta) times the flux |v| rho^t; the dressed spin
 * is the sum of two numbers. */
static void add(sums *noise, double weight, double energy, double spin, double bare)
{
    double size = fabs(spin) + fabs(bare);
    noise->of[ENERGY] += weight * energy * energy;
    noise->of[SPIN] += weight * (spin + bare) * (spin + bare);
    noise->size += fabs(weight) * fmax(energy * energy, size * size);
}

/* What one side fills of row f; inside: weights of the nodes it fills. */
static void add_row(sums *noise, const sample *s, int f, int side)
{
    const kz_weights *state = &s->mesh->side[side];
    const kz_convolution *c = s->mesh->full;
    size_t n = c->n;
    double h = kz_grid_spacing(&c->grid), half = 0.5 * c->form.spin * c->form.sign[f];
    for (size_t k = 0; k < n; k++) {
        size_t i = (size_t)f * n + k;
        double part = side == KZ_LEFT ? s->inside[k] : s->inside[k] - 1;
        double flux = h * part * s->d[i], hole = state->hole[i];
        double energy = -M_PI * c->form.sine * s->u[i];
        if (f + 1 < c->rows || c->form.closed) {
            add(noise, flux * hole * (1 - hole), energy, s->spin[i], 0);
            continue;
        }
        double empty = 0.5 * (hole + state->polarisation[k]); /* 1 - theta_{N-1} */
        double full = 0.5 * (hole - state->polarisation[k]);  /* theta_N */
        add(noise, flux * empty * (1 - empty), energy, s->spin[i], half);
        add(noise, flux * full * (1 - full), energy, s->spin[i], -half);
    }
}

/* The string of row f with a Fermi point, on one side; weights in s->sharp. */
static void add_sea(sums *noise, const sample *s, int f, int side, double polarisation)
{
    const kz_convolution *c = s->mesh->full;
    double h = kz_grid_spacing(&c->grid), sign = side == KZ_LEFT ? 1 : -1;
    double shift = 0.5 * c->form.spin * c->form.sign[f] * polarisation;
    for (size_t k = 0; k < c->n; k++) {
        size_t i = (size_t)f * c->n + k;
        add(noise, h * sign * s->sharp[k] * s->d[i], -M_PI * c->form.sine * s->u[i], s->spin[i],
            shift);
    }
}

/* What the strings beyond the rows have, were they filled by `side`. */
static void add_beyond(double noise[2], const sample *s, int side)
{
    const kz_convolution *c = s->mesh->full;
    const kz_tail *tail = &s->mesh->side[side].tail;
    double d = 0, even = 0, odd = 0, energy = 0, spin = 0, part = 1 / (double)c->n;
    for (size_t k = 0; k < c->n; k++) {
        size_t i = (size_t)(c->rows - 1) * c->n + k;
        double flow = part * s->hole[i] * s->d[i];
        d += flow;
        even += 2 * flow * cos(2 * c->lambda[k]);
        odd += 2 * flow * sin(2 * c->lambda[k]);
        energy += part * s->hole[i] * M_PI * c->form.sine * s->u[i];
        spin += part * s->hole[i] * s->spin[i];
    }
    kz_tail_flow flow = {d, hypot(even, odd)};
    kz_tail_charge charge[2] = {{energy, 0}, {spin, tail->sign < 0 ? -1 : 1}};
    for (int q = ENERGY; q <= SPIN; q++)
        noise[q] += kz_tail_noise(&tail->closure, c->form.width[0], flow, charge[q]);
}

/* Strings that cross there are neither on one side nor on the other: the difference counts. */
static void add_tail(sums *noise, const sample *s, const stage *of)
{
    double other[2] = {noise->of[ENERGY], noise->of[SPIN]};
    add_beyond(noise->of, s, of->ray->tail);
    if (kz_ray_region(of->ray, of->level->rows - 1)->count == 0) return;
    add_beyond(other, s, 1 - of->ray->tail);
    for (int q = ENERGY; q <= SPIN; q++)
        noise->divided = fmax(noise->divided, fabs(other[q] - noise->of[q]));
}

static sums sum_up(const sample *s, const stage *of)
{
    sums noise = {.size = 0};
    for (int f = 0; f < of->level->rows; f++) {
        const kz_region *region = kz_ray_region(of->ray, f);
        kz_level_indicator(s->inside, s->mesh, region);
        for (int side = KZ_LEFT; side <= KZ_RIGHT; side++) {
            add_row(&noise, s, f, side);
            const kz_sea *sea =
                kz_level_sea_fluctuations(s->sharp, of->level, s->mesh, region, side, f);
            if (sea) add_sea(&noise, s, f, side, sea->polarisation);
        }
    }
    if (s->mesh->full->form.closed) add_tail(&noise, s, of);
    return noise;
}

static double mean_at_end(const double *row, const kz_convolution *c, bool right)
{
    double sum = 0;
    size_t count = (size_t)fmin(ceil(END / kz_grid_spacing(&c->grid)), (double)c->n);
    for (size_t k = 0; k < count; k++)
        sum += row[right ? c->n - 1 - k : k];
    return fabs(sum) / (double)count;
}

/* What lies beyond the window or is reached through its periodic boundary: densities fall like
 * e^{-2 lambda} there, dressed spins do not. */
static double window_effect(const sample *s)
{
    const kz_convolution *c = s->mesh->full;
    double sum = 0;
    if (c->form.closed) return 0; /* a period */
    for (int f = 0; f < c->rows; f++) {
        bool last = f + 1 == c->rows;
        for (int end = 0; end < 2; end++) {
            size_t i = (size_t)f * c->n + (end ? c->n - 1 : 0);
            double spin = fabs(s->spin[i]) + (last ? 0.5 * c->form.spin : 0);
            double u = mean_at_end(s->u + (size_t)f * c->n, c, end);
            double d = mean_at_end(s->d + (size_t)f * c->n, c, end);
            double energy = M_PI * c->form.sine * u, flux = fmax(d, c->form.speed * u);
            sum += (last ? 2 : 1) * 0.25 * flux * (spin * spin + energy * energy);
        }
    }
    return WINDOW * sum;
}

/* Noise on one grid. */
typedef struct {
    kz_noise noise;  /* err: by bounds */
    double window;   /* of err, what the window takes */
    double hidden;   /* of err, what another grid need not show */
    bool jumps;      /* as in ray/work.h: the sum is no variance of spin */
    bool undirected; /* all spins one way or the other beyond the rows: nor is it there */
} measured;

/* Twice what dressed charges are at most, for their squares: spins. */
static double largest_charge(const kz_convolution *c)
{
    return c->form.closed ? 2 * c->rows : c->form.spin;
}

/* The ceiling of a gapped chain fills the longest strings. */
static bool is_undirected(const kz_ray_work *w)
{
    return w->level->coarse.full->form.closed && w->level->state[w->tail].kind == KZ_STATE_CEILING;
}

/* Noise of the ray in the stage's workspace, whose errors are `ray`. */
static kz_status measure(measured *out, stage *s, double ray_err, const kz_ray_report *ray,
                         double tol)
{
    double charge = largest_charge(s->level->coarse.full);
    KZ_TRY(dress_spin(s, fmax(DRESSING_SHARE * tol, 10 * SOLVE_MIN)));
    const kz_ray_work *w = s->ray;
    const sample on_coarse = {&s->level->coarse, w->hole, w->d, w->u, s->spin, s->inside, s->sharp};
    const sample on_fine = {&s->level->fine, w->fine_hole, w->fine_d, w->fine_u,
                            s->fine_spin,    s->inside,    s->sharp};
    sums coarse = sum_up(&on_coarse, s), fine = sum_up(&on_fine, s);
    double change =
        fmax(fabs(fine.of[ENERGY] - coarse.of[ENERGY]), fabs(fine.of[SPIN] - coarse.of[SPIN]));
    double window = window_effect(&on_fine) + fine.divided, rounding = ROUNDING * fine.size;
    if (w->jumps) ray_err = ray->energy_err;
    /* dressed spins are up to P/2, twice in the noise, where errors of a ray allow for one, at
     * a polarisation of 1 */
    double err = kz_ray_sum_error(w, change) + window + charge * ray_err + rounding;
    *out = (measured){.noise = {fine.of[ENERGY], fine.of[SPIN], err},
                      .window = window,
                      .hidden = window + charge * (ray->window + ray->unresolved + ray->hidden) +
                                rounding,
                      .jumps = w->jumps,
                      .undirected = is_undirected(w)};
    return KZ_OK;
}

/* On one level; pending tells what limits the ray. */
static kz_status solve_on(measured *out, const kz_level *level, kz_pending_ray *pending, double tol)
{
    stage s;
    kz_ray ray;
    bool cold = true;
    KZ_TRY(stage_create(&s, level));
    kz_status status = kz_pending_ray_solve(&ray, pending, s.ray, 0, tol, &cold);
    if (status == KZ_OK) status = measure(out, &s, ray.err, &pending->last, tol);
    if (status == KZ_ENOCONV) kz_pending_ray_lose(pending);
    stage_free(&s);
    return status;
}

/* Both states on the grid of an attempt, and the noise there. */
static kz_status attempt(measured *out, const kz_bipartition *b, kz_grid grid,
                         kz_pending_ray *pending, double tol)
{
    kz_level *level;
    KZ_TRY(kz_level_create(&level, grid, kz_bipartition_state(b, KZ_LEFT),
                           kz_bipartition_state(b, KZ_RIGHT), NULL,
                           fmax(FILLINGS_SHARE * tol, SOLVE_MIN)));
    kz_level_judge_as_polarised(level);
    kz_status status = solve_on(out, level, pending, tol);
    kz_level_free(level);
    return status;
}

/* Better in what the ray misses, and wider where the noise asks for it.  False: no better one. */
static bool next_grid(kz_grid *grid, kz_grid_change *change, kz_pending_ray *pending, double window,
                      double tol)
{
    size_t count = 1;
    kz_pending_rays_plan(grid, change, pending, &count, tol);
    if (window > 0.4 * tol && !(count > 0 && change->wider)) {
        *grid = kz_grid_widen(*grid, fmin(grid->window, 0.5 + 0.5 * log(window / (0.1 * tol))));
        change->wider = true;
        count = 1;
    }
    return count > 0 && grid->half <= HALF_MAX;
}

static kz_grid another_grid(kz_grid grid)
{
    grid.half = kz_grid_fast_size((size_t)ceil(FINER * (double)grid.half));
    return kz_grid_widen(grid, WIDER);
}

/* The later of two grids, with what their difference says where that is less than bounds do. */
static kz_noise compare(const measured *now, const measured *before)
{
    kz_noise noise = now->noise;
    double change =
        fmax(fabs(noise.energy - before->noise.energy), fabs(noise.spin - before->noise.spin));
    noise.err = fmin(noise.err, SAFETY * change + now->hidden);
    return noise;
}

/* The best of the first grid and, while they help, of others.  Bounds on the magnetization of a
 * ray, P times over, are far from what its errors do to a noise, and many strings bring them to the
 * tolerance by rounding alone.  Unmagnetized states too have spin noise: grids as wide as for
 * magnetized ones. */
static kz_status solve_xxz(kz_noise *out, const kz_bipartition *b, double tol)
{
    const kz_state *left = kz_bipartition_state(b, KZ_LEFT);
    const kz_state *right = kz_bipartition_state(b, KZ_RIGHT);
    const kz_convolution *first = kz_bipartition_level(b)->coarse.full;
    kz_grid_change change = {false, false};
    double ray_tol = fmax(0.5 * tol / largest_charge(first), 1e-13);
    kz_grid grid = kz_level_grid(first->grid.chain, left, right, ray_tol, true);
    kz_pending_ray pending = kz_pending_ray_start(0, ray_tol);
    measured last = {.window = 0}, here;
    bool found = false;
    kz_status status = attempt(&here, b, grid, &pending, ray_tol);
    for (int i = 0; status == KZ_OK || status == KZ_ENOCONV; i++) {
        if (status == KZ_OK) {
            kz_noise noise = found ? compare(&here, &last) : here.noise;
            if (!found || noise.err < out->err) *out = noise;
            last = here;
            found = true;
        }
        if ((found && !(out->err > tol)) || i == REFINEMENTS_MAX) break;
        if (!next_grid(&grid, &change, &pending, last.window, ray_tol)) {
            if (i > 0) break;
            grid = another_grid(grid);
        }
        status = attempt(&here, b, grid, &pending, ray_tol);
    }
    if (!found || status == KZ_ENOMEM) return status;
    /* the variance on a jump, of |X| for that of X, is smaller than the sum (docs/delta.md) */
    if (last.undirected || (last.jumps && !(out->spin <= out->err))) out->spin = NAN;
    return KZ_OK;
}

static kz_noise solve_xx(const kz_bipartition *b)
{
    double left[2][2], right[2][2];
    kz_fermion_response(left, kz_bipartition_state(b, KZ_LEFT));
    kz_fermion_response(right, kz_bipartition_state(b, KZ_RIGHT));
    return (kz_noise){left[0][0] + right[0][0], left[1][1] + right[1][1], 5e-15};
}

kz_status kz_bipartition_noise(kz_noise *out, const kz_bipartition *bipartition, double tol)
{
    if (!(tol >= 1e-13 && tol <= 1e-2))
        return KZ_FAIL(KZ_EINVAL, "tol = %.15g: accepted 1e-13 ... 1e-2", tol);
    kz_noise noise;
    const kz_level *level = kz_bipartition_level(bipartition);
    kz_isotropic_rays *isotropic = kz_bipartition_isotropic(bipartition);
    if (isotropic) {
        kz_status status = kz_isotropic_rays_noise(&noise, isotropic, tol);
        if (status != KZ_ETOL) KZ_TRY(status);
    } else if (!level) {
        noise = solve_xx(bipartition);
    } else {
        KZ_TRY(solve_xxz(&noise, bipartition, tol));
    }
    *out = noise;
    if (noise.err <= tol) return KZ_OK;
    return KZ_FAIL(KZ_ETOL, "noise at zeta = 0: error %.3g, wanted %.3g", noise.err, tol);
}
