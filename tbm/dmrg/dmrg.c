/* Sweeps of two-site DMRG, and the result as a matrix product state. */
#include "tbm/dmrg/dmrg.h"

#include <math.h>
#include <stdint.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/flip.h"

kz_dmrg_params kz_dmrg_params_default(void)
{
    return (kz_dmrg_params){.chi = 1000,
                            .cutoff = 1e-10,
                            .energy_tolerance = 1e-9,
                            .variance_tolerance = 1e-7,
                            .flip_tolerance = 1e-10,
                            .max_sweeps = 40};
}

kz_status kz_dmrg_params_check(const kz_dmrg_params *p)
{
    if (p->chi < 1 || p->chi > 1000000)
        return KZ_FAIL(KZ_EINVAL, "bond dimension %zu is not between 1 and 1000000", p->chi);
    if (!(p->cutoff >= 0.0 && p->cutoff < 1.0))
        return KZ_FAIL(KZ_EINVAL, "cutoff %.15g is not between 0 and 1", p->cutoff);
    if (!(p->energy_tolerance > 0.0 && p->variance_tolerance > 0.0))
        return KZ_FAIL(KZ_EINVAL, "tolerances %.15g, %.15g must be positive", p->energy_tolerance,
                       p->variance_tolerance);
    if (!(p->flip_tolerance >= 0.0))
        return KZ_FAIL(KZ_EINVAL, "flip tolerance %g is negative", p->flip_tolerance);
    if (p->max_sweeps < 1) return KZ_FAIL(KZ_EINVAL, "%d sweeps", p->max_sweeps);
    return KZ_OK;
}

/* What a sweep does at each pair. */
typedef struct {
    size_t chi;
    double cutoff, residual;
    int steps;                    /* of Lanczos; 0: only regauge */
    const kz_dmrg_params *caller; /* whom progress is told */
} sweep_plan;

static kz_status tell_progress(kz_dmrg_work *w, const kz_dmrg_params *p)
{
    w->pairs_done++;
    if (p->progress && p->progress(p->progress_context, w->pairs_done, w->pairs))
        return KZ_FAIL(KZ_ECANCELLED, "stopped after %zu pairs of the ground state", w->pairs_done);
    return KZ_OK;
}

static kz_status visit(double *energy, double *discarded, kz_dmrg_work *w, size_t i,
                       bool right_form, bool to_right, const sweep_plan *plan)
{
    double weight;
    KZ_TRY(kz_pair_prepare(w, i));
    kz_pair_form(w, right_form);
    if (plan->steps > 0) KZ_TRY(kz_pair_lanczos(energy, w, plan->residual, plan->steps));
    if (w->flip) kz_pair_symmetrise(w->theta.data, w);
    KZ_TRY(kz_pair_split(&weight, w, plan->chi, plan->cutoff, to_right));
    if (weight > *discarded) *discarded = weight;
    return plan->steps > 0 ? tell_progress(w, plan->caller) : KZ_OK;
}

/* There and back.  `gauged`: all sites are in right form and the centre is site 0; else the sweep
 * before has left it on site 1. */
static kz_status sweep(double *energy, double *discarded, kz_dmrg_work *w, bool gauged,
                       const sweep_plan *plan)
{
    size_t last = w->length - 2;
    *discarded = 0.0;
    for (size_t i = gauged ? 0 : 1; i <= last; i++)
        KZ_TRY(visit(energy, discarded, w, i, true, i < last, plan));
    for (size_t i = last; i-- > 0;)
        KZ_TRY(visit(energy, discarded, w, i, false, i == 0, plan));
    return KZ_OK;
}

/* There and back without optimisation, which leaves exact Schmidt values, all sites in right form
 * and the centre on site 0. */
static kz_status regauge(kz_dmrg_work *w)
{
    const sweep_plan plan = {.chi = SIZE_MAX, .cutoff = 1e-26};
    size_t last = w->length - 2;
    double energy, discarded = 0.0;
    for (size_t i = 1; i <= last; i++)
        KZ_TRY(visit(&energy, &discarded, w, i, true, i < last, &plan));
    for (size_t i = last; i-- > 0;)
        KZ_TRY(visit(&energy, &discarded, w, i, false, false, &plan));
    /* Site 0 has one left state: both forms hold the same numbers in the same order. */
    w->site[0].offset[0] = 0;
    return KZ_OK;
}

/* All blocks are right ones now, and so are the signs. */
static kz_status adopt_flip(const kz_dmrg_work *w)
{
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, w->length + 1, sizeof(const double *)));
    const double **sign = memory;
    for (size_t b = 0; b <= w->length; b++)
        sign[b] = w->sign[b].data;
    kz_status status = kz_flip_adopt(w->state, sign, w->flip);
    kz_free(memory);
    return status;
}

