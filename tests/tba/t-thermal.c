/* Thermal states: ln Z and the grids it is found on. */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include <kapitza/fermion.h>
#include <kapitza/tba.h>

#include "core/memory.h"
#include "support/reference.h"
#include "tba/newton.h"

static const double pi = 3.14159265358979323846;
static const double ln2 = 0.693147180559945309417;

static double ln_z(int P, double beta, double mu, double tol)
{
    kz_thermal *thermal;
    KZ_CHECK_OK(kz_thermal_create(&thermal, kz_chain_xxz(P), beta, mu, tol));
    assert_true(kz_thermal_error(thermal) <= tol);
    double value = kz_thermal_ln_z(thermal);
    kz_thermal_free(thermal);
    return value;
}

/* -- exact ----------------------------------------------------------------------------------- */

static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    const double mu[] = {0, 0.7, -2, 11, -60, 700};
    for (int P = 2; P <= 11; P += 3) {
        for (size_t i = 0; i < 6; i++) {
            double size = 0.5 * fabs(mu[i]), expected = size + log1p(exp(-2 * size));
            KZ_CHECK_CLOSE_REL(ln_z(P, 0, mu[i], 1e-12), expected, 1e-12);
        }
    }
}

/* High-temperature series: the cumulants of H per site, beta^4 is left.  For +-beta the odd and
 * even parts separate. */
static void exact_high_temperature(void **unused)
{
    (void)unused;
    const double b = 1e-2;
    for (int P = 2; P <= 8; P++) {
        double D = cos(pi / P), plus = ln_z(P, b, 0, 1e-13), minus = ln_z(P, -b, 0, 1e-13);
        /* next even term: b^4/24 times the fourth cumulant, which is below 1/10 */
        KZ_CHECK_CLOSE(0.5 * (plus + minus), ln2 + b * b * (2 + D * D) / 32, 5e-11);
        /* next odd term: b^5/120 times the fifth, below 1 */
        KZ_CHECK_CLOSE(0.5 * (plus - minus), b * b * b * D / 64, 1.1e-12);
    }
}

static void exact_reference_table(void **unused)
{
    (void)unused;
    FILE *file = kz_reference_open("thermo_reference.tsv");
    kz_reference_row row;
    int rows = 0;
    assert_true(kz_reference_next(&row, file));
    assert_string_equal(row.cell[3], "lnZ");
    while (kz_reference_next(&row, file)) {
        int P = (int)kz_reference_number(&row, 0);
        double beta = kz_reference_number(&row, 1), mu = kz_reference_number(&row, 2);
        double expected = kz_reference_number(&row, 3), accuracy = kz_reference_number(&row, 11);
        /* the table has 14 digits */
        KZ_CHECK_CLOSE_REL(ln_z(P, beta, mu, 1e-12), expected, 1.1e-12 + accuracy);
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 41);
}

static void exact_free_fermions(void **unused)
{
    (void)unused;
    uint64_t seed = 3;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 30; i++) {
        kz_state state =
            kz_state_thermal(kz_check_uniform(&seed, -8, 8), kz_check_uniform(&seed, -8, 8));
        kz_thermo xx;
        KZ_CHECK_OK(kz_fermion_thermo(&xx, &state));
        KZ_CHECK_CLOSE_REL(ln_z(2, state.beta, state.mu, 1e-13), xx.ln_z, 1.1e-13);
    }
}

/* -- property -------------------------------------------------------------------------------- */

static void property_spin_flip(void **unused)
{
    (void)unused;
    uint64_t seed = 4;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 40; i++) {
        int P = (int)kz_check_uniform(&seed, 2, 9);
        double beta = kz_check_uniform(&seed, -6, 6), mu = kz_check_uniform(&seed, 0, 6);
        /* the same equations with strings P-1 and P exchanged: equal to rounding */
        KZ_CHECK_CLOSE_REL(ln_z(P, beta, mu, 1e-11), ln_z(P, beta, -mu, 1e-11), 1e-13);
    }
}

