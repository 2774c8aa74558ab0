/* The rows of a profile at Delta = 1 at one (x, t), piece by piece; library-internal.
 *
 * Beyond a jump x_c the next piece holds, where X* > X(x_c).  All rows stand in one piece, that of
 * the longest strings, and where another one holds, panels (ghd/isotropic/panels.h), tagged by
 * piece, carry what differs: every piece's heights go on smoothly beyond its jumps, so that
 * differences are known on the whole circle. */
#ifndef KZ_PROPAGATE_ISOTROPIC_ROWS_H
#define KZ_PROPAGATE_ISOTROPIC_ROWS_H

#include "ghd/isotropic/panels.h"
#include "propagate/isotropic/heights.h"

/* H and D, or at the end D and the entropy of the fillings. */
enum { KZ_ROWS_HEIGHT, KZ_ROWS_HOLE, KZ_ROWS_ENTROPY, KZ_ROWS_ENTRIES };

typedef struct {
    const kz_isotropic_heights *heights;
    int N, M, size;
    double x, t;
    size_t pieces, base;            /* base: the piece of the longest strings */
    double *entry[KZ_ROWS_ENTRIES]; /* [size] in the piece `base` */
    double
        *apart[KZ_ROWS_ENTRIES]; /* [pieces*size] of a piece, less that; where there are panels */
    kz_isotropic_panels panels;
    double *edge;                    /* [(pieces - 1)*size] X at the jumps */
    double *mismatch, *coefficients; /* [size] */
    kz_region *region;               /* [(pieces - 1)*N] {u > x_c} */
} kz_isotropic_rows;

/* kz_isotropic_rows_free() also after a failure.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_rows_create(kz_isotropic_rows *rows,
                                                   const kz_isotropic_heights *heights, double x,
                                                   double t);
void kz_isotropic_rows_free(kz_isotropic_rows *rows);

/* Where which piece holds, by X [size]; then the rows and panels of that: H and D, or with
 * `fillings` D and entropy.  KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_rows_divide(kz_isotropic_rows *rows, const double *X);
KZ_CHECK_RESULT kz_status kz_isotropic_rows_fill(kz_isotropic_rows *rows, const double *X,
                                                 bool fillings);

/* The piece of which int H_N of the longest strings, `mean`, speaks. */
size_t kz_isotropic_rows_piece(const kz_isotropic_rows *rows, double mean);

/* int H_N at the jump after a piece. */
double kz_isotropic_rows_mean(const kz_isotropic_rows *rows, size_t piece);

/* z = q x and its differences between pieces, zs [pieces*size], where there are panels; q an entry.
 */
void kz_isotropic_rows_multiply(double *z, double *zs, const kz_isotropic_rows *rows, int entry,
                                const double *x);

/* Row f of z and zs with its jumps projected, out [M]; and its integral, factor [M] or NULL: 1. */
void kz_isotropic_rows_project(double *out, const kz_isotropic_rows *rows, int f, const double *z,
                               const double *zs);
double kz_isotropic_rows_integrate(const kz_isotropic_rows *rows, int f, const double *z,
                                   const double *zs, const double *factor);

#endif
