/* TEBD from time to time, with checkpoints. */
#include <math.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/memory.h"
#include "run/driver.h"
#include "tbm/divided/divided.h"

typedef struct {
    kz_run_driver *driver;
    kz_mps *mps;
    kz_tebd *tebd;
    double from, to; /* times of the segment at hand */
} evolution;

/* kz_progress_fn: stops for good, or for a checkpoint. */
static int after_layer(void *context, size_t done, size_t total)
{
    evolution *e = context;
    kz_run_driver *d = e->driver;
    d->progress.time = e->from + (e->to - e->from) * (double)done / (double)total;
    return kz_run_driver_stops(d) || d->previous - d->saved >= d->params->checkpoint_seconds;
}

/* Once for each size of step.  A run is not lost because its accuracy cannot be told. */
static void note_step(evolution *e, double step)
{
    kz_run *run = e->driver->run;
    bool known = !isnan(run->step_error) && run->step >= step;
    run->step = fmax(run->step, step);
    if (known || !(run->step > 0.0)) return;
    if (kz_run_estimate_step_error(&run->step_error, run, run->step) != KZ_OK)
        run->step_error = NAN;
}

/* Checkpoint and RUN.h5.  At the end the file, which holds all that was asked for, is written even
 * where the checkpoint cannot be. */
static kz_status save(evolution *e, double target, bool finished)
{
    kz_run_driver *d = e->driver;
    const kz_run_checkpoint checkpoint = {.run = d->run,
                                          .mps = e->mps,
                                          .tebd = e->tebd,
                                          .times = d->times,
                                          .asked = d->params->count,
                                          .target = target,
                                          .finished = finished};
    double begin = kz_clock_seconds();
    if (e->tebd) {
        d->run->audit_excess = kz_tebd_worst_excess(e->tebd);
        d->run->truncation_bound = kz_tebd_error_bound(e->tebd);
    }
    kz_status status = kz_run_checkpoint_write(&checkpoint, d->params->path);
    if (status != KZ_OK && !finished) return status;
    kz_status written = kz_run_driver_write(d);
    d->saved = d->previous = kz_clock_seconds();
    d->saving = d->saved - begin;
    return status == KZ_OK ? written : status;
}

/* Correlations of row k.  Their error, about 0.2 tolerance^2, stays below what truncation has done
 * to those of the state: a few thousandths of its bound, of a ground state about the square root of
 * the cutoff (docs/tebd.md).  At `most` it is 1e-3. */
static kz_status measure_pairs(const evolution *e, size_t k)
{
    static const double part = 0.01, most = 0.08;
    kz_run *run = e->driver->run;
    const kz_pair_correlations view = kz_run_pair_view(run, k);
    double bound = fmax(sqrt(run->setup.cutoff), kz_tebd_error_bound(e->tebd));
    return kz_mps_pair_correlations(&view, &run->correlation_error[k], e->mps,
                                    fmin(sqrt(part * bound), most), e->driver->params->threads);
}

/* Measures at `time` into the next row. */
static kz_status measure(const evolution *e, double time)
{
    kz_run *run = e->driver->run;
    int threads = e->driver->params->threads;
    size_t L = run->setup.length, k = run->count, row = k * L;
    kz_lattice_profile view = kz_run_view(run, k);
    KZ_TRY(kz_mps_measure_coupled(&view, e->mps, &run->couplings, threads));
    if (run->density)
        KZ_TRY(kz_mps_density_matrices(run->density + k * kz_run_density_row(&run->setup), e->mps,
                                       threads));
    if (run->setup.correlations) KZ_TRY(measure_pairs(e, k));
    for (size_t i = 0; i < L; i++) {
        bool last = i == L - 1;
        run->value[KZ_RUN_BOND_DIMENSION][row + i] =
            last ? NAN : (double)kz_mps_bond_dimension(e->mps, i);
        run->value[KZ_RUN_TRUNCATION][row + i] = last ? NAN : kz_tebd_truncation(e->tebd, i);
    }
    run->chi_limit[k] = (double)run->setup.chi;
    run->time[k] = time;
    run->count++;
    return KZ_OK;
}

/* To the next measured time, stopping for checkpoints. */
static kz_status segment(evolution *e, double target)
{
    double gap = target - e->from;
    size_t steps = (size_t)ceil(gap / e->driver->run->setup.dt * (1.0 - 1e-12));
    kz_status status = KZ_OK;
    e->to = target;
    if (steps > 0) note_step(e, gap / (double)steps);
    e->driver->previous = kz_clock_seconds();
    if (kz_tebd_in_progress(e->tebd))
        status = kz_tebd_continue(e->tebd, after_layer, e);
    else if (steps > 0)
        status = kz_tebd_advance(e->tebd, gap / (double)steps, steps, after_layer, e);
    while (status == KZ_ECANCELLED) {
        KZ_TRY(save(e, target, false));
        if (e->driver->end != KZ_RUN_DONE) return KZ_OK;
        status = kz_tebd_continue(e->tebd, after_layer, e);
    }
    return status;
}

