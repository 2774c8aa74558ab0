/* What defines a run, and which of it makes sense. */
#include <math.h>

#include "core/error.h"
#include "run/internal.h"

/* Far more than can be done, far fewer than can be counted. */
static const double MOST_STEPS = 1e12;

/* Phases e t of free fermions, e from -1 to 1 where J = 1, are right to 1e-15 of the largest:
 * beyond this one observables lose their sixth digit. */
static const double MOST_PHASE = 1e9;

kz_run_setup kz_run_setup_default(void)
{
    return (kz_run_setup){.initial = KZ_QUENCH_ENERGY,
                          .method = KZ_METHOD_TEBD,
                          .length = 140,
                          .dt = 0.2,
                          .trotter = KZ_TROTTER_4,
                          .chi = 500,
                          .cutoff = 1e-9};
}

kz_run_params kz_run_params_default(void)
{
    return (kz_run_params){.threads = 1,
                           .checkpoint_seconds = 1800.0,
                           .wall_seconds = INFINITY,
                           .max_truncation = INFINITY};
}

const char *kz_run_initial_name(kz_quench_kind initial)
{
    static const char *const names[] = {"energy", "domain-wall", "thermal", "neel", "product"};
    return names[initial];
}

const char *kz_run_method_name(kz_method method)
{
    return method == KZ_METHOD_TEBD ? "tebd" : "fermion";
}

const char *kz_run_trotter_name(kz_trotter trotter)
{
    static const char *const names[] = {"second order", "fourth order, optimised",
                                        "fourth order, Suzuki", "fourth order, Forest-Ruth"};
    return names[trotter];
}

bool kz_run_same_number(double a, double b) { return fabs(a - b) <= 1e-9 * fmax(1.0, fabs(a)); }

static kz_status check_delta(double delta)
{
    if (delta > -1.0 && delta <= KZ_RUN_DELTA_MAX) return KZ_OK;
    return KZ_FAIL(KZ_EINVAL, "Delta=%.15g is not above -1 and at most %g", delta,
                   KZ_RUN_DELTA_MAX);
}

static kz_status check_tebd(const kz_run_setup *s)
{
    if (!(s->dt > 0.0 && s->dt <= 100.0))
        return KZ_FAIL(KZ_EINVAL, "dt = %.15g is not above 0 and at most 100", s->dt);
    if (s->trotter < KZ_TROTTER_2 || s->trotter > KZ_TROTTER_4_FOREST_RUTH)
        return KZ_FAIL(KZ_EINVAL, "unknown splitting, %d", (int)s->trotter);
    if (s->chi < 1) return KZ_FAIL(KZ_EINVAL, "a bond dimension of 0");
    if (!(s->cutoff >= 0.0 && s->cutoff < 1.0))
        return KZ_FAIL(KZ_EINVAL, "cutoff = %.15g is not at least 0 and below 1", s->cutoff);
    return KZ_OK;
}

kz_status kz_run_setup_check(const kz_run_setup *s)
{
    if (!s) return KZ_FAIL(KZ_EINVAL, "no setup");
    KZ_TRY(check_delta(s->delta_left));
    KZ_TRY(check_delta(s->delta_right));
    if (s->method != KZ_METHOD_TEBD && s->method != KZ_METHOD_FERMION)
        return KZ_FAIL(KZ_EINVAL, "unknown method, %d", (int)s->method);
    if (s->length < KZ_MPS_MIN_LENGTH || s->length > KZ_MPS_MAX_LENGTH || s->length % 2)
        return KZ_FAIL(KZ_EINVAL, "length %zu is not an even number from %d to %d", s->length,
                       KZ_MPS_MIN_LENGTH, KZ_MPS_MAX_LENGTH);
    if (s->method == KZ_METHOD_TEBD) KZ_TRY(check_tebd(s));
    return kz_run_chain_check(s);
}

/* Bound of the energies of the modes, by Gershgorin. */
static double largest_mode(const kz_run_setup *s)
{
    const double *J = s->couplings.J, *field = s->couplings.field;
    double most = 0.0;
    for (size_t i = 0; i < s->length; i++) {
        double before = i == 0 ? 0.0 : J ? fabs(J[i - 1]) : 1.0;
        double behind = i + 1 == s->length ? 0.0 : J ? fabs(J[i]) : 1.0;
        most = fmax(most, 0.5 * (before + behind) + (field ? fabs(field[i]) : 0.0));
    }
    return most;
}

/* The last time that can be told. */
static kz_status check_phase(double t, const kz_run_setup *s)
{
    double most = MOST_PHASE / largest_mode(s);
    if (s->method != KZ_METHOD_FERMION || t <= most) return KZ_OK;
    return KZ_FAIL(KZ_EINVAL, "%.15g is beyond %g, to where phases are known to 1e-6", t, most);
}

kz_status kz_run_times_check(const double *times, size_t count, const kz_run_setup *s)
{
    double dt = s->method == KZ_METHOD_TEBD && s->dt > 0.0 ? s->dt : INFINITY;
    if (!times || count < 1 || count > KZ_RUN_TIMES_MAX)
        return KZ_FAIL(KZ_EINVAL, "%zu times to measure at", count);
    for (size_t k = 0; k < count; k++) {
        double t = times[k], before = k > 0 ? times[k - 1] : 0.0;
        if (!(t >= 0.0 && isfinite(t)))
            return KZ_FAIL(KZ_EINVAL, "%.15g is not a time from 0 on", t);
        if (k > 0 && !(t > before))
            return KZ_FAIL(KZ_EINVAL, "%.15g does not come after %.15g", t, before);
        if (k > 0 && kz_run_same_number(before, t))
            return KZ_FAIL(KZ_EINVAL,
                           "%.15g is too close to %.15g (times within 1e-9, relative beyond 1, are "
                           "the same)",
                           t, before);
        if (!((t - before) / dt < MOST_STEPS))
            return KZ_FAIL(KZ_EINVAL, "%.15g takes more than %g steps of %.15g from %.15g", t,
                           MOST_STEPS, dt, before);
    }
    return check_phase(times[count - 1], s);
}

kz_status kz_run_params_check(const kz_run_params *p, const kz_run_setup *setup)
{
    if (!p || !p->path) return KZ_FAIL(KZ_EINVAL, "no path for RUN.h5");
    if (p->threads < 1) return KZ_FAIL(KZ_EINVAL, "%d threads", p->threads);
    if (!(p->checkpoint_seconds > 0.0))
        return KZ_FAIL(KZ_EINVAL, "%.15g seconds between checkpoints", p->checkpoint_seconds);
    if (!(p->wall_seconds > 0.0))
        return KZ_FAIL(KZ_EINVAL, "a limit of %.15g seconds", p->wall_seconds);
    if (!(p->max_truncation > 0.0))
        return KZ_FAIL(KZ_EINVAL, "a limit of %.15g to the discarded weight", p->max_truncation);
    if (p->team && setup->correlations && setup->method == KZ_METHOD_TEBD)
        return KZ_FAIL(KZ_EINVAL, "correlations of a chain that several processes divide");
    return kz_run_times_check(p->times, p->count, setup);
}
