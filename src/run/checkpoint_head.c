/* The head of a checkpoint: magic, numbers, setup. */
#include "run/checkpoint_head.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "core/error.h"
#include "io/checksum.h"

/* Formats that are read; all but the first are written, each by the runs that need it. */
typedef struct {
    char magic[24];
    size_t record; /* bytes of kz_run_record */
    bool chain;    /* couplings and initial state stand behind the setup */
    bool pairs;    /* correlations stand behind the rows */
} format;

static const format formats[] = {
    {"kapitza checkpoint 3\n", offsetof(kz_run_record, asked), false, false},
    {"kapitza checkpoint 5\n", sizeof(kz_run_record), false, false},
    {"kapitza checkpoint 6\n", sizeof(kz_run_record), true, false},
    {"kapitza checkpoint 7\n", sizeof(kz_run_record), true, true},
};

enum { FORMATS = sizeof formats / sizeof *formats, FIRST_WRITTEN = 1 };

kz_status kz_run_stream_put(void *context, const void *data, size_t size)
{
    kz_run_stream *s = context;
    s->sum = kz_io_checksum(s->sum, data, size);
    if (size == 0 || fwrite(data, 1, size, s->file) == size) return KZ_OK;
    return KZ_FAIL(KZ_EIO, "%s: %s", s->path, strerror(errno));
}

kz_status kz_run_stream_get(void *context, void *data, size_t size)
{
    kz_run_stream *s = context;
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

bool kz_run_head_has_chain(const kz_run_setup *setup)
{
    return setup->correlations || kz_run_is_extended(setup);
}

/* The setup's correlations come with a chain always, kz_run_head_has_chain(). */
static const format *format_for(const kz_run_setup *setup)
{
    int i = FIRST_WRITTEN;
    while (formats[i].chain != kz_run_head_has_chain(setup) ||
           formats[i].pairs != setup->correlations)
        i++;
    return &formats[i];
}

kz_status kz_run_head_put(kz_run_stream *s, const kz_run_record *numbers, const kz_run_setup *setup)
{
    packed_setup packed;
    pack(&packed, setup);
    KZ_TRY(kz_run_stream_put(s, format_for(setup)->magic, sizeof formats->magic));
    KZ_TRY(kz_run_stream_put(s, numbers, sizeof *numbers));
    return kz_run_stream_put(s, &packed, sizeof packed);
}

static kz_status get_format(const format **out, kz_run_stream *s)
{
    char magic[sizeof formats->magic];
    KZ_TRY(kz_run_stream_get(s, magic, sizeof magic));
    for (int i = 0; i < FORMATS; i++) {
        *out = &formats[i];
        if (memcmp(magic, formats[i].magic, sizeof magic) == 0) return KZ_OK;
    }
    return KZ_FAIL(KZ_EIO, "%s: is not a checkpoint of this version of kapitza", s->path);
}

kz_status kz_run_head_check(kz_run_stream *s)
{
    const format *found;
    return get_format(&found, s);
}

kz_status kz_run_head_get(kz_run_record *numbers, kz_run_setup *setup, bool *extended,
                          kz_run_stream *s)
{
    const format *found;
    packed_setup packed;
    *numbers = (kz_run_record){
        .ground_flip_error = NAN, .initial_energy = NAN, .initial_magnetization = NAN};
    KZ_TRY(get_format(&found, s));
    *extended = found->chain;
    KZ_TRY(kz_run_stream_get(s, numbers, found->record));
    KZ_TRY(kz_run_stream_get(s, &packed, sizeof packed));
    if (numbers->count > KZ_RUN_TIMES_MAX || numbers->asked > KZ_RUN_TIMES_MAX ||
        packed.length < KZ_MPS_MIN_LENGTH || packed.length > KZ_MPS_MAX_LENGTH)
        return KZ_FAIL(KZ_EIO, "%s: is not a checkpoint of this version of kapitza", s->path);
    unpack(setup, &packed);
    setup->correlations = found->pairs;
    return KZ_OK;
}
