/* beta(e) from the nodes of its table. */
#include <math.h>

#include "core/chain.h"
#include "table/energy.h"

/* The edge of an isotropic chain that is a ferromagnet. */
static bool is_ferromagnet(kz_chain chain, bool ceiling)
{
    return kz_chain_is_isotropic(chain) && kz_chain_is_turned(chain) != ceiling;
}

static double power_at(kz_chain chain, bool ceiling)
{
    if (is_ferromagnet(chain, ceiling)) return 2.0 / 3;
    return chain.kind != KZ_CHAIN_AXIAL || kz_chain_is_isotropic(chain) ? 0.5 : 0;
}

kz_energy_powers kz_energy_powers_of(kz_chain chain)
{
    return (kz_energy_powers){power_at(chain, false), power_at(chain, true)};
}

double kz_energy_weight(kz_energy_powers p, double excess, double rest)
{
    return pow(excess, p.ground) * pow(rest, p.ceiling);
}

/* pi T^2/6v; magnons of energy k^2/2 have zeta(3/2) T^{3/2}/sqrt(8 pi) (takahashi1985). */
double kz_energy_limit(kz_chain chain, double width, int ceiling)
{
    static const double ZETA = 2.612375348685488343; /* zeta(3/2) */
    kz_energy_powers p = kz_energy_powers_of(chain);
    double gamma = kz_chain_gamma(chain), sign = ceiling ? -1 : 1;
    double far = pow(width, ceiling ? p.ground : p.ceiling);
    if ((ceiling ? p.ceiling : p.ground) == 0) return sign * INFINITY;
    if (is_ferromagnet(chain, ceiling)) return sign * pow(ZETA / sqrt(8 * M_PI), 2.0 / 3) * far;
    double v = 0.5 * M_PI;
    if (gamma > 0) v *= sin(gamma) / (ceiling ? M_PI - gamma : gamma);
    return sign * sqrt(M_PI / (6 * v)) * far;
}

/* Newton's form on doubled places. */
double kz_energy_polynomial(double *slope, const double x[KZ_ENERGY_STENCIL],
                            const double value[KZ_ENERGY_STENCIL],
                            const double dvalue[KZ_ENERGY_STENCIL], double at)
{
    enum { TERMS = 2 * KZ_ENERGY_STENCIL };
    double c[TERMS];
    for (int i = TERMS - 1; i >= 0; i--) /* first differences */
        c[i] = i % 2 ? dvalue[i / 2]
               : i   ? (value[i / 2] - value[i / 2 - 1]) / (x[i / 2] - x[i / 2 - 1])
                     : value[0];
    for (int order = 2; order < TERMS; order++)
        for (int i = TERMS - 1; i >= order; i--)
            c[i] = (c[i] - c[i - 1]) / (x[i / 2] - x[(i - order) / 2]);
    double sum = c[TERMS - 1], derivative = 0;
    for (int i = TERMS - 2; i >= 0; i--) {
        double d = at - x[i / 2];
        derivative = derivative * d + sum;
        sum = sum * d + c[i];
    }
    *slope = derivative;
    return sum;
}

static double place_of(double angle) { return log(tan(0.5 * angle)); }

/* g and dg/dx in the cell after node i, both ends of which are inner nodes. */
static double inner_value(double *slope, const kz_table *t, size_t i, double angle)
{
    double x[KZ_ENERGY_STENCIL], value[KZ_ENERGY_STENCIL], dvalue[KZ_ENERGY_STENCIL];
    size_t last = t->n - 1 - KZ_ENERGY_STENCIL, first = i > 2 ? i - 1 : 1;
    if (first > last) first = last;
    for (size_t k = 0; k < KZ_ENERGY_STENCIL; k++) {
        x[k] = place_of(t->angle[first + k]);
        value[k] = t->value[first + k];
        dvalue[k] = t->slope[first + k] * sin(t->angle[first + k]);
    }
    return kz_energy_polynomial(slope, x, value, dvalue, place_of(angle));
}

/* -- edges -- */

/* A node as seen from an edge: its distance in angle, g, and the slope in that distance. */
typedef struct {
    double d, value, slope;
} edge_node;

static edge_node node_from(const kz_table *t, bool ceiling, size_t i)
{
    if (ceiling) return (edge_node){M_PI - t->angle[i], t->value[i], -t->slope[i]};
    return (edge_node){t->angle[i], t->value[i], t->slope[i]};
}

/* limit + a d^p through value and slope of a node; where there is no limit, any power. */
static edge_node power_law(edge_node by, double limit, double d)
{
    bool bound = isfinite(limit);
    if (!bound) limit = 0;
    double p = by.d * by.slope / (by.value - limit);
    if (bound && !(p > 0.05 && p < 50)) p = 1;
    double part = (by.value - limit) * pow(d / by.d, p);
    return (edge_node){d, limit + part, p * part / d};
}

/* (g - limit)/u is smooth in u = d^{2/3} ~ T^{1/2}: the polynomial through four nodes. */
static edge_node magnon_law(const edge_node by[KZ_ENERGY_STENCIL], double limit, double d)
{
    double u[KZ_ENERGY_STENCIL], h[KZ_ENERGY_STENCIL], dh[KZ_ENERGY_STENCIL], slope;
    for (int k = 0; k < KZ_ENERGY_STENCIL; k++) {
        u[k] = pow(by[k].d, 2.0 / 3);
        h[k] = (by[k].value - limit) / u[k];
        dh[k] = (1.5 * by[k].slope * by[k].d / u[k] - h[k]) / u[k];
    }
    double at = pow(d, 2.0 / 3), value = kz_energy_polynomial(&slope, u, h, dh, at);
    return (edge_node){d, limit + at * value, (value + at * slope) * at / (1.5 * d)};
}

