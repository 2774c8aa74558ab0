/* Weak currents between reservoirs of which one at least is a ground state or a ceiling, or, by
 * Fourier's law, at infinite temperature.
 *
 * Where a large resistance leaves both edges close to their reservoirs, each half is a known
 * function of the common |J| = j: a cold edge has |beta| = sqrt(pi g/12 j) (cold.h), a thermal one
 * differs from its reservoir by j over the response A, for which the mean of A by Simpson's rule is
 * good to fifth order.  Neither knows currents as differences of numbers of order 1, so that they
 * keep their digits down to the smallest j.  The law is then one equation for ln j,
 *     ln R + ln j = ln |change(j)|,   change = beta_+ - beta_- or T_- - T_+,
 * whose right side falls with j by a power of 1 at most: Newton's method in ln j. */
#include <math.h>

#include "core/error.h"
#include "junction/cold.h"
#include "junction/internal.h"

enum { SWEEPS_MAX = 40, NEWTON_MAX = 200 };

/* Below this resistance the general way is as good. */
static const double LEAST_RESISTANCE = 1e5;

/* The most by which A may change between reservoir and edge: its mean is good to the fourth power.
 */
static const double CHANGE_MAX = 1e-3;

/* Of the tolerance, what the end of the rows leaves in A where |Delta| >= 1, which response_err
 * does not know: 2e-5 of it and less were seen. */
static const double CLOSURE_SHARE = 1e-2;

/* Relative, of the closed forms. */
static const double ROUNDING = 1e-15;

/* Of the error of j, where it may still move: not every digit of g stands still. */
static const double ENOUGH = 0.5;

typedef struct {
    const kz_half *half;
    bool pure;
    double own;      /* the reservoir's beta */
    double toward;   /* sign of beta - own */
    kz_cold cold;    /* pure: g at the present edge, and its error */
    double g, g_err; /* pure */
    double first;    /* thermal: A at the reservoir */
    double response; /* thermal: mean of A at the reservoir and at the edge; relative error */
    double response_err;
    double beta;
} weak_edge;

typedef struct {
    const kz_junction *junction;
    const kz_edges *edges;
    double resistance;
    weak_edge edge[2];
    double current; /* |J| */
} weak;

static double beta_of(const weak_edge *e, double j)
{
    if (e->pure) return copysign(sqrt(M_PI * e->g / (12 * j)), e->own);
    return e->own + e->toward * j / e->response;
}

/* ln |change| and its derivative by ln j. */
static double log_change(double *slope, const weak *w, double j)
{
    bool by_beta = w->junction->law.kind == KZ_LAW_BETA;
    double value[2], derivative[2];
    for (int side = 0; side < 2; side++) {
        const weak_edge *e = &w->edge[side];
        double beta = beta_of(e, j), moved = e->pure ? -0.5 * beta : beta - e->own;
        value[side] = by_beta ? beta : 1 / beta;
        derivative[side] = by_beta ? moved : -moved / beta / beta;
    }
    double change = value[1] - value[0];
    *slope = (derivative[1] - derivative[0]) / change;
    return log(fabs(change));
}

/* |J| for the present g and A, from the one before. */
static double solve_law(const weak *w, double j)
{
    double u = log(j), log_R = log(w->resistance);
    for (int i = 0; i < NEWTON_MAX; i++) {
        double slope, rest = log_R + u - log_change(&slope, w, exp(u));
        double step = rest / (1 - fmin(slope, 0));
        u -= step;
        if (fabs(step) <= 1e-15 * (1 + fabs(u))) break;
    }
    return exp(u);
}

static kz_status response_at(kz_edge *out, const weak *w, const weak_edge *e, double beta)
{
    const double x[2] = {beta, 0};
    return kz_half_solve(out, e->half, w->edges->side[e->half->side], x, 1,
                         kz_junction_edge_tol(w->junction));
}

