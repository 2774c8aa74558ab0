/* Strings and kernels in real space (the full form of the equations).  takahashi1999. */
#include <kapitza/tba.h>

#include <math.h>
#include <stdlib.h>

#include "tba/strings.h"

int kz_string_length(int P, int j) { return j < P ? j : 1; }
int kz_string_parity(int P, int j) { return j < P ? 1 : -1; }
int kz_string_sign(int P, int j) { return j < P ? 1 : -1; }

/* sin(n pi/P), exact where it vanishes. */
static double sin_multiple(int P, int n)
{
    int r = n % (2 * P);
    return r % P == 0 ? 0 : sin(r * M_PI / P);
}

/* cosh(2x) - c = 2 sinh(x)^2 + (1 - c), the second bracket without cancellation for
 * c = cos(theta): 2 sin(theta/2)^2. */
static double denominator(int P, int n, int v, double lambda)
{
    double root = sinh(lambda);
    double half = n * M_PI / (2.0 * P);
    double gap = v > 0 ? sin(half) : cos(half);
    return 2 * root * root + 2 * gap * gap;
}

double kz_string_kernel(int P, int n, int v, double lambda)
{
    double s = sin_multiple(P, n);
    if (s == 0) return 0;
    return v * s / (M_PI * denominator(P, n, v, lambda));
}

double kz_string_scattering(int P, int j, int k, double lambda)
{
    int a = kz_string_length(P, j), b = kz_string_length(P, k);
    int v = kz_string_parity(P, j) * kz_string_parity(P, k);
    int difference = abs(a - b), smaller = a < b ? a : b;
    double sum = kz_string_kernel(P, a + b, v, lambda);
    if (difference != 0) sum += kz_string_kernel(P, difference, v, lambda);
    for (int l = 1; l < smaller; l++)
        sum += 2 * kz_string_kernel(P, difference + 2 * l, v, lambda);
    return sum;
}

void kz_kernel_table_fill(kz_kernel_table *table, int P)
{
    table->P = P;
    for (int n = 0; n < 2 * P; n++) {
        double half = n * M_PI / (2.0 * P);
        table->amplitude[n] = sin_multiple(P, n) / M_PI;
        table->gap[0][n] = 2 * cos(half) * cos(half);
        table->gap[1][n] = 2 * sin(half) * sin(half);
    }
}

/* T of lengths a, b from the kernels of one parity. */
static double combine(const double *kernel, int a, int b)
{
    int difference = abs(a - b), smaller = a < b ? a : b;
    double sum = kernel[a + b] + (difference != 0 ? kernel[difference] : 0);
    for (int l = 1; l < smaller; l++)
        sum += 2 * kernel[difference + 2 * l];
    return sum;
}

void kz_string_scattering_matrix(double *T, const kz_kernel_table *table, double lambda)
{
    int P = table->P;
    double kernel[2][2 * KZ_P_MAX], root = sinh(lambda), base = 2 * root * root;
    kernel[0][0] = kernel[1][0] = 0;
    for (int n = 1; n < 2 * P; n++) {
        double amplitude = table->amplitude[n];
        kernel[0][n] = amplitude == 0 ? 0 : -amplitude / (base + table->gap[0][n]);
        kernel[1][n] = amplitude == 0 ? 0 : amplitude / (base + table->gap[1][n]);
    }
    for (int j = 1; j <= P; j++) {
        for (int k = 1; k <= j; k++) {
            int v = kz_string_parity(P, j) * kz_string_parity(P, k) > 0;
            double value = combine(kernel[v], kz_string_length(P, j), kz_string_length(P, k));
            T[(j - 1) * P + k - 1] = T[(k - 1) * P + j - 1] = value;
        }
    }
}

double kz_string_momentum_derivative(int P, int j, double lambda)
{
    return 2 * M_PI * kz_string_kernel(P, kz_string_length(P, j), kz_string_parity(P, j), lambda);
}

double kz_string_energy(int P, int j, double lambda)
{
    return -0.5 * sin(M_PI / P) * kz_string_momentum_derivative(P, j, lambda);
}

double kz_string_energy_derivative(int P, int j, double lambda)
{
    int n = kz_string_length(P, j), v = kz_string_parity(P, j);
    double below = denominator(P, n, v, lambda);
    if (!(below < 1e150)) return 0;
    return 2 * sin(M_PI / P) * v * sin_multiple(P, n) * sinh(2 * lambda) / (below * below);
}

/* Kernel of the local form, s = 1/(2 gamma cosh(pi lambda/gamma)); no overflow. */
double kz_local_kernel(int P, double lambda)
{
    double x = P * fabs(lambda), e = exp(-x);
    return P / M_PI * e / (1 + e * e);
}

double kz_local_kernel_symbol(int P, double omega)
{
    double x = 0.5 * M_PI / P * fabs(omega), e = exp(-x);
    return e / (1 + e * e);
}

double kz_local_kernel_tail(int P, double window) { return 2 / M_PI * atan(exp(-P * window)); }

double kz_bare_velocity_limit(int P) { return 0.5 * P * sin(M_PI / P); }
