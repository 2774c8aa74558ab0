/* Two charges at large resistances where a reservoir is a ground state or ceiling: edges turn cold
 * by powers of R, and the branch leads there. */
#include "support/junction.h"

static const double pi = 3.14159265358979323846;

/* An XX half at the ground state without field, beside an edge with e^{-beta} = 0 to rounding:
 *     J_E = -(pi T^2/12 + h^2/4pi), J_M = -h/2pi on the left,   h = mu/beta. */
static void check_cold_left(const kz_junction_point *p)
{
    double T = 1 / p->beta_minus, h = T * p->mu_minus, rounding = 1e-15;
    double energy = -(pi * T * T / 12 + h * h / (4 * pi)), spin = -h / (2 * pi);
    double by_T = p->err * fabs(p->beta_minus) * T, by_mu = p->err * T; /* relative; of h */
    KZ_CHECK_CLOSE(p->energy_current, energy,
                   2 * by_T * fabs(energy) + by_mu * (fabs(h) + by_mu) + rounding);
    KZ_CHECK_CLOSE(p->spin_current, spin, by_T * fabs(spin) + by_mu + rounding);
}

static void check_law(const kz_junction_point *p)
{
    double change = p->beta_plus - p->beta_minus, size = fabs(p->beta_plus) + fabs(p->beta_minus);
    KZ_CHECK_CLOSE(change, p->resistance * p->energy_current, p->err * (p->resistance + size + 2));
    change = p->mu_minus - p->mu_plus;
    size = fabs(p->mu_minus) + fabs(p->mu_plus);
    KZ_CHECK_CLOSE(change, p->spin_resistance * p->spin_current,
                   p->err * (fmin(p->spin_resistance, 1) + size) + 1e-15 * size);
}

/* XX | XX, ground | down: on the right, with z = e^{beta + mu} small,
 *     J_M = T ln(1 + z)/2pi,   J_E = -J_M - T^2 Li_2(-z)/2pi.
 * The ground state has to balance the energy of magnons: beta^3 -> pi R_M/12. */
static void free_halves(void **unused)
{
    (void)unused;
    const double R[] = {1e7, 1e9, 1e10, 1e12};
    for (int i = 0; i < 4; i++) {
        kz_junction_params params = junction_pair(kz_chain_xx(), kz_chain_xx(), kz_state_ground(0),
                                                  kz_state_down(), kz_law_beta(), 0);
        kz_junction_point p = junction_solve_pair(&params, 1, R[i], 1e-6);
        check_cold_left(&p);
        check_law(&p);
        double T = 1 / p.beta_plus, z = exp(p.beta_plus + p.mu_plus), power = -z, dilogarithm = 0;
        assert_true(z < 0.02);
        for (int k = 1; k < 12; k++, power *= -z)
            dilogarithm += power / k / k;
        double spin = T * log1p(z) / (2 * pi), energy = -spin - T * T * dilogarithm / (2 * pi);
        double relative = p.err * (2 + fabs(p.beta_plus) + fabs(p.mu_plus));
        KZ_CHECK_CLOSE(p.spin_current / spin, 1, relative + 1e-12);
        KZ_CHECK_CLOSE(p.energy_current / energy, 1, relative + 1e-12);
        KZ_CHECK_CLOSE(12 * pow(p.beta_plus, 3) / pi / R[i], 1, 20 / p.beta_plus);
    }
}

/* XX | XXZ, ground | down or up: magnons leave at e = -1 - Delta, beta^3 -> pi R_M/12(1 + Delta)^2,
 * |mu| -> (1 + Delta) beta, to T ln R. */
static void interacting_half(void **unused)
{
    (void)unused;
    const double R[] = {1e8, 1e10};
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_xxz(3 + i);
        kz_junction_params params =
            junction_pair(kz_chain_xx(), chain, kz_state_ground(0),
                          i ? kz_state_up() : kz_state_down(), kz_law_beta(), 0);
        kz_junction_point p = junction_solve_pair(&params, 1, R[i], 1e-6);
        double depth = 1 + kz_chain_delta(chain), turn = i ? 1 : -1;
        check_cold_left(&p);
        check_law(&p);
        KZ_CHECK_CLOSE(12 * pow(p.beta_plus, 3) * depth * depth / pi / R[i], 1, 5 / p.beta_plus);
        KZ_CHECK_CLOSE(turn * p.mu_plus / p.beta_plus, depth, 20 / p.beta_plus);
    }
}

/* XX | XXZ, ground | thermal, by either law: the thermal edge comes up to its reservoir, and sends
 * out what a bipartition solved afresh has. */
static void beside_thermal(void **unused)
{
    (void)unused;
    const double R[] = {1e8, 1e12, 1e10};
    const kz_state hot = kz_state_thermal(1, 0.3);
    for (int i = 0; i < 3; i++) {
        bool linear = i < 2;
        kz_junction_params params =
            junction_pair(kz_chain_xx(), kz_chain_xxz(4), kz_state_ground(0), hot,
                          linear ? kz_law_beta() : kz_law_fourier(), 0);
        kz_junction_point p = junction_solve_pair(&params, R[i], i % 2 ? 1 : 1e8, 1e-6);
        check_cold_left(&p);
        if (linear) check_law(&p);
        if (!linear) KZ_CHECK_CLOSE(p.t_minus - p.t_plus, p.resistance * p.energy_current, 1e-10);
        kz_state edge = kz_state_thermal(p.beta_plus, p.mu_plus);
        kz_ray ray = edge_ray(kz_chain_xxz(4), edge, hot, 1e-11);
        KZ_CHECK_CLOSE(ray.energy_current, p.energy_current, p.err + ray.err);
        KZ_CHECK_CLOSE(ray.spin_current, p.spin_current, p.err + ray.err);
        KZ_CHECK_CLOSE(p.beta_plus, 1, 100 * fabs(p.energy_current) + 100 * fabs(p.spin_current));
    }
}

/* XX | XX, up | thermal, Fourier's law: the edge beside `up` carries J_E = A beta_- and R A
 * beta_-^2
 * -> 1, J in proportion to R^{-1/2}, with digits at every R; A = -dJ/dbeta at beta = 0 is
 *     int de/2pi e^2 n(1 - n) = 1/(6 pi (1 + cosh mu)). */
static void hot_edge_beside_up(void **unused)
{
    (void)unused;
    const double R[] = {1e12, 1e20, 1e100, 1e300};
    for (int i = 0; i < 8; i++) {
        kz_junction_params params = junction_pair(kz_chain_xx(), kz_chain_xx(), kz_state_up(),
                                                  kz_state_thermal(1, 0), kz_law_fourier(), 0);
        kz_junction_point p = junction_solve_pair(&params, R[i / 2], i % 2 ? 1e8 : 1, 1e-11);
        double mu = p.mu_minus, beta = p.beta_minus, A = 1 / (6 * pi * (1 + cosh(mu)));
        KZ_CHECK_CLOSE(p.energy_current / beta / A, 1, 1e-11 + beta * beta);
        KZ_CHECK_CLOSE((p.t_minus - p.t_plus) / R[i / 2] / p.energy_current, 1, 1e-11);
        KZ_CHECK_CLOSE(p.spin_current * 2 * pi * (1 + exp(mu)), 2, 1e-11 + beta);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_halves),
        cmocka_unit_test(interacting_half),
        cmocka_unit_test(beside_thermal),
        cmocka_unit_test(hot_edge_beside_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
