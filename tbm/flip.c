/* The spin flip of a state: images of sectors, blocks and bonds. */
#include "tbm/flip.h"

#include <string.h>

#include "core/error.h"
#include "core/memory.h"

void kz_flip_set_bond(kz_mps *mps, size_t b, const kz_work *work, int *dim)
{
    kz_mps_bond *bond = &mps->bond[b];
    int lo = work->sector[0].charge, hi = work->sector[work->sectors - 1].charge;
    if (mps->flips) hi = kz_flip_image(mps, b, lo);
    memset(dim, 0, (size_t)(hi - lo + 1) * sizeof *dim);
    bond->even = 0;
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        dim[s->charge - lo] += s->kept;
        if (s->doubled) dim[kz_flip_image(mps, b, s->charge) - lo] = s->kept;
        if (s->parity > 0) bond->even = s->kept;
    }
    kz_mps_bond_set(bond, lo, hi, dim);
}

void kz_flip_set_values(kz_mps *mps, size_t b, const kz_work *work, double norm)
{
    const kz_mps_bond *bond = &mps->bond[b];
    for (size_t k = 0; k < work->sectors; k++) {
        const kz_sector *s = &work->sector[k];
        double *value = bond->value + bond->start[s->charge] + kz_flip_first(bond, s);
        for (int j = 0; j < s->kept; j++)
            value[j] = sqrt(s->weight[j] / norm);
        if (s->doubled && s->kept > 0)
            memcpy(bond->value + bond->start[kz_flip_image(mps, b, s->charge)], value,
                   (size_t)s->kept * sizeof *value);
    }
}

bool kz_mps_keeps_flip(const kz_mps *mps) { return mps->flips; }

/* -- blocks -------------------------------------------------------------------------------- */

/* Block p of left sector m. */
typedef struct {
    double complex *data;
    int rows, columns, odd_row, odd_column; /* from these on F changes the sign */
} block;

static block block_of(const kz_mps *mps, size_t i, int m, int p)
{
    const kz_mps_bond *left = &mps->bond[i], *right = left + 1;
    const kz_mps_site *site = &mps->site[i];
    int c = m + mps->basis->charge[p];
    size_t before = kz_mps_columns(mps->basis, right, m, p) * (size_t)left->dim[m];
    return (block){site->data + site->offset[m] + before, left->dim[m], right->dim[c],
                   kz_flip_odd(mps, i, m), kz_flip_odd(mps, i + 1, c)};
}

static block image_of(const kz_mps *mps, size_t i, int m, int p)
{
    return block_of(mps, i, kz_flip_image(mps, i, m), kz_flip_state(mps->basis, p));
}

void kz_flip_copy_block(kz_mps *mps, size_t i, int m, int p)
{
    block from = block_of(mps, i, m, p), to = image_of(mps, i, m, p);
    for (int j = 0; j < from.columns; j++) {
        const double complex *x = from.data + (size_t)j * (size_t)from.rows;
        double complex *y = to.data + (size_t)j * (size_t)from.rows;
        double sign = j < from.odd_column ? 1.0 : -1.0;
        for (int r = 0; r < from.odd_row; r++)
            y[r] = sign * x[r];
        for (int r = from.odd_row; r < from.rows; r++)
            y[r] = -sign * x[r];
    }
}

void kz_flip_copy_images(kz_mps *mps, size_t b, const kz_work *work)
{
    const kz_basis *basis = mps->basis;
    for (size_t k = 0; k < work->sectors && mps->flips; k++) {
        const kz_sector *s = &work->sector[k];
        if (s->parity < 0 || mps->bond[b].dim[s->charge] == 0) continue;
        for (int p = 0; p < basis->states; p++) {
            int m = s->charge - basis->charge[p];
            if (kz_flip_has_row(s, basis, p) && mps->bond[b - 1].dim[m] > 0)
                kz_flip_copy_block(mps, b - 1, m, p);
            if (kz_flip_has_column(s, basis, p)) kz_flip_copy_block(mps, b, s->charge, p);
        }
    }
}

/* -- from and to states without the form ------------------------------------------------------ */

