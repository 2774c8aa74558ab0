/* Inversion of one point on true states.
 *
 * Phi(beta, mu) = ln Z + beta e - mu m is strictly convex and its minimum is the answer; gradient
 * and Hessian come exactly with each state.  Newton's method, damped by a line search on the
 * gradient along the step, runs on one grid in rapidity; a last step on a finer grid corrects what
 * the first one's error did.  That correction is the error estimate: what is left is smaller, since
 * the grid's error falls exponentially and Newton's quadratically.  Refinement goes on until it is
 * within the tolerance or at rounding.
 *
 * The way from afar is gone on states of few digits, which cost a fifth.  It begins at infinite
 * temperature, or where the caller's table says, and never where another point ended: a point's
 * digits do not depend on those before it. */
#include "table/search.h"

#include <float.h>
#include <math.h>

#include "core/error.h"

/* What the search goes by. */
enum {
    STEPS_MAX = 100,      /* of Newton's method on one grid; ten do */
    BACKTRACKS_MAX = 10,  /* of one step */
    PATIENCE = 15,        /* steps after which the point may be outside */
    REFINEMENTS_MAX = 14, /* grids, a third more nodes each */
    RETRIES_MAX = 3,      /* of grids that may be too coarse to have a solution, */
    RETRY_LEVELS = 2      /* each this much finer */
};
static const double
    SOLVE_TOL = 1e-15,     /* residual of states that count: ill-conditioned points amplify it */
    WAY_SOLVE_TOL = 1e-6,  /* and of those on the way, which are good to 1e-4 */
    WAY_STEP = 1e-2,       /* ends the way: the next step, on better states, is below LOCAL */
    LOCAL = 1e-4,          /* steps below need no line search */
    FLOOR = 1e-8,          /* steps below may be rounding that shrinks no more: */
    STALLED = 0.5,         /* of the step before */
    DESCENT = 0.5,         /* of the slope before: a step that leaves more is cut, */
    CUT_LEAST = 0.1,       /* to a tenth */
    CUT_MOST = 0.5,        /* ... half of it */
    BETA_MAX = 1e4,        /* states beyond count as boundary; */
    BETA_MAX_WHOLE = 500,  /* with a magnetization the work grows like |beta| where Fermi points
                            * are not taken apart */
    BETA_FAR = 15,         /* from here on the boundary is consulted, once, */
    MU_FAR = 25,           /* and where |mu| exceeds |beta| by this */
    FIRST_STEP = 0.1,      /* of sqrt(tol), on the first grid: Newton squares it */
    LAST_STEP = 0.1,       /* of tol, on the others */
    ROUNDING = 2e-16,      /* of e and m as given, and of the state's solves: */
    ROUNDING_STRING = 0.1, /* and this part of it for each string */
    AT_ROUNDING = 4,       /* times the rounding error: no grid gives better */
    MOST_POLARISED = 0.4999999; /* m of the first guess: atanh stays finite */

/* One point on its way: target (m >= 0), place, state there. */
typedef struct {
    kz_states *work;
    double e, m;
    double beta, mu;
    int level;
    kz_moments_values v;
    kz_moments *warm; /* holds the last state of this point; NULL at its start */
    double solve_tol; /* of the states */
} search;

static kz_status evaluate(kz_moments_values *v, search *s, double beta, double mu)
{
    kz_moments *moments;
    KZ_TRY(kz_states_use(&moments, s->work, beta, s->m != 0, s->level));
    kz_status status = kz_moments_solve(v, moments, beta, mu, 1, moments == s->warm, s->solve_tol);
    s->warm = status == KZ_OK ? moments : NULL;
    return status;
}

static kz_jacobian jacobian_of(const kz_moments_values *v)
{
    return (kz_jacobian){v->energy_beta, -v->magnetization_beta, v->magnetization_beta,
                         v->magnetization_mu};
}

static bool newton_step(double step[2], const search *s)
{
    kz_jacobian j = jacobian_of(&s->v);
    if (s->m != 0)
        return kz_jacobian_solve(step, &j, s->e - s->v.energy, s->m - s->v.magnetization);
    step[0] = (s->e - s->v.energy) / j.e_b;
    step[1] = 0;
    return isfinite(step[0]);
}

static double slope_along(const search *s, const kz_moments_values *v, const double step[2])
{
    return (s->e - v->energy) * step[0] - (s->m - v->magnetization) * step[1];
}

