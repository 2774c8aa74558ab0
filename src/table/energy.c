/* beta(e) at mu = 0 over the whole band: placing the nodes.
 *
 * g and its exact derivative (energy.h) come from thermal states, g by polynomials of degree 7 in x
 * through values and slopes of four nodes; nodes are placed in asinh(beta).
 * Towards a gapless edge corrections are powers of T that are not integers (T^{4/(P-1)} at the
 * ground state).  The ceiling of large P is far from its limit even at |beta| = 1000, so nodes run
 * to |beta| = 1e6, where e as a double says 1e-4 of beta, or, with a gap, to where it says nothing;
 * at Delta = 1, -1, where a state costs more the colder it is, to 1e4, in the ferromagnet 300.  In
 * the last interval g follows from what its limit and the last nodes are.
 *
 * Error of an interval.  Its middle is a true state, at which both value and slope of the
 * interpolant are compared: the error is w(x) (c + d (x - middle) + ...) with a w that is flat in
 * the middle, so that a value alone may agree by accident, where c changes sign.  The middle then
 * becomes a node; w of either half is at most a sixteenth of what it was, whatever the distances
 * of the other two nodes, and 1/256 where they are halved too.  But c is the eighth derivative at
 * some place of the stencil, and where nodes are sparse (tol = 1e-4) it varies 16 times within
 * one: a quarter is taken. */
#include <math.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/progress.h"
#include "table/energy.h"

enum { START = 32, LEVELS_MAX = 9 };

/* Last nodes. */
static const double BETA_MAX = 1e6, ISOTROPIC_MAX = 1e4, FERROMAGNET_MAX = 300;

typedef struct {
    double place;           /* asinh(beta) */
    double x, value, slope; /* ln tan(angle/2), g, dg/dx */
    double angle, weight;   /* g/beta */
    double err;             /* of beta from the state, relative to max(1, |beta|) */
    double near;            /* the same of the interpolant on both sides, as far as tested */
    bool open;              /* the interval that starts here is still to be tested */
} node;

static kz_status make_node(node *out, const kz_table *t, double place)
{
    kz_energy_state s;
    kz_energy_powers p = kz_energy_powers_of(t->chain);
    double beta = sinh(place), width = t->energy_max - t->energy_min;
    /* nodes serve the intervals of the next nodes too, which may be four times as warm */
    double tol = kz_energy_tolerance(t->tol, 0.25 * beta);
    KZ_TRY(kz_energy_state_solve(&s, t->chain, width, beta, tol));
    double weight = out->weight = kz_energy_weight(p, s.excess, s.rest);
    out->place = place;
    out->x = 0.5 * log(s.excess / s.rest);
    out->angle = s.excess < s.rest ? 2 * asin(sqrt(s.excess / width))
                                   : M_PI - 2 * asin(sqrt(s.rest / width));
    out->value = beta * weight;
    out->slope = 2 * weight / width *
                 (s.excess * s.rest / s.slope + beta * (p.ground * s.rest - p.ceiling * s.excess));
    out->err = s.err;
    out->open = true;
    return KZ_OK;
}

typedef struct {
    kz_table *table;
    const kz_options *options;
    node *nodes; /* by rising place, i.e. from the ceiling to the ground state */
    size_t count;
    kz_first_failure first;
    bool last; /* of the passes */
    kz_progress progress;
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
        skip = b->first.status != KZ_OK || !nodes[i].open;
        if (skip || kz_progress_is_cancelled(&b->progress)) continue;
        kz_status status = make_node(&nodes[i], b->table, nodes[i].place);
#pragma omp critical(kz_table_energy)
        if (status != KZ_OK) kz_first_failure_note(&b->first, i, status);
        kz_progress_add_ahead(&b->progress, 1, count);
    }
    if (kz_progress_is_cancelled(&b->progress))
        return KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu states", b->progress.done);
    return KZ_FAIL_FIRST(&b->first);
}

/* Where e says nothing of beta any more, or states overflow, which they do beyond t = e^{700} of
 * the closure (tba/closure.h).  The first state is as accurate as nodes, so that a tolerance that
 * takes too many strings is refused at once. */
static kz_status find_last_gapped(double *beta, const kz_table *t, int sign)
{
    static const double NOTHING = 1e-17, ROUGH = 1e-3, STEP = 1.3;
    double width = t->energy_max - t->energy_min, next = 1 / width;
    kz_energy_state s = {.excess = width, .rest = width};
    kz_status status = KZ_OK;
    while (status == KZ_OK && *beta < BETA_MAX && fmin(s.excess, s.rest) > NOTHING) {
        double tol = *beta > 0 ? ROUGH : t->tol;
        status = kz_energy_state_solve(&s, t->chain, width, sign * next, tol);
        if (status == KZ_OK) *beta = fmin(next, BETA_MAX);
        next *= STEP;
    }
    return status == KZ_ENOCONV && *beta > 0 ? KZ_OK : status;
}

/* asinh(beta) of the last node on the side of `sign`. */
static kz_status find_last(double *place, const kz_table *t, int sign)
{
    double last = BETA_MAX;
    if (kz_chain_is_isotropic(t->chain)) {
        last = sign * t->chain.delta > 0 ? ISOTROPIC_MAX : FERROMAGNET_MAX;
    } else if (t->chain.kind == KZ_CHAIN_AXIAL) {
        last = 0;
        KZ_TRY(find_last_gapped(&last, t, sign));
    }
    *place = sign * asinh(last);
    return KZ_OK;
}

