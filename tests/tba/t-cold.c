/* Cold states in a field, whose Fermi points stand on panels. */
#include <gsl/gsl_integration.h>
#include <lapacke.h>

#include <kapitza/fermion.h>

#include "core/memory.h"
#include "support/thermo.h"
#include "tba/equilibrium.h"
#include "tba/fillings.h"
#include "tba/full.h"
#include "tba/moments/moments.h"
#include "tba/thermal.h"

static const double pi = 3.14159265358979323846;

/* -- exact ----------------------------------------------------------------------------------- */

/* P = 2: free fermions, whose integrals are good to rounding at any temperature. */
static void exact_free_fermions(void **unused)
{
    (void)unused;
    const double beta[] = {41, -41, 300, -5e3, 1e5, -1e5},
                 h[] = {0.5, -0.97, 1, 1.0001, 1.7, 0.003};
    for (size_t i = 0; i < 6; i++) {
        for (size_t k = 0; k < 6; k++) {
            double mu = fabs(beta[i]) * h[k];
            kz_state state = kz_state_thermal(beta[i], mu);
            kz_thermo t = xxz_thermo(2, state, 1e-12), free;
            KZ_CHECK_OK(kz_fermion_thermo(&free, &state));
            KZ_CHECK_THERMO(&t, &free, KZ_THERMO_NUMBERS, t.err + free.err);
        }
    }
}

/* The Fermi point by Nystrom's method with the full kernel: velocity and dressed charge. */
typedef struct {
    double velocity, charge;
} fermi_point;

enum { NODES = 64 };

static fermi_point solve_fermi_point(kz_chain chain, double B)
{
    double node[NODES], weight[NODES], matrix[NODES * NODES], rhs[3 * NODES], at[3];
    lapack_int pivot[NODES];
    double g = kz_chain_gamma(chain), factor = pi * sin(g);
    kz_strings strings;
    KZ_CHECK_OK(kz_strings_fill(&strings, chain));
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(NODES);
    for (size_t i = 0; i < NODES; i++)
        gsl_integration_glfixed_point(-B, B, i, &node[i], &weight[i], table);
    gsl_integration_glfixed_table_free(table);
    for (int i = 0; i < NODES; i++) {
        for (int j = 0; j < NODES; j++)
            matrix[i * NODES + j] =
                (i == j) + weight[j] * kz_string_kernel(&strings, 2, 1, node[i] - node[j]);
        double a = kz_string_kernel(&strings, 1, 1, node[i]);
        /* rho, epsilon' (epsilon vanishes at both ends), Z */
        rhs[3 * i] = a;
        rhs[3 * i + 1] = 2 * pi * factor * a * a * sinh(2 * node[i]) / sin(g);
        rhs[3 * i + 2] = 1;
    }
    assert_int_equal(LAPACKE_dgesv(LAPACK_ROW_MAJOR, NODES, 3, matrix, NODES, pivot, rhs, 3), 0);
    double a = kz_string_kernel(&strings, 1, 1, B);
    at[0] = a;
    at[1] = 2 * pi * factor * a * a * sinh(2 * B) / sin(g);
    at[2] = 1;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < NODES; j++)
            at[i] -= weight[j] * kz_string_kernel(&strings, 2, 1, B - node[j]) * rhs[3 * j + i];
    return (fermi_point){at[1] / (2 * pi * at[0]), at[2]};
}

/* One gapless mode, c = 1: f = f_0 - pi T^2/6v, entropy and heat capacity pi T/3v, dm/dmu =
 * T Z^2/(pi v), Drude weight of the spin T v Z^2/pi and h^2 times that of the energy, with
 * corrections of the order of T^2 in units of the bandwidth (f_0 - f: T^4). */