/* State k of charge c of bond b becomes factor[k] times what state order[k] was. */
static void rearrange(kz_mps *mps, size_t b, int c, const int *order, const double *factor,
                      double complex *room)
{
    const kz_basis *basis = mps->basis;
    kz_mps_bond *bond = &mps->bond[b];
    size_t d = (size_t)bond->dim[c];
    size_t columns = kz_mps_columns(basis, bond + 1, c, basis->states);
    double complex *data = mps->site[b].data + mps->site[b].offset[c];
    memcpy(room, data, d * columns * sizeof *room);
    for (size_t j = 0; j < columns; j++)
        for (size_t k = 0; k < d; k++)
            data[k + j * d] = factor[k] * room[(size_t)order[k] + j * d];
    for (int p = 0; p < basis->states; p++) {
        int m = c - basis->charge[p];
        size_t rows = (size_t)bond[-1].dim[m];
        if (rows == 0) continue;
        data = mps->site[b - 1].data + mps->site[b - 1].offset[m] +
               kz_mps_columns(basis, bond, m, p) * rows;
        memcpy(room, data, rows * d * sizeof *room);
        for (size_t k = 0; k < d; k++)
            for (size_t r = 0; r < rows; r++)
                data[r + k * rows] = factor[k] * room[r + (size_t)order[k] * rows];
    }
    double *value = bond->value + bond->start[c], *old = (double *)room;
    memcpy(old, value, d * sizeof *old);
    for (size_t k = 0; k < d; k++)
        value[k] = old[order[k]];
}

/* Scratch of rearrange(). */
typedef struct {
    int *order;
    double *factor;
    double complex *room;
} scratch;

static void free_scratch(scratch *s)
{
    kz_free(s->order);
    kz_free(s->factor);
    kz_free(s->room);
}

static kz_status allocate_scratch(scratch *s, const kz_mps *mps)
{
    size_t most = kz_mps_max_bond_dimension(mps), size = most;
    void *order = NULL, *room = NULL;
    *s = (scratch){NULL, NULL, NULL};
    for (size_t i = 0; i < mps->length; i++)
        if (mps->site[i].size > size) size = mps->site[i].size;
    kz_status status = kz_alloc(&order, most, sizeof *s->order);
    if (status == KZ_OK) status = kz_alloc(&room, size, sizeof *s->room);
    if (status == KZ_OK) status = kz_alloc_doubles(&s->factor, most);
    s->order = order;
    s->room = room;
    if (status != KZ_OK) free_scratch(s);
    return status;
}

static kz_status check_sizes(const kz_mps *mps)
{
    for (size_t b = 0; b <= mps->length; b++) {
        const kz_mps_bond *bond = &mps->bond[b];
        for (int c = bond->lo; c <= bond->hi; c++) {
            int image = kz_flip_image(mps, b, c);
            if (image < bond->lo || image > bond->hi || bond->dim[image] != bond->dim[c])
                return KZ_FAIL(KZ_EDOMAIN, "bond %zu: charge %d has no image", b, c);
        }
    }
    return KZ_OK;
}

/* Even states first; images with the sign 1. */
static void adopt_bond(kz_mps *mps, size_t b, const double *sign, const scratch *s)
{
    kz_mps_bond *bond = &mps->bond[b];
    for (int c = bond->lo; c <= bond->hi; c++) {
        const double *own = sign + bond->start[c];
        int image = kz_flip_image(mps, b, c), d = bond->dim[c], next = 0;
        if (c < image) continue;
        for (int pass = 0; pass < 2; pass++) {
            for (int k = 0; k < d; k++) {
                if ((pass == 0) != (c > image || own[k] > 0.0)) continue;
                s->factor[next] = c > image ? own[k] : 1.0;
                s->order[next++] = k;
            }
            if (pass == 0 && c == image) bond->even = next;
        }
        rearrange(mps, b, c, s->order, s->factor, s->room);
    }
}

