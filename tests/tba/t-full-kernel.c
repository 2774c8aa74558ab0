/* Thermal states are solved in the local form; here the fillings go into the full kernel. */
#include "support/check.h"
#include "support/strings.h"

#include <stdlib.h>

#include <kapitza/tba.h>

static const double pi = 3.14159265358979323846;

/* int T_jk, from int a_n^{(+)} = 1 - theta/pi and int a_n^{(-)} = -theta/pi, 0 < theta < pi. */
static double kernel_integral(int P, int n, int v)
{
    int folded = n % (2 * P);
    if (folded % P == 0) return 0;
    double sign = folded > P ? -1 : 1, theta = (folded > P ? 2 * P - folded : folded) / (double)P;
    return sign * (v > 0 ? 1 - theta : -theta);
}

static double scattering_integral(int P, int j, int k)
{
    int a = kz_test_strings(P, 1)->length[j - 1], b = kz_test_strings(P, 1)->length[k - 1];
    int v = kz_test_strings(P, 1)->parity[j - 1] * kz_test_strings(P, 1)->parity[k - 1];
    double sum = kernel_integral(P, a + b, v) + (a != b ? kernel_integral(P, abs(a - b), v) : 0);
    for (int n = abs(a - b) + 2; n < a + b; n += 2)
        sum += 2 * kernel_integral(P, n, v);
    return sum;
}

/* ln(1 + 1/eta) without cancellation. */
static double particle_log(double log_eta)
{
    return fmax(-log_eta, 0) + log1p(exp(-fabs(log_eta)));
}

/* Convolution of T_jk with ln(1 + 1/eta_k) at the node `at`: trapezoid rule for the deviation from
 * the value at the edge of the window, the rest in closed form. */
static double convolve(const kz_thermal *t, int P, int j, int k, size_t at)
{
    size_t n = kz_thermal_nodes(t);
    double h = kz_thermal_window(t) / (double)n, x = ((double)at + 0.5) * h, sum = 0;
    double edge = particle_log(kz_thermal_log_eta(t, k, n - 1));
    for (size_t i = 0; i < n; i++) {
        double y = ((double)i + 0.5) * h;
        double value = particle_log(kz_thermal_log_eta(t, k, i)) - edge;
        sum += value * (kz_string_scattering(kz_test_strings(P, 1), j, k, x - y) +
                        kz_string_scattering(kz_test_strings(P, 1), j, k, x + y));
    }
    return h * sum + edge * scattering_integral(P, j, k);
}

/* Solved in the local form, checked in the full one.  The trapezoid rule on the same nodes is as
 * good as the state: T has its poles at distance >= gamma/2. */
static void check_full_kernel(int P, double beta, double mu, double tol)
{
    kz_thermal *t;
    KZ_CHECK_OK(kz_thermal_create(&t, kz_chain_xxz(P), beta, mu, 1e-12));
    size_t n = kz_thermal_nodes(t);
    double h = kz_thermal_window(t) / (double)n;
    for (int j = 1; j <= P; j++) {
        for (size_t at = 0; at < n / 2; at += n / 13) {
            double x = ((double)at + 0.5) * h;
            double sum = beta * kz_string_energy(kz_test_strings(P, 1), j, x) +
                         mu * kz_test_strings(P, 1)->length[j - 1];
            for (int k = 1; k <= P; k++)
                sum += kz_test_strings(P, 1)->sign[k - 1] * convolve(t, P, j, k, at);
            KZ_CHECK_CLOSE_REL(kz_thermal_log_eta(t, j, at), sum, tol);
        }
    }
    /* and the free energy by the sum over all strings */
    double sum = 0;
    for (int j = 1; j <= P; j++) {
        for (size_t i = 0; i < n; i++)
            sum += h / pi * kz_test_strings(P, 1)->sign[j - 1] *
                   kz_string_momentum_derivative(kz_test_strings(P, 1), j, ((double)i + 0.5) * h) *
                   particle_log(kz_thermal_log_eta(t, j, i));
    }
    double full = -0.25 * beta * cos(pi / P) + 0.5 * mu + sum;
    KZ_CHECK_CLOSE_REL(kz_thermal_ln_z(t), full, tol);
    kz_thermal_free(t);
}

static void property_full_kernel(void **unused)
{
    (void)unused;
    /* tails e^{-2 window} ~ 1e-14 times P and ln(1 + 1/eta), which reaches |mu| P */
    check_full_kernel(2, 1.3, -0.4, 1e-12);
    check_full_kernel(3, 0.7, 0.0, 1e-11);
    check_full_kernel(3, -2.0, 0.9, 1e-11);
    check_full_kernel(4, 1.0, 0.7, 1e-11);
    check_full_kernel(4, -1.0, -0.5, 1e-11);
    check_full_kernel(5, 3.0, 1.1, 1e-11);
    check_full_kernel(6, -0.8, -2.0, 1e-11);
    check_full_kernel(7, 2.2, 0.0, 1e-11);
    check_full_kernel(9, -3.0, 0.3, 1e-11);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_full_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
