/* Full counting statistics with |Delta| > 1. */
#include <kapitza/thermo.h>

#include "ghd/counting/bias.h"
#include "ghd/level/level.h"
#include "ghd/statistics.h"
#include "ghd/support.h"
#include "support/interpolate.h"

static const kz_charge ENERGY = KZ_CHARGE_ENERGY;

/* At fields whose signs differ too: no long string carries energy. */
static void exact_fluctuation_symmetry(void **unused)
{
    (void)unused;
    static const struct {
        double delta, left[2], right[2];
    } cases[] = {
        {1.5, {0.5, 0}, {2, 0}}, {-1.3, {1.2, 0.6}, {-0.3, -0.6}}, {3, {0.7, 2}, {1.4, 2}}};
    for (int i = 0; i < 3; i++) {
        kz_state left = kz_state_thermal(cases[i].left[0], cases[i].left[1]);
        kz_state right = kz_state_thermal(cases[i].right[0], cases[i].right[1]);
        check_fluctuation_symmetry(kz_chain_axial(cases[i].delta), left, right, ENERGY,
                                   left.beta - right.beta);
    }
}

/* c_1 and c_2 are current and noise of the ray, which other sums find; in equilibrium c_2 is the
 * noise of thermo, where the longest strings are at rest and nothing is said of c_3 and c_4. */
static void property_first_cumulants(void **unused)
{
    (void)unused;
    kz_state left = kz_state_thermal(0.4, 0.9), right = kz_state_thermal(1.6, -0.2);
    kz_chain chain = kz_chain_axial(-2);
    kz_thermo thermo;
    statistics s = count(chain, left, right, ENERGY, NULL, 0, 1e-9);
    kz_ray ray = ray_of(chain, left, right, 0, 1e-10);
    KZ_CHECK_CLOSE(s.cumulants.value[0], ray.energy_current, s.cumulants.err[0] + ray.err);
    assert_true(s.cumulants.err[0] <= 1e-9 && s.cumulants.err[1] <= 1e-8);
    kz_noise noise = noise_of(chain, left, right, 1e-9);
    KZ_CHECK_CLOSE(s.cumulants.value[1], noise.energy, s.cumulants.err[1] + noise.err);
    s = count(chain, right, right, ENERGY, NULL, 0, 1e-9);
    KZ_CHECK_OK(kz_thermo_compute(&thermo, chain, &right, 1e-10));
    KZ_CHECK_CLOSE(s.cumulants.value[0], 0, s.cumulants.err[0]);
    KZ_CHECK_CLOSE(s.cumulants.value[1], thermo.energy_noise, s.cumulants.err[1] + thermo.err);
    assert_true(s.cumulants.err[1] <= 1e-7 && thermo.energy_noise > 0.01);
    assert_true(isinf(s.cumulants.err[2]) && isinf(s.cumulants.err[3]));
}

/* Where no string begins to cross. */
static void property_derivative(void **unused)
{
    (void)unused;
    check_derivative(kz_chain_axial(2), kz_state_thermal(0.4, 1), kz_state_thermal(1.5, -0.5),
                     ENERGY, 0.15, 0.45);
}

/* Through Delta = 1 F is analytic but for the crossings of long strings: other strings, no window,
 * other ends of the rows. */
static void property_analytic_through_isotropy(void **unused)
{
    (void)unused;
    enum { NODES = 8 };
    const double delta[] = {1.08, 1.2, 1.35, 1.5}, target = 1.12, lambda = -0.8;
    const kz_chain fraction[] = {kz_chain_rational(10, 3), kz_chain_xxz(4), kz_chain_xxz(5),
                                 kz_chain_xxz(8)};
    kz_state left = kz_state_thermal(0.3, 0), right = kz_state_thermal(0.8, 0);
    double at[NODES], F[NODES], sum = 0;
    for (int k = 0; k < NODES; k++) {
        kz_chain chain = k < 4 ? fraction[k] : kz_chain_axial(delta[k - 4]);
        at[k] = kz_chain_delta(chain);
        F[k] = generate(chain, left, right, ENERGY, &lambda, 1, 1e-8).at[0].generating;
    }
    for (int k = 0; k < NODES; k++)
        sum += kz_test_weight(at, NODES, k, target) * F[k];
    statistics hit = generate(kz_chain_axial(target), left, right, ENERGY, &lambda, 1, 1e-8);
    print_message("F = %.12g, through others %.12g\n", hit.at[0].generating, sum);
    KZ_CHECK_CLOSE(sum, hit.at[0].generating, 1e-6);
}

