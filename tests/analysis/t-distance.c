/* Trace distances and three-site matrices of free fermions. */
#include <complex.h>
#include <lapacke.h>
#include <string.h>

#include <kapitza/effective.h>
#include <kapitza/fermion.h>

#include "analysis/ring.h"
#include "fermion/correlation.h"
#include "support/check.h"

static const kz_chain XX = {.kind = KZ_CHAIN_XX};

enum { FULL = 8 }; /* states of three sites */

/* -- the trace norm --------------------------------------------------------------------------- */

/* Product state of three spins, packed. */
static void product(double *rho, int first, int second, int third)
{
    static const int place[2][2][2] = {{{0, 1}, {2, 10}}, {{3, 11}, {12, 19}}};
    memset(rho, 0, KZ_DENSITY_SIZE * sizeof *rho);
    rho[place[first][second][third]] = 1;
}

static void known_distances(void **state)
{
    (void)state;
    double up[KZ_DENSITY_SIZE], down[KZ_DENSITY_SIZE], a[KZ_DENSITY_SIZE] = {0};
    product(up, 0, 0, 0);
    product(down, 1, 1, 1);
    KZ_CHECK_CLOSE(kz_density_distance(up, down), 2, 1e-15);
    KZ_CHECK_CLOSE(kz_density_distance(up, up), 0, 0);
    /* a coherence c between two states has eigenvalues +-|c| */
    a[1 + 3] = 0.3;
    a[1 + 4] = -0.4;
    double none[KZ_DENSITY_SIZE] = {0};
    KZ_CHECK_CLOSE(kz_density_distance(a, none), 1, 1e-15);
    a[10 + 7] = 0.05;
    KZ_CHECK_CLOSE(kz_density_distance(none, a), 1.1, 1e-15);
    a[3] = NAN;
    KZ_CHECK_NAN(kz_density_distance(a, none));
}

/* Against the singular values of the full 8 x 8 difference. */
static void full_matrix_agrees(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (int repeat = 0; repeat < 50; repeat++) {
        double a[KZ_DENSITY_SIZE], b[KZ_DENSITY_SIZE], re[64], im[64], value[FULL], work[FULL];
        lapack_complex_double d[64];
        for (int i = 0; i < KZ_DENSITY_SIZE; i++) {
            a[i] = kz_check_uniform(&seed, -1, 1);
            b[i] = kz_check_uniform(&seed, -1, 1);
        }
        double packed[KZ_DENSITY_SIZE], sum = 0;
        for (int i = 0; i < KZ_DENSITY_SIZE; i++)
            packed[i] = a[i] - b[i];
        kz_density_unpack(re, im, packed);
        for (int i = 0; i < 64; i++)
            d[i] = CMPLX(re[i], im[i]);
        assert_int_equal(LAPACKE_zgesvd(LAPACK_ROW_MAJOR, 'N', 'N', FULL, FULL, d, FULL, value,
                                        NULL, FULL, NULL, FULL, work),
                         0);
        for (int i = 0; i < FULL; i++)
            sum += value[i];
        KZ_CHECK_CLOSE(kz_density_distance(a, b), sum, 1e-13);
    }
}

/* -- thermal states of free fermions ---------------------------------------------------------- */

static void check_density(const double *rho)
{
    double re[64], im[64], value[FULL], trace = 0;
    lapack_complex_double full[64];
    kz_density_unpack(re, im, rho);
    for (int i = 0; i < 64; i++)
        full[i] = CMPLX(re[i], im[i]);
    for (int i = 0; i < FULL; i++)
        trace += re[9 * i];
    KZ_CHECK_CLOSE(trace, 1, 1e-14);
    assert_int_equal(LAPACKE_zheev(LAPACK_ROW_MAJOR, 'N', 'U', FULL, full, FULL, value), 0);
    assert_true(value[0] > -1e-14);
}

/* At mu = 0 rho = 1/8 + 2 sum <S^a S^a> S^a S^a with xx1 = e/2, zz1 = -e^2, xx2 = e^2, zz2 = 0, at
 * every temperature. */
