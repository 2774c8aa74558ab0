/* Two charges.  For XX | XX the equations are the stationarity of a strictly convex function and
 * have one root; an XXZ half has no such function, and its map from edges to currents may fold. The
 * root that is wanted continues the one of perfect contact: it is followed in R, in one step where
 * Newton's method goes there with det K > 0 all the way, else in as many as it takes. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "junction/internal.h"
#include "junction/law.h"

/* Accuracy of currents on the way, and at perfect contact, from which all ways start. */
static const double WAY_TOL = 1e-7, CONTACT_TOL = 1e-9;

enum { LEAP_MAX = 60 };

/* Least step of the parameter s in [0, 1] that scales the resistances. */
static const double STEP_MIN = 1.0 / 512;

/* From this spin resistance on an edge beside a polarised reservoir is so polarised itself that its
 * currents go like e^{-|mu|}, to 1e-3 or so. */
static const double DILUTE = 1e6;

/* From here on Fourier's law leads to its limit R = inf. */
static const double NEAR_INFINITE = 1e3;

/* What Newton's method leaves in beta of an edge next to 0; relative, what that leaves in a current
 * that does not vanish with beta. */
static const double BETA_ROUNDING = 1e-16, FOLLOWS = 1e-13;

/* Where an edge counts as next to beta = 0, how often it is moved, by what share of itself at most,
 * and by what share it stands still. */
enum { HOLD_STEPS = 1200 };
static const double NEXT_TO_ZERO = 1e-2, STEP_SHARE = 0.9, STANDS = 1e-15;

/* -- exact values ---------------------------------------------------------------------------- */

/* Turning all spins leaves everything but mu and the spin current as it is: mu = 0. */
static void hold_unpolarised(kz_matching *m, bool apart)
{
    const kz_half *half = m->junction->half;
    if (kz_state_has_magnetization(&half[0].reservoir) ||
        kz_state_has_magnetization(&half[1].reservoir) || !apart)
        return;
    for (int side = 0; side < 2; side++) {
        m->x[side][1] = 0;
        m->exact[side][1] = true;
    }
}

/* beta = 0 by symmetry, where iterations would leave its rounding and 1/beta a huge number; and
 * mu = 0. */
static void hold_exact(kz_matching *m)
{
    const kz_junction *j = m->junction;
    const kz_half *half = j->half;
    double R = m->resistance[0];
    bool linear = j->law.kind == KZ_LAW_BETA, apart = j->cross == 0 || R == 0 || isinf(R);
    apart = apart || m->resistance[1] == 0 || isinf(m->resistance[1]);
    hold_unpolarised(m, apart);
    bool even[2] = {kz_half_is_even(&half[0]), kz_half_is_even(&half[1])};
    bool all = even[0] && even[1] && apart;
    all = all || (kz_halves_are_inverse(&half[0], &half[1]) && apart && (R == 0 || !linear));
    for (int side = 0; side < 2; side++) {
        bool alone = even[side] && isinf(R) && (linear || m->held < 0 || m->held == side);
        if (!all && !alone && m->held != side) continue;
        m->x[side][0] = 0;
        m->exact[side][0] = true;
    }
}

/* Both charges blocked, or equal reservoirs, both thermal: as they are up to the edges. */
static kz_status at_reservoirs(kz_matching *m)
{
    for (int side = 0; side < 2; side++) {
        const kz_state *s = &m->junction->half[side].reservoir;
        m->x[side][0] = s->beta;
        m->x[side][1] = -s->mu;
        m->exact[side][0] = m->exact[side][1] = true;
    }
    KZ_TRY(kz_matching_evaluate(m));
    for (int side = 0; side < 2; side++) /* equilibrium: nothing flows, by parity */
        m->edge[side].ray.energy_current = m->edge[side].ray.spin_current = 0;
    return KZ_OK;
}

static bool are_equal(const kz_state *a, const kz_state *b)
{
    return a->kind == KZ_STATE_THERMAL && b->kind == KZ_STATE_THERMAL && a->beta == b->beta &&
           a->mu == b->mu;
}

/* -- the way from perfect contact ------------------------------------------------------------ */

/* s in [0, 1]: from 0 to R in equal steps of ln(1 + R), for edges turn cold by powers of R; to R =
 * inf, where they are finite, in those of R/(1 + R).  What is there already stays. */
static double scaled(double from, double resistance, double s)
{
    if (s >= 1 || from == resistance) return resistance;
    return isinf(resistance) ? s / (1 - s) : expm1(s * log1p(resistance));
}

