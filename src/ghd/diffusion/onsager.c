/* The integrand has kinks where v_j(lambda) = v_k(lambda').  For given lambda, of row f, the
 * integral over lambda' is that of a smooth function with the sign of v - v', whose steps are
 * resolved as those of a ray (region.h).  What it leaves is smooth in lambda but where a pair of
 * crossings appears, v_f(lambda) being an extremum of another velocity or its value at infinity:
 * there panels of Gauss-Legendre nodes end, with nodes so dense that (lambda - end)^{3/2} is a
 * cubic. */
#include "ghd/diffusion/onsager.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/diffusion/green.h"
#include "ghd/diffusion/onsager_ends.h"
#include "ghd/diffusion/onsager_rows.h"
#include "ghd/ray/region.h"
#include "tba/thermal.h"

/* Columns of the dressed kernel at a time. */
enum { BATCH = 64 };

/* One grid: the state, and workspace for one column. */
typedef struct {
    double tol;
    int attempt;
    kz_flow flow;
    kz_onsager_rows rows;
    kz_convolution *coarse[2], *fine[2]; /* even, odd; twice the nodes */
    double *hole;                        /* [rows*n] */
    kz_green *green[2];
    kz_transform *transform; /* of `sign` */
    double *columns[2];      /* [BATCH*rows*n] */
    double *modes, *f[2];    /* [rows*n], [rows*2n] one column: its modes; at the fine nodes */
    double *sign;            /* [rows.size] weights of the inner integral */
    double *y, *weight;      /* [count] outer nodes of the row in hand */
    size_t count, room;
    kz_onsager_ends ends; /* of the inner integral */
} problem;

static void problem_free(problem *p)
{
    for (int s = 0; s < 2; s++) {
        kz_convolution_free(p->coarse[s]);
        kz_convolution_free(p->fine[s]);
        kz_green_free(p->green[s]);
        kz_free(p->columns[s]);
        kz_free(p->f[s]);
    }
    kz_transform_free(p->transform);
    kz_free(p->modes);
    kz_free(p->hole);
    kz_free(p->sign);
    kz_free(p->y);
    kz_free(p->weight);
    kz_onsager_ends_free(&p->ends);
    kz_onsager_rows_free(&p->rows);
    kz_flow_free(&p->flow);
}

/* grid: that of the dressed kernel. */
static kz_status problem_fill(problem *p, kz_grid grid)
{
    static const double LATER = 0.4;
    kz_grid finer = grid;
    finer.half *= 2;
    KZ_TRY(kz_onsager_rows_create(&p->rows, &p->flow, grid, LATER * p->attempt));
    size_t n = grid.half, size = (size_t)p->rows.rows * n;
    KZ_TRY(kz_alloc_doubles(&p->hole, size));
    for (size_t i = 0; i < size; i++)
        p->hole[i] = kz_onsager_rows_hole(&p->rows, (int)(i / n),
                                          ((double)(i % n) + 0.5) * kz_grid_spacing(&grid));
    for (int s = 0; s < 2; s++) {
        KZ_TRY(kz_convolution_create(&p->coarse[s], grid, s ? KZ_ODD : KZ_EVEN));
        KZ_TRY(kz_convolution_create(&p->fine[s], finer, s ? KZ_ODD : KZ_EVEN));
        KZ_TRY(kz_green_create(&p->green[s], p->coarse[s], p->hole, &p->flow.moments->closure));
        KZ_TRY(kz_alloc_doubles(&p->columns[s], BATCH * size));
        KZ_TRY(kz_alloc_doubles(&p->f[s], 2 * size));
    }
    KZ_TRY(kz_alloc_doubles(&p->modes, size));
    KZ_TRY(kz_alloc_doubles(&p->sign, p->rows.size));
    KZ_TRY(kz_onsager_ends_create(&p->ends, p->rows.size / 2, p->rows.spacing));
    return kz_transform_create(&p->transform, p->rows.size, KZ_FULL);
}

/* -- outer nodes ----------------------------------------------------------------------------- */

