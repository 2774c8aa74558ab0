/* Thermodynamics of XXZ chains: tables, closed forms, limits, exact diagonalisation. */
#include <string.h>

#include <kapitza/fermion.h>

#include "support/ed.h"
#include "support/reference.h"
#include "support/thermo.h"

static const double pi = 3.14159265358979323846;
static const double ln2 = 0.693147180559945309417;

/* -- exact ----------------------------------------------------------------------------------- */

static void exact_reference_table(void **unused)
{
    (void)unused;
    FILE *file = kz_reference_open("thermo_reference.tsv");
    kz_reference_row row;
    int rows = 0;
    assert_true(kz_reference_next(&row, file));
    while (kz_reference_next(&row, file)) {
        double beta = kz_reference_number(&row, 1), mu = kz_reference_number(&row, 2);
        kz_thermo t = xxz_thermal((int)kz_reference_number(&row, 0), beta, mu, 1e-12);
        const double actual[8] = {t.ln_z,       t.energy,        t.magnetization,
                                  t.entropy,    t.heat_capacity, t.susceptibility,
                                  t.drude_spin, t.drude_energy};
        /* both errors and the last of 14 printed digits */
        double tol = t.err + kz_reference_number(&row, 11) + 1e-13;
        for (int i = 0; i < 8; i++)
            KZ_CHECK_CLOSE_REL(actual[i], kz_reference_number(&row, 3 + i), tol);
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 41);
}

/* Values found by independent implementations before this one, to the digits known. */
static void exact_published(void **unused)
{
    (void)unused;
    kz_thermo a = xxz_thermal(4, 1, 0.7, 1e-12), b = xxz_thermal(4, -1, 0.5, 1e-12);
    KZ_CHECK_CLOSE(a.energy, -0.149250518, 6e-10);
    KZ_CHECK_CLOSE(a.magnetization, 0.109488756, 6e-10);
    KZ_CHECK_CLOSE(a.ln_z, 0.8160358968, 6e-11);
    KZ_CHECK_CLOSE(b.energy, 0.122751734, 6e-10);
    KZ_CHECK_CLOSE(b.magnetization, 0.152558282, 6e-10);
    KZ_CHECK_CLOSE(b.ln_z, 0.797396370, 6e-10);
    KZ_CHECK_CLOSE(xxz_thermo(4, kz_state_ground(0.8), 1e-12).energy, -0.3474254952, 6e-11);
    KZ_CHECK_CLOSE(xxz_thermo(4, kz_state_ground(0.8), 1e-12).magnetization, 0.1310167481, 6e-11);
}

/* beta = 0: independent spins.  -de/dbeta is the variance of h_n + 2 Cov(h_n, h_{n+1}), with
 * s = <Sz>: (1/8 - s^2... ) worked out below from single-spin traces. */
static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    const double mu[] = {0, 1e-7, 0.7, -2, 5, -30};
    for (int P = 2; P <= 8; P += 2) {
        double D = cos(pi / P);
        for (size_t i = 0; i < 6; i++) {
            double half = 0.5 * mu[i], size = fabs(half), s = 0.5 * tanh(half);
            double ln_cosh = size + log1p(exp(-2 * size)) - ln2, tol = 2e-12;
            kz_thermo t = xxz_thermal(P, 0, mu[i], 1e-12);
            KZ_CHECK_CLOSE_REL(t.ln_z, ln2 + ln_cosh, tol);
            KZ_CHECK_NAN(t.free_energy);
            KZ_CHECK_CLOSE(t.energy, D * s * s, tol);
            KZ_CHECK_CLOSE(t.magnetization, s, tol);
            KZ_CHECK_CLOSE_REL(t.entropy, ln2 + ln_cosh - mu[i] * s, tol);
            double chi = 0.25 - s * s;
            KZ_CHECK_CLOSE(t.susceptibility, chi, tol);
            KZ_CHECK_CLOSE(t.heat_capacity, mu[i] * mu[i] * chi,
                           tol * fmax(1, mu[i] * mu[i] * chi));
            /* dm/dbeta = -d(D s^2)/dmu */
            KZ_CHECK_CLOSE(t.magnetization_beta, -2 * D * s * chi, tol);
            /* <(SxSx + SySy)^2> = (1 - 4 s^2)/8, D^2 (1/16 - s^4), neighbours 2 D^2 s^2 chi;
             * the xy part has no correlation with the others */
            double variance =
                (1 - 4 * s * s) / 8 + D * D * (1.0 / 16 - s * s * s * s) + 2 * D * D * s * s * chi;
            KZ_CHECK_CLOSE(t.energy_beta, -variance, tol);
        }
    }
}