/* By Fourier's law both edges have the sign of beta that R_E = 0 has. */
static bool keeps_sign(const kz_matching *m, double start)
{
    if (m->junction->law.kind == KZ_LAW_BETA || m->resistance[0] == 0) return true;
    return m->x[0][0] * start >= 0 && m->x[1][0] * start >= 0;
}

/* m: the last root on the way to R. */
static kz_status no_way(const kz_matching *m, const double R[2], int sign)
{
    return KZ_FAIL(sign > 0 ? KZ_ENOCONV : KZ_ENOROOT,
                   "R = %.15g, %.15g: the branch of perfect contact %s beyond R = %.15g, %.15g, "
                   "beta = %.15g | %.15g, "
                   "mu = %.15g | %.15g",
                   R[0], R[1], sign > 0 ? "is lost" : "folds back", m->resistance[0],
                   m->resistance[1], m->x[0][0], m->x[1][0], -m->x[0][1], -m->x[1][1]);
}

static double size_of(double x[2][2])
{
    return fmax(fmax(fabs(x[0][0]), fabs(x[0][1])), fmax(fabs(x[1][0]), fabs(x[1][1])));
}

/* Whether a Newton step would change m by a small share: below WAY_TOL residuals tell little. */
static bool is_settled(const kz_matching *m)
{
    static const double SHARE = 0.1;
    kz_linear l;
    kz_matching_linearise(&l, m);
    return kz_matching_step_size(m, &l) <= SHARE;
}

/* Follows the root from m->x, at the resistances m has, to the resistances R. */
static kz_status follow(kz_matching *m, const double R[2])
{
    double s = 0, step = 1, tol = m->tol, start = m->x[0][0];
    const double from[2] = {m->resistance[0], m->resistance[1]};
    kz_matching last = *m;
    last.tol = fmax(tol, WAY_TOL);
    while (s < 1) {
        kz_matching next = last;
        next.reach = size_of(last.x);
        int sign = 1;
        double to = fmin(1, s + step);
        for (int a = 0; a < 2; a++)
            next.resistance[a] = scaled(from[a], R[a], to);
        kz_status status = kz_matching_newton(&next, &sign);
        if (status == KZ_ENOMEM || status == KZ_EINVAL) return status;
        if (status == KZ_OK && sign > 0 && keeps_sign(&next, start) && is_settled(&next)) {
            last = next;
            s = to;
            step *= 2;
        } else if ((step *= 0.5) < STEP_MIN) {
            return no_way(&last, R, status == KZ_OK ? sign : 1);
        }
    }
    *m = last;
    m->tol = tol;
    return KZ_OK;
}

/* The hot edge's beta by Fourier's law from the other and the current, to the digits of the
 * current. false where they are too few or where the current follows that beta. */
static bool set_by_law(kz_matching *m, int hot)
{
    const kz_junction *j = m->junction;
    double R = m->resistance[0], current[2];
    const kz_edge *edge = &m->edge[kz_junction_law_side(j)];
    kz_edge_currents(current, edge);
    kz_side cold = hot ? KZ_SIDE_LEFT : KZ_SIDE_RIGHT;
    bool clipped;
    double beta = kz_law_other_beta(&clipped, &j->law, cold, m->x[cold][0], current[0], R);
    double follows = m->edge[hot].response[0][0] * fabs(beta - m->x[hot][0]);
    if (!(beta * beta * R * edge->current_err[0] < BETA_ROUNDING)) return false;
    if (!(follows <= FOLLOWS * fabs(current[0]))) return false;
    if (beta * m->x[cold][0] > 0) m->x[hot][0] = beta; /* both edges have one sign */
    return true;
}

/* Newton's method ends by the residual, which leaves rounding of 1 in beta: R times as much in T =
 * 1/beta where Fourier's law holds an edge next to beta = 0.  There the law gives beta; or full
 * steps, good per beta, go on until that edge stands still. */
