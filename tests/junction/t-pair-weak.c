/* Two charges where a current is weak or an edge cold: bounds and currents far below 1. */
#include <kapitza/dressing.h>

#include "fermion/response.h"
#include "junction/internal.h"
#include "support/junction.h"
#include "support/strings.h"

static const double pi = 3.14159265358979323846;
static const double inf = (double)INFINITY;

/* XX | XX, up | down: 2 pi m (1 + e^m) = R_M, with digits of m and of J at every R_M. */
static void exact_free(void **unused)
{
    (void)unused;
    static const double m[] = {8, 12, 20, 39, 41, 100, 680};
    for (int i = 0; i < 14; i++) {
        kz_law law = i % 2 ? kz_law_beta() : kz_law_fourier();
        kz_junction_params params =
            junction_pair(kz_chain_xx(), kz_chain_xx(), kz_state_up(), kz_state_down(), law, 0);
        double mu = m[i / 2], R = 2 * pi * mu * (1 + exp(mu)), J = 1 / (pi * (1 + exp(mu)));
        kz_junction_point p = junction_solve_pair(&params, i % 3 ? 7 : inf, R, 1e-10);
        assert_true(p.beta_minus == 0 && p.beta_plus == 0);
        KZ_CHECK_CLOSE_REL(p.mu_minus, mu, p.err + 1e-15);
        KZ_CHECK_CLOSE_REL(p.mu_plus, -mu, p.err + 1e-15);
        KZ_CHECK_CLOSE(p.spin_current / J, 1, 4 * p.err + 2e-14);
        KZ_CHECK_CLOSE(p.energy_current, 0, 1e-15 * J);
    }
}

/* A dilute gas of magnons, v = de/dk, e in [-1 - Delta, 1 - Delta] from `up`: from an edge (beta,
 * mu) come e^{-mu} int de/2pi e^{-beta e} (e, -1). */
static void gas(double current[2], kz_chain chain, double beta, double mu)
{
    enum { N = 4000 };
    double delta = kz_chain_delta(chain);
    current[0] = current[1] = 0;
    for (int k = 0; k <= N; k++) {
        double e = -1 - delta + 2.0 * k / N;
        double weight = (k % N == 0 ? 1 : k % 2 ? 4 : 2) / (1.5 * N) / (2 * pi);
        current[0] += weight * e * exp(-beta * e - mu);
        current[1] -= weight * exp(-beta * e - mu);
    }
}

/* Both edges emit such gases, which the laws balance. */
static void exact_dilute(void **unused)
{
    (void)unused;
    const kz_state up = kz_state_up(), down = kz_state_down(), hot = kz_state_thermal(0.5, -1);
    const struct {
        kz_junction_params params;
        double R[2];
    } at[] = {
        {junction_pair(kz_chain_xxz(3), kz_chain_xxz(3), up, down, kz_law_beta(), 0), {0, 1e20}},
        {junction_pair(kz_chain_xx(), kz_chain_xxz(4), up, down, kz_law_fourier(), 0), {inf, 1e18}},
        {junction_pair(kz_chain_xxz(4), kz_chain_xxz(3), down, up, kz_law_beta(), 0.5),
         {1e20, 1e20}},
        {junction_pair(kz_chain_xxz(3), kz_chain_xxz(5), up, hot, kz_law_fourier(), 0), {3, 1e20}},
        {junction_pair(kz_chain_xxz(3), kz_chain_xx(), up, hot, kz_law_beta(), 0), {inf, 1e250}},
    };
    for (int i = 0; i < 5; i++) {
        const kz_junction_params *params = &at[i].params;
        const double *R = at[i].R, c = params->cross;
        kz_junction_point p = junction_solve_pair(params, R[0], R[1], 1e-10);
        double left[2], right[2], J = p.spin_current, turn = p.mu_minus > 0 ? 1 : -1;
        gas(left, params->left, p.beta_minus, turn * p.mu_minus);
        gas(right, params->right, p.beta_plus, -turn * p.mu_plus);
        double scale = 1e-13 + 4 * p.err * (1 + fabs(p.mu_minus) + fabs(p.beta_minus));
        KZ_CHECK_CLOSE(-turn * left[1] / J, 1, scale); /* they flow to the left */
        if (params->right_state.kind != KZ_STATE_THERMAL) {
            KZ_CHECK_CLOSE(-turn * right[1] / J, 1, scale);
            KZ_CHECK_CLOSE((left[0] + right[0]) / J, 0, 2 * scale);
        } else {
            KZ_CHECK_CLOSE(p.beta_plus, params->right_state.beta, p.err);
            KZ_CHECK_CLOSE(p.mu_plus, params->right_state.mu, p.err);
        }
        double E = -left[0], both = c > 0 ? c * sqrt(R[0]) * sqrt(R[1]) : 0;
        KZ_CHECK_CLOSE((p.mu_minus - p.mu_plus) / (R[1] * J + both * E), 1, scale);
        if (isinf(R[0])) KZ_CHECK_CLOSE(E / J, 0, scale);
        if (c > 0) KZ_CHECK_CLOSE(p.beta_plus - p.beta_minus, R[0] * E + both * J, 10 * scale);
    }
}