static kz_status to_complex(kz_dmrg_work *w)
{
    kz_mps *state = w->state;
    for (size_t i = 0; i < w->length; i++) {
        kz_mps_site *site = &state->site[i];
        site->size = 0;
        KZ_TRY(kz_mps_site_reserve(site,
                                   kz_mps_site_size(site, &state->bond[i], &state->bond[i + 1])));
        kz_mps_site_set(site, &state->bond[i], &state->bond[i + 1]);
        for (int m = state->bond[i].lo; m <= state->bond[i].hi; m++) {
            size_t columns = (size_t)(state->bond[i + 1].dim[m] + state->bond[i + 1].dim[m + 1]);
            size_t count = (size_t)state->bond[i].dim[m] * columns;
            for (size_t k = 0; k < count; k++)
                site->data[site->offset[m] + k] = w->site[i].arena.data[w->site[i].offset[m] + k];
        }
    }
    return w->flip ? adopt_flip(w) : KZ_OK;
}

static kz_status check_variance(kz_dmrg_report *report, kz_dmrg_work *w)
{
    KZ_TRY(regauge(w));
    report->flip_error = w->flip ? kz_dmrg_flip_error(w) : NAN;
    return kz_dmrg_variance(&report->variance, w, report->energy);
}

/* Lanczos steps a pair.  Few at first: the sectors of all magnetizations of a half stay long enough
 * to be weighed against each other (at 4 | -0.9, 40 sites, 16 steps from the first sweep on end
 * 0.01 above the ground state).  All of them later where gaps are small: magnetization that moves
 * across an ordered chain hardly costs energy (at 2 | -0.9, 20 sites, 3 steps are not done after 40
 * sweeps).  Without order a few more are enough where the variance asks for them. */
enum { FEW_STEPS = 3, MORE_STEPS = 6, EARLY_SWEEPS = 4, SLOW_SWEEPS = 8 };

static int choose_steps(const kz_dmrg_report *report, bool ordered, bool relaxed)
{
    if (report->sweeps >= (ordered ? EARLY_SWEEPS : SLOW_SWEEPS)) return KZ_LANCZOS_STEPS;
    return relaxed ? MORE_STEPS : FEW_STEPS;
}

static kz_status judge(const kz_dmrg_report *report, const kz_mps *state, const kz_dmrg_params *p)
{
    if (!(report->variance <= p->variance_tolerance))
        return KZ_FAIL(KZ_ETOL,
                       "after %d sweeps with bond dimension %zu the variance is %.3g > %.3g",
                       report->sweeps, kz_mps_max_bond_dimension(state), report->variance,
                       p->variance_tolerance);
    if (!isnan(report->flip_error) && !(report->flip_error <= p->flip_tolerance))
        return KZ_FAIL(KZ_ETOL, "a state that breaks the spin flip: |<Sz>| = %.3g > %.3g",
                       report->flip_error, p->flip_tolerance);
    return KZ_OK;
}

/* The result of one start. */
typedef struct {
    kz_mps *state; /* NULL: given up */
    kz_dmrg_report report;
    kz_status status; /* KZ_OK or KZ_ETOL where there is a state */
} attempt;

/* Bond dimension of an attempt beside one with a result: the states of one chain need about the
 * same, but a start of the wrong kind may need a multiple while it decays. */
static size_t largest_chi(const kz_dmrg_params *p, const attempt *rival)
{
    size_t chi = rival ? 2 * kz_mps_max_bond_dimension(rival->state) + 32 : p->chi;
    return chi < p->chi ? chi : p->chi;
}

/* At its bound and still above the rival. */
static bool is_hopeless(const kz_dmrg_report *report, const kz_dmrg_work *w, size_t chi,
                        const kz_dmrg_params *p, const attempt *rival)
{
    return rival && report->sweeps >= EARLY_SWEEPS && kz_mps_max_bond_dimension(w->state) >= chi &&
           report->energy > rival->report.energy + p->energy_tolerance;
}

/* Sweeps until the energy stands still, then computes the variance; while that is too large the
 * truncation is relaxed.  KZ_ENOCONV: hopeless beside the rival (NULL: none). */
static kz_status solve(kz_dmrg_report *report, kz_dmrg_work *w, bool ordered,
                       const kz_dmrg_params *p, const attempt *rival)
{
    size_t chi = largest_chi(p, rival);
    sweep_plan plan = {.chi = chi < 32 ? chi : 32,
                       .cutoff = p->cutoff,
                       .residual = 0.01 * sqrt(p->variance_tolerance / (double)w->length),
                       .caller = p};
    double before = INFINITY;
    bool gauged = true, relaxed = false;
    while (report->sweeps < p->max_sweeps) {
        plan.steps = choose_steps(report, ordered, relaxed);
        KZ_TRY(sweep(&report->energy, &report->truncation, w, gauged, &plan));
        report->sweeps++;
        gauged = false;
        if (is_hopeless(report, w, chi, p, rival))
            return KZ_FAIL(KZ_ENOCONV, "given up after %d sweeps", report->sweeps);
        bool still = plan.chi == chi && fabs(report->energy - before) <= p->energy_tolerance;
        before = report->energy;
        plan.chi = plan.chi < chi / 4 ? plan.chi * 4 : chi;
        if (!still) continue;
        KZ_TRY(check_variance(report, w));
        gauged = true;
        if (report->variance <= p->variance_tolerance) break;
        plan.cutoff *= 0.1;
        relaxed = true;
    }
    if (!gauged) KZ_TRY(check_variance(report, w));
    return judge(report, w->state, p);
}

