/* Thermodynamics of chains with |Delta| > 1.  docs/delta.md. */
#include "support/ed.h"
#include "support/interpolate.h"
#include "support/thermo.h"
#include "tba/closure.h"
#include "tba/equilibrium.h"
#include "tba/newton.h"
#include "tba/thermal.h"

static const double pi = 3.14159265358979323846;

static kz_thermo thermo(double delta, double beta, double mu, double tol)
{
    kz_thermo out = {0};
    kz_chain chain;
    kz_state state = kz_state_thermal(beta, mu);
    KZ_CHECK_OK(kz_chain_from_delta(&chain, delta));
    KZ_CHECK_OK(kz_thermo_compute(&out, chain, &state, tol));
    assert_true(out.err >= 0 && out.err <= tol);
    return out;
}

/* F and its slopes by difference quotients of U(t) = sinh(kappa t)/sinh(kappa). */
static void exact_closure(void **unused)
{
    (void)unused;
    const double mean[] = {1.7, 6, 40}, mu[] = {0.02, 0.7, 5};
    for (int i = 0; i < 9; i++) {
        double L = mean[i / 3] + 2 * mu[i % 3], m = mu[i % 3], h = 1e-4;
        kz_closure c = kz_closure_at(L, m);
        KZ_CHECK_CLOSE_REL(kz_closure_log(c.t, c.kappa), L, 1e-14);
        KZ_CHECK_CLOSE_REL(kz_closure_log(c.t, c.kappa),
                           2 * log(sinh(c.kappa * c.t) / sinh(c.kappa)), 1e-13);
        double F[3][3];
        for (int a = 0; a < 9; a++) {
            kz_closure near = kz_closure_at(L + (a / 3 - 1) * h, m + (a % 3 - 1) * h);
            F[a / 3][a % 3] = kz_closure_next(&near);
        }
        kz_closure_slopes s = kz_closure_differentiate(&c);
        /* h^2 times third derivatives, up to 1/mu^2 of the second ones; rounding/h^2 */
        KZ_CHECK_CLOSE(kz_closure_entropy(&c),
                       F[1][1] - L * kz_closure_ratio(&c, 1) - m * tanh(c.kappa * c.t), 1e-12);
        double tol = 1e-6, steep = 1e-6 + 1e-6 * fabs(s.mumu);
        KZ_CHECK_CLOSE(kz_closure_ratio(&c, 1), (F[2][1] - F[0][1]) / (2 * h), tol);
        KZ_CHECK_CLOSE(s.mu, (F[1][2] - F[1][0]) / (2 * h), 1e-5);
        KZ_CHECK_CLOSE(s.LL, (F[2][1] - 2 * F[1][1] + F[0][1]) / (h * h), 4e-6);
        KZ_CHECK_CLOSE(s.Lmu, (F[2][2] - F[2][0] - F[0][2] + F[0][0]) / (4 * h * h), 1e-5 + steep);
        KZ_CHECK_CLOSE(s.mumu, (F[1][2] - 2 * F[1][1] + F[1][0]) / (h * h), 1e-5 + 30 * steep);
    }
}

/* 2026-11-26: R was 0/0 from t = 1e16 on.  R_0 = t/(t + 1), R_k -> r at mu = 0; also where t^2
 * overflows. */
static void bug_closure_cancelled(void **unused)
{
    (void)unused;
    for (double t = 3; t < 1e300; t *= t) {
        kz_closure c = {0, t};
        KZ_CHECK_CLOSE(kz_closure_ratio(&c, 1), t / (t + 1), 1e-15);
        double r = 0.25, q = r * r;
        double part = (1 + (1 - q) * t + 1) / (1 + (1 - q) * (t - 1) + 1);
        KZ_CHECK_CLOSE(kz_closure_ratio(&c, r), r * part * (t / (t + 1)), 1e-15);
    }
    kz_thermo cold = thermo(2, -100, 0, 1e-10); /* a ferromagnet: gap 0.5 and more */
    KZ_CHECK_CLOSE(cold.ln_z, 50, cold.err * 50);
    KZ_CHECK_CLOSE(cold.energy, 0.5, cold.err);
}

