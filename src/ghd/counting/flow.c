/* Steps in lambda by collocation: dkappa/dlambda is a polynomial through nodes that include both
 * ends of the step, and so are the paths of the zeros of v and kappa on them, to which what lies
 * behind the zeros belongs.  Picard's iteration from node to node; a step that is too long for it,
 * or for the polynomials, is taken again at half its length.  Where zeros come or go the paths are
 * no polynomials: a step that is short enough takes all of them as they are at each node, whose
 * error is of third order and more. */
#include "ghd/counting/flow.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"
#include "ghd/counting/flow_work.h"
#include "ghd/ray/work.h"

enum {
    SWEEPS_MAX = 25,    /* of Picard's iteration: eight do */
    PANELS_MAX = 160,   /* left behind by the zeros of one row */
    REJECTIONS_MAX = 60 /* of one step */
};

static const double LONGEST_SHARE = 2, /* of the first step: |kappa| stays near what that was for */
    SHORTEST = 5e-4,                   /* of the longest, where zeros come or go */
    SOLVE_SHARE = 1e-4, SOLVE_LEAST = 1e-15, /* residual of the solves, of the tolerance */
    SOLVE_PER_CHANGE = 1e-3,                 /* and of what the last sweep has changed */
    SWEEP_SHARE = 1e-3, SWEEP_LEAST = 1e-14, /* what the last sweep may change, of the tolerance */
    TAIL_SHARE = 0.03, TAIL_LEAST = 2e-15,   /* last coefficients of the current, likewise */
    FIRST_CHANGE = 1e-2,                     /* about what the first sweep changes, */
    DIVERGES = 1e2,                          /* and of any, of what the one before did */
    HOPELESS = 10,      /* of what turned zeros may leave: that will not fall any more */
    MEMORY_SHARE = 0.1, /* of tol, error of memory: it acts on a current where v is near 0 */
    GROWTH = 1.6, LEFT_SHARE = 0.2; /* of a step, that is not left to another one */

static void node_free(kz_flow_node *node)
{
    kz_free(node->t);
    kz_free(node->slope);
    kz_free(node->t_d);
    kz_free(node->region);
    kz_free(node->kappa);
}

static kz_status node_create(kz_flow_node *node, size_t size, size_t rows)
{
    void *region;
    KZ_TRY(kz_alloc_doubles(&node->t, size));
    KZ_TRY(kz_alloc_doubles(&node->slope, size));
    KZ_TRY(kz_alloc_doubles(&node->t_d, size));
    KZ_TRY(kz_alloc_doubles(&node->kappa, rows * KZ_EDGES_MAX));
    KZ_TRY(kz_alloc(&region, rows, sizeof(kz_region)));
    node->region = region;
    return KZ_OK;
}

static void swept_free(kz_swept *swept, int rows)
{
    for (int f = 0; swept && f < rows; f++)
        kz_swept_free(&swept[f]);
    kz_free(swept);
}

static kz_status swept_create(kz_swept **out, int rows)
{
    void *memory;
    KZ_TRY(kz_alloc(&memory, (size_t)rows, sizeof(kz_swept)));
    *out = memory;
    for (int f = 0; f < rows; f++)
        KZ_TRY(kz_swept_create(&(*out)[f], PANELS_MAX));
    return KZ_OK;
}

void kz_counting_flow_free(kz_counting_flow *flow)
{
    if (!flow) return;
    double *arrays[] = {flow->plain[0],     flow->plain[1],     flow->polarised[0],
                        flow->polarised[1], flow->at,           flow->tangent,
                        flow->collected[0], flow->collected[1], flow->source};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    for (int i = 0; i <= flow->order; i++)
        node_free(&flow->node[i]);
    swept_free(flow->swept, flow->rows);
    swept_free(flow->trial, flow->rows);
    kz_free(flow->start);
    kz_flow_points_free(&flow->points);
    kz_weighting_free(&flow->states);
    kz_free(flow);
}

