/* A call of zgemm costs some 0.3 us whatever the size; below about 200 multiplications a plain loop
 * wins.  Products are written out because C11 multiplication of complex numbers checks for nan. */
#include "tbm/blas.h"

#include <cblas.h>
#include <stddef.h>

enum { TINY = 160 };

/* Three real products instead of four pay from here on, a tenth at order 60, a fifth at 200; the
 * error stays a few roundings of |a| |b|. */
enum { LARGE = 40 };

/* c = keep c + alpha a b of matrices taken as they are or adjoint; keep is 0 or 1. */
static void large(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, double keep, double complex *c, int ldc,
                  double alpha, const double complex *a, int lda, const double complex *b, int ldb,
                  int rows, int inner, int columns)
{
    const double complex factor = alpha, beta = keep;
    if (rows >= LARGE && inner >= LARGE && columns >= LARGE)
        cblas_zgemm3m(CblasColMajor, ta, tb, rows, columns, inner, &factor, a, lda, b, ldb, &beta,
                      c, ldc);
    else
        cblas_zgemm(CblasColMajor, ta, tb, rows, columns, inner, &factor, a, lda, b, ldb, &beta, c,
                    ldc);
}

typedef struct {
    const double complex *data;
    size_t row, column; /* strides */
    double sign;        /* of the imaginary part */
} operand;

static void tiny(double keep, double complex *c, int ldc, double alpha, operand a, operand b,
                 int rows, int inner, int columns)
{
    for (size_t j = 0; j < (size_t)columns; j++) {
        for (size_t i = 0; i < (size_t)rows; i++) {
            double re = 0.0, im = 0.0;
            for (size_t k = 0; k < (size_t)inner; k++) {
                double complex x = a.data[i * a.row + k * a.column];
                double complex y = b.data[k * b.row + j * b.column];
                double x_im = a.sign * cimag(x), y_im = b.sign * cimag(y);
                re += creal(x) * creal(y) - x_im * y_im;
                im += creal(x) * y_im + x_im * creal(y);
            }
            double *out = (double *)&c[i + j * (size_t)ldc];
            out[0] = (keep != 0.0 ? out[0] : 0.0) + alpha * re;
            out[1] = (keep != 0.0 ? out[1] : 0.0) + alpha * im;
        }
    }
}

static int is_tiny(int rows, int inner, int columns)
{
    return (long)rows * inner * columns <= TINY || inner == 0;
}

static void multiply(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, double keep, double complex *c,
                     int ldc, double alpha, const double complex *a, int lda,
                     const double complex *b, int ldb, int rows, int inner, int columns)
{
    const operand left = {a, 1, (size_t)lda, 1.0}, left_adjoint = {a, (size_t)lda, 1, -1.0};
    const operand right = {b, 1, (size_t)ldb, 1.0}, right_adjoint = {b, (size_t)ldb, 1, -1.0};
    if (rows == 0 || columns == 0) return;
    if (is_tiny(rows, inner, columns))
        tiny(keep, c, ldc, alpha, ta == CblasNoTrans ? left : left_adjoint,
             tb == CblasNoTrans ? right : right_adjoint, rows, inner, columns);
    else
        large(ta, tb, keep, c, ldc, alpha, a, lda, b, ldb, rows, inner, columns);
}

void kz_multiply(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                 const double complex *b, int ldb, int rows, int inner, int columns)
{
    multiply(CblasNoTrans, CblasNoTrans, 0.0, c, ldc, alpha, a, lda, b, ldb, rows, inner, columns);
}

void kz_multiply_adjoint(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                         const double complex *b, int ldb, int rows, int inner, int columns)
{
    multiply(CblasNoTrans, CblasConjTrans, 0.0, c, ldc, alpha, a, lda, b, ldb, rows, inner,
             columns);
}

void kz_adjoint_multiply(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                         const double complex *b, int ldb, int rows, int inner, int columns)
{
    multiply(CblasConjTrans, CblasNoTrans, 0.0, c, ldc, alpha, a, lda, b, ldb, rows, inner,
             columns);
}

void kz_multiply_add(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                     const double complex *b, int ldb, int rows, int inner, int columns)
{
    multiply(CblasNoTrans, CblasNoTrans, 1.0, c, ldc, alpha, a, lda, b, ldb, rows, inner, columns);
}

void kz_multiply_adjoint_add(double complex *c, int ldc, double alpha, const double complex *a,
                             int lda, const double complex *b, int ldb, int rows, int inner,
                             int columns)
{
    multiply(CblasNoTrans, CblasConjTrans, 1.0, c, ldc, alpha, a, lda, b, ldb, rows, inner,
             columns);
}

void kz_adjoint_multiply_add(double complex *c, int ldc, double alpha, const double complex *a,
                             int lda, const double complex *b, int ldb, int rows, int inner,
                             int columns)
{
    multiply(CblasConjTrans, CblasNoTrans, 1.0, c, ldc, alpha, a, lda, b, ldb, rows, inner,
             columns);
}
