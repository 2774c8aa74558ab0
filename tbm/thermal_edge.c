/* The states next to an edge of the energy band.
 *
 * With x = |e - e_edge| ~ T^2 correlations are 1, x, x^2, x^3 ... and, from the umklapp term of the
 * low-energy theory, whose dimension is 2 pi/(pi - gamma) at the lower edge (lukyanov1998),
 * x^s with s = (pi + gamma)/(pi - gamma).  At the upper edge gamma becomes pi - gamma.  Taken
 * along, it leaves a third of the error of a polynomial with as many terms. */
#include <lapacke.h>
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/thermal_table.h"

/* Of the largest |beta|: from where on states are fitted, and replaced by the fit. */
static const double FIT_FROM = 0.5, USE_FROM = 0.7;

static const double PI = 3.14159265358979323846;

typedef struct {
    const kz_thermal_node *node;
    size_t count;
} selection;

/* Finite states with |beta| of at least this on the side of sign. */
static selection select(const kz_thermal_node *node, size_t count, int sign, double beta)
{
    selection s = {node, 0};
    for (size_t k = 0; k < count; k++) {
        if (isinf(node[k].beta) || sign * node[k].beta < beta) continue;
        if (s.count++ == 0) s.node = node + k;
    }
    return s;
}

/* x^s less the nearest power, over the difference: x^s log x in the limit.  Above the order of the
 * polynomials it is one more power. */
static double umklapp(double x, double s)
{
    double nearest = round(s), off = s - nearest;
    if (s >= KZ_EDGE_ORDER) return pow(x, KZ_EDGE_ORDER);
    if (x <= 0.0) return 0.0;
    return pow(x, nearest) * (fabs(off) < 1e-8 ? log(x) : expm1(off * log(x)) / off);
}

void kz_thermal_edge_terms(double term[KZ_EDGE_TERMS], const kz_thermal_edge *edge, double energy)
{
    double x = fabs(energy - edge->energy) / edge->scale;
    term[0] = 1.0;
    term[1] = umklapp(x, edge->exponent);
    for (int k = 2; k < KZ_EDGE_TERMS; k++)
        term[k] = k == 2 ? x : x * term[k - 1];
}

/* Least squares with the first `terms` terms; a: room for count * (terms + KZ_CORRELATIONS). */
static kz_status fit(double coefficient[KZ_CORRELATIONS][KZ_EDGE_TERMS], double *a, selection s,
                     const kz_thermal_edge *edge, int terms)
{
    double *b = a + s.count * (size_t)terms, term[KZ_EDGE_TERMS];
    for (size_t k = 0; k < s.count; k++) {
        const kz_thermal_node *n = &s.node[k];
        const double value[KZ_CORRELATIONS] = {n->zz1, n->xx2, n->zz2};
        kz_thermal_edge_terms(term, edge, n->energy);
        for (int j = 0; j < KZ_CORRELATIONS; j++)
            b[k + (size_t)j * s.count] = value[j];
        for (int j = 0; j < terms; j++)
            a[k + (size_t)j * s.count] = term[j];
    }
    int rows = (int)s.count;
    int info = LAPACKE_dgels(LAPACK_COL_MAJOR, 'N', rows, terms, KZ_CORRELATIONS, a, rows, b, rows);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "fit of the edge: dgels returned %d", info);
    for (int j = 0; j < KZ_CORRELATIONS; j++)
        for (int k = 0; k < KZ_EDGE_TERMS; k++)
            coefficient[j][k] = k < terms ? b[(size_t)k + (size_t)j * s.count] : 0.0;
    return KZ_OK;
}

/* A distance of density matrices, of so much in the correlations together. */
static const double DISTANCE = 6.0;

/* What the fit misses of a state. */
static double misfit(const kz_thermal_edge *edge, const kz_thermal_node *n)
{
    const double value[KZ_CORRELATIONS] = {n->zz1, n->xx2, n->zz2};
    double term[KZ_EDGE_TERMS], sum = 0.0;
    kz_thermal_edge_terms(term, edge, n->energy);
    for (int j = 0; j < KZ_CORRELATIONS; j++) {
        double off = -value[j];
        for (int k = 0; k < KZ_EDGE_TERMS; k++)
            off += edge->coefficient[j][k] * term[k];
        sum += off * off;
    }
    return DISTANCE * sqrt(sum);
}

/* Worst of the states fitted, what the fit misses of them (with a gap more than they are wrong by),
 * and what one power less would change at T = 0. */
static double error_of(const kz_thermal_edge *edge, double less[KZ_CORRELATIONS][KZ_EDGE_TERMS],
                       selection s)
{
    double sum = 0.0, worst = 0.0, missed = 0.0;
    for (int j = 0; j < KZ_CORRELATIONS; j++)
        sum += pow(edge->coefficient[j][0] - less[j][0], 2);
    for (size_t k = 0; k < s.count; k++) {
        worst = fmax(worst, s.node[k].err);
        missed = fmax(missed, misfit(edge, &s.node[k]));
    }
    return worst + missed + DISTANCE * sqrt(sum);
}

/* With a gap x falls as e^{-gap/T}, and slopes change with T, as 1/log x: x log x, to which the
 * umklapp term turns at delta = 1, stands for that. */
static double exponent_of(double delta)
{
    double gamma = fabs(delta) < 1 ? acos(delta) : 0;
    return (PI + gamma) / (PI - gamma);
}

kz_status kz_thermal_edge_fit(kz_thermal_edge *edge, const kz_thermal_node *node, size_t count,
                              double energy, double delta, int sign)
{
    double less[KZ_CORRELATIONS][KZ_EDGE_TERMS], *room = NULL;
    double reach = kz_thermal_side_reach(delta, sign);
    selection s = select(node, count, sign, FIT_FROM * reach);
    selection used = select(node, count, sign, USE_FROM * reach);
    *edge = (kz_thermal_edge){.energy = energy, .exponent = exponent_of(sign * delta)};
    bool arrives = select(node, count, sign, reach - 1e-6).count > 0;
    if (!arrives || s.count < 2 * KZ_EDGE_TERMS) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&room, s.count * (KZ_EDGE_TERMS + KZ_CORRELATIONS)));
    for (size_t k = 0; k < s.count; k++)
        edge->scale = fmax(edge->scale, fabs(s.node[k].energy - energy));
    for (size_t k = 0; k < used.count; k++)
        edge->reach = fmax(edge->reach, fabs(used.node[k].energy - energy));
    kz_status status = fit(edge->coefficient, room, s, edge, KZ_EDGE_TERMS);
    if (status == KZ_OK) status = fit(less, room, s, edge, KZ_EDGE_TERMS - 1);
    if (status == KZ_OK) edge->err = error_of(edge, less, s);
    edge->present = status == KZ_OK;
    kz_free(room);
    return status;
}
