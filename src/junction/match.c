/* The equations of a junction, for one charge or two, and Newton's method on them.
 *
 *     F = (J_R - J_L ; law),    dF/dX = [[-A_L, -A_R], [law]],    dJ_L = A_L dX_-, dJ_R = -A_R dX_+
 *
 * with the exact responses A of src/ghd/edge/response.h.  In these variables the problem is well
 * conditioned from R = 0 to R = inf: neither a current times a large resistance nor a difference of
 * edges over a small one occurs.  A determinant > 0, for one charge
 * < 0, continues the root of perfect contact, where it is +-det(A_L + A_R) and, were the edges to
 * hold some energy and spin, decides on stability. */
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "junction/internal.h"
#include "junction/law.h"

enum { STEPS_MAX = 60, HALVINGS_MAX = 12 };

/* Of one Newton step, in beta or mu; at large ones half of what they are, but no more than the
 * last, than the beta of cold reservoirs or than m->reach: currents vanish at infinity too, where
 * no root is. */
static const double STEP_MAX = 2, STEP_SHARE = 0.5, STEP_LONGEST = 8;

/* Perfect contact colder than this, but not than the reservoirs, is looked for in T^2 and h =
 * mu/beta, in which currents are linear there: T changes by such a factor, h by so much. */
static const double COLD = 4, STEP_FACTOR = 4, STEP_FIELD = 0.5;

/* Residuals are hardly brought below. */
static const double ROUNDING = 2e-16;

/* Of m->tol, where the residual ends the iteration: it counts as an error of the currents.  Where
 * these are small, so much of them; of those that keep their digits, a hundredth. */
static const double ENOUGH = 1e-2, SMALL = 100;

void kz_edge_currents(double current[2], const kz_edge *edge)
{
    current[0] = edge->ray.energy_current;
    current[1] = edge->ray.spin_current;
}

kz_status kz_matching_evaluate(kz_matching *m)
{
    const kz_junction *j = m->junction;
    for (int side = 0; side < 2; side++)
        KZ_TRY(kz_half_solve(&m->edge[side], &j->half[side], m->edges.side[side], m->x[side],
                             j->charges, m->tol));
    return KZ_OK;
}

static void balance_rows(kz_linear *out, const kz_matching *m, int n)
{
    double left[2], right[2];
    kz_edge_currents(left, &m->edge[0]);
    kz_edge_currents(right, &m->edge[1]);
    for (int a = 0; a < n; a++) {
        out->value[a] = right[a] - left[a];
        out->by_current[a][a] = -1;
        out->by_current[a][n + a] = 1;
        for (int i = 0; i < 2 * n; i++)
            out->by_x[a][i] = -m->edge[i / n].response[a][i % n];
    }
}

int kz_junction_law_side(const kz_junction *j)
{
    bool left = kz_half_keeps_digits(&j->half[0]), right = kz_half_keeps_digits(&j->half[1]);
    if (left != right) return left ? 0 : 1;
    /* next to its reservoir a half's energy current has the digits of beta - beta_reservoir */
    bool hotter = j->charges == 1 && fabs(j->reservoir[0]) < fabs(j->reservoir[1]);
    return hotter ? 0 : 1;
}

static void law_rows(kz_linear *out, const kz_matching *m, int n)
{
    const kz_junction *j = m->junction;
    double x[2][2], current[2];
    kz_law_rows rows;
    int side = kz_junction_law_side(j), first = side * n;
    memcpy(x, m->x, sizeof x);
    kz_edge_currents(current, &m->edge[side]);
    kz_law_residual(&rows, &j->law, n, m->resistance, j->cross, x, current);
    for (int r = 0; r < n; r++) {
        out->value[n + r] = rows.value[r];
        for (int i = 0; i < 2 * n; i++)
            out->by_x[n + r][i] = rows.by_x[r][i / n][i % n];
        for (int a = 0; a < n; a++) {
            out->by_current[n + r][first + a] = rows.by_current[r][a];
            double by_current = side ? -rows.by_current[r][a] : rows.by_current[r][a];
            for (int b = 0; b < n; b++)
                out->by_x[n + r][first + b] += by_current * m->edge[side].response[a][b];
        }
    }
    if (m->held < 0) return;
    memset(out->by_x[n], 0, sizeof out->by_x[n]);
    memset(out->by_current[n], 0, sizeof out->by_current[n]);
    out->value[n] = 0;
    /* the sign keeps that of the determinant: beta_+ - beta_- rises with beta_+ */
    out->by_x[n][m->held * n] = m->held ? 1 : -1;
}

