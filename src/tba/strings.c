/* Strings and kernels in real space (the full form of the equations).  takahashi1999. */
#include "tba/strings.h"

#include <math.h>
#include <stdlib.h>

#include "core/error.h"

/* nu_i, m_i, y_i and P p_i Q-fold by Euclid's algorithm; the last nu is at least 2, as it ends on
 * a remainder of 1 (P and Q have no common divisor). */
static void expand(kz_strings *s)
{
    int before = 0; /* y_{-1} */
    s->first[0] = 0;
    s->size[0] = 1;
    s->width[0] = s->P;
    s->width[1] = s->Q;
    for (int i = 1;; i++) {
        int nu = s->width[i - 1] / s->width[i], rest = s->width[i - 1] % s->width[i];
        s->first[i] = s->first[i - 1] + nu;
        s->size[i] = nu * s->size[i - 1] + before;
        before = s->size[i - 1];
        s->levels = i;
        if (rest == 0) break;
        s->width[i + 1] = rest;
    }
    s->count = s->first[s->levels];
}

/* y_{i-1}, with y_{-1} = 0. */
static int size_below(const kz_strings *s, int level) { return level > 0 ? s->size[level - 1] : 0; }

kz_status kz_strings_fill(kz_strings *out, kz_chain chain)
{
    KZ_TRY(kz_chain_check(chain));
    if (chain.kind == KZ_CHAIN_AXIAL)
        return KZ_FAIL(KZ_EINVAL, "Delta = %.15g has no finite set of strings", chain.delta);
    kz_strings s = {.P = kz_chain_is_free(chain) ? 2 : chain.P, .Q = kz_chain_numerator(chain)};
    expand(&s);
    for (int i = 0; i < s.levels; i++) {
        for (int j = s.first[i] > 0 ? s.first[i] : 1; j < s.first[i + 1]; j++) {
            s.length[j - 1] = size_below(&s, i) + (j - s.first[i]) * s.size[i];
            s.sign[j - 1] = i % 2 ? -1 : 1;
        }
    }
    s.length[s.count - 1] = s.size[s.levels - 1];
    s.sign[s.count - 1] = s.levels % 2 ? -1 : 1;
    for (int j = 1; j <= s.count; j++)
        s.parity[j - 1] = (s.length[j - 1] - 1) * s.Q / s.P % 2 ? -1 : 1;
    s.parity[s.first[1] - 1] = -1;
    *out = s;
    return KZ_OK;
}

/* alpha P/pi, 0 ... 2P-1. */
static int phase(const kz_strings *s, int n, int v)
{
    return (n % (2 * s->P) * s->Q + (v < 0 ? s->P : 0)) % (2 * s->P);
}

/* sin(alpha), exact where it vanishes. */
static double phase_sine(int P, int a) { return a % P == 0 ? 0 : sin(a * M_PI / P); }

/* cosh(2x) - cos(alpha) = 2 sinh(x)^2 + 2 sin(alpha/2)^2, without cancellation. */
static double denominator(int P, int a, double lambda)
{
    double root = sinh(lambda), gap = sin(a * M_PI / (2.0 * P));
    return 2 * root * root + 2 * gap * gap;
}

double kz_string_kernel(const kz_strings *s, int n, int v, double lambda)
{
    int a = phase(s, n, v);
    double sine = phase_sine(s->P, a);
    if (sine == 0) return 0;
    return sine / (M_PI * denominator(s->P, a, lambda));
}

/* How often T_jk of lengths a, b holds the kernel n = |a - b|, |a - b| + 2 ... a + b. */
static int copies(int n, int a, int b)
{
    if (n == 0) return 0;
    return n == abs(a - b) || n == a + b ? 1 : 2;
}

double kz_string_scattering(const kz_strings *s, int j, int k, double lambda)
{
    int v = s->parity[j - 1] * s->parity[k - 1];
    int a = s->length[j - 1], b = s->length[k - 1];
    double sum = 0;
    for (int n = a == b ? 2 : abs(a - b); n <= a + b; n += 2)
        sum += copies(n, a, b) * kz_string_kernel(s, n, v, lambda);
    return sum;
}

void kz_kernel_table_fill(kz_kernel_table *table, const kz_strings *strings)
{
    table->strings = strings;
    for (int n = 0; n < 2 * strings->P; n++) {
        for (int v = 0; v < 2; v++) {
            int a = phase(strings, n, v ? 1 : -1);
            double half = sin(a * M_PI / (2.0 * strings->P));
            table->amplitude[v][n] = phase_sine(strings->P, a) / M_PI;
            table->gap[v][n] = 2 * half * half;
        }
    }
}

/* a_n^{(v)}(lambda) of all n < 2P, v = -1 | +1. */
static void all_kernels(double kernel[2][2 * KZ_P_MAX], const kz_kernel_table *table, double lambda)
{
    double root = sinh(lambda), base = 2 * root * root;
    for (int n = 0; n < 2 * table->strings->P; n++) {
        for (int v = 0; v < 2; v++) {
            double amplitude = table->amplitude[v][n];
            kernel[v][n] = amplitude == 0 ? 0 : amplitude / (base + table->gap[v][n]);
        }
    }
}

static double scattering(const kz_strings *s, int j, int k, double kernel[2][2 * KZ_P_MAX])
{
    int v = s->parity[j - 1] * s->parity[k - 1] > 0;
    int a = s->length[j - 1], b = s->length[k - 1];
    double sum = 0;
    for (int n = abs(a - b); n <= a + b; n += 2)
        sum += copies(n, a, b) * kernel[v][n];
    return sum;
}

void kz_string_scattering_row(double *T, const kz_kernel_table *table, int j, double lambda)
{
    double kernel[2][2 * KZ_P_MAX];
    all_kernels(kernel, table, lambda);
    for (int k = 1; k <= table->strings->count; k++)
        T[k - 1] = scattering(table->strings, j, k, kernel);
}

void kz_string_scattering_matrix(double *T, const kz_kernel_table *table, double lambda)
{
    const kz_strings *s = table->strings;
    double kernel[2][2 * KZ_P_MAX];
    all_kernels(kernel, table, lambda);
    for (int j = 1; j <= s->count; j++) {
        for (int k = 1; k <= j; k++)
            T[(j - 1) * s->count + k - 1] = T[(k - 1) * s->count + j - 1] =
                scattering(s, j, k, kernel);
    }
}

/* atan(cot(alpha/2) tanh x)/pi. */
double kz_string_kernel_integral(const kz_strings *s, int n, int v, double x)
{
    int a = phase(s, n, v);
    if (a % s->P == 0) return 0;
    double half = a * M_PI / (2.0 * s->P);
    return atan(cos(half) / sin(half) * tanh(x)) / M_PI;
}

static double sine(const kz_strings *s) { return sin(s->Q * M_PI / s->P); }

double kz_string_momentum_derivative(const kz_strings *s, int j, double lambda)
{
    return 2 * M_PI * kz_string_kernel(s, s->length[j - 1], s->parity[j - 1], lambda);
}

double kz_string_energy(const kz_strings *s, int j, double lambda)
{
    return -0.5 * sine(s) * kz_string_momentum_derivative(s, j, lambda);
}

double kz_string_energy_derivative(const kz_strings *s, int j, double lambda)
{
    int a = phase(s, s->length[j - 1], s->parity[j - 1]);
    double below = denominator(s->P, a, lambda);
    if (!(below < 1e150)) return 0;
    return 2 * sine(s) * phase_sine(s->P, a) * sinh(2 * lambda) / (below * below);
}
