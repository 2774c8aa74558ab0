/* One charge, R > 0.  The colder edge (the one whose |beta| grows with R) is the unknown u: its
 * current J(u) and the law give the other edge explicitly and without poles, and
 *     h(u) = J_R - J_L,   dh/du = -A_R dbeta_+/du - A_L dbeta_-/du < 0
 * falls from u = beta_0 or the beta of u's own reservoir, where J(u) = 0, to the other of the two.
 * beta_- and beta_+ keep the sign of beta_0, so that the spurious roots of opposite signs, where
 * heat would flow from cold to hot, are not on the path.  Both ends are known beforehand, and so is
 * the sign of J between them: nothing hangs on the sign of a current that is but rounding.
 *
 * The bracket gives a start, from currents no better than it needs.  Newton's method in both edges
 * (match.c) finishes, also at large R, where u alone leaves the other edge to R times a rounding
 * error. */
#include <math.h>
#include <stdio.h>

#include "core/error.h"
#include "core/root.h"
#include "junction/internal.h"
#include "junction/law.h"

static const double LARGE_RESISTANCE =
                        1e5, /* one unknown leaves the other edge with R times a rounding error */
    MISSED = 10,             /* times what h is known to: there is no root where it is left over */
    BEYOND = 1e-12;          /* of the change between the reservoirs: rounding at R = inf */

static kz_side opposite(kz_side side)
{
    return side == KZ_SIDE_LEFT ? KZ_SIDE_RIGHT : KZ_SIDE_LEFT;
}

static kz_status edge(kz_edge *out, const kz_matching *m, kz_side side, double beta, double tol)
{
    const double x[2] = {beta, 0};
    return kz_half_solve(out, &m->junction->half[side], m->edges.side[side], x, 1, tol);
}

/* The other edge for u's, by the law. */
static double follow_law(kz_matching *m, double current)
{
    /* a current against the direction is rounding of 0 */
    if (current * m->junction->direction < 0) current = 0;
    return kz_law_other_beta(&m->clipped, &m->junction->law, m->unknown, m->x[m->unknown][0],
                             current, m->resistance[0]);
}

/* h, with both edges of m, for the unknown's scale x. */
static kz_status mismatch(kz_root_value *out, double x, double tol, void *context)
{
    kz_matching *m = context;
    kz_side u = m->unknown, o = opposite(u);
    double *beta = &m->x[u][0], *other = &m->x[o][0], width = kz_half_width(x);
    *beta = kz_half_beta_at(&m->junction->half[u], x);
    KZ_TRY(edge(&m->edge[u], m, u, *beta, tol));
    *other = follow_law(m, m->edge[u].ray.energy_current);
    KZ_TRY(edge(&m->edge[o], m, o, *other, tol));
    double by_beta, by_current;
    kz_law_other_slopes(&by_beta, &by_current, &m->junction->law, u, *beta, *other,
                        m->resistance[0]);
    if (m->clipped) by_beta = by_current = 0;
    double mine = m->edge[u].response[0][0], theirs = m->edge[o].response[0][0];
    double moved = by_beta + by_current * (u == KZ_SIDE_LEFT ? mine : -mine);
    *out = (kz_root_value){
        .value = m->edge[1].ray.energy_current - m->edge[0].ray.energy_current,
        .slope = -(mine + theirs * moved) / (width * width),
        .err =
            (1 + fabs(theirs * by_current)) * m->edge[u].current_err[0] + m->edge[o].current_err[0],
        .scale = width,
    };
    return KZ_OK;
}

/* The unknown's side: Fourier's law in T keeps the sign of beta and cools the edge whose |beta|
 * grows; the law in beta always raises beta_+ over beta_-. */
static kz_side colder_side(const kz_junction *junction)
{
    bool by_beta = junction->law.kind == KZ_LAW_BETA;
    double sign = by_beta ? junction->direction : junction->direction * junction->common_beta;
    return sign > 0 ? KZ_SIDE_RIGHT : KZ_SIDE_LEFT;
}