static void polynomials_in_the_energy(void **state)
{
    (void)state;
    static const double beta[] = {-30, -3, -0.2, 0, 0.7, 4, 100};
    for (size_t k = 0; k < sizeof beta / sizeof beta[0]; k++) {
        double rho[KZ_DENSITY_SIZE];
        kz_fermion_correlation c = kz_fermion_correlation_thermal(beta[k], 0);
        kz_state thermal = kz_state_thermal(beta[k], 0);
        kz_thermo t;
        KZ_CHECK_OK(kz_fermion_thermo(&t, &thermal));
        double e = t.energy, zz1 = -e * e;
        KZ_CHECK_CLOSE(c.c[1], e, 1e-14);
        KZ_CHECK_OK(kz_fermion_correlation_density(rho, &c));
        check_density(rho);
        const double block[9] = {0.125, 0.125 - zz1, 0.125, e / 2, 0, e * e, 0, e / 2, 0};
        KZ_CHECK_CLOSE(rho[0], 0.125 + zz1, 1e-14);
        KZ_CHECK_CLOSE(rho[19], 0.125 + zz1, 1e-14);
        for (int i = 0; i < 9; i++) {
            KZ_CHECK_CLOSE(rho[1 + i], block[i], 1e-14);
            KZ_CHECK_CLOSE(rho[10 + i], block[i], 1e-14);
        }
    }
}

/* Energy, magnetization of the correlations against closed forms and quadrature by panels. */
static void correlations_are_those_of_the_state(void **state)
{
    (void)state;
    static const double beta[] = {-80, -2, 1e-3, 0.5, 3, 400}, mu[] = {-30, -1, 0.2, 4, 40};
    for (size_t i = 0; i < sizeof beta / sizeof beta[0]; i++) {
        for (size_t k = 0; k < sizeof mu / sizeof mu[0]; k++) {
            double rho[KZ_DENSITY_SIZE];
            kz_state thermal = kz_state_thermal(beta[i], mu[k]);
            kz_thermo t;
            kz_fermion_correlation c = kz_fermion_correlation_thermal(beta[i], mu[k]);
            KZ_CHECK_OK(kz_fermion_thermo(&t, &thermal));
            KZ_CHECK_CLOSE(c.c[0] - 0.5, t.magnetization, 1e-13);
            KZ_CHECK_CLOSE(c.c[1], t.energy, 1e-13);
            KZ_CHECK_OK(kz_fermion_correlation_density(rho, &c));
            check_density(rho);
        }
    }
    /* a cold state is near its limit, the corrections are of order T^2 */
    kz_fermion_correlation cold = kz_fermion_correlation_thermal(2000, 2000 * 0.3);
    kz_fermion_correlation limit = kz_fermion_correlation_cold(INFINITY, cold.c[0] - 0.5);
    for (int r = 0; r < 3; r++)
        KZ_CHECK_CLOSE(cold.c[r], limit.c[r], 2e-6);
    cold = kz_fermion_correlation_thermal(-2000, 2000 * 0.3);
    limit = kz_fermion_correlation_cold(-INFINITY, cold.c[0] - 0.5);
    for (int r = 0; r < 3; r++)
        KZ_CHECK_CLOSE(cold.c[r], limit.c[r], 2e-6);
}

/* The state of the infinite chain differs from that of a ring by what winds around it, which falls
 * as (beta/4)^L.  No fermions and no strings there. */
static void rings_agree(void **state)
{
    (void)state;
    double last = INFINITY;
    for (int L = 4; L <= 8; L += 2) {
        double ring[KZ_DENSITY_SIZE], rho[KZ_DENSITY_SIZE], worst = 0;
        kz_fermion_correlation c = kz_fermion_correlation_thermal(0.25, 0.5);
        ring_state state_of_ring = ring_thermal(ring, L, 0, 0.25, 0.5);
        KZ_CHECK_OK(kz_fermion_correlation_density(rho, &c));
        for (int i = 0; i < KZ_DENSITY_SIZE; i++)
            worst = kz_check_largest(worst, fabs(ring[i] - rho[i]));
        KZ_CHECK_CLOSE(c.c[1], state_of_ring.energy, 2 * worst + 1e-15);
        KZ_CHECK_CLOSE(c.c[0] - 0.5, state_of_ring.magnetization, 4 * worst + 1e-15);
        assert_true(worst < 0.01 * last);
        last = worst;
    }
    assert_true(last < 1e-7);
}

/* -- rows with distances ---------------------------------------------------------------------- */