static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    const double delta[] = {1.02, 1.2, 1.5, 3, -2, -1.1, 20};
    for (int i = 0; i < 7; i++) {
        double D = delta[i], mu = i % 2 ? 0.9 : -2.3, s = 0.5 * tanh(0.5 * mu), tol = 2e-11;
        double chi = 0.25 - s * s;
        kz_thermo t = thermo(D, 0, mu, 1e-11), zero = thermo(D, 0, 0, 1e-11);
        KZ_CHECK_CLOSE(t.ln_z, log(2 * cosh(0.5 * mu)), tol);
        KZ_CHECK_CLOSE(t.energy, D * s * s, tol);
        KZ_CHECK_CLOSE(t.magnetization, s, tol);
        KZ_CHECK_CLOSE(t.susceptibility, chi, tol);
        KZ_CHECK_CLOSE(t.magnetization_beta, -2 * D * s * chi, fabs(D) * tol);
        KZ_CHECK_CLOSE(zero.energy_beta, -(2 + D * D) / 16, D * D * tol);
        KZ_CHECK_CLOSE(zero.drude_energy, (1 + 2 * D * D) / 32, D * D * tol);
        KZ_CHECK_CLOSE(zero.drude_spin, 0, tol); /* no ballistic spin at half filling */
        KZ_CHECK_CLOSE(zero.susceptibility, 0.25, tol);
    }
}

/* As in t-equilibrium, with the norm of h_n up to (2 + |Delta|)/4: |beta| (2 + |Delta|) <= 3. */
static void property_exact_diagonalisation(void **unused)
{
    (void)unused;
    const double delta[] = {1.5, 3, -2};
    const double point[][2] = {{0.25, 0}, {-0.25, 0}, {0.2, 0.7}, {-0.25, 0.5}, {0.25, -1.5}};
    for (size_t d = 0; d < 3; d++) {
        double largest[2] = {0};
        for (int size = 0; size < 2; size++) {
            int L = size == 0 ? 8 : 12;
            ed_spectrum *ring = ed_spectrum_create(L, delta[d]);
            for (size_t i = 0; i < sizeof point / sizeof *point; i++) {
                double a[KZ_THERMO_NUMBERS], b[KZ_THERMO_NUMBERS];
                kz_thermo finite = ed_spectrum_thermo(ring, point[i][0], point[i][1]);
                kz_thermo infinite = thermo(delta[d], point[i][0], point[i][1], 1e-11);
                kz_thermo_list(a, &finite);
                kz_thermo_list(b, &infinite);
                for (int k = 0; k < KZ_THERMO_MOMENTS; k++) {
                    double error = fabs(a[k] - b[k]);
                    largest[size] = error <= largest[size] ? largest[size] : error;
                }
            }
            ed_spectrum_free(ring);
        }
        print_message("# Delta = %g: largest difference %.2e at L = 8, %.2e at L = 12\n", delta[d],
                      largest[0], largest[1]);
        assert_true(largest[0] <= 8 * 8 * pow(4, -8));
        assert_true(largest[1] <= 12 * 12 * pow(4, -12));
        assert_true(largest[1] <= pow(4, -4) * 2 * largest[0]);
    }
}

/* Everything but the spin and cross Drude weights is analytic at Delta = 1: polynomials through
 * five chains without and five with a gap hit others on both sides.  They are different solvers. */