/* Nodes uniform in asinh(beta). */
static kz_status start_nodes(build *b, int count, double low, double high)
{
    void *memory;
    KZ_TRY(kz_alloc(&memory, (size_t)count, sizeof(node)));
    b->nodes = memory;
    b->count = (size_t)count;
    for (int i = 0; i < count; i++) {
        b->nodes[i].place = (low * (count - 1 - i) + high * i) / (count - 1);
        b->nodes[i].open = true;
    }
    return fill_nodes(b, b->nodes, b->count);
}

/* Error of beta in the interval after node i, relative to max(1, |beta|), by the state in its
 * middle. */
static double interval_error(const build *b, size_t i, const node *mid)
{
    double x[KZ_ENERGY_STENCIL], value[KZ_ENERGY_STENCIL], dvalue[KZ_ENERGY_STENCIL], slope;
    size_t last = b->count - KZ_ENERGY_STENCIL, first = i > 0 ? i - 1 : 0;
    if (first > last) first = last;
    for (size_t k = 0; k < KZ_ENERGY_STENCIL; k++) {
        x[k] = b->nodes[first + k].x;
        value[k] = b->nodes[first + k].value;
        dvalue[k] = b->nodes[first + k].slope;
    }
    double g = kz_energy_polynomial(&slope, x, value, dvalue, mid->x);
    double length = fabs(b->nodes[i + 1].x - b->nodes[i].x);
    double err = fabs(g - mid->value) + 0.5 * length * fabs(slope - mid->slope);
    return err / mid->weight / fmax(1, fabs(sinh(mid->place)));
}

/* Decides about the interval after node i; its middle becomes a node in any case. */
static bool passes(const build *b, size_t i, node *mid)
{
    double err = interval_error(b, i, mid) / 4;
    double known = 2 * fmax(mid->err, fmax(b->nodes[i].err, b->nodes[i + 1].err));
    double warm = fmin(fabs(b->nodes[i].place), fabs(b->nodes[i + 1].place));
    double wanted = 0.5 * kz_energy_tolerance(b->table->tol, sinh(warm));
    /* between nodes so close only the errors of the nodes are left, which slopes magnify */
    bool noise = fabs(b->nodes[i + 1].x - b->nodes[i].x) < 0.1 && err <= 4 * known;
    bool pass = err <= fmax(wanted, known) || noise;
    mid->near = pass || b->last ? err + known : 0;
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
        here->open = !passes(b, i, &mids[i]);
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
        t->slope[i + 1] = from->slope / sin(from->angle);
        t->row_err[i + 1] = fmax(from->near, from->err);
    }
    double width = t->energy_max - t->energy_min;
    t->angle[0] = 0;
    t->angle[n + 1] = M_PI;
    t->value[0] = kz_energy_limit(t->chain, width, 0);
    t->value[n + 1] = kz_energy_limit(t->chain, width, 1);
    t->slope[0] = t->slope[n + 1] = NAN;
    t->row_err[0] = t->row_err[1] + kz_energy_edge_error(t, false);
    t->row_err[n + 1] = t->row_err[n] + kz_energy_edge_error(t, true);
    t->err = kz_energy_error(t);
}

/* All over the band. */
static kz_status place_nodes(build *b)
{
    size_t open = 1;
    double low, high;
    KZ_TRY(find_last(&low, b->table, -1));
    KZ_TRY(find_last(&high, b->table, 1));
    KZ_TRY(start_nodes(b, START, low, high));
    for (int level = 1; level <= LEVELS_MAX && open > 0; level++) {
        b->last = level == LEVELS_MAX;
        KZ_TRY(bisect(b, &open));
    }
    return open == 0 ? KZ_OK : KZ_FAIL(KZ_ETOL, "beta(e): %zu intervals miss the tolerance", open);
}

/* What the law of the ferromagnet's edge takes, and its error. */
static kz_status place_magnons(build *b)
{
    static const double WARMEST = 25;
    double cold = asinh(FERROMAGNET_MAX), warm = asinh(WARMEST);
    bool ceiling = !kz_chain_is_turned(b->table->chain);
    return start_nodes(b, 2 * KZ_ENERGY_STENCIL, ceiling ? -cold : warm, ceiling ? -warm : cold);
}

static kz_status create(kz_table **out, kz_chain chain, const kz_options *options,
                        kz_status (*place)(build *))
{
    *out = NULL;
    kz_table *band = NULL, *table = NULL;
    KZ_TRY(kz_table_allocate(&band, chain, options->tol, 0, 0, 1));
    build b = {.table = band, .options = options};
    kz_progress_start(&b.progress, options->progress, options->progress_context);
    kz_status status = place(&b);
    kz_progress_end(&b.progress);
    if (status == KZ_OK) status = kz_table_allocate(&table, chain, options->tol, 0, 0, b.count + 2);
    if (status == KZ_OK) store(table, &b);
    kz_free(b.nodes);
    kz_table_free(band);
    *out = table;
    return status;
}

kz_status kz_table_create_energy(kz_table **out, kz_chain chain, const kz_options *options)
{
    *out = NULL;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_options_check(options));
    return create(out, chain, options, place_nodes);
}

kz_status kz_energy_create_magnons(kz_table **out, kz_chain chain, double tol)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    return create(out, chain, &options, place_magnons);
}
