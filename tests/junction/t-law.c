/* Boundary laws alone. */
#include "support/check.h"

#include <string.h>

#include "junction/half.h"
#include "junction/law.h"

static double other(const kz_law *law, kz_side known, double beta, double current, double R)
{
    bool clipped = true;
    double result = kz_law_other_beta(&clipped, law, known, beta, current, R);
    assert_false(clipped);
    return result;
}

static void exact_fourier(void **unused)
{
    (void)unused;
    uint64_t seed = 1;
    print_message("# seed %llu\n", (unsigned long long)seed);
    const kz_law law = kz_law_fourier();
    for (int i = 0; i < 200; i++) {
        double T_plus = kz_check_uniform(&seed, 0.1, 3), J = kz_check_uniform(&seed, -0.2, 0.2);
        double R = kz_check_uniform(&seed, 0, 10), T_minus = T_plus + R * J;
        if (fabs(T_minus) < 0.05) continue;
        double scale = 1e-14 / fmin(1, T_minus * T_minus); /* cancellation in 1 + R J beta */
        KZ_CHECK_CLOSE(other(&law, KZ_SIDE_RIGHT, 1 / T_plus, J, R), 1 / T_minus, scale);
        KZ_CHECK_CLOSE(other(&law, KZ_SIDE_LEFT, 1 / T_minus, J, R), 1 / T_plus,
                       1e-12 / (T_plus * T_plus));
        /* negative temperatures by symmetry */
        KZ_CHECK_CLOSE(other(&law, KZ_SIDE_RIGHT, -1 / T_plus, -J, R), -1 / T_minus, scale);
    }
}

static void exact_beta(void **unused)
{
    (void)unused;
    uint64_t seed = 2;
    print_message("# seed %llu\n", (unsigned long long)seed);
    const kz_law law = kz_law_beta();
    for (int i = 0; i < 100; i++) {
        double plus = kz_check_uniform(&seed, -3, 3), J = kz_check_uniform(&seed, -0.2, 0.2);
        double R = kz_check_uniform(&seed, 0, 40), minus = plus - R * J;
        KZ_CHECK_CLOSE(other(&law, KZ_SIDE_RIGHT, plus, J, R), minus, 1e-14);
        KZ_CHECK_CLOSE(other(&law, KZ_SIDE_LEFT, minus, J, R), plus, 1e-14);
    }
}

static void edge_limits(void **unused)
{
    (void)unused;
    const double inf = (double)INFINITY;
    const kz_law fourier = kz_law_fourier(), beta = kz_law_beta();
    const kz_law *laws[] = {&fourier, &beta};
    for (int i = 0; i < 2; i++) {
        for (int side = 0; side < 2; side++) { /* no resistance or no current: equal edges */
            assert_true(other(laws[i], (kz_side)side, 0.7, 0.1, 0) == 0.7);
            assert_true(other(laws[i], (kz_side)side, 0.7, 0, 5) == 0.7);
            assert_true(other(laws[i], (kz_side)side, -0.7, 0, inf) == -0.7);
        }
    }
    /* Fourier: an infinitely hot edge stays so, the hot edge is at T = inf for R = inf, and from
     * T+ = 0 the other is at R J */
    assert_true(other(&fourier, KZ_SIDE_RIGHT, 0, 0.1, 5) == 0);
    assert_true(other(&fourier, KZ_SIDE_RIGHT, 2, 0.1, inf) == 0);
    KZ_CHECK_CLOSE(other(&fourier, KZ_SIDE_RIGHT, inf, 0.1, 5), 2, 1e-15);
    KZ_CHECK_CLOSE(other(&fourier, KZ_SIDE_LEFT, inf, -0.1, 5), 2, 1e-15);
}

/* kappa piecewise linear: the integral from T+ to the answer, by its own trapezoids, is R J. */
static void exact_table(void **unused)
{
    (void)unused;
    const double T[] = {0.2, 0.5, 0.6, 1.5, 4, 9}, kappa[] = {3, 1, 1.5, 0.2, 0.9, 2};
    const kz_law law = kz_law_table(T, kappa, 6);
    uint64_t seed = 3;
    print_message("# seed %llu\n", (unsigned long long)seed);
    KZ_CHECK_OK(kz_law_check(&law));
    for (int i = 0; i < 200; i++) {
        double cold = kz_check_uniform(&seed, 0.2, 5), hot = kz_check_uniform(&seed, cold, 9);
        double area = 0;
        for (int k = 0; k < 5; k++) {
            double a = fmax(cold, T[k]), b = fmin(hot, T[k + 1]);
            if (b <= a) continue;
            double slope = (kappa[k + 1] - kappa[k]) / (T[k + 1] - T[k]);
            area += (b - a) * (kappa[k] + slope * (0.5 * (a + b) - T[k]));
        }
        double J = kz_check_uniform(&seed, 0.01, 0.3), R = area / J;
        /* kappa >= 0.2: roundings of the area */
        KZ_CHECK_CLOSE(1 / other(&law, KZ_SIDE_RIGHT, 1 / cold, J, R), hot, 1e-13);
        KZ_CHECK_CLOSE(1 / other(&law, KZ_SIDE_LEFT, 1 / cold, -J, R), hot, 1e-13);
    }
    assert_true(other(&law, KZ_SIDE_RIGHT, 0.7, 0, 5) == 0.7);
    bool clipped = false;
    double end = kz_law_other_beta(&clipped, &law, KZ_SIDE_RIGHT, 1, 0.1, 1e3);
    assert_true(clipped);
    KZ_CHECK_CLOSE(end, 1.0 / 9, 1e-15);
    double low, high;
    kz_law_range(&low, &high, &law);
    KZ_CHECK_CLOSE(low, 1.0 / 9, 1e-16);
    KZ_CHECK_CLOSE(high, 5, 1e-15);
    const kz_law fourier = kz_law_fourier();
    kz_law_range(&low, &high, &fourier);
    assert_true(isinf(low) && low < 0 && isinf(high) && high > 0);
}