static void exact_infinite_temperature_drude(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 12; P++) {
        double D = cos(pi / P);
        kz_thermo t = xxz_thermal(P, 0, 0, 1e-12);
        KZ_CHECK_CLOSE(t.drude_spin, 0.125 * (1 - P / (2 * pi) * sin(2 * pi / P)), 2e-12);
        KZ_CHECK_CLOSE(t.drude_energy, (1 + 2 * D * D) / 32, 2e-12);
        KZ_CHECK_CLOSE(t.drude_cross, 0, 2e-12);
    }
}

static void exact_high_temperature(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 6; P++) {
        double D = cos(pi / P), b = 2e-3;
        kz_thermo plus = xxz_thermal(P, b, 0, 1e-13), minus = xxz_thermal(P, -b, 0, 1e-13);
        /* odd and even parts in beta, with their next terms b^3 k4/6 and b^4 k5/24 as tolerance */
        KZ_CHECK_CLOSE(0.5 * (plus.energy - minus.energy), -b * (2 + D * D) / 16, 3e-10);
        KZ_CHECK_CLOSE(0.5 * (plus.energy + minus.energy), -3 * D * b * b / 64, 1e-12);
        KZ_CHECK_CLOSE(0.5 * (plus.energy_beta + minus.energy_beta), -(2 + D * D) / 16, 5e-7);
        KZ_CHECK_CLOSE(0.5 * (plus.energy_beta - minus.energy_beta), -6 * D * b / 64, 2e-9);
        /* entropy = ln 2 - b^2/2 of the variance */
        KZ_CHECK_CLOSE(0.5 * (plus.entropy + minus.entropy), ln2 - b * b * (2 + D * D) / 32, 1e-11);
    }
}

/* e = e0 + pi T^2/6v in both limits; what follows is of relative order T^(4/(P-1)) for the first
 * and T^2 or T^(4(P-1)...) for the second, so that the approach is measured, not assumed. */
static void exact_low_temperature(void **unused)
{
    (void)unused;
    for (int P = 2; P <= 4; P++) {
        kz_chain chain = kz_chain_xxz(P);
        double g = pi / P;
        for (int sign = -1; sign <= 1; sign += 2) {
            double v = 0.5 * pi * sin(g) / (sign > 0 ? g : pi - g), last = INFINITY;
            double edge = sign > 0 ? kz_chain_energy_min(chain) : kz_chain_energy_max(chain);
            for (double beta = 50; beta < 1000; beta *= 4) {
                double T = 1 / beta;
                kz_thermo t = xxz_thermal(P, sign * beta, 0, 1e-12);
                double ratio = sign * (t.energy - edge) / (pi * T * T / (6 * v));
                KZ_CHECK_CLOSE(ratio, 1, fmin(last, 5e-3)); /* nearer at each step */
                KZ_CHECK_CLOSE(t.entropy / (pi * T / (3 * v)), 1, 5e-3);
                KZ_CHECK_CLOSE(t.heat_capacity / (pi * T / (3 * v)), 1, 1e-2);
                KZ_CHECK_CLOSE(t.drude_energy / (pi * v / 3 * T * T * T), 1, 2e-2);
                last = fabs(ratio - 1) + 1e-12 / (T * T);
            }
            assert_true(last < 2e-4);
        }
    }
    /* The ratio by independent implementations: 1.0016 and 0.9993 at |beta| = 50, P = 4; 1.0027 and
     * 0.975 at P = 6 */
    const double printed[2][2] = {{0.9993, 1.0016}, {0.975, 1.0027}};
    for (int i = 0; i < 2; i++) {
        int P = i == 0 ? 4 : 6;
        kz_chain chain = kz_chain_xxz(P);
        double g = pi / P, T = 1.0 / 50;
        double low = (xxz_thermal(P, 50, 0, 1e-12).energy - kz_chain_energy_min(chain)) * 3 *
                     sin(g) / (g * T * T);
        double high = (kz_chain_energy_max(chain) - xxz_thermal(P, -50, 0, 1e-12).energy) * 3 *
                      sin(g) / ((pi - g) * T * T);
        KZ_CHECK_CLOSE(high, printed[i][0], i == 0 ? 5.1e-5 : 5.1e-4);
        KZ_CHECK_CLOSE(low, printed[i][1], 5.1e-5);
    }
}

