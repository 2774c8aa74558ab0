/* Error bounds of a solved junction, to first order in the errors of its currents.
 *
 * With F(X, J) = 0 the equations and K = dF/dX their exact Jacobian, an error delta of one current
 * moves the edges by -K^{-1} dF/dJ delta and the common current by delta - A_R dX_+ (what the other
 * edge's currents do comes through X alone).  Absolute values are summed over the currents of both
 * edges.  What is left of F counts as well, and the uncertainty of K enlarges all by 1/(1 - theta).
 * A hot edge by Fourier's law is held by the law, a cold one amplifies the error of its own
 * current, at large R both follow their reservoirs: K knows. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "junction/internal.h"

/* A tenth for what is of second order. */
static const double SECOND_ORDER = 1.1;

/* Of the tolerance: what the error of a difference quotient may add to the bound of an edge's
 * influence; and the most that its ray may be wrong. */
static const double SLOPE_SHARE = 0.03, SLOPE_TOL_MAX = 1e-5;

/* Of the numbers of an edge that count. */
static double edge_error(const kz_matching *m, int side)
{
    const kz_edge *edge = &m->edge[side];
    return m->junction->charges == 1 ? edge->energy_err : edge->ray.err;
}

typedef struct {
    double x[KZ_UNKNOWNS]; /* as kz_linear */
    double current[2], entropy;
} changes;

static void entropy_change(changes *c, const kz_matching *m, int n)
{
    double current[2];
    kz_edge_currents(current, &m->edge[1]);
    c->entropy = 0;
    for (int a = 0; a < n; a++)
        c->entropy +=
            c->current[a] * (m->x[1][a] - m->x[0][a]) + current[a] * (c->x[n + a] - c->x[a]);
}

/* Common currents and entropy for a change of the edges. */
static void follow(changes *c, const kz_matching *m, int n)
{
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            c->current[a] -= m->edge[1].response[a][b] * c->x[n + b];
    entropy_change(c, m, n);
}

static changes of_source(const kz_linear *l, const kz_matching *m, int source)
{
    int n = l->size / 2;
    double delta = m->edge[source / n].current_err[source % n];
    changes c = {.entropy = 0};
    for (int i = 0; i < l->size; i++)
        for (int r = 0; r < l->size; r++)
            c.x[i] -= l->inverse[i][r] * l->by_current[r][source] * delta;
    if (source >= n) c.current[source - n] = delta;
    follow(&c, m, n);
    return c;
}

static changes of_rest(const kz_linear *l, const kz_matching *m)
{
    changes c = {.entropy = 0};
    for (int i = 0; i < l->size; i++)
        for (int r = 0; r < l->size; r++)
            c.x[i] -= l->inverse[i][r] * l->value[r];
    follow(&c, m, l->size / 2);
    for (int a = 0; a < l->size / 2; a++)
        c.current[a] = fabs(c.current[a]) + fabs(l->value[a]);
    return c;
}

static void add(changes *sum, const changes *c, int size)
{
    for (int i = 0; i < size; i++)
        sum->x[i] += fabs(c->x[i]);
    for (int a = 0; a < size / 2; a++)
        sum->current[a] += fabs(c->current[a]);
    sum->entropy += fabs(c->entropy);
}

static void scale(changes *sum, double factor, int size)
{
    for (int i = 0; i < size; i++)
        sum->x[i] *= factor;
    for (int a = 0; a < size / 2; a++)
        sum->current[a] *= factor;
    sum->entropy *= factor;
}

/* theta: |K^{-1} dK| dX <= theta dX for the changes dX at hand, so that (1 - |K^{-1} dK|)^{-1} is
 * at most 1/(1 - theta) on them. */
static double uncertainty(const kz_linear *l, const kz_matching *m, const double x[KZ_UNKNOWNS])
{
    int n = l->size / 2;
    double moved[KZ_UNKNOWNS] = {0}, theta = 0;
    for (int r = 0; r < l->size; r++) {
        for (int i = 0; i < l->size; i++) {
            double err = 0;
            for (int a = 0; a < n; a++)
                err +=
                    fabs(l->by_current[r][i / n * n + a]) * m->edge[i / n].response_err[a][i % n];
            moved[r] += err * x[i];
        }
    }
    for (int i = 0; i < l->size; i++) {
        double sum = 0;
        for (int r = 0; r < l->size; r++)
            sum += fabs(l->inverse[i][r]) * moved[r];
        if (sum > 0 && !m->exact[i / n][i % n]) theta = fmax(theta, sum / x[i]);
    }
    return theta;
}

