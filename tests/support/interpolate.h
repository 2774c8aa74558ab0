/* Polynomials through numbers at given nodes. */
#ifndef KZ_TESTS_INTERPOLATE_H
#define KZ_TESTS_INTERPOLATE_H

#include <kapitza/state.h>

/* Lagrange: what the number at node k, of n, weighs at x. */
static inline double kz_test_weight(const double *node, int n, int k, double x)
{
    double weight = 1;
    for (int m = 0; m < n; m++)
        if (m != k) weight *= (x - node[m]) / (node[k] - node[m]);
    return weight;
}

/* Five fractions and five chains with a gap, and their Delta: polynomials through them reach chains
 * in between, Delta = 1 too, by equations that are not those of the target. */
enum { KZ_TEST_NEAR_ISOTROPY = 10 };
static inline void kz_test_near_isotropy(kz_chain chain[KZ_TEST_NEAR_ISOTROPY],
                                         double delta[KZ_TEST_NEAR_ISOTROPY])
{
    const kz_chain all[KZ_TEST_NEAR_ISOTROPY] = {
        kz_chain_rational(10, 3), kz_chain_xxz(4),      kz_chain_xxz(5),     kz_chain_xxz(7),
        kz_chain_xxz(9),          kz_chain_axial(1.06), kz_chain_axial(1.1), kz_chain_axial(1.2),
        kz_chain_axial(1.3),      kz_chain_axial(1.4)};
    for (int k = 0; k < KZ_TEST_NEAR_ISOTROPY; k++) {
        chain[k] = all[k];
        delta[k] = kz_chain_delta(all[k]);
    }
}

#endif
