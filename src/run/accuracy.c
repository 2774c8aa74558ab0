/* How good a run is: sums that must not change, symmetries that must hold, and the error of the
 * time step, which none of them shows (a splitting keeps an energy of its own). */
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "run/driver.h"

/* -- what the rows say ------------------------------------------------------------------------- */

double kz_run_total_energy(const kz_run *run, size_t k)
{
    const double *energy = kz_run_row(run, KZ_RUN_ENERGY, k);
    double sum = 0.0;
    for (size_t i = 0; i + 1 < run->setup.length; i++)
        sum += energy[i];
    return sum;
}

double kz_run_total_magnetization(const kz_run *run, size_t k)
{
    const double *magnetization = kz_run_row(run, KZ_RUN_MAGNETIZATION, k);
    double sum = 0.0;
    for (size_t i = 0; i < run->setup.length; i++)
        sum += magnetization[i];
    return sum;
}

/* Largest |value| of all rows; entries that are nan do not count. */
static double largest(const kz_run *run, kz_run_quantity quantity)
{
    double most = 0.0;
    for (size_t e = 0; e < run->count * run->setup.length; e++)
        most = fmax(most, fabs(run->value[quantity][e]));
    return most;
}

/* Without a number of t = 0, from the first row on. */
static double drift(const kz_run *run, double initial, double (*total)(const kz_run *, size_t))
{
    double most = 0.0;
    if (isnan(initial)) initial = total(run, 0);
    for (size_t k = 0; k < run->count; k++)
        most = fmax(most, fabs(total(run, k) - initial));
    return most;
}

