/* The states next to an edge of the energy band.
 *
 * With x = |e - e_edge| ~ T^2 correlations are 1, x, x^2, x^3 ... and, from the umklapp term of the
 * low-energy theory, whose dimension is 2 pi/(pi - gamma) at the lower edge (lukyanov1998),
 * x^s with s = (pi + gamma)/(pi - gamma).  At the upper edge gamma becomes pi - gamma.  Taken
 * along, it leaves a third of the error of a polynomial with as many terms.
 *
 * At delta = 1 the upper edge is left by magnons of energy k^2/2: x is T^{3/2} times a series in
 * T^{1/2}, and correlations are 1, x, x^{4/3}, x^{5/3}, x^2.  The lower edge has logarithms of x at
 * every power, of which x log x stands for all.  There the states at T = 0 are known, a ferromagnet
 * of any direction and the ground state (takahashi1977), and hold the fit. */
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/thermal/table.h"

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
        term[k] = pow(x, edge->power[k - 2]);
}

/* Least squares with the first `terms` terms, the constant one only where the edge is not known;
 * a: room for count * (terms + KZ_CORRELATIONS). */
static kz_status fit(double coefficient[KZ_CORRELATIONS][KZ_EDGE_TERMS], double *a, selection s,
                     const kz_thermal_edge *edge, int terms)
{
    int rows = (int)s.count, first = edge->known ? 1 : 0;
    double *b = a + s.count * (size_t)(terms - first), term[KZ_EDGE_TERMS];
    for (size_t k = 0; k < s.count; k++) {
        const kz_thermal_node *n = &s.node[k];
        const double value[KZ_CORRELATIONS] = {n->zz1, n->xx2, n->zz2};
        kz_thermal_edge_terms(term, edge, n->energy);
        for (int j = 0; j < KZ_CORRELATIONS; j++)
            b[k + (size_t)j * s.count] = value[j] - (edge->known ? edge->value[j] : 0);
        for (int j = first; j < terms; j++)
            a[k + (size_t)(j - first) * s.count] = term[j];
    }
    int info = LAPACKE_dgels(LAPACK_COL_MAJOR, 'N', rows, terms - first, KZ_CORRELATIONS, a, rows,
                             b, rows);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "fit of the edge: dgels returned %d", info);
    for (int j = 0; j < KZ_CORRELATIONS; j++)
        for (int k = 0; k < KZ_EDGE_TERMS; k++)
            coefficient[j][k] = k < first   ? edge->value[j]
                                : k < terms ? b[(size_t)(k - first) + (size_t)j * s.count]
                                            : 0.0;
    return KZ_OK;
}

/* A distance of density matrices, of so much in the correlations together. */
static const double DISTANCE = 6.0;

/* Distance of the fit with these coefficients from `value`, at an energy. */
static double distance(const kz_thermal_edge *edge,
                       double coefficient[KZ_CORRELATIONS][KZ_EDGE_TERMS],
                       const double value[KZ_CORRELATIONS], double energy)
{
    double term[KZ_EDGE_TERMS], sum = 0.0;
    kz_thermal_edge_terms(term, edge, energy);
    for (int j = 0; j < KZ_CORRELATIONS; j++) {
        double off = -value[j];
        for (int k = 0; k < KZ_EDGE_TERMS; k++)
            off += coefficient[j][k] * term[k];
        sum += off * off;
    }
    return DISTANCE * sqrt(sum);
}

/* What the fit misses of a state. */
static double misfit(kz_thermal_edge *edge, const kz_thermal_node *n)
{
    const double value[KZ_CORRELATIONS] = {n->zz1, n->xx2, n->zz2};
    return distance(edge, edge->coefficient, value, n->energy);
}

/* What one power less would change at T = 0 or, where that is known, half way. */
static double change(const kz_thermal_edge *edge, double less[KZ_CORRELATIONS][KZ_EDGE_TERMS],
                     int sign)
{
    double difference[KZ_CORRELATIONS][KZ_EDGE_TERMS], none[KZ_CORRELATIONS] = {0.0};
    double energy = edge->energy + (edge->known ? sign * 0.5 * edge->reach : 0);
    for (int j = 0; j < KZ_CORRELATIONS; j++)
        for (int k = 0; k < KZ_EDGE_TERMS; k++)
            difference[j][k] = edge->coefficient[j][k] - less[j][k];
    return distance(edge, difference, none, energy);
}

/* Worst of the states fitted, what the fit misses of them (with a gap more than they are wrong by),
 * and what it misses between them and T = 0. */
static double error_of(kz_thermal_edge *edge, double less[KZ_CORRELATIONS][KZ_EDGE_TERMS],
                       selection s, int sign)
{
    double worst = 0.0, missed = 0.0;
    for (size_t k = 0; k < s.count; k++) {
        worst = fmax(worst, s.node[k].err);
        missed = fmax(missed, misfit(edge, &s.node[k]));
    }
    return worst + missed + change(edge, less, sign);
}

/* With a gap x falls as e^{-gap/T}, and slopes change with T, as 1/log x: x log x, to which the
 * umklapp term turns at delta = 1, stands for that. */
static double exponent_of(double delta)
{
    double gamma = fabs(delta) < 1 ? acos(delta) : 0;
    return (PI + gamma) / (PI - gamma);
}

static void set_terms(kz_thermal_edge *edge, double delta, int sign)
{
    static const double ZETA_3 = 1.2020569031595943;
    static const double integers[KZ_EDGE_POWERS] = {1, 2, 3},
                        thirds[KZ_EDGE_POWERS] = {1, 5.0 / 3, 2};
    bool magnons = delta == 1 && sign < 0;
    memcpy(edge->power, magnons ? thirds : integers, sizeof integers);
    edge->exponent = magnons ? 4.0 / 3 : exponent_of(sign * delta);
    edge->known = delta == 1;
    edge->value[KZ_ZZ1] = edge->energy / 3;
    edge->value[KZ_XX2] = edge->value[KZ_ZZ2] =
        magnons ? 1.0 / 12 : 1.0 / 12 - 4 * log(2) / 3 + 0.75 * ZETA_3;
}

kz_status kz_thermal_edge_fit(kz_thermal_edge *edge, const kz_thermal_node *node, size_t count,
                              double energy, double delta, int sign)
{
    double less[KZ_CORRELATIONS][KZ_EDGE_TERMS], *room = NULL;
    double reach = kz_thermal_side_reach(delta, sign);
    selection s = select(node, count, sign, FIT_FROM * reach);
    selection used = select(node, count, sign, USE_FROM * reach);
    *edge = (kz_thermal_edge){.energy = energy};
    set_terms(edge, delta, sign);
    bool arrives = select(node, count, sign, reach - 1e-6).count > 0;
    if (!arrives || s.count < 2 * KZ_EDGE_TERMS) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&room, s.count * (KZ_EDGE_TERMS + KZ_CORRELATIONS)));
    for (size_t k = 0; k < s.count; k++)
        edge->scale = fmax(edge->scale, fabs(s.node[k].energy - energy));
    for (size_t k = 0; k < used.count; k++)
        edge->reach = fmax(edge->reach, fabs(used.node[k].energy - energy));
    kz_status status = fit(edge->coefficient, room, s, edge, KZ_EDGE_TERMS);
    if (status == KZ_OK) status = fit(less, room, s, edge, KZ_EDGE_TERMS - 1);
    if (status == KZ_OK) edge->err = error_of(edge, less, s, sign);
    edge->present = status == KZ_OK;
    kz_free(room);
    return status;
}
