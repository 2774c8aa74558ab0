/* Three neighbouring sites of a periodic XXZ chain in equilibrium, by exact diagonalisation. */
#ifndef KZ_TESTS_RING_H
#define KZ_TESTS_RING_H

/* rho [64] row-major, index 4 s1 + 2 s2 + s3 with s = 0 for up; 4 <= L <= 12. */
void ring_density(double rho[64], int L, double delta, double beta, double mu);

#endif
