/* beta(e) at mu = 0 over the whole band.
 *
 * With e = mid - half cos(angle) the function g = beta sqrt((e - e_min)(e_max - e)) stays finite:
 * from |e - e_edge| = pi T^2/6v it tends to sqrt(pi W/6v) at the ground state and to the negative
 * of the same, with the other velocity, at the ceiling (W: width of the band).  In between g and
 * its exact derivative come from thermal states, g by cubic Hermite interpolation in the angle.
 * Towards the edges corrections are powers of T that are not integers (T^{4/(P-1)} at the ground
 * state), so nodes follow asinh(beta), i.e. cluster geometrically; and in the last interval g is
 * the limit plus the power of the angle that fits value and slope of the last node. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "table/internal.h"
#include "tba/moments.h"
#include "tba/strings.h"
#include "tba/thermal.h"

enum { START = 32, LEVELS_MAX = 9, REFINEMENTS_MAX = 8 };

static const double BETA_MAX = 2000;

typedef struct {
    double place; /* asinh(beta) */
    double angle, value, slope;
    double err;  /* of beta from the state, relative to max(1, |beta|) */
    double near; /* the same of the interpolant on both sides, as far as tested */
    bool open;   /* the interval that starts here is still to be tested */
} node;

double kz_energy_limit(kz_chain chain, double width, int ceiling)
{
    double gamma = chain.kind == KZ_CHAIN_XX ? 0.5 * M_PI : M_PI / chain.P;
    double v = 0.5 * M_PI * sin(gamma) / (ceiling ? M_PI - gamma : gamma);
    return (ceiling ? -1 : 1) * sqrt(M_PI * width / (6 * v));
}

/* e - e_min without the cancellation there is in e itself, and de/dbeta. */
static kz_status solve_on(double *excess, double *slope, kz_grid grid, double beta)
{
    static const double SOLVE_TOL = 1e-15; /* rounding: near the edges little is left of e */
    kz_moments *m;
    kz_moments_values v;
    double sum = 0;
    KZ_TRY(kz_moments_create(&m, grid));
    kz_status status = kz_moments_solve(&v, m, beta, 0, 1, false, SOLVE_TOL);
    for (size_t k = 0; k < m->even->n; k++)
        sum += m->even->source[k] * m->hole[k] * m->rho[k];
    *excess = M_PI * sin(M_PI / grid.P) * 2 * kz_grid_spacing(&grid) * sum;
    *slope = v.energy_beta;
    kz_moments_free(m);
    return status;
}

/* The state on two grids, refined until beta at this energy is known to 0.1 tol or to rounding. */
static kz_status solve_state(double *excess, double *slope, double *err, int P, double width,
                             double beta, double tol)
{
    kz_grid grid = kz_thermal_grid(P, beta, 0.01 * tol);
    double before, last = INFINITY;
    KZ_TRY(solve_on(&before, slope, grid, beta));
    for (int i = 0; i < REFINEMENTS_MAX; i++) {
        grid.half = kz_grid_fast_size(grid.half + grid.half / 3);
        grid = kz_grid_widen(grid, 1);
        KZ_TRY(solve_on(excess, slope, grid, beta));
        double scale = fabs(*slope) * fmax(1, fabs(beta)), change = fabs(*excess - before);
        double rounding = 2e-16 * (beta > 0 ? (P + beta) * *excess : width);
        bool stalled = change < 1e-12 && change > 0.3 * last; /* rounding */
        *err = (change + rounding) / scale;
        if (*err <= 0.1 * tol || *err <= 4 * rounding / scale || stalled) return KZ_OK;
        before = *excess;
        last = change;
    }
    return KZ_FAIL(KZ_ETOL, "energy at P = %d, beta = %g: error of beta %.3g, wanted %.3g", P, beta,
                   *err, tol);
}

static kz_status make_node(node *out, const kz_table *t, double place)
{
    double beta = sinh(place), width = t->energy_max - t->energy_min, excess, slope;
    int P = t->chain.kind == KZ_CHAIN_XX ? 2 : t->chain.P;
    KZ_TRY(solve_state(&excess, &slope, &out->err, P, width, beta, t->tol));
    double rest = width - excess;
    out->place = place;
    out->angle =
        excess < rest ? 2 * asin(sqrt(excess / width)) : M_PI - 2 * asin(sqrt(rest / width));
    out->value = beta * sqrt(excess * rest);
    out->slope = excess * rest / slope + beta * (0.5 * width - excess);
    out->open = true;
    return KZ_OK;
}

/* -- interpolation -- */

static double hermite(double *slope, double x0, double f0, double d0, double x1, double f1,
                      double d1, double x)
{
    double h = x1 - x0, t = (x - x0) / h, t2 = t * t, t3 = t2 * t;
    *slope = 6 * (t2 - t) * (f0 - f1) / h + (3 * t2 - 4 * t + 1) * d0 + (3 * t2 - 2 * t) * d1;
    return (2 * t3 - 3 * t2 + 1) * f0 + (3 * t2 - 2 * t3) * f1 +
           h * ((t3 - 2 * t2 + t) * d0 + (t3 - t2) * d1);
}

