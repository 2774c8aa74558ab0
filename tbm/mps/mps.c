/* Matrix product states: storage, product states, accessors. */
#include "tbm/mps/mps.h"
#include "tbm/divided/divided.h"

#include <string.h>

#include "core/error.h"
#include "core/memory.h"

static kz_status allocate_ints(int **out, size_t count)
{
    void *memory = NULL;
    kz_status status = kz_alloc(&memory, count, sizeof **out);
    *out = memory;
    return status;
}

/* The arrays by charge begin at this charge and have so many elements. */
static int first_charge(const kz_mps *mps)
{
    return (int)mps->reach * kz_basis_least(mps->basis) - KZ_MPS_PAD;
}

static size_t charge_count(const kz_mps *mps)
{
    size_t spread = (size_t)(kz_basis_largest(mps->basis) - kz_basis_least(mps->basis));
    return mps->reach * spread + 1 + 2 * KZ_MPS_PAD;
}

static kz_status allocate_bond(kz_mps_bond *bond, const kz_mps *mps)
{
    KZ_TRY(allocate_ints(&bond->dim, charge_count(mps)));
    bond->dim -= first_charge(mps);
    KZ_TRY(allocate_ints(&bond->start, charge_count(mps)));
    bond->start -= first_charge(mps);
    return KZ_OK;
}

static kz_status allocate_site(kz_mps_site *site, const kz_mps *mps)
{
    void *memory = NULL;
    site->basis = mps->basis;
    KZ_TRY(kz_alloc(&memory, charge_count(mps), sizeof *site->offset));
    site->offset = (size_t *)memory - first_charge(mps);
    return KZ_OK;
}

static kz_status allocate_parts(kz_mps *mps)
{
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, mps->length + 1, sizeof *mps->bond));
    mps->bond = memory;
    KZ_TRY(kz_alloc(&memory, mps->length, sizeof *mps->site));
    mps->site = memory;
    for (size_t b = 0; b <= mps->length; b++)
        KZ_TRY(allocate_bond(&mps->bond[b], mps));
    for (size_t i = 0; i < mps->length; i++)
        KZ_TRY(allocate_site(&mps->site[i], mps));
    return KZ_OK;
}

static kz_status check_length(size_t length)
{
    if (length < KZ_MPS_MIN_LENGTH || length > KZ_MPS_MAX_LENGTH)
        return KZ_FAIL(KZ_EINVAL, "a chain of %zu sites is not between %d and %d", length,
                       KZ_MPS_MIN_LENGTH, KZ_MPS_MAX_LENGTH);
    return KZ_OK;
}

kz_status kz_mps_allocate(kz_mps **out, const kz_basis *basis, size_t length, size_t reach, int up)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_mps)));
    kz_mps *mps = memory;
    *mps = (kz_mps){.length = length, .up = up, .basis = basis, .reach = reach};
    kz_status status = allocate_parts(mps);
    if (status != KZ_OK) {
        kz_mps_free(mps);
        return status;
    }
    *out = mps;
    return KZ_OK;
}

static void free_bond(kz_mps_bond *bond, int first)
{
    if (bond->dim) kz_free(bond->dim + first);
    if (bond->start) kz_free(bond->start + first);
    kz_free(bond->value);
}

static void free_site(kz_mps_site *site, int first)
{
    if (site->offset) kz_free(site->offset + first);
    kz_free(site->data);
}

void kz_mps_free(kz_mps *mps)
{
    if (!mps) return;
    kz_divided_end(mps);
    for (size_t b = 0; mps->bond && b <= mps->length; b++)
        free_bond(&mps->bond[b], first_charge(mps));
    for (size_t i = 0; mps->site && i < mps->length; i++)
        free_site(&mps->site[i], first_charge(mps));
    kz_free(mps->bond);
    kz_free(mps->site);
    kz_free(mps);
}

void kz_mps_bond_set(kz_mps_bond *bond, int lo, int hi, const int *dim)
{
    for (int c = bond->lo; c <= bond->hi; c++)
        bond->dim[c] = 0;
    while (lo < hi && dim[0] == 0)
        lo++, dim++;
    while (hi > lo && dim[hi - lo] == 0)
        hi--;
    bond->lo = lo;
    bond->hi = hi;
    int total = 0;
    for (int c = lo - KZ_MPS_PAD; c <= hi + KZ_MPS_PAD; c++) {
        bond->start[c] = total;
        if (c >= lo && c <= hi) {
            bond->dim[c] = dim[c - lo];
            total += dim[c - lo];
        }
    }
    bond->total = (size_t)total;
}

size_t kz_mps_site_size(const kz_mps_site *site, const kz_mps_bond *left, const kz_mps_bond *right)
{
    size_t size = 0;
    for (int m = left->lo; m <= left->hi; m++)
        size += (size_t)left->dim[m] * kz_mps_columns(site->basis, right, m, site->basis->states);
    return size;
}

void kz_mps_site_set(kz_mps_site *site, const kz_mps_bond *left, const kz_mps_bond *right)
{
    size_t size = 0;
    for (int m = left->lo; m <= left->hi; m++) {
        site->offset[m] = size;
        size += (size_t)left->dim[m] * kz_mps_columns(site->basis, right, m, site->basis->states);
    }
    site->size = size;
}

/* A quarter more than asked for, so that slow growth does not allocate at each step. */
kz_status kz_mps_bond_reserve(kz_mps_bond *bond, size_t count)
{
    if (count <= bond->capacity) return KZ_OK;
    double *value;
    KZ_TRY(kz_alloc_doubles(&value, count + count / 4 + 2));
    if (bond->total > 0) memcpy(value, bond->value, bond->total * sizeof *value);
    kz_free(bond->value);
    bond->value = value;
    bond->capacity = count + count / 4 + 2;
    return KZ_OK;
}

