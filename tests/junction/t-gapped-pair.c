/* Junctions of energy and spin with a half of |Delta| > 1.  docs/junction.md. */
#include <string.h>

#include "ghd/edge/edge.h"
#include "ghd/level/level.h"
#include "support/interpolate.h"
#include "support/junction.h"

static const double inf = (double)INFINITY;

static void currents_of(double out[2], kz_edge_work *work, double beta, double mu)
{
    kz_edge edge;
    kz_state state = kz_state_thermal(beta, mu);
    KZ_CHECK_OK(kz_edge_solve(&edge, work, &state, 1e-11));
    out[0] = edge.ray.energy_current;
    out[1] = edge.ray.spin_current;
}

/* Derivative by beta (0) or -mu (1) from four points: 1e-12 h^4 and 1e-12/h. */
static void slope_of(double out[2], kz_edge_work *work, double beta, double mu, int parameter)
{
    static const double weight[4] = {1, -8, 8, -1};
    const double step = 1e-3;
    out[0] = out[1] = 0;
    for (int k = 0; k < 4; k++) {
        double current[2], x = (k < 2 ? k - 2 : k - 1) * step;
        currents_of(current, work, beta + (parameter ? 0 : x), mu - (parameter ? x : 0));
        for (int a = 0; a < 2; a++)
            out[a] += weight[k] * current[a] / (12 * step);
    }
}

/* All four responses, beside reservoirs that fill the long strings and beside such that do not,
 * with both signs of mu on either side. */
static void exact_response(void **unused)
{
    (void)unused;
    static const double delta[] = {1.5, 3, -1.5, 1.2};
    static const double reservoir[][2] = {{0.5, 0.8}, {1.2, -0.5}, {0.7, 0.6}};
    static const double edge[][2] = {{1, 0.5}, {0.4, -0.9}, {1.5, 0.2}, {0.8, -0.3}};
    int filled[2] = {0, 0};
    for (int i = 0; i < 12; i++) {
        int side = i % 2 ? KZ_LEFT : KZ_RIGHT;
        kz_state other = kz_state_thermal(reservoir[i % 3][0], reservoir[i % 3][1]);
        double beta = edge[i % 4][0], mu = edge[i % 4][1], direction = side == KZ_LEFT ? -1 : 1;
        kz_state state = kz_state_thermal(beta, mu);
        kz_edge_work *work;
        kz_edge here;
        KZ_CHECK_OK(
            kz_edge_work_create(&work, kz_chain_axial(delta[(i + i / 4) % 4]), &other, side, 2));
        KZ_CHECK_OK(kz_edge_solve(&here, work, &state, 1e-11));
        for (int b = 0; b < 2; b++) {
            double slope[2];
            slope_of(slope, work, beta, mu, b);
            for (int a = 0; a < 2; a++)
                KZ_CHECK_CLOSE(here.response[a][b], direction * slope[a], 1e-8);
        }
        /* the sign of mu counts, if its state fills the longest strings, and else does not */
        double same[2], flipped[2];
        currents_of(same, work, beta, mu);
        currents_of(flipped, work, beta, -mu);
        bool from_left = here.ray.spin_current * here.ray.magnetization > 0; /* they move right */
        bool own = from_left == (side == KZ_LEFT);
        KZ_CHECK_CLOSE(flipped[0], same[0], 1e-10);
        KZ_CHECK_CLOSE(flipped[1], own ? -same[1] : same[1], 1e-10);
        filled[own]++;
        kz_edge_work_free(work);
    }
    assert_true(filled[0] > 2 && filled[1] > 2);
}