/* limit + a x^p through value and slope at x1: x is the distance from the edge. */
static double power_law(double *slope, double limit, double x1, double f1, double d1, double x)
{
    double p = x1 * d1 / (f1 - limit);
    if (!(p > 0.05 && p < 50)) p = 1;
    double part = (f1 - limit) * pow(x / x1, p);
    *slope = p * part / x;
    return limit + part;
}

/* g and its slope in the interval after node i, by the neighbours named: near the edges the law of
 * the edge through node `by`. */
static double edge_value(double *slope, const kz_table *t, bool ceiling, size_t by, double angle)
{
    if (!ceiling)
        return power_law(slope, t->value[0], t->angle[by], t->value[by], t->slope[by], angle);
    double value = power_law(slope, t->value[t->n - 1], M_PI - t->angle[by], t->value[by],
                             -t->slope[by], M_PI - angle);
    *slope = -*slope;
    return value;
}

double kz_energy_angle(const kz_table *t, double energy)
{
    double width = t->energy_max - t->energy_min;
    double above = energy - t->energy_min, below = t->energy_max - energy;
    if (above <= below) return 2 * asin(sqrt(fmax(above, 0) / width));
    return M_PI - 2 * asin(sqrt(fmax(below, 0) / width));
}

double kz_energy_at(const kz_table *t, double angle)
{
    double width = t->energy_max - t->energy_min;
    double from_below = sin(0.5 * angle), from_above = cos(0.5 * angle);
    return angle < 0.5 * M_PI ? t->energy_min + width * from_below * from_below
                              : t->energy_max - width * from_above * from_above;
}

kz_energy_value kz_energy_interpolate(const kz_table *t, double angle)
{
    double half = 0.5 * (t->energy_max - t->energy_min), slope, g;
    size_t i = kz_table_find(t->angle, t->n, angle);
    double err = fmax(t->row_err[i], t->row_err[i + 1]);
    if (angle <= 0 || angle >= M_PI) /* the edges themselves */
        return (kz_energy_value){angle <= 0 ? INFINITY : -INFINITY, -INFINITY, 0};
    if (i == 0 || i + 2 == t->n) {
        bool ceiling = i > 0;
        size_t near = ceiling ? t->n - 2 : 1, next = ceiling ? t->n - 3 : 2;
        double unused, check = edge_value(&unused, t, ceiling, next, t->angle[near]);
        g = edge_value(&slope, t, ceiling, near, angle);
        err += fabs(check - t->value[near]) / fabs(t->value[near]);
    } else {
        g = hermite(&slope, t->angle[i], t->value[i], t->slope[i], t->angle[i + 1], t->value[i + 1],
                    t->slope[i + 1], angle);
    }
    double sine = half * sin(angle), beta = g / sine;
    return (kz_energy_value){beta, (slope - beta * half * cos(angle)) / (sine * sine), err};
}

/* -- placing the nodes -- */

/* Error of beta at the true state `mid` when it is interpolated between a and b. */
static double midpoint_error(const node *a, const node *mid, const node *b, double half)
{
    double slope,
        g = hermite(&slope, a->angle, a->value, a->slope, b->angle, b->value, b->slope, mid->angle);
    double beta = sinh(mid->place);
    return fabs(g - mid->value) / (half * sin(mid->angle)) / fmax(1, fabs(beta));
}

typedef struct {
    kz_table *table;
    const kz_options *options;
    node *nodes; /* by rising place, i.e. from the ceiling to the ground state */
    size_t count;
    kz_status status;
    char reason[256];
    bool cancelled, last; /* last: of the passes */
    size_t done;
} build;

/* Computes the open nodes from their places. */
static kz_status fill_nodes(build *b, node *nodes, size_t count)
{
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic) num_threads(b->options->threads)
#endif
    for (size_t i = 0; i < count; i++) {
        bool skip;
#pragma omp critical(kz_table_energy)
        skip = b->status != KZ_OK || b->cancelled || !nodes[i].open;
        if (skip) continue;
        kz_status status = make_node(&nodes[i], b->table, nodes[i].place);
#pragma omp critical(kz_table_energy)
        {
            if (status != KZ_OK && b->status == KZ_OK) {
                b->status = status;
                strncpy(b->reason, kz_error_reason(), sizeof b->reason - 1);
            }
            b->done++;
            /* how many there will be is not known: the guess grows with the work */
            if (b->options->progress &&
                b->options->progress(b->options->progress_context, b->done, b->done + count) != 0)
                b->cancelled = true;
        }
    }
    if (b->cancelled) return KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu states", b->done);
    return b->status == KZ_OK ? KZ_OK : KZ_FAIL(b->status, "%s", b->reason);
}

