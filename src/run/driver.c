/* Makes and resumes runs: when to stop, what to write when. */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/memory.h"
#include "io/lock.h"
#include "io/replace.h"
#include "run/driver.h"

double kz_run_worst_truncation(const kz_tebd *tebd, const kz_mps *mps)
{
    double worst = 0.0;
    for (size_t i = 0; i + 1 < kz_mps_length(mps); i++)
        worst = fmax(worst, kz_tebd_truncation(tebd, i));
    return worst;
}

bool kz_run_driver_stops(kz_run_driver *d)
{
    const kz_run_params *p = d->params;
    double moment = kz_clock_seconds();
    d->pause = fmax(0.9 * d->pause, moment - d->previous);
    d->previous = moment;
    if (p->progress && p->progress(p->progress_context, &d->progress) != 0)
        d->end = KZ_RUN_STOPPED;
    else if (moment - d->started + 2.0 * d->pause + 2.0 * d->saving > p->wall_seconds)
        d->end = KZ_RUN_WALL_TIME;
    else if (d->progress.tebd && p->max_truncation < INFINITY &&
             kz_run_worst_truncation(d->progress.tebd, d->progress.mps) > p->max_truncation)
        d->end = KZ_RUN_TRUNCATED;
    return d->end != KZ_RUN_DONE;
}

kz_status kz_run_driver_write(kz_run_driver *d)
{
    d->run->times_left = d->params->count - d->run->count;
    return d->run->count > 0 ? kz_run_write(d->run, d->params->path) : KZ_OK;
}

static void begin(kz_run_driver *d, kz_run *run, const kz_run_params *params, const double *times)
{
    double first = run->count > 0 ? run->time[run->count - 1] : 0.0;
    *d = (kz_run_driver){.run = run, .params = params, .times = times, .end = KZ_RUN_DONE};
    d->progress.first = d->progress.time = first;
    d->progress.last = times[params->count - 1];
    d->started = d->saved = d->previous = kz_clock_seconds();
}

static kz_status drive(kz_run_end *end, kz_run *run, kz_run_stored *stored,
                       const kz_run_params *params, const double *times)
{
    kz_run_driver driver;
    KZ_TRY(kz_run_reserve(run, params->count));
    begin(&driver, run, params, times);
    int blas = openblas_get_num_threads();
    openblas_set_num_threads(1);
    kz_status status = run->setup.method == KZ_METHOD_FERMION ? kz_run_fermion(&driver)
                                                              : kz_run_evolve(&driver, stored);
    openblas_set_num_threads(blas);
    *end = driver.end;
    return status;
}

/* Hands the run over or frees it. */
static kz_status finish(kz_run **out, kz_run *run, kz_status status)
{
    if (out && status == KZ_OK)
        *out = run;
    else
        kz_run_free(run);
    return status;
}

kz_status kz_run_place_check(const char *path, kz_method method)
{
    char name[KZ_CHECKPOINT_NAME];
    KZ_TRY(kz_io_replace_try(path));
    if (method == KZ_METHOD_FERMION) return KZ_OK;
    kz_run_checkpoint_name(name, path);
    return kz_io_replace_try(name);
}

kz_status kz_run_file_look(kz_checkpoint_kind *out, const char *path)
{
    struct stat info;
    kz_run *run;
    *out = KZ_CHECKPOINT_NONE;
    if (stat(path, &info) != 0) return KZ_OK;
    kz_status status = kz_run_read(&run, path);
    if (status == KZ_ENOMEM) return status;
    *out = KZ_CHECKPOINT_FOREIGN;
    if (status == KZ_OK)
        *out = run->times_left > 0 ? KZ_CHECKPOINT_UNFINISHED : KZ_CHECKPOINT_FINISHED;
    kz_run_free(run);
    return KZ_OK;
}

static kz_status check_checkpoint(const kz_run_params *params, kz_method method)
{
    kz_checkpoint_kind kind;
    KZ_TRY(kz_run_checkpoint_look(&kind, params->path));
    if (kind == KZ_CHECKPOINT_FOREIGN)
        return KZ_FAIL(KZ_EIO, "%s.checkpoint is not of this version of kapitza, or damaged",
                       params->path);
    if (params->overwrite) return KZ_OK;
    if (kind == KZ_CHECKPOINT_UNFINISHED)
        return KZ_FAIL(KZ_EIO, "%s.checkpoint holds an unfinished run", params->path);
    if (kind == KZ_CHECKPOINT_FINISHED && method == KZ_METHOD_FERMION)
        return KZ_FAIL(KZ_EIO, "%s.checkpoint belongs to a TEBD run", params->path);
    return KZ_OK;
}

/* What something else may still need is not replaced. */
static kz_status check_place(const kz_run_params *params, kz_method method)
{
    kz_checkpoint_kind kind;
    KZ_TRY(kz_run_place_check(params->path, method));
    KZ_TRY(check_checkpoint(params, method));
    if (params->overwrite) return KZ_OK;
    KZ_TRY(kz_run_file_look(&kind, params->path));
    if (kind == KZ_CHECKPOINT_NONE) return KZ_OK;
    return KZ_FAIL(KZ_EIO, "%s: %s, which is not overwritten without being asked to", params->path,
                   kind == KZ_CHECKPOINT_FINISHED     ? "holds a finished run"
                   : kind == KZ_CHECKPOINT_UNFINISHED ? "holds a part of a run"
                                                      : "exists");
}

