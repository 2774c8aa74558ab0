/* A call of zgemm costs some 0.3 us whatever the size; below about 200 multiplications a plain loop
 * wins.  Products are written out because C11 multiplication of complex numbers checks for nan. */
#include "tbm/blas.h"

#include <cblas.h>
#include <stddef.h>

enum { TINY = 160 };

/* Three real products instead of four pay from here on, a tenth at order 60, a fifth at 200; the
 * error stays a few roundings of |a| |b|. */
enum { LARGE = 40 };

static void large(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, double complex *c, int ldc, double alpha,
                  const double complex *a, int lda, const double complex *b, int ldb, int rows,
                  int inner, int columns)
{
    const double complex factor = alpha, zero = 0.0;
    if (rows >= LARGE && inner >= LARGE && columns >= LARGE)
        cblas_zgemm3m(CblasColMajor, ta, tb, rows, columns, inner, &factor, a, lda, b, ldb, &zero,
                      c, ldc);
    else
        cblas_zgemm(CblasColMajor, ta, tb, rows, columns, inner, &factor, a, lda, b, ldb, &zero, c,
                    ldc);
}

typedef struct {
    const double complex *data;
    size_t row, column; /* strides */
    double sign;        /* of the imaginary part */
} operand;

static void tiny(double complex *c, int ldc, double alpha, operand a, operand b, int rows,
                 int inner, int columns)
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
            out[0] = alpha * re;
            out[1] = alpha * im;
        }
    }
}

static int is_tiny(int rows, int inner, int columns)
{
    return (long)rows * inner * columns <= TINY || inner == 0;
}

void kz_multiply(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                 const double complex *b, int ldb, int rows, int inner, int columns)
{
    if (rows == 0 || columns == 0) return;
    if (is_tiny(rows, inner, columns))
        tiny(c, ldc, alpha, (operand){a, 1, (size_t)lda, 1.0}, (operand){b, 1, (size_t)ldb, 1.0},
             rows, inner, columns);
    else
        large(CblasNoTrans, CblasNoTrans, c, ldc, alpha, a, lda, b, ldb, rows, inner, columns);
}

void kz_multiply_adjoint(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                         const double complex *b, int ldb, int rows, int inner, int columns)
{
    if (rows == 0 || columns == 0) return;
    if (is_tiny(rows, inner, columns))
        tiny(c, ldc, alpha, (operand){a, 1, (size_t)lda, 1.0}, (operand){b, (size_t)ldb, 1, -1.0},
             rows, inner, columns);
    else
        large(CblasNoTrans, CblasConjTrans, c, ldc, alpha, a, lda, b, ldb, rows, inner, columns);
}

void kz_adjoint_multiply(double complex *c, int ldc, double alpha, const double complex *a, int lda,
                         const double complex *b, int ldb, int rows, int inner, int columns)
{
    if (rows == 0 || columns == 0) return;
    if (is_tiny(rows, inner, columns))
        tiny(c, ldc, alpha, (operand){a, (size_t)lda, 1, -1.0}, (operand){b, 1, (size_t)ldb, 1.0},
             rows, inner, columns);
    else
        large(CblasConjTrans, CblasNoTrans, c, ldc, alpha, a, lda, b, ldb, rows, inner, columns);
}