/* Without magnetization the spin is at rest, and the energy's junction is that of its own. */
static void exact_energy_alone(void **unused)
{
    (void)unused;
    const kz_chain left[] = {kz_chain_xx(), kz_chain_axial(-1.5), kz_chain_xxz(3)};
    const kz_chain right[] = {kz_chain_axial(1.5), kz_chain_rational(5, 2), kz_chain_axial(-2)};
    for (int i = 0; i < 3; i++) {
        kz_junction_params params = junction_pair(left[i], right[i], kz_state_thermal(1.4, 0),
                                                  kz_state_thermal(0.5, 0), kz_law_fourier(), 0);
        kz_junction_point pair = junction_solve_pair(&params, 3,
                                                     i == 0   ? 0
                                                     : i == 1 ? 7
                                                              : inf,
                                                     1e-10);
        params.carry = KZ_CARRY_ENERGY;
        kz_junction *alone = junction_create(&params, 1e-11);
        kz_junction_point p = junction_solve(alone, &params.law, 3, 1e-11);
        kz_junction_free(alone);
        KZ_CHECK_CLOSE(pair.beta_minus, p.beta_minus, pair.beta_minus_err + p.beta_minus_err);
        KZ_CHECK_CLOSE(pair.beta_plus, p.beta_plus, pair.beta_plus_err + p.beta_plus_err);
        KZ_CHECK_CLOSE(pair.energy_current, p.energy_current, pair.err + p.err);
        assert_true(pair.spin_current == 0 && pair.mu_minus == 0 && pair.mu_plus == 0);
    }
}

/* With a gap nothing is linear in the magnetizations: the spin current through the half is v m, and
 * the velocity of the longest strings is even in mu. */
static void property_no_linear_response(void **unused)
{
    (void)unused;
    double current[2];
    for (int i = 0; i < 2; i++) {
        double mu = 0.02 * (1 + i);
        kz_junction_params params =
            junction_pair(kz_chain_xx(), kz_chain_axial(1.8), kz_state_thermal(1, mu),
                          kz_state_thermal(1, -2 * mu), kz_law_beta(), 0);
        kz_junction_point p = junction_solve_pair(&params, 1, 1, 1e-9);
        current[i] = p.spin_current;
        KZ_CHECK_CLOSE(p.mu_minus, mu, 0.1 * mu); /* the other half has no resistance beside it */
    }
    assert_true(current[0] > 1e-7);
    KZ_CHECK_CLOSE(current[1] / current[0], 8, 0.1);
}

/* Polynomials in Delta through five fractions and five gapped chains, in fields where strings
 * that tell the fractions apart carry nothing. */
static void property_analytic_through_isotropy(void **unused)
{
    (void)unused;
    enum { NODES = KZ_TEST_NEAR_ISOTROPY };
    const kz_chain target[] = {kz_chain_xxz(6), kz_chain_axial(1.15)};
    kz_chain chain[NODES];
    double delta[NODES];
    kz_test_near_isotropy(chain, delta);
    kz_junction_params params =
        junction_pair(kz_chain_xx(), kz_chain_xx(), kz_state_thermal(0.6, 3.2),
                      kz_state_thermal(1.1, 3.8), kz_law_beta(), 0.3);
    kz_junction_point p[NODES], sum = {0};
    for (int k = 0; k < NODES; k++) {
        params.right = chain[k];
        p[k] = junction_solve_pair(&params, 2, 5, 1e-8);
    }
    for (int t = 0; t < 2; t++) {
        params.right = target[t];
        kz_junction_point hit = junction_solve_pair(&params, 2, 5, 1e-8);
        memset(&sum, 0, sizeof sum);
        for (int k = 0; k < NODES; k++) {
            double w = kz_test_weight(delta, NODES, k, kz_chain_delta(target[t]));
            sum.beta_plus += w * p[k].beta_plus;
            sum.mu_minus += w * p[k].mu_minus;
            sum.spin_current += w * p[k].spin_current;
            sum.energy_current += w * p[k].energy_current;
        }
        KZ_CHECK_CLOSE(sum.beta_plus, hit.beta_plus, 1e-6);
        KZ_CHECK_CLOSE(sum.mu_minus, hit.mu_minus, 1e-6);
        KZ_CHECK_CLOSE(sum.spin_current, hit.spin_current, 1e-8);
        KZ_CHECK_CLOSE(sum.energy_current, hit.energy_current, 1e-8);
    }
}

static kz_state flip(kz_state s)
{
    if (s.kind == KZ_STATE_THERMAL) return kz_state_thermal(s.beta, -s.mu);
    return s.kind == KZ_STATE_UP ? kz_state_down() : kz_state_up();
}