static void property_analytic_through_isotropy(void **unused)
{
    (void)unused;
    enum { NODES = 10 };
    const double target[] = {cos(pi / 6), 1.15};
    double at[NODES] = {cos(3 * pi / 10),
                        cos(pi / 4),
                        cos(pi / 5),
                        cos(pi / 7),
                        cos(pi / 9),
                        1.06,
                        1.1,
                        1.2,
                        1.3,
                        1.4};
    double value[NODES][KZ_THERMO_NUMBERS];
    for (int i = 0; i < NODES; i++) {
        kz_thermo t = thermo(at[i], 0.8, 0.5, 1e-12);
        kz_thermo_list(value[i], &t);
    }
    for (int k = 0; k < 2; k++) {
        double list[KZ_THERMO_NUMBERS];
        kz_thermo t = thermo(target[k], 0.8, 0.5, 1e-12);
        kz_thermo_list(list, &t);
        for (int q = 0; q < 12; q++) { /* no claim of the noises */
            if (q == 9 || q == 11) continue;
            double sum = 0;
            for (int i = 0; i < NODES; i++)
                sum += kz_test_weight(at, NODES, i, target[k]) * value[i][q];
            KZ_CHECK_CLOSE(list[q], sum, 1e-10);
        }
    }
}

/* Magnetization and energy are derivatives of ln Z; c, where ferromagnets have it far from 1. */
static void property_derivatives(void **unused)
{
    (void)unused;
    const double point[][3] = {{1.5, 2, 0.4}, {1.2, -3, 0.2}, {1.5, -6, 1e-3}, {3, 0.7, -1.1}};
    for (size_t i = 0; i < 4; i++) {
        double D = point[i][0], beta = point[i][1], mu = point[i][2], h = 1e-3 * fmin(1, fabs(mu));
        kz_thermo t = thermo(D, beta, mu, 1e-12);
        kz_thermo a = thermo(D, beta, mu - h, 1e-12), b = thermo(D, beta, mu + h, 1e-12);
        kz_thermo c = thermo(D, beta - 1e-3, mu, 1e-12), d = thermo(D, beta + 1e-3, mu, 1e-12);
        /* fourth derivatives grow like those of the susceptibility */
        double scale = fmax(1, t.susceptibility * t.susceptibility);
        double tol = scale * (h * h + 2e-12 / h);
        KZ_CHECK_CLOSE(t.magnetization, (b.ln_z - a.ln_z) / (2 * h), tol);
        KZ_CHECK_CLOSE(t.susceptibility, (b.magnetization - a.magnetization) / (2 * h), 10 * tol);
        KZ_CHECK_CLOSE(t.energy, (c.ln_z - d.ln_z) / 2e-3, scale * 1e-5);
        KZ_CHECK_CLOSE(t.energy_beta, (d.energy - c.energy) / 2e-3, scale * 1e-5);
        KZ_CHECK_CLOSE(t.magnetization_beta, (d.magnetization - c.magnetization) / 2e-3,
                       scale * 1e-5);
    }
}

static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    const double delta[] = {1.02, 1.05, 1.2, 1.5, 3, -2, -1.1};
    uint64_t seed = 1933;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 70; i++) {
        double D = delta[i % 7], mu = i % 4 == 0 ? 0 : kz_check_uniform(&seed, -3, 3);
        double beta = kz_check_uniform(&seed, -1, 1) * pow(10, kz_check_uniform(&seed, -1, 0.9));
        double tol = pow(10, kz_check_uniform(&seed, -10, -3));
        if (i % 4 == 3) mu *= 1e-3;
        kz_thermo loose = thermo(D, beta, mu, tol), tight = thermo(D, beta, mu, 1e-11);
        KZ_CHECK_THERMO(&loose, &tight, KZ_THERMO_NUMBERS, loose.err + tight.err);
    }
}

static kz_thermo ground(double delta, double h)
{
    kz_thermo out;
    kz_state state = kz_state_ground(h);
    KZ_CHECK_OK(kz_thermo_compute(&out, kz_chain_axial(delta), &state, 1e-11));
    return out;
}

/* 2026-11-26: entropy and heat capacity were differences of numbers of the size of |mu|, which
 * missed the tolerance.  Next to the state with all spins up there are free magnons, cos k - Delta
 * each. */