static kz_status add_node(problem *p, double y, double weight)
{
    if (p->count == p->room) {
        size_t room = 2 * p->room + 256;
        double *bigger[2], *old[2] = {p->y, p->weight};
        KZ_TRY(kz_alloc_doubles(&bigger[0], room));
        kz_status status = kz_alloc_doubles(&bigger[1], room);
        if (status != KZ_OK) {
            kz_free(bigger[0]);
            return status;
        }
        for (int i = 0; i < 2; i++) {
            if (p->count > 0) memcpy(bigger[i], old[i], p->count * sizeof *old[i]);
            kz_free(old[i]);
        }
        p->y = bigger[0];
        p->weight = bigger[1];
        p->room = room;
    }
    p->y[p->count] = y;
    p->weight[p->count++] = weight;
    return KZ_OK;
}

typedef struct {
    double at[2 + 4 * KZ_P_MAX];
    size_t count;
} breaks;

static void add_break(breaks *b, double at)
{
    if (b->count < sizeof b->at / sizeof *b->at) b->at[b->count++] = at;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Where v_f on lambda > 0 has one of two opposite values. */
static void break_at_speed(breaks *b, const kz_onsager_rows *r, int f, double speed)
{
    double from = 0.5 * r->spacing * 1e-3;
    for (int t = 0; t <= r->turns[f]; t++) {
        double to = t < r->turns[f] ? r->turn[f * KZ_TURNS_MAX + t] : r->window, x;
        for (int sign = -1; sign <= 1; sign += 2)
            if (kz_onsager_rows_cross(&x, r, f, sign * speed, from, to)) add_break(b, x);
        from = to;
    }
}

/* What a velocity of at most v next to faster ones makes of the integral is of order v^2: no break
 * for those of the heavy strings of gapped chains. */
static void find_breaks(breaks *b, const kz_onsager_rows *r, int f, double tol)
{
    double slow = 0.1 * sqrt(tol);
    *b = (breaks){.count = 0};
    for (int t = 0; t < r->turns[f]; t++)
        add_break(b, r->turn[f * KZ_TURNS_MAX + t]);
    for (int g = 0; g < f; g++)
        for (int t = 0; t < r->turns[g]; t++)
            if (fabs(r->turn_speed[g * KZ_TURNS_MAX + t]) > slow)
                break_at_speed(b, r, f, r->turn_speed[g * KZ_TURNS_MAX + t]);
    if (r->line) break_at_speed(b, r, f, r->speed);
    qsort(b->at, b->count, sizeof *b->at, ascending);
}

/* Panels of [from, to] with dense nodes at both ends. */
static kz_status add_panels(problem *p, double from, double to, double width,
                            const gsl_integration_glfixed_table *rule, size_t order)
{
    double parts = fmax(1, ceil((to - from) / width));
    for (double k = 0; k < parts; k++) {
        double a = from + (to - from) * k / parts, b = from + (to - from) * (k + 1) / parts;
        for (size_t i = 0; i < order; i++) {
            double t, w;
            gsl_integration_glfixed_point(0, 1, i, &t, &w, rule);
            double y = a + (b - a) * t * t * (3 - 2 * t);
            KZ_TRY(add_node(p, y, (b - a) * 6 * t * (1 - t) * w));
        }
    }
    return KZ_OK;
}

/* Largest panel that begins at `from`: the kernels' poles are at half the narrowest width, all
 * functions are those of e^{-2 lambda} far out. */
static double panel_width(const problem *p, double from)
{
    const kz_onsager_rows *r = &p->rows;
    const kz_form *form = &r->flow->moments->even->form;
    double narrow = form->width[form->blocks - 1] / (1 + 0.2 * p->attempt);
    if (!r->line) return fmin(narrow, 0.25 * M_PI);
    return fmax(narrow, fmin(1.2, 0.6 * (from - (r->join - 5) - 0.5)));
}

static kz_status add_end(problem *p, double cut)
{
    double y[KZ_OUTER_END], weight[KZ_OUTER_END];
    KZ_TRY(kz_onsager_outer_end(y, weight, cut));
    for (int i = 0; i < KZ_OUTER_END; i++)
        KZ_TRY(add_node(p, y[i], weight[i]));
    return KZ_OK;
}

static kz_status place_nodes(problem *p, int f)
{
    const kz_onsager_rows *r = &p->rows;
    size_t order =
        (size_t)fmin(20, 3 + p->attempt + ceil(log(1 / p->tol) / (2 * log(1 + sqrt(2)))));
    breaks b;
    find_breaks(&b, r, f, p->tol);
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(order);
    if (!rule) return KZ_FAIL(KZ_ENOMEM, "no Gauss-Legendre rule of %zu", order);
    p->count = 0;
    kz_status status = KZ_OK;
    double from = 0, end = r->line ? kz_onsager_cut(r->window) : r->window;
    for (size_t i = 0; status == KZ_OK && from < end;) {
        double to = fmin(end, from + panel_width(p, from));
        while (i < b.count && b.at[i] <= from + 1e-7)
            i++;
        if (i < b.count && b.at[i] < to) to = b.at[i];
        status = add_panels(p, from, to, INFINITY, rule, order);
        from = to;
    }
    gsl_integration_glfixed_table_free(rule);
    if (status == KZ_OK && r->line) status = add_end(p, end);
    return status;
}

/* -- inner integral -------------------------------------------------------------------------- */

/* sign <- spacing * the band-limited sign of speed - v_g. */
static void set_sign(problem *p, int g, double speed)
{
    const kz_onsager_rows *r = &p->rows;
    double edge[2 * KZ_TURNS_MAX + 3];
    int pieces = 2 * r->turns[g] + 1;
    edge[0] = -r->window;
    edge[pieces] = r->window;
    for (int t = 0; t < r->turns[g]; t++) {
        double at = r->turn[g * KZ_TURNS_MAX + t];
        edge[r->turns[g] + 1 + t] = at;
        edge[r->turns[g] - t] = -at;
    }
    bool below = kz_onsager_rows_speed(r, g, -r->window) < speed;
    double from = -r->window, first = from + 0.5 * r->spacing, x;
    memset(p->sign, 0, r->size * sizeof *p->sign);
    p->sign[0] = r->spacing;
    for (int i = 0; i <= pieces; i++) {
        bool crosses = i < pieces && kz_onsager_rows_cross(&x, r, g, speed, edge[i], edge[i + 1]);
        if (i < pieces && !crosses) continue;
        double to = i < pieces ? x : r->window;
        if (!below) kz_indicator_add(p->sign, r->size, r->window, first, from, to, -2 * r->spacing);
        below = !below;
        from = to;
    }
    kz_transform_backward(p->transform, p->sign, 1);
}

/* The column in hand at the fine nodes: f[s]. */
static void refine_column(problem *p, int f, size_t column, double y)
{
    size_t n = p->coarse[0]->n, size = (size_t)p->rows.rows * n;
    for (int s = 0; s < 2; s++) {
        memcpy(p->modes, p->columns[s] + column * size, size * sizeof *p->modes);
        kz_convolution_forward(p->coarse[s], p->modes);
        for (size_t i = 0; i < size; i++)
            p->modes[i] /= p->coarse[s]->norm;
        kz_convolution_refine(p->f[s], p->fine[s], p->modes, p->coarse[s]);
        kz_convolution_backward(p->fine[s], p->f[s]);
        for (size_t k = 0; k < 2 * n && f > 0; k++)
            p->f[s][2 * (size_t)(f - 1) * n + k] +=
                kz_green_direct(p->green[s], p->fine[s]->lambda[k], y);
    }
}

/* G^2 times what stands beside |v - v'|, at nodes +-lambda of row g. */
static void densities(double out[2], const problem *p, int g, size_t k, const kz_onsager_point *at)
{
    const kz_onsager_rows *r = &p->rows;
    size_t half = r->size / 2, i = (size_t)g * r->size + half + k;
    double even = p->f[0][(size_t)g * half + k], odd = p->f[1][(size_t)g * half + k];
    double pair = at->C * r->A[i] - 2 * at->B * r->B[i] + at->A * r->C[i];
    out[0] = 0.25 * pair * (even + odd) * (even + odd);
    out[1] = 0.25 * pair * (even - odd) * (even - odd);
}

/* |v - v'| times the densities of what lies beyond the faded ends. */
static double beyond(const problem *p, int g, const kz_onsager_point *at)
{
    const kz_onsager_ends *e = &p->ends;
    const double *v = p->rows.v + (size_t)g * p->rows.size + e->half;
    double sum = 0;
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < KZ_INNER_END; i++) {
            size_t k = e->node[s][i];
            double d[2];
            densities(d, p, g, k, at);
            sum += e->beyond[s][i] * fabs(at->v + (s ? v[k] : -v[k])) * d[s];
        }
    }
    return sum;
}

