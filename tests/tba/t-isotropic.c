/* Thermodynamics of the isotropic chains, Delta = 1 and -1.  docs/delta.md. */
#include <complex.h>

#include "core/memory.h"
#include "support/ed.h"
#include "support/interpolate.h"
#include "support/thermo.h"
#include "tba/isotropic/isotropic.h"
#include "tba/isotropic/response.h"
#include "tba/isotropic/tail.h"

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

/* Symbol e^{-y |omega|}, at complex arguments too. */
static double complex lorentzian(double complex z, double y) { return y / (pi * (z * z + y * y)); }

/* e^{-a w} + e^{-(a-1) w} = e^{-(a-1/2) w} 2 cosh(w/2), w = |omega|, so that kernels over cosh take
 * two Lorentzians to one, shifted where the symbol has e^{y omega}. */
static void exact_kernels(void **unused)
{
    (void)unused;
    for (double width = 2; width < 7; width += 2) {
        kz_tangent *g;
        KZ_CHECK_OK(kz_tangent_create(&g, 100, width));
        int M = g->count;
        for (int i = 0; i < M; i++) {
            double s = 0, up = 0, turned = 0, F = 0, G = 0, total = 0, x = g->lambda[i];
            for (int j = 0; j < M; j++) {
                double y = g->lambda[j], high = creal(lorentzian(y, 3) + lorentzian(y, 2));
                double low = creal(lorentzian(y, 2) + lorentzian(y, 1));
                s += g->s[i * M + j] * high;
                up += g->up[i * M + j] * high;
                turned += g->up_turned[i * M + j] * high;
                F += g->F[i * M + j] * low;
                G += g->G[i * M + j] * low;
                total += g->weight[j] * creal(lorentzian(y, 2));
            }
            double complex down = lorentzian(x - 0.25 * I, 2.5),
                           shifted = lorentzian(x + 0.5 * I, 2);
            KZ_CHECK_CLOSE(s, creal(lorentzian(x, 2.5)), 1e-13);
            KZ_CHECK_CLOSE(up, creal(down) + cimag(down), 1e-13);
            KZ_CHECK_CLOSE(turned, creal(down) - cimag(down), 1e-13);
            KZ_CHECK_CLOSE(F, creal(lorentzian(x, 2)), 1e-13);
            KZ_CHECK_CLOSE(G, creal(shifted) + cimag(shifted), 1e-13);
            KZ_CHECK_CLOSE(total, 1, 1e-13);
        }
        kz_tangent_free(g);
    }
}

/* The closure is exact: two strings or twenty in rows, ln Z and its derivatives are the same. */
static void exact_closure(void **unused)
{
    (void)unused;
    const double point[][2] = {{0, 0}, {0.8, 0}, {0.8, 0.5}, {-1.5, -0.2}, {5, 1}, {-3, 2}};
    for (size_t i = 0; i < sizeof point / sizeof *point; i++) {
        kz_thermo t[3];
        const int order[3] = {2, 7, 20};
        for (int k = 0; k < 3; k++) {
            kz_grid grid = {.chain = kz_chain_axial(1), .half = 80, .order = order[k], .window = 3};
            KZ_CHECK_OK(kz_isotropic_on_grid(&t[k], grid, point[i][0], point[i][1]));
        }
        /* rounding of ln b, of the size mu N/2, and of sums to infinity */
        KZ_CHECK_THERMO(&t[0], &t[1], KZ_THERMO_MOMENTS, 2e-11);
        KZ_CHECK_THERMO(&t[1], &t[2], KZ_THERMO_MOMENTS, 2e-11);
        /* sums over strings, extrapolated */
        KZ_CHECK_THERMO(&t[0], &t[2], KZ_THERMO_NUMBERS, t[0].err + t[2].err + 2e-11);
        KZ_CHECK_THERMO(&t[1], &t[2], KZ_THERMO_NUMBERS, t[1].err + t[2].err + 2e-11);
    }
}

