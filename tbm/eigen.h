/* Pieces shared by the splits; internal. */
#ifndef KZ_TBM_EIGEN_H
#define KZ_TBM_EIGEN_H

#include "tbm/work.h"

/* Work array of zhetrd (64 n) and zunmtr (64 n + 65 * 64), blocked. */
#define KZ_EIGEN_LAPACK(n) (64 * (n) + 65 * 64)

/* Eigenvalues, descending and not negative, and eigenvectors (in place) of a Hermitian matrix given
 * by its lower triangle.  KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_eigen(double *weight, double complex *a, int n, kz_work *work);

/* out = diag(scale) in; out may be in. */
void kz_scale_rows(double complex *out, const double *scale, const double complex *in, int rows,
                   int columns);

#endif
