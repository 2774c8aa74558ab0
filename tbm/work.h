/* Scratch memory of two-site updates, one per thread; internal. */
#ifndef KZ_TBM_WORK_H
#define KZ_TBM_WORK_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

#include "tbm/basis.h"

/* Rows or columns of the two-site tensor that belong to a local state. */
typedef struct {
    int start, count;
} kz_range;

/* One sector of the two-site tensor, charge q left of the bond between its sites.  Row block p:
 * the states of charge q - charge[p] left of the first site, by falling p; column block p: those
 * of charge q + charge[p] right of the second, by ascending p.  For spins:
 *
 *               down (q)   up (q+1)
 *   up (q-1)   | changed |          |     by the gate, with (down, up) of sector q - 1
 *   down (q)   |         | changed  |     with (up, down) of sector q + 1
 */
typedef struct {
    int charge, rows, columns;
    bool doubled; /* stands for its image under the spin flip, too (tbm/flip.h) */
    int parity;   /* 1, -1: of a sector that is its own image, even or odd vectors on half of the
                   * rows and columns; 0: all of it */
    kz_range row[KZ_BASIS_MOST], column[KZ_BASIS_MOST];
    int old;           /* states of the bond before the update */
    int old_start;     /* where they begin on the bond */
    double complex *c; /* [rows * columns] gate * B * B, without the Schmidt values */
    /* What the gate added to c, of spins: (up, down) and (down, up); nothing elsewhere.  NULL: not
     * kept, as with ancillas, where gates change most of c. */
    double complex *change_up, *change_down;
    const double *scale; /* [rows] left Schmidt values S; the state is S c */

    /* What a split leaves: S c = U diag(sqrt(weight)) (rotation^+ basis) */
    int found;              /* Schmidt values found */
    double *weight;         /* [found] their squares, descending */
    double lost;            /* weight of S c outside of what was found */
    double complex *basis;  /* [size * columns], leading dimension size; orthonormal rows */
    bool basis_is_one;      /* basis is the identity and not written */
    int size;               /* rows of basis */
    double complex *left;   /* [rows * size] c basis^+; NULL: not made */
    double complex *rotate; /* [size * size] unitary; NULL: the identity */
    bool partial;           /* basis spans less than the whole row space */
    double complex *left_room, *rotate_room; /* memory for the two */
    int kept;                                /* Schmidt values that survive the truncation */
} kz_sector;

/* Grows, never shrinks; the take functions hand out pieces of it. */
typedef struct {
    double complex *complexes;
    double *reals;
    int *integers;
    size_t complex_count, complex_used, real_count, real_used, integer_count;
    kz_sector *sector;
    size_t sectors, sector_count;
    char reason[200]; /* of a failure in the thread that owns this */
} kz_work;

/* How many states of a bond one of a sector stands for. */
static inline size_t kz_sector_copies(const kz_sector *sector) { return sector->doubled ? 2 : 1; }

/* Makes room and forgets the pieces handed out.  KZ_ENOMEM: the work stays usable. */
KZ_CHECK_RESULT kz_status kz_work_reserve(kz_work *work, size_t complexes, size_t reals,
                                          size_t integers);
KZ_CHECK_RESULT kz_status kz_work_reserve_sectors(kz_work *work, size_t count);
void kz_work_free(kz_work *work);

/* The next piece; the reservation must suffice. */
static inline double complex *kz_work_complex(kz_work *work, size_t count)
{
    double complex *piece = work->complexes + work->complex_used;
    work->complex_used += count;
    return piece;
}

static inline double *kz_work_real(kz_work *work, size_t count)
{
    double *piece = work->reals + work->real_used;
    work->real_used += count;
    return piece;
}

#endif
