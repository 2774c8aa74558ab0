/* Checked allocation; library-internal. */
#ifndef KZ_CORE_MEMORY_H
#define KZ_CORE_MEMORY_H

#include <stddef.h>

#include <kapitza/status.h>

/* Zeroed array of count*size bytes, 64-byte aligned (any FFTW plan accepts it).
 * Returns KZ_ENOMEM on overflow or exhaustion, *out is then NULL.
 * count = 0 gives a valid pointer.  Release with kz_free. */
KZ_CHECK_RESULT kz_status kz_alloc(void **out, size_t count, size_t size);
void kz_free(void *pointer);

/* double[count], zeroed. */
KZ_CHECK_RESULT kz_status kz_alloc_doubles(double **out, size_t count);

/* The same, not zeroed: memory that is never used costs nothing. */
KZ_CHECK_RESULT kz_status kz_alloc_scratch(double **out, size_t count);

/* Test hook: the k-th allocation from now on (k >= 1) fails once; k = 0 disarms.
 * Process-wide; kz_alloc_count() is the number of allocations since arming. */
void kz_alloc_fail_at(unsigned long k);
unsigned long kz_alloc_count(void);

#endif
