/* Strings of a chain with gamma = pi Q/P, by the continued fraction of P/Q; library-internal. */
#ifndef KZ_TBA_STRINGS_H
#define KZ_TBA_STRINGS_H

#include <kapitza/tba.h>

/* sin and cos that all kernels a_n^{(v)}, n < 2P, share. */
typedef struct {
    const kz_strings *strings;
    double amplitude[2][2 * KZ_P_MAX]; /* sin(alpha)/pi, v = -1 | +1 */
    double gap[2][2 * KZ_P_MAX];       /* 1 - cos(alpha) */
} kz_kernel_table;

/* Borrows `strings`. */
void kz_kernel_table_fill(kz_kernel_table *table, const kz_strings *strings);

/* All T_jk at once: T[(j-1)*count + k-1] = kz_string_scattering(strings, j, k, lambda). */
void kz_string_scattering_matrix(double *T, const kz_kernel_table *table, double lambda);

/* Those of one j, T[k-1]. */
void kz_string_scattering_row(double *T, const kz_kernel_table *table, int j, double lambda);

/* int_0^x a_n^{(v)}. */
double kz_string_kernel_integral(const kz_strings *strings, int n, int v, double x);

#endif
