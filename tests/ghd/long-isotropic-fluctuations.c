/* Full counting statistics at Delta = 1 and -1 to a tolerance. */
#include <kapitza/thermo.h>

#include "ghd/statistics.h"
#include "ghd/support.h"
#include "support/interpolate.h"

static const kz_charge ENERGY = KZ_CHARGE_ENERGY, SPIN = KZ_CHARGE_SPIN;

/* c_1 and c_2 are current and noise of the ray, which other sums find; c_2 in equilibrium that of
 * thermo. */
static void property_cumulants(void **unused)
{
    (void)unused;
    kz_thermo thermo;
    for (int i = -1; i <= 1; i += 2) {
        kz_state left = kz_state_thermal(i * 0.5, 0.6), right = kz_state_thermal(i * 1.2, -0.3);
        kz_chain chain = kz_chain_axial(i);
        statistics s = count(chain, left, right, ENERGY, NULL, 0, 1e-7);
        kz_ray ray = ray_of(chain, left, right, 0, 1e-6);
        kz_noise noise = noise_of(chain, left, right, 1e-6);
        KZ_CHECK_CLOSE(s.cumulants.value[0], ray.energy_current, s.cumulants.err[0] + ray.err);
        KZ_CHECK_CLOSE(s.cumulants.value[1], noise.energy, s.cumulants.err[1] + noise.err);
        assert_true(s.cumulants.err[0] <= 1e-6 && s.cumulants.err[1] <= 1e-4);
    }
    kz_state same = kz_state_thermal(1, 0);
    statistics s = count(kz_chain_axial(1), same, same, ENERGY, NULL, 0, 1e-7);
    KZ_CHECK_OK(kz_thermo_compute(&thermo, kz_chain_axial(1), &same, 1e-8));
    KZ_CHECK_CLOSE(s.cumulants.value[0], 0, s.cumulants.err[0]);
    KZ_CHECK_CLOSE(s.cumulants.value[1], thermo.energy_noise, s.cumulants.err[1] + thermo.err);
    KZ_CHECK_CLOSE(s.cumulants.value[2], 0, s.cumulants.err[2]);
    assert_true(s.cumulants.err[1] <= 1e-5 && thermo.energy_noise > 0.01);
}

/* F is analytic in Delta but for the crossings of long strings: other strings, windows and ends of
 * the rows. */
static void property_analytic_through_isotropy(void **unused)
{
    (void)unused;
    enum { NODES = 8 };
    const double delta[] = {1.08, 1.2, 1.35, 1.5}, lambda[] = {0.3, -0.3};
    kz_state left = kz_state_thermal(0.5, 0), right = kz_state_thermal(2, 0);
    double at[NODES], F[2][NODES], c3[NODES];
    for (int k = 0; k < NODES; k++) {
        kz_chain chain = k < 4 ? kz_chain_xxz(k == 3 ? 8 : k + 4) : kz_chain_axial(delta[k - 4]);
        statistics s = count(chain, left, right, ENERGY, lambda, 2, 1e-8);
        at[k] = kz_chain_delta(chain);
        c3[k] = s.cumulants.value[2];
        for (int i = 0; i < 2; i++)
            F[i][k] = s.at[i].generating;
    }
    statistics hit = count(kz_chain_axial(1), left, right, ENERGY, lambda, 2, 1e-8);
    double third = 0, sum[2] = {0};
    for (int k = 0; k < NODES; k++) {
        double weight = kz_test_weight(at, NODES, k, 1);
        third += weight * c3[k];
        for (int i = 0; i < 2; i++)
            sum[i] += weight * F[i][k];
    }
    for (int i = 0; i < 2; i++)
        KZ_CHECK_CLOSE(sum[i], hit.at[i].generating, 1e-8);
    print_message("c3 = %.10g, through others %.10g\n", hit.cumulants.value[2], third);
    KZ_CHECK_CLOSE(third, hit.cumulants.value[2], 1e-5);
}

/* Delta = -1 with beta of the other sign is Delta = 1: energies change sign; halves exchanged, the
 * current does. */