/* A chain that is thermal everywhere, of another temperature on every site, is at distance 0. */
static void thermal_profiles_are_at_zero(void **state)
{
    (void)state;
    enum { LENGTH = 14, ROWS = LENGTH - 2 };
    for (int magnetized = 0; magnetized <= 1; magnetized++) {
        kz_effective_params params = kz_effective_params_default(XX, kz_chain_xxz(2));
        params.magnetized = magnetized != 0;
        params.distances = true;
        double energy[LENGTH], m[LENGTH], density[ROWS * KZ_DENSITY_SIZE];
        kz_options options = kz_options_default();
        kz_effective *effective;
        kz_effective_row rows[ROWS];
        KZ_CHECK_OK(kz_effective_create(&effective, &params, &options));
        for (int i = 0; i < LENGTH; i++) {
            kz_fermion_correlation c =
                kz_fermion_correlation_thermal(1.1 * i - 6, magnetized ? 0.3 * i - 2 : 0);
            /* without magnetization one temperature throughout, as bonds are averaged */
            if (!magnetized) c = kz_fermion_correlation_thermal(-1.7, 0);
            energy[i] = c.c[1];
            m[i] = c.c[0] - 0.5;
            if (i < ROWS)
                KZ_CHECK_OK(kz_fermion_correlation_density(density + i * KZ_DENSITY_SIZE, &c));
        }
        const kz_effective_profile profile = {LENGTH, energy, m, density};
        KZ_CHECK_OK(kz_effective_rows(rows, effective, &profile));
        for (int i = 0; i < ROWS; i++) {
            assert_int_equal(rows[i].place, KZ_PLACE_OK);
            assert_true(rows[i].err < 1e-9);
            KZ_CHECK_CLOSE(rows[i].distance, 0, rows[i].err);
        }
        kz_effective_free(effective);
    }
}

/* The Neel state has energy 0 per bond in the XX chain: the distance is that to 1/8, of one state
 * with certainty to eight equally likely ones, 2 (1 - 1/8). */
static void neel_state(void **state)
{
    (void)state;
    enum { LENGTH = 6, ROWS = LENGTH - 2 };
    kz_effective_params params = kz_effective_params_default(XX, XX);
    params.magnetized = false;
    params.distances = true;
    double energy[LENGTH] = {0}, density[ROWS * KZ_DENSITY_SIZE];
    kz_options options = kz_options_default();
    kz_effective *effective;
    kz_effective_row rows[ROWS];
    KZ_CHECK_OK(kz_effective_create(&effective, &params, &options));
    for (int i = 0; i < ROWS; i++)
        product(density + i * KZ_DENSITY_SIZE, i % 2, (i + 1) % 2, i % 2);
    const kz_effective_profile profile = {LENGTH, energy, NULL, density};
    KZ_CHECK_OK(kz_effective_rows(rows, effective, &profile));
    for (int i = 0; i < ROWS; i++) {
        KZ_CHECK_CLOSE(rows[i].beta, 0, 1e-9);
        KZ_CHECK_CLOSE(rows[i].distance, 1.75, 1e-14);
    }
    kz_effective_free(effective);
}

/* Beyond the band, the distance is that to the state at its edge: 0 for that state itself. */
static void outside_is_cold(void **state)
{
    (void)state;
    enum { LENGTH = 8, ROWS = LENGTH - 2 };
    for (int magnetized = 0; magnetized <= 1; magnetized++) {
        kz_effective_params params = kz_effective_params_default(XX, XX);
        params.magnetized = magnetized != 0;
        params.distances = true;
        double energy[LENGTH], m[LENGTH], density[ROWS * KZ_DENSITY_SIZE];
        kz_options options = kz_options_default();
        kz_effective *effective;
        kz_effective_row rows[ROWS];
        KZ_CHECK_OK(kz_effective_create(&effective, &params, &options));
        for (int i = 0; i < LENGTH; i++) {
            double side = i < LENGTH / 2 ? INFINITY : -INFINITY;
            m[i] = magnetized ? 0.05 * (i - 3) : 0;
            kz_fermion_correlation c = kz_fermion_correlation_cold(side, m[i]);
            energy[i] = c.c[1] - copysign(1e-3, side);
            if (i < ROWS)
                KZ_CHECK_OK(kz_fermion_correlation_density(density + i * KZ_DENSITY_SIZE, &c));
        }
        const kz_effective_profile profile = {LENGTH, energy, m, density};
        KZ_CHECK_OK(kz_effective_rows(rows, effective, &profile));
        for (int i = 0; i < ROWS; i++) {
            if (!magnetized && i + 1 == LENGTH / 2) continue; /* mean of both edges */
            assert_int_equal(rows[i].place, KZ_PLACE_OUTSIDE);
            KZ_CHECK_CLOSE(rows[i].distance, 0, rows[i].err);
            assert_true(rows[i].err < 1e-12);
        }
        kz_effective_free(effective);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_distances),
        cmocka_unit_test(full_matrix_agrees),
        cmocka_unit_test(polynomials_in_the_energy),
        cmocka_unit_test(correlations_are_those_of_the_state),
        cmocka_unit_test(rings_agree),
        cmocka_unit_test(thermal_profiles_are_at_zero),
        cmocka_unit_test(neel_state),
        cmocka_unit_test(outside_is_cold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