static void check_limit(kz_chain chain, double h, double beta, double scale)
{
    double T = 1 / beta, tol = scale * T * T + 1e-10 * beta;
    kz_ground_field ground;
    KZ_CHECK_OK(kz_ground_field_solve(&ground, chain, h, 1e-13));
    fermi_point f = solve_fermi_point(chain, ground.fermi_point);
    double v = f.velocity, K = f.charge * f.charge;
    kz_thermo t = thermo_of(chain, kz_state_thermal(beta, beta * h), 1e-12);
    double f_0 = ground.energy - h * ground.magnetization;
    KZ_CHECK_CLOSE((f_0 - t.free_energy) / (pi * T * T / (6 * v)), 1,
                   scale * T * T + 3e-14 * beta * beta);
    KZ_CHECK_CLOSE((t.energy - h * t.magnetization - f_0) / (pi * T * T / (6 * v)), 1,
                   3 * scale * T * T + 3e-14 * beta * beta);
    KZ_CHECK_CLOSE(t.entropy / (pi * T / (3 * v)), 1, tol);
    KZ_CHECK_CLOSE(t.heat_capacity / (pi * T / (3 * v)), 1, 3 * tol);
    KZ_CHECK_CLOSE(t.susceptibility / (T * K / (pi * v)), 1, tol);
    KZ_CHECK_CLOSE(t.drude_spin / (T * v * K / pi), 1, tol);
    KZ_CHECK_CLOSE(t.drude_energy / (h * h * T * v * K / pi), 1, tol);
    KZ_CHECK_CLOSE(t.energy, ground.energy, scale * T * T + 1e-13);
    KZ_CHECK_CLOSE(t.magnetization, ground.magnetization, scale * T * T + 1e-13);
}

static void exact_limit_of_the_ground_state(void **unused)
{
    (void)unused;
    const int P[] = {3, 4, 7, 16};
    for (size_t i = 0; i < 4; i++) {
        for (double beta = 200; beta < 5000; beta *= 4) {
            check_limit(kz_chain_xxz(P[i]), 0.7, beta, 20);
            check_limit(kz_chain_xxz(P[i]), 1.2, beta, 60);
        }
    }
}

/* The Fermi point in the first row, and beyond gamma = pi/2 in the row after the first block. */
static void exact_limit_at_fractions(void **unused)
{
    (void)unused;
    const int at[][2] = {{5, 2}, {7, 2}, {7, 3}, {16, 5}, {5, 3}, {7, 5}};
    for (size_t i = 0; i < 6; i++) {
        kz_chain chain = kz_chain_rational(at[i][0], at[i][1]);
        double half = 0.5 * kz_saturation_field(chain);
        for (double beta = 400; beta < 5000; beta *= 8) /* bandwidths of the order of half */
            check_limit(chain, half, beta, 20 / (half * half));
    }
}

/* Another kernel, another quadrature: P = 3, beta = +-45; narrower panels move ln Z by 2e-10 at
 * beta = 45, a wider window by less. */
static void exact_second_engine(void **unused)
{
    (void)unused;
    for (int sign = -1; sign <= 1; sign += 2) {
        double beta = 45 * sign, mu = sign > 0 ? 40 : 21;
        kz_full_thermal *full;
        KZ_CHECK_OK(kz_full_thermal_create(&full, kz_chain_xxz(3), beta, mu, 4, 0.125, 12));
        kz_thermo t = xxz_thermal(3, beta, mu, 1e-12);
        KZ_CHECK_CLOSE_REL(t.ln_z, kz_full_thermal_ln_z(full), 1e-10);
        kz_full_thermal_free(full);
    }
}

/* -- properties ------------------------------------------------------------------------------ */

/* err bounds the difference to a uniform grid that resolves everything. */
static void property_uniform_grids(void **unused)
{
    (void)unused;
    uint64_t seed = 20261126;
    static const int FRACTION[][2] = {{5, 2}, {7, 2}, {8, 3}, {7, 3}, {7, 5}};
    for (int i = 0; i < 10; i++) {
        int P = 2 + (int)kz_check_uniform(&seed, 0, 5);
        const int *other = FRACTION[i / 2];
        kz_chain chain = i % 4 < 2 ? kz_chain_xxz(P) : kz_chain_rational(other[0], other[1]);
        double beta = (i % 2 ? -1 : 1) * kz_check_uniform(&seed, 45, 150);
        double top = 1 + (beta > 0 ? 1 : -1) * kz_chain_delta(chain);
        double mu = fabs(beta) * top * kz_check_uniform(&seed, -1.3, 1.3);
        if (!kz_fermi_edge_pays(chain, beta, mu)) continue;
        kz_thermo t = thermo_of(chain, kz_state_thermal(beta, mu), 1e-12), uniform;
        kz_grid grid = {.chain = chain, .half = 16384, .window = 17};
        KZ_CHECK_OK(kz_equilibrium_on_grid(&uniform, grid, beta, mu, 1e-12));
        KZ_CHECK_THERMO(&t, &uniform, KZ_THERMO_NUMBERS, t.err);
    }
}

