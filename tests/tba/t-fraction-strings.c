/* Chains with gamma = pi Q/P, Q > 1: strings, and thermal states in the full kernel.
 * docs/delta.md. */
#include <stdlib.h>

#include "support/check.h"
#include "support/strings.h"
#include "tba/thermal.h"

static const double pi = 3.14159265358979323846;

/* -- strings --------------------------------------------------------------------------------- */

/* takahashi1972, worked out by hand. */
static void exact_strings(void **unused)
{
    (void)unused;
    static const struct {
        int P, Q, count;
        int length[6], parity[6], sign[6];
    } known[] = {
        {5, 2, 4, {1, 1, 3, 2}, {1, -1, 1, 1}, {1, -1, -1, 1}},
        {8, 3, 5, {1, 1, 2, 5, 3}, {1, -1, 1, -1, 1}, {1, -1, 1, 1, -1}},
        {4, 3, 4, {1, 2, 3, 1}, {-1, 1, -1, 1}, {-1, -1, -1, 1}},
        {12, 5, 6, {1, 1, 3, 2, 7, 5}, {1, -1, 1, 1, 1, -1}, {1, -1, -1, 1, 1, -1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const kz_strings *s = kz_test_strings(known[i].P, known[i].Q);
        assert_int_equal(s->count, known[i].count);
        for (int j = 0; j < s->count; j++) {
            assert_int_equal(s->length[j], known[i].length[j]);
            assert_int_equal(s->parity[j], known[i].parity[j]);
            assert_int_equal(s->sign[j], known[i].sign[j]);
        }
    }
    assert_int_equal(kz_test_strings(100, 41)->count, 11); /* 2 + 2 + 3 + 1 + 1 + 2 */
}

/* The sign is that of the bare momentum at rapidity 0, lengths of the last pair add up to P, both
 * single particles are among the strings. */
static void property_strings(void **unused)
{
    (void)unused;
    for (int P = 3; P <= KZ_P_MAX; P += P < 40 ? 1 : 23) {
        for (int Q = 1; Q < P; Q += P < 40 ? 1 : 7) {
            kz_chain chain = kz_chain_rational(P, Q);
            if (chain.P != P) continue;
            const kz_strings *s = kz_test_strings(P, Q);
            bool plus = false, minus = false;
            for (int j = 1; j <= s->count; j++) {
                double k = kz_string_momentum_derivative(s, j, 0);
                assert_true(k != 0 && (k > 0) == (s->sign[j - 1] > 0));
                plus = plus || (s->length[j - 1] == 1 && s->parity[j - 1] == 1);
                minus = minus || (s->length[j - 1] == 1 && s->parity[j - 1] == -1);
            }
            assert_true(plus && minus);
            assert_int_equal(s->length[s->count - 1] + s->length[s->count - 2], P);
            assert_int_equal(s->size[s->levels], P);
        }
    }
}

static void errors_strings(void **unused)
{
    (void)unused;
    kz_strings s = {.P = 77};
    const kz_chain bad[] = {
        {.kind = KZ_CHAIN_XXZ, .P = 6, .Q = 2}, kz_chain_axial(1.5), kz_chain_xxz(1)};
    for (size_t i = 0; i < 3; i++)
        KZ_CHECK_STATUS(kz_strings_fill(&s, bad[i]), KZ_EINVAL);
    assert_int_equal(s.P, 77);
}

/* -- full kernel ----------------------------------------------------------------------------- */

/* int a_n^{(v)} e^{i omega lambda}, alpha = n gamma + pi (1 - v)/2 in (0, 2 pi). */
static double kernel_symbol(const kz_strings *s, int n, int v, double omega)
{
    int phase = (n * s->Q + (v < 0 ? s->P : 0)) % (2 * s->P);
    if (phase % s->P == 0) return 0;
    double alpha = pi * phase / s->P;
    if (omega == 0) return 1 - alpha / pi;
    /* sinh((pi - alpha) omega/2)/sinh(pi omega/2) without overflow */
    double size = fabs(pi - alpha), sign = alpha < pi ? 1 : -1;
    return sign * exp(0.5 * (size - pi) * omega) * expm1(-size * omega) / expm1(-pi * omega);
}

static double scattering_symbol(const kz_strings *s, int j, int k, double omega)
{
    int a = s->length[j - 1], b = s->length[k - 1], v = s->parity[j - 1] * s->parity[k - 1];
    double sum = 0;
    for (int n = abs(a - b); n <= a + b; n += 2) {
        int copies = n == 0 ? 0 : n == abs(a - b) || n == a + b ? 1 : 2;
        sum += copies * kernel_symbol(s, n, v, omega);
    }
    return sum;
}

/* The states come from the local form; here they go into the full one, with the kernels' exact
 * Fourier transforms (their poles are at pi/2P, much nearer than the grid resolves). */
static void check_full_kernel(int P, int Q, double beta, double mu, double tol)
{
    enum { NODES = 1024, STRINGS = 16 };
    static double coefficient[STRINGS][NODES];
    const kz_strings *s = kz_test_strings(P, Q);
    kz_thermal *t;
    KZ_CHECK_OK(kz_thermal_create(&t, kz_chain_rational(P, Q), beta, mu, 1e-13));
    size_t n = kz_thermal_nodes(t);
    double window = kz_thermal_window(t), ln_z = -0.25 * beta * cos(pi * Q / P) + 0.5 * mu;
    assert_true(n <= NODES && s->count <= STRINGS);
    for (int k = 0; k < s->count; k++) {
        for (size_t m = 0; m < n; m++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++) {
                double x = kz_thermal_log_eta(t, k + 1, i);
                double L = fmax(-x, 0) + log1p(exp(-fabs(x)));
                sum += L * cos(pi * (double)m * ((double)i + 0.5) / (double)n);
            }
            coefficient[k][m] = (m == 0 ? 1 : 2) * sum / (double)n;
        }
        for (size_t m = 0; m < n; m++) /* int a f = sum of a's transform at the modes of f */
            ln_z += s->sign[k] * coefficient[k][m] *
                    kernel_symbol(s, s->length[k], s->parity[k], pi * (double)m / window);
    }
    KZ_CHECK_CLOSE_REL(kz_thermal_ln_z(t), ln_z, tol);
    for (int j = 1; j <= s->count; j++) {
        for (size_t i = 0; i < n; i += n / 9) {
            double x = ((double)i + 0.5) * window / (double)n;
            double sum = beta * kz_string_energy(s, j, x) + mu * s->length[j - 1];
            for (size_t m = 0; m < n; m++)
                for (int k = 1; k <= s->count; k++)
                    sum += s->sign[k - 1] * coefficient[k - 1][m] *
                           scattering_symbol(s, j, k, pi * (double)m / window) *
                           cos(pi * (double)m / window * x);
            /* relative to what is summed: lengths times ln(1 + 1/eta) and mu */
            KZ_CHECK_CLOSE(kz_thermal_log_eta(t, j, i), sum, tol * (1 + s->length[j - 1]));
        }
    }
    kz_thermal_free(t);
}

static void property_full_kernel(void **unused)
{
    (void)unused;
    const double tol = 1e-12;
    check_full_kernel(5, 2, 1, 0.7, tol);
    check_full_kernel(5, 2, -2, 0, tol);
    check_full_kernel(8, 3, 1.5, 0.4, tol);
    check_full_kernel(4, 3, -1, 0.3, tol);
    check_full_kernel(4, 3, 2, -0.3, tol);
    check_full_kernel(3, 2, 1, 0.2, tol);
    check_full_kernel(13, 8, 0.8, -0.2, tol);
    check_full_kernel(17, 7, -1.2, 0.1, tol);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_strings),
        cmocka_unit_test(property_strings),
        cmocka_unit_test(errors_strings),
        cmocka_unit_test(property_full_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