/* With d = rho^t the strings n > N have what the rows lack of ln Z_{beta beta}, ln Z_{mu mu}. */
static void check_tail(int N, double beta, double mu)
{
    enum { HALF = 100, M = 2 * HALF + 1 };
    kz_isotropic p;
    kz_isotropic_responses r;
    double second[3], tail[2], rows[2] = {0}, flow[M], z[2][M];
    kz_grid grid = {.chain = kz_chain_axial(1), .half = HALF, .order = N, .window = 2.5};
    KZ_CHECK_OK(kz_isotropic_create(&p, grid, beta, mu));
    KZ_CHECK_OK(kz_isotropic_responses_create(&r, &p));
    KZ_CHECK_OK(kz_isotropic_find_state(&p, &r, false));
    kz_isotropic_respond(&r, &p);
    kz_isotropic_second(second, &r, &p);
    for (int at = 0; at < N * M; at++) {
        int i = at % M, k = at / M * p.even.size + abs(i - HALF);
        flow[i] = -p.D[k] * r.x[0][k] / pi; /* stays: that of row N */
        for (int q = 0; q < 2; q++) {
            z[q][i] = p.D[k] * r.x[q][k];
            rows[q] += p.g->weight[i] * flow[i] * (1 - p.D[k]) * r.x[q][k] * r.x[q][k];
        }
    }
    const kz_isotropic_charge charge[2] = {{z[0], 0}, {z[1], 1}};
    KZ_CHECK_OK(kz_isotropic_tail_sums(tail, p.g, p.weight, flow, charge, 2));
    KZ_CHECK_CLOSE(rows[0] + tail[0], second[0], 1e-12);
    KZ_CHECK_CLOSE(rows[1] + tail[1], second[2], 1e-12);
    assert_true(tail[0] > 1e-7 && tail[1] > 1e-3);
    kz_isotropic_responses_free(&r);
    kz_isotropic_free(&p);
}

static void exact_tail(void **unused)
{
    (void)unused;
    check_tail(2, 0.7, 0);
    check_tail(5, -1.2, 0.6);
    check_tail(3, 2, -1);
}

static void exact_infinite_temperature(void **unused)
{
    (void)unused;
    const double all[] = {0, 1, -2.3, 5, -12};
    for (int i = 0; i < 10; i++) {
        double D = i % 2 ? -1 : 1, mu = all[i / 2], s = 0.5 * tanh(0.5 * mu), chi = 0.25 - s * s;
        kz_thermo t = thermo(D, 0, mu, 1e-10);
        KZ_CHECK_CLOSE(t.ln_z, log(2 * cosh(0.5 * mu)), 1e-10);
        KZ_CHECK_CLOSE(t.energy, D * s * s, 1e-10);
        KZ_CHECK_CLOSE(t.magnetization, s, 1e-10);
        KZ_CHECK_CLOSE(t.susceptibility, chi, 1e-10);
        KZ_CHECK_CLOSE(t.magnetization_beta, -2 * D * s * chi, 1e-10);
        KZ_CHECK_CLOSE(t.entropy, log(2 * cosh(0.5 * mu)) - mu * s, 1e-10);
        if (mu != 0) continue;
        KZ_CHECK_CLOSE(t.energy_beta, -3.0 / 16, 1e-10);
        KZ_CHECK_CLOSE(t.drude_energy, 3.0 / 32, 1e-10);
        KZ_CHECK_CLOSE(t.drude_spin, 0, 1e-10);
    }
}

/* As in t-gapped, |beta| (2 + |Delta|) <= 3. */
static void property_exact_diagonalisation(void **unused)
{
    (void)unused;
    const double point[][2] = {{1, 0}, {-1, 0}, {0.7, 0.7}, {-0.9, 0.5}, {0.9, -1.5}};
    double largest[2] = {0};
    for (int size = 0; size < 2; size++) {
        ed_spectrum *ring = ed_spectrum_create(size == 0 ? 8 : 12, 1);
        for (size_t i = 0; i < sizeof point / sizeof *point; i++) {
            double a[KZ_THERMO_NUMBERS], b[KZ_THERMO_NUMBERS];
            kz_thermo finite = ed_spectrum_thermo(ring, point[i][0], point[i][1]);
            kz_thermo infinite = thermo(1, point[i][0], point[i][1], 1e-8);
            kz_thermo_list(a, &finite);
            kz_thermo_list(b, &infinite);
            for (int k = 0; k < KZ_THERMO_MOMENTS; k++) {
                double error = fabs(a[k] - b[k]);
                largest[size] = error <= largest[size] ? largest[size] : error;
            }
        }
        ed_spectrum_free(ring);
    }
    print_message("# largest difference %.2e at L = 8, %.2e at L = 12\n", largest[0], largest[1]);
    assert_true(largest[0] <= 8 * 8 * pow(4, -8));
    assert_true(largest[1] <= 12 * 12 * pow(4, -12));
    assert_true(largest[1] <= pow(4, -4) * 2 * largest[0]);
}

