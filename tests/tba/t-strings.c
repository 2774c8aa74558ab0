/* Strings and kernels, full and local form. */
#include "support/check.h"
#include "support/strings.h"

#include <stdlib.h>

#include <kapitza/tba.h>

#include "tba/form.h"
#include "tba/strings.h"

static const double pi = 3.14159265358979323846;

/* The definition, in long double: enough digits to spare for its cancellation. */
static double kernel_by_definition(int P, int n, int v, double lambda)
{
    const long double g = 3.14159265358979323846264338328L / P;
    if (n % P == 0) return 0;
    return (double)(v / (g * P) * sinl(n * g) / (coshl(2.0L * lambda) - v * cosl(n * g)));
}

static void exact_strings(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 64; P++) {
        for (int j = 1; j < P; j++) {
            assert_int_equal(kz_test_strings(P, 1)->length[j - 1], j);
            assert_int_equal(kz_test_strings(P, 1)->parity[j - 1], 1);
            assert_int_equal(kz_test_strings(P, 1)->sign[j - 1], 1);
        }
        assert_int_equal(kz_test_strings(P, 1)->length[P - 1], 1);
        assert_int_equal(kz_test_strings(P, 1)->parity[P - 1], -1);
        assert_int_equal(kz_test_strings(P, 1)->sign[P - 1], -1);
    }
}

static void exact_kernel(void **unused)
{
    (void)unused;
    uint64_t seed = 20;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 2000; i++) {
        int P = (int)kz_check_uniform(&seed, 2, 70), n = (int)kz_check_uniform(&seed, 1, 2 * P);
        int v = i % 2 ? 1 : -1;
        double lambda = kz_check_uniform(&seed, -1, 1) * pow(10, kz_check_uniform(&seed, -3, 1));
        double expected = kernel_by_definition(P, n, v, lambda);
        /* relative: roundings, and sin(n g) near a multiple of pi amplified at most P times */
        KZ_CHECK_CLOSE(kz_string_kernel(kz_test_strings(P, 1), n, v, lambda), expected,
                       1e-14 * P * fabs(expected));
        assert_true(kz_string_kernel(kz_test_strings(P, 1), n, v, -lambda) ==
                    kz_string_kernel(kz_test_strings(P, 1), n, v, lambda));
    }
}

static void exact_kernel_vanishes(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 12; P++) {
        for (int m = 0; m <= 4; m++) {
            assert_true(kz_string_kernel(kz_test_strings(P, 1), m * P, 1, 0.3) == 0);
            assert_true(kz_string_kernel(kz_test_strings(P, 1), m * P, -1, 0.3) == 0);
        }
    }
}

static void exact_bare_quantities(void **unused)
{
    (void)unused;
    const double lambda[] = {0, 0.013, -0.4, 1.7, -6};
    for (int P = 2; P <= 7; P++) {
        for (int j = 1; j <= P; j++) {
            int n = j < P ? j : 1, v = j < P ? 1 : -1;
            for (size_t i = 0; i < 5; i++) {
                double a = kernel_by_definition(P, n, v, lambda[i]), x = lambda[i];
                double size = fabs(a) * 1e-13;
                KZ_CHECK_CLOSE(kz_string_momentum_derivative(kz_test_strings(P, 1), j, x),
                               2 * pi * a, 7 * size);
                KZ_CHECK_CLOSE(kz_string_energy(kz_test_strings(P, 1), j, x), -pi * sin(pi / P) * a,
                               4 * size);
                /* dressing aside, v = sin g sinh 2x/(cosh 2x - p cos n g) */
                double speed = sin(pi / P) * sinh(2 * x) / (cosh(2 * x) - v * cos(n * pi / P));
                KZ_CHECK_CLOSE(kz_string_energy_derivative(kz_test_strings(P, 1), j, x),
                               2 * pi * a * speed, 9 * size);
            }
        }
    }
}

/* Integral of f(lambda) e^{i omega lambda} of an even function, trapezoid rule; kernels have poles
 * at distance >= pi/2P and fall like e^{-2|lambda|}. */
typedef double (*even_function)(int P, int a, int b, double lambda);

static double transform(even_function f, int P, int a, int b, double omega)
{
    double h = 0.1 / P, sum = 0.5 * f(P, a, b, 0);
    for (int k = 1; k * h < 17; k++)
        sum += f(P, a, b, k * h) * cos(omega * k * h);
    return 2 * h * sum;
}

static double kernel_function(int P, int n, int v, double lambda)
{
    return kz_string_kernel(kz_test_strings(P, 1), n, v, lambda);
}

static double scattering_function(int P, int j, int k, double lambda)
{
    return kz_string_scattering(kz_test_strings(P, 1), j, k, lambda);
}

