/* One charge, R > 0.  The colder edge (the one whose |beta| grows with R) is the unknown u: its
 * current J(u) and the law give the other edge explicitly and without poles, and h(u) = J_R - J_L
 * changes sign once between u = beta_0 and the beta of u's own reservoir, where J(u) = 0.  beta_-
 * and beta_+ keep the sign of beta_0, so that the spurious roots of opposite signs, where heat
 * would flow from cold to hot, are not on the path.  Both ends are known beforehand, and so is the
 * sign of J between them: nothing hangs on the sign of a current that is but rounding.
 *
 * At large R, where u alone leaves the other edge to R times a rounding error, Newton's method in
 * both edges (match.c) mends what is left of the mismatch. */
#include <math.h>
#include <stdio.h>

#include "core/error.h"
#include "core/root.h"
#include "junction/internal.h"
#include "junction/law.h"

static kz_status edge(kz_ray *ray, const kz_matching *m, kz_side side, double beta)
{
    return kz_half_edge(ray, &m->junction->half[side], beta, m->tol);
}

static kz_side opposite(kz_side side)
{
    return side == KZ_SIDE_LEFT ? KZ_SIDE_RIGHT : KZ_SIDE_LEFT;
}

/* Both edges and both rays for the unknown's scale x; *value = h. */
static kz_status mismatch(double *value, double x, void *context)
{
    kz_matching *m = context;
    const kz_junction *junction = m->junction;
    kz_side other = opposite(m->unknown);
    double beta = kz_half_beta_at(&junction->half[m->unknown], x);
    KZ_TRY(edge(&m->edge[m->unknown].ray, m, m->unknown, beta));
    m->x[m->unknown][0] = beta;
    /* a current against the direction is rounding of 0 */
    double current = m->edge[m->unknown].ray.energy_current;
    if (current * junction->direction < 0) current = 0;
    m->x[other][0] =
        kz_law_other_beta(&m->clipped, &junction->law, m->unknown, beta, current, m->resistance[0]);
    KZ_TRY(edge(&m->edge[other].ray, m, other, m->x[other][0]));
    *value = m->edge[1].ray.energy_current - m->edge[0].ray.energy_current;
    return KZ_OK;
}

/* The unknown's side: Fourier's law in T keeps the sign of beta and cools the edge whose |beta|
 * grows; the law in beta always raises beta_+ over beta_-. */
static kz_side colder_side(const kz_junction *junction)
{
    bool by_beta = junction->law.kind == KZ_LAW_BETA;
    double sign = by_beta ? junction->direction : junction->direction * junction->common.beta;
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
        1 / m->common.beta);
}

static kz_status no_root(const kz_matching *m, double start, double end)
{
    char what[120];
    if (m->junction->law.kind == KZ_LAW_TABLE) return table_range_error(m);
    (void)snprintf(what, sizeof what, "no root at R = %.15g between beta = %.15g and %.15g",
                   m->resistance[0], kz_half_beta(start), kz_half_beta(end));
    return kz_scan_no_root(&m->junction->scan, what);
}