static kz_status prepare(weak_edge *e, const weak *w, int side)
{
    const kz_junction *junction = w->junction;
    *e = (weak_edge){.half = &junction->half[side], .own = junction->reservoir[side], .g = 1};
    e->pure = isinf(e->own);
    /* J_L rises with beta from 0 at the reservoir, J_R falls */
    e->toward = side == KZ_SIDE_LEFT ? junction->direction : -junction->direction;
    if (e->pure) return kz_cold_prepare(&e->cold, e->half);
    kz_edge edge;
    KZ_TRY(response_at(&edge, w, e, e->own));
    e->first = e->response = edge.response[0][0];
    return KZ_OK;
}

/* g or A at the edge where it now stands; *near is false where the edge is not close enough. */
static kz_status update(bool *near, weak_edge *e, const weak *w)
{
    e->beta = beta_of(e, w->current);
    if (e->pure) {
        double size = fabs(e->beta);
        *near = size >= kz_cold_least();
        return *near ? kz_cold_factor(&e->g, &e->g_err, &e->cold, size) : KZ_OK;
    }
    kz_edge middle, edge;
    *near = isfinite(e->beta) && fabs(e->beta - e->own) <= 1 + fabs(e->own);
    if (!*near) return KZ_OK;
    KZ_TRY(response_at(&middle, w, e, 0.5 * (e->own + e->beta)));
    KZ_TRY(response_at(&edge, w, e, e->beta));
    double change = fabs(edge.response[0][0] / e->first - 1);
    double ends = 0.5 * (e->first + edge.response[0][0]), bend = middle.response[0][0] / ends - 1;
    e->response = ends * (1 + 2.0 / 3 * bend);
    /* Simpson's rule leaves the fourth order */
    e->response_err = bend * bend + pow(change, 4);
    e->response_err += fmax(middle.response_err[0][0], edge.response_err[0][0]) / e->response;
    if (e->half->chain.kind == KZ_CHAIN_AXIAL)
        e->response_err += CLOSURE_SHARE * w->junction->options.tol;
    *near = change <= CHANGE_MAX;
    return KZ_OK;
}

/* Relative, of j: of the right side, by each edge's share of the change, and its own. */
static double current_error(const weak *w)
{
    double sum = 4 * ROUNDING * (1 + fabs(log(w->current)));
    for (int side = 0; side < 2; side++) {
        const weak_edge *e = &w->edge[side];
        sum += e->pure ? e->g_err : e->response_err;
    }
    return sum;
}

/* Edges, g and A that belong together; *near is false where the current is not weak. */
static kz_status settle(bool *near, weak *w)
{
    w->current = 1 / w->resistance;
    for (int i = 0; i < SWEEPS_MAX; i++) {
        double before = w->current;
        w->current = solve_law(w, before);
        for (int side = 0; side < 2; side++) {
            KZ_TRY(update(near, &w->edge[side], w));
            if (!*near) return KZ_OK;
        }
        if (i > 0 && fabs(w->current / before - 1) <= ENOUGH * current_error(w)) return KZ_OK;
    }
    return KZ_FAIL(KZ_ENOCONV, "R = %.15g: weak currents do not settle near %.3g", w->resistance,
                   w->current);
}

/* Of an edge's beta, for the relative error of j. */
static double beta_error(const weak_edge *e, double of_current)
{
    double rounding = 2e-16 * fabs(e->beta);
    if (e->pure) return fabs(e->beta) * 0.5 * (e->g_err + of_current) + rounding;
    return fabs(e->beta - e->own) * (e->response_err + of_current) + rounding;
}

/* What the error of beta does to the ray states of its half: by the response, J for J, and by the
 * densities, which follow beta by less than 1. */
static double influence_of(const weak_edge *e, double current, double of_current, double of_beta)
{
    if (!e->pure) return of_beta;
    return current * 2 * (e->g_err + of_current);
}