/* An edge that Fourier's law holds next to beta = 0 has its errors per beta: T = 1/beta counts. */
static void units_of(double unit[KZ_UNKNOWNS], const kz_matching *m, int n)
{
    for (int i = 0; i < 2 * n; i++) {
        double beta = fabs(m->x[i / n][0]);
        bool held = i % n == 0 && m->junction->law.kind == KZ_LAW_FOURIER && beta > 0;
        unit[i] = held ? fmin(1, beta) : 1;
    }
}

/* Rows of a nearly closed edge are smaller than others by its occupation, and their pivots are to
 * be their own.  Divides each by its largest element; unknowns are counted in their units. */
static void equilibrate(double scale[KZ_UNKNOWNS], kz_linear *l, const double unit[KZ_UNKNOWNS])
{
    for (int r = 0; r < l->size; r++) {
        scale[r] = 0;
        for (int i = 0; i < l->size; i++)
            scale[r] = fmax(scale[r], fabs(l->by_x[r][i]) * unit[i]);
        if (scale[r] == 0) scale[r] = 1; /* singular, as will be seen */
        for (int i = 0; i < l->size; i++)
            l->inverse[r][i] = l->by_x[r][i] * unit[i] / scale[r];
    }
}

static void invert(kz_linear *l, const kz_matching *m)
{
    lapack_int n = l->size, pivot[KZ_UNKNOWNS];
    double scale[KZ_UNKNOWNS], unit[KZ_UNKNOWNS];
    units_of(unit, m, n / 2);
    equilibrate(scale, l, unit);
    double *a = &l->inverse[0][0];
    lapack_int info = LAPACKE_dgetrf(LAPACK_ROW_MAJOR, n, n, a, KZ_UNKNOWNS, pivot);
    l->sign = n == 2 ? -1 : 1; /* det(A_L + A_R) has this times that of the whole */
    for (int i = 0; i < n; i++) {
        double d = l->inverse[i][i] * (pivot[i] == i + 1 ? 1 : -1);
        l->sign *= (d > 0) - (d < 0);
    }
    if (info == 0) info = LAPACKE_dgetri(LAPACK_ROW_MAJOR, n, a, KZ_UNKNOWNS, pivot);
    for (int i = 0; info == 0 && i < n; i++)
        for (int r = 0; r < n; r++)
            l->inverse[i][r] *= unit[i] / scale[r];
    if (info == 0) return;
    l->sign = 0;
    for (int i = 0; i < KZ_UNKNOWNS * KZ_UNKNOWNS; i++)
        a[i] = NAN;
}

void kz_matching_linearise(kz_linear *out, const kz_matching *m)
{
    int n = m->junction->charges;
    memset(out, 0, sizeof *out);
    out->size = 2 * n;
    balance_rows(out, m, n);
    law_rows(out, m, n);
    invert(out, m);
}

static double norm(const kz_linear *l)
{
    double largest = 0;
    for (int i = 0; i < l->size; i++)
        largest = fmax(largest, fabs(l->value[i]));
    return largest;
}

/* Fourier's law: the edges keep their signs, and may approach beta = 0 by a factor of ten. */
static double step_within_sign(const kz_matching *m, const double step[KZ_UNKNOWNS], int n)
{
    double part = 1;
    if (m->junction->law.kind == KZ_LAW_BETA || m->resistance[0] == 0) return part;
    for (int side = 0; side < 2; side++) {
        double beta = m->x[side][0], change = step[side * n];
        if (beta * (beta + change) < 0) part = fmin(part, 0.9 * fabs(beta / change));
    }
    return part;
}

/* |beta| of the colder of two thermal reservoirs; 0: no bound for edges. */
static double coldest_reservoir(const kz_junction *j)
{
    double beta = 0;
    for (int side = 0; side < 2; side++) {
        const kz_state *s = &j->half[side].reservoir;
        if (s->kind != KZ_STATE_THERMAL) return 0;
        beta = fmax(beta, fabs(s->beta));
    }
    return beta;
}