static void property_symmetries(void **unused)
{
    (void)unused;
    kz_state left = kz_state_thermal(-0.6, 0.5), right = kz_state_ground(0.4);
    kz_state turned_left = kz_state_thermal(0.6, 0.5), turned_right = kz_state_ceiling();
    const double plus = 0.7, minus = -0.7;
    kz_state thermal = kz_state_thermal(1.1, -0.3);
    statistics s = generate(kz_chain_axial(1), left, thermal, ENERGY, &plus, 1, 1e-6);
    statistics t = generate(kz_chain_axial(-1), turned_left, kz_state_thermal(-1.1, -0.3), ENERGY,
                            &minus, 1, 1e-6);
    KZ_CHECK_CLOSE(s.at[0].generating, t.at[0].generating, 1e-13);
    KZ_CHECK_CLOSE(s.at[0].current, -t.at[0].current, 1e-13);
    t = generate(kz_chain_axial(1), thermal, left, ENERGY, &minus, 1, 1e-6);
    KZ_CHECK_CLOSE(s.at[0].generating, t.at[0].generating, s.at[0].err + t.at[0].err);
    s = generate(kz_chain_axial(1), left, kz_state_ground(0), ENERGY, &plus, 1, 1e-6);
    t = generate(kz_chain_axial(-1), turned_left, turned_right, ENERGY, &minus, 1, 1e-6);
    KZ_CHECK_CLOSE(s.at[0].generating, t.at[0].generating, 1e-13);
    s = generate(kz_chain_axial(1), left, right, ENERGY, &plus, 1, 1e-6);
    t = generate(kz_chain_axial(1), right, left, ENERGY, &minus, 1, 1e-6);
    KZ_CHECK_CLOSE(s.at[0].generating, t.at[0].generating, s.at[0].err + t.at[0].err);
    assert_true(fabs(s.at[0].generating) > 1e-2);
}

static kz_state random_state(uint64_t *seed, int kind)
{
    switch (kind) {
    case 0:
        return kz_state_ground(0);
    case 1:
        return kz_state_up();
    case 2:
        return kz_state_ground(kz_check_uniform(seed, 0.2, 1.5));
    default:
        return kz_state_thermal(kz_check_uniform(seed, -1, 3), kz_check_uniform(seed, -1, 1));
    }
}

/* Loose answers lie within their bounds of tight ones, cumulants too.  Where crossings of the
 * longest strings do not settle a point is lost, and says so. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 20261126;
    print_message("# seed %llu\n", (unsigned long long)seed);
    double worst = 0;
    int lost = 0;
    for (int i = 0; i < 8; i++) {
        kz_state left = random_state(&seed, i % 8), right = random_state(&seed, 9);
        double lambda[2] = {kz_check_uniform(&seed, -2, 0), kz_check_uniform(&seed, 0, 2)};
        kz_fluctuation at[2][2];
        kz_cumulants c[2];
        kz_options options = kz_options_default();
        for (int k = 0; k < 2; k++) {
            options.tol = k == 0 ? 1e-3 : 1e-6;
            kz_status status = kz_fluctuations(at[k], &c[k], kz_chain_axial(i % 2 ? 1 : -1), &left,
                                               &right, ENERGY, lambda, 2, &options);
            /* one that misses tol has the error reached */
            assert_true(status == KZ_OK || status == KZ_ETOL || status == KZ_ENOCONV);
        }
        for (int k = 0; k < 2; k++) {
            double tol = at[0][k].err + at[1][k].err;
            lost += !isfinite(tol);
            if (!isfinite(tol)) continue;
            double F = fabs(at[0][k].generating - at[1][k].generating) / tol;
            double j = fabs(at[0][k].current - at[1][k].current) / tol;
            worst = fmax(worst, fmax(F, j));
            assert_true(F <= 1 && j <= 1);
        }
        for (int k = 0; k < 4; k++)
            if (isfinite(c[0].err[k] + c[1].err[k]))
                KZ_CHECK_CLOSE(c[0].value[k], c[1].value[k], c[0].err[k] + c[1].err[k]);
    }
    print_message("# worst error/(both err) %.3g, %d of 16 points lost\n", worst, lost);
    assert_true(worst > 0 && lost <= 2);
}