/* The rounding that err allows cold states is that of T times x, not that of x = beta epsilon. */
static void property_rounding(void **unused)
{
    (void)unused;
    const double beta[] = {50, -700, 1e4, -1e5, 1e5}, mu[] = {0, 3, 40, 150};
    const int P[] = {3, 6};
    for (size_t i = 0; i < 40; i++) {
        kz_chain chain = kz_chain_xxz(P[i / 20]);
        double b = beta[i % 5], m = mu[i / 5 % 4];
        kz_state state = kz_state_thermal(b, m);
        kz_thermo t = {.err = (double)NAN}, finer;
        kz_status status = kz_thermo_compute(&t, chain, &state, 1e-13);
        assert_int_equal(status, t.err <= 1e-13 ? KZ_OK : KZ_ETOL);
        kz_grid grid = kz_thermal_grid(chain, b, 1e-14);
        grid.split = kz_fermi_edge_pays(chain, b, m);
        grid.half = kz_grid_fast_size(grid.half * 3);
        KZ_CHECK_OK(kz_equilibrium_on_grid(&finer, grid, b, m, 1e-13));
        KZ_CHECK_THERMO(&t, &finer, KZ_THERMO_NUMBERS, t.err);
    }
}

/* Third derivatives of ln Z as a grid that resolves everything has them, whether the memory is that
 * of another state or not; the split is exact in warm states too. */
static void property_second_responses(void **unused)
{
    (void)unused;
    const double at[][2] = {{60, 40}, {-40, 9}, {20, 30}, {3, 0.5}, {-5, 0}};
    static const int FRACTION[][2] = {{2, 1}, {3, 1}, {5, 1}, {7, 2}, {5, 3}};
    for (size_t c = 0; c < 5; c++) {
        int P = FRACTION[c][0];
        kz_chain chain = kz_chain_rational(P, FRACTION[c][1]);
        kz_grid split = {.chain = chain, .half = 128 * (size_t)P, .window = 16};
        kz_grid uniform = {.chain = chain, .half = 4096, .window = 16};
        kz_moments *panels, *nodes;
        split.split = true;
        KZ_CHECK_OK(kz_moments_create(&panels, split));
        KZ_CHECK_OK(kz_moments_create(&nodes, uniform));
        for (size_t i = 0; i < 5; i++) {
            kz_moments_values a, b;
            KZ_CHECK_OK(kz_moments_solve(&a, panels, at[i][0], at[i][1], 2, false, 1e-14));
            KZ_CHECK_OK(kz_moments_solve(&b, nodes, at[i][0], at[i][1], 2, false, 1e-14));
            KZ_CHECK_CLOSE(a.energy, b.energy, 1e-11);
            KZ_CHECK_CLOSE(a.excess, b.excess, 1e-11);
            KZ_CHECK_CLOSE(a.rest, b.rest, 1e-11);
            KZ_CHECK_CLOSE(a.magnetization_mu, b.magnetization_mu, 1e-10);
            KZ_CHECK_CLOSE(a.energy_beta_mu, b.energy_beta_mu, 1e-10);
            KZ_CHECK_CLOSE(a.magnetization_beta_mu, b.magnetization_beta_mu, 1e-10);
        }
        kz_moments_free(panels);
        kz_moments_free(nodes);
    }
}

/* mu -> -mu turns the magnetization and what is odd with it, to the last bit. */
static void property_flip(void **unused)
{
    (void)unused;
    for (int sign = -1; sign <= 1; sign += 2) {
        kz_thermo up = xxz_thermal(5, sign * 2e3, 150, 1e-10);
        kz_thermo down = xxz_thermal(5, sign * 2e3, -150, 1e-10);
        down.magnetization *= -1;
        down.magnetization_beta *= -1;
        down.drude_cross *= -1;
        KZ_CHECK_THERMO(&down, &up, KZ_THERMO_NUMBERS, 0);
    }
}

