/* beta(e) from the nodes of its table. */
#include <math.h>

#include "table/energy.h"

double kz_energy_limit(kz_chain chain, double width, int ceiling)
{
    double gamma = kz_chain_gamma(chain);
    double v = 0.5 * M_PI * sin(gamma) / (ceiling ? M_PI - gamma : gamma);
    return (ceiling ? -1 : 1) * sqrt(M_PI * width / (6 * v));
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

/* limit + a d^p through value and slope at d1: d is the distance from the edge in angle. */
static double power_law(double *slope, double limit, double d1, double f1, double s1, double d)
{
    double p = d1 * s1 / (f1 - limit);
    if (!(p > 0.05 && p < 50)) p = 1;
    double part = (f1 - limit) * pow(d / d1, p);
    *slope = p * part / d;
    return limit + part;
}

/* g and dg/dangle by the law of the edge through node `by`. */
static double edge_value(double *slope, const kz_table *t, bool ceiling, size_t by, double angle)
{
    if (!ceiling)
        return power_law(slope, t->value[0], t->angle[by], t->value[by], t->slope[by], angle);
    double value = power_law(slope, t->value[t->n - 1], M_PI - t->angle[by], t->value[by],
                             -t->slope[by], M_PI - angle);
    *slope = -*slope;
    return value;
}

/* The law has one power where g has several.  What that costs shows at nodes which a law through a
 * node farther off has to predict: from 2 to 8 times the distance, since the law is exact to
 * second order at its own node and says nothing there, and the error of a law falls with the
 * distance of its node.  Besides, g lies between its limit and the last node. */
double kz_energy_edge_error(const kz_table *t, bool ceiling)
{
    size_t last = ceiling ? t->n - 2 : 1, inner = t->n - 2;
    double size = fabs(t->value[last]), worst = 0, unused;
    double all = fabs(t->value[last] - t->value[ceiling ? t->n - 1 : 0]);
    double distance = ceiling ? M_PI - t->angle[last] : t->angle[last];
    bool tested = false;
    for (size_t i = 1; i < inner; i++) {
        size_t by = ceiling ? inner - i : 1 + i;
        double ratio = (ceiling ? M_PI - t->angle[by] : t->angle[by]) / distance;
        if (ratio < 2) continue;
        if (ratio > 8 && tested) break;
        for (size_t at = last; at != by; at += ceiling ? (size_t)-1 : 1)
            worst =
                fmax(worst, fabs(edge_value(&unused, t, ceiling, by, t->angle[at]) - t->value[at]));
        tested = true;
    }
    return (tested ? fmin(worst, all) : all) / size;
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

kz_energy_value kz_energy_interpolate(const kz_table *t, double angle)
{
    double half = 0.5 * (t->energy_max - t->energy_min), slope, g;
    if (angle <= 0 || angle >= M_PI) /* the edges themselves */
        return (kz_energy_value){angle <= 0 ? INFINITY : -INFINITY, -INFINITY, 0};
    size_t i = kz_table_find(t->angle, t->n, angle);
    if (i == 0 || i + 2 == t->n) {
        g = edge_value(&slope, t, i > 0, i > 0 ? t->n - 2 : 1, angle);
    } else {
        g = inner_value(&slope, t, i, angle);
        slope /= sin(angle);
    }
    double sine = half * sin(angle), beta = g / sine;
    return (kz_energy_value){beta, (slope - beta * half * cos(angle)) / (sine * sine),
                             fmax(t->row_err[i], t->row_err[i + 1])};
}

double kz_energy_error(const kz_table *t)
{
    double half = 0.5 * (t->energy_max - t->energy_min), worst = 0;
    for (size_t i = 1; i + 1 < t->n; i++)
        if (fabs(t->value[i]) <= KZ_ENERGY_PROMISE * half * sin(t->angle[i]))
            worst = fmax(worst, t->row_err[i]);
    return worst;
}