void kz_run_get_accuracy(kz_run_accuracy *out, const kz_run *run)
{
    bool tebd = run->setup.method == KZ_METHOD_TEBD;
    *out = (kz_run_accuracy){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    if (tebd && run->step > 0.0) out->step = run->step;
    if (run->count == 0) return;
    if (tebd) out->truncation = largest(run, KZ_RUN_TRUNCATION);
    if (run->truncation_bound < INFINITY) out->truncation_bound = run->truncation_bound;
    out->energy_drift = drift(run, run->initial_energy, kz_run_total_energy);
    out->magnetization_drift = drift(run, run->initial_magnetization, kz_run_total_magnetization);
    if (tebd) out->step_error = run->step_error * kz_run_step_growth(run->time[run->count - 1]);
    if (kz_run_is_even(&run->setup)) out->flip_error = largest(run, KZ_RUN_MAGNETIZATION);
    for (size_t k = 0; k < run->count; k++)
        out->correlation_error = fmax(out->correlation_error, kz_run_correlation_error(run, k));
}

/* -- the spin flip --------------------------------------------------------------------------- */

double kz_run_flip_tolerance(bool exact, double bound)
{
    static const double rounding = 1e-10, most = 1e-2;
    return exact ? rounding : fmin(most, rounding + bound);
}

kz_status kz_run_check_flip(const kz_run *run, double tolerance)
{
    if (!kz_run_is_even(&run->setup)) return KZ_OK;
    double error = largest(run, KZ_RUN_MAGNETIZATION);
    if (error <= tolerance) return KZ_OK;
    return KZ_FAIL(KZ_ETOL,
                   "the spin flip is broken: |<S^z>| = %.3g > %.3g, where it is 0 for ever", error,
                   tolerance);
}

/* -- the error of the step ---------------------------------------------------------------------
 * A splitting evolves exactly by a Hamiltonian that is off by a power of dt.  Most of that is a
 * rotation of the observables, which is there after t = 1 and stays; the rest grows.  On L = 12, dt
 * = 0.2, with Delta from 0 to 4, both kinds of quench and both orders, the error at t = 16 is 0.1
 * ... 3 times the largest up to t = 4, so that linear growth from t = 4 on is on the safe side. */

/* Long enough for the error to reach all sites, so few that nothing is ever truncated. */
enum { SITES = 8, FULL_CHI = 1 << SITES / 2 };
static const double SPAN = 4.0;

double kz_run_step_growth(double time) { return time > 0.0 ? fmax(1.0, time / SPAN) : 0.0; }

/* What is measured at the end of a stretch, all of local observables. */
typedef struct {
    double value[KZ_RUN_QUANTITIES][SITES];
} snapshot;

static kz_status measure(snapshot *out, const kz_mps *mps, const kz_couplings *chain)
{
    const kz_lattice_profile view = {out->value[0], out->value[1], out->value[2],
                                     out->value[3], out->value[4], out->value[5]};
    return kz_mps_measure_coupled(&view, mps, chain, 1);
}

/* `steps` steps of dt on a copy of the state. */
static kz_status evolve(snapshot *out, const kz_mps *mps, const kz_couplings *chain,
                        kz_trotter trotter, double dt, size_t steps)
{
    const kz_tebd_params params = {
        .trotter = trotter, .chi = FULL_CHI, .cutoff_per_gate = true, .threads = 1};
    kz_mps *copy;
    kz_tebd *tebd = NULL;
    KZ_TRY(kz_mps_copy(&copy, mps));
    kz_status status = kz_tebd_create_coupled(&tebd, copy, chain, &params);
    if (status == KZ_OK) status = kz_tebd_advance(tebd, dt, steps, NULL, NULL);
    if (status == KZ_OK) status = measure(out, copy, chain);
    kz_tebd_free(tebd);
    kz_mps_free(copy);
    return status;
}

/* Entropies, the last of six, are worse than local observables near product states. */
static double distance(const snapshot *a, const snapshot *b)
{
    enum { LOCAL = 5 };
    double most = 0.0;
    for (int q = 0; q < LOCAL; q++)
        for (int i = 0; i < SITES; i++)
            most = fmax(most, fabs(a->value[q][i] - b->value[q][i])); /* nan: both are */
    return most;
}

/* Steps of dt against twice as many of dt/2: their difference is 1 - 2^-p of the error.  At several
 * times, because at one the error of a small chain may happen to be small. */
static kz_status compare(double *error, const kz_run_setup *s, const kz_mps *mps,
                         const kz_couplings *chain)
{
    enum { MOST_STEPS = 40, PARTS = 3 };
    double power = s->trotter == KZ_TROTTER_2 ? 4.0 : 16.0, worst = 0.0;
    double steps = fmax(2.0, fmin(MOST_STEPS, ceil(SPAN / s->dt * (1.0 - 1e-12))));
    double dt = fmax(s->dt, SPAN / steps), scale = pow(s->dt / dt, log2(power));
    for (size_t part = 1; part <= PARTS; part++) {
        snapshot coarse, fine;
        size_t count = ((size_t)steps * part + PARTS - 1) / PARTS;
        KZ_TRY(evolve(&coarse, mps, chain, s->trotter, dt, count));
        KZ_TRY(evolve(&fine, mps, chain, s->trotter, 0.5 * dt, 2 * count));
        worst = fmax(worst, distance(&coarse, &fine));
    }
    *error = worst * scale / (1.0 - 1.0 / power);
    return KZ_OK;
}

/* The middle of the chain, which stands for all of it. */
typedef struct {
    double J[SITES], delta[SITES], field[SITES];
    bool up[SITES];
} middle;

/* Site or bond k of the middle in the chain; false: the chain is shorter. */
static bool find(size_t *i, size_t k, size_t length)
{
    *i = k + length / 2 - SITES / 2;
    return k + length / 2 >= SITES / 2 && *i < length;
}

/* The setup of the small chain; it points into `m`. */
static kz_run_setup cut_middle(middle *m, const kz_run_setup *s)
{
    kz_run_setup small = *s;
    small.length = SITES;
    small.densities = small.correlations = false;
    for (size_t k = 0, i; k < SITES; k++) {
        bool inside = find(&i, k, s->length), bond = inside && i + 1 < s->length;
        double half = k < SITES / 2 ? s->delta_left : s->delta_right;
        m->J[k] = bond && s->couplings.J ? s->couplings.J[i] : 1.0;
        m->delta[k] = bond && s->couplings.delta ? s->couplings.delta[i] : half;
        m->field[k] = inside && s->couplings.field ? s->couplings.field[i] : 0.0;
        m->up[k] = inside && s->spin_up && s->spin_up[i];
    }
    small.spin_up = m->up;
    if (kz_run_has_couplings(s)) small.couplings = (kz_couplings){m->J, m->delta, m->field};
    return small;
}

static kz_status estimate(double *error, const kz_run_setup *of_small)
{
    kz_run *small;
    kz_mps *mps = NULL;
    KZ_TRY(kz_run_create(&small, of_small));
    const kz_run_params params = kz_run_params_default();
    kz_run_driver driver = {.run = small, .params = &params};
    kz_status status = kz_run_initial_state(&mps, &driver);
    if (status == KZ_OK) status = compare(error, of_small, mps, &small->couplings);
    kz_mps_free(mps);
    kz_run_free(small);
    return status;
}

/* Purified states of so few sites would cost more than a run of many: the worst of three pure ones,
 * of low and of high energies, stands for them. */
static kz_status estimate_purified(double *error, kz_run_setup *of_small)
{
    static const kz_quench_kind kinds[] = {KZ_QUENCH_NEEL, KZ_QUENCH_DOMAIN_WALL, KZ_QUENCH_ENERGY};
    double worst = 0.0;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        double one;
        of_small->initial = kinds[k];
        if (kz_run_setup_check(of_small) != KZ_OK) continue; /* no ground state in a field */
        KZ_TRY(estimate(&one, of_small));
        worst = fmax(worst, one);
    }
    *error = worst;
    return KZ_OK;
}

kz_status kz_run_estimate_step_error(double *error, const kz_run_setup *setup, double step)
{
    middle cut;
    kz_run_setup of_small = cut_middle(&cut, setup);
    of_small.dt = step;
    if (kz_run_is_purified(setup)) return estimate_purified(error, &of_small);
    return estimate(error, &of_small);
}