/* Both kinds of grids meet where they take over from each other. */
static void property_continuous_at_the_switch(void **unused)
{
    (void)unused;
    const double at[][2] = {{12, 30}, {-12, 30}, {200, 8}, {-1e4, 8}, {1e4, 8}};
    for (size_t i = 0; i < 5; i++) {
        double less = 1 - 1e-13, more = 1 + 1e-13; /* moves nothing by more than err */
        kz_thermo below = xxz_thermal(4, at[i][0] * less, at[i][1] * less, 1e-11);
        kz_thermo above = xxz_thermal(4, at[i][0] * more, at[i][1] * more, 1e-11);
        assert_false(kz_fermi_edge_pays(kz_chain_xxz(4), below.beta, below.mu));
        assert_true(kz_fermi_edge_pays(kz_chain_xxz(4), above.beta, above.mu));
        KZ_CHECK_THERMO(&above, &below, KZ_THERMO_NUMBERS, above.err + below.err);
    }
}

/* -- edges and errors ------------------------------------------------------------------------ */

/* Default tolerance everywhere, saturation and its neighbourhood included; no magnetization is
 * beyond 1/2, entropy >= 0. */
static void edge_coldest(void **unused)
{
    (void)unused;
    const double h[] = {3e-4, 1e-3, 0.1, 1, 1.4999, 1.5, 1.5001, 3};
    for (int sign = -1; sign <= 1; sign += 2) {
        double last = 0;
        for (size_t i = 0; i < 8; i++) {
            kz_thermo t = xxz_thermal(3, sign * 1e5, 1e5 * h[i], 1e-10);
            assert_true(t.magnetization > last - 1e-14 && t.magnetization <= 0.5 + 1e-14);
            assert_true(t.entropy >= 0 && t.heat_capacity >= 0);
            last = t.magnetization;
        }
    }
    xxz_thermal(16, 1e5, 1e5, 1e-10);
    xxz_thermal(16, -1e5, 1e3, 1e-10);
}

static kz_grid split_grid(void)
{
    return (kz_grid){.chain = kz_chain_xxz(3), .half = 128, .window = 14, .split = true};
}

static void error_two_fermi_points(void **unused)
{
    (void)unused;
    kz_convolution *even;
    kz_fermi_edge *edge;
    double z[128] = {0}, x[128];
    KZ_CHECK_OK(kz_convolution_create(&even, split_grid(), KZ_EVEN));
    KZ_CHECK_OK(kz_fermi_edge_create(&edge, even, 100, 50));
    z[10] = 2000; /* x = 4000 cos */
    for (size_t k = 0; k < 128; k++)
        x[k] = 4000 * cos(even->frequency[10] * even->lambda[k]);
    KZ_CHECK_OK(kz_fermi_edge_place(edge, z, x, -1));
    assert_int_equal(kz_fermi_edge_check(edge, x), KZ_ENOCONV);
    kz_fermi_edge_free(edge);
    kz_convolution_free(even);
}

static void memory_failures(void **unused)
{
    (void)unused;
    kz_thermo t = {.ln_z = 7};
    kz_alloc_fail_at(0);
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status == KZ_ENOMEM; k++) {
        kz_alloc_fail_at(k);
        status = kz_equilibrium_on_grid(&t, split_grid(), 100, 50, 1e-6);
        kz_alloc_fail_at(0);
        assert_true(status == KZ_OK || (status == KZ_ENOMEM && t.ln_z == 7));
    }
    KZ_CHECK_OK(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_free_fermions),
        cmocka_unit_test(exact_limit_of_the_ground_state),
        cmocka_unit_test(exact_limit_at_fractions),
        cmocka_unit_test(exact_second_engine),
        cmocka_unit_test(property_uniform_grids),
        cmocka_unit_test(property_rounding),
        cmocka_unit_test(property_second_responses),
        cmocka_unit_test(property_flip),
        cmocka_unit_test(property_continuous_at_the_switch),
        cmocka_unit_test(edge_coldest),
        cmocka_unit_test(error_two_fermi_points),
        cmocka_unit_test(memory_failures),
    };
    return cmocka_run_group_tests_name("cold states in a field", tests, NULL, NULL);
}
