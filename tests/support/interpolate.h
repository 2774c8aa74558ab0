/* Polynomials through numbers at given nodes. */
#ifndef KZ_TESTS_INTERPOLATE_H
#define KZ_TESTS_INTERPOLATE_H

/* Lagrange: what the number at node k, of n, weighs at x. */
static inline double kz_test_weight(const double *node, int n, int k, double x)
{
    double weight = 1;
    for (int m = 0; m < n; m++)
        if (m != k) weight *= (x - node[m]) / (node[k] - node[m]);
    return weight;
}

#endif
