/* Streams in memory for kz_mps_write() and its like. */
#ifndef TESTS_TBM_STREAM_H
#define TESTS_TBM_STREAM_H

#include <string.h>

#include <kapitza/tebd.h>

#include "support/check.h"

/* A stream in memory that ends at `size`. */
typedef struct {
    unsigned char *data;
    size_t size, place;
} memory_stream;

static inline kz_status put(void *context, const void *data, size_t size)
{
    memory_stream *s = context;
    if (size > s->size - s->place) return KZ_EIO;
    if (size > 0) memcpy(s->data + s->place, data, size);
    s->place += size;
    return KZ_OK;
}

static inline kz_status get(void *context, void *data, size_t size)
{
    memory_stream *s = context;
    if (size > s->size - s->place) return KZ_EIO;
    if (size > 0) memcpy(data, s->data + s->place, size);
    s->place += size;
    return KZ_OK;
}

/* Changes one byte of a stored state at a time, every other one among the first `head`: it is
 * refused, or a state whose numbers hold together. */
static inline void read_damaged(memory_stream *s, size_t size, size_t head, int times,
                                uint64_t *seed)
{
    for (int k = 0; k < times; k++) {
        size_t place = (size_t)kz_check_uniform(seed, 0.0, (double)(k % 2 ? size : head));
        unsigned char was = s->data[place];
        memory_stream whole = {s->data, size, 0};
        kz_mps *read;
        s->data[place] = (unsigned char)kz_check_uniform(seed, 0.0, 256.0);
        if (kz_mps_read(&read, get, &whole) == KZ_OK)
            KZ_CHECK_OK(kz_mps_check(read, 1e300));
        else
            assert_null(read);
        kz_mps_free(read);
        s->data[place] = was;
    }
}

#endif