static kz_status hold_by_law(kz_matching *m)
{
    const kz_junction *j = m->junction;
    int hot = fabs(m->x[0][0]) < fabs(m->x[1][0]) ? 0 : 1;
    bool held = m->held >= 0 || m->exact[0][0] || m->exact[1][0];
    if (j->law.kind != KZ_LAW_FOURIER || held || isinf(m->resistance[0])) return KZ_OK;
    if (set_by_law(m, hot)) return kz_matching_evaluate(m);
    double last = 1;
    for (int i = 0; i < HOLD_STEPS && fabs(m->x[hot][0]) < NEXT_TO_ZERO; i++) {
        double step[KZ_UNKNOWNS];
        kz_linear l;
        kz_matching_linearise(&l, m);
        kz_linear_step(step, &l);
        double change = fabs(step[2 * hot] / m->x[hot][0]);
        bool halves = change > 0.1, nears = change < 0.5 * last; /* R beta^2 is looked for */
        if (!(change < STEP_SHARE) || !(halves || nears)) break;
        last = change;
        for (int k = 0; k < l.size; k++)
            m->x[k / 2][k % 2] += step[k];
        KZ_TRY(kz_matching_evaluate(m));
        if (change <= STANDS) break;
    }
    return KZ_OK;
}

static kz_status end_at(kz_matching *m, const double R[2])
{
    int sign;
    m->resistance[0] = R[0];
    m->resistance[1] = R[1];
    hold_exact(m);
    KZ_TRY(kz_matching_newton(m, &sign));
    if (sign <= 0) return no_way(m, R, sign);
    KZ_TRY(hold_by_law(m));
    hold_exact(m);
    return KZ_OK;
}

/* Fourier's law at R_E = inf: either an edge at T = inf carries the current, or none flows. */
static kz_status end_at_infinity(kz_matching *m, const double R[2])
{
    const double near[2] = {NEAR_INFINITE, R[1]};
    double start = m->x[0][0];
    KZ_TRY(follow(m, near));
    kz_matching hot = *m;
    hot.held = fabs(m->x[0][0]) < fabs(m->x[1][0]) ? 0 : 1;
    kz_status status = end_at(&hot, R);
    if (status == KZ_ENOMEM || status == KZ_EINVAL) return status;
    double current[2];
    kz_edge_currents(current, &hot.edge[1]);
    double change = hot.x[1][0] - hot.x[0][0];
    bool forward = current[0] * change >= -hot.edge[1].ray.err * fabs(change);
    if (status == KZ_OK && keeps_sign(&hot, start) && forward) {
        *m = hot;
        return KZ_OK;
    }
    KZ_TRY(kz_matching_check_blocked(&hot, true));
    KZ_TRY(end_at(m, R));
    return keeps_sign(m, start) ? KZ_OK : no_way(m, R, 1);
}

/* From the root at m's spin resistance to the neighbourhood of the one at a larger one: currents
 * fall like e^{-t} where all |mu| of polarised sides rise by t, so that
 *     difference of mu + t (one or two sides) = R e^{-t} J_M. */
static void leap(kz_matching *m, double resistance)
{
    const kz_half *half = m->junction->half;
    const int spin[2] = {kz_half_spin(&half[0]), kz_half_spin(&half[1])};
    double current[2], change = m->x[1][1] - m->x[0][1], t = 0, rate = 0;
    kz_edge_currents(current, &m->edge[1]);
    for (int side = 0; side < 2; side++)
        rate += spin[side] != 0;
    rate = copysign(rate, change);
    for (int i = 0; i < LEAP_MAX; i++) { /* concave in t, from the left */
        double ratio = (change + rate * t) / current[1];
        double step = (log(resistance) - t - log(ratio)) / (1 + rate / current[1] / ratio);
        t += step;
        if (fabs(step) < 1e-6) break;
    }
    for (int side = 0; side < 2; side++)
        m->x[side][1] -= spin[side] * t;
    m->resistance[1] = resistance;
}

/* From perfect contact to the resistances R. */
static kz_status find_from_contact(kz_matching *m, const double R[2])
{
    const kz_junction *j = m->junction;
    bool linear = j->law.kind == KZ_LAW_BETA;
    for (int side = 0; side < 2; side++)
        memcpy(m->x[side], j->contact, sizeof j->contact);
    hold_exact(m);
    m->resistance[0] = m->resistance[1] = 0;
    if (!linear && R[1] > 0) { /* R_E = 0 decides on the sign of beta */
        const double first[2] = {0, R[1]};
        KZ_TRY(follow(m, first));
    }
    if (!linear && isinf(R[0])) {
        if (!m->exact[0][0]) return end_at_infinity(m, R);
        m->held = 0; /* T = inf on both sides carries the current at any R */
        return end_at(m, R);
    }
    if (R[0] > 0 || R[1] > 0) KZ_TRY(follow(m, R));
    return end_at(m, R);
}

