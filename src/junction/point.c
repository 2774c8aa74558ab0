/* From solved equations to the numbers of a point, as accurate as they were asked for. */
#include <math.h>

#include "core/error.h"
#include "junction/internal.h"

/* Least accuracy that is asked of the currents.  With spin it is that of the magnetization, whose
 * bound, P times as large, is in no edge below 4e-14 P: energies are then at rounding. */
static const double CURRENT_TOL_MIN = 1e-14, SPIN_TOL_MIN = 4e-14;

/* In place of P where |Delta| > 1. */
static const double STRINGS_OF_GAP = 10;

/* Of the tolerance of rays, what the errors of the edges may take. */
static const double RAYS_SHARE = 0.25;

static double temperature(double beta)
{
    if (isinf(beta)) return 0;
    return beta == 0 ? INFINITY : 1 / beta;
}

/* From R = 10 on the law holds the current better than either half. */
static const double LAW_RESISTANCE = 10;

/* The law's own current where it has more digits than the halves', else what both carry. */
static double common_current(const kz_matching *m, int charge)
{
    double left[2], right[2], R = m->resistance[charge];
    const kz_junction *j = m->junction;
    kz_edge_currents(left, &m->edge[0]);
    kz_edge_currents(right, &m->edge[1]);
    double minus = m->x[0][charge], plus = m->x[1][charge];
    bool linear = charge == 1 || j->law.kind == KZ_LAW_BETA;
    if (linear && j->charges == 2 && isinf(R)) return 0;
    bool by_law = R >= LAW_RESISTANCE && isfinite(R) && isfinite(plus - minus) && j->cross == 0;
    if (by_law && linear) return (plus - minus) / R;
    if (by_law && j->law.kind == KZ_LAW_FOURIER && fmin(fabs(minus), fabs(plus)) * R > 1)
        return (plus - minus) / minus / plus / R;
    return 0.5 * (left[charge] + right[charge]);
}

static double entropy_production(const kz_matching *m, const double current[2])
{
    double sum = 0;
    for (int a = 0; a < m->junction->charges; a++)
        if (current[a] != 0) sum += current[a] * (m->x[1][a] - m->x[0][a]);
    return sum;
}

kz_status kz_matching_point(kz_junction_point *out, const kz_matching *m)
{
    double minus = m->x[KZ_SIDE_LEFT][0], plus = m->x[KZ_SIDE_RIGHT][0], current[2] = {0, 0};
    const kz_ray *left = &m->edge[KZ_SIDE_LEFT].ray, *right = &m->edge[KZ_SIDE_RIGHT].ray;
    bool both = m->junction->charges == 2;
    for (int a = 0; a < m->junction->charges; a++)
        current[a] = common_current(m, a);
    *out = (kz_junction_point){
        .resistance = m->resistance[0],
        .t_minus = temperature(minus),
        .t_plus = temperature(plus),
        .beta_minus = minus,
        .beta_plus = plus,
        .energy_current = current[0],
        .energy_left = left->energy,
        .energy_right = right->energy,
        .spin_resistance = m->resistance[1],
        .mu_minus = both ? 0 - m->x[KZ_SIDE_LEFT][1] : 0, /* no -0 */
        .mu_plus = both ? 0 - m->x[KZ_SIDE_RIGHT][1] : 0,
        .spin_current = current[1],
        .magnetization_left = both ? left->magnetization : 0,
        .magnetization_right = both ? right->magnetization : 0,
        .entropy_production = entropy_production(m, current),
    };
    return kz_matching_errors(out, m);
}

static double least_tol(const kz_junction *junction)
{
    if (junction->charges == 1) return CURRENT_TOL_MIN;
    double most = 2;
    for (int side = 0; side < 2; side++) {
        kz_chain chain = junction->half[side].chain;
        if (!kz_chain_is_free(chain))
            most = fmax(most, chain.kind == KZ_CHAIN_AXIAL ? STRINGS_OF_GAP : chain.P);
    }
    return SPIN_TOL_MIN * most;
}

kz_status kz_matching_refine(kz_junction_point *out, kz_matching *m,
                             kz_status (*find)(kz_matching *m))
{
    enum { TRIES = 3 };
    double tol = m->junction->options.tol, current_tol = kz_junction_edge_tol(m->junction);
    double least = least_tol(m->junction);
    kz_junction_point point = {.err = INFINITY};
    for (int i = 0; i < TRIES; i++) {
        kz_junction_point next;
        m->tol = current_tol;
        KZ_TRY(find(m));
        m->found = true;
        KZ_TRY(kz_matching_point(&next, m));
        if (i == 0 || next.err < point.err) point = next;
        double influence =
            fmax(kz_edge_influence(&next, KZ_SIDE_LEFT), kz_edge_influence(&next, KZ_SIDE_RIGHT));
        double excess = fmax(next.err, influence / RAYS_SHARE) / tol;
        if (excess <= 1 || current_tol <= least) break;
        /* where the currents miss their tolerance, rounding is in the way */
        if (fmax(m->edge[0].ray.err, m->edge[1].ray.err) > current_tol) break;
        /* edges are worse conditioned than currents: ask for better currents */
        current_tol = fmax(least, 0.3 * current_tol / excess);
    }
    *out = point;
    if (point.err <= tol) return KZ_OK;
    return KZ_FAIL(KZ_ETOL, "R = %.15g: error %.3g, wanted %.3g", m->resistance[0], point.err, tol);
}
