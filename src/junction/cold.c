/* The current of a cold edge into a pure reservoir falls like T^2 [bernard2012], and with it the
 * use of an error that is bounded against 1.  It is a sum over the few rapidities at which the
 * string of the ground state has holes, or what the ceiling has not, and keeps its digits relative
 * to T^2 down to 1e-16 |beta|.  Colder edges follow from the expansion in the irrelevant operators:
 * powers of T^{4 a/(pi - a)} (Umklapp in second order, [lukyanov1998]; a = gamma beside the ground
 * state, pi - gamma beside the ceiling, the ground state of the chain with -Delta) or of T^2,
 * whichever is slower. */
#include "junction/cold.h"

#include <math.h>

#include "core/error.h"

/* Colder states lose digits, relative to T^2, on the grid of a ray; steps to hotter ones. */
static const double COLDEST_NODE = 1e4, NODE_STEP = 4;

/* Of |beta|: less than that no edge counts as cold. */
static const double LEAST = 50;

/* Tolerances of two solves on different grids; of their difference, for what it may hide. */
static const double FINE_TOL = 1e-13, COARSE_TOL = 1e-12, SAFETY = 5;

/* Of g, per |beta|: 3e-15 was the most over P = 3 ... 20. */
static const double ROUNDING = 5e-15;

static bool is_ceiling(const kz_half *half) { return half->reservoir.kind == KZ_STATE_CEILING; }

/* gamma of the chain whose ground state the reservoir is: turning every second spin makes the
 * ceiling at gamma the ground state at pi - gamma. */
static double angle(const kz_half *half)
{
    double gamma = kz_chain_gamma(half->chain);
    return is_ceiling(half) ? M_PI - gamma : gamma;
}

static double node(int i) { return COLDEST_NODE * pow(NODE_STEP, i + 1 - KZ_COLD_NODES); }

double kz_cold_least(void) { return LEAST; }

static kz_status measure(double *g, double *ray_err, const kz_half *half, double beta, double tol)
{
    kz_ray ray;
    double unit = M_PI / (12 * beta * beta);
    KZ_TRY(kz_half_edge(&ray, half, is_ceiling(half) ? -beta : beta, tol));
    *g = fabs(ray.energy_current) / unit;
    *ray_err = ray.err / unit;
    return KZ_OK;
}

static kz_status solve(double *g, double *err, const kz_half *half, double beta)
{
    double coarse, ray_err, unused;
    KZ_TRY(measure(g, &ray_err, half, beta, FINE_TOL));
    KZ_TRY(measure(&coarse, &unused, half, beta, COARSE_TOL));
    *err = fmin(ray_err, SAFETY * fabs(*g - coarse) + ROUNDING * beta);
    return KZ_OK;
}

kz_status kz_cold_prepare(kz_cold *out, const kz_half *half)
{
    *out = (kz_cold){.half = half, .power = 2};
    if (kz_half_is_free(half)) return KZ_OK;
    out->power = fmin(2, 4 * angle(half) / (M_PI - angle(half)));
    for (int i = 0; i < KZ_COLD_NODES; i++) {
        double beta = node(i), g, err;
        KZ_TRY(solve(&g, &err, half, beta));
        out->y[i] = pow(beta, -out->power);
        out->slope[i] = (g - 1) / out->y[i];
        out->err[i] = err / out->y[i];
    }
    return KZ_OK;
}

/* Lagrange's polynomial through the nodes from `first` on, at y; *err: what their errors do. */
static double interpolate(double *err, const kz_cold *cold, int first, double y)
{
    double sum = 0;
    *err = 0;
    for (int i = first; i < KZ_COLD_NODES; i++) {
        double weight = 1;
        for (int k = first; k < KZ_COLD_NODES; k++)
            if (k != i) weight *= (y - cold->y[k]) / (cold->y[i] - cold->y[k]);
        sum += weight * cold->slope[i];
        *err += fabs(weight) * cold->err[i];
    }
    return sum;
}

/* By the expansion.  The hottest node is worth what it changes. */
static void expand(double *g, double *err, const kz_cold *cold, double beta)
{
    double y = pow(beta, -cold->power), noise, unused;
    double all = interpolate(&noise, cold, 0, y), fewer = interpolate(&unused, cold, 1, y);
    *g = 1 + y * all;
    *err = y * (noise + 2 * fabs(all - fewer)) + 4e-16;
}

kz_status kz_cold_factor(double *g, double *err, const kz_cold *cold, double beta)
{
    *g = 1;
    *err = 4e-16 + beta * exp(-beta); /* (12/pi^2) (beta + 1) e^-beta */
    if (kz_half_is_free(cold->half)) return KZ_OK;
    expand(g, err, cold, beta);
    if (beta > node(KZ_COLD_NODES - 1)) return KZ_OK;
    double there, bound;
    KZ_TRY(solve(&there, &bound, cold->half, beta));
    if (bound < *err) {
        *g = there;
        *err = bound;
    }
    return KZ_OK;
}