/* A run whose spin flip is broken ends with what is measured, in RUN.h5 and a checkpoint. */
static kz_status check_flip(evolution *e)
{
    double tolerance =
        kz_run_flip_tolerance(kz_mps_keeps_flip(e->mps), kz_tebd_error_bound(e->tebd));
    kz_status status = kz_run_check_flip(e->driver->run, tolerance);
    if (status == KZ_OK) return KZ_OK;
    char reason[200];
    (void)snprintf(reason, sizeof reason, "%s", kz_error_reason());
    KZ_TRY(save(e, NAN, false));
    return KZ_FAIL(status, "%s", reason);
}

static kz_status evolve(evolution *e)
{
    kz_run_driver *d = e->driver;
    kz_run *run = d->run;
    d->progress.stage = KZ_RUN_IN_EVOLUTION;
    d->progress.mps = e->mps;
    d->progress.tebd = e->tebd;
    if (run->count > 0) KZ_TRY(check_flip(e)); /* a run that ended so does not go on */
    while (run->count < d->params->count) {
        double target = d->times[run->count];
        e->from = run->count > 0 ? run->time[run->count - 1] : 0.0;
        KZ_TRY(segment(e, target));
        if (d->end != KZ_RUN_DONE) return KZ_OK;
        KZ_TRY(measure(e, target));
        KZ_TRY(check_flip(e));
    }
    return save(e, NAN, true);
}

/* Sums over the chain at t = 0, by way of a row that is not counted. */
static kz_status note_initial(const evolution *e)
{
    kz_run *run = e->driver->run;
    kz_lattice_profile view = kz_run_view(run, 0);
    KZ_TRY(kz_mps_measure_coupled(&view, e->mps, &run->couplings, e->driver->params->threads));
    run->initial_energy = kz_run_total_energy(run, 0);
    run->initial_magnetization = kz_run_total_magnetization(run, 0);
    return KZ_OK;
}

static kz_status check_limit(const evolution *e)
{
    double limit = e->driver->params->max_truncation,
           weight = kz_run_worst_truncation(e->tebd, e->mps);
    if (weight <= limit) return KZ_OK;
    return KZ_FAIL(
        KZ_EINVAL,
        "a weight of %g is discarded already, beyond the limit of %g (accepted: more, or "
        "no limit)",
        weight, limit);
}

/* The stored state in this process, or only its bonds, whose sites the team is dealt. */
static kz_status restore(evolution *e, kz_run_stored *stored, const kz_tebd_params *params)
{
    kz_team *team = e->driver->params->team;
    KZ_TRY(kz_run_stored_state(&e->mps, stored, team == NULL));
    KZ_TRY(kz_tebd_create_coupled(&e->tebd, e->mps, &e->driver->run->couplings, params));
    if (team) KZ_TRY(kz_run_stored_divide(stored, e->tebd, team));
    KZ_TRY(kz_run_stored_evolution(stored, e->tebd));
    note_step(e, e->driver->run->step);
    return check_limit(e);
}

/* State and evolution: the stored ones, or new. */
static kz_status prepare(evolution *e, kz_run_stored *stored)
{
    kz_team *team = e->driver->params->team;
    const kz_run_setup *setup = &e->driver->run->setup;
    kz_tebd_params params = {.trotter = setup->trotter,
                             .chi = setup->chi,
                             .cutoff = setup->cutoff,
                             .cutoff_per_gate = setup->cutoff_per_gate,
                             .threads = e->driver->params->threads};
    if (stored && kz_run_stored_has_state(stored)) return restore(e, stored, &params);
    KZ_TRY(kz_run_initial_state(&e->mps, e->driver));
    KZ_TRY(kz_tebd_create_coupled(&e->tebd, e->mps, &e->driver->run->couplings, &params));
    if (team) KZ_TRY(kz_divided_begin(e->tebd, team, NULL, NULL));
    return note_initial(e);
}

kz_status kz_run_evolve(kz_run_driver *driver, kz_run_stored *stored)
{
    evolution e = {.driver = driver};
    kz_status status = prepare(&e, stored);
    if (status == KZ_OK)
        status = evolve(&e);
    else if (status == KZ_ECANCELLED)
        status = save(&e, NAN, false);
    kz_tebd_free(e.tebd);
    kz_mps_free(e.mps);
    return status;
}
