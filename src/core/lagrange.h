/* Interpolation by polynomials on equal steps; library-internal. */
#ifndef KZ_CORE_LAGRANGE_H
#define KZ_CORE_LAGRANGE_H

/* Weights of the values at 0, 1, ... points - 1 for the value at x. */
static inline void kz_lagrange_weights(double *weight, int points, double x)
{
    for (int i = 0; i < points; i++) {
        weight[i] = 1;
        for (int j = 0; j < points; j++)
            if (j != i) weight[i] *= (x - j) / (i - j);
    }
}

#endif
