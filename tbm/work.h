/* Scratch memory of two-site updates, one per thread; internal. */
#ifndef KZ_TBM_WORK_H
#define KZ_TBM_WORK_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include <kapitza/status.h>

#include "tbm/mps/basis.h"

/* Rows or columns of the two-site tensor that belong to a local state. */
typedef struct {
    int start, count;
} kz_range;

/* How a split writes S c = U diag(sqrt(weight)) V.  With W the rows of `basis`, C the tensor c:
 *
 *   form            basis W          left            rotate X     new left tensor   new right
 * tensor KZ_FORM_SVD     V itself         -               -            C (right)^+       W
 *   KZ_FORM_GRAM    1, not written   - (C serves)    written      C X               X^+
 *   KZ_FORM_ROWS    written          C W^+ written   written      (C W^+) X         X^+ W
 *
 * X: eigenvectors of (S C W^+)^+ (S C W^+).  Only the last form may lose weight outside of W. */
typedef enum { KZ_FORM_SVD, KZ_FORM_GRAM, KZ_FORM_ROWS } kz_sector_form;

/* One sector of the two-site tensor, charge q left of the bond between its sites.  Row block p:
 * the states of charge q - charge[p] left of the first site, by falling p; column block p: those
 * of charge q + charge[p] right of the second, by ascending p.  For spins, with the ranges that say
 * where blocks begin:
 *
 *                  column[0]    column[1]
 *                  down (q)     up (q+1)
 *                 +------------+------------+
 *   row[1] up     | change_up  |            |    change_up: by the gate, with change_down of
 *          (q-1)  |            |            |               sector q - 1
 *                 +------------+------------+
 *   row[0] down   |            | change_    |    change_down: with change_up of sector q + 1
 *          (q)    |            |      down  |
 *                 +------------+------------+    c: all four, column-major, leading dimension rows
 */
typedef struct {
    /* -- given: the tensor -- */
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

    /* -- memory for the result, with m = min(rows, columns); `form` says what is in it.  A split
     * that gives up leaves anything there -- */
    double *weight;         /* [m] */
    double complex *basis;  /* [m * columns] */
    double complex *left;   /* [rows * m] */
    double complex *rotate; /* [m * m] */
    double complex *right;  /* [old * columns] where the centre moves (canonical.c); else unused */

    /* -- result of the split -- */
    kz_sector_form form;
    int found;   /* Schmidt values found; their squares in weight, descending */
    int size;    /* rows of W, leading dimension of basis and rotate */
    double lost; /* weight of S c outside of what was found */

    /* -- and of the truncation of all sectors together -- */
    int kept; /* Schmidt values that survive */
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

/* Of this thread, in a parallel region. */
static inline int kz_thread_number(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

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

/* What is taken after kz_work_here() is given back by kz_work_give_back(), after its last use. */
typedef struct {
    size_t complexes, reals;
} kz_work_mark;

static inline kz_work_mark kz_work_here(const kz_work *work)
{
    return (kz_work_mark){work->complex_used, work->real_used};
}

static inline void kz_work_give_back(kz_work *work, kz_work_mark mark)
{
    work->complex_used = mark.complexes;
    work->real_used = mark.reals;
}

#endif