static bool is_cold(const kz_matching *m, int side)
{
    double beta = fabs(m->x[side][0]);
    return m->junction->charges == 2 && beta >= COLD && beta <= coldest_reservoir(m->junction);
}

/* Not where there are resistances: their law is linear in mu. */
static bool moves_in_temperature(const kz_matching *m, int side)
{
    return is_cold(m, side) && m->resistance[0] == 0 && m->resistance[1] == 0;
}

/* The longest part of a step that one side may take. */
static double longest_part(const kz_matching *m, int side, const double *step, int n)
{
    const double *x = m->x[side];
    double limit = STEP_MAX, largest = 0;
    if (moves_in_temperature(m, side)) {
        double field = fabs((step[1] - x[1] / x[0] * step[0]) / x[0]);
        return fmin(1, STEP_FIELD / fmax(field, STEP_FIELD));
    }
    for (int a = 0; a < n; a++) {
        largest = fmax(largest, fabs(step[a]));
        limit = fmax(limit, STEP_SHARE * fabs(x[a]));
    }
    limit = fmin(limit, fmax(fmax(STEP_LONGEST, m->reach), coldest_reservoir(m->junction)));
    return fmin(1, limit / fmax(largest, limit));
}

void kz_linear_step(double step[KZ_UNKNOWNS], const kz_linear *l)
{
    for (int i = 0; i < l->size; i++) {
        step[i] = 0;
        for (int r = 0; r < l->size; r++)
            step[i] -= l->inverse[i][r] * l->value[r];
    }
}

/* The full Newton step, shortened to the longest that is allowed. */
static void newton_step(double step[KZ_UNKNOWNS], const kz_matching *m, const kz_linear *l)
{
    int n = l->size / 2;
    kz_linear_step(step, l);
    double part = fmin(longest_part(m, 0, step, n), longest_part(m, 1, step + n, n));
    part *= step_within_sign(m, step, n);
    for (int i = 0; i < l->size; i++)
        step[i] *= part;
}

/* x of one side after a step, the same to first order in either variables. */
static void advance(double x[2], const kz_matching *m, int side, const double *step, int n)
{
    const double *from = m->x[side];
    if (!moves_in_temperature(m, side)) {
        for (int a = 0; a < n; a++)
            x[a] = from[a] + step[a];
        return;
    }
    double least = 1 / (STEP_FACTOR * STEP_FACTOR), field = from[1] / from[0];
    double ratio = fmin(fmax(1 - 2 * step[0] / from[0], least), 1 / least); /* of T^2 */
    x[0] = from[0] / sqrt(ratio);
    x[1] = x[0] * (field + (step[1] - field * step[0]) / from[0]);
}

/* No root is looked for beyond this |beta| or |mu|, unless reservoirs are colder: where edges of
 * two charges turn cold with R, what their currents are known to misses 1e-6 of beta there.  With a
 * gap cold states in a field cost nodes in proportion to beta.  Beyond saturation, 1 +- Delta in
 * mu/beta, there is no Fermi point. */
static const double COLDEST = 1e5, COLDEST_GAPPED = 100, COLDER = 4, SATURATION = 2;

static bool is_too_cold(const kz_matching *m)
{
    for (int side = 0; side < 2; side++) {
        kz_chain_kind kind = m->junction->half[side].chain.kind;
        double most = kind == KZ_CHAIN_AXIAL ? COLDEST_GAPPED : COLDEST;
        double coldest = fmax(most, COLDER * coldest_reservoir(m->junction));
        if (kind == KZ_CHAIN_XX) continue;
        double beta = fabs(m->x[side][0]), mu = fabs(m->x[side][1]);
        if (mu > 1e-6 && fmax(mu, beta) > coldest && mu < SATURATION * beta) return true;
    }
    return false;
}

double kz_matching_step_size(const kz_matching *m, const kz_linear *l)
{
    double largest = 0, step[KZ_UNKNOWNS];
    int n = l->size / 2;
    kz_linear_step(step, l);
    for (int i = 0; i < l->size; i++) {
        if (isnan(step[i])) return INFINITY;
        largest = fmax(largest, fabs(step[i]) / (1 + fabs(m->x[i / n][i % n])));
    }
    return largest;
}

