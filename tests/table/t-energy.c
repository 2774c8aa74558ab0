/* beta(e) at mu = 0: against independent solves, the two limits, the low-temperature law. */
#include <kapitza/table.h>
#include <kapitza/thermo.h>

#include "core/memory.h"
#include "support/check.h"
#include "table/internal.h"

static kz_options options_of(double tol)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    return options;
}

static double velocity(int P, double beta)
{
    double gamma = M_PI / P;
    return 0.5 * M_PI * sin(gamma) / (beta > 0 ? gamma : M_PI - gamma);
}

/* Random states of the whole band, solved by kz_thermo_compute() on grids of its own; its error in
 * e comes back through de/dbeta. */
static void states_are_found(void **state)
{
    (void)state;
    static const kz_chain chains[] = {{.kind = KZ_CHAIN_XX},
                                      {.kind = KZ_CHAIN_XXZ, .P = 3},
                                      {.kind = KZ_CHAIN_XXZ, .P = 4},
                                      {.kind = KZ_CHAIN_XXZ, .P = 6}};
    uint64_t seed = 11;
    for (size_t c = 0; c < sizeof chains / sizeof *chains; c++) {
        kz_table *table;
        double tol = c < 3 ? 1e-10 : 1e-8;
        kz_options options = options_of(tol);
        options.threads = 2;
        KZ_CHECK_OK(kz_table_create_energy(&table, chains[c], &options));
        assert_true(kz_table_get_error(table) <= 2 * tol);
        for (int k = 0; k < 60; k++) {
            double beta = sinh(kz_check_uniform(&seed, -4.6, 4.6)); /* |beta| < 50 */
            kz_state thermal = kz_state_thermal(beta, 0);
            kz_thermo t;
            kz_inverse row;
            kz_status status = kz_thermo_compute(&t, chains[c], &thermal, 1e-13);
            if (status != KZ_ETOL) KZ_CHECK_OK(status);
            KZ_CHECK_OK(kz_table_invert(&row, table, &t.energy, NULL, 1, &options));
            double known = t.err / fabs(t.energy_beta) / kz_check_scale(beta);
            assert_int_equal(row.place, KZ_PLACE_OK);
            KZ_CHECK_CLOSE_REL(row.beta, beta, row.err + known);
            assert_true(row.err <= 3 * tol);
        }
        kz_table_free(table);
    }
}

/* Independent values of (e - e_edge)/(pi T^2/6v) at |beta| = 50. */
static void low_temperature_law(void **state)
{
    (void)state;
    static const struct {
        int P;
        double beta, ratio, digits;
    } cases[] = {{4, 50, 1.0016, 5e-5},
                 {4, -50, 0.9993, 5e-5},
                 {6, 50, 1.0027, 5e-5},
                 {6, -50, 0.975, 5e-4}};
    for (int P = 4; P <= 6; P += 2) {
        kz_table *table;
        kz_options options = options_of(1e-8);
        options.threads = 2;
        KZ_CHECK_OK(kz_table_create_energy(&table, kz_chain_xxz(P), &options));
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            if (cases[i].P != P) continue;
            double beta = cases[i].beta, law = M_PI / (6 * velocity(P, beta) * beta * beta);
            double edge =
                beta > 0 ? kz_table_get_energy_min(table) : kz_table_get_energy_max(table);
            double e = edge + copysign(cases[i].ratio * law, beta);
            double low = e - cases[i].digits * law, high = e + cases[i].digits * law;
            kz_inverse row[2];
            double both[2] = {low, high};
            KZ_CHECK_OK(kz_table_invert(row, table, both, NULL, 2, &options));
            assert_true(row[0].beta > beta && row[1].beta < beta);
        }
        kz_table_free(table);
    }
}

/* Between the last node and the edge only the law of the edge is left. */
static void the_edges_are_approached(void **state)
{
    (void)state;
    for (int P = 3; P <= 4; P++) {
        kz_table *table;
        kz_options options = options_of(1e-8);
        options.threads = 2;
        KZ_CHECK_OK(kz_table_create_energy(&table, kz_chain_xxz(P), &options));
        double low = kz_table_get_energy_min(table), high = kz_table_get_energy_max(table);
        double e[] = {low, low + 1e-10, high - 1e-9, high, low - 1e-6, high + 1e-6};
        kz_inverse row[6];
        KZ_CHECK_OK(kz_table_invert(row, table, e, NULL, 6, &options));
        assert_true(row[0].beta == INFINITY && row[3].beta == -INFINITY);
        assert_true(row[0].place == KZ_PLACE_EDGE && row[3].place == KZ_PLACE_EDGE);
        assert_true(row[4].place == KZ_PLACE_OUTSIDE && row[5].place == KZ_PLACE_OUTSIDE);
        assert_true(isnan(row[4].beta) && isnan(row[5].beta));
        /* corrections fall with T; 1e-10 is not exact above e_min, for e is rounded at 1e-16 */
        KZ_CHECK_CLOSE(row[1].beta / sqrt(M_PI / (6 * velocity(P, 1) * 1e-10)), 1, 1e-4);
        KZ_CHECK_CLOSE(row[2].beta / -sqrt(M_PI / (6 * velocity(P, -1) * 1e-9)), 1, 1e-4);
        kz_table_free(table);
    }
}

static void slope_is_the_derivative(void **state)
{
    (void)state;
    kz_table *table;
    kz_options options = options_of(1e-10);
    KZ_CHECK_OK(kz_table_create_energy(&table, kz_chain_xx(), &options));
    size_t n, one;
    kz_table_get_shape(&n, &one, table);
    assert_int_equal(one, 1);
    for (size_t i = 1; i + 1 < n; i += 1 + n / 30) {
        kz_table_point p;
        kz_thermo t;
        KZ_CHECK_OK(kz_table_get_node(&p, table, i, 0));
        if (fabs(p.beta) > 1000) continue; /* known to the rounding of e only */
        kz_state thermal = kz_state_thermal(p.beta, 0);
        KZ_CHECK_OK(kz_thermo_compute(&t, kz_chain_xx(), &thermal, 1e-12));
        KZ_CHECK_CLOSE(p.energy, t.energy, 1e-13);
        KZ_CHECK_CLOSE(p.energy_beta / t.energy_beta, 1, 1e-8);
    }
    kz_table_free(table);
}

static int cancel(void *context, size_t done, size_t total)
{
    (void)context;
    return done > 3 && total > done;
}

static void failures(void **state)
{
    (void)state;
    kz_table *table;
    kz_options options = options_of(1e-4);
    KZ_CHECK_STATUS(kz_table_create_energy(&table, kz_chain_xxz(0), &options), KZ_EINVAL);
    assert_null(table);
    options.progress = cancel;
    KZ_CHECK_STATUS(kz_table_create_energy(&table, kz_chain_xxz(3), &options), KZ_ECANCELLED);
    assert_null(table);
    options.progress = NULL;
    for (unsigned long k = 1, count = 1; k <= count; k += 1 + k / 20) {
        kz_alloc_fail_at(k);
        kz_status status = kz_table_create_energy(&table, kz_chain_xx(), &options);
        count = kz_alloc_count();
        kz_alloc_fail_at(0);
        kz_table_free(table);
        assert_true(k > count || (status == KZ_ENOMEM && !table));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_found),
        cmocka_unit_test(low_temperature_law),
        cmocka_unit_test(the_edges_are_approached),
        cmocka_unit_test(slope_is_the_derivative),
        cmocka_unit_test(failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
