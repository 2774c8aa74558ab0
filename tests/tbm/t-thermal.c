/* Three-site density matrices of infinite chains in equilibrium: free fermions, Bethe ansatz, rings
 * by exact diagonalisation. */
#include <lapacke.h>
#include <stdlib.h>
#include <string.h>

#include <kapitza/thermal.h>
#include <kapitza/thermo.h>

#include "core/memory.h"
#include "support/ring.h"
#include "tbm/update.h"
#include "tests/tbm/support.h"

static const double pi = 3.14159265358979323846;

static kz_thermal_params with_chi(size_t chi)
{
    kz_thermal_params params = kz_thermal_params_default();
    params.chi = chi;
    return params;
}

/* Hermitian, trace one, no negative eigenvalue. */
static void check_is_state(const double *packed)
{
    double re[64], im[64], weight[8], trace = 0.0;
    double complex rho[64];
    kz_density_unpack(re, im, packed);
    for (int k = 0; k < 64; k++)
        rho[k] = re[k] + _Complex_I * im[k];
    for (int a = 0; a < 8; a++)
        trace += re[9 * a];
    KZ_CHECK_CLOSE(trace, 1.0, 1e-12);
    assert_int_equal(LAPACKE_zheev(LAPACK_ROW_MAJOR, 'N', 'U', 8, rho, 8, weight), 0);
    assert_true(weight[0] >= -1e-12);
}

/* exp(-tau K) of two spins by its Taylor series, times what makes K of equal spins start at zero.
 */
static void cooling_gate_is_the_exponential(void **state)
{
    (void)state;
    uint64_t seed = 20260120;
    for (int trial = 0; trial < 20; trial++) {
        double tau = kz_check_uniform(&seed, -0.5, 0.5), beta = kz_check_uniform(&seed, -2, 2);
        double delta = kz_check_uniform(&seed, -1, 2), left = kz_check_uniform(&seed, -1, 1);
        double right = kz_check_uniform(&seed, -1, 1);
        double h[4] = {-0.25 * beta * delta - 0.5 * (left - right), 0.5 * beta, 0.5 * beta,
                       -0.25 * beta * delta + 0.5 * (left - right)};
        double power[4] = {1, 0, 0, 1}, sum[4] = {1, 0, 0, 1};
        for (int n = 1; n < 60; n++) {
            double next[4];
            for (int k = 0; k < 4; k++)
                next[k] =
                    -tau / n * (power[k & 2] * h[k & 1] + power[(k & 2) + 1] * h[2 + (k & 1)]);
            for (int k = 0; k < 4; k++)
                sum[k] += power[k] = next[k];
        }
        double shift = exp(0.25 * tau * beta * delta);
        kz_gate gate = kz_gate_cool(tau, beta, delta, left, right);
        KZ_CHECK_CLOSE(creal(gate.same), shift * sum[0], 1e-13);
        KZ_CHECK_CLOSE(creal(gate.other), shift * sum[1], 1e-13);
        KZ_CHECK_CLOSE(creal(gate.back), shift * sum[3], 1e-13);
        KZ_CHECK_CLOSE(gate.up_up, exp(0.5 * tau * (left + right)), 1e-14);
        KZ_CHECK_CLOSE(gate.down_down * gate.up_up, 1.0, 1e-14);
        assert_true(cimag(gate.same) == 0.0 && cimag(gate.other) == 0.0);
    }
}

