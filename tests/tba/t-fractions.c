/* Chains with gamma = pi Q/P, Q > 1: thermodynamics.  docs/delta.md. */
#include "support/ed.h"
#include "support/interpolate.h"
#include "support/thermo.h"
#include "tba/moments/moments.h"
#include "tba/thermal.h"

static const double pi = 3.14159265358979323846;
static const double ln2 = 0.693147180559945309417;

typedef struct {
    int P, Q;
} fraction;

/* Continued fractions of one to five levels, gamma on both sides of pi/2. */
static const fraction FRACTIONS[] = {{5, 2}, {7, 3},  {8, 3},  {12, 5}, {17, 7}, {31, 12},
                                     {3, 2}, {4, 3},  {5, 4},  {5, 3},  {7, 5},  {8, 5},
                                     {9, 7}, {12, 7}, {13, 8}, {13, 5}, {11, 2}};
enum { COUNT = sizeof FRACTIONS / sizeof *FRACTIONS };

static kz_thermo thermo(int P, int Q, double beta, double mu, double tol)
{
    kz_thermo out = {0};
    kz_state state = kz_state_thermal(beta, mu);
    KZ_CHECK_OK(kz_thermo_compute(&out, kz_chain_rational(P, Q), &state, tol));
    assert_true(out.err >= 0 && out.err <= tol);
    return out;
}

/* -- exact ----------------------------------------------------------------------------------- */

/* beta = 0: independent spins at any mu; series of the cumulants of H at mu = 0. */
static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    for (int i = 0; i < COUNT; i++) {
        int P = FRACTIONS[i].P, Q = FRACTIONS[i].Q;
        double D = cos(pi * Q / P), mu = i % 2 ? 0.9 : -2.3, s = 0.5 * tanh(0.5 * mu), tol = 2e-12;
        double sine = sin(pi * Q / P), unit = sin(pi / P), chi = 0.25 - s * s;
        kz_thermo t = thermo(P, Q, 0, mu, 1e-12), zero = thermo(P, Q, 0, 0, 1e-12);
        KZ_CHECK_CLOSE(t.ln_z, log(2 * cosh(0.5 * mu)), tol);
        KZ_CHECK_CLOSE(t.energy, D * s * s, tol);
        KZ_CHECK_CLOSE(t.magnetization, s, tol);
        KZ_CHECK_CLOSE(t.susceptibility, chi, tol);
        KZ_CHECK_CLOSE(t.magnetization_beta, -2 * D * s * chi, tol);
        KZ_CHECK_CLOSE(zero.energy_beta, -(2 + D * D) / 16, tol);
        KZ_CHECK_CLOSE(zero.drude_energy, (1 + 2 * D * D) / 32, tol);
        /* prosen2013: the bound by quasi-local charges, which is saturated */
        KZ_CHECK_CLOSE(zero.drude_spin,
                       sine * sine / (8 * unit * unit) * (1 - P / (2 * pi) * sin(2 * pi / P)), tol);
    }
}