static double inner(problem *p, int g, const kz_onsager_point *at)
{
    const kz_onsager_rows *r = &p->rows;
    size_t half = r->size / 2;
    const double *v = r->v + (size_t)g * r->size + half, *sign = p->sign + half;
    const double *up = p->ends.weight[0], *down = p->ends.weight[1];
    double sum = 0, d[2];
    set_sign(p, g, at->v);
    for (size_t k = 0; k < half; k++) {
        densities(d, p, g, k, at);
        sum += up[k] * sign[k] * (at->v - v[k]) * d[0] +
               down[k] * sign[-1 - (long)k] * (at->v + v[k]) * d[1];
    }
    return r->line ? sum + beyond(p, g, at) : sum;
}

/* Pairs of row f with rows g <= f, these counted twice but for g = f. */
static kz_status add_row(double *sum, problem *p, int f)
{
    KZ_TRY(place_nodes(p, f));
    for (int s = 0; s < 2; s++)
        KZ_TRY(kz_green_enter(p->green[s], f));
    for (size_t first = 0; first < p->count; first += BATCH) {
        size_t count = p->count - first < BATCH ? p->count - first : BATCH;
        for (int s = 0; s < 2; s++)
            KZ_TRY(kz_green_columns(p->columns[s], p->green[s], p->y + first, count));
        for (size_t i = 0; i < count; i++) {
            double y = p->y[first + i];
            kz_onsager_point at = kz_onsager_rows_at(&p->rows, f, y);
            refine_column(p, f, i, y);
            if (p->rows.line) kz_onsager_ends_set(&p->ends, y);
            for (int g = 0; g <= f; g++)
                *sum += (g < f ? 2 : 1) * p->weight[first + i] * inner(p, g, &at);
        }
    }
    return KZ_OK;
}