static void property_convexity_and_bounds(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 7; P += 2) {
        double last = NAN, before = NAN;
        for (double beta = -4; beta <= 4.01; beta += 0.5) {
            double now = ln_z(P, beta, 0.3, 1e-11);
            if (beta > -3.1) assert_true(now - 2 * last + before > 0);
            /* ln Z lies above both the entropy at beta = 0 and the bottom of the band */
            double bottom = -beta * kz_chain_energy_min(kz_chain_xxz(P));
            double top = -beta * kz_chain_energy_max(kz_chain_xxz(P));
            assert_true(now > fmax(bottom, top) - 1e-11);
            before = last;
            last = now;
        }
    }
}

/* The printed error holds: true error against the reference rows and between tolerances. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 1905;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 200; i++) {
        int P = (int)kz_check_uniform(&seed, 2, 9);
        double beta = kz_check_uniform(&seed, -1, 1) * pow(10, kz_check_uniform(&seed, -1, 1.3));
        double mu = i % 4 == 0 ? 0 : kz_check_uniform(&seed, -4, 4);
        double tol = pow(10, kz_check_uniform(&seed, -11, -3));
        kz_thermal *t;
        KZ_CHECK_OK(kz_thermal_create(&t, kz_chain_xxz(P), beta, mu, tol));
        double value = kz_thermal_ln_z(t), bound = kz_thermal_error(t);
        KZ_CHECK_OK(kz_thermal_solve(t, beta, mu, 1e-12));
        assert_true(bound <= tol);
        KZ_CHECK_CLOSE_REL(value, kz_thermal_ln_z(t), bound + kz_thermal_error(t));
        kz_thermal_free(t);
    }
}

/* Spectral convergence in the spacing: ln Z and x - drive are integrals of ln(1 + eta), analytic
 * up to its nearest singularity at distance d >= gamma/2 (mu = 0, moderate beta), so that halving
 * h squares e^{-2 pi d/h}: at least e^{-pi gamma/h}. */
static void property_refinement_in_spacing(void **unused)
{
    (void)unused;
    const double beta[] = {1, -1.5};
    for (int P = 3; P <= 5; P++) {
        for (size_t i = 0; i < 2; i++) {
            double exact = ln_z(P, beta[i], 0.4, 1e-13), error[3], ratio;
            const double h[3] = {0.9 * pi / P, 0.6 * pi / P, 0.4 * pi / P};
            for (int k = 0; k < 3; k++) {
                kz_grid grid = {
                    .chain = kz_chain_xxz(P), .half = (size_t)ceil(20 / h[k]), .window = 20};
                kz_convolution *c;
                kz_local *local;
                kz_newton_report report;
                grid.window = h[k] * (double)grid.half;
                KZ_CHECK_OK(kz_convolution_create(&c, grid, KZ_EVEN));
                KZ_CHECK_OK(kz_local_create(&local, c));
                size_t size = (size_t)(P - 1) * grid.half;
                double *z, *x, *L;
                KZ_CHECK_OK(kz_alloc_doubles(&z, size));
                KZ_CHECK_OK(kz_alloc_doubles(&x, size));
                KZ_CHECK_OK(kz_alloc_doubles(&L, size));
                double *D = malloc(size * sizeof *D), *M = malloc(size * sizeof *M);
                KZ_CHECK_OK(kz_thermal_newton(z, x, D, M, local, NULL, c,
                                              (kz_ensemble){beta[i], 0.4}, false, 1e-14, &report));
                kz_thermal_weights(L, NULL, NULL, x, &c->form, grid.half, 0.4);
                double sum = 0;
                for (size_t n = 0; n < grid.half; n++)
                    sum += c->source[n] * L[n];
                error[k] =
                    fabs(2 * h[k] * sum - beta[i] * kz_chain_energy_min(kz_chain_xxz(P)) - exact);
                free(D);
                free(M);
                kz_free(z);
                kz_free(x);
                kz_free(L);
                kz_local_free(local);
                kz_convolution_free(c);
            }
            for (int k = 0; k < 2; k++) {
                ratio = exp(-pi * pi / P * (1 / h[k + 1] - 1 / h[k]));
                /* a factor 5 for prefactors that are powers of h; 2e-13: both solves */
                assert_true(error[k + 1] <= 5 * ratio * error[k] + 2e-13);
            }
            assert_true(error[0] > 1e-7); /* there was something to converge */
        }
    }
}

