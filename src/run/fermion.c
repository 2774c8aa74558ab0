/* Exact dynamics of free fermions, time by time. */
#include <math.h>

#include "core/error.h"
#include "run/driver.h"

static kz_status measure(kz_run *run, kz_fermion_lattice *lattice, double time)
{
    size_t L = run->setup.length, k = run->count;
    kz_lattice_profile view = kz_run_view(run, k);
    KZ_TRY(kz_fermion_lattice_measure(&view, lattice, time));
    if (run->density)
        KZ_TRY(kz_fermion_lattice_density_matrices(
            run->density + k * kz_run_density_row(&run->setup), lattice, time));
    for (size_t i = 0; i < L; i++)
        run->value[KZ_RUN_BOND_DIMENSION][k * L + i] = run->value[KZ_RUN_TRUNCATION][k * L + i] =
            NAN;
    run->chi_limit[k] = NAN;
    run->time[k] = time;
    run->count++;
    return KZ_OK;
}

kz_status kz_run_fermion(kz_run_driver *d)
{
    kz_run *run = d->run;
    kz_fermion_lattice *lattice;
    KZ_TRY(kz_fermion_lattice_create(&lattice, run->setup.length, run->setup.initial));
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