static void bug_entropy_next_to_polarised(void **unused)
{
    (void)unused;
    const double delta[] = {1.01, 1.1, -1.1}, beta = 0.7, mu = 700;
    for (int i = 0; i < 3; i++) {
        double D = delta[i], n = 0, work = 0, square = 0, b = beta;
        for (int k = 0; k < 64; k++) {
            double cost = b * (cos(pi * k / 32) - D) + mu, weight = exp(-cost) / 64;
            n += weight;
            work += weight * cost;
            square += weight * cost * cost;
        }
        kz_thermo t = thermo(D, b, mu, 1e-10);
        KZ_CHECK_CLOSE_REL(t.ln_z, 0.5 * mu - 0.25 * b * D, t.err);
        KZ_CHECK_CLOSE(t.magnetization, 0.5, t.err);
        KZ_CHECK_CLOSE_REL(t.susceptibility, n, 1e-9);
        KZ_CHECK_CLOSE_REL(t.entropy, n + work, 1e-9);
        KZ_CHECK_CLOSE_REL(t.heat_capacity, square, 1e-9);
    }
}

/* 2026-11-26: grids on which a narrow Fermi point is not there agreed on a state without it: e was
 * off by three times err, the entropy 0.  Cold states are the ground state but for T^2. */
static void bug_hidden_fermi_point(void **unused)
{
    (void)unused;
    const double beta = 3e3;
    for (double D = 2; D < 3.1; D++) {
        double h = D - 2. / 3 * (3 - D);
        kz_thermo cold = ground(D, h), t = thermo(D, beta, beta * h, 1e-3);
        KZ_CHECK_CLOSE(t.energy, cold.energy, t.err + 1 / (beta * beta));
        KZ_CHECK_CLOSE(t.magnetization, cold.magnetization, t.err + 1 / (beta * beta));
        /* pi T/3v, v of the order of 1, is both */
        assert_true(t.entropy > 0.2 / beta && t.entropy < 2 / beta);
        KZ_CHECK_CLOSE_REL(t.heat_capacity, t.entropy, 0.1);
    }
    /* two rows of three nodes; the last one stands for y + a and y - a */
    const double seen[] = {-30, -20, -10, 8, 4, 0}, missed[] = {-30, 5, 40, 9, 8, 7};
    assert_true(kz_thermal_is_resolved(seen, 2, 3, 20));
    assert_false(kz_thermal_is_resolved(missed, 2, 3, 20));
    const double steep[] = {3, 2, 1, 40, 21, 2};
    assert_true(kz_thermal_is_resolved(steep, 2, 3, 100));
    assert_false(kz_thermal_is_resolved(steep, 2, 3, 20));
    assert_false(kz_thermal_is_resolved(steep, 2, 3, 0));
    /* which it does not with a gap */
    kz_form gapped, fraction;
    KZ_CHECK_OK(kz_grid_form(&gapped, &(kz_grid){.chain = kz_chain_axial(2), .order = 2}));
    KZ_CHECK_OK(kz_grid_form(&fraction, &(kz_grid){.chain = kz_chain_xxz(5)}));
    assert_true(kz_thermal_shift(&gapped, 40) == 0 && kz_thermal_shift(&fraction, 40) == 100);
}

/* 2026-11-26: refinement ended with the strings there may be, at a tight tolerance before the nodes
 * were enough: 1e-10 asked for, 2e-8 reached.  And Newton's method did not end where long strings,
 * of the size of n |mu|, leave more rounding than |beta| and |mu| say. */
static void bug_next_to_isotropy(void **unused)
{
    (void)unused;
    kz_thermo tight = thermo(1.0022, 10, 15, 1e-10), loose = thermo(1.0022, 10, 15, 1e-5);
    KZ_CHECK_THERMO(&loose, &tight, KZ_THERMO_NUMBERS, loose.err + tight.err);
    loose = thermo(1.0025, 100, 200, 1e-3), tight = thermo(1.0025, 100, 200, 1e-6);
    KZ_CHECK_THERMO(&loose, &tight, KZ_THERMO_NUMBERS, loose.err + tight.err);
}