/* The weights of both sides between the nodes; scratch [size]. */
static void interpolate_weights(kz_counting_flow *flow, double *scratch)
{
    const kz_mesh *mesh = &flow->states.level->coarse;
    size_t n = mesh->full->n;
    for (int side = 0; side < 2; side++) {
        memcpy(flow->plain[side], mesh->side[side].hole, flow->size * sizeof(double));
        kz_convolution_forward(mesh->full, flow->plain[side]);
        cblas_dscal((int)flow->size, 1 / mesh->full->norm, flow->plain[side], 1);
        memset(scratch, 0, flow->size * sizeof *scratch);
        memcpy(scratch, mesh->side[side].polarisation, n * sizeof *scratch);
        kz_convolution_forward(mesh->full, scratch);
        cblas_dscal((int)n, 1 / mesh->full->norm, scratch, 1);
        memcpy(flow->polarised[side], scratch, n * sizeof *scratch);
    }
}

static kz_status fill(kz_counting_flow *flow, kz_grid grid, const kz_state *left,
                      const kz_state *right, kz_charge charge, double tol)
{
    KZ_TRY(kz_weighting_create(&flow->states, grid, left, right, charge, tol));
    const kz_convolution *c = flow->states.level->coarse.full;
    void *start;
    flow->rows = flow->states.level->rows;
    flow->size = kz_weighting_size(&flow->states);
    double **whole[] = {&flow->plain[0], &flow->plain[1], &flow->at, &flow->tangent};
    double **row[] = {&flow->polarised[0], &flow->polarised[1], &flow->collected[0],
                      &flow->collected[1], &flow->source};
    for (int i = 0; i < 4; i++)
        KZ_TRY(kz_alloc_doubles(whole[i], flow->size));
    for (int i = 0; i < 5; i++)
        KZ_TRY(kz_alloc_doubles(row[i], c->n));
    KZ_TRY(kz_alloc(&start, (size_t)flow->rows, sizeof(kz_region)));
    flow->start = start;
    for (int i = 0; i <= flow->order; i++)
        KZ_TRY(node_create(&flow->node[i], flow->size, (size_t)flow->rows));
    KZ_TRY(kz_flow_points_create(&flow->points, c->n / 2));
    KZ_TRY(swept_create(&flow->swept, flow->rows));
    KZ_TRY(swept_create(&flow->trial, flow->rows));
    for (size_t k = 0; k < c->n; k++)
        flow->source[k] = kz_weighting_drive(&flow->states) * c->source[k];
    interpolate_weights(flow, flow->at);
    return KZ_OK;
}

kz_status kz_counting_flow_create(kz_counting_flow **out, kz_grid grid, const kz_state *left,
                                  const kz_state *right, kz_charge charge, double tol, int order)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_counting_flow)));
    kz_counting_flow *flow = memory;
    flow->order = order < KZ_COUNTING_FLOW_ORDER_MAX ? order : KZ_COUNTING_FLOW_ORDER_MAX;
    kz_status status = fill(flow, grid, left, right, charge, tol);
    if (status != KZ_OK) {
        kz_counting_flow_free(flow);
        return status;
    }
    *out = flow;
    return KZ_OK;
}

static double final_solve(const kz_counting_flow *flow)
{
    return fmax(SOLVE_LEAST, SOLVE_SHARE * flow->tol);
}

kz_status kz_counting_flow_restart(kz_counting_flow *flow, double reach, double step, double tol)
{
    kz_flow_node *first = &flow->node[0];
    size_t bytes = flow->size * sizeof(double);
    kz_ray ray;
    kz_ray_report report;
    flow->reach = reach;
    flow->step = step;
    flow->longest = LONGEST_SHARE * step;
    flow->tol = tol;
    flow->from = flow->to = flow->generating = flow->tails = flow->rounding = 0;
    memset(flow->at, 0, bytes);
    memset(first->t, 0, bytes);
    memset(flow->tangent, 0, bytes);
    memset(first->slope, 0, bytes);
    for (int f = 0; f < flow->rows; f++)
        flow->swept[f].count = flow->trial[f].count = 0;
    kz_weighting_apply(&flow->states, flow->at, 0);
    flow->status = kz_ray_solve(&ray, flow->states.ray, 0, tol, true, &report);
    if (flow->status != KZ_OK) return flow->status;
    memcpy(flow->start, flow->states.ray->region, (size_t)flow->rows * sizeof *flow->start);
    memcpy(first->t_d, flow->states.ray->t_d, bytes);
    first->lambda = 0;
    flow->status = kz_flow_solve_node(flow, first, final_solve(flow), final_solve(flow));
    memcpy(first->region, flow->start, (size_t)flow->rows * sizeof *flow->start);
    flow->current[0] = first->current;
    memset(flow->current + 1, 0, sizeof flow->current - sizeof *flow->current);
    return flow->status;
}

