/* Checkpoints: magic, setup, measured rows, evolution, state, checksum.  A file of this machine and
 * this version of the program; anything else is refused. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "cli/replace.h"
#include "cli/run.h"
#include "core/error.h"
#include "core/memory.h"

static const char magic[24] = "kapitza checkpoint 3\n";

typedef struct {
    FILE *file;
    const char *path;
    uint64_t sum;
} stream;

/* FNV-1a: does not depend on how the bytes are cut into pieces. */
static uint64_t add_to_sum(uint64_t sum, const void *data, size_t size)
{
    const unsigned char *byte = data;
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ byte[i]) * 0x100000001b3U;
    return sum;
}

static kz_status put(void *context, const void *data, size_t size)
{
    stream *s = context;
    s->sum = add_to_sum(s->sum, data, size);
    if (size == 0 || fwrite(data, 1, size, s->file) == size) return KZ_OK;
    return KZ_FAIL(KZ_EIO, "%s: %s", s->path, strerror(errno));
}

static kz_status get(void *context, void *data, size_t size)
{
    stream *s = context;
    if (size > 0 && fread(data, 1, size, s->file) != size)
        return KZ_FAIL(KZ_EIO, "%s: ends too early", s->path);
    s->sum = add_to_sum(s->sum, data, size);
    return KZ_OK;
}

/* Numbers before the arrays. */
typedef struct {
    double ground_energy, ground_variance, target;
    uint64_t count;
    uint64_t finished, begun; /* begun: state and evolution follow */
} record;

void cli_checkpoint_name(char name[CLI_CHECKPOINT_NAME], const char *path)
{
    (void)snprintf(name, CLI_CHECKPOINT_NAME, "%.*s.checkpoint", CLI_CHECKPOINT_NAME - 16, path);
}

/* -- writing ------------------------------------------------------------------------------- */

static kz_status put_rows(stream *s, const cli_run *run)
{
    size_t row = run->setup.length * sizeof(double);
    KZ_TRY(put(s, run->time, run->count * sizeof(double)));
    KZ_TRY(put(s, run->chi_limit, run->count * sizeof(double)));
    for (int q = 0; q < CLI_QUANTITIES; q++)
        KZ_TRY(put(s, run->value[q], run->count * row));
    if (!run->setup.densities) return KZ_OK;
    return put(s, run->density,
               run->count * (run->setup.length - 2) * KZ_DENSITY_SIZE * sizeof(double));
}

static kz_status put_all(stream *s, const cli_checkpoint *c)
{
    cli_setup setup;
    memset(&setup, 0, sizeof setup); /* padding too: the file is a function of the run */
    setup = c->run->setup;
    record numbers = {.ground_energy = c->run->ground_energy,
                      .ground_variance = c->run->ground_variance,
                      .target = c->target,
                      .count = c->run->count,
                      .finished = c->finished,
                      .begun = c->mps != NULL};
    KZ_TRY(put(s, magic, sizeof magic));
    KZ_TRY(put(s, &numbers, sizeof numbers));
    KZ_TRY(put(s, &setup, sizeof setup));
    KZ_TRY(put_rows(s, c->run));
    if (numbers.begun) {
        KZ_TRY(kz_mps_write(c->mps, put, s));
        KZ_TRY(kz_tebd_write(c->tebd, put, s));
    }
    uint64_t sum = s->sum;
    return put(s, &sum, sizeof sum);
}

kz_status cli_checkpoint_write(const cli_checkpoint *c, const char *path)
{
    char name[CLI_CHECKPOINT_NAME];
    cli_replacement replacement;
    cli_checkpoint_name(name, path);
    KZ_TRY(cli_replace_begin(&replacement, name));
    stream s = {.file = fopen(replacement.temporary, "wb"), .path = name};
    kz_status status = s.file ? put_all(&s, c) : KZ_FAIL(KZ_EIO, "%s: %s", name, strerror(errno));
    if (s.file && fclose(s.file) != 0 && status == KZ_OK)
        status = KZ_FAIL(KZ_EIO, "%s: %s", name, strerror(errno));
    if (status == KZ_OK) status = cli_replace_finish(&replacement);
    cli_replace_abandon(&replacement);
    return status;
}

/* -- reading ------------------------------------------------------------------------------- */

struct cli_stored {
    stream s;
    char name[CLI_CHECKPOINT_NAME];
};