/* A checkpoint of the run that was overwritten would bring that back. */
static void remove_checkpoint(const char *path)
{
    char name[KZ_CHECKPOINT_NAME];
    kz_run_checkpoint_name(name, path);
    (void)unlink(name);
}

static void name_chain(char name[KZ_RUN_TEXT_SIZE], double delta)
{
    if (name[0]) return;
    if (delta == 0.0)
        (void)snprintf(name, KZ_RUN_TEXT_SIZE, "xx");
    else
        (void)snprintf(name, KZ_RUN_TEXT_SIZE, "Delta=%.17g", delta);
}

static kz_status make_locked(kz_run **out, kz_run_end *end, const kz_run_setup *setup,
                             const kz_run_params *params)
{
    kz_run *run;
    KZ_TRY(check_place(params, setup->method));
    KZ_TRY(kz_run_create(&run, setup));
    name_chain(run->setup.left, setup->delta_left);
    name_chain(run->setup.right, setup->delta_right);
    kz_status status = drive(end, run, NULL, params, params->times);
    if (status == KZ_OK && setup->method == KZ_METHOD_FERMION) remove_checkpoint(params->path);
    return finish(out, run, status);
}

kz_status kz_run_make(kz_run **out, kz_run_end *end, const kz_run_setup *setup,
                      const kz_run_params *params)
{
    kz_io_lock *lock;
    kz_run_end ending = KZ_RUN_DONE;
    if (out) *out = NULL;
    KZ_TRY(kz_run_setup_check(setup));
    KZ_TRY(kz_run_params_check(params, setup));
    KZ_TRY(kz_io_lock_take(&lock, params->path));
    kz_status status = make_locked(out, &ending, setup, params);
    kz_io_lock_release(lock);
    if (end) *end = ending;
    return status;
}

static bool is_same_run(const kz_run_setup *a, const kz_run_setup *b)
{
    return a->method == b->method && kz_run_same_chain(a, b) && kz_run_same_initial(a, b) &&
           kz_run_same_number(a->dt, b->dt) && a->trotter == b->trotter && a->cutoff == b->cutoff &&
           a->cutoff_per_gate == b->cutoff_per_gate && a->densities == b->densities &&
           a->correlations == b->correlations;
}

/* A file that another run has written is not replaced; one that is damaged, or gone, is: all that
 * it had is in the checkpoint.  Before the first row it may be the file that was to be overwritten
 * when the run began. */
static kz_status check_file(const kz_run *run, const char *path)
{
    kz_run *there;
    if (run->count == 0) return KZ_OK;
    kz_status status = kz_run_read(&there, path);
    if (status != KZ_OK) return status == KZ_ENOMEM ? status : KZ_OK;
    bool same = is_same_run(&there->setup, &run->setup);
    kz_run_free(there);
    if (same) return KZ_OK;
    return KZ_FAIL(KZ_EIO, "%s: holds another run than %s.checkpoint: move one of them away", path,
                   path);
}

static kz_status check_resume(const kz_run_stored *stored, size_t chi, const kz_run_params *params)
{
    const kz_run *run = stored ? kz_run_stored_run(stored) : NULL;
    if (!run) return KZ_FAIL(KZ_EINVAL, "no run to be resumed, or it has been already");
    KZ_TRY(kz_run_params_check(params, &run->setup));
    KZ_TRY(kz_run_place_check(params->path, run->setup.method));
    KZ_TRY(check_file(run, params->path));
    if (chi < run->setup.chi)
        return KZ_FAIL(KZ_EINVAL, "chi = %zu is smaller than in the run to be resumed, %zu", chi,
                       run->setup.chi);
    if (!kz_run_stored_fits(stored, params->times, params->count))
        return KZ_FAIL(KZ_EINVAL, "the times do not begin with those of the run to be resumed");
    return KZ_OK;
}

/* The times, the old ones bitwise as they were. */
static kz_status copy_times(double **out, const kz_run_stored *stored, const kz_run_params *params)
{
    const kz_run *run = kz_run_stored_run(stored);
    double target = kz_run_stored_target(stored);
    KZ_TRY(kz_alloc_doubles(out, params->count));
    memcpy(*out, params->times, params->count * sizeof **out);
    if (run->count > 0) memcpy(*out, run->time, run->count * sizeof **out);
    if (!isnan(target)) (*out)[run->count] = target;
    return KZ_OK;
}

kz_status kz_run_resume(kz_run **out, kz_run_end *end, kz_run_stored *stored, size_t chi,
                        const kz_run_params *params)
{
    double *times;
    kz_run_end ending = KZ_RUN_DONE;
    if (out) *out = NULL;
    KZ_TRY(check_resume(stored, chi, params));
    KZ_TRY(copy_times(&times, stored, params));
    kz_run *run = kz_run_stored_release(stored);
    run->setup.chi = chi;
    kz_status status = drive(&ending, run, stored, params, times);
    kz_free(times);
    if (end) *end = ending;
    return finish(out, run, status);
}
