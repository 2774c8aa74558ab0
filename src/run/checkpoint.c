/* Checkpoints: magic, numbers, setup, times asked for, measured rows, state, evolution, checksum. A
 * file of this machine and of this version of the program, or of the last, which did not have the
 * times; anything else is refused. */
#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/checksum.h"
#include "io/lock.h"
#include "io/replace.h"
#include "run/chain_io.h"
#include "run/checkpoint.h"
#include "tbm/divided.h"
#include "tbm/mps.h"

static const char magic[24] = "kapitza checkpoint 5\n", old_magic[24] = "kapitza checkpoint 3\n";
/* Runs with couplings or other initial states: as 5, and a chain behind the setup. */
static const char extended_magic[24] = "kapitza checkpoint 6\n";

typedef struct {
    FILE *file;
    const char *path;
    uint64_t sum;
} stream;

static kz_status put(void *context, const void *data, size_t size)
{
    stream *s = context;
    s->sum = kz_io_checksum(s->sum, data, size);
    if (size == 0 || fwrite(data, 1, size, s->file) == size) return KZ_OK;
    return KZ_FAIL(KZ_EIO, "%s: %s", s->path, strerror(errno));
}

static kz_status get(void *context, void *data, size_t size)
{
    stream *s = context;
    if (size > 0 && fread(data, 1, size, s->file) != size)
        return KZ_FAIL(KZ_EIO, "%s: ends too early", s->path);
    s->sum = kz_io_checksum(s->sum, data, size);
    return KZ_OK;
}

/* A setup as format 3 has it. */
typedef struct {
    char left[KZ_RUN_TEXT_SIZE], right[KZ_RUN_TEXT_SIZE];
    double delta_left, delta_right;
    kz_quench_kind initial;
    kz_method method;
    size_t length;
    double dt;
    kz_trotter trotter;
    size_t chi;
    double cutoff;
    int cutoff_per_gate, densities;
} packed_setup;

/* Padding is zero too: the file is a function of the run. */
static void pack(packed_setup *out, const kz_run_setup *s)
{
    memset(out, 0, sizeof *out);
    memcpy(out->left, s->left, sizeof out->left);
    memcpy(out->right, s->right, sizeof out->right);
    out->delta_left = s->delta_left;
    out->delta_right = s->delta_right;
    out->initial = s->initial;
    out->method = s->method;
    out->length = s->length;
    out->dt = s->dt;
    out->trotter = s->trotter;
    out->chi = s->chi;
    out->cutoff = s->cutoff;
    out->cutoff_per_gate = s->cutoff_per_gate;
    out->densities = s->densities;
}

static void unpack(kz_run_setup *out, const packed_setup *s)
{
    *out = (kz_run_setup){.delta_left = s->delta_left,
                          .delta_right = s->delta_right,
                          .initial = s->initial,
                          .method = s->method,
                          .length = s->length,
                          .dt = s->dt,
                          .trotter = s->trotter,
                          .chi = s->chi,
                          .cutoff = s->cutoff,
                          .cutoff_per_gate = s->cutoff_per_gate != 0,
                          .densities = s->densities != 0};
    memcpy(out->left, s->left, sizeof out->left);
    memcpy(out->right, s->right, sizeof out->right);
    out->left[sizeof out->left - 1] = out->right[sizeof out->right - 1] = '\0';
}

/* Numbers before the arrays. */
typedef struct {
    double ground_energy, ground_variance, target;
    uint64_t count;
    uint64_t finished, begun; /* begun: state and evolution follow */
    /* since format 5 */
    uint64_t asked;
    double ground_flip_error, initial_energy, initial_magnetization, step;
} record;
enum { OLD_RECORD = offsetof(record, asked) };

void kz_run_checkpoint_name(char name[KZ_CHECKPOINT_NAME], const char *path)
{
    struct stat info;
    char *real = NULL; /* one run, one checkpoint, whichever link names it */
    if (lstat(path, &info) == 0 && S_ISLNK(info.st_mode)) real = realpath(path, NULL);
    (void)snprintf(name, KZ_CHECKPOINT_NAME, "%.*s.checkpoint", KZ_CHECKPOINT_NAME - 16,
                   real ? real : path);
    free(real);
}