static changes all_changes(const kz_matching *m)
{
    kz_linear l;
    changes sum = {.entropy = 0};
    kz_matching_linearise(&l, m);
    changes rest = of_rest(&l, m);
    add(&sum, &rest, l.size);
    for (int source = 0; source < l.size; source++) {
        changes c = of_source(&l, m, source);
        add(&sum, &c, l.size);
    }
    double theta = uncertainty(&l, m, sum.x);
    scale(&sum, theta < 1 ? SECOND_ORDER / (1 - theta) : INFINITY, l.size);
    return sum;
}

/* All edges exact: the currents stand as they are. */
static changes exact_changes(const kz_matching *m)
{
    changes sum = {.entropy = 0};
    double left[2], right[2];
    kz_edge_currents(left, &m->edge[0]);
    kz_edge_currents(right, &m->edge[1]);
    for (int a = 0; a < m->junction->charges; a++)
        sum.current[a] =
            m->edge[0].current_err[a] + m->edge[1].current_err[a] + 2 * fabs(right[a] - left[a]);
    for (int a = 0; a < m->junction->charges; a++)
        if (isfinite(m->x[1][a] - m->x[0][a]))
            sum.entropy += sum.current[a] * fabs(m->x[1][a] - m->x[0][a]);
    return sum;
}

/* Changes of energy and magnetization of the edge's state with one of its parameters, by a
 * difference quotient, rather too large than too small.  error: of the parameter, which says how
 * well the quotient has to be known. */
static kz_status density_slope(double *out, const kz_matching *m, int side, int charge,
                               double error)
{
    const kz_junction *j = m->junction;
    double x[2] = {m->x[side][0], m->x[side][1]}, step = 1e-3 * (1 + fabs(x[charge]));
    double tol = fmax(m->tol, fmin(SLOPE_TOL_MAX, SLOPE_SHARE * j->options.tol * step / error));
    const kz_ray *here = &m->edge[side].ray;
    kz_edge there;
    x[charge] += step;
    KZ_TRY(kz_half_solve(&there, &j->half[side], m->edges.side[side], x, j->charges, tol));
    double change = fmax(fabs(there.ray.energy - here->energy),
                         fabs(there.ray.magnetization - here->magnetization));
    *out = (change + there.ray.err + here->err) / step;
    return KZ_OK;
}

/* What the errors x of the edge's parameters do to its ray state at zeta = 0. */
static kz_status influence(double *out, const kz_matching *m, int side, const double *x)
{
    int charges = m->junction->charges;
    *out = 0;
    for (int b = 0; b < charges; b++) {
        double slope;
        if (m->exact[side][b] || x[b] == 0) continue;
        KZ_TRY(density_slope(&slope, m, side, b, x[b]));
        for (int a = 0; a < charges; a++)
            slope = fmax(slope, fabs(m->edge[side].response[a][b]));
        *out += slope * x[b];
    }
    return KZ_OK;
}

static double relative(double error, double value) { return error / fmax(1, fabs(value)); }

/* Of T = 1/beta, by its own size; nothing is known of T where beta may be 0. */
static double temperature_error(double error, double beta)
{
    if (error == 0) return 0;
    return error < fabs(beta) ? error / fabs(beta) * fmin(1, 1 / fabs(beta)) : INFINITY;
}

kz_status kz_matching_errors(kz_junction_point *out, const kz_matching *m)
{
    int n = m->junction->charges;
    bool all = true;
    for (int i = 0; i < 2 * n; i++)
        all = all && m->exact[i / n][i % n];
    changes error = all ? exact_changes(m) : all_changes(m);
    double err = relative(error.entropy, out->entropy_production);
    for (int a = 0; a < n; a++)
        err = fmax(err, error.current[a]);
    for (int side = 0; side < 2; side++) {
        double *own = &error.x[side * n], state;
        for (int b = 0; b < n; b++) {
            if (m->exact[side][b]) own[b] = 0;
            err = fmax(err, relative(own[b], m->x[side][b]));
        }
        err = fmax(err, temperature_error(own[0], m->x[side][0]));
        KZ_TRY(influence(&state, m, side, own));
        err = fmax(err, edge_error(m, side) + state);
        *(side ? &out->beta_plus_err : &out->beta_minus_err) = own[0];
        if (n == 2) *(side ? &out->mu_plus_err : &out->mu_minus_err) = own[1];
        *(side ? &out->right_influence : &out->left_influence) = state;
    }
    out->err = err <= INFINITY ? err : INFINITY;
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