/* Reads the file once to its end; leaves it at its beginning. */
static kz_status verify(stream *s)
{
    enum { BLOCK = 1 << 16 };
    void *memory = NULL;
    char head[sizeof magic];
    uint64_t sum = 0, stored = 0;
    KZ_TRY(get(s, head, sizeof head));
    if (memcmp(head, magic, sizeof magic) != 0)
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
        sum = add_to_sum(sum, memory, part);
        left -= (long)part;
    }
    kz_free(memory);
    KZ_TRY(status);
    if (fread(&stored, 1, sizeof stored, s->file) != sizeof stored || stored != sum)
        return KZ_FAIL(KZ_EIO, "%s: is damaged (its checksum does not fit)", s->path);
    rewind(s->file);
    return KZ_OK;
}

static kz_status get_rows(stream *s, cli_run *run, size_t count)
{
    size_t row = run->setup.length * sizeof(double);
    KZ_TRY(cli_run_reserve(run, count));
    run->count = count;
    KZ_TRY(get(s, run->time, count * sizeof(double)));
    KZ_TRY(get(s, run->chi_limit, count * sizeof(double)));
    for (int q = 0; q < CLI_QUANTITIES; q++)
        KZ_TRY(get(s, run->value[q], count * row));
    if (!run->setup.densities) return KZ_OK;
    return get(s, run->density, count * (run->setup.length - 2) * KZ_DENSITY_SIZE * sizeof(double));
}

static kz_status get_head(stream *s, record *numbers, cli_setup *setup)
{
    char head[sizeof magic];
    KZ_TRY(get(s, head, sizeof head));
    KZ_TRY(get(s, numbers, sizeof *numbers));
    KZ_TRY(get(s, setup, sizeof *setup));
    if (memcmp(head, magic, sizeof magic) != 0 || numbers->count > CLI_LIST_MAX ||
        setup->length < KZ_MPS_MIN_LENGTH || setup->length > KZ_MPS_MAX_LENGTH)
        return KZ_FAIL(KZ_EIO, "%s: is not a checkpoint of this version of kapitza", s->path);
    return KZ_OK;
}

static kz_status get_all(stream *s, cli_checkpoint *c)
{
    record numbers;
    KZ_TRY(verify(s));
    KZ_TRY(get_head(s, &numbers, &c->run->setup));
    c->run->ground_energy = numbers.ground_energy;
    c->run->ground_variance = numbers.ground_variance;
    c->target = numbers.target;
    c->finished = numbers.finished != 0;
    KZ_TRY(get_rows(s, c->run, (size_t)numbers.count));
    if (!numbers.begun) return KZ_OK;
    KZ_TRY(kz_mps_read(&c->mps, get, s));
    if (kz_mps_length(c->mps) == c->run->setup.length) return KZ_OK;
    return KZ_FAIL(KZ_EIO, "%s: state and parameters do not fit", s->path);
}

kz_status cli_checkpoint_open(cli_stored **out, cli_checkpoint *c, const char *path)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(cli_stored)));
    cli_stored *stored = memory;
    cli_checkpoint_name(stored->name, path);
    stored->s.path = stored->name;
    stored->s.file = fopen(stored->name, "rb");
    kz_status status = stored->s.file ? get_all(&stored->s, c)
                                      : KZ_FAIL(KZ_EIO, "%s: %s", stored->name, strerror(errno));
    if (status != KZ_OK) {
        cli_checkpoint_close(stored);
        return status == KZ_EDOMAIN ? KZ_EIO : status;
    }
    *out = stored;
    return KZ_OK;
}

kz_status cli_checkpoint_evolution(cli_stored *stored, kz_tebd *tebd)
{
    kz_status status = kz_tebd_read(tebd, get, &stored->s);
    return status == KZ_EDOMAIN ? KZ_EIO : status;
}

void cli_checkpoint_close(cli_stored *stored)
{
    if (!stored) return;
    if (stored->s.file) (void)fclose(stored->s.file);
    kz_free(stored);
}

kz_status cli_checkpoint_look(cli_checkpoint_kind *out, const char *path)
{
    char name[CLI_CHECKPOINT_NAME];
    record numbers;
    cli_setup setup;
    cli_checkpoint_name(name, path);
    stream s = {.file = fopen(name, "rb"), .path = name};
    *out = CLI_CHECKPOINT_NONE;
    if (!s.file && errno == ENOENT) return KZ_OK;
    if (!s.file) return KZ_FAIL(KZ_EIO, "%s: %s", name, strerror(errno));
    bool ours = get_head(&s, &numbers, &setup) == KZ_OK;
    (void)fclose(s.file);
    *out = CLI_CHECKPOINT_FOREIGN;
    if (ours) *out = numbers.finished ? CLI_CHECKPOINT_FINISHED : CLI_CHECKPOINT_UNFINISHED;
    return KZ_OK;
}