/* At beta = 0 spins are independent. */
static void infinite_temperature_is_a_product(void **state)
{
    (void)state;
    static const double mu[] = {0.0, 0.7, -3.0, 25.0};
    kz_thermal_params params = with_chi(16);
    for (size_t k = 0; k < 4; k++) {
        kz_thermal_triple t;
        double re[64], im[64], up = 1.0 / (1.0 + exp(-mu[k]));
        KZ_CHECK_OK(kz_thermal_density(&t, 0.6, 0.0, mu[k], &params));
        kz_density_unpack(re, im, t.rho);
        for (int a = 0; a < 64; a++) {
            double expected = 1.0;
            for (int bit = 0; bit < 3; bit++)
                expected *= a / 8 >> bit & 1 ? 1.0 - up : up;
            KZ_CHECK_CLOSE(re[a], a / 8 == a % 8 ? expected : 0.0, 1e-14);
            KZ_CHECK_CLOSE(im[a], 0.0, 1e-15);
        }
        KZ_CHECK_CLOSE(t.magnetization, 0.5 * tanh(0.5 * mu[k]), 1e-14);
        KZ_CHECK_CLOSE(t.energy, 0.6 * t.magnetization * t.magnetization, 1e-14);
    }
}

/* <c+_0 c_r> of the XX chain, energy +cos k; periodic integrand, the sum converges geometrically.
 */
static double correlation(double beta, double mu, int r)
{
    enum { NODES = 512 };
    double sum = 0.0;
    for (int j = 0; j < NODES; j++) {
        double k = 2.0 * pi * j / NODES;
        sum += cos(k * r) / (1.0 + exp(beta * cos(k) - mu)) / NODES;
    }
    return sum;
}

/* Determinant of the rows and columns given as bits, of one size. */
static double minor_of(double m[3][3], int rows, int columns)
{
    int r[3], c[3], n = 0, k = 0;
    for (int i = 0; i < 3; i++) {
        if (rows >> i & 1) r[n++] = i;
        if (columns >> i & 1) c[k++] = i;
    }
    if (n == 0) return 1.0;
    if (n == 1) return m[r[0]][c[0]];
    if (n == 2) return m[r[0]][c[0]] * m[r[1]][c[1]] - m[r[0]][c[1]] * m[r[1]][c[0]];
    double sum = 0.0;
    for (int i = 0; i < 3; i++)
        sum += m[0][i] *
               (m[1][(i + 1) % 3] * m[2][(i + 2) % 3] - m[1][(i + 2) % 3] * m[2][(i + 1) % 3]);
    return sum;
}

static int count(int bits) { return (bits & 1) + (bits >> 1 & 1) + (bits >> 2 & 1); }

/* Occupied sites (site i: bit i) of state 4 s1 + 2 s2 + s3, s = 0 for up. */
static int occupied(int a) { return (a & 4 ? 0 : 1) | (a & 2 ? 0 : 2) | (a & 1 ? 0 : 4); }

/* Gaussian state of three sites: eigenvectors of the correlation matrix are independent modes. */
static void gaussian(double rho[64], double beta, double mu)
{
    double v[9], n[3], mode[3][3];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            v[3 * i + j] = correlation(beta, mu, i - j);
    assert_int_equal(LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'U', 3, v, 3, n), 0);
    memcpy(mode, v, sizeof mode); /* mode[i][k]: site i of mode k */
    for (int a = 0; a < 8; a++) {
        for (int b = 0; b < 8; b++) {
            int x = occupied(a), y = occupied(b);
            rho[8 * a + b] = 0.0;
            for (int s = 0; s < 8 && count(x) == count(y); s++) {
                double weight = 1.0;
                if (count(s) != count(x)) continue;
                for (int k = 0; k < 3; k++)
                    weight *= s >> k & 1 ? n[k] : 1.0 - n[k];
                rho[8 * a + b] += weight * minor_of(mode, x, s) * minor_of(mode, y, s);
            }
        }
    }
}

