/* Overlaps of a state with itself, carried over sites; internal.
 *
 * Left of a bond: l_c[a', a] = <a'|a> of the states of charge c; right of it r_c[a, a'] alike.
 * Sector c is a Hermitian matrix of order dim[c], one after the other in ascending order of c. */
#ifndef KZ_TBM_TRANSFER_H
#define KZ_TBM_TRANSFER_H

#include "tbm/mps/mps.h"

/* Where sector `charge` begins. */
size_t kz_transfer_start(const kz_mps_bond *bond, int charge);
/* Elements of all sectors. */
static inline size_t kz_transfer_size(const kz_mps_bond *bond)
{
    return kz_transfer_start(bond, bond->hi + 1);
}

/* next = sum_p B_p^+ overlap B_p, from bond i to bond i + 1.
 *  scratch  [kz_transfer_scratch()] */
void kz_transfer_right(double complex *next, double complex *scratch, const double complex *overlap,
                       const kz_mps *mps, size_t i);

/* next = sum_p B_p overlap B_p^+, from bond i + 1 to bond i. */
void kz_transfer_left(double complex *next, double complex *scratch, const double complex *overlap,
                      const kz_mps *mps, size_t i);

/* Elements of scratch for site i, either way. */
size_t kz_transfer_scratch(const kz_mps *mps, size_t i);

#endif
