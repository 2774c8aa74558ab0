/* Where a ray has another D than that of the state at infinity; library-internal.
 *
 * The circle of isotropic_level.h does not resolve a jump: kernels, which are narrow there, do not
 * damp what a projected jump leaves far out.  But strings are in the state of those beyond the rows
 * outside some intervals, and on these (D' - D) q is smooth: Gauss-Legendre nodes on short panels,
 * on which q stands by its interpolation on the circle, integrate it against s.  So does the sea of
 * a ground state in a field, in whichever of the states it is: D' = 0 where string 1 is full. */
#ifndef KZ_GHD_ISOTROPIC_PATCHES_H
#define KZ_GHD_ISOTROPIC_PATCHES_H

#include "ghd/isotropic_level.h"
#include "ghd/region.h"

enum { KZ_PATCH_POINTS = 10 };

/* One panel: columns from ... from + count - 1 of the circle are in its matrices. */
typedef struct {
    int side; /* whose D' */
    int at_from, at_count, kernel_from, kernel_count;
    double length[KZ_PATCH_POINTS], weight[KZ_PATCH_POINTS]; /* the latter times D' - D */
    double *at;     /* [POINTS*at_count] values at the nodes from those on the circle */
    double *kernel; /* [POINTS*kernel_count] weight s(lambda_i - lambda) */
} kz_isotropic_panel;

typedef struct {
    int *first; /* [N+1] of each row's panels; NULL: none yet */
    kz_isotropic_panel *panel;
    double *numbers; /* all matrices */
    size_t panels_room, numbers_room;
} kz_isotropic_patches;

/* Where d > 0 on the circle, row by row: out [N], d [N*M]; rows that both states fill alike are
 * those of `tail`; scratch, coefficients [N*M].  KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_isotropic_find_regions(kz_region *out, const kz_isotropic_level *level,
                                                    const double *d, int tail, double *scratch,
                                                    double *coefficients);

/* Zero is none. */
void kz_isotropic_patches_clear(kz_isotropic_patches *patches, const kz_isotropic_level *level);
void kz_isotropic_patches_free(kz_isotropic_patches *patches);

/* Those of {d > 0} (region [N]) where the strings n > N are in the state `tail`, whose D but for
 * its sea is that between panels.  Farther out than these reach, D' stands at the nodes of the
 * circle: hole [N*M] in/out.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_patches_set(kz_isotropic_patches *patches, double *hole,
                                                   const kz_isotropic_level *level,
                                                   const kz_region *region, int tail);

/* out [M] = s * (D' - D) q of row f; false: nothing there. */
bool kz_isotropic_patches_convolve(double *out, const kz_isotropic_patches *patches,
                                   const kz_isotropic_level *level, int f, const double *q);

/* int factor (D' - D) q of row f; factor [M], NULL: 1. */
double kz_isotropic_patches_integrate(const kz_isotropic_patches *patches, int f, const double *q,
                                      const double *factor);

/* int a b c over the panels of row f where the ray is in the state `side`. */
double kz_isotropic_patches_product(const kz_isotropic_patches *patches, int f, int side,
                                    const double *a, const double *b, const double *c);

/* out [M] = D_N x_N, the jumps projected; hole, x [N*M]. */
void kz_isotropic_patches_fill_last(double *out, const kz_isotropic_patches *patches,
                                    const kz_isotropic_level *level, const double *hole,
                                    const double *x);

#endif