/* All twenty numbers of the XX chain by Wick's theorem. */
static void free_fermions_by_wick(void **state)
{
    (void)state;
    static const double beta[] = {1.0, 2.0, -1.5, 0.3}, mu[] = {0.0, 0.0, -1.0, 2.0};
    kz_thermal_params params = with_chi(56);
    for (size_t k = 0; k < 4; k++) {
        kz_thermal_triple t;
        double re[64], im[64], rho[64], four[KZ_DENSITY_SIZE];
        KZ_CHECK_OK(kz_thermal_density(&t, 0.0, beta[k], mu[k], &params));
        check_is_state(t.rho);
        kz_density_unpack(re, im, t.rho);
        gaussian(rho, beta[k], mu[k]);
        print_message("# beta %g, mu %g: worst %.1e, err %.1e\n", beta[k], mu[k],
                      worst_of(re, rho, 64, 0.0), t.err);
        KZ_CHECK_CLOSE(worst_of(re, rho, 64, 0.0), 0.0, 1e-8);
        assert_true(worst_of(re, rho, 64, 0.0) <= t.err);
        if (mu[k] != 0.0) continue;
        kz_thermal_pack(four, 0.5 * t.energy, -t.energy * t.energy, t.energy * t.energy, 0.0);
        KZ_CHECK_CLOSE(kz_thermal_distance_bound(t.rho, four), 0.0, 1e-8);
    }
}

/* Energy and magnetization of the thermodynamic Bethe ansatz. */
static void bethe_ansatz(void **state)
{
    (void)state;
    static const struct {
        int P;
        double beta, mu;
    } cases[] = {{4, 1.0, 0.0}, {4, -2.0, 0.0}, {3, 2.0, 0.0}, {3, 0.8, 0.7}, {3, -1.0, -1.2}};
    kz_thermal_params params = with_chi(64);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        kz_thermal_triple t;
        kz_thermo exact;
        kz_chain chain = kz_chain_xxz(cases[k].P);
        kz_state thermal = kz_state_thermal(cases[k].beta, cases[k].mu);
        KZ_CHECK_OK(kz_thermo_compute(&exact, chain, &thermal, 1e-12));
        KZ_CHECK_OK(
            kz_thermal_density(&t, kz_chain_delta(chain), cases[k].beta, cases[k].mu, &params));
        print_message("# P %d, beta %g, mu %g: energy %.1e, magnetization %.1e, err %.1e\n",
                      cases[k].P, cases[k].beta, cases[k].mu, t.energy - exact.energy,
                      t.magnetization - exact.magnetization, t.err);
        check_is_state(t.rho);
        KZ_CHECK_CLOSE(t.energy, exact.energy, fmin(t.err, 1e-9));
        KZ_CHECK_CLOSE(t.magnetization, exact.magnetization, fmin(t.err, 1e-9));
    }
}

/* Thermal states of rings differ from the infinite chain's by paths around the ring. */
static void rings_by_exact_diagonalisation(void **state)
{
    (void)state;
    static const double beta[] = {0.5, -0.5}, mu[] = {0.0, 0.5};
    kz_thermal_params params = with_chi(64);
    for (int k = 0; k < 2; k++) {
        kz_thermal_triple t;
        double re[64], im[64], ring[64], error[2];
        KZ_CHECK_OK(kz_thermal_density(&t, sqrt(0.5), beta[k], mu[k], &params));
        kz_density_unpack(re, im, t.rho);
        for (int size = 0; size < 2; size++) {
            ring_density(ring, size ? 10 : 8, sqrt(0.5), beta[k], mu[k]);
            error[size] = worst_of(re, ring, 64, 0.0);
        }
        print_message("# beta %g, mu %g: rings of 8, 10 sites are off by %.1e, %.1e\n", beta[k],
                      mu[k], error[0], error[1]);
        KZ_CHECK_CLOSE(error[0], 0.0, 2e-6);
        assert_true(error[1] < 0.1 * error[0]);
    }
}

