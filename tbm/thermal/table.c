/* Thermal states of a chain by their energy. */
#include "tbm/thermal/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* States an interpolation takes. */
enum { NEAREST = 10 };

/* Rounding of the edges that a caller may hand over. */
static const double EDGE_TOLERANCE = 1e-9;

/* -- evaluation -------------------------------------------------------------------------------- */

static kz_correlations at_edge(const kz_thermal_edge *edge, double energy)
{
    kz_correlations out = {.energy = energy};
    double term[KZ_EDGE_TERMS];
    kz_thermal_edge_terms(term, edge, energy);
    for (int j = 0; j < KZ_CORRELATIONS; j++)
        for (int k = 0; k < KZ_EDGE_TERMS; k++)
            out.value[j] += term[k] * edge->coefficient[j][k];
    return out;
}

/* Neville's scheme on `count` states. */
static kz_correlations interpolate(const kz_thermal_node *node, int count, double energy)
{
    kz_correlations out = {.energy = energy};
    double value[KZ_CORRELATIONS][NEAREST];
    for (int k = 0; k < count; k++) {
        value[KZ_ZZ1][k] = node[k].zz1;
        value[KZ_XX2][k] = node[k].xx2;
        value[KZ_ZZ2][k] = node[k].zz2;
    }
    for (int order = 1; order < count; order++)
        for (int k = 0; k + order < count; k++) {
            double left = energy - node[k].energy, right = node[k + order].energy - energy;
            for (int j = 0; j < KZ_CORRELATIONS; j++)
                value[j][k] = (right * value[j][k] + left * value[j][k + 1]) / (left + right);
        }
    for (int j = 0; j < KZ_CORRELATIONS; j++)
        out.value[j] = value[j][0];
    return out;
}

static void pack(double *rho, const kz_correlations *c, double delta)
{
    kz_thermal_pack(rho, 0.5 * (c->energy - delta * c->value[KZ_ZZ1]), c->value[KZ_ZZ1],
                    c->value[KZ_XX2], c->value[KZ_ZZ2]);
}

static double distance(const kz_correlations *a, const kz_correlations *b, double delta)
{
    double first[KZ_DENSITY_SIZE], second[KZ_DENSITY_SIZE];
    pack(first, a, delta);
    pack(second, b, delta);
    return kz_thermal_distance_bound(first, second);
}

/* The window of NEAREST states around the energy, states at T = 0 left out. */
static const kz_thermal_node *window(const kz_thermal_table *t, double energy)
{
    size_t first = t->edge[0].present ? 1 : 0, end = t->count - (t->edge[1].present ? 1 : 0);
    size_t above = first;
    while (above < end && t->node[above].energy < energy)
        above++;
    size_t low = above > first + NEAREST / 2 ? above - NEAREST / 2 : first;
    return t->node + (low + NEAREST > end ? end - NEAREST : low);
}

static kz_correlations evaluate(double *err, const kz_thermal_table *t, double energy)
{
    if (t->delta == 0.0) {
        *err = 0.0;
        return (kz_correlations){energy, {-energy * energy, energy * energy, 0.0}};
    }
    for (int side = 0; side < 2; side++) {
        const kz_thermal_edge *edge = &t->edge[side];
        if (!edge->present || fabs(energy - edge->energy) > edge->reach) continue;
        *err = edge->err;
        return at_edge(edge, energy);
    }
    const kz_thermal_node *node = window(t, energy);
    kz_correlations out = interpolate(node, NEAREST, energy);
    kz_correlations less =
        interpolate(node + (energy > node[NEAREST / 2].energy ? 1 : 0), NEAREST - 1, energy);
    double worst = 0.0;
    for (int k = 0; k < NEAREST; k++)
        worst = fmax(worst, node[k].err);
    *err = worst + distance(&out, &less, t->delta);
    return out;
}

kz_status kz_thermal_table_density(double rho[KZ_DENSITY_SIZE], double *err,
                                   const kz_thermal_table *table, double energy)
{
    double bound;
    if (!(energy >= table->from - EDGE_TOLERANCE && energy <= table->to + EDGE_TOLERANCE))
        return KZ_FAIL(KZ_EDOMAIN, "energy %.12g is not between %.12g and %.12g", energy,
                       table->from, table->to);
    kz_correlations state = evaluate(&bound, table, energy);
    pack(rho, &state, table->delta);
    if (err) *err = bound;
    return KZ_OK;
}

