/* A run being made: the driver and the two methods. */
#ifndef KZ_RUN_DRIVER_H
#define KZ_RUN_DRIVER_H

#include "run/checkpoint.h"
#include "run/internal.h"

/* The times end the work; a reason to stop before that is noted in `end`. */
typedef struct {
    kz_run *run; /* its first rows may be measured */
    const kz_run_params *params;
    const double *times; /* [params->count], the first run->count those of the run */
    kz_run_end end;
    kz_run_progress progress;
    double started, saved, previous; /* moments: begin, last checkpoint, last call of progress */
    double pause, saving; /* seconds of the slowest piece of work of late, of a checkpoint */
} kz_run_driver;

/* Notes that a piece of work is done; asks the progress function, and the clock, whether to stop
 * before the next. */
bool kz_run_driver_stops(kz_run_driver *driver);

/* Largest weight discarded at one bond. */
double kz_run_worst_truncation(const kz_tebd *tebd, const kz_mps *mps);

/* Writes RUN.h5, where there is a row. */
KZ_CHECK_RESULT kz_status kz_run_driver_write(kz_run_driver *driver);

/* Exact dynamics of free fermions. */
KZ_CHECK_RESULT kz_status kz_run_fermion(kz_run_driver *driver);

/* TEBD.  stored  a checkpoint to go on from, or NULL. */
KZ_CHECK_RESULT kz_status kz_run_evolve(kz_run_driver *driver, kz_run_stored *stored);

/* State at t = 0, with the energy and variance of a ground state noted in the run.  KZ_ECANCELLED:
 * driver->end says why. */
KZ_CHECK_RESULT kz_status kz_run_initial_state(kz_mps **out, kz_run_driver *driver);

/* What initial states are made of, for both methods: lambda [length] of H'; which spins of a
 * product state are up, to be freed with kz_free(); beta and mu [length] of bonds and sites. */
void kz_run_ground_weights(double *lambda, const kz_run_setup *setup);
KZ_CHECK_RESULT kz_status kz_run_product_spins(bool **out, const kz_run_setup *setup);
void kz_run_thermal_values(double *beta, double *mu, const kz_run_setup *setup);

/* The step of the cooling of a thermal state. */
double kz_run_cooling_step(const kz_run_setup *setup);

/* Error of local observables that steps of this size make by t = 4, the larger part of which stays
 * as it is: the worst of up to four pieces of the chain.  Cost: some hundredths of a second a
 * piece.  KZ_ENOMEM and what DMRG and TEBD return. */
KZ_CHECK_RESULT kz_status kz_run_estimate_step_error(double *error, const kz_run *run, double step);

#endif
