/* The runs of the pictures made anew, each going on from where it was stopped. */
#include <stdio.h>
#include <unistd.h>

#include "cli/command/quench_watch.h"
#include "cli/figure/figure.h"
#include "core/error.h"

enum { TIMES = 41 }; /* 0, 1, ... 40 */

/* A run that is complete needs nothing. */
static kz_status take_finished(kz_run **out, const char *path)
{
    *out = NULL;
    if (access(path, R_OK) != 0) return KZ_OK;
    KZ_TRY(kz_run_read(out, path));
    if (kz_run_times_left(*out) == 0 && kz_run_count(*out) >= TIMES) return KZ_OK;
    kz_run_free(*out);
    *out = NULL;
    return KZ_OK;
}

static kz_status resume(kz_run **out, kz_run_end *end, const kz_run_params *params)
{
    kz_run_stored *stored;
    KZ_TRY(kz_run_stored_open(&stored, params->path));
    size_t chi = kz_run_get_setup(kz_run_stored_run(stored))->chi;
    kz_status status = KZ_OK;
    if (!kz_run_stored_fits(stored, params->times, params->count))
        status = KZ_FAIL(KZ_EIO, "%s.checkpoint belongs to a run of other times: remove it",
                         params->path);
    if (status == KZ_OK) status = kz_run_resume(out, end, stored, chi, params);
    kz_run_stored_close(stored);
    return status;
}

static kz_status make(kz_run **out, kz_run_end *end, const kz_run_setup *setup,
                      const kz_run_params *params)
{
    kz_checkpoint_kind kind;
    KZ_TRY(kz_run_place_check(params->path, setup->method));
    KZ_TRY(kz_run_checkpoint_look(&kind, params->path));
    if (kind == KZ_CHECKPOINT_FOREIGN)
        return KZ_FAIL(KZ_EIO,
                       "%s.checkpoint is not of this version of kapitza, or damaged: remove it",
                       params->path);
    if (kind == KZ_CHECKPOINT_UNFINISHED && setup->method == KZ_METHOD_TEBD)
        return resume(out, end, params);
    return kz_run_make(out, end, setup, params);
}

kz_status cli_figure_make_run(kz_run **out, cli_figure_work *figure, const kz_run_setup *setup,
                              const char *path)
{
    double times[TIMES];
    cli_quench_watch watch;
    kz_run_params params = kz_run_params_default();
    kz_run_end end = KZ_RUN_DONE;
    KZ_TRY(take_finished(out, path));
    if (*out) return KZ_OK;
    for (int i = 0; i < TIMES; i++)
        times[i] = i;
    params.path = path;
    params.times = times;
    params.count = TIMES;
    params.threads = figure->common->options.threads;
    if (!figure->common->quiet) cli_message(figure->args, "making %s", path);
    cli_quench_watch_start(&watch, &params, figure->common, setup->method);
    kz_status status = make(out, &end, setup, &params);
    int number = cli_quench_watch_end(&watch);
    if (status != KZ_OK || end == KZ_RUN_DONE) return status;
    kz_run_free(*out);
    *out = NULL;
    figure->stopped_by = number;
    return KZ_FAIL(KZ_ECANCELLED, "stopped in %s; the same command goes on from there", path);
}
