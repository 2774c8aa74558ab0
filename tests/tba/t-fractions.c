/* Chains with gamma = pi Q/P, Q > 1: strings, thermal states, thermodynamics.  docs/delta.md. */
#include <stdlib.h>
#include <string.h>

#include "support/ed.h"
#include "support/strings.h"
#include "support/thermo.h"
#include "tba/moments.h"
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

/* -- strings --------------------------------------------------------------------------------- */

/* takahashi1972, worked out by hand. */
static void exact_strings(void **unused)
{
    (void)unused;
    static const struct {
        int P, Q, count;
        int length[6], parity[6], sign[6];
    } known[] = {
        {5, 2, 4, {1, 1, 3, 2}, {1, -1, 1, 1}, {1, -1, -1, 1}},
        {8, 3, 5, {1, 1, 2, 5, 3}, {1, -1, 1, -1, 1}, {1, -1, 1, 1, -1}},
        {4, 3, 4, {1, 2, 3, 1}, {-1, 1, -1, 1}, {-1, -1, -1, 1}},
        {12, 5, 6, {1, 1, 3, 2, 7, 5}, {1, -1, 1, 1, 1, -1}, {1, -1, -1, 1, 1, -1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const kz_strings *s = kz_test_strings(known[i].P, known[i].Q);
        assert_int_equal(s->count, known[i].count);
        for (int j = 0; j < s->count; j++) {
            assert_int_equal(s->length[j], known[i].length[j]);
            assert_int_equal(s->parity[j], known[i].parity[j]);
            assert_int_equal(s->sign[j], known[i].sign[j]);
        }
    }
    assert_int_equal(kz_test_strings(100, 41)->count, 11); /* 2 + 2 + 3 + 1 + 1 + 2 */
}

/* The sign is that of the bare momentum at rapidity 0, lengths of the last pair add up to P, both
 * single particles are among the strings. */
static void property_strings(void **unused)
{
    (void)unused;
    for (int P = 3; P <= KZ_P_MAX; P += P < 40 ? 1 : 23) {
        for (int Q = 1; Q < P; Q += P < 40 ? 1 : 7) {
            kz_chain chain = kz_chain_rational(P, Q);
            if (chain.P != P) continue;
            const kz_strings *s = kz_test_strings(P, Q);
            bool plus = false, minus = false;
            for (int j = 1; j <= s->count; j++) {
                double k = kz_string_momentum_derivative(s, j, 0);
                assert_true(k != 0 && (k > 0) == (s->sign[j - 1] > 0));
                plus = plus || (s->length[j - 1] == 1 && s->parity[j - 1] == 1);
                minus = minus || (s->length[j - 1] == 1 && s->parity[j - 1] == -1);
            }
            assert_true(plus && minus);
            assert_int_equal(s->length[s->count - 1] + s->length[s->count - 2], P);
            assert_int_equal(s->size[s->levels], P);
        }
    }
}

static void errors_strings(void **unused)
{
    (void)unused;
    kz_strings s = {.P = 77};
    const kz_chain bad[] = {
        {.kind = KZ_CHAIN_XXZ, .P = 6, .Q = 2}, kz_chain_axial(1.5), kz_chain_xxz(1)};
    for (size_t i = 0; i < 3; i++)
        KZ_CHECK_STATUS(kz_strings_fill(&s, bad[i]), KZ_EINVAL);
    assert_int_equal(s.P, 77);
}

/* -- full kernel ----------------------------------------------------------------------------- */

/* int a_n^{(v)} e^{i omega lambda}, alpha = n gamma + pi (1 - v)/2 in (0, 2 pi). */
static double kernel_symbol(const kz_strings *s, int n, int v, double omega)
{
    int phase = (n * s->Q + (v < 0 ? s->P : 0)) % (2 * s->P);
    if (phase % s->P == 0) return 0;
    double alpha = pi * phase / s->P;
    if (omega == 0) return 1 - alpha / pi;
    /* sinh((pi - alpha) omega/2)/sinh(pi omega/2) without overflow */
    double size = fabs(pi - alpha), sign = alpha < pi ? 1 : -1;
    return sign * exp(0.5 * (size - pi) * omega) * expm1(-size * omega) / expm1(-pi * omega);
}

static double scattering_symbol(const kz_strings *s, int j, int k, double omega)
{
    int a = s->length[j - 1], b = s->length[k - 1], v = s->parity[j - 1] * s->parity[k - 1];
    double sum = 0;
    for (int n = abs(a - b); n <= a + b; n += 2) {
        int copies = n == 0 ? 0 : n == abs(a - b) || n == a + b ? 1 : 2;
        sum += copies * kernel_symbol(s, n, v, omega);
    }
    return sum;
}

/* The states come from the local form; here they go into the full one, with the kernels' exact
 * Fourier transforms (their poles are at pi/2P, much nearer than the grid resolves). */
static void check_full_kernel(int P, int Q, double beta, double mu, double tol)
{
    enum { NODES = 1024, STRINGS = 16 };
    static double coefficient[STRINGS][NODES];
    const kz_strings *s = kz_test_strings(P, Q);
    kz_thermal *t;
    KZ_CHECK_OK(kz_thermal_create(&t, kz_chain_rational(P, Q), beta, mu, 1e-13));
    size_t n = kz_thermal_nodes(t);
    double window = kz_thermal_window(t), ln_z = -0.25 * beta * cos(pi * Q / P) + 0.5 * mu;
    assert_true(n <= NODES && s->count <= STRINGS);
    for (int k = 0; k < s->count; k++) {
        for (size_t m = 0; m < n; m++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++) {
                double x = kz_thermal_log_eta(t, k + 1, i);
                double L = fmax(-x, 0) + log1p(exp(-fabs(x)));
                sum += L * cos(pi * (double)m * ((double)i + 0.5) / (double)n);
            }
            coefficient[k][m] = (m == 0 ? 1 : 2) * sum / (double)n;
        }
        for (size_t m = 0; m < n; m++) /* int a f = sum of a's transform at the modes of f */
            ln_z += s->sign[k] * coefficient[k][m] *
                    kernel_symbol(s, s->length[k], s->parity[k], pi * (double)m / window);
    }
    KZ_CHECK_CLOSE_REL(kz_thermal_ln_z(t), ln_z, tol);
    for (int j = 1; j <= s->count; j++) {
        for (size_t i = 0; i < n; i += n / 9) {
            double x = ((double)i + 0.5) * window / (double)n;
            double sum = beta * kz_string_energy(s, j, x) + mu * s->length[j - 1];
            for (size_t m = 0; m < n; m++)
                for (int k = 1; k <= s->count; k++)
                    sum += s->sign[k - 1] * coefficient[k - 1][m] *
                           scattering_symbol(s, j, k, pi * (double)m / window) *
                           cos(pi * (double)m / window * x);
            /* relative to what is summed: lengths times ln(1 + 1/eta) and mu */
            KZ_CHECK_CLOSE(kz_thermal_log_eta(t, j, i), sum, tol * (1 + s->length[j - 1]));
        }
    }
    kz_thermal_free(t);
}

static void property_full_kernel(void **unused)
{
    (void)unused;
    const double tol = 1e-12;
    check_full_kernel(5, 2, 1, 0.7, tol);
    check_full_kernel(5, 2, -2, 0, tol);
    check_full_kernel(8, 3, 1.5, 0.4, tol);
    check_full_kernel(4, 3, -1, 0.3, tol);
    check_full_kernel(4, 3, 2, -0.3, tol);
    check_full_kernel(3, 2, 1, 0.2, tol);
    check_full_kernel(13, 8, 0.8, -0.2, tol);
    check_full_kernel(17, 7, -1.2, 0.1, tol);
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
            for (int i = 0; i < NODES; i++) {
                double term = value[i][k];
                for (int m = 0; m < NODES; m++)
                    if (m != i) term *= (D - at[m]) / (at[i] - at[m]);
                sum += term;
            }
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
        cmocka_unit_test(exact_strings),
        cmocka_unit_test(property_strings),
        cmocka_unit_test(errors_strings),
        cmocka_unit_test(property_full_kernel),
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