static double energy_charge(int j, double lambda, void *context)
{
    return kz_string_energy(kz_test_strings(*(int *)context, 1), j, lambda);
}

static double spin_charge(int j, double lambda, void *context)
{
    (void)lambda;
    return -kz_test_strings(*(int *)context, 1)->length[j - 1];
}

/* Where the gas is not ideal yet: the full kernel keeps the digits of few strings. */
static void edges_by_full_kernel(void **unused)
{
    (void)unused;
    const double R[] = {1e4, 1e6}; /* corrections of 5e-3 and 1e-4 */
    for (int i = 0; i < 2; i++) {
        int P = 3 + i;
        kz_junction_params params = junction_pair(kz_chain_xxz(P), kz_chain_xx(), kz_state_up(),
                                                  kz_state_down(), kz_law_beta(), 0);
        kz_junction_point p = junction_solve_pair(&params, 10, R[i], 1e-10);
        kz_state up = kz_state_up(), edge = kz_state_thermal(p.beta_minus, p.mu_minus);
        kz_dressing *d;
        double density, J_E, J_M, ideal[2];
        KZ_CHECK_OK(kz_dressing_create(&d, kz_chain_xxz(P), &up, &edge, 0, 1e-9));
        KZ_CHECK_OK(kz_dressing_average(&density, &J_E, d, energy_charge, &P));
        KZ_CHECK_OK(kz_dressing_average(&density, &J_M, d, spin_charge, &P));
        kz_dressing_free(d);
        KZ_CHECK_CLOSE(p.spin_current / J_M, 1, 1e-8); /* tolerance of the panels, and theirs */
        KZ_CHECK_CLOSE(p.energy_current / J_E, 1, 1e-8);
        gas(ideal, kz_chain_xxz(P), p.beta_minus, p.mu_minus);
        assert_true(fabs(ideal[1] / J_M + 1) > 1e-6); /* something to see */
    }
}

/* Edges of the XX chain whose occupations are 0 or 1 to rounding everywhere:
 * int de/2pi e^{-beta e + mu} and the same for holes. */
static void edges_of_nothing(void **unused)
{
    (void)unused;
    const double beta[] = {-300, 1e-3, 40};
    for (int i = 0; i < 6; i++) {
        double b = beta[i / 2], mu = i % 2 ? 400 : -400, x = i % 2 ? b : -b;
        double one = exp(-400) * sinh(x) / (pi * x); /* int e^{x e} */
        double two = exp(-400) * cosh(x) / (pi * x) - one / x;
        if (fabs(x) < 0.1) two = exp(-400) * x / (3 * pi) * (1 + x * x / 10);
        const kz_state state = kz_state_thermal(b, mu);
        double current[2], err[2], response[2][2], sign = i % 2 ? -1 : 1;
        kz_fermion_emission(current, err, &state, mu);
        kz_fermion_response(response, &state);
        assert_true(err[0] > 0 && err[0] < 1e-12 * (fabs(b) < 1 ? fabs(two) : one));
        assert_true(err[1] > 0 && err[1] < 1e-12 * one);
        KZ_CHECK_CLOSE(current[1], sign * one, err[1]);
        KZ_CHECK_CLOSE(current[0], sign * two, err[0]);
        KZ_CHECK_CLOSE(response[1][1], one, err[1]);
        KZ_CHECK_CLOSE(response[0][1], two, err[1]);
    }
}