/* What is equal up to rounding becomes equal: the lower charges, and lower states, are kept. */
static void copy_all(kz_mps *mps)
{
    for (size_t i = 0; i < mps->length; i++) {
        kz_mps_bond *left = &mps->bond[i];
        for (int m = left->lo; m <= left->hi; m++) {
            int image = kz_flip_image(mps, i, m), d = left->dim[m];
            if (m > image || d == 0) continue;
            memcpy(left->value + left->start[image], left->value + left->start[m],
                   (size_t)d * (m < image ? sizeof *left->value : 0));
            for (int p = 0; p < mps->basis->states; p++)
                if (m < image || 2 * p < mps->basis->states) kz_flip_copy_block(mps, i, m, p);
        }
    }
}

kz_status kz_flip_adopt(kz_mps *mps, const double *const *sign, int total)
{
    scratch s;
    KZ_TRY(check_sizes(mps));
    KZ_TRY(allocate_scratch(&s, mps));
    mps->flips = true;
    mps->bond[0].even = total > 0 ? 1 : 0;
    mps->bond[mps->length].even = 1;
    for (size_t b = 1; b < mps->length; b++)
        adopt_bond(mps, b, sign[b], &s);
    copy_all(mps);
    free_scratch(&s);
    return KZ_OK;
}

/* By descending Schmidt values, from two parts that are. */
static void merge(int *order, double *factor, const double *value, int even, int d)
{
    for (int k = 0, a = 0, b = even; k < d; k++) {
        bool first = b == d || (a < even && value[a] >= value[b]);
        order[k] = first ? a++ : b++;
        factor[k] = 1.0;
    }
}

kz_status kz_flip_forget(kz_mps *mps)
{
    scratch s;
    if (!mps->flips) return KZ_OK;
    KZ_TRY(allocate_scratch(&s, mps));
    for (size_t b = 1; b < mps->length; b++) {
        const kz_mps_bond *bond = &mps->bond[b];
        for (int c = bond->lo; c <= bond->hi; c++) {
            if (kz_flip_image(mps, b, c) != c) continue;
            merge(s.order, s.factor, bond->value + bond->start[c], bond->even, bond->dim[c]);
            rearrange(mps, b, c, s.order, s.factor, s.room);
        }
    }
    mps->flips = false;
    free_scratch(&s);
    return KZ_OK;
}

/* -- check ------------------------------------------------------------------------------------ */

static kz_status check_bond(const kz_mps *mps, size_t b)
{
    const kz_mps_bond *bond = &mps->bond[b];
    for (int c = bond->lo; c <= bond->hi; c++) {
        int image = kz_flip_image(mps, b, c);
        if (c == image && (bond->even < 0 || bond->even > bond->dim[c]))
            return KZ_FAIL(KZ_EDOMAIN, "bond %zu: %d of %d states are even", b, bond->even,
                           bond->dim[c]);
        for (int k = 0; k < bond->dim[c]; k++)
            if (!(bond->value[bond->start[c] + k] == bond->value[bond->start[image] + k]))
                return KZ_FAIL(KZ_EDOMAIN, "bond %zu, charge %d: the image differs", b, c);
    }
    return KZ_OK;
}

static bool is_image(const block *a, const block *b)
{
    size_t rows = (size_t)a->rows;
    for (int j = 0; j < a->columns; j++)
        for (int r = 0; r < a->rows; r++) {
            double sign = (j < a->odd_column) == (r < a->odd_row) ? 1.0 : -1.0;
            size_t place = (size_t)r + (size_t)j * rows;
            if (!(a->data[place] == sign * b->data[place])) return false;
        }
    return true;
}

kz_status kz_flip_check_part(const kz_mps *mps, size_t first, size_t end)
{
    KZ_TRY(check_sizes(mps));
    for (size_t b = first; b <= end; b++)
        KZ_TRY(check_bond(mps, b));
    for (size_t i = first; i < end; i++) {
        const kz_mps_bond *left = &mps->bond[i];
        for (int m = left->lo; m <= left->hi; m++) {
            for (int p = 0; p < mps->basis->states && left->dim[m] > 0; p++) {
                block a = block_of(mps, i, m, p), b = image_of(mps, i, m, p);
                if (!is_image(&a, &b))
                    return KZ_FAIL(KZ_EDOMAIN, "site %zu, charge %d: the image differs", i, m);
            }
        }
    }
    return KZ_OK;
}

kz_status kz_flip_check(const kz_mps *mps) { return kz_flip_check_part(mps, 0, mps->length); }
