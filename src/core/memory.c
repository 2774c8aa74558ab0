#include "core/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"

enum { ALIGNMENT = 64 };

/* The one piece of mutable file-scope state of the library: the allocation-failure sweep of the
 * tests needs to reach allocations made in every thread. */
static atomic_ulong allocations;
static atomic_ulong failing_allocation;

void kz_alloc_fail_at(unsigned long k)
{
    atomic_store(&allocations, 0);
    atomic_store(&failing_allocation, k);
}

unsigned long kz_alloc_count(void) { return atomic_load(&allocations); }

static kz_status allocate(void **out, size_t *allocated, size_t count, size_t size)
{
    *out = NULL;
    if (size != 0 && count > (SIZE_MAX - ALIGNMENT) / size)
        return KZ_FAIL(KZ_ENOMEM, "array of %zu elements of %zu bytes is too large", count, size);
    size_t bytes = count * size;
    bytes = bytes == 0 ? ALIGNMENT : (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    unsigned long number = atomic_fetch_add(&allocations, 1) + 1;
    void *pointer =
        number == atomic_load(&failing_allocation) ? NULL : aligned_alloc(ALIGNMENT, bytes);
    if (!pointer) return KZ_FAIL(KZ_ENOMEM, "allocation of %zu bytes failed", bytes);
    *out = pointer;
    *allocated = bytes;
    return KZ_OK;
}

kz_status kz_alloc(void **out, size_t count, size_t size)
{
    size_t bytes = 0;
    KZ_TRY(allocate(out, &bytes, count, size));
    memset(*out, 0, bytes);
    return KZ_OK;
}

kz_status kz_alloc_doubles(double **out, size_t count)
{
    void *pointer;
    kz_status status = kz_alloc(&pointer, count, sizeof **out);
    *out = pointer;
    return status;
}

kz_status kz_alloc_scratch(double **out, size_t count)
{
    void *pointer;
    size_t bytes;
    kz_status status = allocate(&pointer, &bytes, count, sizeof **out);
    *out = pointer;
    return status;
}

void kz_free(void *pointer) { free(pointer); }
