/* Tables and inversion for gamma = pi Q/P, Q > 1. */
#include <unistd.h>

#include "table/single.h"

static const int FRACTIONS[][2] = {{5, 2}, {4, 3}, {8, 3}, {3, 2}};
enum { COUNT = sizeof FRACTIONS / sizeof *FRACTIONS };

/* (beta, mu) -> (e, m) -> (beta, mu), |beta| up to 30. */
static void property_inversion(void **unused)
{
    (void)unused;
    uint64_t seed = 77;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < COUNT; i++) {
        kz_chain chain = kz_chain_rational(FRACTIONS[i][0], FRACTIONS[i][1]);
        kz_options options = kz_options_default();
        kz_inverter *inverter;
        KZ_CHECK_OK(kz_inverter_create(&inverter, chain, NULL, &options));
        for (int k = 0; k < 6; k++) {
            double beta = kz_check_uniform(&seed, -1, 1) * (k == 0 ? 30 : 3);
            double mu = k % 2 ? kz_check_uniform(&seed, -2, 2) : 0;
            kz_state state = kz_state_thermal(beta, mu);
            kz_thermo t;
            kz_inverse out;
            KZ_CHECK_OK(kz_thermo_compute(&t, chain, &state, 1e-12));
            KZ_CHECK_OK(kz_inverter_solve(&out, inverter, &t.energy, &t.magnetization, 1));
            assert_int_equal(out.place, KZ_PLACE_OK);
            /* errors of e and m of 1e-12, by the inverse Jacobian */
            double steep = 1e-12 * (1 + 1 / fabs(t.energy_beta) + 1 / t.susceptibility);
            KZ_CHECK_CLOSE_REL(out.beta, beta, out.err + steep);
            KZ_CHECK_CLOSE_REL(out.mu, mu, out.err + steep);
            assert_true(out.err <= 1e-9); /* 1e-10 but for rounding in the cold */
        }
        kz_inverter_free(inverter);
    }
}

static kz_inverse check_cold_inversion(kz_chain chain, kz_state state)
{
    kz_thermo t = thermo_of(chain, state, 1e-13);
    kz_inverse out = invert_one(chain, t.energy, t.magnetization);
    assert_int_equal(out.place, KZ_PLACE_OK);
    KZ_CHECK_CLOSE_REL(out.beta, state.beta, out.err);
    KZ_CHECK_CLOSE_REL(out.mu, state.mu, out.err);
    return out;
}

/* |beta| up to 9000 with a magnetization, up to close to saturation: digits of e and m, 1e-16, tell
 * beta to 1e-7 at worst. */
static void property_cold_inversion(void **unused)
{
    (void)unused;
    uint64_t seed = 78;
    static const int chains[][2] = {{2, 1}, {3, 1}, {4, 1}, {5, 2}};
    for (int i = 0; i < 12; i++) {
        kz_chain chain = kz_chain_rational(chains[i % 4][0], chains[i % 4][1]);
        double size = exp(kz_check_uniform(&seed, log(500), log(9000))), sign = i % 2 ? -1 : 1;
        double h = (1 + sign * kz_chain_delta(chain)) * kz_check_uniform(&seed, -0.98, 0.98);
        kz_inverse out = check_cold_inversion(chain, kz_state_thermal(sign * size, h * size));
        assert_true(out.err <= 3e-7);
    }
}

/* 2026-11-26: the rounding of a state's sums was taken for that of its solves, which is less: steps
 * did not fall below it (KZ_ETOL, at other states KZ_ENOCONV or errors of twice err). */
static void bug_rounding_of_sums(void **unused)
{
    (void)unused;
    check_cold_inversion(kz_chain_rational(5, 2), kz_state_thermal(2359.3, 920.58));
    check_cold_inversion(kz_chain_rational(3, 1), kz_state_thermal(548.9, -793.55));
}

/* beta(e) over the whole band, against states; the table of -Delta is that of Delta upside down. */
static void property_energy_table(void **unused)
{
    (void)unused;
    kz_options options = kz_options_default();
    options.tol = 1e-8;
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_rational(FRACTIONS[i][0], FRACTIONS[i][1]);
        kz_chain turned = kz_chain_rational(chain.P, chain.P - chain.Q);
        kz_table *table, *other;
        KZ_CHECK_OK(kz_table_create_energy(&table, chain, &options));
        KZ_CHECK_OK(kz_table_create_energy(&other, turned, &options));
        for (double beta = -90; beta < 100; beta += 19.3) {
            kz_state state = kz_state_thermal(beta, 0);
            kz_thermo t;
            kz_inverse out, mirror;
            KZ_CHECK_OK(kz_thermo_compute(&t, chain, &state, 1e-12));
            KZ_CHECK_OK(kz_table_invert(&out, table, &t.energy, NULL, 1, &options));
            double minus = -t.energy, steep = 1e-12 / fabs(t.energy_beta);
            KZ_CHECK_OK(kz_table_invert(&mirror, other, &minus, NULL, 1, &options));
            KZ_CHECK_CLOSE_REL(out.beta, beta, out.err + steep);
            KZ_CHECK_CLOSE_REL(mirror.beta, -beta, mirror.err + steep);
            assert_true(out.err <= options.tol && mirror.err <= options.tol);
        }
        kz_table_free(table);
        kz_table_free(other);
    }
}

