/* Tables over the whole energy band: T = 0, single states, Bethe ansatz. */
#include <string.h>

#include <kapitza/thermal.h>
#include <kapitza/thermo.h>

#include "tests/tbm/support.h"

static kz_thermal_table *whole_table(kz_chain chain)
{
    const double band[2] = {kz_chain_energy_min(chain), kz_chain_energy_max(chain)};
    kz_thermal_params params = kz_thermal_params_default();
    kz_thermal_table *table;
    params.threads = 2;
    KZ_CHECK_OK(kz_thermal_table_create(&table, kz_chain_delta(chain), band, -1.0, 1.0, &params));
    return table;
}

/* <SzSz'> and <SxSx'> of neighbours and next neighbours in the ground state at Delta = 1/2:
 * kitanine2005, kato2004. */
static void ground_state_at_one_half(void **state)
{
    (void)state;
    double rho[KZ_DENSITY_SIZE], exact[KZ_DENSITY_SIZE], err;
    kz_thermal_table *table = whole_table(kz_chain_xxz(3));
    KZ_CHECK_OK(kz_thermal_table_density(rho, &err, table, -0.375));
    kz_thermal_pack(exact, -5.0 / 32, -1.0 / 8, 41.0 / 512, 7.0 / 256);
    print_message("# T = 0: off by %.1e, err %.1e\n", kz_thermal_distance_bound(rho, exact), err);
    KZ_CHECK_CLOSE(kz_thermal_distance_bound(rho, exact), 0.0, fmin(err, 5e-6));
    kz_thermal_table_free(table);
}

/* de/dDelta of the band's edges, Feynman and Hellmann; the edges from their closed form
 * (kz_chain_energy_min) at gamma = pi/4 only, hence numbers: by quadrature of the integral of
 * takahashi1999 at gamma +- 1e-3 and +- 5e-4, extrapolated. */
static void edges_at_gamma_pi_4(void **state)
{
    (void)state;
    static const double zz1[2] = {-0.134332481, -0.056130357};
    kz_thermal_table *table = whole_table(kz_chain_xxz(4));
    const kz_thermal_node *node = kz_thermal_table_nodes(table);
    size_t last = kz_thermal_table_count(table) - 1;
    print_message("# zz1 at the edges: off by %.1e, %.1e; err %.1e, %.1e\n", node[0].zz1 - zz1[0],
                  node[last].zz1 - zz1[1], node[0].err, node[last].err);
    KZ_CHECK_CLOSE(node[0].zz1, zz1[0], fmin(node[0].err, 1e-6));
    KZ_CHECK_CLOSE(node[last].zz1, zz1[1], fmin(node[last].err, 1e-6));
    kz_thermal_table_free(table);
}

static double slope_of_edge(double delta)
{
    const double h = 2e-3;
    double e[4];
    for (int i = 0; i < 4; i++)
        e[i] = kz_chain_energy_min(kz_chain_axial(delta + (i < 2 ? i - 2 : i - 1) * h));
    return (8 * (e[2] - e[1]) - (e[3] - e[0])) / (12 * h);
}

/* With a gap: the same of the lower edge, by differences; the upper one is a ferromagnet. */
static void edges_with_a_gap(void **state)
{
    (void)state;
    static const double delta[] = {1.5, 3}, most[] = {1e-4, 1e-6};
    double ferromagnet[KZ_DENSITY_SIZE], rho[KZ_DENSITY_SIZE], err;
    kz_thermal_pack(ferromagnet, 0, 0.25, 0, 0.25);
    for (int i = 0; i < 2; i++) {
        kz_thermal_table *table = whole_table(kz_chain_axial(delta[i]));
        const kz_thermal_node *node = kz_thermal_table_nodes(table);
        double off = node[0].zz1 - slope_of_edge(delta[i]);
        print_message("# Delta = %g, zz1 off by %.1e, err %.1e\n", delta[i], off, node[0].err);
        KZ_CHECK_CLOSE(off, 0, fmin(node[0].err, most[i]));
        KZ_CHECK_OK(kz_thermal_table_density(rho, &err, table, 0.25 * delta[i]));
        KZ_CHECK_CLOSE(kz_thermal_distance_bound(rho, ferromagnet), 0, fmin(err, 1e-7));
        kz_thermal_table_free(table);
    }
}

/* Every fourth state of a table has the energy of its beta, and a state computed alone, with more
 * Schmidt values, is found by its energy. */
static void table_against_bethe_ansatz_and_single_states(void **state)
{
    (void)state;
    static const double beta[] = {14.7, 6.1, 2.2, -0.3, -3.3, -11.0, -30.5};
    kz_thermal_table *table = whole_table(kz_chain_xxz(4));
    kz_chain chain = kz_chain_xxz(4);
    kz_thermal_params params = kz_thermal_params_default();
    params.chi = 240;
    for (size_t k = 1; k + 1 < kz_thermal_table_count(table); k += 4) {
        const kz_thermal_node *node = &kz_thermal_table_nodes(table)[k];
        kz_state thermal = kz_state_thermal(node->beta, 0.0);
        kz_thermo exact;
        KZ_CHECK_OK(kz_thermo_compute(&exact, chain, &thermal, 1e-12));
        KZ_CHECK_CLOSE(node->energy, exact.energy, fabs(node->beta) < 8.0 ? 1e-8 : 1e-6);
    }
    for (size_t k = 0; k < sizeof beta / sizeof beta[0]; k++) {
        kz_thermal_triple t;
        double rho[KZ_DENSITY_SIZE], err;
        KZ_CHECK_OK(kz_thermal_density(&t, kz_chain_delta(chain), beta[k], 0.0, &params));
        KZ_CHECK_OK(kz_thermal_table_density(rho, &err, table, t.energy));
        double distance = kz_thermal_distance_bound(rho, t.rho);
        print_message("# beta %g: %.1e, err %.1e\n", beta[k], distance, err);
        KZ_CHECK_CLOSE(distance, 0.0, fmin(err, fabs(beta[k]) < 8.0 ? 1e-8 : 3e-6));
    }
    kz_thermal_table_free(table);
}

/* Delta = 1: states computed alone, without the symmetry that the table has, and colder than the
 * states it is made of (20 and 40). */
static void isotropic_table_against_single_states(void **state)
{
    (void)state;
    static const double beta[] = {30, 8.3, -0.3, -11, -50};
    kz_thermal_table *table = whole_table(kz_chain_axial(1));
    kz_thermal_params params = kz_thermal_params_default();
    for (size_t k = 0; k < sizeof beta / sizeof beta[0]; k++) {
        kz_thermal_triple t;
        double rho[KZ_DENSITY_SIZE], err;
        KZ_CHECK_OK(kz_thermal_density(&t, 1, beta[k], 0, &params));
        KZ_CHECK_OK(kz_thermal_table_density(rho, &err, table, t.energy));
        double distance = kz_thermal_distance_bound(rho, t.rho);
        print_message("# beta %g: %.1e, err %.1e and %.1e\n", beta[k], distance, err, t.err);
        KZ_CHECK_CLOSE(distance, 0, err + t.err);
        KZ_CHECK_CLOSE(err, 0, fabs(beta[k]) < 12 ? 1e-7 : 1e-5);
    }
    kz_thermal_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ground_state_at_one_half),
        cmocka_unit_test(edges_at_gamma_pi_4),
        cmocka_unit_test(edges_with_a_gap),
        cmocka_unit_test(table_against_bethe_ansatz_and_single_states),
        cmocka_unit_test(isotropic_table_against_single_states),
    };
    return cmocka_run_group_tests_name("long-thermal", tests, NULL, NULL);
}