/* -- edges ----------------------------------------------------------------------------------- */

static void edge_extreme_parameters(void **unused)
{
    (void)unused;
    const double extreme[][2] = {{0, 700},         {0, -700},   {1, 700},   {-1, -700}, {1e4, 0},
                                 {-1e4, 0},        {1e4, 1},    {-1e4, -1}, {1e4, 1e5}, {-1e4, 1e5},
                                 {1e-300, 1e-300}, {5, 1e-200}, {-1e4, 700}};
    for (int P = 2; P <= 4; P++) {
        double D = cos(pi / P);
        for (size_t i = 0; i < sizeof extreme / sizeof *extreme; i++) {
            double beta = extreme[i][0], mu = extreme[i][1];
            double value = ln_z(P, beta, mu, 1e-9), size = 1e-9 * fmax(1, fabs(value));
            /* max over states and the entropy ln 2 enclose ln Z */
            double polarised = 0.5 * fabs(mu) - 0.25 * beta * D;
            double bottom = -beta * kz_chain_energy_min(kz_chain_xxz(P));
            double top = -beta * kz_chain_energy_max(kz_chain_xxz(P));
            double lower = fmax(polarised, fmax(bottom, top));
            assert_true(value >= lower - size);
            assert_true(value <= fmax(bottom, top) + 0.5 * fabs(mu) + ln2 + size);
        }
        /* fully polarised: nothing but the reference state is left */
        KZ_CHECK_CLOSE(ln_z(P, 1, 700, 1e-12), 350 - 0.25 * D, 350e-12);
        KZ_CHECK_CLOSE(ln_z(P, -1, 700, 1e-12), 350 + 0.25 * D, 350e-12);
    }
}

/* ln Z -> -beta e_0 + pi/(6 v beta), v the spin-wave velocity, in both limits beta -> +-inf. */
static void edge_low_temperature(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 4; P++) {
        kz_chain chain = kz_chain_xxz(P);
        double g = pi / P, beta = 1e4;
        double bottom =
            -beta * kz_chain_energy_min(chain) + pi / (6 * 0.5 * pi * sin(g) / g * beta);
        double top =
            beta * kz_chain_energy_max(chain) + pi / (6 * 0.5 * pi * sin(g) / (pi - g) * beta);
        /* corrections are smaller than the pi/6v beta ~ 1e-4 by T^(4/(P-1)) (P = 3) or T^2/.. */
        KZ_CHECK_CLOSE(ln_z(P, beta, 0, 1e-12), bottom, 1e-7);
        KZ_CHECK_CLOSE(ln_z(P, -beta, 0, 1e-12), top, 1e-7);
    }
}

static void edge_many_strings(void **unused)
{
    (void)unused;
    const int P[] = {16, 32, 64};
    for (size_t i = 0; i < 3; i++) {
        double D = cos(pi / P[i]), b = 0.02;
        KZ_CHECK_CLOSE(ln_z(P[i], 0, 1.3, 1e-11), log(2 * cosh(0.65)), 1e-11);
        /* as in exact_high_temperature; beta^4/24 times a cumulant below 1/10 */
        KZ_CHECK_CLOSE(ln_z(P[i], b, 0, 1e-11), ln2 + b * b * (2 + D * D) / 32 + b * b * b * D / 64,
                       1e-9);
    }
}

