/* beta(e) at mu = 0 of chains with a gap: err, the gaps, Delta -> -Delta, the file. */
#include "table/energy-states.h"
#include "table/support.h"

static kz_table *table_of(double delta, double tol)
{
    kz_table *table;
    kz_options options = kz_options_default();
    options.tol = tol;
    options.threads = 2;
    KZ_CHECK_OK(kz_table_create_energy(&table, kz_chain_axial(delta), &options));
    assert_true(kz_table_get_error(table) <= tol);
    return table;
}

static double beta_at(kz_table *table, double energy)
{
    kz_inverse row;
    kz_options options = kz_options_default();
    KZ_CHECK_OK(kz_table_invert(&row, table, &energy, NULL, 1, &options));
    assert_int_equal(row.place, KZ_PLACE_OK);
    return row.beta;
}

/* To e - e_edge ~ 1e-12.  Near Delta = 1 the ground state's gap does not show. */
static void err_bounds_the_error(void **state)
{
    (void)state;
    static const struct {
        double delta, tol, coldest, hottest; /* largest beta and -beta */
        int states;
    } cases[] = {{1.5, 1e-10, 400, 45, 120}, {1.5, 1e-6, 400, 45, 60},   {-2, 1e-10, 25, 130, 80},
                 {3, 1e-12, 25, 15, 60},     {1.15, 1e-8, 1e4, 120, 40}, {20, 1e-10, 1.2, 1.2, 40}};
    uint64_t seed = 20261126;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        kz_table *table = table_of(cases[c].delta, cases[c].tol);
        double worst = 0;
        for (int k = 0; k < cases[c].states; k++) {
            double top = k % 2 ? cases[c].coldest : -cases[c].hottest;
            double beta = copysign(exp(kz_check_uniform(&seed, log(1e-3), log(fabs(top)))), top);
            reference r = thermal_state(kz_table_get_chain(table), beta);
            check_state(&worst, table, &r, 1000);
        }
        print_message("# Delta = %g, tol %g: largest error %.2g err\n", cases[c].delta,
                      cases[c].tol, worst);
        kz_table_free(table);
    }
}

/* Spinons have half the gap in a field and a minimum quadratic in k: e - e_min = C T^{1/2} e^{-E/T}
 * up to T/E. */
static void gap_of_the_spinons(void **state)
{
    (void)state;
    const double delta[] = {1.5, 2.5};
    for (int d = 0; d < 2; d++) {
        double phi = acosh(delta[d]), gap = sinh(phi);
        for (int k = 1; k * phi < 40; k++)
            gap += 2 * sinh(phi) * (k % 2 ? -1 : 1) / cosh(k * phi);
        kz_table *table = table_of(delta[d], 1e-10);
        double low = kz_table_get_energy_min(table);
        double warm = beta_at(table, low + 1e-9), cold = beta_at(table, low + 1e-11);
        double factor = 0.5 * gap * (cold - warm) + 0.5 * log(cold / warm);
        KZ_CHECK_CLOSE(factor / log(100), 1, 2 / (0.5 * gap * warm * log(100)) * log(cold / warm));
        kz_table_free(table);
    }
}

/* Turning every second spin: the table upside down, at both edges too. */
static void opposite_anisotropy(void **state)
{
    (void)state;
    kz_table *table = table_of(1.7, 1e-9), *turned = table_of(-1.7, 1e-9);
    double low = kz_table_get_energy_min(table), high = kz_table_get_energy_max(table);
    assert_true(kz_table_get_energy_min(turned) == -high);
    assert_true(kz_table_get_energy_max(turned) == -low);
    for (int i = 1; i < 40; i++) {
        double e = low + (high - low) * i / 40;
        KZ_CHECK_CLOSE_REL(beta_at(turned, -e), -beta_at(table, e), 2e-9);
    }
    kz_table_free(table);
    kz_table_free(turned);
}

static void the_edges(void **state)
{
    (void)state;
    kz_table *table = table_of(1.5, 1e-8);
    double low = kz_table_get_energy_min(table), high = kz_table_get_energy_max(table);
    const double e[] = {low, low + 1e-15, high - 1e-15, high, low - 1e-6, high + 1e-6};
    kz_inverse row[6];
    kz_options options = kz_options_default();
    KZ_CHECK_OK(kz_table_invert(row, table, e, NULL, 6, &options));
    assert_true(row[0].beta == INFINITY && row[3].beta == -INFINITY);
    assert_true(row[0].place == KZ_PLACE_EDGE && row[3].place == KZ_PLACE_EDGE);
    assert_true(row[4].place == KZ_PLACE_OUTSIDE && row[5].place == KZ_PLACE_OUTSIDE);
    /* a fifth of 1e-15 is rounding, hence a unit of beta at this gap */
    for (int i = 1; i < 3; i++)
        assert_true(row[i].place == KZ_PLACE_OK && row[i].err > 1e-3 && row[i].err < 0.1);
    assert_true(row[1].beta > 500 && row[1].beta < 800);
    assert_true(row[2].beta < -55 && row[2].beta > -75);
    kz_table_free(table);
}

/* 50 - 2^-46 is two units in the last place from the edge at 50, of which it says nothing. */
static void large_energies(void **state)
{
    (void)state;
    kz_table *table = table_of(200, 1e-6);
    const double e[] = {50 - 0x1p-46, 50 - 0x1p-40};
    kz_inverse row[2];
    kz_options options = kz_options_default();
    KZ_CHECK_OK(kz_table_invert(row, table, e, NULL, 2, &options));
    assert_int_equal(row[0].place, KZ_PLACE_EDGE);
    assert_int_equal(row[1].place, KZ_PLACE_OK);
    kz_table_free(table);
}

/* The limits of g are infinite, in the file as well; what is read is the same table. */
static void the_file(void **state)
{
    (void)state;
    kz_table *table = table_of(-1.5, 1e-6), *again;
    KZ_CHECK_OK(kz_table_write(table, path));
    KZ_CHECK_OK(kz_table_read(&again, path));
    assert_int_equal(kz_table_get_kind(again), KZ_TABLE_ENERGY);
    assert_true(kz_chain_is_same(kz_table_get_chain(again), kz_chain_axial(-1.5)));
    double low = kz_table_get_energy_min(table), high = kz_table_get_energy_max(table);
    for (int i = 1; i < 100; i++) {
        double e = low + (high - low) * i / 100;
        assert_true(beta_at(again, e) == beta_at(table, e));
    }
    assert_true(kz_table_get_error(again) == kz_table_get_error(table));
    kz_table_free(again);
    kz_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_bounds_the_error), cmocka_unit_test(gap_of_the_spinons),
        cmocka_unit_test(opposite_anisotropy),  cmocka_unit_test(the_edges),
        cmocka_unit_test(large_energies),       cmocka_unit_test(the_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
