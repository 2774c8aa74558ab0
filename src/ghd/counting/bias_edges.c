#include "ghd/counting/bias_edges.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray/relative.h"
#include "ghd/ray/work.h"

enum {
    EDGES_MAX = 96,        /* each keeps a column: */
    COLUMNS_MAX = 32 << 20 /* so many doubles at most */
};

static const double SOLVE = 1e-6, /* residual of a column: they steer a step, no more, */
    STEP_MOST = 1;                /* and it holds in the neighbourhood of an edge only */

typedef struct {
    int f;
    double place, jump, slope; /* jump: of V, by which int V grows with the place */
} bias_edge;

/* Everything of one step. */
typedef struct {
    const kz_weighting *states;
    size_t n, size;
    int count;
    bias_edge edge[EDGES_MAX];
    double *column;         /* [count*size] g_e: coefficients, then at the nodes */
    double *response;       /* [size] d times dD/dkappa at the nodes */
    double *nodal;          /* [size] */
    double *matrix, *shift; /* [count^2], [count] */
} coupling;

static void coupling_free(coupling *c)
{
    double *arrays[] = {c->column, c->response, c->nodal, c->matrix, c->shift};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
}

static const kz_convolution *grid_of(const coupling *c) { return c->states->level->coarse.full; }

/* V_left - V_right between the nodes. */
static double jump_at(const coupling *c, int f, double place)
{
    const kz_convolution *grid = grid_of(c);
    double at = (place - grid->lambda[0]) / kz_grid_spacing(&grid->grid);
    size_t k = (size_t)fmin(fmax(at, 0), (double)c->n - 2), row = (size_t)f * c->n;
    double share = at - (double)k, value[2];
    for (int side = 0; side < 2; side++) {
        const double *part = c->states->mesh[0].part[side] + row;
        value[side] = part[k] + share * (part[k + 1] - part[k]);
    }
    return value[KZ_LEFT] - value[KZ_RIGHT];
}

/* The edges whose motion does anything; false: too many. */
static bool list_edges(coupling *c)
{
    const kz_ray_work *ray = c->states->ray;
    for (int f = 0; f < c->states->level->rows; f++) {
        const kz_region *region = kz_ray_region(ray, f);
        kz_mismatch d = kz_ray_mismatch(ray, f);
        for (int e = 0; e < region->count; e++) {
            double value, place = region->edge[e];
            bool inside = region->starts_inside == (e % 2 == 0);
            if (c->count == EDGES_MAX) return false;
            bias_edge *edge = &c->edge[c->count];
            *edge = (bias_edge){.f = f, .place = place};
            edge->jump = (inside ? 1 : -1) * jump_at(c, f, place);
            kz_mismatch_evaluate(&value, &edge->slope, &d, place);
            if (edge->jump != 0 && edge->slope != 0) c->count++;
        }
    }
    return (size_t)c->count * c->size <= COLUMNS_MAX;
}

static kz_status allocate(coupling *c)
{
    size_t count = (size_t)c->count;
    KZ_TRY(kz_alloc_doubles(&c->column, count * c->size));
    KZ_TRY(kz_alloc_doubles(&c->response, c->size));
    KZ_TRY(kz_alloc_doubles(&c->nodal, c->size));
    KZ_TRY(kz_alloc_doubles(&c->matrix, count * count));
    return kz_alloc_doubles(&c->shift, count);
}

/* -s theta (1 - theta) of one side: how D answers to kappa. */
static double answer(const kz_weights *side, size_t i, size_t k, bool last, double s)
{
    double D = side->hole[i];
    if (!last) return -s * D * (1 - D);
    double a = 0.5 * (D + side->polarisation[k]), b = 0.5 * (D - side->polarisation[k]);
    return -s * (a * (1 - a) + b * (1 - b));
}

static void fill_response(coupling *c)
{
    const kz_mesh *mesh = &c->states->level->coarse;
    const kz_ray_work *ray = c->states->ray;
    int rows = c->states->level->rows;
    bool closed = mesh->full->form.closed;
    for (int f = 0; f < rows; f++) {
        kz_level_indicator(ray->row, mesh, kz_ray_region(ray, f));
        for (size_t k = 0; k < c->n; k++) {
            size_t i = (size_t)f * c->n + k;
            bool last = f + 1 == rows && !closed;
            double left = answer(&mesh->side[KZ_LEFT], i, k, last, 1);
            double right = answer(&mesh->side[KZ_RIGHT], i, k, last, -1);
            c->response[i] = ray->d[i] * (right + ray->row[k] * (left - right));
        }
    }
}