/* 2026-11-26: up | down of one chain with many strings.  The cold edge magnifies errors of the
 * energy current, which had the magnetization's in them: 2e-10 at P = 8, 5e-9 at P = 14. */
static void cold_edge_of_many_strings(void **unused)
{
    (void)unused;
    const kz_chain chain = kz_chain_xxz(8);
    kz_junction_params params =
        junction_pair(chain, chain, kz_state_up(), kz_state_down(), kz_law_beta(), 0);
    kz_junction_point p = junction_solve_pair(&params, 0, 0, 1e-10);
    assert_true(p.beta_minus < -10 && p.beta_minus == p.beta_plus);
    KZ_CHECK_CLOSE(p.mu_minus, 0, p.err);
    KZ_CHECK_CLOSE(p.mu_plus, 0, p.err);
    KZ_CHECK_CLOSE(p.magnetization_left, -p.magnetization_right, p.err);
    kz_state edge = kz_state_thermal(p.beta_plus, 0);
    kz_ray ray = edge_ray(chain, edge, kz_state_down(), 1e-12);
    KZ_CHECK_CLOSE(ray.energy_current, 0, 1e-14); /* or beta moves by 1e-9 */
    KZ_CHECK_CLOSE(ray.spin_current, p.spin_current, p.err + ray.err);
}

/* 2026-11-26: Newton's method left rounding in the beta of an edge that Fourier's law holds next to
 * 0: T was wrong by 1e-7 to 10 % of itself at R = 1e30.  J has the limit R = inf, where the edge is
 * at T = inf: -T/R on the right, T/R on the left. */
static void bug_hot_edge_by_rounding(void **unused)
{
    (void)unused;
    const struct {
        kz_chain right;
        kz_state state[2];
        double spin_resistance;
    } at[] = {
        {kz_chain_xxz(4), {kz_state_thermal(0.5, 1), kz_state_thermal(1e-3, -0.5)}, 10},
        {kz_chain_xx(), {kz_state_thermal(-1.463, 1.39), kz_state_thermal(1.055, -0.98)}, 10},
        {kz_chain_xx(), {kz_state_thermal(-1.826, 0.814), kz_state_thermal(1.933, 0.373)}, 0.5},
    };
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        kz_junction_params params = junction_pair(kz_chain_xx(), at[i].right, at[i].state[0],
                                                  at[i].state[1], kz_law_fourier(), 0);
        kz_junction_point limit = junction_solve_pair(&params, inf, at[i].spin_resistance, 1e-10);
        const double large[] = {1e12, 1e21, 1e300};
        for (int k = 0; k < 3; k++) {
            double R = large[k];
            kz_junction_point p = junction_solve_pair(&params, R, at[i].spin_resistance, 1e-10);
            bool right = fabs(p.beta_plus) < fabs(p.beta_minus);
            double T = right ? -p.t_plus : p.t_minus, other = right ? p.t_minus : -p.t_plus;
            KZ_CHECK_CLOSE_REL((T + other) / R, limit.energy_current, 3e-10 + 1 / R);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_free),
        cmocka_unit_test(exact_dilute),
        cmocka_unit_test(edges_by_full_kernel),
        cmocka_unit_test(edges_of_nothing),
        cmocka_unit_test(cold_edge_of_many_strings),
        cmocka_unit_test(bug_hot_edge_by_rounding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