/* Series of the polynomial that is 1 at node j and 0 at the others. */
static void cardinal(double *series, int j, int terms)
{
    double unit[KZ_COUNTING_FLOW_ORDER_MAX + 1] = {0};
    unit[j] = 1;
    kz_chebyshev_end_transform(series, unit, terms);
}

/* Coefficients of kappa at node i, into flow->at. */
static void integrate_to(kz_counting_flow *flow, double length, int i)
{
    int terms = flow->order + 1;
    double series[KZ_COUNTING_FLOW_ORDER_MAX + 1];
    memcpy(flow->at, flow->node[0].t, flow->size * sizeof(double));
    for (int j = 0; j < terms; j++) {
        cardinal(series, j, terms);
        double weight = kz_chebyshev_integral(series, terms, kz_chebyshev_end_node(i, terms));
        cblas_daxpy((int)flow->size, 0.5 * length * weight, flow->node[j].slope, 1, flow->at, 1);
    }
}

/* Node i from all nodes; *change is that of its slope. */
static kz_status sweep_node(double *change, kz_counting_flow *flow, int i, bool follow,
                            double solve_tol)
{
    kz_flow_node *node = &flow->node[i];
    double length = flow->node[flow->order].lambda - flow->node[0].lambda;
    double *before = flow->states.ray->t_u; /* not used by any ray here */
    integrate_to(flow, length, i);
    memcpy(node->t, flow->at, flow->size * sizeof(double));
    flow->turned = 0;
    for (int f = 0; f < flow->rows; f++) {
        kz_swept_copy(&flow->trial[f], &flow->swept[f]);
        if (follow) KZ_TRY(kz_flow_pass_zeros(flow, i, f));
    }
    memcpy(before, node->slope, flow->size * sizeof *before);
    KZ_TRY(kz_flow_solve_node(flow, node, solve_tol, final_solve(flow)));
    cblas_daxpy((int)flow->size, -1, node->slope, 1, before, 1);
    *change = cblas_dnrm2((int)flow->size, before, 1);
    return KZ_OK;
}

static void guess(kz_counting_flow *flow, double length)
{
    const kz_flow_node *first = &flow->node[0];
    size_t bytes = flow->size * sizeof(double);
    for (int i = 1; i <= flow->order; i++) {
        kz_flow_node *node = &flow->node[i];
        double share = 0.5 * (1 + kz_chebyshev_end_node(i, flow->order + 1));
        node->lambda = first->lambda + share * length;
        memcpy(node->slope, first->slope, bytes);
        cblas_daxpy((int)flow->size, share * length, flow->tangent, 1, node->slope, 1);
        memcpy(node->t_d, first->t_d, bytes);
        memcpy(node->t, first->t, bytes); /* until the first sweep has been there */
        memcpy(node->region, first->region, (size_t)flow->rows * sizeof *node->region);
    }
}

/* Sweeps until they change nothing; *works: they do so, and turned zeros leave an error of `most`
 * at most. */
static kz_status sweep(bool *works, kz_counting_flow *flow, double length, double most)
{
    double wanted = fmax(SWEEP_LEAST, SWEEP_SHARE * flow->tol), largest = 0;
    double share = fmin(1, fabs(length) / flow->longest), last = FIRST_CHANGE * share * share;
    *works = false;
    guess(flow, length);
    for (int sweep = 0; sweep < SWEEPS_MAX; sweep++) {
        double solve_tol = fmax(final_solve(flow), SOLVE_PER_CHANGE * last);
        largest = 0;
        for (int i = 1; i <= flow->order; i++) {
            double change;
            KZ_TRY(sweep_node(&change, flow, i, sweep > 0, solve_tol));
            largest = fmax(largest, change);
        }
        if (!(largest <= DIVERGES * fmax(last, FIRST_CHANGE))) return KZ_OK;
        if (sweep > 1 && flow->turned > HOPELESS * most) return KZ_OK;
        *works = largest <= wanted && flow->turned <= most &&
                 solve_tol <= fmax(final_solve(flow), wanted);
        flow->unsettled = largest;
        if (*works && sweep > 0) return KZ_OK;
        last = largest;
    }
    return KZ_OK;
}

