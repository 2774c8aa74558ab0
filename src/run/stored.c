/* Checkpoints read: a file that is verified, then a run, and a state and an evolution where there
 * are. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/checksum.h"
#include "io/lock.h"
#include "run/chain_io.h"
#include "run/checkpoint.h"
#include "run/checkpoint_head.h"
#include "tbm/divided/divided.h"
#include "tbm/mps/mps.h"

struct kz_run_stored {
    kz_run_stream s;
    char name[KZ_CHECKPOINT_NAME];
    kz_io_lock *lock;
    kz_run *run;
    bool begun;    /* state and evolution follow */
    size_t length; /* of the run, when that is released */
    bool old;      /* of format 3, its evolution is still to be read */
    double *times; /* [asked]; NULL: not known */
    size_t asked;
    double target; /* see kz_run_checkpoint */
};

/* Reads the file once to its end; leaves it at its beginning. */
static kz_status verify(kz_run_stream *s)
{
    enum { BLOCK = 1 << 16 };
    void *memory = NULL;
    uint64_t sum = 0, stored = 0;
    KZ_TRY(kz_run_head_check(s));
    if (fseek(s->file, 0, SEEK_END) != 0)
        return KZ_FAIL(KZ_EIO, "%s: %s", s->path, strerror(errno));
    long size = ftell(s->file), left = size - (long)sizeof stored;
    rewind(s->file);
    KZ_TRY(kz_alloc(&memory, BLOCK, 1));
    kz_status status = left < 0 ? KZ_FAIL(KZ_EIO, "%s: is cut off", s->path) : KZ_OK;
    while (status == KZ_OK && left > 0) {
        size_t part = left < BLOCK ? (size_t)left : BLOCK;
        if (fread(memory, 1, part, s->file) != part)
            status = KZ_FAIL(KZ_EIO, "%s: cannot be read", s->path);
        sum = kz_io_checksum(sum, memory, part);
        left -= (long)part;
    }
    kz_free(memory);
    KZ_TRY(status);
    if (fread(&stored, 1, sizeof stored, s->file) != sizeof stored || stored != sum)
        return KZ_FAIL(KZ_EIO, "%s: is damaged (its checksum does not fit)", s->path);
    rewind(s->file);
    return KZ_OK;
}

static kz_status get_rows(kz_run_stream *s, kz_run *run, size_t count)
{
    size_t row = run->setup.length * sizeof(double);
    KZ_TRY(kz_run_reserve(run, count));
    run->count = count;
    KZ_TRY(kz_run_stream_get(s, run->time, count * sizeof(double)));
    KZ_TRY(kz_run_stream_get(s, run->chi_limit, count * sizeof(double)));
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
        KZ_TRY(kz_run_stream_get(s, run->value[q], count * row));
    if (run->setup.densities)
        KZ_TRY(kz_run_stream_get(s, run->density,
                                 count * kz_run_density_row(&run->setup) * sizeof(double)));
    if (!run->setup.correlations) return KZ_OK;
    KZ_TRY(kz_run_stream_get(s, run->correlation_error, count * sizeof(double)));
    for (int q = 0; q < KZ_RUN_CORRELATIONS; q++)
        if (run->correlation[q])
            KZ_TRY(kz_run_stream_get(s, run->correlation[q], count * run->setup.length * row));
    return KZ_OK;
}

static kz_status create_run(kz_run **out, kz_run_stream *s, kz_run_setup *setup, bool extended)
{
    kz_run_chain memory = {0};
    kz_status status = extended ? kz_run_chain_get(&memory, setup, kz_run_stream_get, s) : KZ_OK;
    if (status == KZ_OK && kz_run_setup_check(setup) != KZ_OK)
        status = KZ_FAIL(KZ_EIO, "%s: is not a checkpoint of this version of kapitza", s->path);
    if (status == KZ_OK) status = kz_run_create(out, setup);
    kz_run_chain_free(&memory);
    return status;
}

static kz_status get_times(kz_run_stored *stored, size_t asked)
{
    if (asked == 0) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&stored->times, asked));
    stored->asked = asked;
    return kz_run_stream_get(&stored->s, stored->times, asked * sizeof *stored->times);
}

static kz_status get_all(kz_run_stored *stored)
{
    kz_run_stream *s = &stored->s;
    kz_run_record numbers;
    kz_run_setup setup;
    KZ_TRY(verify(s));
    bool extended;
    KZ_TRY(kz_run_head_get(&numbers, &setup, &extended, s));
    KZ_TRY(create_run(&stored->run, s, &setup, extended));
    stored->run->ground_energy = numbers.ground_energy;
    stored->run->ground_variance = numbers.ground_variance;
    stored->run->ground_flip_error = numbers.ground_flip_error;
    stored->run->initial_energy = numbers.initial_energy;
    stored->run->initial_magnetization = numbers.initial_magnetization;
    stored->run->step = numbers.step;
    stored->target = numbers.target;
    stored->old = numbers.asked == 0;
    KZ_TRY(get_times(stored, (size_t)numbers.asked));
    stored->begun = numbers.begun != 0;
    return get_rows(s, stored->run, (size_t)numbers.count);
}

