/* R > 0.  The colder edge (the one whose |beta| grows with R) is the unknown u: its current J(u)
 * and the law give the other edge explicitly and without poles, and h(u) = J_R - J_L changes sign
 * once between u = beta_0 and the beta of u's own reservoir, where J(u) = 0.  beta_- and beta_+
 * keep the sign of beta_0, so that the spurious roots of opposite signs, where heat would flow from
 * cold to hot, are not on the path.  Both ends are known beforehand, and so is the sign of J
 * between them: nothing hangs on the sign of a current that is but rounding. */
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
    KZ_TRY(edge(&m->ray[m->unknown], m, m->unknown, beta));
    m->beta[m->unknown] = beta;
    /* a current against the direction is rounding of 0 */
    double current = m->ray[m->unknown].energy_current;
    if (current * junction->direction < 0) current = 0;
    m->beta[other] =
        kz_law_other_beta(&m->clipped, &junction->law, m->unknown, beta, current, m->resistance);
    KZ_TRY(edge(&m->ray[other], m, other, m->beta[other]));
    *value = m->ray[KZ_SIDE_RIGHT].energy_current - m->ray[KZ_SIDE_LEFT].energy_current;
    return KZ_OK;
}

/* The unknown's side: Fourier's law in T keeps the sign of beta and cools the edge whose |beta|
 * grows; the law in beta always raises beta_+ over beta_-. */
static kz_side colder_side(const kz_matching *m)
{
    const kz_junction *junction = m->junction;
    bool by_beta = junction->law.kind == KZ_LAW_BETA;
    double sign = by_beta ? junction->direction : junction->direction * m->common.beta;
    return sign > 0 ? KZ_SIDE_RIGHT : KZ_SIDE_LEFT;
}

static kz_status table_range_error(const kz_matching *m)
{
    const kz_law *law = &m->junction->law;
    return KZ_FAIL(KZ_EDOMAIN,
                   "R = %g needs the conductivity outside its table, T = %g ... %g (the junction "
                   "starts at T = %g for R = 0)",
                   m->resistance, law->temperature[0], law->temperature[law->count - 1],
                   1 / m->common.beta);
}

static kz_status no_root(const kz_matching *m, double start, double end)
{
    char what[120];
    if (m->junction->law.kind == KZ_LAW_TABLE) return table_range_error(m);
    (void)snprintf(what, sizeof what, "no root at R = %g between beta = %g and %g", m->resistance,
                   kz_half_beta(start), kz_half_beta(end));
    return kz_scan_no_root(&m->junction->scan, what);
}

static kz_status edges_at(kz_matching *m, double minus, double plus, bool exact)
{
    m->exact[KZ_SIDE_LEFT] = m->exact[KZ_SIDE_RIGHT] = exact;
    m->beta[KZ_SIDE_LEFT] = minus;
    m->beta[KZ_SIDE_RIGHT] = plus;
    for (int side = 0; side < 2; side++)
        KZ_TRY(edge(&m->ray[side], m, (kz_side)side, m->beta[side]));
    return KZ_OK;
}

/* At R = inf both currents vanish by the law in beta, and by Fourier's law when T = inf at the hot
 * edge would carry the opposite current or none, which its reservoir tells: J_L rises through 0 at
 * that beta, J_R falls. */
static bool is_insulating(const kz_matching *m)
{
    const kz_junction *junction = m->junction;
    if (!isinf(m->resistance)) return false;
    if (junction->law.kind == KZ_LAW_BETA) return true;
    kz_side hot = opposite(colder_side(m));
    double at_infinite_T =
        hot == KZ_SIDE_LEFT ? -junction->reservoir[hot] : junction->reservoir[hot];
    return at_infinite_T * junction->direction <= 0;
}