/* At beta = +-40 corrections to e_edge +- pi T^2/6v are some 1e-3. */
static void exact_band_edges(void **unused)
{
    (void)unused;
    const fraction cases[] = {{5, 2}, {8, 3}, {3, 2}, {4, 3}, {12, 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int P = cases[i].P, Q = cases[i].Q;
        kz_chain chain = kz_chain_rational(P, Q);
        double g = pi * Q / P, T = 1.0 / 40;
        for (int sign = -1; sign <= 1; sign += 2) {
            double edge = sign > 0 ? kz_chain_energy_min(chain) : kz_chain_energy_max(chain);
            double v = 0.5 * pi * sin(g) / (sign > 0 ? g : pi - g);
            kz_thermo t = thermo(P, Q, sign / T, 0, 1e-11);
            KZ_CHECK_CLOSE(sign * (t.energy - edge) / (pi * T * T / (6 * v)), 1, 5e-3);
            KZ_CHECK_CLOSE(t.entropy / (pi * T / (3 * v)), 1, 5e-3);
            KZ_CHECK_CLOSE(t.drude_energy / (pi * v / 3 * T * T * T), 1, 2e-2);
        }
    }
}

/* The ground state in a field, solved on the Fermi sea, against cold states; up to saturation. */
static void exact_ground_in_field(void **unused)
{
    (void)unused;
    const fraction cases[] = {{5, 2}, {4, 3}, {3, 2}};
    for (size_t i = 0; i < 3; i++) {
        kz_chain chain = kz_chain_rational(cases[i].P, cases[i].Q);
        double D = kz_chain_delta(chain), h = 0.6 * (1 + D), beta = 150, T = 1 / beta;
        kz_state ground = kz_state_ground(h), full = kz_state_ground(1.01 * (1 + D));
        kz_thermo zero, saturated;
        KZ_CHECK_OK(kz_thermo_compute(&zero, chain, &ground, 1e-10));
        KZ_CHECK_OK(kz_thermo_compute(&saturated, chain, &full, 1e-10));
        kz_thermo cold = thermo(cases[i].P, cases[i].Q, beta, beta * h, 1e-9);
        KZ_CHECK_CLOSE(cold.energy, zero.energy, 10 * T * T);
        KZ_CHECK_CLOSE(cold.magnetization, zero.magnetization, 10 * T * T);
        KZ_CHECK_CLOSE(saturated.energy, 0.25 * D, 1e-15);
        KZ_CHECK_CLOSE(saturated.magnetization, 0.5, 0);
    }
}

/* -- exact diagonalisation ------------------------------------------------------------------- */

/* As in t-equilibrium: a ring differs by windings, below L^2/4^L at |beta| <= 1. */
static void property_exact_diagonalisation(void **unused)
{
    (void)unused;
    const fraction cases[] = {{5, 2}, {7, 3}, {4, 3}, {12, 5}, {3, 2}};
    const double point[][2] = {{0.7, 0}, {-0.7, 0}, {0.8, 0.7}, {-0.9, 0.5}, {0.5, -1.5}, {1, 0}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double D = cos(pi * cases[c].Q / cases[c].P), largest[2] = {0};
        for (int size = 0; size < 2; size++) {
            int L = size == 0 ? 8 : 12;
            ed_spectrum *ring = ed_spectrum_create(L, D);
            for (size_t i = 0; i < sizeof point / sizeof *point; i++) {
                double a[KZ_THERMO_NUMBERS], b[KZ_THERMO_NUMBERS];
                kz_thermo finite = ed_spectrum_thermo(ring, point[i][0], point[i][1]);
                kz_thermo infinite =
                    thermo(cases[c].P, cases[c].Q, point[i][0], point[i][1], 1e-11);
                kz_thermo_list(a, &finite);
                kz_thermo_list(b, &infinite);
                for (int k = 0; k < KZ_THERMO_MOMENTS; k++) {
                    double error = fabs(a[k] - b[k]);
                    largest[size] = error <= largest[size] ? largest[size] : error;
                }
            }
            ed_spectrum_free(ring);
        }
        print_message("# %d/%d: largest difference %.2e at L = 8, %.2e at L = 12\n", cases[c].Q,
                      cases[c].P, largest[0], largest[1]);
        assert_true(largest[0] <= 8 * 8 * pow(4, -8));
        assert_true(largest[1] <= 12 * 12 * pow(4, -12));
        assert_true(largest[1] <= pow(4, -4) * 2 * largest[0]);
    }
}

/* -- properties ------------------------------------------------------------------------------ */

/* Turning every second spin: (Q, beta) -> (P - Q, -beta) turns the signs of e, of its mixed
 * derivatives and of the cross Drude weight. */
static void property_map(void **unused)
{
    (void)unused;
    uint64_t seed = 13;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < COUNT; i++) {
        int P = FRACTIONS[i].P, Q = FRACTIONS[i].Q;
        double beta = kz_check_uniform(&seed, -3, 3), mu = kz_check_uniform(&seed, -2, 2);
        kz_thermo a = thermo(P, Q, beta, mu, 1e-12), b = thermo(P, P - Q, -beta, mu, 1e-12);
        b.beta = a.beta;
        b.free_energy = -b.free_energy;
        b.energy = -b.energy;
        b.magnetization_beta = -b.magnetization_beta;
        b.drude_cross = -b.drude_cross;
        KZ_CHECK_THERMO(&a, &b, KZ_THERMO_NUMBERS, 2e-12);
        KZ_CHECK_CLOSE(a.entropy, a.ln_z + beta * a.energy - mu * a.magnetization, 1e-11);
    }
}

/* At T > 0 all but the spin and cross Drude weights is analytic in Delta, through every fraction:
 * polynomials in Delta through nine other fractions, none of which share a string table. */
static void property_analytic_in_delta(void **unused)
{
    (void)unused;
    const fraction nodes[] = {{3, 1},  {11, 4}, {13, 5}, {5, 2}, {17, 7},
                              {19, 8}, {7, 3},  {9, 4},  {2, 1}};
    const fraction targets[] = {{12, 5}, {8, 3}};
    enum { NODES = sizeof nodes / sizeof *nodes };
    double at[NODES], value[NODES][KZ_THERMO_NUMBERS];
    for (int i = 0; i < NODES; i++) {
        kz_thermo t = thermo(nodes[i].P, nodes[i].Q, 0.8, 0.5, 1e-12);
        at[i] = cos(pi * nodes[i].Q / nodes[i].P);
        kz_thermo_list(value[i], &t);
    }
    for (size_t target = 0; target < 2; target++) {
        double D = cos(pi * targets[target].Q / targets[target].P), list[KZ_THERMO_NUMBERS];
        kz_thermo t = thermo(targets[target].P, targets[target].Q, 0.8, 0.5, 1e-12);
        kz_thermo_list(list, &t);
        for (int k = 0; k < 12; k++) { /* no claim of the noises */
            double sum = 0;
            if (k == 9 || k == 11) continue; /* drude_spin, drude_cross */
            for (int i = 0; i < NODES; i++)
                sum += kz_test_weight(at, NODES, i, D) * value[i][k];
            KZ_CHECK_CLOSE(list[k], sum, 1e-10);
        }
    }
}

