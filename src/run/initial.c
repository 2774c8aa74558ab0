/* The states that TEBD starts from. */
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "run/driver.h"

/* kz_progress_fn of the ground state. */
static int after_pair(void *context, size_t done, size_t total)
{
    kz_run_driver *d = context;
    size_t sweep = 2 * (d->run->setup.length - 1);
    (void)total;
    d->progress.sweep = done / sweep + 1;
    return kz_run_driver_stops(d);
}

/* The truncation of the evolution must be the larger error.  A variance beyond what is asked by
 * default is tried for only: rounding may stand before it. */
static kz_dmrg_params ground_params(kz_run_driver *d)
{
    const kz_run_setup *setup = &d->run->setup;
    kz_dmrg_params params = kz_dmrg_params_default();
    if (!setup->cutoff_per_gate) params.cutoff = fmin(params.cutoff, 0.1 * setup->cutoff);
    params.cutoff = fmax(params.cutoff, 1e-18);
    params.variance_tolerance = fmin(params.variance_tolerance, 1e3 * params.cutoff);
    params.variance_tolerance = fmax(params.variance_tolerance, 1e-12);
    params.energy_tolerance = fmin(params.energy_tolerance, 10.0 * params.cutoff);
    params.energy_tolerance = fmax(params.energy_tolerance, 1e-12);
    params.progress = after_pair;
    params.progress_context = d;
    return params;
}

static kz_status ground_state(kz_mps **out, kz_run_driver *d, const double *delta)
{
    size_t L = d->run->setup.length;
    kz_dmrg_params params = ground_params(d);
    kz_dmrg_report report;
    double *lambda;
    KZ_TRY(kz_alloc_doubles(&lambda, L));
    for (size_t i = 0; i + 1 < L; i++)
        lambda[i] = i < L / 2 ? -1.0 : 1.0;
    d->progress.stage = KZ_RUN_IN_GROUND_STATE;
    d->progress.sweep = 1;
    kz_status status = kz_dmrg_ground_state(out, &report, lambda, delta, L, (int)(L / 2), &params);
    kz_free(lambda);
    if (status == KZ_ETOL && report.variance <= kz_dmrg_params_default().variance_tolerance &&
        report.flip_error <= params.flip_tolerance)
        status = KZ_OK;
    if (status != KZ_OK) {
        kz_mps_free(*out);
        *out = NULL;
        return status;
    }
    d->run->ground_energy = report.energy;
    d->run->ground_variance = report.variance;
    d->run->ground_flip_error = report.flip_error;
    return KZ_OK;
}

kz_status kz_run_initial_state(kz_mps **out, kz_run_driver *d, const double *delta)
{
    const kz_run_setup *setup = &d->run->setup;
    if (setup->initial == KZ_QUENCH_DOMAIN_WALL)
        return kz_mps_create_domain_wall(out, setup->length);
    return ground_state(out, d, delta);
}