/* Loose answers lie within their bounds of tight ones, cumulants too. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 20261126;
    print_message("# seed %llu\n", (unsigned long long)seed);
    static const double delta[] = {4, -1.7};
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_axial(delta[i]);
        double lambda[2] = {kz_check_uniform(&seed, -2, 0), kz_check_uniform(&seed, 0, 2)};
        kz_state left = i == 1 ? kz_state_ceiling()
                               : kz_state_thermal(kz_check_uniform(&seed, -1, 2),
                                                  kz_check_uniform(&seed, -1, 1));
        kz_state right =
            kz_state_thermal(kz_check_uniform(&seed, -1, 2), kz_check_uniform(&seed, -1, 1));
        statistics loose = count(chain, left, right, ENERGY, lambda, 2, 1e-3);
        statistics tight = count(chain, left, right, ENERGY, lambda, 2, 1e-9);
        for (int k = 0; k < 2; k++) {
            double tol = loose.at[k].err + tight.at[k].err;
            KZ_CHECK_CLOSE(loose.at[k].generating, tight.at[k].generating, tol);
            KZ_CHECK_CLOSE(loose.at[k].current, tight.at[k].current, tol);
        }
        for (int k = 0; k < 4; k++) {
            double tol = loose.cumulants.err[k] + tight.cumulants.err[k];
            if (isfinite(tol))
                KZ_CHECK_CLOSE(loose.cumulants.value[k], tight.cumulants.value[k], tol);
        }
    }
}

/* Few strings will do, where they are ended by closures of two states. */
static void property_few_strings(void **unused)
{
    (void)unused;
    kz_state left = kz_state_thermal(0.4, 0.5), right = kz_state_thermal(1.5, -0.2);
    kz_grid grid = kz_level_grid(kz_chain_axial(2), &left, &right, 1e-10, false);
    const double lambda[2] = {-0.7, 0.7}, tol[2] = {1e-10, 2e-9};
    kz_fluctuation F[2][2];
    for (int i = 0; i < 2; i++) {
        kz_bias *bias;
        grid.order = i == 0 ? 4 : 12;
        KZ_CHECK_OK(kz_bias_create(&bias, grid, &left, &right, ENERGY, 1e-15));
        for (int k = 0; k < 2; k++, kz_bias_restart(bias))
            KZ_CHECK_OK(kz_bias_solve(&F[i][k], bias, lambda[k], 1e-13));
        kz_bias_free(bias);
    }
    for (int k = 0; k < 2; k++)
        KZ_CHECK_CLOSE(F[0][k].generating, F[1][k].generating, tol[k]);
}

/* The spin: equal temperatures, different fields.  Its image lies on the other branch, where the
 * long strings come from the other half. */
static void exact_spin_fluctuation_symmetry(void **unused)
{
    (void)unused;
    static const double delta[] = {2, -2.5}, right[] = {0.3, -0.8};
    for (int i = 0; i < 2; i++)
        check_fluctuation_symmetry(kz_chain_axial(delta[i]), kz_state_thermal(1, 0.9),
                                   kz_state_thermal(1, right[i]), KZ_CHARGE_SPIN, right[i] - 0.9);
}

/* A domain wall does not move; where the long strings come from the left, spin passes as they do:
 * F(-2 mu_left - lambda) = F(lambda), and nothing passes at lambda = -mu_left. */
