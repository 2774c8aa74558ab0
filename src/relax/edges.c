#include "relax/edges.h"

#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray/refine.h"
#include "ghd/ray/work.h"

enum { TERMS_FIRST = 12, TERMS_MAX = 96, GRIDS_MAX = 5 };

/* Of the tolerance: what the residual of fillings may be. */
static const double FILLINGS_SHARE = 1e-3, FILLINGS_MIN = 1e-16;

/* Ranges of beta are at least this wide, in asinh(beta). */
static const double WIDTH_MIN = 1e-3;

void kz_edges_free(kz_edges *e)
{
    if (!e) return;
    kz_free(e->hole);
    kz_free(e->flux);
    kz_free(e->reservoir);
    kz_free(e->density);
    kz_free(e->background);
    kz_free(e->depth);
    kz_free(e);
}

/* One grid for all temperatures. */
typedef struct {
    kz_level_solver *solver;
    kz_level *level;
    kz_ray_work *ray;
    kz_state reservoir;
    double tol;
} stage;

static void stage_free(stage *s)
{
    kz_ray_work_free(s->ray);
    kz_level_free(s->level);
    kz_level_solver_free(s->solver);
}

static kz_status stage_create(stage *s, kz_grid grid, const kz_state *reservoir, double beta,
                              double tol)
{
    kz_state thermal = kz_state_thermal(beta, 0);
    *s = (stage){.reservoir = *reservoir, .tol = tol};
    kz_status status = kz_level_solver_create(&s->solver, grid);
    if (status == KZ_OK)
        status = kz_level_create(&s->level, grid, &thermal, reservoir, s->solver,
                                 fmax(FILLINGS_SHARE * tol, FILLINGS_MIN));
    if (status == KZ_OK) status = kz_ray_work_create(&s->ray, s->level);
    if (status != KZ_OK) stage_free(s);
    return status;
}

static double node_beta(const kz_edges *e, int i)
{
    double s = kz_chebyshev_node(i, e->terms);
    return sinh(0.5 * (e->from + e->to) + 0.5 * (e->to - e->from) * s);
}

/* The ray beside node i, as values in the place of coefficients. */
static kz_status solve_node(kz_edges *e, stage *s, int i, kz_pending_ray *pending, bool *cold)
{
    size_t size = (size_t)e->rows * e->n;
    kz_state thermal = kz_state_thermal(node_beta(e, i), 0);
    kz_ray ray;
    KZ_TRY(kz_level_set(s->level, s->solver, KZ_LEFT, &thermal,
                        fmax(FILLINGS_SHARE * s->tol, FILLINGS_MIN)));
    kz_ray_work_renew(s->ray);
    kz_status status = kz_pending_ray_solve(&ray, pending, s->ray, 0, s->tol, cold);
    if (status == KZ_ENOCONV) e->err = INFINITY; /* for another grid */
    KZ_TRY(status);
    memcpy(e->hole + (size_t)i * size, s->level->fine.side[KZ_LEFT].hole, size * sizeof *e->hole);
    memcpy(e->flux + (size_t)i * size, s->ray->fine_d, size * sizeof *e->flux);
    for (size_t k = 0; k < size; k++)
        e->density[k] = fmax(e->density[k], fabs(s->ray->fine_u[k]));
    for (int f = 0; f < e->rows; f++)
        e->background[f] += s->level->background[f] / e->terms;
    e->depth[i] = log(s->level->fine.side[KZ_LEFT].tail.closure.t);
    e->err = fmax(e->err, ray.err);
    return KZ_OK;
}

/* Values to coefficients, and the size of the last two of them: of D weighed with the flux that it
 * counts by. */
static double transform(kz_edges *e)
{
    size_t size = (size_t)e->rows * e->n;
    double tail = 0, value[TERMS_MAX], series[TERMS_MAX];
    for (size_t k = 0; k < size; k++) {
        double largest = 0;
        for (int lane = 0; lane < 2; lane++) {
            double *array = (lane ? e->hole : e->flux) + k;
            for (int i = 0; i < e->terms; i++)
                value[i] = array[(size_t)i * size];
            for (int i = 0; i < e->terms && !lane; i++)
                largest = fmax(largest, fabs(value[i]));
            kz_chebyshev_transform(series, value, e->terms);
            for (int i = 0; i < e->terms; i++)
                array[(size_t)i * size] = series[i];
            double rest = fabs(series[e->terms - 1]) + fabs(series[e->terms - 2]);
            tail = fmax(tail, lane ? rest * largest : rest);
        }
    }
    memcpy(value, e->depth, (size_t)e->terms * sizeof *value);
    if (e->closed) kz_chebyshev_transform(e->depth, value, e->terms);
    return tail;
}

