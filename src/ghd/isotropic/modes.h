/* The modes of the kernel s on the nodes of the isotropic chain; library-internal.
 *
 * Far out every string has a filling that does not depend on lambda, and there 1 - K D takes each
 * mode of s by itself, as a tridiagonal matrix over the strings.  Its inverse is a good first step
 * of the whole: the long waves of the long strings, which come closest to its kernel, live there.
 */
#ifndef KZ_GHD_ISOTROPIC_MODES_H
#define KZ_GHD_ISOTROPIC_MODES_H

#include <kapitza/status.h>

typedef struct {
    int count;
    double *value;  /* [M] eigenvalues of s */
    double *vector; /* [M*M] orthonormal rows, of functions times 1/cos theta */
} kz_isotropic_modes;

/* Of the nodes of tba/isotropic/tangent.h.  KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_modes_create(kz_isotropic_modes *out, int half,
                                                    double width);
void kz_isotropic_modes_free(kz_isotropic_modes *modes);

/* 1 - K D for D that do not depend on lambda. */
typedef struct {
    int rows;
    double *hole;    /* [N] D */
    double *closing; /* [M] of row N, by mode */
    double *pivot;   /* [N*M] of the elimination */
} kz_isotropic_far;

/* Room for N rows; kz_isotropic_far_free() also after a failure. */
KZ_CHECK_RESULT kz_status kz_isotropic_far_create(kz_isotropic_far *out, int rows, int count);
void kz_isotropic_far_free(kz_isotropic_far *far);

/* Fills it from fillings [N*M], of which the last node counts; two rows or more. */
void kz_isotropic_far_set(kz_isotropic_far *far, const kz_isotropic_modes *modes,
                          const double *hole);

/* x [N*M] = (1 - K D) x, or the inverse of it; functions times 1/cos theta.  scratch [N*M]. */
void kz_isotropic_far_apply(double *x, const kz_isotropic_far *far, const kz_isotropic_modes *modes,
                            double *scratch);
void kz_isotropic_far_solve(double *x, const kz_isotropic_far *far, const kz_isotropic_modes *modes,
                            double *scratch);

/* x [N] in: constant sources of all rows, the mode of s with eigenvalue 1/2, which no function has
 * that falls off; out: (1 - K D)^-1 of them.  closed: what the closure makes of 1.  Room for 2N. */
void kz_isotropic_far_constants(double *x, const kz_isotropic_far *far, double closed);

#endif