static void exact_spin_of_one_side(void **unused)
{
    (void)unused;
    const double lambda[] = {0.4, -2.2, -0.9, 0};
    statistics s = generate(kz_chain_axial(1.5), kz_state_up(), kz_state_down(), KZ_CHARGE_SPIN,
                            lambda, 4, 1e-9);
    for (int i = 0; i < 4; i++)
        KZ_CHECK_CLOSE(s.at[i].generating, 0, s.at[i].err);
    s = generate(kz_chain_axial(2), kz_state_thermal(0.4, 0.9), kz_state_thermal(1.6, -0.2),
                 KZ_CHARGE_SPIN, lambda, 4, 1e-9);
    KZ_CHECK_CLOSE(s.at[0].generating, s.at[1].generating, s.at[0].err + s.at[1].err);
    KZ_CHECK_CLOSE(s.at[2].current, 0, s.at[2].err);
    assert_true(s.at[0].generating > 0.02);
}

/* Of thermal and of polarised halves: other sums find current and noise. */
static void property_spin_cumulants(void **unused)
{
    (void)unused;
    kz_state left[] = {kz_state_thermal(0.4, 0.9), kz_state_up()};
    kz_state right[] = {kz_state_thermal(1.6, -0.2), kz_state_thermal(0.5, 0.3)};
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_axial(i == 0 ? 2 : -3);
        statistics s = count(chain, left[i], right[i], KZ_CHARGE_SPIN, NULL, 0, 1e-9);
        kz_ray ray = ray_of(chain, left[i], right[i], 0, 1e-10);
        kz_noise noise = noise_of(chain, left[i], right[i], 1e-9);
        const double *c = s.cumulants.value, *err = s.cumulants.err;
        KZ_CHECK_CLOSE(c[0], ray.spin_current, err[0] + ray.err);
        KZ_CHECK_CLOSE(c[1], noise.spin, err[1] + noise.err);
        assert_true(err[0] <= 1e-8 && err[1] <= 1e-6 && fabs(c[0]) > 1e-2);
    }
}

static void property_spin_derivative(void **unused)
{
    (void)unused;
    check_derivative(kz_chain_axial(2), kz_state_thermal(0.4, 0.9), kz_state_thermal(1.6, -0.2),
                     KZ_CHARGE_SPIN, 0.1, 0.4);
}

/* Between two branches no long string crosses the junction: by the theorem, which exchanges them,
 * their v_infinity have both signs in the middle.  Points on either side are not lost with it. */
static void errors_between_branches(void **unused)
{
    (void)unused;
    kz_options options = kz_options_default();
    options.tol = 1e-4;
    kz_state left = kz_state_thermal(1, 0.9), right = kz_state_thermal(1, 0.3);
    const double lambda[] = {0, -0.3, -0.6}; /* their middle is (0.3 - 0.9)/2 */
    kz_fluctuation at[3];
    KZ_CHECK_STATUS(kz_fluctuations(at, NULL, kz_chain_axial(2), &left, &right, KZ_CHARGE_SPIN,
                                    lambda, 3, &options),
                    KZ_ENOCONV);
    assert_true(at[1].lambda == -0.3 && at[1].status == KZ_ENOCONV && isinf(at[1].err));
    assert_true(isnan(at[1].generating) && isnan(at[1].current));
    for (int i = 0; i < 3; i += 2) {
        assert_true(at[i].status == KZ_OK && at[i].err <= options.tol);
        KZ_CHECK_CLOSE(at[i].generating, 0, at[i].err + 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_fluctuation_symmetry),
        cmocka_unit_test(property_first_cumulants),
        cmocka_unit_test(property_derivative),
        cmocka_unit_test(property_analytic_through_isotropy),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(property_few_strings),
        cmocka_unit_test(exact_spin_fluctuation_symmetry),
        cmocka_unit_test(exact_spin_of_one_side),
        cmocka_unit_test(property_spin_cumulants),
        cmocka_unit_test(property_spin_derivative),
        cmocka_unit_test(errors_between_branches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
