/* Profiles of chains with |Delta| > 1: jumps against bipartitions, the sign of the magnetization,
 * entropy, conserved sums, honest bounds. */
#include "propagate/support.h"

#include <kapitza/thermo.h>

static void test_bipartition(void **state)
{
    (void)state;
    static const double delta[] = {1.2, 3, -2};
    for (int i = 0; i < 3; i++)
        check_bipartition(kz_chain_axial(delta[i]), 1.6, 0.4);
}

/* The magnetization jumps where the longest strings are at rest on the ray: found by bisection,
 * with both sides close to it within the bounds of the ray's, where they grow. */
static void test_turning_sign(void **state)
{
    (void)state;
    kz_chain chain = kz_chain_axial(1.5);
    kz_state left = kz_state_thermal(0.5, 0.6), right = kz_state_thermal(1.5, -0.2);
    static const double row[][3] = {{0, 0.5, 0.6}, {0, 1.5, -0.2}};
    kz_options options = options_of(1e-9);
    kz_bipartition *b;
    kz_propagation *p = from_table(chain, row[0], 2, 1e-9);
    KZ_CHECK_OK(kz_bipartition_create(&b, chain, &left, &right, &options));
    double low = -0.4, high = 0.4;
    while (high - low > 4e-3) {
        double middle = 0.5 * (low + high);
        kz_propagation_point q = solve(p, middle, 1, 1e-9);
        if (q.magnetization > 0)
            low = middle;
        else
            high = middle;
    }
    kz_propagation_point q[2] = {solve(p, low, 1, 1e-9), solve(p, high, 1, 1e-9)};
    assert_true(q[0].magnetization > 0.02 && q[1].magnetization < -0.02);
    for (int i = 0; i < 2; i++)
        KZ_CHECK_CLOSE(q[i].spin_current / q[i].magnetization, 0.5 * (low + high), 4e-3);
    check_ray(b, p, 0, low, 1, &options);
    check_ray(b, p, 0, high, 1, &options);
    /* 1e-4 beside it edges move by what Newton's method has left, a thousand times over */
    check_ray(b, p, 0, 0.367, 1, &options);
    kz_propagation_free(p);
    kz_bipartition_free(b);
}

/* Where it jumps there is no value: mean of both, and half the jump as error. */
static void test_on_the_jump(void **state)
{
    (void)state;
    static const double row[][3] = {{0, 1, 0.6}, {0, 1, -0.6}};
    const double x = 0, t = 1;
    kz_options options = options_of(1e-9);
    kz_propagation *p = from_table(kz_chain_axial(-1.5), row[0], 2, 1e-9);
    kz_propagation_point q, beside = solve(p, -1e-6, 1, 1e-9);
    KZ_CHECK_STATUS(kz_propagation_points(&q, p, &x, &t, 1, &options), KZ_ETOL);
    assert_true(beside.magnetization > 0.05);
    KZ_CHECK_CLOSE(q.magnetization, 0, 1e-12);
    KZ_CHECK_CLOSE(q.energy, beside.energy, 1e-9);
    KZ_CHECK_CLOSE(q.err, beside.magnetization, 1e-9);
    kz_propagation_free(p);
}

/* At t = 0 the state is the thermal one, all strings beyond the rows in its entropy. */
static void test_start(void **state)
{
    (void)state;
    static const double delta[] = {1.1, 2, -2};
    static const double mu_of[] = {0, 1e-3, -0.7};
    for (int i = 0; i < 3; i++) {
        kz_chain chain = kz_chain_axial(delta[i]);
        const double row[3] = {0, 1.3 - i, mu_of[i]};
        kz_thermo thermo;
        kz_propagation *p = from_table(chain, row, 1, 1e-10);
        kz_state at = kz_state_thermal(row[1], row[2]);
        KZ_CHECK_OK(kz_thermo_compute(&thermo, chain, &at, 1e-10));
        kz_propagation_point q = solve(p, 0.4, 0, 1e-10);
        double allowed = q.err + thermo.err;
        KZ_CHECK_CLOSE(q.energy, thermo.energy, allowed);
        KZ_CHECK_CLOSE(q.magnetization, thermo.magnetization, allowed);
        KZ_CHECK_CLOSE(q.entropy, thermo.entropy, allowed);
        double beta, mu;
        KZ_CHECK_OK(kz_propagation_initial(&beta, &mu, p, 0));
        KZ_CHECK_CLOSE(beta, row[1], 1e-13);
        KZ_CHECK_CLOSE(mu, row[2], 1e-13);
        kz_propagation_free(p);
    }
}

/* Spins up in the middle, down around it. */
static void island(double *beta, double *mu, double x, void *context)
{
    (void)context;
    *beta = 1 + 0.5 * exp(-x * x);
    *mu = exp(-x * x) - 0.3;
}

/* The sign of the magnetization turns from place to place. */
static void test_conserved_sums(void **state)
{
    (void)state;
    const double step = 0.22;
    enum { N = 32 };
    kz_propagation *p = from_function(kz_chain_axial(2), island, 1e-8);
    for (int t = 0; t < 2; t++) {
        assert_true(solve(p, 0, t, 1e-8).magnetization > 0);
        assert_true(solve(p, step * (N - 1), t, 1e-8).magnetization < 0);
    }
    kz_propagation_free(p);
    check_conserved_sums(kz_chain_axial(2), island, 1, step, N, 1e-8, 1e-9);
}

/* Loose answers lie within their bounds of tight ones, on random tables with jumps and slopes. */
static void test_error_bounds(void **state)
{
    (void)state;
    uint64_t seed = 20261126;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int n = 0; n < 4; n++) {
        static const double delta[] = {1.3, -1.3, 2.5, 5};
        double row[4][3];
        for (int i = 0; i < 4; i++) {
            row[i][0] = -1.5 + i + kz_check_uniform(&seed, -0.2, 0.2);
            row[i][1] = kz_check_uniform(&seed, -0.3, 1.5) * (delta[n] < 0 ? -1 : 1);
            row[i][2] = kz_check_uniform(&seed, -1, 1);
        }
        if (n % 2) row[1][0] = row[2][0];
        kz_propagation *loose = from_table(kz_chain_axial(delta[n]), row[0], 4, 1e-3);
        kz_propagation *tight = from_table(kz_chain_axial(delta[n]), row[0], 4, 1e-6);
        double x = kz_check_uniform(&seed, -2, 2), t = kz_check_uniform(&seed, -1, 1);
        kz_propagation_point a = solve(loose, x, t, 1e-3), b = solve(tight, x, t, 1e-6);
        check_same(&a, &b, a.err + b.err);
        kz_propagation_free(loose);
        kz_propagation_free(tight);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bipartition),    cmocka_unit_test(test_turning_sign),
        cmocka_unit_test(test_on_the_jump),    cmocka_unit_test(test_start),
        cmocka_unit_test(test_conserved_sums), cmocka_unit_test(test_error_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
