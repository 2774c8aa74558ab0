/* How good a run is: sums that must not change, symmetries that must hold.  The error of the time
 * step, which none of them shows, is that of step_error.c. */
#include <math.h>

#include "core/error.h"
#include "run/internal.h"

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
