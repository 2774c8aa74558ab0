/* Norm of a state by contracting all of its tensors. */
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/transfer.h"

kz_status kz_mps_norm(double *norm, const kz_mps *mps)
{
    size_t overlaps = 1, scratches = 0;
    void *memory = NULL;
    *norm = NAN;
    KZ_TRY(kz_mps_whole(mps));
    for (size_t i = 0; i < mps->length; i++) {
        overlaps = kz_larger(overlaps, kz_transfer_size(&mps->bond[i + 1]));
        scratches = kz_larger(scratches, kz_transfer_scratch(mps, i));
    }
    KZ_TRY(kz_alloc(&memory, 2 * overlaps + scratches, sizeof(double complex)));
    double complex *overlap = memory, *next = overlap + overlaps, *scratch = next + overlaps;
    overlap[0] = 1.0;
    for (size_t i = 0; i < mps->length; i++) {
        double complex *swap = overlap;
        kz_transfer_right(next, scratch, overlap, mps, i);
        overlap = next;
        next = swap;
    }
    *norm = sqrt(creal(overlap[0]));
    kz_free(memory);
    return KZ_OK;
}