static kz_status check_couplings(const double *lambda, const double *delta, size_t L, int up)
{
    if (L < KZ_MPS_MIN_LENGTH || L > KZ_MPS_MAX_LENGTH)
        return KZ_FAIL(KZ_EINVAL, "a chain of %zu sites is not between %d and %d", L,
                       KZ_MPS_MIN_LENGTH, KZ_MPS_MAX_LENGTH);
    if (up < 0 || (size_t)up > L) return KZ_FAIL(KZ_EINVAL, "%d up spins on %zu sites", up, L);
    for (size_t i = 0; i + 1 < L; i++)
        if (!isfinite(lambda[i]) || !isfinite(delta[i]))
            return KZ_FAIL(KZ_EINVAL, "bond %zu: lambda = %.15g, delta = %.15g", i, lambda[i],
                           delta[i]);
    return KZ_OK;
}

/* Some bond orders its two spins: |delta| > 1. */
static bool is_ordered(const double *lambda, const double *delta, size_t L)
{
    for (size_t i = 0; i + 1 < L; i++)
        if (fabs(delta[i]) > 1.0 && lambda[i] != 0.0) return true;
    return false;
}

/* One chain and what is wanted of it. */
typedef struct {
    const double *lambda, *delta;
    size_t length;
    int up;
    bool ordered;
    const kz_dmrg_params *params;
    size_t pairs_done; /* by earlier attempts */
} problem;

/* What one start leads to; without a state where it is hopeless beside the rival. */
static kz_status try_start(attempt *out, problem *p, kz_dmrg_start start, const attempt *rival)
{
    kz_dmrg_work *w;
    *out = (attempt){.state = NULL};
    KZ_TRY(kz_dmrg_work_create(&w, p->lambda, p->delta, p->length, p->up, start));
    w->pairs_done = p->pairs_done;
    w->pairs = 2 * (size_t)p->params->max_sweeps * (p->length - 1) * (p->ordered ? KZ_STARTS : 1);
    kz_status status = solve(&out->report, w, p->ordered, p->params, rival);
    out->status = status;
    p->pairs_done = w->pairs_done;
    if (status == KZ_OK || status == KZ_ETOL) {
        status = to_complex(w);
        if (status == KZ_OK) {
            out->state = w->state;
            w->state = NULL;
        }
    } else if (status == KZ_ENOCONV && rival) {
        status = KZ_OK;
    }
    kz_dmrg_work_free(w);
    return status;
}

/* Energies closer than this are those of one state; then a result within tolerance is the better.
 */
static bool is_better(const attempt *a, const attempt *b, const kz_dmrg_params *p)
{
    double gain = b->report.energy - a->report.energy;
    if (fabs(gain) > 10.0 * p->energy_tolerance) return gain > 0.0;
    if (a->status != b->status) return a->status == KZ_OK;
    return a->report.variance < b->report.variance;
}

/* The other start, beside the result of the first; once more without the bound of that where it is
 * lower but not done. */
static kz_status try_other(attempt *best, problem *p)
{
    for (int pass = 0; pass < 2; pass++) {
        attempt next;
        KZ_TRY(try_start(&next, p, KZ_START_ORDERED, pass == 0 ? best : NULL));
        bool better = next.state && is_better(&next, best, p->params);
        kz_mps_free(better ? best->state : next.state);
        if (better) *best = next;
        if (!better || best->status == KZ_OK) break;
    }
    return KZ_OK;
}

kz_status kz_dmrg_ground_state(kz_mps **out, kz_dmrg_report *report, const double *lambda,
                               const double *delta, size_t L, int up, const kz_dmrg_params *params)
{
    attempt best;
    *out = NULL;
    KZ_TRY(kz_dmrg_params_check(params));
    KZ_TRY(check_couplings(lambda, delta, L, up));
    problem p = {lambda, delta, L, up, is_ordered(lambda, delta, L), params, 0};
    KZ_TRY(try_start(&best, &p, KZ_START_UNIFORM, NULL));
    kz_status status = p.ordered ? try_other(&best, &p) : KZ_OK;
    if (status != KZ_OK) {
        kz_mps_free(best.state);
        return status;
    }
    *out = best.state;
    if (report) *report = best.report;
    if (best.status == KZ_OK) return KZ_OK;
    return judge(&best.report, best.state, params);
}
