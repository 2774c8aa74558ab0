/* Fourier transforms of rows of reals on grids in rapidity; library-internal.
 *
 * Both directions act in place on rows of n reals, one after the other:
 *   KZ_EVEN  half line, even functions   cosine coefficients (DCT-II, FFTW's REDFT10 and REDFT01)
 *   KZ_ODD   half line, odd functions    sine coefficients (DST-II, RODFT10 and RODFT01)
 *   KZ_FULL  whole line                  real Fourier coefficients in half-complex order
 *
 * That order has the real parts of modes 0 ... n/2 first and the imaginary part of mode m at n - m.
 * Neither direction is normalised: backward after forward multiplies by n (KZ_FULL) or 2n. */
#ifndef KZ_TBA_GRID_TRANSFORM_H
#define KZ_TBA_GRID_TRANSFORM_H

#include <stddef.h>

#include <kapitza/status.h>

typedef enum { KZ_EVEN, KZ_ODD, KZ_FULL } kz_parity;

typedef struct kz_transform kz_transform; /* threads may share one */

/* For rows of n. */
KZ_CHECK_RESULT kz_status kz_transform_create(kz_transform **out, size_t n, kz_parity parity);
void kz_transform_free(kz_transform *transform);

/* data [rows*n], 16-byte aligned unless n is odd. */
void kz_transform_forward(const kz_transform *transform, double *data, size_t rows);
void kz_transform_backward(const kz_transform *transform, double *data, size_t rows);

#endif