static double s_function(int P, int a, int b, double lambda)
{
    (void)a;
    (void)b;
    return kz_local_kernel(pi / P, lambda);
}

/* int a_n^{(v)} e^{i omega lambda}: sinh((pi - theta) omega/2)/sinh(pi omega/2) for v = +, and
 * -sinh(theta omega/2)/sinh(pi omega/2) for v = -, 0 < theta = n g < pi. */
static void exact_transforms(void **unused)
{
    (void)unused;
    const double omega[] = {0.01, 0.7, 2.3, 5};
    for (int P = 2; P <= 9; P++) {
        for (size_t i = 0; i < 4; i++) {
            double w = 0.5 * omega[i];
            for (int n = 1; n < P; n++) {
                double theta = n * pi / P, below = sinh(pi * w);
                double plus = transform(kernel_function, P, n, 1, omega[i]);
                double minus = transform(kernel_function, P, n, -1, omega[i]);
                KZ_CHECK_CLOSE(plus, sinh((pi - theta) * w) / below, 1e-13); /* e^{-2*17} */
                KZ_CHECK_CLOSE(minus, -sinh(theta * w) / below, 1e-13);
            }
            double expected = 0.5 / cosh(pi / P * w);
            KZ_CHECK_CLOSE(transform(s_function, P, 0, 0, omega[i]), expected, 1e-14);
            KZ_CHECK_CLOSE(kz_local_kernel_symbol(pi / P, omega[i]), expected,
                           3e-16); /* roundings */
            assert_true(kz_local_kernel_symbol(pi / P, -omega[i]) ==
                        kz_local_kernel_symbol(pi / P, omega[i]));
        }
    }
}

static void exact_local_kernel(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 64; P *= 2) {
        for (double x = -2; x <= 2; x += 0.37) {
            double expected = P / (2 * pi * cosh(P * x));
            KZ_CHECK_CLOSE(kz_local_kernel(pi / P, x), expected, 1e-13 * expected);
        }
        kz_form form;
        KZ_CHECK_OK(kz_form_fill(&form, kz_chain_xxz(P)));
        KZ_CHECK_CLOSE(form.speed, 0.5 * P * sin(pi / P), 1e-15 * P);
    }
}

/* T_jk in Fourier space from the closed transforms: a second route to every sum of kernels. */
static double scattering_symbol(int P, int j, int k, double omega)
{
    int a = kz_test_strings(P, 1)->length[j - 1], b = kz_test_strings(P, 1)->length[k - 1];
    int v = kz_test_strings(P, 1)->parity[j - 1] * kz_test_strings(P, 1)->parity[k - 1];
    double sum = 0;
    for (int n = abs(a - b); n <= a + b; n += 2) {
        int copies = (n == abs(a - b) || n == a + b) ? 1 : 2, folded = n % (2 * P);
        if (n == 0 || folded % P == 0) continue;
        double theta = folded * pi / P, sign = copies;
        if (theta > pi) { /* sin changes sign, cos does not */
            theta = 2 * pi - theta;
            sign = -copies;
        }
        double part = v > 0 ? sinh(0.5 * (pi - theta) * omega) : -sinh(0.5 * theta * omega);
        sum += sign * part / sinh(0.5 * pi * omega);
    }
    return sum;
}

static void exact_scattering(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 6; P++) {
        for (int j = 1; j <= P; j++) {
            for (int k = 1; k <= P; k++) {
                for (double omega = 0.3; omega < 4; omega += 1.6)
                    KZ_CHECK_CLOSE(transform(scattering_function, P, j, k, omega),
                                   scattering_symbol(P, j, k, omega), 1e-13 * P);
                assert_true(kz_string_scattering(kz_test_strings(P, 1), j, k, 0.31) ==
                            kz_string_scattering(kz_test_strings(P, 1), k, j, -0.31));
            }
        }
    }
    for (double x = -1; x < 1; x += 0.3) { /* P = 2 is free */
        assert_true(kz_string_scattering(kz_test_strings(2, 1), 1, 1, x) == 0);
        assert_true(kz_string_scattering(kz_test_strings(2, 1), 1, 2, x) == 0);
        assert_true(kz_string_scattering(kz_test_strings(2, 1), 2, 2, x) == 0);
    }
}