static kz_status table_range_error(const kz_matching *m)
{
    const kz_law *law = &m->junction->law;
    return KZ_FAIL(
        KZ_EDOMAIN,
        "R = %.15g needs the conductivity outside its table, T = %.15g ... %.15g (the junction "
        "starts at T = %.15g for R = 0)",
        m->resistance[0], law->temperature[0], law->temperature[law->count - 1],
        1 / m->junction->common_beta);
}

static kz_status no_root(const kz_matching *m, const kz_root_problem *between)
{
    char what[120];
    if (m->junction->law.kind == KZ_LAW_TABLE) return table_range_error(m);
    (void)snprintf(what, sizeof what, "no root at R = %.15g between beta = %.15g and %.15g",
                   m->resistance[0], kz_half_beta(between->low), kz_half_beta(between->high));
    return kz_junction_no_root(m->junction, what);
}

static kz_status edges_at(kz_matching *m, double minus, double plus, bool exact)
{
    m->exact[KZ_SIDE_LEFT][0] = m->exact[KZ_SIDE_RIGHT][0] = exact;
    m->x[KZ_SIDE_LEFT][0] = minus;
    m->x[KZ_SIDE_RIGHT][0] = plus;
    return kz_matching_evaluate(m);
}

/* At R = inf both currents vanish by the law in beta, and by Fourier's law when T = inf at the hot
 * edge would carry the opposite current or none, which its reservoir tells: J_L rises through 0 at
 * that beta, J_R falls. */
bool kz_junction_limit_insulates(const kz_junction *junction)
{
    if (junction->law.kind == KZ_LAW_BETA) return true;
    kz_side hot = opposite(colder_side(junction));
    double at_infinite_T =
        hot == KZ_SIDE_LEFT ? -junction->reservoir[hot] : junction->reservoir[hot];
    return at_infinite_T * junction->direction <= 0;
}

static bool is_insulating(const kz_matching *m)
{
    return isinf(m->resistance[0]) && kz_junction_limit_insulates(m->junction);
}

/* The bracket of the unknown. */
static kz_status bracket(kz_root_problem *out, kz_matching *m)
{
    const kz_junction *junction = m->junction;
    double start = kz_half_scale(junction->common_beta);
    double end = kz_half_scale(junction->reservoir[m->unknown]);
    *out = (kz_root_problem){fmin(start, end), fmax(start, end), .sign_high = -1, .start = start};
    if (junction->law.kind != KZ_LAW_TABLE) return KZ_OK;
    double low, high;
    kz_law_range(&low, &high, &junction->law);
    bool inside = junction->common_beta >= low && junction->common_beta <= high;
    if (!inside || isinf(m->resistance[0])) return table_range_error(m);
    if (kz_half_scale(high) >= out->high) return KZ_OK;
    kz_root_value last; /* of the table: no root if h does not change its sign before */
    out->high = kz_half_scale(high);
    KZ_TRY(mismatch(&last, out->high, m->tol, m));
    return last.value > last.err ? table_range_error(m) : KZ_OK;
}

/* m->x and m->edge at the root; tol_first, step: of kz_root_problem. */
static kz_status match(kz_matching *m, double tol_first, double step)
{
    kz_root_problem problem;
    kz_root_value last;
    double x;
    m->unknown = colder_side(m->junction);
    if (isinf(m->resistance[0])) { /* T = inf at the hot edge */
        m->held = (int)opposite(m->unknown);
        m->exact[m->held][0] = true;
    }
    KZ_TRY(bracket(&problem, m));
    problem.tol_first = tol_first;
    problem.tol = m->tol;
    problem.step = step;
    KZ_TRY(kz_root_newton(&x, &last, mismatch, m, &problem));
    KZ_TRY(mismatch(&last, x, m->tol, m));
    if (m->clipped) return table_range_error(m);
    bool missed = step == kz_last_step && fabs(last.value) > MISSED * (last.err + m->tol);
    return missed ? no_root(m, &problem) : KZ_OK;
}

/* Where R = inf insulates, with edges at finite temperature, a large R is next to it: Newton's
 * method goes there.  *done is false where this is not so. */
