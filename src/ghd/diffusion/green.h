/* The dressed scattering kernel of a thermal state, column by column; library-internal.
 *
 * With K the coupling of rows and D the hole weights of tba/form.h, T^dr = (1 + T sigma theta)^-1 T
 * is, up to signs and between strings in place of rows, the kernel G of
 *     G = (1 - K D)^-1 K,
 * tridiagonal in rows with dense blocks: rows above and below row f are eliminated, which leaves
 * one dense system for row f, and the others follow by multiplication.  Even and odd functions of
 * lambda > 0 are apart. */
#ifndef KZ_GHD_DIFFUSION_GREEN_H
#define KZ_GHD_DIFFUSION_GREEN_H

#include "tba/local.h"

typedef struct kz_green kz_green;

/* G on even or odd functions, on the grid and of the parity of `convolution`, which is borrowed, as
 * is hole [rows*n] of the state.  closure: of the state with a gap, else not read.
 * Returns KZ_ENOMEM, KZ_ESING. */
KZ_CHECK_RESULT kz_status kz_green_create(kz_green **out, const kz_convolution *convolution,
                                          const double *hole, const kz_closure *closure);
void kz_green_free(kz_green *green);

/* Goes to row f: from the last one down to 0, one after the other. */
KZ_CHECK_RESULT kz_status kz_green_enter(kz_green *green, int f);

/* out[i*rows*n + g*n + k] = G_{gf}(lambda_k, y[i]) +- G_{gf}(lambda_k, -y[i]) for g <= f, the row
 * entered; y[i] >= 0, any.  What comes from the kernel s of row f itself, which the grid does not
 * resolve as well as the rest, is left out of row g = f - 1: there out is smooth, see
 * kz_green_direct(). */
KZ_CHECK_RESULT kz_status kz_green_columns(double *out, kz_green *green, const double *y,
                                           size_t count);

/* What kz_green_columns() leaves out of row f - 1, at lambda: +-[s(lambda - y) +- s(lambda + y)].
 */
double kz_green_direct(const kz_green *green, double lambda, double y);

#endif