/* Nodes uniform in asinh(beta); the ceiling's end is where rounding of e_max - e costs tol. */
static kz_status start_nodes(build *b)
{
    void *memory;
    KZ_TRY(kz_alloc(&memory, START, sizeof(node)));
    b->nodes = memory;
    b->count = START;
    double tol = b->table->tol, first = -asinh(fmin(BETA_MAX, sqrt(1e15 * tol)));
    double last = asinh(BETA_MAX);
    for (int i = 0; i < START; i++) {
        b->nodes[i].place = first + (last - first) * i / (START - 1);
        b->nodes[i].open = true;
    }
    return fill_nodes(b, b->nodes, START);
}

/* Decides about one interval; its middle becomes a node in any case.  Halves have a sixteenth of
 * the error, or more where g is less smooth: a quarter is taken. */
static bool passes(const build *b, const node *from, node *mid, const node *to)
{
    double half = 0.5 * (b->table->energy_max - b->table->energy_min);
    double err = midpoint_error(from, mid, to, half);
    double rounding = 4 * (mid->err + from->err + to->err);
    bool pass = err <= fmax(2 * b->table->tol, rounding);
    mid->near = pass || b->last ? err / 4 + mid->err : 0;
    return pass;
}

static size_t merge(node *out, const build *b, node *mids, size_t *open)
{
    size_t count = 0;
    *open = 0;
    for (size_t i = 0; i < b->count; i++) {
        node *here = &out[count++];
        *here = b->nodes[i];
        if (i + 1 == b->count || !here->open) continue;
        here->open = !passes(b, &b->nodes[i], &mids[i], &b->nodes[i + 1]);
        out[count] = mids[i];
        out[count++].open = here->open;
        *open += here->open ? 2 : 0;
    }
    return count;
}

/* One pass: a node into the middle of every open interval; intervals that pass are closed. */
static kz_status bisect(build *b, size_t *open)
{
    void *mids = NULL, *merged = NULL;
    size_t n = b->count;
    kz_status status = kz_alloc(&mids, n, sizeof(node));
    if (status == KZ_OK) status = kz_alloc(&merged, 2 * n, sizeof(node));
    if (status == KZ_OK) {
        node *mid = mids;
        for (size_t i = 0; i + 1 < n; i++)
            mid[i] = (node){.place = 0.5 * (b->nodes[i].place + b->nodes[i + 1].place),
                            .open = b->nodes[i].open};
        status = fill_nodes(b, mid, n - 1);
    }
    if (status == KZ_OK) {
        b->count = merge(merged, b, mids, open);
        kz_free(b->nodes);
        b->nodes = merged;
        merged = NULL;
    }
    kz_free(mids);
    kz_free(merged);
    return status;
}

/* From the ground state, angle 0, to the ceiling, with the limits at both ends. */
static void store(kz_table *t, const build *b)
{
    size_t n = b->count;
    for (size_t i = 0; i < n; i++) {
        const node *from = &b->nodes[n - 1 - i];
        t->angle[i + 1] = from->angle;
        t->value[i + 1] = from->value;
        t->slope[i + 1] = from->slope;
        t->row_err[i + 1] = fmax(from->near, from->err);
    }
    double width = t->energy_max - t->energy_min;
    t->angle[0] = 0;
    t->angle[n + 1] = M_PI;
    t->value[0] = kz_energy_limit(t->chain, width, 0);
    t->value[n + 1] = kz_energy_limit(t->chain, width, 1);
    t->slope[0] = t->slope[n + 1] = NAN;
    t->row_err[0] = t->row_err[1];
    t->row_err[n + 1] = t->row_err[n];
    t->err = 0;
    for (size_t i = 0; i < n; i++)
        t->err = fmax(t->err, t->row_err[i]);
}

static kz_status place_nodes(build *b)
{
    size_t open = 1;
    KZ_TRY(start_nodes(b));
    for (int level = 1; level <= LEVELS_MAX && open > 0; level++) {
        b->last = level == LEVELS_MAX;
        KZ_TRY(bisect(b, &open));
    }
    return open == 0 ? KZ_OK : KZ_FAIL(KZ_ETOL, "beta(e): %zu intervals miss the tolerance", open);
}

kz_status kz_table_create_energy(kz_table **out, kz_chain chain, const kz_options *options)
{
    *out = NULL;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_options_check(options));
    kz_table *band = NULL, *table = NULL;
    KZ_TRY(kz_table_allocate(&band, chain, options->tol, 0, 0, 1));
    build b = {.table = band, .options = options};
    kz_status status = place_nodes(&b);
    if (status == KZ_OK) status = kz_table_allocate(&table, chain, options->tol, 0, 0, b.count + 2);
    if (status == KZ_OK) store(table, &b);
    kz_free(b.nodes);
    kz_table_free(band);
    *out = table;
    return status;
}