/* The energy's currents of cold edges are ~ T^2 and its rows as small: steps tell more of the way
 * that is left, as they do from one root to the next. */
static bool draws_nearer(const kz_matching *next, const kz_linear *there, const kz_matching *m,
                         const kz_linear *l)
{
    static const double CONTRACTION = 0.5;
    bool fits = m->reach > 0 || (is_cold(m, 0) && is_cold(m, 1));
    return fits && kz_matching_step_size(next, there) < CONTRACTION * kz_matching_step_size(m, l);
}

/* A step that lowers the residual; *helped is false where none does, and m stays. */
static kz_status line_search(bool *helped, kz_matching *m, kz_linear *l)
{
    kz_matching next = *m;
    double step[KZ_UNKNOWNS], before = norm(l), part = 1;
    int n = l->size / 2;
    newton_step(step, m, l);
    *helped = false;
    for (int i = 0; i < HALVINGS_MAX && !*helped; i++, part *= 0.5) {
        kz_linear there;
        double share[KZ_UNKNOWNS];
        for (int k = 0; k < l->size; k++)
            share[k] = part * step[k];
        for (int side = 0; side < 2; side++)
            advance(next.x[side], m, side, share + side * n, n);
        if (is_too_cold(&next)) continue;
        kz_status status = kz_matching_evaluate(&next);
        if (status == KZ_ENOCONV || status == KZ_ETOL) continue; /* nearer it may do */
        KZ_TRY(status);
        kz_matching_linearise(&there, &next);
        *helped = norm(&there) < before || (i == 0 && draws_nearer(&next, &there, m, l));
        if (!*helped && before <= m->tol) break;
        if (*helped) *l = there;
    }
    if (*helped) *m = next;
    return KZ_OK;
}

/* Residuals that end the iteration.  Small currents may have digits below those of the tolerance,
 * which cost a step. */
static double small_residual(const kz_matching *m)
{
    double size = 0;
    for (int side = 0; side < 2; side++) {
        double current[2];
        kz_edge_currents(current, &m->edge[side]);
        for (int a = 0; a < m->junction->charges; a++)
            size = fmax(size, fabs(current[a]));
    }
    const kz_half *half = m->junction->half;
    bool digits = m->junction->charges == 1 || kz_half_keeps_digits(&half[0]) ||
                  kz_half_keeps_digits(&half[1]);
    return fmin(1, digits ? size : SMALL * size) * fmax(ENOUGH * m->tol, ROUNDING);
}

/* With a gap the spin current is continuous where an edge's magnetization jumps, but has no
 * derivative: it turns back there, and a root is none of a crossing. */
static kz_status check_smooth(const kz_matching *m)
{
    for (int side = 0; side < 2; side++)
        if (m->edge[side].on_jump)
            return KZ_FAIL(
                KZ_ENOCONV,
                "beta = %.15g, mu = %.15g: the magnetization of the %s edge jumps at the "
                "junction, a wall that stands still",
                m->x[side][0], -m->x[side][1], side ? "right" : "left");
    return KZ_OK;
}

kz_status kz_matching_newton(kz_matching *m, int *sign)
{
    kz_linear l;
    *sign = 1;
    KZ_TRY(kz_matching_evaluate(m));
    kz_matching_linearise(&l, m);
    for (int i = 0; i < STEPS_MAX; i++) {
        bool helped;
        if (l.sign < *sign) *sign = l.sign;
        if (norm(&l) <= small_residual(m)) return check_smooth(m);
        if (l.sign == 0) break;
        double before = norm(&l);
        KZ_TRY(line_search(&helped, m, &l));
        if (!helped && before <= 10 * m->tol) return check_smooth(m); /* rounding: err tells */
        if (!helped) break;
    }
    return KZ_FAIL(KZ_ENOCONV,
                   "R = %.15g, %.15g: Newton's method stops at beta = %.15g | %.15g, mu = %.15g | "
                   "%.15g, residual %.3g",
                   m->resistance[0], m->resistance[1], m->x[0][0], m->x[1][0], -m->x[0][1],
                   -m->x[1][1], norm(&l));
}