/* The grid of the states before may stay in use; the answer is the same within its error. */
static void edge_solve_again(void **unused)
{
    (void)unused;
    kz_thermal *t;
    KZ_CHECK_OK(kz_thermal_create(&t, kz_chain_xxz(4), 1, 0.7, 1e-10));
    double first = kz_thermal_ln_z(t);
    KZ_CHECK_OK(kz_thermal_solve(t, -3, 0, 1e-13));
    KZ_CHECK_OK(kz_thermal_solve(t, 1, 0.7, 1e-10));
    KZ_CHECK_CLOSE(kz_thermal_ln_z(t), first, 2e-10);
    KZ_CHECK_CLOSE(kz_thermal_ln_z(t), 0.81603589676387, 1e-10); /* reference table */
    first = kz_thermal_ln_z(t);
    KZ_CHECK_NAN(kz_thermal_log_eta(t, 0, 0));
    KZ_CHECK_NAN(kz_thermal_log_eta(t, 5, 0));
    KZ_CHECK_NAN(kz_thermal_log_eta(t, 1, kz_thermal_nodes(t)));
    KZ_CHECK_STATUS(kz_thermal_solve(t, (double)NAN, 0, 1e-10), KZ_EINVAL);
    assert_true(kz_thermal_ln_z(t) == first); /* misuse leaves the state as it was */
    kz_thermal_free(t);
    kz_thermal_free(NULL);
}

/* -- errors and memory ----------------------------------------------------------------------- */

static void errors_of_the_caller(void **unused)
{
    (void)unused;
    const double inf = (double)INFINITY, nan = (double)NAN;
    const struct {
        int P;
        double beta, mu, tol;
    } bad[] = {{1, 1, 0, 1e-9},   {0, 1, 0, 1e-9},   {257, 1, 0, 1e-9},  {4, nan, 0, 1e-9},
               {4, 1, nan, 1e-9}, {4, inf, 0, 1e-9}, {4, 1, -inf, 1e-9}, {4, 1, 0, nan},
               {4, 1, 0, 0},      {4, 1, 0, 9e-14},  {4, 1, 0, 0.02},    {4, 1, 0, -1e-9}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int mark;
        kz_thermal *t = (kz_thermal *)(void *)&mark;
        KZ_CHECK_STATUS(
            kz_thermal_create(&t, kz_chain_xxz(bad[i].P), bad[i].beta, bad[i].mu, bad[i].tol),
            KZ_EINVAL);
        assert_null(t);
        assert_true(strlen(kz_error_reason()) > 0);
    }
}

/* P = 256 at 1e-13: 4e-16 P is above it, and the message says what can be had. */
static void errors_tolerance(void **unused)
{
    (void)unused;
    kz_thermal *t;
    KZ_CHECK_STATUS(kz_thermal_create(&t, kz_chain_xxz(256), 0, 0, 1e-13), KZ_ETOL);
    assert_null(t);
    assert_non_null(strstr(kz_error_reason(), "wanted 1e-13"));
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    kz_thermal *t;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_thermal_create(&t, kz_chain_xxz(3), 1, 0.5, 1e-8));
    unsigned long count = kz_alloc_count();
    assert_true(count > 10);
    kz_thermal_free(t);
    for (unsigned long k = 1; k <= count; k++) {
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_thermal_create(&t, kz_chain_xxz(3), 1, 0.5, 1e-8), KZ_ENOMEM);
        assert_null(t);
    }
    /* a state that failed to solve again is still usable */
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_thermal_create(&t, kz_chain_xxz(3), 1, 0.5, 1e-8));
    double expected = kz_thermal_ln_z(t);
    for (unsigned long k = 1; k <= count; k++) {
        kz_alloc_fail_at(k);
        kz_status status = kz_thermal_solve(t, 2, 0.1, 1e-12);
        assert_true(status == KZ_OK || status == KZ_ENOMEM);
        kz_alloc_fail_at(0);
        KZ_CHECK_OK(kz_thermal_solve(t, 1, 0.5, 1e-8));
        KZ_CHECK_CLOSE(kz_thermal_ln_z(t), expected, 2e-8);
    }
    kz_thermal_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(exact_high_temperature),
        cmocka_unit_test(exact_reference_table),
        cmocka_unit_test(exact_free_fermions),
        cmocka_unit_test(property_spin_flip),
        cmocka_unit_test(property_convexity_and_bounds),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(property_refinement_in_spacing),
        cmocka_unit_test(edge_extreme_parameters),
        cmocka_unit_test(edge_low_temperature),
        cmocka_unit_test(edge_many_strings),
        cmocka_unit_test(edge_solve_again),
        cmocka_unit_test(errors_of_the_caller),
        cmocka_unit_test(errors_tolerance),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