/* Series of the current over the step, and what the polynomial leaves of it. */
static double current_tail(kz_counting_flow *flow)
{
    int terms = flow->order + 1;
    double value[KZ_COUNTING_FLOW_ORDER_MAX + 1];
    for (int i = 0; i < terms; i++)
        value[i] = flow->node[i].current;
    kz_chebyshev_end_transform(flow->current, value, terms);
    return fabs(flow->current[terms - 1]) + fabs(flow->current[terms - 2]);
}

/* d slope/d lambda at the end of the step, for the first guess of the next. */
static void set_tangent(kz_counting_flow *flow, double length)
{
    int terms = flow->order + 1;
    double series[KZ_COUNTING_FLOW_ORDER_MAX + 1];
    memset(flow->tangent, 0, flow->size * sizeof(double));
    for (int j = 0; j < terms; j++) {
        double value, slope;
        cardinal(series, j, terms);
        kz_chebyshev_series(&value, &slope, series, terms, 1);
        cblas_daxpy((int)flow->size, 2 / length * slope, flow->node[j].slope, 1, flow->tangent, 1);
    }
}

/* The end of the step is the beginning of the next one. */
static void accept(kz_counting_flow *flow, double length, double tail)
{
    kz_flow_node *first = &flow->node[0], *last = &flow->node[flow->order], end = *last;
    kz_swept *passed = flow->swept;
    set_tangent(flow, length);
    flow->swept = flow->trial; /* that of the last node of the last sweep */
    flow->trial = passed;
    for (int f = 0; f < flow->rows; f++)
        kz_swept_tidy(&flow->swept[f], &flow->start[f], MEMORY_SHARE * flow->tol);
    flow->tails += tail * fmax(1, fabs(length));
    flow->rounding = fmax(flow->rounding, kz_weighting_rounding(&flow->states));
    *last = *first;
    *first = end;
    flow->from = last->lambda;
    flow->to = first->lambda;
}

static kz_status step(kz_counting_flow *flow)
{
    flow->generating +=
        0.5 * (flow->to - flow->from) * kz_chebyshev_integral(flow->current, flow->order + 1, 1);
    double shortest = SHORTEST * flow->longest;
    for (int i = 0; i < REJECTIONS_MAX; i++) {
        double left = fabs(flow->reach - flow->to), size = fmin(flow->step, left);
        double wanted = fmax(TAIL_LEAST, TAIL_SHARE * flow->tol);
        bool works, brief = size <= shortest;
        if (left - size < LEFT_SHARE * size) size = left;
        KZ_TRY(sweep(&works, flow, copysign(size, flow->reach), brief ? INFINITY : wanted));
        double tail = works ? current_tail(flow) : INFINITY;
        if (works && (tail <= wanted || brief)) {
            accept(flow, copysign(size, flow->reach), tail + flow->turned + flow->unsettled);
            if (size >= flow->step || tail < 1e-2 * wanted)
                flow->step = fmin(flow->longest, GROWTH * fmax(size, flow->step));
            return KZ_OK;
        }
        if (brief) break;
        flow->step = 0.5 * size;
    }
    return KZ_FAIL(KZ_ENOCONV, "the flow does not get beyond lambda = %.15g", flow->to);
}

kz_status kz_counting_flow_solve(kz_fluctuation *out, kz_counting_flow *flow, double lambda)
{
    int terms = flow->order + 1;
    while (flow->status == KZ_OK && fabs(lambda) > fabs(flow->to) * (1 + 1e-14))
        flow->status = step(flow);
    if (flow->status != KZ_OK) return flow->status; /* with the reason it had */
    double length = flow->to - flow->from;
    double x = length != 0 ? fmax(-1, fmin(1, 2 * (lambda - flow->from) / length - 1)) : -1;
    *out = (kz_fluctuation){
        .lambda = lambda,
        .generating =
            flow->generating + 0.5 * length * kz_chebyshev_integral(flow->current, terms, x),
        .current = kz_chebyshev_value(flow->current, terms, x),
        .err = flow->tails + flow->rounding,
    };
    return KZ_OK;
}
