/* Thermal states of short rings of spins, packed, with their energy and magnetization. */
#ifndef TESTS_ANALYSIS_RING_H
#define TESTS_ANALYSIS_RING_H

#include <kapitza/tebd.h>

#include "support/ring.h"

typedef struct {
    double energy, magnetization; /* per bond, per site */
} ring_state;

/* Elements of a real 8 x 8 matrix, index 4 s1 + 2 s2 + s3, s = 1 down, in packed form. */
static inline void ring_pack(double *rho, const double full[64])
{
    static const int state[8] = {0, 1, 2, 4, 3, 5, 6, 7};
    static const int first[4] = {0, 1, 4, 7}, size[4] = {1, 3, 3, 1};
    for (int block = 0; block < 4; block++) {
        const int *s = state + first[block];
        for (int a = 0; a < size[block]; a++)
            *rho++ = full[9 * s[a]];
        for (int a = 0; a < size[block]; a++) {
            for (int b = a + 1; b < size[block]; b++) {
                *rho++ = full[8 * s[a] + s[b]];
                *rho++ = 0;
            }
        }
    }
}

/* rho [KZ_DENSITY_SIZE] of three neighbours of a ring of L. */
static inline ring_state ring_thermal(double *rho, int L, double delta, double beta, double mu)
{
    double full[64];
    ring_density(full, L, delta, beta, mu);
    ring_pack(rho, full);
    /* of the first bond and site: Sx Sx + Sy Sy is half a flip, up has bit 0 */
    double flip = full[8 * 2 + 4] + full[8 * 3 + 5], equal = 0, up = 0;
    for (int s = 0; s < 8; s++) {
        equal += full[9 * s] * ((s >> 2 & 1) == (s >> 1 & 1) ? 0.25 : -0.25);
        up += full[9 * s] * (s & 4 ? -0.5 : 0.5);
    }
    return (ring_state){flip + delta * equal, up};
}

#endif