/* Between the states of a table: a state computed on its own, found by its energy. */
static void table_interpolates_in_energy(void **state)
{
    (void)state;
    static const double beta[] = {0.9, 0.05, 0.0, -0.4}, band[2] = {-0.375, 0.27451905283832856};
    kz_thermal_params params = with_chi(64);
    kz_thermal_table *table, *again;
    KZ_CHECK_OK(kz_thermal_table_create(&table, 0.5, band, -0.14, 0.06, &params));
    KZ_CHECK_OK(kz_thermal_table_restore(&again, 0.5, band, kz_thermal_table_nodes(table),
                                         kz_thermal_table_count(table)));
    for (size_t k = 0; k < 4; k++) {
        kz_thermal_triple t;
        double rho[KZ_DENSITY_SIZE], same[KZ_DENSITY_SIZE], err;
        KZ_CHECK_OK(kz_thermal_density(&t, 0.5, beta[k], 0.0, &params));
        KZ_CHECK_OK(kz_thermal_table_density(rho, &err, table, t.energy));
        KZ_CHECK_OK(kz_thermal_table_density(same, NULL, again, t.energy));
        print_message("# beta %g: %.1e, err %.1e\n", beta[k], kz_thermal_distance_bound(rho, t.rho),
                      err);
        KZ_CHECK_CLOSE(kz_thermal_distance_bound(rho, t.rho), 0.0, fmin(err + t.err, 2e-8));
        assert_true(memcmp(rho, same, sizeof rho) == 0);
        check_is_state(rho);
    }
    double rho[KZ_DENSITY_SIZE], before = rho[0] = 7.0;
    KZ_CHECK_STATUS(kz_thermal_table_density(rho, NULL, table, 0.3), KZ_EDOMAIN);
    KZ_CHECK_STATUS(kz_thermal_table_density(rho, NULL, table, NAN), KZ_EDOMAIN);
    assert_true(rho[0] == before);
    kz_thermal_table_free(table);
    kz_thermal_table_free(again);
}

/* At Delta = 0 everything is a square of the energy, whatever the energy. */
static void table_of_free_fermions_is_the_closed_form(void **state)
{
    (void)state;
    double band[2] = {-1.0 / pi, 1.0 / pi}, rho[KZ_DENSITY_SIZE], exact[KZ_DENSITY_SIZE], err;
    kz_thermal_params params = kz_thermal_params_default();
    kz_thermal_table *table;
    KZ_CHECK_OK(kz_thermal_table_create(&table, 0.0, band, -1.0, 1.0, &params));
    for (int k = 0; k <= 4; k++) {
        double e = band[0] + 0.25 * k * (band[1] - band[0]);
        KZ_CHECK_OK(kz_thermal_table_density(rho, &err, table, e));
        kz_thermal_pack(exact, 0.5 * e, -e * e, e * e, 0.0);
        KZ_CHECK_CLOSE(kz_thermal_distance_bound(rho, exact), err, 1e-14);
    }
    kz_thermal_table_free(table);
}

/* A table made of states of free fermions, by interpolation and with edges that are fitted. */
static void edges_continue_the_states(void **state)
{
    (void)state;
    enum { MOST = 400 };
    kz_thermal_node *node = calloc(MOST, sizeof *node);
    double band[2] = {-1.0 / pi, 1.0 / pi}, delta = 1e-13;
    size_t size = 0;
    for (int k = 80; k >= -80; k--) {
        kz_thermo t;
        kz_state thermal = kz_state_thermal(0.3 * k, 0.0);
        KZ_CHECK_OK(kz_fermion_thermo(&t, &thermal));
        double e = t.energy;
        node[size++] = (kz_thermal_node){0.3 * k, e, 0.5 * e, -e * e, e * e, 0.0, 1e-12};
    }
    kz_thermal_table *table;
    KZ_CHECK_OK(kz_thermal_table_restore(&table, delta, band, node, size));
    assert_int_equal(kz_thermal_table_count(table), size + 2);
    assert_true(isinf(kz_thermal_table_nodes(table)[0].beta));
    for (int k = 0; k <= 1000; k++) {
        double e = band[1] * cos(pi * k / 1000), rho[KZ_DENSITY_SIZE], exact[KZ_DENSITY_SIZE], err;
        KZ_CHECK_OK(kz_thermal_table_density(rho, &err, table, e));
        kz_thermal_pack(exact, 0.5 * e, -e * e, e * e, 0.0);
        KZ_CHECK_CLOSE(kz_thermal_distance_bound(rho, exact), 0.0, 1e-9);
    }
    node[3].energy = node[2].energy;
    kz_thermal_table_free(table);
    KZ_CHECK_STATUS(kz_thermal_table_restore(&table, delta, band, node, size), KZ_EINVAL);
    assert_null(table);
    free(node);
}

