/* Scratch memory of two-site updates. */
#include "tbm/work.h"

#include "core/error.h"
#include "core/memory.h"

/* Half more than asked for: contents need not survive. */
static kz_status grow(void **pointer, size_t *count, size_t needed, size_t size)
{
    void *memory = NULL;
    if (needed <= *count) return KZ_OK;
    KZ_TRY(kz_alloc(&memory, needed + needed / 2, size));
    kz_free(*pointer);
    *pointer = memory;
    *count = needed + needed / 2;
    return KZ_OK;
}

kz_status kz_work_reserve(kz_work *work, size_t complexes, size_t reals, size_t integers)
{
    void *pointer = work->complexes;
    kz_status status = grow(&pointer, &work->complex_count, complexes, sizeof *work->complexes);
    work->complexes = pointer;
    pointer = work->reals;
    if (status == KZ_OK) status = grow(&pointer, &work->real_count, reals, sizeof *work->reals);
    work->reals = pointer;
    pointer = work->integers;
    if (status == KZ_OK)
        status = grow(&pointer, &work->integer_count, integers, sizeof *work->integers);
    work->integers = pointer;
    work->complex_used = work->real_used = 0;
    return status;
}

kz_status kz_work_reserve_sectors(kz_work *work, size_t count)
{
    void *pointer = work->sector;
    kz_status status = grow(&pointer, &work->sector_count, count, sizeof *work->sector);
    work->sector = pointer;
    return status;
}

void kz_work_free(kz_work *work)
{
    kz_free(work->complexes);
    kz_free(work->reals);
    kz_free(work->integers);
    kz_free(work->sector);
    *work = (kz_work){0};
}