/* Node `by` and three behind it, each farther by the factor at least while nodes last: those close
 * to each other say little of what is nearer to the edge. */
static void spread_nodes(edge_node out[KZ_ENERGY_STENCIL], const kz_table *t, bool ceiling,
                         size_t by)
{
    static const double APART = 1.3;
    size_t end = t->n - 1, rank = ceiling ? end - by : by; /* from the edge, 1 ... end - 1 */
    for (size_t k = 0; k < KZ_ENERGY_STENCIL; k++, rank++) {
        size_t last = end - (KZ_ENERGY_STENCIL - k);
        double least = k > 0 ? APART * out[k - 1].d : 0;
        while (rank < last && node_from(t, ceiling, ceiling ? end - rank : rank).d < least)
            rank++;
        out[k] = node_from(t, ceiling, ceiling ? end - rank : rank);
    }
}

/* g and dg/dangle by the law of the edge through node `by`. */
static double edge_value(double *slope, const kz_table *t, bool ceiling, size_t by, double angle)
{
    double limit = t->value[ceiling ? t->n - 1 : 0], d = ceiling ? M_PI - angle : angle;
    edge_node nodes[KZ_ENERGY_STENCIL], law;
    if (is_ferromagnet(t->chain, ceiling)) {
        spread_nodes(nodes, t, ceiling, by);
        law = magnon_law(nodes, limit, d);
    } else {
        law = power_law(node_from(t, ceiling, by), limit, d);
    }
    *slope = ceiling ? -law.slope : law.slope;
    return law.value;
}

/* The law has one power where g has several.  What that costs shows at nodes which a law through a
 * node farther off has to predict: from 2 to 8 times the distance, since the law is exact to
 * second order at its own node and says nothing there, and the error of a law falls with the
 * distance of its node.  Besides, g lies between its limit and the last node. */
static double missed_nodes(const kz_table *t, bool ceiling, size_t last)
{
    size_t inner = t->n - 2;
    double worst = 0, unused, size = fabs(t->value[last]);
    double all = fabs(t->value[last] - t->value[ceiling ? t->n - 1 : 0]) / size;
    double distance = node_from(t, ceiling, last).d;
    bool tested = false;
    for (size_t i = 1; i < inner; i++) {
        size_t by = ceiling ? inner - i : 1 + i;
        double ratio = node_from(t, ceiling, by).d / distance;
        if (ratio < 2) continue;
        if (ratio > 8 && tested) break;
        for (size_t at = last; at != by; at += ceiling ? (size_t)-1 : 1)
            worst =
                fmax(worst, fabs(edge_value(&unused, t, ceiling, by, t->angle[at]) - t->value[at]));
        tested = true;
    }
    return tested ? fmin(worst / size, all) : all;
}

/* The polynomial of magnons is compared with that through nodes from twice the distance on, whose
 * error is many times larger. */
static double magnon_error(const kz_table *t, bool ceiling, size_t last)
{
    enum { PLACES = 8 };
    size_t by = last, most = t->n - 2 - KZ_ENERGY_STENCIL;
    double distance = node_from(t, ceiling, last).d, worst = 0, unused;
    for (size_t i = 1; i <= most && node_from(t, ceiling, by).d < 2 * distance; i++)
        by += ceiling ? (size_t)-1 : 1;
    for (int k = 1; k < PLACES; k++) {
        double d = distance * pow((double)k / PLACES, 1.5), angle = ceiling ? M_PI - d : d;
        worst = fmax(worst, fabs(edge_value(&unused, t, ceiling, by, angle) -
                                 edge_value(&unused, t, ceiling, last, angle)));
    }
    return worst / fabs(t->value[last]);
}

double kz_energy_edge_error(const kz_table *t, bool ceiling)
{
    size_t last = ceiling ? t->n - 2 : 1;
    return is_ferromagnet(t->chain, ceiling) ? magnon_error(t, ceiling, last)
                                             : missed_nodes(t, ceiling, last);
}

/* -- anywhere -- */

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

bool kz_energy_is_beyond(const kz_table *t, double energy, bool ceiling)
{
    double angle = kz_energy_angle(t, energy);
    return ceiling ? angle > t->angle[t->n - 2] : angle < t->angle[1];
}

kz_energy_value kz_energy_interpolate(const kz_table *t, double angle)
{
    double slope, g;
    if (angle <= 0 || angle >= M_PI) /* the edges themselves */
        return (kz_energy_value){angle <= 0 ? INFINITY : -INFINITY, -INFINITY, 0};
    size_t i = kz_table_find(t->angle, t->n, angle);
    if (i == 0 || i + 2 == t->n) {
        g = edge_value(&slope, t, i > 0, i > 0 ? t->n - 2 : 1, angle);
    } else {
        g = inner_value(&slope, t, i, angle);
        slope /= sin(angle);
    }
    double tangent = tan(0.5 * angle), root = 0.5 * (t->energy_max - t->energy_min) * sin(angle);
    kz_energy_powers p = kz_energy_powers_of(t->chain);
    double weight = kz_energy_weight(p, root * tangent, root / tangent), beta = g / weight;
    slope = slope / weight - beta * (p.ground / tangent - p.ceiling * tangent);
    return (kz_energy_value){beta, slope / root, fmax(t->row_err[i], t->row_err[i + 1])};
}

double kz_energy_error(const kz_table *t)
{
    double worst = 0;
    for (size_t i = 1; i + 1 < t->n; i++)
        if (fabs(kz_energy_interpolate(t, t->angle[i]).beta) <= KZ_ENERGY_PROMISE)
            worst = fmax(worst, t->row_err[i]);
    return worst;
}