static int stop_at_once(void *context, size_t done, size_t total)
{
    (void)context;
    assert_true(done < total);
    return 1;
}

static void misuse_is_refused(void **state)
{
    (void)state;
    const double band[2] = {-0.375, 0.2745}, wrong[2] = {0.1, 0.2};
    kz_thermal_params params = with_chi(16), bad[4];
    kz_thermal_triple t = {.energy = 7.0};
    kz_thermal_table *table = (kz_thermal_table *)1;
    for (int k = 0; k < 4; k++)
        bad[k] = params;
    bad[0].chi = 2;
    bad[1].step = 0.0;
    bad[2].step = NAN;
    bad[3].threads = 0;
    for (int k = 0; k < 4; k++)
        KZ_CHECK_STATUS(kz_thermal_density(&t, 0.5, 1.0, 0.0, &bad[k]), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_thermal_density(&t, -1.0, 1.0, 0.0, &params), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_thermal_density(&t, NAN, 1.0, 0.0, &params), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_thermal_density(&t, 0.5, INFINITY, 0.0, &params), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_thermal_density(&t, 0.5, 1.0, 31.0, &params), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_thermal_table_create(&table, -1.0, band, -1, 1, &params), KZ_EINVAL);
    assert_null(table);
    KZ_CHECK_STATUS(kz_thermal_table_create(&table, 0.5, wrong, -1, 1, &params), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_thermal_table_create(&table, 0.5, band, 1, -1, &params), KZ_EINVAL);
    params.progress = stop_at_once;
    KZ_CHECK_STATUS(kz_thermal_density(&t, 0.5, 1.0, 0.0, &params), KZ_ECANCELLED);
    KZ_CHECK_STATUS(kz_thermal_table_create(&table, 0.5, band, -1, 1, &params), KZ_ECANCELLED);
    assert_null(table);
    assert_true(t.energy == 7.0);
    kz_thermal_table_free(NULL);
}

/* Each allocation of a single state; of a table, which has hundreds alike, one in ten. */
static void every_allocation_may_fail(void **state)
{
    (void)state;
    const double band[2] = {-0.375, 0.27451905283832856};
    kz_thermal_params params = with_chi(8);
    params.step = 1.0;
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status != KZ_OK; k++) {
        kz_thermal_triple t;
        kz_alloc_fail_at(k);
        status = kz_thermal_density(&t, 0.5, 0.1, 0.0, &params);
        kz_alloc_fail_at(0);
        if (status != KZ_OK) KZ_CHECK_STATUS(status, KZ_ENOMEM);
    }
    status = KZ_ENOMEM;
    for (unsigned long k = 1; status != KZ_OK; k += 1 + k / 10) {
        kz_thermal_table *table;
        kz_alloc_fail_at(k);
        status = kz_thermal_table_create(&table, 0.5, band, -0.01, 0.01, &params);
        kz_alloc_fail_at(0);
        if (status != KZ_OK) KZ_CHECK_STATUS(status, KZ_ENOMEM);
        assert_true((table != NULL) == (status == KZ_OK));
        kz_thermal_table_free(table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cooling_gate_is_the_exponential),
        cmocka_unit_test(infinite_temperature_is_a_product),
        cmocka_unit_test(free_fermions_by_wick),
        cmocka_unit_test(bethe_ansatz),
        cmocka_unit_test(rings_by_exact_diagonalisation),
        cmocka_unit_test(table_interpolates_in_energy),
        cmocka_unit_test(table_of_free_fermions_is_the_closed_form),
        cmocka_unit_test(edges_continue_the_states),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("thermal", tests, NULL, NULL);
}