static kz_status open_locked(kz_run_stored *stored, const char *path)
{
    KZ_TRY(kz_io_lock_take(&stored->lock, path));
    stored->s.file = fopen(stored->name, "rb");
    if (!stored->s.file) return KZ_FAIL(KZ_EIO, "%s: %s", stored->name, strerror(errno));
    return get_all(stored);
}

kz_status kz_run_stored_open(kz_run_stored **out, const char *path)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_run_stored)));
    kz_run_stored *stored = memory;
    kz_run_checkpoint_name(stored->name, path);
    stored->s.path = stored->name;
    kz_status status = open_locked(stored, path);
    if (status != KZ_OK) {
        kz_run_stored_close(stored);
        return status == KZ_EDOMAIN ? KZ_EIO : status;
    }
    *out = stored;
    return KZ_OK;
}

void kz_run_stored_close(kz_run_stored *stored)
{
    if (!stored) return;
    if (stored->s.file) (void)fclose(stored->s.file);
    kz_run_free(stored->run);
    kz_free(stored->times);
    kz_io_lock_release(stored->lock);
    kz_free(stored);
}

const kz_run *kz_run_stored_run(const kz_run_stored *stored) { return stored->run; }

size_t kz_run_stored_times(const double **times, const kz_run_stored *stored)
{
    *times = stored->times;
    return stored->asked;
}

bool kz_run_stored_fits(const kz_run_stored *stored, const double *times, size_t count)
{
    const kz_run *run = stored->run;
    size_t pending = isnan(stored->target) ? 0U : 1U;
    if (count < run->count + pending) return false;
    for (size_t k = 0; k < run->count; k++)
        if (!kz_run_same_number(times[k], run->time[k])) return false;
    return !pending || kz_run_same_number(times[run->count], stored->target);
}

double kz_run_stored_target(const kz_run_stored *stored) { return stored->target; }

kz_run *kz_run_stored_release(kz_run_stored *stored)
{
    kz_run *run = stored->run;
    stored->length = run->setup.length;
    stored->run = NULL;
    return run;
}

bool kz_run_stored_has_state(const kz_run_stored *stored) { return stored->begun; }

static kz_status as_file_trouble(kz_status status)
{
    return status == KZ_EDOMAIN ? KZ_EIO : status;
}

kz_status kz_run_stored_state(kz_mps **out, kz_run_stored *stored, bool whole)
{
    kz_mps *mps;
    kz_run_stream *s = &stored->s;
    *out = NULL;
    KZ_TRY(as_file_trouble(whole ? kz_mps_read(&mps, kz_run_stream_get, s)
                                 : kz_mps_read_bonds(&mps, kz_run_stream_get, s)));
    if (kz_mps_length(mps) != stored->length) {
        kz_mps_free(mps);
        return KZ_FAIL(KZ_EIO, "%s: state and parameters do not fit", s->path);
    }
    *out = mps;
    return KZ_OK;
}

kz_status kz_run_stored_divide(kz_run_stored *stored, kz_tebd *tebd, kz_team *team)
{
    return as_file_trouble(kz_divided_begin(tebd, team, kz_run_stream_get, &stored->s));
}

/* kz_read_fn of the evolution in format 3, whose first record lacks its third number, the bound of
 * the truncation error: it is not known. */
static kz_status get_old_evolution(void *context, void *data, size_t size)
{
    enum { BEFORE = 2 * sizeof(double), BEHIND = 3 * sizeof(double) };
    static const double unknown = INFINITY;
    kz_run_stored *stored = context;
    char *bytes = data;
    if (!stored->old || size < BEHIND) return kz_run_stream_get(&stored->s, data, size);
    stored->old = false;
    KZ_TRY(kz_run_stream_get(&stored->s, bytes, BEFORE));
    memcpy(bytes + BEFORE, &unknown, sizeof unknown);
    return kz_run_stream_get(&stored->s, bytes + BEHIND, size - BEHIND);
}

kz_status kz_run_stored_evolution(kz_run_stored *stored, kz_tebd *tebd)
{
    return as_file_trouble(stored->old ? kz_tebd_read(tebd, get_old_evolution, stored)
                                       : kz_tebd_read(tebd, kz_run_stream_get, &stored->s));
}
