/* Thermodynamics of XXZ chains: errors that are bounds, refinement, faults of the caller. */
#include <string.h>

#include "core/memory.h"
#include "support/thermo.h"
#include "tba/equilibrium.h"

static const double pi = 3.14159265358979323846;

/* -- property -------------------------------------------------------------------------------- */

static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 606;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 200; i++) {
        int P = 2 + i % 7;
        double beta = kz_check_uniform(&seed, -1, 1) * pow(10, kz_check_uniform(&seed, -1, 1.3));
        double mu = i % 3 == 0 ? 0 : kz_check_uniform(&seed, -4, 4);
        kz_thermo t = xxz_thermal(P, beta, mu, pow(10, kz_check_uniform(&seed, -11, -3)));
        kz_thermo truth = xxz_thermal(P, beta, mu, 2e-13);
        KZ_CHECK_THERMO(&t, &truth, KZ_THERMO_NUMBERS, t.err + truth.err);
    }
}

/* 2026-11-26: one in eight cold magnetized states was worse at 1e-13 than at 1e-8. */
static void property_tighter_is_better(void **unused)
{
    (void)unused;
    uint64_t seed = 20260303;
    for (int i = 0; i < 24; i++)
        check_tighter_is_better(&seed, i, 2);
}

/* Largest difference of any number, relative to max(1, |value|). */
static double distance(const kz_thermo *a, const kz_thermo *b)
{
    double first[KZ_THERMO_NUMBERS], second[KZ_THERMO_NUMBERS], largest = 0;
    kz_thermo_list(first, a);
    kz_thermo_list(second, b);
    for (int i = 0; i < KZ_THERMO_NUMBERS; i++) {
        double d = fabs(first[i] - second[i]) / fmax(1, fabs(second[i]));
        largest = d <= largest ? largest : d;
    }
    return largest;
}

static double error_on_grid(int P, double beta, double mu, double spacing, double window)
{
    kz_thermo truth = xxz_thermal(P, beta, mu, 1e-13), t = {0};
    kz_grid grid = {.chain = kz_chain_xxz(P), .half = (size_t)lround(window / spacing)};
    grid.window = spacing * (double)grid.half;
    KZ_CHECK_OK(kz_equilibrium_on_grid(&t, grid, beta, mu, 1e-13));
    return distance(&t, &truth);
}

/* Spacing h = gamma/n: s and all weights have their poles at gamma/2 (or nearly so at these
 * temperatures), so that errors fall like n^p e^{-pi n}: ln Z has a double pole, p = 1, Drude
 * weights reach p = 4.  Signs alternate, hence an envelope through the first error. */
static void property_refinement_in_spacing(void **unused)
{
    (void)unused;
    const double point[][2] = {{1, 0.7}, {-1.2, 0}, {0.5, -2}};
    for (int P = 3; P <= 6; P++) {
        for (size_t i = 0; i < 3; i++) {
            double first = NAN;
            for (double n = 3; n < 9; n++) {
                double error = error_on_grid(P, point[i][0], point[i][1], pi / P / n, 19);
                if (n == 3) first = error;
                /* 2: the first error may sit below its own envelope; 2e-13 for the truth */
                assert_true(error <= 2 * pow(n / 3, 4) * exp(-pi * (n - 3)) * first + 2e-13);
            }
            assert_true(first > 1e-5);
        }
    }
}

/* Tails e^{-2 window}: nothing that counts is left beyond. */
static void property_refinement_in_window(void **unused)
{
    (void)unused;
    const double point[][2] = {{1, 0.7}, {-1.2, 0}, {0.5, -2}};
    for (int P = 3; P <= 6; P++) {
        for (size_t i = 0; i < 3; i++) {
            double last = NAN;
            for (double window = 3; window < 10; window += 2) {
                double error = error_on_grid(P, point[i][0], point[i][1], 0.08 * pi / P, window);
                if (window > 3) assert_true(error <= 2 * exp(-4) * last + 2e-13);
                last = error;
            }
            assert_true(last < 1e-6);
        }
    }
}

/* -- errors and memory ----------------------------------------------------------------------- */

static void check_untouched(kz_chain chain, const kz_state *state, double tol, kz_status expected)
{
    kz_thermo out, before;
    memset(&out, 0x5a, sizeof out);
    before = out;
    KZ_CHECK_STATUS(kz_thermo_compute(&out, chain, state, tol), expected);
    assert_memory_equal(&out, &before, sizeof out);
    assert_true(strlen(kz_error_reason()) > 0);
}

static void errors_of_the_caller(void **unused)
{
    (void)unused;
    const double inf = (double)INFINITY, nan = (double)NAN;
    const kz_state good = kz_state_thermal(1, 0.5);
    const kz_state bad[] = {kz_state_thermal(nan, 0),
                            kz_state_thermal(1, inf),
                            kz_state_ground(-inf),
                            {.kind = (kz_state_kind)99}};
    for (size_t i = 0; i < 4; i++)
        check_untouched(kz_chain_xxz(4), &bad[i], 1e-9, KZ_EINVAL);
    check_untouched(kz_chain_xxz(1), &good, 1e-9, KZ_EINVAL);
    check_untouched(kz_chain_xxz(257), &good, 1e-9, KZ_EINVAL);
    check_untouched((kz_chain){.kind = (kz_chain_kind)5, .P = 4}, &good, 1e-9, KZ_EINVAL);
    const double tol[] = {nan, 0, 9e-14, 0.011, -1};
    for (size_t i = 0; i < 5; i++)
        check_untouched(kz_chain_xxz(4), &good, tol[i], KZ_EINVAL);
}

/* Rounding alone, 1e-16 P (1 + |beta| + |mu|) in hot states, is above the tolerance: the numbers
 * come with what was reached, and at once, since no grid would help. */
static void errors_tolerance(void **unused)
{
    (void)unused;
    const kz_state polarised = kz_state_thermal(1, 32);
    kz_thermo out = {0};
    KZ_CHECK_STATUS(kz_thermo_compute(&out, kz_chain_xxz(20), &polarised, 1e-13), KZ_ETOL);
    assert_true(out.err > 1e-13 && out.err < 1e-10);
    KZ_CHECK_CLOSE(out.energy, 0.25 * kz_chain_delta(kz_chain_xxz(20)), out.err);
    KZ_CHECK_CLOSE(out.magnetization, 0.5, out.err);
    assert_non_null(strstr(kz_error_reason(), "wanted 1e-13"));
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    const kz_state states[] = {kz_state_thermal(1, 0.5), kz_state_ground(0.5)};
    kz_chain chain = kz_chain_xxz(3);
    for (size_t i = 0; i < 2; i++) {
        kz_thermo out;
        kz_alloc_fail_at(0);
        KZ_CHECK_OK(kz_thermo_compute(&out, chain, &states[i], 1e-7));
        unsigned long count = kz_alloc_count();
        assert_true(count > 5);
        for (unsigned long k = 1; k <= count; k++) {
            kz_alloc_fail_at(k);
            check_untouched(chain, &states[i], 1e-7, KZ_ENOMEM);
        }
        kz_alloc_fail_at(0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(property_tighter_is_better),
        cmocka_unit_test(property_refinement_in_spacing),
        cmocka_unit_test(property_refinement_in_window),
        cmocka_unit_test(errors_of_the_caller),
        cmocka_unit_test(errors_tolerance),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
