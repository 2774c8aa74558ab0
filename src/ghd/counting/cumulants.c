/* Cumulants from dF/dlambda at the nodes of Chebyshev's polynomials around 0, or beside it. */
#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "ghd/counting/counting.h"

enum { CUMULANTS = 4, NODES = KZ_COUNTING_NODES };

/* Coefficients that the polynomial leaves out, and the noise of those it has, of the last two.
 * Where strings begin to cross among the nodes, F' ~ |lambda - lambda_n|^(3/2) with coefficients
 * m^(-5/2), those left out move F'' by sum_{m > 16} m^(-3/2), four times as much; and F''' without
 * bound. */
static const double TAIL = 4, TAIL_KINKS = 16;

kz_node_range kz_counting_range(const kz_counting *j, int which)
{
    if (!j->flows) return (kz_node_range){0, ldexp(j->radius, -2 * which)};
    return (kz_node_range){which == 0 ? j->radius : -j->radius, j->radius};
}

/* d^k/dx^k at x of T_m, m < NODES, k < CUMULANTS, by T_{m+1} = 2 x T_m - T_{m-1}. */
static void chebyshev_derivatives(double d[NODES][CUMULANTS], double x)
{
    memset(d, 0, sizeof(double[NODES][CUMULANTS]));
    d[0][0] = d[1][1] = 1;
    d[1][0] = x;
    for (int m = 1; m + 1 < NODES; m++)
        for (int k = 0; k < CUMULANTS; k++)
            d[m + 1][k] = 2 * x * d[m][k] + (k > 0 ? 2 * k * d[m][k - 1] : 0) - d[m - 1][k];
}

/* The interpolant of dF/dlambda at the nodes of one set and its derivatives at 0; *rest: of its
 * coefficients, the last of which are noise or what stands for those that are missing. */
static void interpolate(double c[CUMULANTS], double *rest, const kz_counting *j, int which,
                        const kz_fluctuation *points)
{
    double derivative[NODES][CUMULANTS], scale = 1, current[NODES], coefficient[NODES];
    kz_node_range range = kz_counting_range(j, which);
    chebyshev_derivatives(derivative, -range.centre / range.half);
    for (int i = 0; i < NODES; i++)
        current[i] = points[j->n + (size_t)(which * NODES + i)].current;
    kz_chebyshev_transform(coefficient, current, NODES);
    for (int k = 0; k < CUMULANTS; k++, scale /= range.half) {
        c[k] = 0;
        for (int m = 0; m < NODES; m++)
            c[k] += scale * coefficient[m] * derivative[m][k];
    }
    *rest = fabs(coefficient[NODES - 1]) + fabs(coefficient[NODES - 2]);
}

/* With a gap or at Delta = 1: whether strings begin to cross among the nodes of a radius. */
static bool has_kinks(const kz_counting *j, int which)
{
    const unsigned long *shape = j->shape + j->n + (size_t)(which * NODES);
    bool kinks = false;
    for (int i = 1; i < NODES && j->chain.kind == KZ_CHAIN_AXIAL; i++)
        kinks = kinks || shape[i] != shape[0];
    return kinks;
}

/* At Delta = 1: whether row N crosses at any of them. */
static bool has_crossed(const kz_counting *j, int which)
{
    bool crossed = false;
    for (int i = 0; i < NODES; i++)
        crossed = crossed || j->divided[j->n + (size_t)(which * NODES + i)];
    return crossed;
}

/* What a unit of the highest coefficients does to derivative k: at 0 in the middle, or, for the
 * flow, at the end of the range. */
static double amplification(const kz_counting *j, int which, int k)
{
    double n = NODES, half = kz_counting_range(j, which).half, product = 1;
    for (int i = 0; i < k; i++)
        product *= (j->flows ? (n * n - i * i) / (2 * i + 1) : n) / half;
    return product;
}

/* What the nodes of one radius say, where that is better than what is known. */
static void improve_cumulants(kz_cumulants *out, const kz_counting *j, int which)
{
    double now[CUMULANTS], coarse[CUMULANTS], rest;
    bool kinks = has_kinks(j, which);
    interpolate(coarse, &rest, j, which, j->before);
    interpolate(now, &rest, j, which, j->now);
    double left = has_crossed(j, which) ? 1 + KZ_ISOTROPIC_CROSSED : 1; /* of the change */
    for (int k = 0; k < (kinks && !j->isotropic ? 2 : CUMULANTS); k++) {
        double tail = (kinks ? TAIL_KINKS : TAIL) * rest;
        double err =
            left * fabs(now[k] - coarse[k]) + amplification(j, which, k) * (tail + j->noise[which]);
        if (!(err < out->err[k])) continue;
        out->value[k] = (k % 2 == 0 ? j->sign : 1) * now[k];
        out->err[k] = err;
    }
}

static kz_cumulants unknown_cumulants(void)
{
    kz_cumulants out;
    for (int k = 0; k < CUMULANTS; k++) {
        out.value[k] = NAN;
        out.err[k] = INFINITY;
    }
    return out;
}

/* The flow: what both sides of lambda = 0 say, and half their difference is an error. */
void kz_counting_cumulants(kz_cumulants *out, const kz_counting *j)
{
    kz_cumulants side[KZ_COUNTING_SIDES] = {unknown_cumulants(), unknown_cumulants()};
    for (int which = 0; which < j->sets; which++)
        improve_cumulants(&side[j->flows ? which : 0], j, which);
    *out = side[0];
    for (int k = 0; j->flows && k < CUMULANTS; k++) {
        double mean = 0.5 * (side[0].value[k] + side[1].value[k]);
        out->err[k] = 0.5 * (side[0].err[k] + side[1].err[k]) + fabs(side[1].value[k] - mean);
        out->value[k] = mean;
        if (!isfinite(out->err[k])) out->err[k] = INFINITY;
    }
}