/* Of the spin, also beside a polarised half; c_2 by the mean of both sides of lambda = 0. */
static void property_spin_cumulants(void **unused)
{
    (void)unused;
    kz_state left[] = {kz_state_thermal(0.4, 1.9), kz_state_up()};
    kz_state right[] = {kz_state_thermal(1.2, -0.6), kz_state_thermal(-0.5, 0.3)};
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_axial(i ? -1 : 1);
        statistics s = count(chain, left[i], right[i], SPIN, NULL, 0, 1e-6);
        kz_ray ray = ray_of(chain, left[i], right[i], 0, 1e-6);
        kz_noise noise = noise_of(chain, left[i], right[i], 1e-6);
        const double *c = s.cumulants.value, *err = s.cumulants.err;
        print_message("c1 %.3g of %.3g, c2 %.3g of %.3g\n", c[0] - ray.spin_current, err[0],
                      c[1] - noise.spin, err[1]);
        KZ_CHECK_CLOSE(c[0], ray.spin_current, err[0] + ray.err);
        KZ_CHECK_CLOSE(c[1], noise.spin, err[1] + noise.err);
        assert_true(err[0] <= 1e-4 && err[1] <= 2e-2 && fabs(c[0]) > 0.03);
    }
}

/* Of the spin in strong fields, where strings that tell fractions apart or begin to cross are few:
 * e^{-|mu_c| P}. */
static void property_spin_analytic_through_isotropy(void **unused)
{
    (void)unused;
    enum { NODES = 10 };
    const double delta[] = {1.06, 1.15, 1.25, 1.4, 1.6}, lambda = 0.4;
    kz_state left = kz_state_thermal(0.3, 3.5), right = kz_state_thermal(0.8, 2.8);
    double at[NODES], sum = 0, F[NODES];
    for (int k = 0; k < NODES; k++) {
        kz_chain chain = k < 5 ? kz_chain_xxz(k + 5) : kz_chain_axial(delta[k - 5]);
        at[k] = kz_chain_delta(chain);
        F[k] = generate(chain, left, right, SPIN, &lambda, 1, 1e-8).at[0].generating;
    }
    for (int k = 0; k < NODES; k++)
        sum += kz_test_weight(at, NODES, k, 1) * F[k];
    statistics hit = generate(kz_chain_axial(1), left, right, SPIN, &lambda, 1, 1e-7);
    print_message("F = %.10g, through others %.10g\n", hit.at[0].generating, sum);
    KZ_CHECK_CLOSE(sum, hit.at[0].generating, 1e-6);
    assert_true(sum > 0.01);
}

/* Either branch, and both sides of the middle of one: F(lambda) = F(-2 mu_left - lambda) there;
 * halves exchanged, the current turns; the spin knows nothing of Delta -> -Delta with -beta.  In
 * equilibrium the theorem. */
static void property_spin_symmetries(void **unused)
{
    (void)unused;
    const double lambda[] = {0.4, -2.2, -0.5}, mirrored[] = {-0.4, 2.2, 0.5};
    kz_state left = kz_state_thermal(0.4, 0.9), right = kz_state_thermal(1.6, -0.2);
    kz_state cold = kz_state_thermal(-0.4, 0.9), hot = kz_state_thermal(-1.6, -0.2);
    statistics s = generate(kz_chain_axial(1), left, right, SPIN, lambda, 3, 1e-3);
    statistics t = generate(kz_chain_axial(1), right, left, SPIN, mirrored, 3, 1e-3);
    statistics u = generate(kz_chain_axial(-1), cold, hot, SPIN, lambda, 3, 1e-3);
    for (int i = 0; i < 3; i++) {
        double tol = s.at[i].err + t.at[i].err;
        KZ_CHECK_CLOSE(s.at[i].generating, t.at[i].generating, tol);
        KZ_CHECK_CLOSE(s.at[i].current, -t.at[i].current, tol);
        KZ_CHECK_CLOSE(s.at[i].generating, u.at[i].generating, 1e-12);
        KZ_CHECK_CLOSE(s.at[i].current, u.at[i].current, 1e-12);
    }
    KZ_CHECK_CLOSE(s.at[0].generating, s.at[1].generating, s.at[0].err + s.at[1].err);
    KZ_CHECK_CLOSE(s.at[0].current, -s.at[1].current, s.at[0].err + s.at[1].err);
    assert_true(s.at[0].generating > 0.02 && s.at[2].generating < -0.01);
    const double there[] = {0.3, -0.9};
    s = generate(kz_chain_axial(1), kz_state_thermal(1, 1.2), kz_state_thermal(1, 0.6), SPIN, there,
                 2, 1e-4);
    KZ_CHECK_CLOSE(s.at[0].generating, s.at[1].generating, s.at[0].err + s.at[1].err);
    KZ_CHECK_CLOSE(s.at[0].current, -s.at[1].current, s.at[0].err + s.at[1].err);
    assert_true(s.at[0].generating > 0.005);
}

