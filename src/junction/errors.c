/* Error bounds of a solved junction, to first order in the errors of both currents.
 *
 * With delta_L, delta_R the errors of the currents, s_L = dJ_L/dbeta > 0, s_R = -dJ_R/dbeta > 0 and
 * a law g_L dbeta_- - g_R dbeta_+ + R dJ = 0 (g = 1 for the law in beta, 1/beta^2 for Fourier's,
 * kappa/beta^2 for a table, all >= 0),
 *     dJ = w_L delta_L + w_R delta_R,   w_i = (g_i/s_i)/(R + g_L/s_L + g_R/s_R),
 *     s_i dbeta_i = dJ - delta_i.
 * A hot edge, where s is no longer large against J, has w near 1 and is held by the law; a cold one
 * amplifies the error of its own current. */
#include <math.h>

#include "core/error.h"
#include "junction/internal.h"
#include "junction/law.h"

kz_status kz_half_slopes(kz_slopes *out, const kz_half *half, double beta, const kz_ray *ray,
                         double tol)
{
    double step = 1e-3 * (1 + fabs(beta));
    kz_ray next;
    *out = (kz_slopes){0, 0};
    if (isinf(beta)) return KZ_OK;
    KZ_TRY(kz_half_edge(&next, half, beta + step, tol));
    double noise = next.err + ray->err;
    out->current = fmax(0, fabs(next.energy_current - ray->energy_current) - noise) / step;
    out->energy = (fabs(next.energy - ray->energy) + noise) / step;
    return KZ_OK;
}

/* A tenth for what the difference quotients leave of second order. */
static const double QUOTIENT = 1.1;

/* |dJ| into *current and s_i |dbeta_i| into own[i]; delta: errors of both currents. */
static void propagate(double *current, double own[2], const kz_matching *m,
                      const kz_slopes slopes[2], const double delta[2])
{
    double compliance[2], sum = m->resistance;
    for (int side = 0; side < 2; side++) {
        /* R = 0: beta_- = beta_+ for every law */
        double g = m->resistance > 0 ? kz_law_gradient(&m->junction->law, m->beta[side]) : 1;
        compliance[side] = g / slopes[side].current;
        sum += compliance[side];
    }
    if (!isfinite(sum)) return; /* the sums over both stand */
    double left = compliance[0] / sum, right = compliance[1] / sum, by_law = m->resistance / sum;
    *current = left * delta[0] + right * delta[1];
    own[0] = QUOTIENT * ((by_law + right) * delta[0] + right * delta[1]);
    own[1] = QUOTIENT * ((by_law + left) * delta[1] + left * delta[0]);
}

static double relative(double error, double value) { return error / fmax(1, fabs(value)); }

kz_status kz_matching_errors(kz_junction_point *out, const kz_matching *m)
{
    const kz_ray *ray = m->ray;
    double delta[2] = {ray[0].err, ray[1].err}, own[2], current;
    double rest = fabs(ray[1].energy_current - ray[0].energy_current);
    kz_slopes slopes[2] = {{0, 0}, {0, 0}};
    for (int side = 0; side < 2; side++) {
        if (m->exact[side]) continue;
        KZ_TRY(kz_half_slopes(&slopes[side], &m->junction->half[side], m->beta[side], &ray[side],
                              m->tol));
    }
    /* what is left of the mismatch counts as an error of either current */
    current = own[0] = own[1] = delta[0] + delta[1] + rest;
    delta[0] += rest;
    delta[1] += rest;
    bool regular = !m->exact[0] && !m->exact[1] && slopes[0].current > 0 && slopes[1].current > 0;
    if (regular && m->beta[0] != 0 && m->beta[1] != 0 && isfinite(m->resistance))
        propagate(&current, own, m, slopes, delta);
    out->err = current + rest;
    for (int side = 0; side < 2; side++) {
        double beta = m->beta[side], error = 0;
        if (!m->exact[side]) error = own[side] / slopes[side].current;
        double influence = fmax(slopes[side].energy, slopes[side].current) * error;
        if (m->exact[side]) influence = 0;
        *(side == KZ_SIDE_LEFT ? &out->beta_minus_err : &out->beta_plus_err) = error;
        *(side == KZ_SIDE_LEFT ? &out->left_influence : &out->right_influence) = influence;
        out->err = fmax(out->err, relative(error, beta));
        out->err = fmax(out->err, ray[side].err + influence);
        /* at beta = 0 the error is that of an infinite temperature */
        if (beta != 0 && error > 0)
            out->err = fmax(out->err, relative(error / (beta * beta), 1 / beta));
    }
    return KZ_OK;
}

/* The response of the ray states to beta is largest near the junction; over P = 3 ... 8, all kinds
 * of reservoirs and |beta| <= 50 it exceeded that at zeta = 0 by 2.1 at most, on peaks next to the
 * cone of a cold edge. */
static const double RESPONSE_PEAK = 3;

double kz_edge_influence(const kz_junction_point *point, kz_side side)
{
    return RESPONSE_PEAK * (side == KZ_SIDE_LEFT ? point->left_influence : point->right_influence);
}
