/* Streams in memory for kz_mps_write() and its like. */
#ifndef TESTS_TBM_STREAM_H
#define TESTS_TBM_STREAM_H

#include <string.h>

#include <kapitza/tebd.h>

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

#endif
