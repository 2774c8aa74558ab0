/* Interpolation by polynomials on equal steps; library-internal. */
#ifndef KZ_CORE_LAGRANGE_H
#define KZ_CORE_LAGRANGE_H

/* Weights of the values at 0, 1, ... points - 1 for the value at x: products of x - j over the j on
 * either side of each, over those of i - j. */
static inline void kz_lagrange_weights(double *weight, int points, double x)
{
    double below = 1, above = 1;
    for (int i = 1; i < points; i++)
        below /= -i;
    for (int i = 0; i < points; i++) {
        weight[i] = below;
        below *= -(x - i) * (points - 1 - i) / (i + 1);
    }
    for (int i = points - 1; i >= 0; i--) {
        weight[i] *= above;
        above *= x - i;
    }
}

#endif
