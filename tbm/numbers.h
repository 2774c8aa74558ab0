/* Arrays of complex numbers in double or single precision, and their matrix products; internal. */
#ifndef KZ_TBM_NUMBERS_H
#define KZ_TBM_NUMBERS_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

/* One of the two; NULL, NULL: nothing yet. */
typedef struct {
    double complex *full;
    float complex *single; /* single precision: half the time, half the memory */
} kz_numbers;

/* From element k on. */
static inline kz_numbers kz_numbers_at(kz_numbers x, size_t k)
{
    return (kz_numbers){x.full ? x.full + k : NULL, x.single ? x.single + k : NULL};
}

/* Room for `count` elements, and more where it grows; what was there is lost.  `single` is always
 * the same for one array.  KZ_ENOMEM: as it was. */
KZ_CHECK_RESULT kz_status kz_numbers_reserve(kz_numbers *x, size_t *room, size_t count,
                                             bool single);
void kz_numbers_free(kz_numbers *x);

void kz_numbers_clear(kz_numbers x, size_t count);
/* Between arrays of the same precision. */
void kz_numbers_copy(kz_numbers out, kz_numbers in, size_t count);
void kz_numbers_add(kz_numbers out, double factor, kz_numbers in, size_t count);
static inline void kz_numbers_add_one(kz_numbers x, size_t k, double complex value)
{
    if (x.full)
        x.full[k] += value;
    else
        x.single[k] += (float complex)value;
}

/* The elements themselves, or converted in scratch[count]. */
const double complex *kz_numbers_read(double complex *scratch, kz_numbers x, size_t count);
void kz_numbers_write(kz_numbers x, const double complex *in, size_t count);

/* Products as in tbm/blas.h, all of one precision. */
void kz_numbers_multiply(kz_numbers c, int ldc, kz_numbers a, int lda, kz_numbers b, int ldb,
                         int rows, int inner, int columns);
void kz_numbers_multiply_adjoint(kz_numbers c, int ldc, kz_numbers a, int lda, kz_numbers b,
                                 int ldb, int rows, int inner, int columns);
void kz_numbers_multiply_add(kz_numbers c, int ldc, kz_numbers a, int lda, kz_numbers b, int ldb,
                             int rows, int inner, int columns);
void kz_numbers_adjoint_multiply_add(kz_numbers c, int ldc, kz_numbers a, int lda, kz_numbers b,
                                     int ldb, int rows, int inner, int columns);

#endif