/* Analytic at Delta = 1: a polynomial through five chains without and five with a gap.  So are
 * spin and cross Drude weights up to e^{-|mu| P}: 2e-11 at mu = 3.5, P = 7. */
static void property_analytic_in_delta(void **unused)
{
    (void)unused;
    enum { NODES = 10, NUMBERS = KZ_THERMO_NUMBERS - 2 };
    const double at[NODES] = {cos(pi / 7), cos(pi / 8), cos(pi / 10), cos(pi / 13), cos(pi / 20),
                              1.02,        1.04,        1.06,         1.08,         1.1};
    const double state[][2] = {{0.8, -3.5}, {-1.3, 0}};
    for (int k = 0; k < 2; k++) {
        double sum[KZ_THERMO_NUMBERS] = {0}, list[KZ_THERMO_NUMBERS];
        for (int i = 0; i < NODES; i++) {
            double weight = kz_test_weight(at, NODES, i, 1);
            kz_thermo t = thermo(at[i], state[k][0], state[k][1], 1e-11);
            kz_thermo_list(list, &t);
            for (int q = 0; q < NUMBERS; q++)
                sum[q] += weight * list[q];
        }
        kz_thermo t = thermo(1, state[k][0], state[k][1], 1e-11);
        kz_thermo_list(list, &t);
        for (int q = 0; q < NUMBERS; q++)
            if (state[k][1] != 0 || q != 9) KZ_CHECK_CLOSE(list[q], sum[q], 1e-10);
    }
}

/* Noises, sums with |v|, are analytic on either side only: seven fractions lead to Delta = 1.  At
 * mu = 0 strings n ~ 1/sqrt(1 - Delta) of terms n^-8 leave (1 - Delta)^{7/2}, 3e-11 here; the
 * spin's is not continuous there, as its Drude weight. */
static void property_noise_from_below(void **unused)
{
    (void)unused;
    enum { NODES = 7 };
    const int P[NODES] = {8, 9, 10, 12, 14, 18, 24};
    const double state[][2] = {{-1.3, -2.5}, {0.7, 0}};
    double at[NODES];
    for (int i = 0; i < NODES; i++)
        at[i] = cos(pi / P[i]);
    for (int k = 0; k < 2; k++) {
        double energy = 0, spin = 0, beta = state[k][0], mu = state[k][1];
        for (int i = 0; i < NODES; i++) {
            kz_thermo t = thermo(at[i], beta, mu, 1e-12);
            energy += kz_test_weight(at, NODES, i, 1) * t.energy_noise;
            spin += kz_test_weight(at, NODES, i, 1) * t.spin_noise;
        }
        kz_thermo t = thermo(1, beta, mu, 1e-11);
        KZ_CHECK_CLOSE(t.energy_noise, energy, mu == 0 ? 1e-10 : 1e-11);
        if (mu != 0) KZ_CHECK_CLOSE(t.spin_noise, spin, 1e-11);
    }
}