size_t kz_thermal_table_count(const kz_thermal_table *table) { return table->count; }

const kz_thermal_node *kz_thermal_table_nodes(const kz_thermal_table *table) { return table->node; }

/* -- making ------------------------------------------------------------------------------------ */

static kz_thermal_node make_node(double beta, const kz_correlations *c, double delta, double err)
{
    return (kz_thermal_node){.beta = beta,
                             .energy = c->energy,
                             .xx1 = 0.5 * (c->energy - delta * c->value[KZ_ZZ1]),
                             .zz1 = c->value[KZ_ZZ1],
                             .xx2 = c->value[KZ_XX2],
                             .zz2 = c->value[KZ_ZZ2],
                             .err = err};
}

void kz_thermal_table_free(kz_thermal_table *table)
{
    if (!table) return;
    kz_free(table->node);
    kz_free(table);
}

static kz_status check_band(double delta, const double band[2])
{
    if (!(delta > -1.0 && isfinite(delta)))
        return KZ_FAIL(KZ_EINVAL, "delta = %.15g: above -1", delta);
    if (!(band[0] < 0.0 && band[1] > 0.0 && isfinite(band[1] - band[0])))
        return KZ_FAIL(KZ_EINVAL, "the energy band %.15g ... %.15g does not hold zero", band[0],
                       band[1]);
    return KZ_OK;
}

/* Room for `count` states and both edges. */
static kz_status allocate(kz_thermal_table **out, double delta, const double band[2], size_t count)
{
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_thermal_table)));
    kz_thermal_table *table = memory;
    *table = (kz_thermal_table){.delta = delta, .band = {band[0], band[1]}};
    kz_status status = kz_alloc(&memory, count + 2, sizeof *table->node);
    if (status != KZ_OK) {
        kz_free(table);
        return status;
    }
    table->node = memory;
    *out = table;
    return KZ_OK;
}

/* From positive beta, which is low energy, to negative. */
static void merge(kz_thermal_table *table, const kz_thermal_side side[2])
{
    const kz_correlations hot = {0.0, {0.0, 0.0, 0.0}};
    for (size_t k = side[0].count; k-- > 0;)
        table->node[table->count++] =
            make_node(side[0].beta[k], &side[0].state[k], table->delta, side[0].rest[k]);
    table->node[table->count++] = make_node(0.0, &hot, table->delta, 0.0);
    for (size_t k = 0; k < side[1].count; k++)
        table->node[table->count++] =
            make_node(side[1].beta[k], &side[1].state[k], table->delta, side[1].rest[k]);
}

/* Adds what fewer Schmidt values change at the same energy to the errors: a truncated state is a
 * little too hot, and nearly the right one for its own energy. */
static void add_truncation(kz_thermal_table *t, const kz_thermal_side *side)
{
    for (size_t k = 0; k < side->count; k++) {
        const kz_correlations *narrow = &side->narrow[k];
        kz_correlations fine = interpolate(window(t, narrow->energy), NEAREST, narrow->energy);
        size_t place = side->sign > 0 ? side->count - 1 - k : t->count - side->count + k;
        t->node[place].err += distance(&fine, narrow, t->delta);
    }
}

/* Fits the edges that the states get to, adds the states at T = 0, and says what is answered. */
static kz_status add_edges(kz_thermal_table *t)
{
    for (int side = 0; side < 2; side++)
        KZ_TRY(kz_thermal_edge_fit(&t->edge[side], t->node, t->count, t->band[side], t->delta,
                                   side == 0 ? 1 : -1));
    for (int side = 0; side < 2; side++) {
        const kz_thermal_edge *edge = &t->edge[side];
        if (!edge->present) continue;
        kz_correlations ground = at_edge(edge, edge->energy);
        if (side == 0) memmove(t->node + 1, t->node, t->count * sizeof *t->node);
        t->node[side == 0 ? 0 : t->count] =
            make_node(side == 0 ? INFINITY : -INFINITY, &ground, t->delta, edge->err);
        t->count++;
    }
    t->from = t->edge[0].present ? t->band[0] : t->node[0].energy;
    t->to = t->edge[1].present ? t->band[1] : t->node[t->count - 1].energy;
    return KZ_OK;
}