/* Rows that are cold in a field, either sign of beta: the Fermi point in the first row or in the
 * one after the first block. */
static void property_cold_rows(void **unused)
{
    (void)unused;
    static const int chains[][2] = {{5, 2}, {7, 2}, {8, 5}};
    kz_options options = kz_options_default();
    for (int i = 0; i < 6; i++) {
        kz_chain chain = kz_chain_rational(chains[i / 2][0], chains[i / 2][1]);
        double start = i % 2 ? -1e4 : 700, size = fabs(start);
        const double beta[] = {start, start + 1}, mu[] = {0.1 * size, 0.1 * size + 3};
        kz_table *table;
        KZ_CHECK_OK(kz_table_create(&table, chain, beta, 2, mu, 2, &options));
        for (size_t k = 0; k < 4; k++) {
            kz_table_point p;
            KZ_CHECK_OK(kz_table_get_node(&p, table, k / 2, k % 2));
            kz_thermo t = thermo_of(chain, kz_state_thermal(p.beta, p.mu), 1e-12);
            check_node(&p, &t, options.tol);
        }
        kz_table_free(table);
    }
}

/* 2026-11-26, P = 12: solves were too loose for dressed charges of P/2, 1.2 err; P = 6: the grid
 * that measured the error had an eighth more nodes only, 2.4 err. */
static void bug_errors_of_rows(void **unused)
{
    (void)unused;
    static const struct {
        int P, Q;
        double tol, beta, mu[3];
    } at[] = {{12, 5, 3.9e-8, -9.78875, {1.58674, 1.766077, 2.045414}},
              {6, 1, 4.8e-7, 25.97342, {4.92764, 5.274022, 5.720404}}};
    for (size_t i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_rational(at[i].P, at[i].Q);
        kz_options options = kz_options_default();
        kz_table *table;
        options.tol = at[i].tol;
        KZ_CHECK_OK(kz_table_create(&table, chain, &at[i].beta, 1, at[i].mu, 3, &options));
        for (size_t j = 0; j < 3; j++) {
            kz_table_point p;
            KZ_CHECK_OK(kz_table_get_node(&p, table, 0, j));
            kz_thermo t = thermo_of(chain, kz_state_thermal(p.beta, p.mu), 1e-11);
            assert_true(p.err <= options.tol);
            KZ_CHECK_CLOSE(p.magnetization, t.magnetization, p.err);
            KZ_CHECK_CLOSE(p.magnetization_mu, t.susceptibility, p.err);
        }
        kz_table_free(table);
    }
}

/* The text in the file is read back. */
static void property_chain_in_file(void **unused)
{
    (void)unused;
    const double beta[] = {-0.5, 0, 0.5}, mu[] = {-0.4, 0, 0.4};
    kz_options options = kz_options_default();
    kz_table *table, *read;
    kz_table_point a, b;
    char path[64];
    options.tol = 1e-6;
    (void)snprintf(path, sizeof path, "t-fractions-%ld.h5", (long)getpid());
    KZ_CHECK_OK(kz_table_create(&table, kz_chain_rational(13, 8), beta, 3, mu, 3, &options));
    KZ_CHECK_OK(kz_table_write(table, path));
    KZ_CHECK_OK(kz_table_read(&read, path));
    (void)remove(path);
    assert_true(kz_chain_is_same(kz_table_get_chain(read), kz_chain_rational(13, 8)));
    KZ_CHECK_OK(kz_table_get_node(&a, table, 2, 0));
    KZ_CHECK_OK(kz_table_get_node(&b, read, 2, 0));
    assert_true(a.energy == b.energy && a.magnetization_beta_mu == b.magnetization_beta_mu);
    kz_table_free(table);
    kz_table_free(read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_inversion),     cmocka_unit_test(property_cold_inversion),
        cmocka_unit_test(bug_rounding_of_sums),   cmocka_unit_test(property_energy_table),
        cmocka_unit_test(property_cold_rows),     cmocka_unit_test(bug_errors_of_rows),
        cmocka_unit_test(property_chain_in_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