/* Where both branches have a solution the larger F counts, on either side: at lambda = -4 that of
 * the right half, mu_c = 6.4, not of the left one, -1. */
static void property_spin_branches(void **unused)
{
    (void)unused;
    const double lambda[] = {-4, 3.4};
    statistics s = generate(kz_chain_axial(1), kz_state_thermal(1, 3), kz_state_thermal(1, 2.4),
                            SPIN, lambda, 2, 1e-3);
    KZ_CHECK_CLOSE(s.at[0].generating, s.at[1].generating, s.at[0].err + s.at[1].err);
    KZ_CHECK_CLOSE(s.at[0].current, -s.at[1].current, s.at[0].err + s.at[1].err);
    assert_true(s.at[0].generating > 0.3);
    kz_state ceiling = kz_state_ceiling(), thermal = kz_state_thermal(0.6, 0.5);
    kz_fluctuation point;
    kz_options options = kz_options_default();
    options.tol = 1e-3;
    KZ_CHECK_STATUS(kz_fluctuations(&point, NULL, kz_chain_axial(1), &ceiling, &thermal, SPIN,
                                    lambda + 1, 1, &options),
                    KZ_ENOCONV);
    assert_true(isnan(point.generating) && isinf(point.err) && point.status == KZ_ENOCONV);
}

/* As that of the energy; points with the long strings at rest are lost, and say so. */
static void property_spin_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 20261126;
    double worst = 0;
    int lost = 0, count = 0;
    for (int i = 0; i < 6; i++) {
        kz_state left = i % 3 == 2 ? kz_state_up()
                                   : kz_state_thermal(kz_check_uniform(&seed, -1, 2),
                                                      kz_check_uniform(&seed, -2, 2));
        kz_state right =
            kz_state_thermal(kz_check_uniform(&seed, -1, 2), kz_check_uniform(&seed, -2, 2));
        double lambda[2] = {kz_check_uniform(&seed, -2, 0), kz_check_uniform(&seed, 0, 2)};
        kz_fluctuation at[2][2];
        kz_options options = kz_options_default();
        for (int k = 0; k < 2; k++) {
            options.tol = k == 0 ? 1e-3 : 1e-5;
            kz_status status = kz_fluctuations(at[k], NULL, kz_chain_axial(i % 2 ? 1 : -1), &left,
                                               &right, SPIN, lambda, 2, &options);
            assert_true(status == KZ_OK || status == KZ_ETOL || status == KZ_ENOCONV);
        }
        for (int k = 0; k < 2; k++, count++) {
            double tol = at[0][k].err + at[1][k].err;
            lost += !isfinite(tol);
            print_message("# (%.2f, %.2f) | (%.2f, %.2f), %.3f: F %.6g %.6g err %.2g %.2g\n",
                          left.beta, left.mu, right.beta, right.mu, lambda[k], at[0][k].generating,
                          at[1][k].generating, at[0][k].err, at[1][k].err);
            if (!isfinite(tol)) continue;
            double F = fabs(at[0][k].generating - at[1][k].generating) / tol;
            double j = fabs(at[0][k].current - at[1][k].current) / tol;
            worst = fmax(worst, fmax(F, j));
            assert_true(F <= 1 && j <= 1);
        }
    }
    print_message("# spin: worst error/(both err) %.3g, %d of %d points lost\n", worst, lost,
                  count);
    assert_true(worst > 0 && lost <= count / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_cumulants),
        cmocka_unit_test(property_analytic_through_isotropy),
        cmocka_unit_test(property_symmetries),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(property_spin_cumulants),
        cmocka_unit_test(property_spin_analytic_through_isotropy),
        cmocka_unit_test(property_spin_symmetries),
        cmocka_unit_test(property_spin_branches),
        cmocka_unit_test(property_spin_error_is_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
