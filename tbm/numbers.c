/* Arrays of either precision. */
#include "tbm/numbers.h"

#include <cblas.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/blas.h"

kz_status kz_numbers_reserve(kz_numbers *x, size_t *room, size_t count, bool single)
{
    void *memory = NULL;
    size_t more = 2 * count;
    if (count <= *room && (x->full || x->single)) return KZ_OK;
    KZ_TRY(kz_alloc(&memory, more, single ? sizeof *x->single : sizeof *x->full));
    kz_numbers_free(x);
    if (single)
        x->single = memory;
    else
        x->full = memory;
    *room = more;
    return KZ_OK;
}

void kz_numbers_free(kz_numbers *x)
{
    kz_free(x->full);
    kz_free(x->single);
    *x = (kz_numbers){0};
}

void kz_numbers_clear(kz_numbers x, size_t count)
{
    if (x.full)
        memset(x.full, 0, count * sizeof *x.full);
    else
        memset(x.single, 0, count * sizeof *x.single);
}

void kz_numbers_copy(kz_numbers out, kz_numbers in, size_t count)
{
    if (out.full)
        memcpy(out.full, in.full, count * sizeof *out.full);
    else
        memcpy(out.single, in.single, count * sizeof *out.single);
}

void kz_numbers_add(kz_numbers out, double factor, kz_numbers in, size_t count)
{
    float single = (float)factor;
    for (size_t k = 0; out.full && k < count; k++)
        out.full[k] += factor * in.full[k];
    for (size_t k = 0; out.single && k < count; k++)
        out.single[k] += single * in.single[k];
}

const double complex *kz_numbers_read(double complex *scratch, kz_numbers x, size_t count)
{
    if (x.full) return x.full;
    for (size_t k = 0; k < count; k++)
        scratch[k] = x.single[k];
    return scratch;
}

void kz_numbers_write(kz_numbers x, const double complex *in, size_t count)
{
    if (x.full) memcpy(x.full, in, count * sizeof *in);
    for (size_t k = 0; x.single && k < count; k++)
        x.single[k] = (float complex)in[k];
}

/* Three real products instead of four pay from here on. */
enum { LARGE = 48 };

/* c = keep c + a b in single precision. */
static void single(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, float keep, float complex *c, int ldc,
                   const float complex *a, int lda, const float complex *b, int ldb, int rows,
                   int inner, int columns)
{
    const float complex one = 1.0f, beta = keep;
    if (rows == 0 || columns == 0) return;
    if (rows >= LARGE && inner >= LARGE && columns >= LARGE)
        cblas_cgemm3m(CblasColMajor, ta, tb, rows, columns, inner, &one, a, lda, b, ldb, &beta, c,
                      ldc);
    else
        cblas_cgemm(CblasColMajor, ta, tb, rows, columns, inner, &one, a, lda, b, ldb, &beta, c,
                    ldc);
}

void kz_numbers_multiply(kz_numbers c, int ldc, kz_numbers a, int lda, kz_numbers b, int ldb,
                         int rows, int inner, int columns)
{
    if (c.full)
        kz_multiply(c.full, ldc, 1.0, a.full, lda, b.full, ldb, rows, inner, columns);
    else
        single(CblasNoTrans, CblasNoTrans, 0.0f, c.single, ldc, a.single, lda, b.single, ldb, rows,
               inner, columns);
}

void kz_numbers_multiply_adjoint(kz_numbers c, int ldc, kz_numbers a, int lda, kz_numbers b,
                                 int ldb, int rows, int inner, int columns)
{
    if (c.full)
        kz_multiply_adjoint(c.full, ldc, 1.0, a.full, lda, b.full, ldb, rows, inner, columns);
    else
        single(CblasNoTrans, CblasConjTrans, 0.0f, c.single, ldc, a.single, lda, b.single, ldb,
               rows, inner, columns);
}

void kz_numbers_multiply_add(kz_numbers c, int ldc, kz_numbers a, int lda, kz_numbers b, int ldb,
                             int rows, int inner, int columns)
{
    if (c.full)
        kz_multiply_add(c.full, ldc, 1.0, a.full, lda, b.full, ldb, rows, inner, columns);
    else
        single(CblasNoTrans, CblasNoTrans, 1.0f, c.single, ldc, a.single, lda, b.single, ldb, rows,
               inner, columns);
}

void kz_numbers_adjoint_multiply_add(kz_numbers c, int ldc, kz_numbers a, int lda, kz_numbers b,
                                     int ldb, int rows, int inner, int columns)
{
    if (c.full)
        kz_adjoint_multiply_add(c.full, ldc, 1.0, a.full, lda, b.full, ldb, rows, inner, columns);
    else
        single(CblasConjTrans, CblasNoTrans, 1.0f, c.single, ldc, a.single, lda, b.single, ldb,
               rows, inner, columns);
}