/* Coefficients of G delta(lambda - place) of every edge. */
static kz_status solve_columns(coupling *c)
{
    const kz_convolution *grid = grid_of(c);
    const kz_ray_work *ray = c->states->ray;
    for (int e = 0; e < c->count; e++) {
        const bias_edge *edge = &c->edge[e];
        double *column = c->column + (size_t)e * c->size;
        memset(c->nodal, 0, c->size * sizeof(double));
        kz_indicator_add_point(c->nodal + (size_t)edge->f * c->n, c->n, grid->grid.window,
                               edge->place - grid->lambda[0], grid->norm);
        kz_convolution_couple(column, grid, c->nodal);
        memcpy(c->nodal, column, c->size * sizeof(double));
        double norm = cblas_dnrm2((int)c->size, column, 1);
        KZ_TRY(kz_local_solve(column, ray->local, ray->hole, c->nodal, SOLVE * norm, NULL));
    }
    return KZ_OK;
}

/* How far each edge follows a change of kappa, nodal [size]. */
static void follow(double *shift, const coupling *c, const double *change)
{
    const kz_convolution *grid = grid_of(c);
    double h = kz_grid_spacing(&grid->grid);
    for (int e = 0; e < c->count; e++) {
        const bias_edge *edge = &c->edge[e];
        const double *column = c->column + (size_t)e * c->size;
        double sum = 0;
        for (size_t i = 0; i < c->size; i++)
            sum += column[i] * c->response[i] * change[i];
        shift[e] = -grid->form.sign[edge->f] * h * sum / edge->slope;
    }
}

/* (1 - R) shift = R step, R from kappa to the edges and back. */
static kz_status find_shift(coupling *c, const double *step)
{
    const kz_convolution *grid = grid_of(c);
    lapack_int pivot[EDGES_MAX], count = c->count;
    memcpy(c->nodal, step, c->size * sizeof(double));
    kz_convolution_backward(grid, c->nodal);
    for (int e = 0; e < count; e++)
        kz_convolution_backward(grid, c->column + (size_t)e * c->size);
    follow(c->shift, c, c->nodal);
    for (int e = 0; e < count; e++) {
        double *to = c->matrix + (size_t)(e * count);
        follow(to, c, c->column + (size_t)e * c->size);
        for (int i = 0; i < count; i++)
            to[i] *= -grid->form.sign[c->edge[e].f] * c->edge[e].jump;
        to[e] += 1;
    }
    if (LAPACKE_dgesv(LAPACK_COL_MAJOR, count, 1, c->matrix, count, pivot, c->shift, count) != 0)
        return KZ_FAIL(KZ_ENOCONV, "the edges of %d regions have no step", (int)count);
    double largest = 0;
    for (int e = 0; e < count; e++)
        largest = fmax(largest, fabs(c->shift[e]));
    for (int e = 0; e < count && largest > STEP_MOST; e++)
        c->shift[e] *= STEP_MOST / largest;
    return isfinite(largest) ? KZ_OK : KZ_FAIL(KZ_ENOCONV, "no finite step of the edges");
}

static void add_columns(double *step, coupling *c)
{
    const kz_convolution *grid = grid_of(c);
    memset(c->nodal, 0, c->size * sizeof(double));
    for (int e = 0; e < c->count; e++)
        cblas_daxpy((int)c->size, grid->form.sign[c->edge[e].f] * c->edge[e].jump * c->shift[e],
                    c->column + (size_t)e * c->size, 1, c->nodal, 1);
    kz_convolution_forward(grid, c->nodal);
    cblas_daxpy((int)c->size, 1 / grid->norm, c->nodal, 1, step, 1);
}

kz_status kz_bias_take_edges(bool *coupled, double *step, const kz_weighting *weighting)
{
    coupling c = {.states = weighting,
                  .n = weighting->level->coarse.full->n,
                  .size = kz_weighting_size(weighting)};
    *coupled = list_edges(&c) && c.count > 0;
    if (!*coupled) return KZ_OK;
    kz_status status = allocate(&c);
    if (status == KZ_OK) {
        fill_response(&c);
        status = solve_columns(&c);
    }
    if (status == KZ_OK) status = find_shift(&c, step);
    if (status == KZ_OK) add_columns(step, &c);
    coupling_free(&c);
    return status;
}