/* Rows and matrices, with what all kernels share taken once, are the pairs. */
static void exact_scattering_of_all_pairs(void **unused)
{
    (void)unused;
    const int fraction[][2] = {{2, 1}, {5, 1}, {5, 2}, {7, 5}, {13, 5}};
    for (size_t i = 0; i < sizeof fraction / sizeof *fraction; i++) {
        const kz_strings *s = kz_test_strings(fraction[i][0], fraction[i][1]);
        double row[KZ_P_MAX], matrix[KZ_P_MAX];
        kz_kernel_table table;
        kz_kernel_table_fill(&table, s);
        assert_true(s->count * s->count <= KZ_P_MAX);
        for (double x = -6; x < 7; x += 2.4) {
            kz_string_scattering_matrix(matrix, &table, x);
            for (int j = 1; j <= s->count; j++) {
                kz_string_scattering_row(row, &table, j, x);
                for (int k = 1; k <= s->count; k++) {
                    double pair = kz_string_scattering(s, j, k, x);
                    KZ_CHECK_CLOSE(row[k - 1], pair, 1e-15 * s->P);
                    assert_true(matrix[(j - 1) * s->count + k - 1] == row[k - 1]);
                }
            }
        }
    }
}

/* Both forms in Fourier space: T_jk = s (T_{j-1,k} + T_{j+1,k} + delta_{j-1,k} + delta_{j+1,k})
 * inside the chain of strings; strings P-1 and P close it. */
static void property_local_form_of_scattering(void **unused)
{
    (void)unused;
    for (int P = 4; P <= 12; P++) {
        for (int j = 1; j <= P - 3; j++) {
            for (int k = 1; k <= P; k++) {
                for (double omega = 0.2; omega < 6; omega += 0.9) {
                    double s = kz_local_kernel_symbol(pi / P, omega), t = 0;
                    if (j > 1) t += scattering_symbol(P, j - 1, k, omega) + (k == j - 1);
                    t += scattering_symbol(P, j + 1, k, omega) + (k == j + 1);
                    KZ_CHECK_CLOSE(scattering_symbol(P, j, k, omega), s * t, 1e-13 * P);
                }
            }
        }
    }
}

/* a_j = s * (a_{j-1} + a_{j+1}), a_1 = s + s * a_2, a_{P-1} = -a_P = s * a_{P-2}. */
static void property_local_form_of_the_source(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 9; P++) {
        for (double omega = 0.2; omega < 6; omega += 0.7) {
            double s = kz_local_kernel_symbol(pi / P, omega), a[16] = {1}; /* a_0: delta */
            for (int n = 1; n < P; n++)
                a[n] = transform(kernel_function, P, n, 1, omega);
            for (int j = 1; j < P - 1; j++)
                KZ_CHECK_CLOSE(a[j], s * (a[j - 1] + a[j + 1]), 1e-13);
            KZ_CHECK_CLOSE(a[P - 1], s * a[P - 2], 1e-13);
            KZ_CHECK_CLOSE(a[P - 1], -transform(kernel_function, P, 1, -1, omega), 1e-13);
        }
    }
}

static void edge_far_rapidities(void **unused)
{
    (void)unused;
    const double far[] = {20, 300, 400, 1e3, 1e300, (double)INFINITY};
    for (int P = 2; P <= 33; P += 31) {
        for (int j = 1; j <= P; j++) {
            for (size_t i = 0; i < 6; i++) {
                for (int sign = -1; sign <= 1; sign += 2) {
                    double x = sign * far[i], bound = 4 * pi * exp(-2 * fmin(far[i], 340));
                    assert_true(fabs(kz_string_momentum_derivative(kz_test_strings(P, 1), j, x)) <=
                                bound);
                    assert_true(fabs(kz_string_energy(kz_test_strings(P, 1), j, x)) <= bound);
                    assert_true(fabs(kz_string_energy_derivative(kz_test_strings(P, 1), j, x)) <=
                                2 * bound);
                    assert_true(fabs(kz_string_scattering(kz_test_strings(P, 1), j, 1, x)) <=
                                bound);
                    assert_true(kz_local_kernel(pi / P, x) >= 0);
                    assert_true(kz_local_kernel(pi / P, x) <=
                                P * exp(-P * fmin(far[i], 700.0 / P)));
                }
            }
        }
    }
    assert_true(kz_local_kernel_symbol(pi / 4, 1e300) == 0);
    KZ_CHECK_NAN(kz_string_kernel(kz_test_strings(4, 1), 1, 1, (double)NAN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_strings),
        cmocka_unit_test(exact_kernel),
        cmocka_unit_test(exact_kernel_vanishes),
        cmocka_unit_test(exact_bare_quantities),
        cmocka_unit_test(exact_transforms),
        cmocka_unit_test(exact_local_kernel),
        cmocka_unit_test(exact_scattering),
        cmocka_unit_test(exact_scattering_of_all_pairs),
        cmocka_unit_test(property_local_form_of_scattering),
        cmocka_unit_test(property_local_form_of_the_source),
        cmocka_unit_test(edge_far_rapidities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
