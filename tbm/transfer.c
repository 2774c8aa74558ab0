/* Overlaps carried over sites. */
#include "tbm/transfer.h"

#include <string.h>

#include "tbm/blas.h"

size_t kz_transfer_start(const kz_mps_bond *bond, int charge)
{
    size_t size = 0;
    for (int c = bond->lo; c < charge; c++)
        size += (size_t)bond->dim[c] * (size_t)bond->dim[c];
    return size;
}

static size_t square_of_largest(const kz_mps_bond *bond)
{
    size_t most = 0;
    for (int c = bond->lo; c <= bond->hi; c++)
        if ((size_t)bond->dim[c] > most) most = (size_t)bond->dim[c];
    return most * most;
}

/* One block times an overlap, and a result of the size of an overlap. */
size_t kz_transfer_scratch(const kz_mps *mps, size_t i)
{
    return 2 * kz_larger(square_of_largest(&mps->bond[i]), square_of_largest(&mps->bond[i + 1]));
}

static void add(double complex *sum, const double complex *x, size_t count)
{
    for (size_t k = 0; k < count; k++)
        sum[k] += x[k];
}

static void clear(double complex *overlap, const kz_mps_bond *bond)
{
    memset(overlap, 0, kz_transfer_size(bond) * sizeof *overlap);
}

void kz_transfer_right(double complex *next, double complex *scratch, const double complex *overlap,
                       const kz_mps *mps, size_t i)
{
    const kz_mps_bond *left = &mps->bond[i], *right = left + 1;
    const kz_mps_site *site = &mps->site[i];
    const kz_basis *basis = mps->basis;
    clear(next, right);
    for (int m = left->lo; m <= left->hi; m++) {
        int rows = left->dim[m];
        const double complex *block = site->data + site->offset[m];
        for (int p = 0; p < basis->states && rows > 0; p++) {
            int c = m + basis->charge[p], columns = right->dim[c];
            size_t size = (size_t)rows * (size_t)columns;
            double complex *product = scratch + size;
            if (columns == 0) continue;
            kz_multiply(scratch, rows, 1.0, overlap, rows, block, rows, rows, rows, columns);
            kz_adjoint_multiply(product, columns, 1.0, block, rows, scratch, rows, columns, rows,
                                columns);
            add(next + kz_transfer_start(right, c), product, (size_t)columns * (size_t)columns);
            block += size;
        }
        overlap += (size_t)rows * (size_t)rows;
    }
}

void kz_transfer_left(double complex *next, double complex *scratch, const double complex *overlap,
                      const kz_mps *mps, size_t i)
{
    const kz_mps_bond *left = &mps->bond[i], *right = left + 1;
    const kz_mps_site *site = &mps->site[i];
    const kz_basis *basis = mps->basis;
    clear(next, left);
    for (int m = left->lo; m <= left->hi; m++) {
        int rows = left->dim[m];
        const double complex *block = site->data + site->offset[m];
        for (int p = 0; p < basis->states && rows > 0; p++) {
            int c = m + basis->charge[p], columns = right->dim[c];
            size_t size = (size_t)rows * (size_t)columns;
            double complex *product = scratch + size;
            if (columns == 0) continue;
            kz_multiply(scratch, rows, 1.0, block, rows, overlap + kz_transfer_start(right, c),
                        columns, rows, columns, columns);
            kz_multiply_adjoint(product, rows, 1.0, scratch, rows, block, rows, rows, columns,
                                rows);
            add(next, product, (size_t)rows * (size_t)rows);
            block += size;
        }
        next += (size_t)rows * (size_t)rows;
    }
}