/* The closed form of free fermions needs no states. */
static kz_status make_free(kz_thermal_table *t)
{
    const kz_correlations ends[2] = {{t->band[0], {0.0}}, {t->band[1], {0.0}}};
    for (int side = 0; side < 2; side++) {
        double err;
        kz_correlations state = evaluate(&err, t, ends[side].energy);
        t->node[t->count++] = make_node(side == 0 ? INFINITY : -INFINITY, &state, 0.0, 0.0);
    }
    t->from = t->band[0];
    t->to = t->band[1];
    return KZ_OK;
}

static kz_status build_sides(kz_thermal_side side[2], double delta, const double limit[2],
                             const kz_thermal_params *params)
{
    kz_first_failure failure = {0};
    kz_progress progress;
    kz_progress_start(&progress, params->progress, params->progress_context);
#pragma omp parallel for schedule(dynamic, 1) num_threads(params->threads)
    for (int k = 0; k < 2; k++) {
        kz_status one = kz_thermal_side_build(&side[k], delta, limit[k], params, &progress);
        if (one == KZ_OK) continue;
#pragma omp critical(kz_thermal_table)
        kz_first_failure_note(&failure, (size_t)k, one);
    }
    kz_progress_end(&progress);
    return KZ_FAIL_FIRST(&failure);
}

static kz_status make_interacting(kz_thermal_table **out, double delta, const double band[2],
                                  const double limit[2], const kz_thermal_params *params)
{
    kz_thermal_side side[2] = {{.sign = 1}, {.sign = -1}};
    kz_status status = build_sides(side, delta, limit, params);
    if (status == KZ_OK) status = allocate(out, delta, band, side[0].count + side[1].count + 1);
    if (status == KZ_OK) {
        merge(*out, side);
        add_truncation(*out, &side[0]);
        add_truncation(*out, &side[1]);
        status = add_edges(*out);
    }
    kz_thermal_side_free(&side[0]);
    kz_thermal_side_free(&side[1]);
    return status;
}

kz_status kz_thermal_table_create(kz_thermal_table **out, double delta, const double band[2],
                                  double from, double to, const kz_thermal_params *params)
{
    const double limit[2] = {fmax(from, band[0]), fmin(to, band[1])};
    kz_thermal_table *table = NULL;
    *out = NULL;
    KZ_TRY(check_band(delta, band));
    KZ_TRY(kz_thermal_params_check(params));
    if (!(from <= to)) return KZ_FAIL(KZ_EINVAL, "energies from %.15g to %.15g", from, to);
    kz_status status;
    if (delta == 0.0) {
        status = allocate(&table, delta, band, 0);
        if (status == KZ_OK) status = make_free(table);
    } else {
        status = make_interacting(&table, delta, band, limit, params);
    }
    if (status != KZ_OK) {
        kz_thermal_table_free(table);
        return status;
    }
    *out = table;
    return KZ_OK;
}

static kz_status check_nodes(const kz_thermal_node *node, size_t count)
{
    for (size_t k = 0; k < count; k++) {
        const kz_thermal_node *n = &node[k];
        bool finite = isfinite(n->energy + n->xx1 + n->zz1 + n->xx2 + n->zz2) && n->err >= 0.0;
        if (!finite || isnan(n->beta) || (k > 0 && !(n->energy > node[k - 1].energy)))
            return KZ_FAIL(KZ_EINVAL, "state %zu of a thermal table", k);
    }
    return KZ_OK;
}

kz_status kz_thermal_table_restore(kz_thermal_table **out, double delta, const double band[2],
                                   const kz_thermal_node *nodes, size_t count)
{
    kz_thermal_table *table;
    *out = NULL;
    KZ_TRY(check_band(delta, band));
    KZ_TRY(check_nodes(nodes, count));
    if (delta != 0.0 && count < NEAREST + 2)
        return KZ_FAIL(KZ_EINVAL, "%zu states are too few for a thermal table", count);
    KZ_TRY(allocate(&table, delta, band, count));
    kz_status status = KZ_OK;
    if (delta == 0.0) {
        status = make_free(table);
    } else {
        for (size_t k = 0; k < count; k++)
            if (isfinite(nodes[k].beta)) table->node[table->count++] = nodes[k];
        status = add_edges(table);
    }
    if (status != KZ_OK) {
        kz_thermal_table_free(table);
        return status;
    }
    *out = table;
    return KZ_OK;
}