static kz_status allocate(kz_edges *e, const stage *s)
{
    const kz_convolution *fine = s->level->fine.full;
    e->rows = s->level->rows;
    e->closed = fine->form.closed;
    e->reservoir_closure = s->level->fine.side[KZ_RIGHT].tail.closure;
    size_t size = (size_t)e->rows * fine->n, terms = (size_t)e->terms;
    e->n = fine->n;
    e->first = fine->lambda[0];
    e->step = kz_grid_spacing(&fine->grid);
    kz_free(e->hole);
    kz_free(e->flux);
    kz_free(e->reservoir);
    kz_free(e->density);
    kz_free(e->background);
    kz_free(e->depth);
    e->hole = e->flux = e->reservoir = e->density = e->background = e->depth = NULL;
    KZ_TRY(kz_alloc_doubles(&e->depth, terms));
    KZ_TRY(kz_alloc_doubles(&e->hole, terms * size));
    KZ_TRY(kz_alloc_doubles(&e->flux, terms * size));
    KZ_TRY(kz_alloc_doubles(&e->reservoir, size));
    KZ_TRY(kz_alloc_doubles(&e->density, size));
    KZ_TRY(kz_alloc_doubles(&e->background, (size_t)e->rows));
    memcpy(e->reservoir, s->level->fine.side[KZ_RIGHT].hole, size * sizeof *e->reservoir);
    e->err = 0;
    return KZ_OK;
}

/* All nodes on one grid; `worst` tells what limits the worst ray. */
static kz_status solve_nodes(kz_edges *e, stage *s, kz_pending_ray *worst)
{
    bool cold = true;
    double worst_err = -1;
    KZ_TRY(allocate(e, s));
    kz_pending_ray before = *worst;
    for (int i = 0; i < e->terms; i++) {
        kz_pending_ray pending = before;
        kz_status status = solve_node(e, s, i, &pending, &cold);
        double err = pending.last.discretisation + pending.last.window;
        if (err > worst_err) *worst = pending;
        worst_err = fmax(worst_err, err);
        KZ_TRY(status);
    }
    return KZ_OK;
}

/* Better grids while the rays miss the tolerance, more terms while the series do. */
static kz_status fill(kz_edges *e, const kz_state *reservoir, double tol)
{
    kz_pending_ray pending = kz_pending_ray_start(0, tol);
    kz_grid_change change = {false, false};
    for (int grids = 0;;) {
        stage s;
        size_t count = 1;
        KZ_TRY(stage_create(&s, e->grid, reservoir, node_beta(e, 0), tol));
        kz_status status = solve_nodes(e, &s, &pending);
        stage_free(&s);
        if (status != KZ_ENOCONV) KZ_TRY(status);
        if (e->err > tol && ++grids < GRIDS_MAX) {
            kz_pending_rays_plan(&e->grid, &change, &pending, &count, tol);
            if (count > 0) continue;
        }
        KZ_TRY(status);
        double tail = transform(e);
        if (tail <= tol || 2 * e->terms > TERMS_MAX) {
            e->err += tail;
            return KZ_OK;
        }
        e->terms *= 2;
    }
}

kz_status kz_edges_create(kz_edges **out, kz_chain chain, const kz_state *reservoir, double low,
                          double high, double tol)
{
    void *memory;
    double coldest = fmax(fabs(low), fabs(high));
    kz_state thermal = kz_state_thermal(coldest, 0);
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_edges)));
    kz_edges *e = memory;
    e->terms = TERMS_FIRST;
    e->from = asinh(low) - WIDTH_MIN;
    e->to = asinh(high) + WIDTH_MIN;
    e->grid = kz_level_grid(chain, &thermal, reservoir, tol, true);
    kz_status status = fill(e, reservoir, tol);
    if (status != KZ_OK) {
        kz_edges_free(e);
        return status;
    }
    *out = e;
    return KZ_OK;
}

void kz_edges_at(double *hole, double *flux, const kz_edges *e, double beta)
{
    size_t size = (size_t)e->rows * e->n;
    double y = (2 * asinh(beta) - e->from - e->to) / (e->to - e->from);
    double T = 1, next = y;
    memset(hole, 0, size * sizeof *hole);
    memset(flux, 0, size * sizeof *flux);
    for (int i = 0; i < e->terms; i++) {
        const double *a = e->hole + (size_t)i * size, *b = e->flux + (size_t)i * size;
        for (size_t k = 0; k < size; k++) {
            hole[k] += T * a[k];
            flux[k] += T * b[k];
        }
        double after = 2 * y * next - T;
        T = next;
        next = after;
    }
}

kz_closure kz_edges_closure(const kz_edges *e, double beta)
{
    double y = (2 * asinh(beta) - e->from - e->to) / (e->to - e->from);
    return (kz_closure){.kappa = 0, .t = exp(kz_chebyshev_value(e->depth, e->terms, y))};
}
