/* Checkpoints: head, chain, times asked for, measured rows, state, evolution, checksum. A file of
 * this machine and of this version of the program, or of the last, which did not have the times;
 * anything else is refused. */
#include "run/checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/replace.h"
#include "run/chain_io.h"
#include "run/checkpoint_head.h"

void kz_run_checkpoint_name(char name[KZ_CHECKPOINT_NAME], const char *path)
{
    struct stat info;
    char *real = NULL; /* one run, one checkpoint, whichever link names it */
    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode)) real = realpath(path, NULL);
    (void)snprintf(name, KZ_CHECKPOINT_NAME, "%.*s.checkpoint", KZ_CHECKPOINT_NAME - 16,
                   real ? real : path);
    free(real);
}

static kz_status put_rows(kz_run_stream *s, const kz_run *run)
{
    size_t row = run->setup.length * sizeof(double);
    KZ_TRY(kz_run_stream_put(s, run->time, run->count * sizeof(double)));
    KZ_TRY(kz_run_stream_put(s, run->chi_limit, run->count * sizeof(double)));
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
        KZ_TRY(kz_run_stream_put(s, run->value[q], run->count * row));
    if (run->setup.densities)
        KZ_TRY(kz_run_stream_put(s, run->density,
                                 run->count * kz_run_density_row(&run->setup) * sizeof(double)));
    if (!run->setup.correlations) return KZ_OK;
    KZ_TRY(kz_run_stream_put(s, run->correlation_error, run->count * sizeof(double)));
    for (int q = 0; q < KZ_RUN_CORRELATIONS; q++)
        if (run->correlation[q])
            KZ_TRY(kz_run_stream_put(s, run->correlation[q], run->count * run->setup.length * row));
    return KZ_OK;
}

static kz_status put_all(kz_run_stream *s, const kz_run_checkpoint *c)
{
    const kz_run_setup *setup = &c->run->setup;
    kz_run_record numbers = {.ground_energy = c->run->ground_energy,
                             .ground_variance = c->run->ground_variance,
                             .ground_flip_error = c->run->ground_flip_error,
                             .target = c->target,
                             .count = c->run->count,
                             .finished = c->finished,
                             .begun = c->mps != NULL,
                             .asked = c->asked,
                             .initial_energy = c->run->initial_energy,
                             .initial_magnetization = c->run->initial_magnetization,
                             .step = c->run->step};
    KZ_TRY(kz_run_head_put(s, &numbers, setup));
    if (kz_run_head_has_chain(setup)) KZ_TRY(kz_run_chain_put(c->run, kz_run_stream_put, s));
    KZ_TRY(kz_run_stream_put(s, c->times, c->asked * sizeof *c->times));
    KZ_TRY(put_rows(s, c->run));
    if (numbers.begun) {
        KZ_TRY(kz_mps_write(c->mps, kz_run_stream_put, s));
        KZ_TRY(kz_tebd_write(c->tebd, kz_run_stream_put, s));
    }
    uint64_t sum = s->sum;
    return kz_run_stream_put(s, &sum, sizeof sum);
}

kz_status kz_run_checkpoint_write(const kz_run_checkpoint *c, const char *path)
{
    char name[KZ_CHECKPOINT_NAME];
    kz_io_replacement *replacement;
    kz_run_checkpoint_name(name, path);
    KZ_TRY(kz_io_replace_begin(&replacement, name));
    kz_run_stream s = {.file = fopen(kz_io_replace_temporary(replacement), "wb"), .path = name};
    kz_status status = s.file ? put_all(&s, c) : KZ_FAIL(KZ_EIO, "%s: %s", name, strerror(errno));
    if (s.file && fclose(s.file) != 0 && status == KZ_OK)
        status = KZ_FAIL(KZ_EIO, "%s: %s", name, strerror(errno));
    if (status == KZ_OK) status = kz_io_replace_finish(replacement);
    kz_io_replace_free(replacement);
    return status;
}

kz_status kz_run_checkpoint_look(kz_checkpoint_kind *out, const char *path)
{
    char name[KZ_CHECKPOINT_NAME];
    kz_run_record numbers;
    kz_run_setup setup;
    kz_run_checkpoint_name(name, path);
    kz_run_stream s = {.file = fopen(name, "rb"), .path = name};
    *out = KZ_CHECKPOINT_NONE;
    if (!s.file && errno == ENOENT) return KZ_OK;
    if (!s.file) return KZ_FAIL(KZ_EIO, "%s: %s", name, strerror(errno));
    bool extended, ours = kz_run_head_get(&numbers, &setup, &extended, &s) == KZ_OK;
    (void)fclose(s.file);
    *out = KZ_CHECKPOINT_FOREIGN;
    if (ours) *out = numbers.finished ? KZ_CHECKPOINT_FINISHED : KZ_CHECKPOINT_UNFINISHED;
    return KZ_OK;
}
