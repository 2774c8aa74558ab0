/* Exact dynamics of free fermions, time by time. */
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "run/driver.h"

static kz_status measure(kz_run *run, kz_fermion_lattice *lattice, double time)
{
    size_t L = run->setup.length, k = run->count;
    kz_lattice_profile view = kz_run_view(run, k);
    KZ_TRY(kz_fermion_lattice_measure(&view, lattice, time));
    if (run->density)
        KZ_TRY(kz_fermion_lattice_density_matrices(
            run->density + k * kz_run_density_row(&run->setup), lattice, time));
    if (run->setup.correlations) {
        run->correlation_error[k] = NAN;
        const kz_pair_correlations pairs = kz_run_pair_view(run, k);
        KZ_TRY(kz_fermion_lattice_correlations(&pairs, lattice, time));
    }
    for (size_t i = 0; i < L; i++)
        run->value[KZ_RUN_BOND_DIMENSION][k * L + i] = run->value[KZ_RUN_TRUNCATION][k * L + i] =
            NAN;
    run->chi_limit[k] = NAN;
    run->time[k] = time;
    run->count++;
    return KZ_OK;
}

static kz_status thermal(kz_fermion_lattice **out, const kz_run *run)
{
    size_t L = run->setup.length;
    double *beta, *mu = NULL;
    KZ_TRY(kz_alloc_doubles(&beta, L));
    kz_status status = kz_alloc_doubles(&mu, L);
    if (status == KZ_OK) {
        kz_run_thermal_values(beta, mu, &run->setup);
        status = kz_fermion_lattice_create_thermal(out, L, &run->couplings, beta, mu);
    }
    kz_free(beta);
    kz_free(mu);
    return status;
}

static kz_status product(kz_fermion_lattice **out, const kz_run *run)
{
    bool *up;
    KZ_TRY(kz_run_product_spins(&up, &run->setup));
    kz_status status =
        kz_fermion_lattice_create_product(out, run->setup.length, &run->couplings, up);
    kz_free(up);
    return status;
}

static kz_status ground(kz_fermion_lattice **out, const kz_run *run)
{
    double *lambda;
    KZ_TRY(kz_alloc_doubles(&lambda, run->setup.length));
    kz_run_ground_weights(lambda, &run->setup);
    kz_status status =
        kz_fermion_lattice_create_ground(out, run->setup.length, &run->couplings, lambda);
    kz_free(lambda);
    return status;
}

static kz_status create(kz_fermion_lattice **out, const kz_run *run)
{
    const kz_run_setup *s = &run->setup;
    *out = NULL;
    if (s->initial == KZ_QUENCH_ENERGY && !kz_run_has_couplings(s)) /* closed forms */
        return kz_fermion_lattice_create(out, s->length, s->initial);
    if (kz_run_needs_ground_state(s)) return ground(out, run);
    return kz_run_is_purified(s) ? thermal(out, run) : product(out, run);
}

kz_status kz_run_fermion(kz_run_driver *d)
{
    kz_run *run = d->run;
    kz_fermion_lattice *lattice;
    KZ_TRY(create(&lattice, run));
    d->progress.stage = KZ_RUN_IN_EVOLUTION;
    kz_status status = KZ_OK;
    while (status == KZ_OK && run->count < d->params->count) {
        d->progress.time = d->times[run->count];
        status = measure(run, lattice, d->progress.time);
        if (run->count < d->params->count && kz_run_driver_stops(d)) break;
    }
    kz_fermion_lattice_free(lattice);
    return status == KZ_OK ? kz_run_driver_write(d) : status;
}
