/* Scratch memory of two-site updates, one per thread; internal. */
#ifndef KZ_TBM_WORK_H
#define KZ_TBM_WORK_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

/* One sector of the two-site tensor, charge c left of the bond between its sites.  Rows: the
 * states of charge c - 1 left of the first site with spin up, then those of charge c with spin
 * down.  Columns: charge c right of the second site (spin down), then charge c + 1 (spin up). */
typedef struct {
    int charge, rows, columns;
    int up_rows;       /* rows of spin up */
    int down_columns;  /* columns of spin down */
    int old;           /* states of the bond before the update */
    int old_start;     /* where they begin on the bond */
    double complex *c; /* [rows * columns] gate * B * B, without the Schmidt values */
    /* What the gate added to c: (up, down) and (down, up); nothing elsewhere.  NULL: not kept. */
    double complex *change_up;   /* [up_rows * down_columns] */
    double complex *change_down; /* [other rows * other columns] */
    const double *scale;         /* [rows] left Schmidt values S; the state is S c */

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