/* 2026-11-26: the entropy, ln Z + beta e - mu m, had beta times the error of the solves, which two
 * grids have in common: three times err.  All spins up, magnons cost e^-109. */
static void bug_entropy_of_a_cold_ferromagnet(void **unused)
{
    (void)unused;
    const double beta = 219.135, mu = 1.03155;
    for (double tol = 1e-3; tol > 1e-9; tol *= 0.1) {
        kz_thermo t = thermo(-1.5, beta, mu, tol);
        KZ_CHECK_CLOSE(t.energy, -0.375, t.err);
        KZ_CHECK_CLOSE(t.magnetization, 0.5, t.err);
        KZ_CHECK_CLOSE(t.entropy, 0, t.err);
        KZ_CHECK_CLOSE_REL(t.ln_z, 0.375 * beta + 0.5 * mu, t.err);
    }
}

/* Up to the gap, h_c = sinh phi sum_k (-1)^k/cosh(k phi), a field does nothing; cold states agree.
 */
static void exact_ground_in_field(void **unused)
{
    (void)unused;
    for (double D = 1.5; D < 3.1; D += 0.75) {
        double phi = acosh(D), gap = sinh(phi), e0 = kz_chain_energy_min(kz_chain_axial(D));
        for (int k = 1; k * phi < 40; k++)
            gap += 2 * sinh(phi) * (k % 2 ? -1 : 1) / cosh(k * phi);
        KZ_CHECK_CLOSE(ground(D, 0.99 * gap).energy, e0, 1e-11);
        KZ_CHECK_CLOSE(ground(D, 0.99 * gap).magnetization, 0, 1e-11);
        assert_true(ground(D, 1.01 * gap).magnetization > 1e-4);
        double h = 0.5 * (gap + 1 + D), beta = 150;
        kz_thermo zero = ground(D, -h), cold = thermo(D, beta, -beta * h, 1e-9);
        KZ_CHECK_CLOSE(cold.energy, zero.energy, 10 / (beta * beta));
        KZ_CHECK_CLOSE(cold.magnetization, zero.magnetization, 10 / (beta * beta));
        KZ_CHECK_CLOSE(ground(D, 1.001 * (1 + D)).magnetization, 0.5, 0);
    }
    KZ_CHECK_CLOSE(ground(-2, 0).energy, -0.5, 0);
    KZ_CHECK_CLOSE(ground(-2, 0).magnetization, 0, 0);
    KZ_CHECK_CLOSE(ground(-2, -0.1).magnetization, -0.5, 0);
}

static void errors(void **unused)
{
    (void)unused;
    kz_thermo out;
    kz_state state = kz_state_thermal(1, 0);
    kz_form form;
    KZ_CHECK_STATUS(kz_thermo_compute(&out, kz_chain_axial(0.5), &state, 1e-9), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_form_fill_gapped(&form, kz_chain_xxz(4), 10), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_form_fill_gapped(&form, kz_chain_axial(1.5), 1), KZ_EINVAL);
    /* next to 1 more strings are needed than there is room for: no number, no wrong one */
    assert_true(kz_thermo_compute(&out, kz_chain_axial(1 + 1e-6), &state, 1e-10) != KZ_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_closure),
        cmocka_unit_test(bug_closure_cancelled),
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(property_exact_diagonalisation),
        cmocka_unit_test(property_analytic_through_isotropy),
        cmocka_unit_test(property_derivatives),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(bug_entropy_of_a_cold_ferromagnet),
        cmocka_unit_test(bug_entropy_next_to_polarised),
        cmocka_unit_test(bug_hidden_fermi_point),
        cmocka_unit_test(bug_next_to_isotropy),
        cmocka_unit_test(exact_ground_in_field),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