/* A constant conductivity is Fourier's law; kappa = 1/T^2 the one in beta. */
static void property_tables_of_the_laws(void **unused)
{
    (void)unused;
    enum { COUNT = 4001 };
    static double T[COUNT], flat[COUNT], square[COUNT];
    const double ratio = log(100.0) / (COUNT - 1);
    for (int i = 0; i < COUNT; i++) {
        T[i] = 0.2 * exp(ratio * i);
        flat[i] = 0.8;
        square[i] = 1 / (T[i] * T[i]);
    }
    const kz_law constant = kz_law_table(T, flat, COUNT), inverse = kz_law_table(T, square, COUNT);
    const kz_law fourier = kz_law_fourier(), beta = kz_law_beta();
    for (double J = 0.01; J < 0.2; J += 0.03) {
        for (double b = 0.6; b < 5; b += 0.7) {
            double R = 3;
            KZ_CHECK_CLOSE(other(&constant, KZ_SIDE_RIGHT, b, J, R),
                           other(&fourier, KZ_SIDE_RIGHT, b, J, R / 0.8), 1e-12);
            double expected = other(&beta, KZ_SIDE_RIGHT, b, J, R);
            if (expected < 0.06) continue;
            /* trapezoids of 1/T^2 on a grid with dT/T = ratio: relative ratio^2/2, and the two
             * cells cut by the ends */
            KZ_CHECK_CLOSE(other(&inverse, KZ_SIDE_RIGHT, b, J, R), expected,
                           0.5 * ratio * ratio * R * J + pow(ratio, 3) * b);
        }
    }
}

static void exact_scale(void **unused)
{
    (void)unused;
    const double inf = (double)INFINITY,
                 beta[] = {-inf, -300, -1, -1e-3, 0, 1e-9, 0.4, 7, 1e5, inf};
    for (size_t i = 0; i < sizeof beta / sizeof *beta; i++) {
        double x = kz_half_scale(beta[i]);
        assert_true(x >= -1 && x <= 1);
        if (i > 0) assert_true(x > kz_half_scale(beta[i - 1]));
        if (isinf(beta[i]))
            assert_true(kz_half_beta(x) == beta[i]);
        else /* 1 - |x| = 1/(1 + |beta|) is known to 1e-16 */
            KZ_CHECK_CLOSE(kz_half_beta(x), beta[i], 3e-16 * pow(1 + fabs(beta[i]), 2));
    }
}

static void errors_check(void **unused)
{
    (void)unused;
    const double inf = (double)INFINITY, nan = (double)NAN;
    const double T[][3] = {{1, 2, 2},   {1, 3, 2}, {0, 1, 2}, {-1, 1, 2}, {1, 2, nan},
                           {1, 2, inf}, {1, 2, 3}, {1, 2, 3}, {1, 2, 3},  {1, 2, 3}};
    const double kappa[][3] = {{1, 1, 1}, {1, 1, 1}, {1, 1, 1},  {1, 1, 1},   {1, 1, 1},
                               {1, 1, 1}, {1, 0, 1}, {1, -1, 1}, {nan, 1, 1}, {1, 1, inf}};
    for (size_t i = 0; i < sizeof T / sizeof *T; i++) {
        const kz_law law = kz_law_table(T[i], kappa[i], 3);
        KZ_CHECK_STATUS(kz_law_check(&law), KZ_EINVAL);
        assert_non_null(strstr(kz_error_reason(), "row"));
    }
    const kz_law one = kz_law_table(T[6], kappa[0], 1), none = kz_law_table(NULL, NULL, 0);
    const kz_law unknown = {.kind = (kz_law_kind)12}, two = kz_law_table(T[6], kappa[0], 2);
    KZ_CHECK_STATUS(kz_law_check(&one), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_law_check(&none), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_law_check(&unknown), KZ_EINVAL);
    KZ_CHECK_OK(kz_law_check(&two));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_fourier),
        cmocka_unit_test(exact_beta),
        cmocka_unit_test(edge_limits),
        cmocka_unit_test(exact_table),
        cmocka_unit_test(property_tables_of_the_laws),
        cmocka_unit_test(exact_scale),
        cmocka_unit_test(errors_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