/* -- writing ------------------------------------------------------------------------------- */

static kz_status put_rows(stream *s, const kz_run *run)
{
    size_t row = run->setup.length * sizeof(double);
    KZ_TRY(put(s, run->time, run->count * sizeof(double)));
    KZ_TRY(put(s, run->chi_limit, run->count * sizeof(double)));
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
        KZ_TRY(put(s, run->value[q], run->count * row));
    if (!run->setup.densities) return KZ_OK;
    return put(s, run->density,
               run->count * (run->setup.length - 2) * KZ_DENSITY_SIZE * sizeof(double));
}

static kz_status put_all(stream *s, const kz_run_checkpoint *c)
{
    bool extended = kz_run_is_extended(&c->run->setup);
    packed_setup setup;
    pack(&setup, &c->run->setup);
    record numbers = {.ground_energy = c->run->ground_energy,
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
    KZ_TRY(put(s, extended ? extended_magic : magic, sizeof magic));
    KZ_TRY(put(s, &numbers, sizeof numbers));
    KZ_TRY(put(s, &setup, sizeof setup));
    if (extended) KZ_TRY(kz_run_chain_put(c->run, put, s));
    KZ_TRY(put(s, c->times, c->asked * sizeof *c->times));
    KZ_TRY(put_rows(s, c->run));
    if (numbers.begun) {
        KZ_TRY(kz_mps_write(c->mps, put, s));
        KZ_TRY(kz_tebd_write(c->tebd, put, s));
    }
    uint64_t sum = s->sum;
    return put(s, &sum, sizeof sum);
}

kz_status kz_run_checkpoint_write(const kz_run_checkpoint *c, const char *path)
{
    char name[KZ_CHECKPOINT_NAME];
    kz_io_replacement *replacement;
    kz_run_checkpoint_name(name, path);
    KZ_TRY(kz_io_replace_begin(&replacement, name));
    stream s = {.file = fopen(kz_io_replace_temporary(replacement), "wb"), .path = name};
    kz_status status = s.file ? put_all(&s, c) : KZ_FAIL(KZ_EIO, "%s: %s", name, strerror(errno));
    if (s.file && fclose(s.file) != 0 && status == KZ_OK)
        status = KZ_FAIL(KZ_EIO, "%s: %s", name, strerror(errno));
    if (status == KZ_OK) status = kz_io_replace_finish(replacement);
    kz_io_replace_free(replacement);
    return status;
}

/* -- reading ------------------------------------------------------------------------------- */

struct kz_run_stored {
    stream s;
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

static bool is_ours(const char head[sizeof magic])
{
    return memcmp(head, magic, sizeof magic) == 0 || memcmp(head, old_magic, sizeof magic) == 0 ||
           memcmp(head, extended_magic, sizeof magic) == 0;
}

/* Reads the file once to its end; leaves it at its beginning. */
static kz_status verify(stream *s)
{
    enum { BLOCK = 1 << 16 };
    void *memory = NULL;
    char head[sizeof magic];
    uint64_t sum = 0, stored = 0;
    KZ_TRY(get(s, head, sizeof head));
    if (!is_ours(head))
        return KZ_FAIL(KZ_EIO, "%s: is not a checkpoint of this version of kapitza", s->path);
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

static kz_status get_rows(stream *s, kz_run *run, size_t count)
{
    size_t row = run->setup.length * sizeof(double);
    KZ_TRY(kz_run_reserve(run, count));
    run->count = count;
    KZ_TRY(get(s, run->time, count * sizeof(double)));
    KZ_TRY(get(s, run->chi_limit, count * sizeof(double)));
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
        KZ_TRY(get(s, run->value[q], count * row));
    if (!run->setup.densities) return KZ_OK;
    return get(s, run->density, count * (run->setup.length - 2) * KZ_DENSITY_SIZE * sizeof(double));
}

static kz_status get_head(stream *s, record *numbers, kz_run_setup *setup, bool *extended)
{
    char head[sizeof magic];
    packed_setup packed;
    *numbers =
        (record){.ground_flip_error = NAN, .initial_energy = NAN, .initial_magnetization = NAN};
    KZ_TRY(get(s, head, sizeof head));
    bool old = memcmp(head, old_magic, sizeof head) == 0;
    *extended = memcmp(head, extended_magic, sizeof head) == 0;
    KZ_TRY(get(s, numbers, old ? OLD_RECORD : sizeof *numbers));
    KZ_TRY(get(s, &packed, sizeof packed));
    if (!is_ours(head) || numbers->count > KZ_RUN_TIMES_MAX || numbers->asked > KZ_RUN_TIMES_MAX ||
        packed.length < KZ_MPS_MIN_LENGTH || packed.length > KZ_MPS_MAX_LENGTH)
        return KZ_FAIL(KZ_EIO, "%s: is not a checkpoint of this version of kapitza", s->path);
    unpack(setup, &packed);
    return KZ_OK;
}

static kz_status create_run(kz_run **out, stream *s, kz_run_setup *setup, bool extended)
{
    kz_run_chain memory = {0};
    kz_status status = extended ? kz_run_chain_get(&memory, setup, get, s) : KZ_OK;
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
    return get(&stored->s, stored->times, asked * sizeof *stored->times);
}

static kz_status get_all(kz_run_stored *stored)
{
    stream *s = &stored->s;
    record numbers;
    kz_run_setup setup;
    KZ_TRY(verify(s));
    bool extended;
    KZ_TRY(get_head(s, &numbers, &setup, &extended));
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
    stream *s = &stored->s;
    *out = NULL;
    KZ_TRY(as_file_trouble(whole ? kz_mps_read(&mps, get, s) : kz_mps_read_bonds(&mps, get, s)));
    if (kz_mps_length(mps) != stored->length) {
        kz_mps_free(mps);
        return KZ_FAIL(KZ_EIO, "%s: state and parameters do not fit", s->path);
    }
    *out = mps;
    return KZ_OK;
}

kz_status kz_run_stored_divide(kz_run_stored *stored, kz_tebd *tebd, kz_team *team)
{
    return as_file_trouble(kz_divided_begin(tebd, team, get, &stored->s));
}

/* kz_read_fn of the evolution in format 3, whose first record lacks its third number, the bound of
 * the truncation error: it is not known. */
static kz_status get_old_evolution(void *context, void *data, size_t size)
{
    enum { BEFORE = 2 * sizeof(double), BEHIND = 3 * sizeof(double) };
    static const double unknown = INFINITY;
    kz_run_stored *stored = context;
    char *bytes = data;
    if (!stored->old || size < BEHIND) return get(&stored->s, data, size);
    stored->old = false;
    KZ_TRY(get(&stored->s, bytes, BEFORE));
    memcpy(bytes + BEFORE, &unknown, sizeof unknown);
    return get(&stored->s, bytes + BEHIND, size - BEHIND);
}

kz_status kz_run_stored_evolution(kz_run_stored *stored, kz_tebd *tebd)
{
    return as_file_trouble(stored->old ? kz_tebd_read(tebd, get_old_evolution, stored)
                                       : kz_tebd_read(tebd, get, &stored->s));
}

kz_status kz_run_checkpoint_look(kz_checkpoint_kind *out, const char *path)
{
    char name[KZ_CHECKPOINT_NAME];
    record numbers;
    kz_run_setup setup;
    kz_run_checkpoint_name(name, path);
    stream s = {.file = fopen(name, "rb"), .path = name};
    *out = KZ_CHECKPOINT_NONE;
    if (!s.file && errno == ENOENT) return KZ_OK;
    if (!s.file) return KZ_FAIL(KZ_EIO, "%s: %s", name, strerror(errno));
    bool extended, ours = get_head(&s, &numbers, &setup, &extended) == KZ_OK;
    (void)fclose(s.file);
    *out = KZ_CHECKPOINT_FOREIGN;
    if (ours) *out = numbers.finished ? KZ_CHECKPOINT_FINISHED : KZ_CHECKPOINT_UNFINISHED;
    return KZ_OK;
}