static kz_status match_near_insulator(kz_matching *m, bool *done)
{
    const double *own = m->junction->reservoir;
    kz_matching near = *m, limit = *m;
    int sign;
    limit.resistance[0] = INFINITY;
    *done = false;
    bool finite = isfinite(own[0]) && isfinite(own[1]);
    if (m->junction->law.kind == KZ_LAW_TABLE || !(m->resistance[0] >= LARGE_RESISTANCE) ||
        !finite || !is_insulating(&limit))
        return KZ_OK;
    for (int side = 0; side < 2; side++)
        near.x[side][0] = own[side];
    kz_status status = kz_matching_newton(&near, &sign);
    if (status != KZ_OK && status != KZ_ENOCONV) return status;
    double change = near.x[1][0] - near.x[0][0], full = own[1] - own[0];
    bool between = change * full > 0 && fabs(change) <= fabs(full) * (1 + BEYOND);
    *done = status == KZ_OK && sign > 0 && between;
    if (*done) *m = near;
    return KZ_OK;
}

static bool follows_a_table(const kz_matching *m)
{
    return m->junction->law.kind == KZ_LAW_TABLE && m->resistance[0] > 0;
}

/* The edges for m's resistance: *exact, or near the root. */
static kz_status find_edges(kz_matching *m, bool *exact)
{
    const kz_junction *junction = m->junction;
    double common = junction->common_beta;
    /* in equilibrium, or at infinite temperature on both sides, R changes nothing */
    bool linear = junction->law.kind == KZ_LAW_BETA, done;
    bool infinite = common == 0 && kz_halves_are_inverse(&junction->half[0], &junction->half[1]);
    bool equilibrium = junction->direction == 0;
    *exact = equilibrium || (infinite && (m->resistance[0] == 0 || !linear));
    if (*exact) return edges_at(m, common, common, true);
    *exact = !(common == 0 && !linear) && is_insulating(m);
    if (*exact) return edges_at(m, junction->reservoir[0], junction->reservoir[1], true);
    if (follows_a_table(m)) return match(m, kz_first_tol, kz_last_step);
    if (m->found) return KZ_OK;
    if (m->resistance[0] == 0 || (common == 0 && !linear))
        return edges_at(m, common, common, false);
    KZ_TRY(match_near_insulator(m, &done));
    return done ? KZ_OK : match(m, kz_first_tol, kz_start_step);
}

/* The root without Newton's method in both edges, as accurately as one unknown permits. */
static kz_status find_alone(kz_matching *m)
{
    double common;
    if (m->resistance[0] > 0) return match(m, m->tol, kz_last_step);
    KZ_TRY(kz_junction_match_common(&common, m->junction, &m->edges, m->tol, kz_last_step));
    return edges_at(m, common, common, false);
}

static kz_status find(kz_matching *m)
{
    bool exact;
    int sign;
    KZ_TRY(find_edges(m, &exact));
    /* by a table the edges follow from one another */
    if (exact || follows_a_table(m)) return KZ_OK;
    kz_status status = kz_matching_newton(m, &sign);
    if (status == KZ_ENOCONV) return find_alone(m);
    if (m->held >= 0) m->x[m->held][0] = 0; /* the method leaves rounding there */
    return status;
}

kz_status kz_junction_solve(kz_junction_point *out, kz_junction *junction, double resistance)
{
    if (!(resistance >= 0))
        return KZ_FAIL(KZ_EINVAL, "resistance %.15g: accepted 0 ... inf", resistance);
    if (junction->charges != 1)
        return KZ_FAIL(KZ_EINVAL, "two charges need two resistances: kz_junction_solve_pair");
    kz_matching m = {.junction = junction, .resistance = {resistance, 0}, .held = -1};
    kz_junction_point point;
    bool weak;
    KZ_TRY(kz_edges_open(&m.edges, junction));
    kz_status status = kz_weak_solve(&point, &weak, junction, &m.edges, resistance);
    if (status == KZ_OK && !weak) status = kz_matching_refine(&point, &m, find);
    kz_edges_close(&m.edges);
    if (status != KZ_OK && status != KZ_ETOL) return status;
    double change = point.beta_plus - point.beta_minus;
    if (point.energy_current * change < 0 && fabs(point.energy_current) > point.err)
        return KZ_FAIL(KZ_ENOROOT, "root at beta = %.15g | %.15g would carry heat from cold to hot",
                       point.beta_minus, point.beta_plus);
    *out = point;
    return status;
}