/* Second derivatives in closed form against difference quotients of the first ones. */
static void property_second_derivatives(void **unused)
{
    (void)unused;
    const fraction cases[] = {{8, 3}, {4, 3}, {13, 8}};
    for (size_t c = 0; c < 3; c++) {
        double beta = -0.7, mu = 0.6, step = 1e-3;
        kz_moments *m;
        kz_moments_values here, side[2];
        kz_grid grid = kz_thermal_grid(kz_chain_rational(cases[c].P, cases[c].Q), beta, 1e-14);
        KZ_CHECK_OK(kz_moments_create(&m, grid));
        KZ_CHECK_OK(kz_moments_solve(&here, m, beta, mu, 2, false, 1e-15));
        for (int s = 0; s < 2; s++)
            KZ_CHECK_OK(
                kz_moments_solve(&side[s], m, beta, mu + (s ? step : -step), 1, false, 1e-15));
        /* step^2/6 times fourth derivatives of ln Z, rounding/step */
        double tol = step * step + 1e-11;
        KZ_CHECK_CLOSE(here.energy_beta_mu,
                       (side[1].energy_beta - side[0].energy_beta) / (2 * step), tol);
        KZ_CHECK_CLOSE(here.magnetization_beta_mu,
                       (side[1].magnetization_beta - side[0].magnetization_beta) / (2 * step), tol);
        KZ_CHECK_CLOSE(here.magnetization_mu,
                       (side[1].magnetization - side[0].magnetization) / (2 * step), tol);
        KZ_CHECK_CLOSE(here.excess + here.rest,
                       kz_chain_energy_max(grid.chain) - kz_chain_energy_min(grid.chain), 1e-13);
        kz_moments_free(m);
    }
}

/* err is a bound: loose tolerances against tight ones. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 1905;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 80; i++) {
        const fraction *f = &FRACTIONS[i % COUNT];
        double beta = kz_check_uniform(&seed, -1, 1) * pow(10, kz_check_uniform(&seed, -1, 1.1));
        double mu = i % 4 == 0 ? 0 : kz_check_uniform(&seed, -4, 4);
        double tol = pow(10, kz_check_uniform(&seed, -10, -3));
        kz_thermo loose = thermo(f->P, f->Q, beta, mu, tol),
                  tight = thermo(f->P, f->Q, beta, mu, 1e-11);
        KZ_CHECK_THERMO(&loose, &tight, KZ_THERMO_NUMBERS, loose.err + tight.err);
        kz_thermal *t;
        KZ_CHECK_OK(kz_thermal_create(&t, kz_chain_rational(f->P, f->Q), beta, mu, tol));
        KZ_CHECK_CLOSE_REL(kz_thermal_ln_z(t), tight.ln_z, kz_thermal_error(t) + 1e-11);
        kz_thermal_free(t);
    }
}

/* -- edges ----------------------------------------------------------------------------------- */

static void edge_polarised(void **unused)
{
    (void)unused;
    const fraction cases[] = {{5, 2}, {4, 3}, {100, 41}};
    for (size_t i = 0; i < 3; i++) {
        int P = cases[i].P, Q = cases[i].Q;
        kz_thermo t = thermo(P, Q, 1, -700, 1e-10);
        KZ_CHECK_CLOSE(t.magnetization, -0.5, 1e-10);
        KZ_CHECK_CLOSE(t.energy, 0.25 * cos(pi * Q / P), 1e-10);
        KZ_CHECK_CLOSE(t.entropy, 0, 1e-10);
        t = thermo(P, Q, 1e-300, 1e-300, 1e-12);
        KZ_CHECK_CLOSE(t.entropy, ln2, 1e-12);
        for (int sign = -1; sign <= 1; sign += 2) {
            t = thermo(P, Q, 1e3 * sign, 0, 1e-9);
            assert_true(fabs(t.energy) <= 0.5 && t.entropy >= 0 && t.drude_spin >= 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(exact_band_edges),
        cmocka_unit_test(exact_ground_in_field),
        cmocka_unit_test(property_exact_diagonalisation),
        cmocka_unit_test(property_map),
        cmocka_unit_test(property_analytic_in_delta),
        cmocka_unit_test(property_second_derivatives),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(edge_polarised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