static void property_symmetries(void **unused)
{
    (void)unused;
    const double point[][2] = {{0.7, 1.1}, {-2, 1.5}};
    for (int i = 0; i < 2; i++) {
        double beta = point[i][0], mu = point[i][1];
        kz_thermo a = thermo(1, beta, mu, 1e-8), b = thermo(1, beta, -mu, 1e-8);
        kz_thermo c = thermo(-1, -beta, mu, 1e-8);
        b.magnetization = -b.magnetization;
        b.magnetization_beta = -b.magnetization_beta;
        b.drude_cross = -b.drude_cross;
        KZ_CHECK_THERMO(&a, &b, KZ_THERMO_NUMBERS, a.err + b.err);
        c.free_energy = -c.free_energy;
        c.energy = -c.energy;
        c.magnetization_beta = -c.magnetization_beta;
        c.drude_cross = -c.drude_cross;
        KZ_CHECK_THERMO(&a, &c, KZ_THERMO_NUMBERS, a.err + c.err);
        double h = 0.01; /* step^2, and errors of 1e-8 over it */
        kz_thermo up = thermo(1, beta, mu + h, 1e-8), down = thermo(1, beta, mu - h, 1e-8);
        KZ_CHECK_CLOSE(a.magnetization, (up.ln_z - down.ln_z) / (2 * h), h * h);
        KZ_CHECK_CLOSE(a.magnetization_beta, -(up.energy - down.energy) / (2 * h), h * h);
    }
}

/* (int w |v| q^2)^2 <= int w v^2 q^2 int w q^2.  At mu -> 0 no string carries spin, Drude weight
 * and noise vanish as mu^2 ln(1/|mu|) and |mu|. */
static void property_schwarz(void **unused)
{
    (void)unused;
    const double mu[] = {0, 1e-3, 1e-2, 2};
    double noise = 0;
    for (int i = 0; i < 4; i++) {
        kz_thermo t = thermo(1, -1.5, mu[i], 1e-5);
        double energy = -t.energy_beta * t.drude_energy, spin = t.susceptibility * t.drude_spin;
        assert_true(pow(t.energy_noise, 2) <= energy && pow(t.energy_noise, 2) >= 0.7 * energy);
        assert_true(pow(t.spin_noise, 2) <= spin + t.err);
        if (i == 2) KZ_CHECK_CLOSE(t.spin_noise, 10 * noise, 0.1 * t.spin_noise);
        noise = t.spin_noise;
    }
}

/* Cold antiferromagnets: e = 1/4 - ln 2 + T^2/3 with v = pi/2 and logarithmic corrections to the
 * heat capacity, 3/(8 ln^3 (T_0/T)); in a field, where there are none, T^2. */
static void edges_cold(void **unused)
{
    (void)unused;
    kz_thermo t = thermo(1, 300, 0, 1e-8);
    KZ_CHECK_CLOSE((t.energy - 0.25 + log(2)) * 3 * 300 * 300, 1, 0.01);
    KZ_CHECK_CLOSE(t.heat_capacity * 1.5 * 300, 1, 0.01);
    for (double h = 0.4; h < 1.5; h += 0.7) {
        kz_thermo zero;
        kz_state state = kz_state_ground(-h);
        double beta = 15;
        KZ_CHECK_OK(kz_thermo_compute(&zero, kz_chain_axial(1), &state, 1e-11));
        kz_thermo cold = thermo(1, beta, -beta * h, 1e-6);
        KZ_CHECK_CLOSE(cold.energy, zero.energy, 2 / (beta * beta));
        KZ_CHECK_CLOSE(cold.magnetization, zero.magnetization, 2 / (beta * beta));
    }
}

/* griffiths1964: the susceptibility of the ground state is 1/pi^2 (1 + 1/(2 ln(h_0/h)) + ...). */
static void edges_ground(void **unused)
{
    (void)unused;
    kz_thermo t;
    kz_state state[] = {kz_state_ground(0), kz_state_ground(2), kz_state_ground(1e-6),
                        kz_state_ceiling(), kz_state_up()};
    KZ_CHECK_OK(kz_thermo_compute(&t, kz_chain_axial(1), &state[0], 1e-10));
    KZ_CHECK_CLOSE(t.energy, 0.25 - log(2), 1e-15);
    KZ_CHECK_OK(kz_thermo_compute(&t, kz_chain_axial(-1), &state[3], 1e-10));
    KZ_CHECK_CLOSE(t.energy, log(2) - 0.25, 1e-15);
    KZ_CHECK_OK(kz_thermo_compute(&t, kz_chain_axial(-1), &state[0], 1e-10));
    KZ_CHECK_CLOSE(t.energy, -0.25, 0);
    KZ_CHECK_OK(kz_thermo_compute(&t, kz_chain_axial(1), &state[1], 1e-10));
    KZ_CHECK_CLOSE(t.magnetization, 0.5, 0);
    KZ_CHECK_OK(kz_thermo_compute(&t, kz_chain_axial(1), &state[2], 1e-10));
    KZ_CHECK_CLOSE(t.magnetization / 1e-6 * pi * pi, 1.03, 0.003);
    KZ_CHECK_OK(kz_thermo_compute(&t, kz_chain_axial(1), &state[4], 1e-10));
    KZ_CHECK_CLOSE(t.energy, 0.25, 0);
}

