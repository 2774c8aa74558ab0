/* Local (Y-system) form of the string kernels; library-internal. */
#ifndef KZ_TBA_STRINGS_H
#define KZ_TBA_STRINGS_H

#include <kapitza/state.h>

/* sin and cos that all kernels a_n^{(v)}, n < 2P, share. */
typedef struct {
    int P;
    double amplitude[2 * KZ_P_MAX]; /* sin(n gamma)/pi */
    double gap[2][2 * KZ_P_MAX];    /* 1 - v cos(n gamma), v = -1 | +1 */
} kz_kernel_table;

void kz_kernel_table_fill(kz_kernel_table *table, int P);

/* All T_jk at once: T[(j-1)*P + k-1] = kz_string_scattering(P, j, k, lambda). */
void kz_string_scattering_matrix(double *T, const kz_kernel_table *table, double lambda);

/* s(lambda) = 1/(2 gamma cosh(pi lambda/gamma)). */
double kz_local_kernel(int P, double lambda);
/* int s e^{i omega lambda} dlambda = 1/(2 cosh(gamma omega/2)). */
double kz_local_kernel_symbol(int P, double omega);
/* int s over |lambda| > window. */
double kz_local_kernel_tail(int P, double window);
/* (pi/2) sin(gamma)/gamma: spin-wave velocity at T = 0, the lambda -> inf limit of the ratio of
 * the sources of the e' and k' equations. */
double kz_bare_velocity_limit(int P);

#endif
