/* Complex matrix products that are quick for tiny matrices too; internal. */
#ifndef KZ_TBM_BLAS_H
#define KZ_TBM_BLAS_H

#include <complex.h>

/* c = alpha a b, column-major.  Nothing happens when c is empty; inner = 0 gives zeros. */
void kz_multiply(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                 const double complex *b, int ldb, int rows, int inner, int columns);

/* c = alpha a b^+ with b of `columns` rows. */
void kz_multiply_adjoint(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                         const double complex *b, int ldb, int rows, int inner, int columns);

/* c = alpha a^+ b with a of `inner` rows. */
void kz_adjoint_multiply(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                         const double complex *b, int ldb, int rows, int inner, int columns);

/* The same, added to c. */
void kz_multiply_add(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                     const double complex *b, int ldb, int rows, int inner, int columns);
void kz_multiply_adjoint_add(double complex *c, int ldc, double alpha, const double complex *a,
                             int lda, const double complex *b, int ldb, int rows, int inner,
                             int columns);
void kz_adjoint_multiply_add(double complex *c, int ldc, double alpha, const double complex *a,
                             int lda, const double complex *b, int ldb, int rows, int inner,
                             int columns);

#endif