static kz_state invert(kz_state s)
{
    return s.kind == KZ_STATE_THERMAL ? kz_state_thermal(-s.beta, s.mu) : s;
}

static kz_chain negative(kz_chain c)
{
    return c.kind == KZ_CHAIN_AXIAL ? kz_chain_axial(-c.delta) : kz_chain_rational(c.P, c.P - c.Q);
}

/* The mirror image; all spins turned; -Delta, on which beta and energies have the other sign. */
static void property_symmetries(void **unused)
{
    (void)unused;
    const kz_chain left[] = {kz_chain_xxz(3), kz_chain_rational(5, 2), kz_chain_axial(-3)};
    const kz_chain right[] = {kz_chain_axial(1.5), kz_chain_axial(-2), kz_chain_xxz(4)};
    const kz_state a[] = {kz_state_thermal(1, 1.2), kz_state_up(), kz_state_thermal(-0.5, 0.4)};
    const kz_state b[] = {kz_state_thermal(0.4, -0.6), kz_state_thermal(-0.7, 0.8),
                          kz_state_thermal(0.8, 1.1)};
    const double tol = 2e-9;
    for (int i = 0; i < 3; i++) {
        kz_law law = kz_law_beta();
        kz_junction_params params = junction_pair(left[i], right[i], a[i], b[i], law, 0);
        kz_junction_params mirror = junction_pair(right[i], left[i], b[i], a[i], law, 0);
        kz_junction_params turned =
            junction_pair(left[i], right[i], flip(a[i]), flip(b[i]), law, 0);
        kz_junction_params minus = junction_pair(negative(left[i]), negative(right[i]),
                                                 invert(a[i]), invert(b[i]), law, 0);
        kz_junction_point p = junction_solve_pair(&params, 2, 3 * i, 1e-9);
        kz_junction_point m = junction_solve_pair(&mirror, 2, 3 * i, 1e-9);
        kz_junction_point t = junction_solve_pair(&turned, 2, 3 * i, 1e-9);
        kz_junction_point n = junction_solve_pair(&minus, 2, 3 * i, 1e-9);
        KZ_CHECK_CLOSE(m.energy_current, -p.energy_current, tol);
        KZ_CHECK_CLOSE(m.spin_current, -p.spin_current, tol);
        KZ_CHECK_CLOSE(m.mu_plus, p.mu_minus, p.mu_minus_err + m.mu_plus_err);
        KZ_CHECK_CLOSE(t.energy_current, p.energy_current, tol);
        KZ_CHECK_CLOSE(t.spin_current, -p.spin_current, tol);
        KZ_CHECK_CLOSE(t.mu_plus, -p.mu_plus, p.mu_plus_err + t.mu_plus_err);
        KZ_CHECK_CLOSE(n.energy_current, -p.energy_current, tol);
        KZ_CHECK_CLOSE(n.spin_current, p.spin_current, tol);
        KZ_CHECK_CLOSE(n.beta_plus, -p.beta_plus, p.beta_plus_err + n.beta_plus_err);
        /* the laws */
        double wide = 10 * (p.err + p.mu_minus_err + p.mu_plus_err);
        KZ_CHECK_CLOSE(p.mu_minus - p.mu_plus, 3 * i * p.spin_current, wide);
        assert_true(fabs(p.spin_current) > 1e-6);
    }
}

static kz_state random_state(uint64_t *seed)
{
    double kind = kz_check_uniform(seed, 0, 6);
    if (kind < 1) return kind < 0.5 ? kz_state_up() : kz_state_down();
    double beta = kz_check_uniform(seed, -2, 2);
    return kz_state_thermal(beta, kz_check_uniform(seed, -2.5, 2.5));
}

/* All spins one way on one side and the other way on the other. */
static bool is_wall(kz_state a, kz_state b)
{
    return a.kind != b.kind && a.kind != KZ_STATE_THERMAL && b.kind != KZ_STATE_THERMAL;
}