/* Of an edge's state that stands for its limit (half.h): pi T^2/(6 v) in energy, 1/v <= P. */
static double limit_error(const weak_edge *e)
{
    double T = 1 / e->beta;
    return fabs(e->beta) >= kz_half_beta_limit
               ? T * T * (kz_half_is_free(e->half) ? 1 : e->half->chain.P)
               : 0;
}

static kz_status finish(kz_junction_point *out, const weak *w)
{
    const kz_junction *junction = w->junction;
    double of_current = (1 + ENOUGH) * current_error(w), err = 0, of_beta[2], influence[2];
    kz_edge edge[2];
    for (int side = 0; side < 2; side++) {
        const weak_edge *e = &w->edge[side];
        double size = fabs(e->beta);
        KZ_TRY(response_at(&edge[side], w, e, e->beta));
        of_beta[side] = beta_error(e, of_current);
        influence[side] = influence_of(e, w->current, of_current, of_beta[side]);
        err = fmax(err, of_beta[side] / fmax(1, size));
        err = fmax(err, of_beta[side] / size * fmin(1, 1 / size)); /* T, by its own size */
        err = fmax(err, edge[side].ray.err + influence[side] + limit_error(e));
    }
    double J = junction->direction * w->current;
    double sigma = J * (w->edge[1].beta - w->edge[0].beta);
    *out = (kz_junction_point){.resistance = w->resistance,
                               .t_minus = 1 / w->edge[0].beta,
                               .t_plus = 1 / w->edge[1].beta,
                               .beta_minus = w->edge[0].beta,
                               .beta_plus = w->edge[1].beta,
                               .energy_current = J,
                               .energy_left = edge[0].ray.energy,
                               .energy_right = edge[1].ray.energy,
                               .beta_minus_err = of_beta[0],
                               .beta_plus_err = of_beta[1],
                               .left_influence = influence[0],
                               .right_influence = influence[1],
                               .entropy_production = sigma};
    out->err = fmax(err, 2 * of_current * fmin(1, fabs(sigma)));
    return KZ_OK;
}

/* Currents of cold edges fall exponentially, at |Delta| = 1 as T^2 with powers of 1/ln T: no
 * expansion of cold.h. */
static bool has_no_expansion(const kz_half *half)
{
    return isinf(kz_half_reservoir_beta(half)) && half->chain.kind == KZ_CHAIN_AXIAL;
}

/* Where an edge goes to an end of its scale with R: |beta| = inf, or by Fourier's law T = inf, as
 * R^{1/2}, while the other edge keeps the other half's current to a rounding of order 1. */
static bool moves_with_resistance(const kz_junction *junction)
{
    const double *own = junction->reservoir;
    bool hot = junction->law.kind == KZ_LAW_FOURIER && (own[0] == 0 || own[1] == 0);
    return hot || isinf(own[0]) || isinf(own[1]);
}

kz_status kz_weak_solve(kz_junction_point *out, bool *done, const kz_junction *junction,
                        const kz_edges *edges, double resistance)
{
    weak w = {.junction = junction, .edges = edges, .resistance = resistance};
    *done = false;
    if (junction->law.kind == KZ_LAW_TABLE || !(resistance >= LEAST_RESISTANCE) ||
        isinf(resistance) || junction->direction == 0 || !moves_with_resistance(junction) ||
        !kz_junction_limit_insulates(junction) || has_no_expansion(&junction->half[0]) ||
        has_no_expansion(&junction->half[1]))
        return KZ_OK;
    bool near;
    for (int side = 0; side < 2; side++)
        KZ_TRY(prepare(&w.edge[side], &w, side));
    KZ_TRY(settle(&near, &w));
    if (!near) return KZ_OK;
    KZ_TRY(finish(out, &w));
    *done = true;
    if (out->err <= junction->options.tol) return KZ_OK;
    return KZ_FAIL(KZ_ETOL, "R = %.15g: error %.3g, wanted %.3g", resistance, out->err,
                   junction->options.tol);
}