/* One damped step from the state in s->v. */
static kz_status advance(search *s, const double step[2])
{
    if (kz_inverse_relative(step, s->beta, s->mu) < LOCAL) {
        s->beta += step[0];
        s->mu += step[1];
        return evaluate(&s->v, s, s->beta, s->mu);
    }
    double before = slope_along(s, &s->v, step), part = 1;
    double longest = fmax(fabs(step[0]) / (2 + fabs(s->beta)), fabs(step[1]) / (2 + fabs(s->mu)));
    if (longest > 1) part = 1 / longest;
    for (int i = 0; i < BACKTRACKS_MAX; i++) {
        double beta = s->beta + part * step[0], mu = s->mu + part * step[1];
        kz_moments_values next;
        KZ_TRY(evaluate(&next, s, beta, mu));
        double after = slope_along(s, &next, step);
        if (after <= DESCENT * fabs(before)) {
            s->beta = beta;
            s->mu = mu;
            s->v = next;
            return KZ_OK;
        }
        part *= fmin(fmax(before / (before - after), CUT_LEAST), CUT_MOST);
    }
    return KZ_FAIL(KZ_ENOCONV,
                   "inversion of e = %.15g, m = %.15g stops at beta = %.15g, mu = %.15g", s->e,
                   s->m, s->beta, s->mu);
}

static double coldest(const search *s)
{
    return s->m == 0 || kz_fermi_edge_applies(s->work->chain) ? BETA_MAX : BETA_MAX_WHOLE;
}

/* The highest energy of a chain with Delta > 1 is Delta/4 at every m, and has a gap below it. */
static bool has_flat_ceiling(const search *s)
{
    return s->work->chain.kind == KZ_CHAIN_AXIAL && s->beta < 0;
}

/* Decides whether the point is inside; if so, a far point restarts from the low-temperature law
 * |e - e_edge| = pi T^2/6v with v ~ 1, mu = beta h.  Below a gap |beta| grows like ln |e - e_edge|:
 * no point is far then. */
static kz_status consult_boundary(kz_region_place *place, search *s, kz_inverter_core *inverter)
{
    double gap, field;
    KZ_TRY(kz_inverter_boundary(inverter));
    KZ_TRY(kz_boundary_place(place, &gap, &field, inverter->boundary, s->e, s->m,
                             fmax(inverter->tol, KZ_BOUNDARY_TOL)));
    double beta = sqrt(M_PI / 6 / gap);
    if (*place != KZ_REGION_INSIDE || !(beta > BETA_FAR) || has_flat_ceiling(s)) return KZ_OK;
    if (beta > 2 * coldest(s)) { /* no state that far in: v would have to be above 4 */
        *place = s->beta > 0 ? KZ_REGION_GROUND : KZ_REGION_CEILING;
        return KZ_OK;
    }
    s->beta = copysign(beta, s->beta);
    s->mu = s->beta * field;
    return evaluate(&s->v, s, s->beta, s->mu);
}

/* Newton's method on the grid of s->level until a step is below `small`; the step is taken. */
static kz_status converge(kz_region_place *place, search *s, kz_inverter_core *inverter,
                          double small)
{
    bool consulted = false;
    double previous = INFINITY;
    *place = KZ_REGION_INSIDE;
    KZ_TRY(evaluate(&s->v, s, s->beta, s->mu));
    for (int i = 0; i < STEPS_MAX; i++) {
        double step[2];
        if (!newton_step(step, s))
            return KZ_FAIL(KZ_ESING, "singular at beta = %.15g, mu = %.15g", s->beta, s->mu);
        double size = kz_inverse_relative(step, s->beta, s->mu);
        bool stalled = size < FLOOR && size > STALLED * previous;
        previous = size;
        if (size < small || stalled) {
            s->beta += step[0];
            s->mu += step[1];
            return KZ_OK;
        }
        KZ_TRY(advance(s, step));
        if (fabs(s->beta) > coldest(s)) {
            *place = s->beta > 0 ? KZ_REGION_GROUND : KZ_REGION_CEILING;
            return KZ_OK;
        }
        bool far = fabs(s->beta) > BETA_FAR || fabs(s->mu) > MU_FAR + fabs(s->beta) || i > PATIENCE;
        if (!far || consulted) continue;
        consulted = true;
        KZ_TRY(consult_boundary(place, s, inverter));
        if (*place != KZ_REGION_INSIDE) return KZ_OK;
    }
    return KZ_FAIL(KZ_ENOCONV, "inversion of e = %.15g, m = %.15g: no end after %d steps", s->e,
                   s->m, STEPS_MAX);
}

/* How dressed charges, up to P/2, magnify rounding. */
static double charge_of_strings(kz_chain chain)
{
    if (kz_chain_is_free(chain)) return 2;
    return chain.kind == KZ_CHAIN_AXIAL ? 10 * (1 + fabs(chain.delta)) : chain.P;
}