/* Whether a large spin resistance polarises an edge at its beta.  Between a polarised reservoir and
 * a ground state or ceiling it cools both instead, by a power of R. */
static bool leads_to_dilute(const kz_junction *j)
{
    bool polarised = false;
    for (int side = 0; side < 2; side++) {
        bool spin = kz_half_spin(&j->half[side]) != 0;
        if (!spin && j->half[side].reservoir.kind != KZ_STATE_THERMAL) return false;
        polarised = polarised || spin;
    }
    return polarised;
}

static kz_status find(kz_matching *m)
{
    const kz_junction *j = m->junction;
    const double R[2] = {m->resistance[0], m->resistance[1]};
    bool linear = j->law.kind == KZ_LAW_BETA;
    KZ_TRY(kz_matching_check_blocked(m, linear && isinf(R[0])));
    bool equal = are_equal(&j->half[0].reservoir, &j->half[1].reservoir);
    if (equal || (linear && isinf(R[0]) && isinf(R[1]))) return at_reservoirs(m);
    if (m->found) return end_at(m, R);
    bool far = leads_to_dilute(j) && R[1] > DILUTE && !isinf(R[1]);
    double part = far ? DILUTE / R[1] : 1; /* the energy's law keeps its balance, too */
    const double near[2] = {part * R[0], part * R[1]};
    KZ_TRY(find_from_contact(m, near));
    if (!far) return KZ_OK;
    leap(m, R[1]);
    return end_at(m, R);
}

/* Perfect contact from one start; its root must be stable. */
static kz_status contact_from(kz_matching *m, const double start[2])
{
    int sign;
    kz_linear at;
    for (int side = 0; side < 2; side++)
        memcpy(m->x[side], start, sizeof m->x[side]);
    m->tol = WAY_TOL;
    KZ_TRY(kz_matching_newton(m, &sign));
    m->tol = fmax(CONTACT_TOL, kz_junction_edge_tol(m->junction));
    KZ_TRY(kz_matching_newton(m, &sign));
    KZ_TRY(kz_matching_check_insulated(m));
    kz_matching_linearise(&at, m);
    if (at.sign > 0) return KZ_OK;
    return KZ_FAIL(KZ_ENOROOT, "perfect contact at beta = %.15g, mu = %.15g is unstable: det K < 0",
                   m->x[0][0], -m->x[0][1]);
}

kz_status kz_junction_contact(kz_junction *junction, const kz_edges *edges)
{
    /* X = 0 does but where A has a zero there, as for many strings against polarised reservoirs */
    const double starts[][2] = {{0, 0}, {-2, 0}, {2, 0}, {-1, 1}, {-1, -1}, {1, 1}, {1, -1}};
    enum { STARTS = sizeof starts / sizeof *starts };
    kz_matching m = {.junction = junction, .edges = *edges, .held = -1};
    if (kz_halves_share_infinity(&junction->half[0], &junction->half[1]))
        return KZ_FAIL(KZ_EINVAL, "both reservoirs are the same pure state: no current flows, and "
                                  "the edges would be at beta or mu = infinity");
    KZ_TRY(kz_junction_check_wall(junction));
    kz_status status = KZ_ENOCONV;
    for (int i = 0; i < STARTS && (status == KZ_ENOCONV || status == KZ_ENOROOT); i++)
        status = contact_from(&m, starts[i]);
    KZ_TRY(status);
    hold_exact(&m);
    for (int b = 0; b < 2; b++)
        junction->contact[b] = 0.5 * (m.x[0][b] + m.x[1][b]);
    return KZ_OK;
}

kz_status kz_junction_solve_pair(kz_junction_point *out, kz_junction *junction, double resistance,
                                 double spin_resistance)
{
    if (!(resistance >= 0) || !(spin_resistance >= 0))
        return KZ_FAIL(KZ_EINVAL, "resistances %.15g, %.15g: accepted 0 ... inf", resistance,
                       spin_resistance);
    if (junction->charges != 2)
        return KZ_FAIL(KZ_EINVAL, "a junction for energy alone has one resistance");
    kz_matching m = {.junction = junction, .resistance = {resistance, spin_resistance}, .held = -1};
    kz_junction_point point;
    KZ_TRY(kz_edges_open(&m.edges, junction));
    kz_status status = kz_matching_refine(&point, &m, find);
    kz_edges_close(&m.edges);
    if (status != KZ_OK && status != KZ_ETOL) return status;
    *out = point;
    return status;
}
