/* What a checkpoint begins with, and the stream it is. */
#ifndef KZ_RUN_CHECKPOINT_HEAD_H
#define KZ_RUN_CHECKPOINT_HEAD_H

#include <stdint.h>
#include <stdio.h>

#include "run/internal.h"

/* A checkpoint being written or read. */
typedef struct {
    FILE *file;
    const char *path;
    uint64_t sum; /* checksum of what has passed */
} kz_run_stream;

/* kz_write_fn and kz_read_fn of it.  KZ_EIO. */
KZ_CHECK_RESULT kz_status kz_run_stream_put(void *stream, const void *data, size_t size);
KZ_CHECK_RESULT kz_status kz_run_stream_get(void *stream, void *data, size_t size);

/* Numbers before the arrays. */
typedef struct {
    double ground_energy, ground_variance, target;
    uint64_t count;
    uint64_t finished, begun; /* begun: state and evolution follow */
    /* since format 5 */
    uint64_t asked;
    double ground_flip_error, initial_energy, initial_magnetization, step;
} kz_run_record;

/* Format, numbers and setup, which says whether chain and initial state follow
 * (kz_run_head_has_chain()). */
KZ_CHECK_RESULT kz_status kz_run_head_put(kz_run_stream *s, const kz_run_record *numbers,
                                          const kz_run_setup *setup);
bool kz_run_head_has_chain(const kz_run_setup *setup);
/* The same read; the setup lacks what follows.  extended  out  whether it follows.  KZ_EIO: not a
 * file of this version of the program, nor of the last. */
KZ_CHECK_RESULT kz_status kz_run_head_get(kz_run_record *numbers, kz_run_setup *setup,
                                          bool *extended, kz_run_stream *s);
/* Reads the format alone: the same KZ_EIO. */
KZ_CHECK_RESULT kz_status kz_run_head_check(kz_run_stream *s);

#endif