/* What rounding may add up to in a state's sums over the nodes, a random walk of half a unit in the
 * last place a node: `sum` is what they come to. */
static double rounding_of_sum(const search *s, double sum)
{
    return 0.5 * DBL_EPSILON * sqrt((double)s->warm->grid.half) * fabs(sum);
}

/* Bound on what rounding of e, m and of the state does to beta and mu.  Energies are counted from
 * an edge of the band, from the far one where it is ten times as near. */
static double rounding_error(const search *s)
{
    kz_jacobian j = jacobian_of(&s->v);
    double strings = charge_of_strings(s->work->chain), bound[2];
    double unit = ROUNDING * (1 + ROUNDING_STRING * strings);
    double low = fmin(s->v.excess, s->v.rest), high = fmax(s->v.excess, s->v.rest);
    double err_e = unit + rounding_of_sum(s, fmin(high, 10 * low));
    if (s->m == 0)
        bound[0] = err_e / fabs(j.e_b), bound[1] = 0;
    else
        kz_jacobian_bound(bound, &j, err_e, unit + rounding_of_sum(s, s->m));
    return kz_inverse_relative(bound, s->beta, s->mu);
}

static kz_status refine(kz_inverse *out, search *s, kz_inverter_core *inverter)
{
    double tol = inverter->tol, small = FIRST_STEP * sqrt(tol);
    int retries = 0;
    for (;;) {
        kz_region_place place;
        double step[2];
        kz_status status = converge(&place, s, inverter, small);
        bool coarse = status == KZ_ESING || status == KZ_ENOCONV;
        if (coarse && retries++ < RETRIES_MAX && isfinite(s->beta + s->mu)) {
            s->level +=
                RETRY_LEVELS; /* a grid that does not resolve the state may have no solution */
            continue;
        }
        KZ_TRY(status);
        if (place != KZ_REGION_INSIDE) {
            kz_inverse_set_boundary(out, place);
            return KZ_OK;
        }
        s->level++;
        KZ_TRY(evaluate(&s->v, s, s->beta, s->mu));
        if (!newton_step(step, s))
            return KZ_FAIL(KZ_ESING, "singular at beta = %.15g, mu = %.15g", s->beta, s->mu);
        s->beta += step[0];
        s->mu += step[1];
        double rounding = rounding_error(s);
        double err = kz_inverse_relative(step, s->beta, s->mu) + rounding;
        kz_inverse_set_place(out, KZ_PLACE_OK, s->beta, s->mu, err);
        if (err <= fmax(tol, AT_ROUNDING * rounding)) return KZ_OK;
        small = LAST_STEP * tol + rounding;
        if (s->level >= REFINEMENTS_MAX)
            return KZ_FAIL(KZ_ETOL,
                           "inversion at beta = %.15g, mu = %.15g: error %.3g, wanted %.3g",
                           s->beta, s->mu, err, tol);
    }
}

/* On coarse states towards the point; where that leads nowhere, s stays. */
static kz_status approach(search *s, kz_states *coarse, kz_inverter_core *inverter)
{
    search way = *s;
    kz_region_place place;
    way.work = coarse;
    way.solve_tol = WAY_SOLVE_TOL;
    kz_status status = converge(&place, &way, inverter, WAY_STEP);
    if (status == KZ_ENOMEM) return status;
    if (status != KZ_OK || place != KZ_REGION_INSIDE || !isfinite(way.beta + way.mu)) return KZ_OK;
    s->beta = way.beta;
    s->mu = way.mu;
    return KZ_OK;
}

static void first_guess(search *s, const kz_table *table)
{
    s->beta = 0;
    s->mu = 2 * atanh(2 * fmin(s->m, MOST_POLARISED));
    if (!table) return;
    kz_inverse near = {.energy = s->e, .magnetization = s->m};
    kz_table_invert_point(&near, table);
    if (near.place == KZ_PLACE_OK || near.place == KZ_PLACE_EDGE) {
        s->beta = near.beta;
        s->mu = s->m == 0 ? 0 : near.mu;
    }
}

kz_status kz_inverter_search(kz_inverse *out, kz_inverter_states *states,
                             kz_inverter_core *inverter)
{
    double sign = out->magnetization < 0 ? -1 : 1;
    search s = {.work = &states->true_states,
                .e = out->energy,
                .m = fabs(out->magnetization),
                .solve_tol = SOLVE_TOL};
    first_guess(&s, inverter->guess);
    if (inverter->tol < KZ_WAY_TOL) KZ_TRY(approach(&s, &states->coarse, inverter));
    kz_status status = refine(out, &s, inverter);
    if (out->place == KZ_PLACE_OK && sign < 0) out->mu = -out->mu;
    return status;
}