/* Loose against tight. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    const kz_chain left[] = {kz_chain_xx(), kz_chain_xxz(3), kz_chain_rational(5, 2)};
    const kz_chain right[] = {kz_chain_axial(1.5), kz_chain_axial(-2), kz_chain_axial(1.2),
                              kz_chain_axial(4)};
    uint64_t seed = 29;
    print_message("# seed %llu\n", (unsigned long long)seed);
    int solved = 0;
    for (int i = 0; i < 6; i++) {
        kz_state a = random_state(&seed), b = random_state(&seed);
        kz_junction_params params = junction_pair(left[i % 3], right[i % 4], a, b,
                                                  i % 2 ? kz_law_beta() : kz_law_fourier(), 0);
        double R = i % 3 ? kz_check_uniform(&seed, 0, 5) : 0,
               spin_R = kz_check_uniform(&seed, 0, 9);
        double tol = pow(10, kz_check_uniform(&seed, -7, -3));
        if (is_wall(a, b)) continue;
        kz_junction_point truth = junction_solve_pair(&params, R, spin_R, 1e-8);
        solved++;
        kz_junction_point p = junction_solve_pair(&params, R, spin_R, tol);
        KZ_CHECK_CLOSE(p.beta_minus, truth.beta_minus, p.beta_minus_err + truth.beta_minus_err);
        KZ_CHECK_CLOSE(p.beta_plus, truth.beta_plus, p.beta_plus_err + truth.beta_plus_err);
        KZ_CHECK_CLOSE(p.mu_minus, truth.mu_minus, p.mu_minus_err + truth.mu_minus_err);
        KZ_CHECK_CLOSE(p.mu_plus, truth.mu_plus, p.mu_plus_err + truth.mu_plus_err);
        KZ_CHECK_CLOSE(p.spin_current, truth.spin_current, p.err + truth.err);
        KZ_CHECK_CLOSE(p.energy_current, truth.energy_current, p.err + truth.err);
        KZ_CHECK_CLOSE(p.magnetization_left, truth.magnetization_left, p.err + truth.err);
        KZ_CHECK_CLOSE(p.magnetization_right, truth.magnetization_right, p.err + truth.err);
    }
    assert_true(solved >= 5);
}

static void check_refused(kz_junction_params params, kz_status expected, const char *reason)
{
    kz_junction *junction;
    kz_options options = kz_options_default();
    options.tol = 1e-6;
    KZ_CHECK_STATUS(kz_junction_create(&junction, &params, &options), expected);
    assert_null(junction);
    assert_non_null(strstr(kz_error_reason(), reason));
}

static void errors(void **unused)
{
    (void)unused;
    const kz_chain xx = kz_chain_xx(), a = kz_chain_axial(1.5), b = kz_chain_axial(-2);
    const kz_state plus = kz_state_thermal(1, 0.8), minus = kz_state_thermal(1, -0.8);
    kz_law law = kz_law_beta();
    check_refused(junction_pair(a, b, plus, plus, law, 0), KZ_EINVAL, "takes one");
    check_refused(junction_pair(xx, a, plus, kz_state_ceiling(), law, 0), KZ_EINVAL,
                  "take up or down");
    check_refused(junction_pair(b, xx, kz_state_ground(0), plus, law, 0), KZ_EINVAL,
                  "take up or down");
    check_refused(junction_pair(a, kz_chain_axial(-1), plus, plus, law, 0), KZ_EINVAL, "takes one");
    check_refused(junction_pair(xx, kz_chain_axial(1), plus, kz_state_ceiling(), law, 0), KZ_EINVAL,
                  "take up or down");
    /* walls that stand still */
    check_refused(junction_pair(xx, a, plus, minus, law, 0), KZ_ENOCONV, "right edge jumps");
    /* one start of the search comes to edges of mu = 20 whose residual is small */
    check_refused(junction_pair(kz_chain_xxz(4), kz_chain_axial(-1.5), kz_state_up(),
                                kz_state_down(), law, 0),
                  KZ_ENOCONV, "stands still");
    check_refused(junction_pair(xx, kz_chain_axial(1), kz_state_up(), kz_state_down(), law, 0),
                  KZ_ENOROOT, "stands still");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_response),
        cmocka_unit_test(exact_energy_alone),
        cmocka_unit_test(property_no_linear_response),
        cmocka_unit_test(property_analytic_through_isotropy),
        cmocka_unit_test(property_symmetries),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
