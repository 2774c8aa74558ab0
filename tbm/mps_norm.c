/* Norm of a state by contracting all of its tensors. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/blas.h"
#include "tbm/mps.h"

/* Overlaps of the states left of a bond: sector c is a Hermitian matrix of order dim[c], one after
 * the other in ascending order of c. */
static size_t overlap_start(const kz_mps_bond *bond, int charge)
{
    size_t size = 0;
    for (int c = bond->lo; c < charge; c++)
        size += (size_t)bond->dim[c] * (size_t)bond->dim[c];
    return size;
}

/* next += B^+ overlap B for one block B [rows * columns] of a tensor. */
static void add_block(double complex *next, double complex *scratch, const double complex *overlap,
                      const double complex *block, int rows, int columns)
{
    double complex *product = scratch + (size_t)rows * (size_t)columns;
    kz_multiply(scratch, rows, 1.0, overlap, rows, block, rows, rows, rows, columns);
    kz_adjoint_multiply(product, columns, 1.0, block, rows, scratch, rows, columns, rows, columns);
    for (size_t k = 0; k < (size_t)columns * (size_t)columns; k++)
        next[k] += product[k];
}

/* next: overlaps right of site i, cleared. */
static void add_site(double complex *next, double complex *scratch, const double complex *overlap,
                     const kz_mps *mps, size_t i)
{
    const kz_mps_bond *left = &mps->bond[i], *right = left + 1;
    const kz_mps_site *site = &mps->site[i];
    const kz_basis *basis = mps->basis;
    for (int m = left->lo; m <= left->hi; m++) {
        int rows = left->dim[m];
        const double complex *block = site->data + site->offset[m];
        for (int p = 0; p < basis->states && rows > 0; p++) {
            int c = m + basis->charge[p], columns = right->dim[c];
            if (columns > 0)
                add_block(next + overlap_start(right, c), scratch, overlap, block, rows, columns);
            block += (size_t)rows * (size_t)columns;
        }
        overlap += (size_t)rows * (size_t)rows;
    }
}

kz_status kz_mps_norm(double *norm, const kz_mps *mps)
{
    size_t largest = 1;
    void *memory = NULL;
    *norm = NAN;
    for (size_t b = 0; b <= mps->length; b++) {
        size_t size = mps->bond[b].total * mps->bond[b].total;
        if (size > largest) largest = size;
    }
    KZ_TRY(kz_alloc(&memory, 4 * largest, sizeof(double complex)));
    double complex *overlap = memory, *next = overlap + largest, *scratch = next + largest;
    overlap[0] = 1.0;
    for (size_t i = 0; i < mps->length; i++) {
        double complex *swap = overlap;
        memset(next, 0, overlap_start(&mps->bond[i + 1], mps->bond[i + 1].hi + 1) * sizeof *next);
        add_site(next, scratch, overlap, mps, i);
        overlap = next;
        next = swap;
    }
    *norm = sqrt(creal(overlap[0]));
    kz_free(memory);
    return KZ_OK;
}
