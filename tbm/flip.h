/* States that the flip F of all spins, and all ancillas, maps to themselves up to a sign; internal.
 *
 * F takes charge c of bond b to its image, b (least + largest) - c, and local state p to
 * states - 1 - p.  Right Schmidt vectors are chosen such that
 *
 *      F |c, k> = |image of c, k>          where the image is another sector
 *      F |c, k> = |c, k> for k < even, -|c, k> for the others     where it is c itself
 *
 * (`even` of the bond).  Block p of left sector m of a tensor is then that of state - 1 - p of the
 * image of m, but for these signs of rows and columns.  So only sectors up to their image are
 * computed, and the others copied: the symmetry is exact whatever is truncated.  A sector that is
 * its own image has the matrix
 *
 *      +-------+-------+         rows: the local states of the upper half, then their images
 *      |   A   |   B   |         columns: those of the lower half, then their images
 *      +-------+-------+
 *      |   B   |   A   |         but for signs; hence A + B on even, A - B on odd vectors
 *      +-------+-------+
 *
 * and becomes two sectors of half the rows and columns.  This file says which sectors are computed
 * and how the others follow; the rest of the module sees sectors of any size, and tensors as ever.
 */
#ifndef KZ_TBM_FLIP_H
#define KZ_TBM_FLIP_H

#include <math.h>

#include "tbm/update.h"

/* Where F takes charge c of bond b. */
static inline int kz_flip_image(const kz_mps *mps, size_t b, int c)
{
    return (int)b * (kz_basis_least(mps->basis) + kz_basis_largest(mps->basis)) - c;
}

static inline int kz_flip_state(const kz_basis *basis, int p) { return basis->states - 1 - p; }

/* How many sectors are computed for charge c: none of an image, two of a sector that is its own. */
static inline int kz_flip_parts(const kz_mps *mps, size_t b, int c)
{
    int image = kz_flip_image(mps, b, c);
    if (!mps->flips) return 1;
    return c > image ? 0 : c < image ? 1 : 2;
}

/* Part 0 or 1 of them: charge, parity, doubled. */
static inline void kz_flip_set_part(kz_sector *s, const kz_mps *mps, size_t b, int c, int part)
{
    s->charge = c;
    s->parity = kz_flip_parts(mps, b, c) < 2 ? 0 : part == 0 ? 1 : -1;
    s->doubled = mps->flips && s->parity == 0;
}

/* Whether local state p belongs to the rows, or the columns, of a sector. */
static inline bool kz_flip_has_row(const kz_sector *s, const kz_basis *basis, int p)
{
    return s->parity == 0 || 2 * p >= basis->states;
}
static inline bool kz_flip_has_column(const kz_sector *s, const kz_basis *basis, int p)
{
    return s->parity == 0 || 2 * p < basis->states;
}

/* The states of a bond that a sector has: how many, and the place of the first in its charge. */
static inline int kz_flip_count(const kz_mps_bond *bond, const kz_sector *s)
{
    if (s->parity == 0) return bond->dim[s->charge];
    return s->parity > 0 ? bond->even : bond->dim[s->charge] - bond->even;
}
static inline int kz_flip_first(const kz_mps_bond *bond, const kz_sector *s)
{
    return s->parity < 0 ? bond->even : 0;
}

/* A vector of norm 1 has this norm on the half of rows or columns that is kept. */
static inline double kz_flip_norm(const kz_sector *s) { return s->parity ? sqrt(0.5) : 1.0; }

/* Of charge c, the states from this one on change their sign under F. */
static inline int kz_flip_odd(const kz_mps *mps, size_t b, int c)
{
    return kz_flip_image(mps, b, c) == c ? mps->bond[b].even : mps->bond[b].dim[c];
}

/* Sectors of bond b from work->sector[].kept, images included: windows, sizes and `even`. */
void kz_flip_set_bond(kz_mps *mps, size_t b, const kz_work *work, int *dim);

/* Their Schmidt values from the weights, which sum to `norm`. */
void kz_flip_set_values(kz_mps *mps, size_t b, const kz_work *work, double norm);

/* The image of block p of left sector m of site i. */
void kz_flip_copy_block(kz_mps *mps, size_t i, int m, int p);
/* Images of all blocks that the sectors of bond b have computed, on both sides of it. */
void kz_flip_copy_images(kz_mps *mps, size_t b, const kz_work *work);

/* Whether a gate commutes with F. */
static inline bool kz_flip_keeps(const kz_gate *gate)
{
    return gate->same == gate->back && gate->up_up == 1.0 && gate->down_down == 1.0 &&
           gate->turn == 0.0;
}

/* Gives a state the form above whose right Schmidt vectors F takes to sign[b][k] times those of the
 * image, k the place on bond b = 1 ... L-1; the whole state to `total` times itself.
 * Returns KZ_EDOMAIN where sizes do not fit (the state is then as it was), KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_flip_adopt(kz_mps *mps, const double *const *sign, int total);

/* From here on the state may lose the symmetry.  KZ_ENOMEM: as it was. */
KZ_CHECK_RESULT kz_status kz_flip_forget(kz_mps *mps);

/* Whether the tensors have the form, exactly.  KZ_EDOMAIN. */
KZ_CHECK_RESULT kz_status kz_flip_check(const kz_mps *mps);
/* The same of sites first ... end - 1 and their bonds. */
KZ_CHECK_RESULT kz_status kz_flip_check_part(const kz_mps *mps, size_t first, size_t end);

#endif
