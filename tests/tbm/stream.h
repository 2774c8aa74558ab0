/* Streams in memory for kz_mps_write() and its like. */
#ifndef TESTS_TBM_STREAM_H
#define TESTS_TBM_STREAM_H

#include <stdlib.h>
#include <string.h>

#include "tests/tbm/support.h"

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

/* Evolves the state, stops between two layers, writes it, reads it into another evolution and goes
 * on with both: bitwise the same.  Frees the state. */
static inline void check_goes_on_bitwise(kz_mps *a, const double *delta,
                                         const kz_tebd_params *params)
{
    enum { SIZE = 1 << 24 };
    size_t L = kz_mps_length(a);
    kz_mps *b;
    kz_tebd *first, *second;
    profile one, two;
    kz_lattice_profile view = profile_view(&one), other = profile_view(&two);
    memory_stream s = {calloc(SIZE, 1), SIZE, 0};
    KZ_CHECK_OK(kz_tebd_create(&first, a, delta, params));
    KZ_CHECK_OK(kz_tebd_advance(first, 0.2, 8, NULL, NULL));
    KZ_CHECK_STATUS(kz_tebd_advance(first, 0.2, 8, stop_at_third, NULL), KZ_ECANCELLED);
    assert_true(kz_tebd_in_progress(first));
    KZ_CHECK_OK(kz_mps_write(a, put, &s));
    KZ_CHECK_OK(kz_tebd_write(first, put, &s));
    KZ_CHECK_OK(kz_tebd_continue(first, NULL, NULL));
    s = (memory_stream){s.data, s.place, 0};
    KZ_CHECK_OK(kz_mps_read(&b, get, &s));
    assert_true(kz_mps_keeps_flip(b) == kz_mps_keeps_flip(a));
    KZ_CHECK_OK(kz_tebd_create(&second, b, delta, params));
    KZ_CHECK_OK(kz_tebd_read(second, get, &s));
    assert_int_equal(s.place, s.size);
    KZ_CHECK_OK(kz_tebd_continue(second, NULL, NULL));
    KZ_CHECK_OK(kz_mps_measure(&view, a, delta, 1));
    KZ_CHECK_OK(kz_mps_measure(&other, b, delta, 1));
    assert_true(!kz_tebd_in_progress(second));
    assert_true(profile_distance(&one, &two, L) == 0.0 && entropy_distance(&one, &two, L) == 0.0);
    assert_true(kz_tebd_time(first) == kz_tebd_time(second));
    assert_true(kz_tebd_truncation_total(first) == kz_tebd_truncation_total(second));
    kz_tebd_free(first);
    kz_tebd_free(second);
    kz_mps_free(a);
    kz_mps_free(b);
    free(s.data);
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