static kz_status match(kz_matching *m)
{
    const kz_junction *junction = m->junction;
    const kz_law *law = &junction->law;
    m->unknown = colder_side(m);
    m->exact[m->unknown] = false;
    m->exact[opposite(m->unknown)] = isinf(m->resistance); /* T = inf */
    double start = kz_half_scale(m->common.beta), end, x, rest;
    end = kz_half_scale(junction->reservoir[m->unknown]);
    if (law->kind == KZ_LAW_TABLE) {
        double low, high;
        kz_law_range(&low, &high, law);
        if (!(m->common.beta >= low && m->common.beta <= high) || isinf(m->resistance))
            return table_range_error(m);
        end = fmin(end, kz_half_scale(high));
    }
    kz_status status = kz_root_find(&x, mismatch, m, fmin(start, end), fmax(start, end));
    if (status == KZ_ENOROOT) {
        /* R is so small that the error of beta_0 decides the sign at the start */
        x = start;
        KZ_TRY(mismatch(&rest, x, m));
        if (fabs(rest) > m->common.err + m->ray[0].err + m->ray[1].err)
            return no_root(m, start, end);
        status = KZ_OK;
    }
    KZ_TRY(status);
    KZ_TRY(mismatch(&rest, x, m));
    return m->clipped ? table_range_error(m) : KZ_OK;
}

/* The edges for m's resistance. */
static kz_status find_edges(kz_matching *m)
{
    const kz_junction *junction = m->junction;
    double common = m->common.beta;
    /* in equilibrium, or at infinite temperature on both sides, R changes nothing */
    bool degenerate =
        junction->direction == 0 || (common == 0 && junction->law.kind != KZ_LAW_BETA);
    if (m->resistance == 0 || degenerate)
        return edges_at(m, common, common, junction->direction == 0);
    if (is_insulating(m)) return edges_at(m, junction->reservoir[0], junction->reservoir[1], true);
    return match(m);
}

static double temperature(double beta)
{
    if (isinf(beta)) return 0;
    return beta == 0 ? INFINITY : 1 / beta;
}

static kz_status solve_at(kz_junction_point *out, kz_matching *m)
{
    KZ_TRY(find_edges(m));
    double minus = m->beta[KZ_SIDE_LEFT], plus = m->beta[KZ_SIDE_RIGHT];
    *out = (kz_junction_point){
        .resistance = m->resistance,
        .t_minus = temperature(minus),
        .t_plus = temperature(plus),
        .beta_minus = minus,
        .beta_plus = plus,
        .energy_current = 0.5 * (m->ray[0].energy_current + m->ray[1].energy_current),
        .energy_left = m->ray[KZ_SIDE_LEFT].energy,
        .energy_right = m->ray[KZ_SIDE_RIGHT].energy,
    };
    KZ_TRY(kz_matching_errors(out, m));
    if (out->energy_current * (plus - minus) < 0 && fabs(out->energy_current) > out->err)
        return KZ_FAIL(KZ_ENOROOT, "root at beta = %g | %g would carry heat from cold to hot",
                       minus, plus);
    return KZ_OK;
}

/* Of the tolerance of rays, what the errors of the temperatures may take. */
static const double RAYS_SHARE = 0.25;

kz_status kz_junction_solve(kz_junction_point *out, kz_junction *junction, double resistance)
{
    enum { TRIES = 3 };
    if (!(resistance >= 0))
        return KZ_FAIL(KZ_EINVAL, "resistance %g: accepted 0 ... inf", resistance);
    double tol = junction->options.tol;
    kz_matching m = {.junction = junction,
                     .resistance = resistance,
                     .tol = kz_junction_edge_tol(junction),
                     .common = junction->common};
    kz_junction_point point;
    for (int i = 0; i < TRIES; i++) {
        KZ_TRY(solve_at(&point, &m));
        double influence =
            fmax(kz_edge_influence(&point, KZ_SIDE_LEFT), kz_edge_influence(&point, KZ_SIDE_RIGHT));
        double excess = fmax(point.err, influence / RAYS_SHARE) / tol;
        if (excess <= 1 || m.tol <= 2e-13 || i + 1 == TRIES) break;
        /* temperatures are worse conditioned than currents: ask for better currents */
        m.tol = fmax(2e-13, 0.3 * m.tol / excess);
        KZ_TRY(kz_junction_match_common(&m.common, junction, m.tol));
    }
    *out = point;
    if (point.err <= tol) return KZ_OK;
    return KZ_FAIL(KZ_ETOL, "R = %g: error %.3g, wanted %.3g", resistance, point.err, tol);
}