static void exact_free_fermions(void **unused)
{
    (void)unused;
    uint64_t seed = 12;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 25; i++) {
        kz_state state =
            kz_state_thermal(kz_check_uniform(&seed, -6, 6), kz_check_uniform(&seed, -6, 6));
        kz_thermo xx, xxz = xxz_thermo(2, state, 1e-13);
        KZ_CHECK_OK(kz_fermion_thermo(&xx, &state));
        KZ_CHECK_THERMO(&xxz, &xx, KZ_THERMO_NUMBERS, 1e-12);
    }
    const kz_state limits[] = {kz_state_ground(0),   kz_state_ground(0.4), kz_state_ground(-0.9),
                               kz_state_ground(1.5), kz_state_ceiling(),   kz_state_up(),
                               kz_state_down()};
    for (size_t i = 0; i < 7; i++) {
        kz_thermo xx, xxz = xxz_thermo(2, limits[i], 1e-13);
        KZ_CHECK_OK(kz_fermion_thermo(&xx, &limits[i]));
        KZ_CHECK_CLOSE(xxz.energy, xx.energy, 1e-12);
        KZ_CHECK_CLOSE(xxz.magnetization, xx.magnetization, 1e-12);
        assert_true(isnan(xxz.free_energy) == isnan(xx.free_energy));
        if (!isnan(xx.free_energy)) KZ_CHECK_CLOSE(xxz.free_energy, xx.free_energy, 1e-12);
        assert_true(xxz.beta == xx.beta || (isnan(xxz.beta) && isnan(xx.beta)));
        assert_true(xxz.mu == xx.mu);
    }
}

static void exact_pure_states(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 6; P++) {
        double D = cos(pi / P);
        kz_chain chain = kz_chain_xxz(P);
        kz_thermo up = xxz_thermo(P, kz_state_up(), 1e-12),
                  down = xxz_thermo(P, kz_state_down(), 1e-12);
        kz_thermo full = xxz_thermo(P, kz_state_ground(1 + D), 1e-12);
        kz_thermo top = xxz_thermo(P, kz_state_ceiling(), 1e-12);
        kz_thermo ground = xxz_thermo(P, kz_state_ground(0), 1e-12);
        KZ_CHECK_CLOSE(up.energy, 0.25 * D, 1e-16);
        KZ_CHECK_CLOSE(down.energy, 0.25 * D, 1e-16);
        KZ_CHECK_CLOSE(full.energy, 0.25 * D, 1e-16);
        KZ_CHECK_CLOSE(full.free_energy, 0.25 * D - 0.5 * (1 + D), 1e-15);
        KZ_CHECK_CLOSE(up.magnetization, 0.5, 0);
        KZ_CHECK_CLOSE(down.magnetization, -0.5, 0);
        KZ_CHECK_CLOSE(full.magnetization, 0.5, 0);
        KZ_CHECK_CLOSE(top.energy, kz_chain_energy_max(chain), 0);
        KZ_CHECK_CLOSE(ground.energy, kz_chain_energy_min(chain), 0);
        const kz_thermo *pure[] = {&up, &down, &full, &top, &ground};
        for (size_t i = 0; i < 5; i++) {
            KZ_CHECK_NAN(pure[i]->ln_z);
            KZ_CHECK_CLOSE(pure[i]->entropy, 0, 0);
            KZ_CHECK_CLOSE(pure[i]->heat_capacity, 0, 0);
            KZ_CHECK_CLOSE(pure[i]->drude_energy, 0, 0);
        }
        assert_true(top.beta < 0 && isinf(top.beta) && ground.beta > 0 && isinf(ground.beta));
        KZ_CHECK_NAN(up.beta);
    }
}

/* -- exact diagonalisation ------------------------------------------------------------------- */

/* A ring differs from the infinite chain by windings, which first appear at order L of the series
 * in beta: at |beta| <= 1 the difference is below L^2/4^L, h_n having norm <= (2 + Delta)/4. */
static void property_exact_diagonalisation(void **unused)
{
    (void)unused;
    const int P[] = {3, 4, 6};
    const double point[][2] = {{0.4, 0},    {1, 0},      {-1, 0},   {0.8, 0.7},
                               {-0.9, 0.5}, {0.5, -1.5}, {-0.3, 3}, {1, -0.2}};
    for (size_t p = 0; p < 3; p++) {
        double D = cos(pi / P[p]), largest[2] = {0};
        for (int size = 0; size < 2; size++) {
            int L = size == 0 ? 10 : 14;
            ed_spectrum *ring = ed_spectrum_create(L, D);
            for (size_t i = 0; i < sizeof point / sizeof *point; i++) {
                double a[KZ_THERMO_NUMBERS], b[KZ_THERMO_NUMBERS];
                kz_thermo finite = ed_spectrum_thermo(ring, point[i][0], point[i][1]);
                kz_thermo infinite = xxz_thermal(P[p], point[i][0], point[i][1], 1e-11);
                kz_thermo_list(a, &finite);
                kz_thermo_list(b, &infinite);
                for (int k = 0; k < KZ_THERMO_MOMENTS; k++) { /* no Drude weights on the ring */
                    double error = fabs(a[k] - b[k]);
                    largest[size] = error <= largest[size] ? largest[size] : error;
                }
            }
            ed_spectrum_free(ring);
        }
        print_message("# P = %d: largest difference %.2e at L = 10, %.2e at L = 14\n", P[p],
                      largest[0], largest[1]);
        assert_true(largest[0] <= 10 * 10 * pow(4, -10));
        assert_true(largest[1] <= 14 * 14 * pow(4, -14));
        assert_true(largest[1] <= pow(4, -4) * 2 * largest[0]);
    }
}

