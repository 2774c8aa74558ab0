/* The strings beyond row N of the isotropic chain where a state is weighted; library-internal.
 *
 * Before and after, row N ends with the closure of system.h: y = to L_N + pair l -+ mu/2.
 * With L_N changed by x, mu by dmu, and w = dl/dy before, what y and l change by obeys
 *
 *     dy = to x + pair dl -+ dmu/2,   dl = ln[1 + w (e^dy - 1)],   s*(dL_{N+1}) = from dl,
 *
 * without regard to how y came about.  x need not be even.  Functions are complex here, kept by
 * their h (tangent.h), which for them is complex too. */
#ifndef KZ_TBA_ISOTROPIC_TILT_H
#define KZ_TBA_ISOTROPIC_TILT_H

#include <complex.h>
#include <stdbool.h>

#include "tba/isotropic/system.h"

typedef struct {
    const kz_tangent *g;
    int M;
    double *pair;                            /* [2M*2M] */
    double complex *full, *empty;            /* [2M] w and 1 - w at the nodes */
    double complex *y, *l;                   /* [2M] dy, dl: h */
    double complex *weight;                  /* [2M] dl/dy after, at the nodes */
    double complex *step, *base;             /* [2M] scratch */
    double complex *factored_at, *closed_at; /* [2M] y that there are factors, derivatives for */
    double complex *factored;                /* [2M*2M] 1 - pair W, column-major */
    double complex *answers;                 /* [(M+1)*2M] */
    double *parts[2], *image[2];             /* [(M+1)*2M], [(M+1)*M] of them */
    lapack_int *pivot;
    bool has_factors, is_closed; /* there are some */
} kz_isotropic_tilt;

/* kz_isotropic_tilt_free() also after a failure.
 *  y  [2M] before, as in kz_isotropic
 * Returns KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_tilt_create(kz_isotropic_tilt *out, const kz_tangent *g,
                                                   const double *y);
void kz_isotropic_tilt_free(kz_isotropic_tilt *tilt);

/* The next solution starts from a state next to it, by y before and there. */
void kz_isotropic_tilt_start(kz_isotropic_tilt *tilt, const double *before, const double *y);

/* beyond [M] = s*(dL_{N+1}), from the last solution on, where mu has changed by `field`.  Returns
 * KZ_ENOCONV, KZ_ESING. */
KZ_CHECK_RESULT kz_status kz_isotropic_tilt_solve(double *beyond, kz_isotropic_tilt *tilt,
                                                  const double *x, double field);

/* The derivatives of `beyond` there by x, closing [M*M], and by mu, polarisation [M]: what
 * kz_isotropic_close() has of a state that is not weighted.  Nothing is done where y has moved by
 * `same` or less since the last call, whose outputs still are where they were.  Returns KZ_ESING.
 */
KZ_CHECK_RESULT kz_status kz_isotropic_tilt_close(double *closing, double *polarisation,
                                                  kz_isotropic_tilt *tilt, double same);

#endif
