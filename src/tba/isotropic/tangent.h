/* Convolutions on the whole line at nodes lambda_i = w tan(pi i/M), i = -K ... K, M = 2K + 1;
 * library-internal.
 *
 * Functions that go to a constant as 1/lambda^2 are smooth in theta = arctan(lambda/w): f = sum c_k
 * z^k, z = e^{2 i theta} = (w + i lambda)/(w - i lambda).  For k > 0, z^k is analytic above the
 * real line and convolution with a Lorentzian of half-width y (symbol e^{-y|omega|}) takes lambda
 * to lambda + i y, exactly: A_y z^k = (((2w - y) z - y)/(y z + 2w + y))^k, and the conjugate for
 * k < 0.  All kernels are made of A_y.
 *
 * A function with f(-lambda) = conj(f(lambda)), which has real c_k, is kept as the M reals
 * h_i = Re f(lambda_i) + Im f(lambda_i): real even and imaginary odd ones are themselves even and
 * odd in h. */
#ifndef KZ_TBA_ISOTROPIC_TANGENT_H
#define KZ_TBA_ISOTROPIC_TANGENT_H

#include <kapitza/status.h>
#include <stddef.h>

typedef struct {
    int half, count; /* K, M */
    double width;    /* w */
    double *lambda;  /* [M] */
    double *weight;  /* [M] of the trapezoid sum in theta: int f dlambda = sum weight f */
    /* [M*M], row-major, on h.  Symbols with s = 1/(2 cosh(omega/2)), F = e^{-|omega|/2} s:
     * s, e^{-omega/4} s, F, e^{omega/2} F; the turned ones have -omega. */
    double *s, *up, *up_turned, *F, *G, *G_turned;
} kz_tangent;

/* Returns KZ_ENOMEM, KZ_ESING. */
KZ_CHECK_RESULT kz_status kz_tangent_create(kz_tangent **out, int half, double width);
void kz_tangent_free(kz_tangent *grid);

#endif