static kz_status edges_at(kz_matching *m, double minus, double plus, bool exact)
{
    m->exact[KZ_SIDE_LEFT][0] = m->exact[KZ_SIDE_RIGHT][0] = exact;
    m->x[KZ_SIDE_LEFT][0] = minus;
    m->x[KZ_SIDE_RIGHT][0] = plus;
    for (int side = 0; side < 2; side++) {
        m->edge[side] = (kz_edge){.response_err = 0};
        KZ_TRY(edge(&m->edge[side].ray, m, (kz_side)side, m->x[side][0]));
        m->edge[side].energy_err = m->edge[side].current_err = m->edge[side].ray.err;
    }
    return KZ_OK;
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

static kz_status match(kz_matching *m)
{
    const kz_junction *junction = m->junction;
    const kz_law *law = &junction->law;
    m->unknown = colder_side(junction);
    if (isinf(m->resistance[0])) { /* T = inf at the hot edge */
        m->held = opposite(m->unknown);
        m->exact[m->held][0] = true;
    }
    double start = kz_half_scale(m->common.beta), end, x, rest;
    end = kz_half_scale(junction->reservoir[m->unknown]);
    if (law->kind == KZ_LAW_TABLE) {
        double low, high;
        kz_law_range(&low, &high, law);
        if (!(m->common.beta >= low && m->common.beta <= high) || isinf(m->resistance[0]))
            return table_range_error(m);
        end = fmin(end, kz_half_scale(high));
    }
    kz_status status = kz_root_find(&x, mismatch, m, fmin(start, end), fmax(start, end));
    if (status == KZ_ENOROOT) {
        /* R is so small that the error of beta_0 decides the sign at the start */
        x = start;
        KZ_TRY(mismatch(&rest, x, m));
        if (fabs(rest) > m->common.err + m->edge[0].ray.err + m->edge[1].ray.err)
            return no_root(m, start, end);
        status = KZ_OK;
    }
    KZ_TRY(status);
    KZ_TRY(mismatch(&rest, x, m));
    return m->clipped ? table_range_error(m) : KZ_OK;
}

/* From here on one unknown leaves the other edge with R times a rounding error. */
static const double LARGE_RESISTANCE = 1e5;

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
    bool between = change * full > 0 && fabs(change) <= fabs(full) * (1 + 1e-12);
    *done = status == KZ_OK && sign > 0 && between;
    if (*done) *m = near;
    return KZ_OK;
}

/* The edges for m's resistance, to the digits of one unknown. */
static kz_status find_edges(kz_matching *m, bool *exact)
{
    const kz_junction *junction = m->junction;
    double common = m->common.beta;
    /* in equilibrium, or at infinite temperature on both sides, R changes nothing */
    bool linear = junction->law.kind == KZ_LAW_BETA;
    bool infinite = common == 0 && kz_halves_are_inverse(&junction->half[0], &junction->half[1]);
    bool equilibrium = junction->direction == 0;
    *exact = equilibrium || (infinite && (m->resistance[0] == 0 || !linear));
    if (m->resistance[0] == 0 || *exact || (common == 0 && !linear))
        return edges_at(m, common, common, *exact);
    *exact = is_insulating(m);
    if (*exact) return edges_at(m, junction->reservoir[0], junction->reservoir[1], true);
    bool done;
    KZ_TRY(match_near_insulator(m, &done));
    return done ? KZ_OK : match(m);
}

/* Responses of both edges; and, but for a table, whose edges follow from one another, Newton's
 * method. */
static kz_status polish(kz_matching *m)
{
    kz_matching found = *m;
    int sign;
    if (m->junction->law.kind == KZ_LAW_TABLE && m->resistance[0] > 0)
        return kz_matching_evaluate(m);
    kz_status status = kz_matching_newton(m, &sign);
    if (status != KZ_ENOCONV) return status;
    *m = found;
    return kz_matching_evaluate(m);
}

static kz_status find(kz_matching *m)
{
    const kz_junction *junction = m->junction;
    bool exact;
    m->common = junction->common;
    if (m->tol != kz_junction_edge_tol(junction))
        KZ_TRY(kz_junction_match_common(&m->common, junction, m->tol));
    KZ_TRY(find_edges(m, &exact));
    return exact ? KZ_OK : polish(m);
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
    kz_status status = kz_weak_solve(out, &weak, junction, resistance);
    if (weak || status != KZ_OK) return status;
    status = kz_matching_refine(&point, &m, find);
    if (status != KZ_OK && status != KZ_ETOL) return status;
    double change = point.beta_plus - point.beta_minus;
    if (point.energy_current * change < 0 && fabs(point.energy_current) > point.err)
        return KZ_FAIL(KZ_ENOROOT, "root at beta = %.15g | %.15g would carry heat from cold to hot",
                       point.beta_minus, point.beta_plus);
    *out = point;
    return status;
}
