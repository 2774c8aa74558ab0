/* States as streams of bytes.  All lengths are checked before they are used, so that a damaged
 * stream ends in an error. */
#include <stdint.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/divided/divided.h"
#include "tbm/mps/mps.h"

enum { MOST_STATES = 1 << 22 };

/* Added to the length that is written: the sites have ancillas; the state has the form of
 * tbm/flip.h, and `even` of each bond follows its window. */
static const int64_t PURIFIED = (int64_t)1 << 32, FLIPS = (int64_t)1 << 33;

kz_status kz_mps_write_bond(const kz_mps *mps, size_t b, kz_write_fn write, void *context)
{
    const kz_mps_bond *bond = &mps->bond[b];
    int32_t window[2] = {bond->lo, bond->hi}, even = bond->even;
    KZ_TRY(write(context, window, sizeof window));
    if (mps->flips) KZ_TRY(write(context, &even, sizeof even));
    KZ_TRY(write(context, bond->dim + bond->lo,
                 (size_t)(bond->hi - bond->lo + 1) * sizeof *bond->dim));
    return write(context, bond->value, bond->total * sizeof *bond->value);
}

kz_status kz_mps_write_head(const kz_mps *mps, kz_write_fn write, void *context)
{
    int64_t head[2] = {(int64_t)mps->length, mps->up};
    if (mps->basis == &kz_basis_purified) head[0] += PURIFIED;
    if (mps->flips) head[0] += FLIPS;
    return write(context, head, sizeof head);
}

kz_status kz_mps_write(const kz_mps *mps, kz_write_fn write, void *context)
{
    if (mps->divided) return kz_divided_write(mps, write, context);
    KZ_TRY(kz_mps_write_head(mps, write, context));
    for (size_t b = 0; b <= mps->length; b++)
        KZ_TRY(kz_mps_write_bond(mps, b, write, context));
    for (size_t i = 0; i < mps->length; i++)
        KZ_TRY(write(context, mps->site[i].data, mps->site[i].size * sizeof *mps->site[i].data));
    return KZ_OK;
}

kz_status kz_mps_read_bond(kz_mps *mps, size_t b, kz_read_fn read, void *context)
{
    kz_mps_bond *bond = &mps->bond[b];
    int32_t window[2], even = 0;
    void *memory = NULL;
    int length = (int)mps->length;
    KZ_TRY(read(context, window, sizeof window));
    if (mps->flips) KZ_TRY(read(context, &even, sizeof even));
    if (window[0] < length * kz_basis_least(mps->basis) || window[1] < window[0] ||
        window[1] > length * kz_basis_largest(mps->basis))
        return KZ_FAIL(KZ_EDOMAIN, "a bond has charges %d ... %d", window[0], window[1]);
    size_t charges = (size_t)(window[1] - window[0]) + 1, total = 0;
    KZ_TRY(kz_alloc(&memory, charges, sizeof(int)));
    int *dim = memory;
    kz_status status = read(context, dim, charges * sizeof *dim);
    for (size_t c = 0; c < charges && status == KZ_OK; c++) {
        if (dim[c] < 0 || dim[c] > MOST_STATES)
            status = KZ_FAIL(KZ_EDOMAIN, "a sector has %d states", dim[c]);
        else
            total += (size_t)dim[c];
    }
    if (status == KZ_OK && total > MOST_STATES)
        status = KZ_FAIL(KZ_EDOMAIN, "a bond has %zu states", total);
    if (status == KZ_OK) status = kz_mps_bond_reserve(bond, total);
    if (status == KZ_OK) {
        kz_mps_bond_set(bond, window[0], window[1], dim);
        bond->even = even;
        status = read(context, bond->value, total * sizeof *bond->value);
    }
    kz_free(memory);
    return status;
}

/* Bounds the memory that a damaged stream can ask for.  A bond of an exact state has no more states
 * than its shorter side; truncation leaves bonds that do not fit their neighbours any better than
 * that, for it takes one bond at a time. */
static kz_status check_sizes(const kz_mps *mps)
{
    static const size_t most_elements = (size_t)1 << 30;
    size_t bits = mps->basis->states > 2 ? 2 : 1;
    for (size_t b = 0; b <= mps->length; b++) {
        size_t shorter = bits * (b < mps->length - b ? b : mps->length - b);
        size_t total = mps->bond[b].total;
        if (total < 1 || (shorter < 22 && total > (size_t)1 << shorter))
            return KZ_FAIL(KZ_EDOMAIN, "bond %zu of %zu sites has %zu states", b, mps->length,
                           total);
        if (b < mps->length &&
            kz_mps_site_size(&mps->site[b], &mps->bond[b], &mps->bond[b + 1]) > most_elements)
            return KZ_FAIL(KZ_EDOMAIN, "the tensor of site %zu is too large", b);
    }
    return KZ_OK;
}

static kz_status read_all_bonds(kz_mps *mps, kz_read_fn read, void *context)
{
    for (size_t b = 0; b <= mps->length; b++)
        KZ_TRY(kz_mps_read_bond(mps, b, read, context));
    return check_sizes(mps);
}

kz_status kz_mps_read_bonds(kz_mps **out, kz_read_fn read, void *context)
{
    int64_t head[2];
    kz_mps *mps;
    *out = NULL;
    KZ_TRY(read(context, head, sizeof head));
    bool flips = head[0] >= FLIPS;
    int64_t length = flips ? head[0] - FLIPS : head[0];
    bool purified = length >= PURIFIED;
    if (purified) length -= PURIFIED;
    if (length < KZ_MPS_MIN_LENGTH || length > KZ_MPS_MAX_LENGTH || head[1] < 0 ||
        head[1] > (purified ? 0 : length))
        return KZ_FAIL(KZ_EDOMAIN, "a state of %lld sites with charge %lld", (long long)length,
                       (long long)head[1]);
    KZ_TRY(kz_mps_allocate(&mps, purified ? &kz_basis_purified : &kz_basis_spin, (size_t)length,
                           (size_t)length, (int)head[1]));
    mps->flips = flips;
    kz_status status = read_all_bonds(mps, read, context);
    if (status != KZ_OK) {
        kz_mps_free(mps);
        return status;
    }
    *out = mps;
    return KZ_OK;
}

kz_status kz_mps_read_site(kz_mps *mps, size_t i, kz_read_fn read, void *context)
{
    kz_mps_site *site = &mps->site[i];
    KZ_TRY(kz_mps_site_reserve(site, kz_mps_site_size(site, &mps->bond[i], &mps->bond[i + 1])));
    kz_mps_site_set(site, &mps->bond[i], &mps->bond[i + 1]);
    return read(context, site->data, site->size * sizeof *site->data);
}

kz_status kz_mps_read(kz_mps **out, kz_read_fn read, void *context)
{
    kz_mps *mps;
    *out = NULL;
    KZ_TRY(kz_mps_read_bonds(&mps, read, context));
    kz_status status = KZ_OK;
    for (size_t i = 0; i < mps->length && status == KZ_OK; i++)
        status = kz_mps_read_site(mps, i, read, context);
    if (status == KZ_OK) status = kz_mps_check(mps, KZ_MPS_ANY);
    if (status != KZ_OK) {
        kz_mps_free(mps);
        return status;
    }
    *out = mps;
    return KZ_OK;
}