kz_status kz_mps_site_reserve(kz_mps_site *site, size_t count)
{
    void *memory = NULL;
    if (count <= site->capacity) return KZ_OK;
    KZ_TRY(kz_alloc(&memory, count + count / 4 + 8, sizeof *site->data));
    if (site->size > 0) memcpy(memory, site->data, site->size * sizeof *site->data);
    kz_free(site->data);
    site->data = memory;
    site->capacity = count + count / 4 + 8;
    return KZ_OK;
}

static kz_status fill_product(kz_mps *mps, const bool *spin_up)
{
    const int one = 1;
    int charge = 0;
    for (size_t b = 0; b <= mps->length; b++) {
        KZ_TRY(kz_mps_bond_reserve(&mps->bond[b], 1));
        kz_mps_bond_set(&mps->bond[b], charge, charge, &one);
        mps->bond[b].value[0] = 1.0;
        if (b < mps->length && spin_up[b]) charge++;
    }
    for (size_t i = 0; i < mps->length; i++) {
        KZ_TRY(kz_mps_site_reserve(&mps->site[i], 1));
        kz_mps_site_set(&mps->site[i], &mps->bond[i], &mps->bond[i + 1]);
        mps->site[i].data[0] = 1.0;
    }
    return KZ_OK;
}

kz_status kz_mps_create_product(kz_mps **out, size_t L, const bool *spin_up)
{
    int up = 0;
    kz_mps *mps;
    *out = NULL;
    KZ_TRY(check_length(L));
    for (size_t i = 0; i < L; i++)
        up += spin_up[i] ? 1 : 0;
    KZ_TRY(kz_mps_allocate(&mps, &kz_basis_spin, L, L, up));
    kz_status status = fill_product(mps, spin_up);
    if (status != KZ_OK) {
        kz_mps_free(mps);
        return status;
    }
    *out = mps;
    return KZ_OK;
}

kz_status kz_mps_create_domain_wall(kz_mps **out, size_t L)
{
    void *memory = NULL;
    *out = NULL;
    if (L % 2 != 0) return KZ_FAIL(KZ_EINVAL, "a domain wall needs an even length, not %zu", L);
    if (L > KZ_MPS_MAX_LENGTH) return KZ_FAIL(KZ_EINVAL, "a chain of %zu sites is too long", L);
    KZ_TRY(kz_alloc(&memory, L, sizeof(bool)));
    bool *spin_up = memory;
    for (size_t i = 0; i < L / 2; i++)
        spin_up[i] = true;
    kz_status status = kz_mps_create_product(out, L, spin_up);
    kz_free(memory);
    return status;
}

static kz_status copy_bond(kz_mps_bond *out, const kz_mps_bond *bond)
{
    KZ_TRY(kz_mps_bond_reserve(out, bond->total));
    kz_mps_bond_set(out, bond->lo, bond->hi, bond->dim + bond->lo);
    memcpy(out->value, bond->value, bond->total * sizeof *out->value);
    out->even = bond->even;
    return KZ_OK;
}

static kz_status copy_parts(kz_mps *out, const kz_mps *mps)
{
    for (size_t b = 0; b <= mps->length; b++)
        KZ_TRY(copy_bond(&out->bond[b], &mps->bond[b]));
    for (size_t i = 0; i < mps->length; i++) {
        kz_mps_site *site = &out->site[i];
        KZ_TRY(kz_mps_site_reserve(site, mps->site[i].size));
        kz_mps_site_set(site, &out->bond[i], &out->bond[i + 1]);
        memcpy(site->data, mps->site[i].data, site->size * sizeof *site->data);
    }
    return KZ_OK;
}

kz_status kz_mps_copy(kz_mps **out, const kz_mps *mps)
{
    kz_mps *copy;
    *out = NULL;
    KZ_TRY(kz_mps_whole(mps));
    KZ_TRY(kz_mps_allocate(&copy, mps->basis, mps->length, mps->reach, mps->up));
    copy->flips = mps->flips;
    kz_status status = copy_parts(copy, mps);
    if (status != KZ_OK) {
        kz_mps_free(copy);
        return status;
    }
    *out = copy;
    return KZ_OK;
}

size_t kz_mps_length(const kz_mps *mps) { return mps->length; }

int kz_mps_up_spins(const kz_mps *mps) { return mps->up; }

kz_status kz_mps_whole(const kz_mps *mps)
{
    if (!mps->divided) return KZ_OK;
    return KZ_FAIL(KZ_EINVAL, "the chain is divided over %d processes", kz_divided_size(mps));
}

size_t kz_mps_bond_dimension(const kz_mps *mps, size_t i)
{
    return mps->divided ? kz_divided_bond_dimension(mps, i) : mps->bond[i + 1].total;
}

size_t kz_mps_max_bond_dimension(const kz_mps *mps)
{
    size_t most = 1;
    for (size_t i = 0; i + 1 < mps->length; i++)
        if (kz_mps_bond_dimension(mps, i) > most) most = kz_mps_bond_dimension(mps, i);
    return most;
}

size_t kz_mps_memory(const kz_mps *mps)
{
    size_t charges = charge_count(mps), bytes = sizeof *mps;
    for (size_t b = 0; b <= mps->length; b++)
        bytes += mps->bond[b].capacity * sizeof(double) + 2 * charges * sizeof(int);
    for (size_t i = 0; i < mps->length; i++)
        bytes += mps->site[i].capacity * sizeof(double complex) + charges * sizeof(size_t);
    return bytes;
}