/* -- edges ----------------------------------------------------------------------------------- */

/* T -> 0 at P = 4 with mu fixed and with mu = beta h: the ground state in the field mu/beta.
 * Corrections are pi T^2/6v, and to m the same with dv/dh/v^2. */
static void edge_cold(void **unused)
{
    (void)unused;
    const double beta[] = {100, 1000, 1e4};
    for (size_t i = 0; i < 3; i++) {
        double T = 1 / beta[i];
        kz_thermo fixed = xxz_thermal(4, beta[i], 1, 1e-9), top = xxz_thermal(4, -beta[i], 0, 1e-9);
        kz_thermo ground = xxz_thermo(4, kz_state_ground(T), 1e-9);
        KZ_CHECK_CLOSE(fixed.energy, ground.energy, 3 * T * T + 2e-9);
        /* h = T itself is as small as the temperature: m = chi h, chi(T) - chi(0) -> 0 */
        KZ_CHECK_CLOSE(fixed.magnetization, ground.magnetization, 0.2 * ground.magnetization);
        KZ_CHECK_CLOSE(top.energy, kz_chain_energy_max(kz_chain_xxz(4)), 3 * T * T + 2e-9);
        assert_true(fixed.entropy < 2 * T && top.entropy < 4 * T);
        if (beta[i] > 300) continue; /* poles at distance T from the axis: see long-equilibrium */
        kz_thermo field = xxz_thermal(4, beta[i], 0.8 * beta[i], 1e-9);
        kz_thermo zero = xxz_thermo(4, kz_state_ground(0.8), 1e-9);
        KZ_CHECK_CLOSE(field.energy, zero.energy, 3 * T * T);
        KZ_CHECK_CLOSE(field.magnetization, zero.magnetization, 3 * T * T);
        KZ_CHECK_CLOSE(field.free_energy, zero.free_energy, 3 * T * T);
    }
}

static void edge_overflow(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 5; P++) {
        double D = cos(pi / P);
        for (int sign = -1; sign <= 1; sign += 2) {
            kz_thermo t = xxz_thermal(P, 1, sign * 700, 1e-10);
            KZ_CHECK_CLOSE(t.magnetization, 0.5 * sign, 1e-10);
            KZ_CHECK_CLOSE(t.energy, 0.25 * D, 1e-10);
            KZ_CHECK_CLOSE(t.entropy, 0, 1e-10);
            KZ_CHECK_CLOSE(t.susceptibility, 0, 1e-10);
            t = xxz_thermal(P, 1e4 * sign, 0, 1e-9);
            assert_true(fabs(t.energy) <= 0.5 && t.entropy >= 0 && t.drude_spin >= 0);
        }
    }
    kz_thermo tiny = xxz_thermal(4, 1e-300, 1e-300, 1e-12);
    KZ_CHECK_CLOSE(tiny.entropy, ln2, 1e-12);
    KZ_CHECK_CLOSE(tiny.susceptibility, 0.25, 1e-12);
}

static void edge_many_strings(void **unused)
{
    (void)unused;
    const int P[] = {16, 32};
    for (size_t i = 0; i < 2; i++) {
        double D = cos(pi / P[i]), mu = 0.9, s = 0.5 * tanh(0.45);
        kz_thermo t = xxz_thermal(P[i], 0, mu, 1e-9);
        KZ_CHECK_CLOSE(t.energy, D * s * s, 1e-9);
        KZ_CHECK_CLOSE(t.magnetization, s, 1e-9);
        t = xxz_thermal(P[i], 0, 0, 1e-9);
        KZ_CHECK_CLOSE(t.drude_spin, 0.125 * (1 - P[i] / (2 * pi) * sin(2 * pi / P[i])), 1e-9);
        KZ_CHECK_CLOSE(t.drude_energy, (1 + 2 * D * D) / 32, 1e-9);
        t = xxz_thermal(P[i], 1, 0.7, 1e-9);
        KZ_CHECK_CLOSE(t.entropy, t.ln_z + t.energy - 0.7 * t.magnetization, 4e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_reference_table),
        cmocka_unit_test(exact_published),
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(exact_infinite_temperature_drude),
        cmocka_unit_test(exact_high_temperature),
        cmocka_unit_test(exact_low_temperature),
        cmocka_unit_test(exact_free_fermions),
        cmocka_unit_test(exact_pure_states),
        cmocka_unit_test(property_exact_diagonalisation),
        cmocka_unit_test(edge_cold),
        cmocka_unit_test(edge_overflow),
        cmocka_unit_test(edge_many_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
