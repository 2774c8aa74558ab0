/* The invariants of a matrix product state. */
#include <math.h>

#include "core/error.h"
#include "tbm/flip.h"

static const double NORM_TOLERANCE = 1e-10;

static kz_status check_sectors(const kz_mps *mps, size_t b)
{
    const kz_mps_bond *bond = &mps->bond[b];
    int rest = (int)(mps->length - b), total = 0;
    int lo = kz_basis_least(mps->basis), hi = kz_basis_largest(mps->basis);
    int least = mps->up - rest * hi > (int)b * lo ? mps->up - rest * hi : (int)b * lo;
    int most = mps->up - rest * lo < (int)b * hi ? mps->up - rest * lo : (int)b * hi;
    if (bond->lo > bond->hi || bond->lo < least || bond->hi > most)
        return KZ_FAIL(KZ_EDOMAIN, "bond %zu has charges %d ... %d, allowed are %d ... %d", b,
                       bond->lo, bond->hi, least, most);
    for (int c = bond->lo; c <= bond->hi; c++) {
        if (bond->dim[c] < 0 || bond->start[c] != total)
            return KZ_FAIL(KZ_EDOMAIN, "bond %zu, charge %d: wrong dimension or place", b, c);
        total += bond->dim[c];
    }
    if (total < 1 || (size_t)total != bond->total || bond->total > bond->capacity)
        return KZ_FAIL(KZ_EDOMAIN, "bond %zu has %d states, %zu noted", b, total, bond->total);
    for (int k = 1; k <= KZ_MPS_PAD; k++)
        if (bond->dim[bond->lo - k] != 0 || bond->dim[bond->hi + k] != 0)
            return KZ_FAIL(KZ_EDOMAIN, "bond %zu has states outside its window", b);
    return KZ_OK;
}

static kz_status check_values(const kz_mps *mps, size_t b)
{
    const kz_mps_bond *bond = &mps->bond[b];
    double norm = 0.0;
    for (int c = bond->lo; c <= bond->hi; c++) {
        const double *value = bond->value + bond->start[c];
        int odd = mps->flips ? kz_flip_odd(mps, b, c) : 0;
        for (int k = 0; k < bond->dim[c]; k++) {
            if (!(value[k] > 0.0 && value[k] <= 1.0 + NORM_TOLERANCE))
                return KZ_FAIL(KZ_EDOMAIN, "bond %zu, charge %d: Schmidt value %.15g", b, c,
                               value[k]);
            if (k > 0 && k != odd && !(value[k] <= value[k - 1]))
                return KZ_FAIL(KZ_EDOMAIN, "bond %zu, charge %d: Schmidt values not sorted", b, c);
            norm += value[k] * value[k];
        }
    }
    if (!(fabs(norm - 1.0) <= NORM_TOLERANCE))
        return KZ_FAIL(KZ_EDOMAIN, "bond %zu: the Schmidt weights sum to %.17g", b, norm);
    return KZ_OK;
}

/* Largest element of S (B B^+ - 1) of one left sector. */
static double orthonormality(const double complex *data, const double *value, size_t rows,
                             size_t columns)
{
    double worst = 0.0;
    for (size_t a = 0; a < rows; a++) {
        for (size_t b = 0; b <= a; b++) {
            double complex sum = a == b ? -1.0 : 0.0;
            for (size_t k = 0; k < columns; k++)
                sum += data[a + k * rows] * conj(data[b + k * rows]);
            double size = cabs(sum) * value[a];
            if (!(size <= worst)) worst = size;
        }
    }
    return worst;
}

static kz_status check_site(const kz_mps *mps, size_t i, double tolerance)
{
    const kz_mps_bond *left = &mps->bond[i], *right = &mps->bond[i + 1];
    const kz_mps_site *site = &mps->site[i];
    size_t size = 0;
    for (int m = left->lo; m <= left->hi; m++) {
        size_t rows = (size_t)left->dim[m];
        size_t columns = kz_mps_columns(mps->basis, right, m, mps->basis->states);
        if (site->offset[m] != size)
            return KZ_FAIL(KZ_EDOMAIN, "site %zu, charge %d: wrong place in the arena", i, m);
        double error =
            orthonormality(site->data + size, left->value + left->start[m], rows, columns);
        if (!(error <= tolerance))
            return KZ_FAIL(KZ_EDOMAIN, "site %zu, charge %d: not orthonormal by %.15g > %.15g", i,
                           m, error, tolerance);
        size += rows * columns;
    }
    if (size != site->size || size > site->capacity)
        return KZ_FAIL(KZ_EDOMAIN, "site %zu has %zu elements, %zu noted", i, size, site->size);
    return KZ_OK;
}

kz_status kz_mps_check_part(const kz_mps *mps, size_t first, size_t end, double tolerance)
{
    for (size_t b = first; b <= end; b++) {
        KZ_TRY(check_sectors(mps, b));
        KZ_TRY(check_values(mps, b));
    }
    for (size_t i = first; i < end; i++)
        KZ_TRY(check_site(mps, i, tolerance));
    return mps->flips ? kz_flip_check_part(mps, first, end) : KZ_OK;
}

kz_status kz_mps_check(const kz_mps *mps, double tolerance)
{
    KZ_TRY(kz_mps_whole(mps));
    return kz_mps_check_part(mps, 0, mps->length, tolerance);
}