/* 2026-11-26: a ground state that missed its tolerance was KZ_ETOL without numbers, and the program
 * printed what stood in memory.  Below h = 1e-8 or so its Fermi point is not known to 1e-10. */
static void bug_ground_state_beyond_tolerance(void **unused)
{
    (void)unused;
    kz_thermo t = {.err = -1, .energy = 7};
    kz_state state = kz_state_ground(-1e-9);
    KZ_CHECK_STATUS(kz_thermo_compute(&t, kz_chain_axial(1), &state, 1e-10), KZ_ETOL);
    assert_true(t.err > 1e-10 && t.err < 1e-7);
    KZ_CHECK_CLOSE(t.energy, 0.25 - log(2), t.err);
    assert_true(t.magnetization < 0 && t.magnetization > -t.err - 1e-9);
}

static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 1931;
    print_message("# seed %llu\n", (unsigned long long)seed);
    double sharpest = 0;
    for (int i = 0; i < 20; i++) {
        double mu = pow(10, kz_check_uniform(&seed, i == 10 ? -3 : 0, 0.7)) * (i % 2 ? 1 : -1);
        if (i % 3 == 0) mu = 0;
        double beta = kz_check_uniform(&seed, -1, 1) * pow(10, kz_check_uniform(&seed, -1, 0.9));
        double tol = pow(10, kz_check_uniform(&seed, -7, -3));
        kz_thermo loose = thermo(1, beta, mu, tol), tight = thermo(1, beta, mu, 1e-8);
        KZ_CHECK_THERMO(&loose, &tight, KZ_THERMO_NUMBERS, loose.err + tight.err);
        double a[KZ_THERMO_NUMBERS], b[KZ_THERMO_NUMBERS];
        kz_thermo_list(a, &loose);
        kz_thermo_list(b, &tight);
        for (int q = 0; q < KZ_THERMO_NUMBERS; q++)
            sharpest =
                kz_check_largest(sharpest, fabs(a[q] - b[q]) / kz_check_scale(b[q]) / loose.err);
    }
    print_message("# largest error/err %.2f\n", sharpest);
}

static void errors(void **unused)
{
    (void)unused;
    kz_thermo t = {.err = -1};
    kz_state state = kz_state_thermal(300, 0);
    /* beyond rounding: numbers, and what they are worth */
    KZ_CHECK_STATUS(kz_thermo_compute(&t, kz_chain_axial(1), &state, 1e-13), KZ_ETOL);
    assert_true(t.err > 1e-13 && t.err < 1e-11);
    KZ_CHECK_CLOSE(t.energy, thermo(1, 300, 0, 1e-8).energy, 1e-8);
    kz_grid grid = {.chain = kz_chain_axial(1), .half = 8, .order = 2, .window = 2.5};
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_isotropic_on_grid(&t, grid, 1, 0.5));
    unsigned long count = kz_alloc_count();
    assert_true(count > 30);
    for (unsigned long k = 1; k <= count; k++) {
        t.err = -1;
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_isotropic_on_grid(&t, grid, 1, 0.5), KZ_ENOMEM);
        assert_true(t.err == -1);
    }
    kz_alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_kernels),
        cmocka_unit_test(exact_closure),
        cmocka_unit_test(exact_tail),
        cmocka_unit_test(exact_infinite_temperature),
        cmocka_unit_test(property_exact_diagonalisation),
        cmocka_unit_test(property_analytic_in_delta),
        cmocka_unit_test(property_noise_from_below),
        cmocka_unit_test(property_symmetries),
        cmocka_unit_test(property_schwarz),
        cmocka_unit_test(edges_cold),
        cmocka_unit_test(edges_ground),
        cmocka_unit_test(bug_ground_state_beyond_tolerance),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