/* Tails are read off where densities are 1e-5 of what they are at their largest, which asks for a
 * state that is accurate to rounding, whatever the tolerance: more so at each attempt. */
static kz_grid state_grid(kz_grid grid, double beta, int attempt)
{
    static const double ROUNDING = 1e-15;
    kz_grid state = kz_thermal_grid(grid.chain, beta, ROUNDING);
    if (grid.chain.kind == KZ_CHAIN_AXIAL) state.order = grid.order;
    state.half = kz_grid_fast_size(state.half * (size_t)(3 + attempt) / 2);
    return state;
}

kz_status kz_onsager_on_grid(kz_onsager_values *out, kz_grid grid, double beta, double mu,
                             double tol, int attempt)
{
    problem p = {.tol = tol, .attempt = attempt};
    kz_moments_values values;
    double sum = 0;
    kz_status status = kz_flow_create(&p.flow, state_grid(grid, beta, attempt));
    if (status == KZ_OK) status = kz_flow_solve(&values, &p.flow, beta, mu, 1e-15);
    if (status == KZ_OK) status = problem_fill(&p, grid);
    /* at half filling on the line only the last row carries spin: no pairs of others */
    int lowest = grid.chain.kind != KZ_CHAIN_AXIAL && mu == 0 ? p.rows.rows - 1 : 0;
    /* lambda > 0 is half of all, as is the factor in front */
    for (int f = p.rows.rows - 1; status == KZ_OK && f >= lowest; f--)
        status = add_row(&sum, &p, f);
    problem_free(&p);
    if (status == KZ_OK) *out = (kz_onsager_values){sum, values.magnetization_mu};
    return status;
}
