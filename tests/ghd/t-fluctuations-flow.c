/* Full counting statistics by the flow of biased states. */
#include "ghd/statistics.h"
#include "ghd/support.h"

static statistics flow(kz_chain chain, kz_state left, kz_state right, kz_charge charge,
                       const double *lambda, size_t n, double tol, bool cumulants)
{
    return solve(kz_fluctuations_flow, chain, left, right, charge, lambda, n, tol, cumulants);
}

/* Without interaction zeros of v stay, and both methods are Levitov's and Lesovik's formula, to
 * which t-fluctuations-fermions holds the other one.  A Fermi sea too, and the XX chain. */
static void exact_free_fermions(void **unused)
{
    (void)unused;
    const double lambda[] = {-2, 0, 0.7};
    const kz_state left[2] = {kz_state_thermal(2, 0.5), kz_state_ground(0.3)};
    kz_state right = kz_state_thermal(-0.5, -1);
    for (int i = 0; i < 4; i++) {
        kz_charge charge = (kz_charge)(i % 2);
        statistics a = flow(kz_chain_xxz(2), left[i / 2], right, charge, lambda, 3, 1e-10, true);
        statistics b = count(kz_chain_xx(), left[i / 2], right, charge, lambda, 3, 1e-10);
        for (int k = 0; k < 3; k++) {
            KZ_CHECK_CLOSE(a.at[k].generating, b.at[k].generating, a.at[k].err + b.at[k].err);
            KZ_CHECK_CLOSE(a.at[k].current, b.at[k].current, a.at[k].err + b.at[k].err);
        }
        for (int k = 0; k < 4; k++)
            KZ_CHECK_CLOSE(a.cumulants.value[k], b.cumulants.value[k],
                           a.cumulants.err[k] + b.cumulants.err[k]);
        assert_true(a.cumulants.err[2] <= 1e-7 && a.cumulants.err[3] <= 1e-4);
        statistics c = flow(kz_chain_xx(), left[i / 2], right, charge, lambda, 3, 1e-10, true);
        assert_true(c.at[0].generating == b.at[0].generating);
    }
}

/* Nothing fluctuates between pure states. */
static void exact_pure(void **unused)
{
    (void)unused;
    const double lambda[] = {-1, 2};
    kz_state left = kz_state_ceiling(), right = kz_state_ground(0.4);
    statistics s = flow(kz_chain_xxz(3), left, right, KZ_CHARGE_ENERGY, lambda, 2, 1e-10, true);
    kz_ray ray = xxz(3, left, right, 0, 1e-10);
    for (int i = 0; i < 2; i++)
        KZ_CHECK_CLOSE_REL(s.at[i].generating, lambda[i] * ray.energy_current, 1e-9);
    for (int k = 1; k < 4; k++)
        KZ_CHECK_CLOSE(s.cumulants.value[k], 0, s.cumulants.err[k]);
}

/* c_1 and c_2 are the ray's current and noise; c_3 is found from F by differences of order h^4,
 * which tell it from the other method's. */
static void property_cumulants(void **unused)
{
    (void)unused;
    const double h = 0.04, lambda[] = {-3 * h, -2 * h, -h, h, 2 * h, 3 * h};
    static const int P[] = {3, 3}, Q[] = {2, 1};
    kz_state left = kz_state_thermal(0.5, 0.7), right = kz_state_thermal(2, -0.3);
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_rational(P[i], Q[i]);
        kz_charge charge = (kz_charge)i;
        statistics s = flow(chain, left, right, charge, lambda, 6, 1e-10, true);
        kz_ray ray = ray_of(chain, left, right, 0, 1e-10);
        kz_noise noise = noise_of(chain, left, right, 1e-10);
        bool energy = charge == KZ_CHARGE_ENERGY;
        const double *c = s.cumulants.value, *err = s.cumulants.err;
        KZ_CHECK_CLOSE(c[0], energy ? ray.energy_current : ray.spin_current, err[0] + ray.err);
        KZ_CHECK_CLOSE(c[1], energy ? noise.energy : noise.spin, err[1] + noise.err);
        assert_true(err[0] <= 1e-10 && err[1] <= 1e-9 && err[2] <= 1e-7);
        assert_true(err[3] > 1e-5); /* both sides of lambda = 0 differ, and the error says so */
        double odd[3];
        for (int k = 0; k < 3; k++)
            odd[k] = s.at[3 + k].generating - s.at[2 - k].generating;
        double third = (8 * odd[1] - 13 * odd[0] - odd[2]) / (8 * pow(h, 3));
        statistics other = count(chain, left, right, charge, NULL, 0, 1e-9);
        /* left: 7 h^4 c_7/120, |c_n| < (n - 1)! (|q^dr|/pi)^n, q^dr < P/2 */
        KZ_CHECK_CLOSE(third, c[2], 42 * pow(0.8, 7) * pow(h, 4));
        assert_true(fabs(other.cumulants.value[2] - c[2]) > 1e-4); /* zeros of v move */
    }
}

/* In equilibrium both methods agree up to c_3, which vanishes, and F is even. */
static void property_equilibrium(void **unused)
{
    (void)unused;
    const double lambda[] = {-1.5, 1.5};
    kz_state state = kz_state_thermal(0.5, 0.2);
    statistics a = flow(kz_chain_xxz(3), state, state, KZ_CHARGE_ENERGY, lambda, 2, 1e-10, true);
    statistics b = count(kz_chain_xxz(3), state, state, KZ_CHARGE_ENERGY, lambda, 2, 1e-10);
    KZ_CHECK_CLOSE(a.at[0].generating, a.at[1].generating, 2 * a.at[0].err);
    for (int k = 0; k < 3; k++)
        KZ_CHECK_CLOSE(a.cumulants.value[k], b.cumulants.value[k],
                       a.cumulants.err[k] + b.cumulants.err[k]);
    assert_true(a.cumulants.err[3] < 1e-5);
    assert_true(fabs(a.cumulants.value[3] - b.cumulants.value[3]) > 1e-3);
}

/* The mirror image counts the other way round; an edge of one half is that of the other. */
static void property_mirror(void **unused)
{
    (void)unused;
    const double lambda[] = {0.9, -0.9};
    kz_state a = kz_state_thermal(1, 0.5), b = kz_state_ground(0.4);
    statistics here = flow(kz_chain_xxz(3), a, b, KZ_CHARGE_SPIN, lambda, 2, 1e-9, false);
    statistics there = flow(kz_chain_xxz(3), b, a, KZ_CHARGE_SPIN, lambda, 2, 1e-9, false);
    for (int i = 0; i < 2; i++)
        KZ_CHECK_CLOSE(here.at[i].generating, there.at[1 - i].generating,
                       here.at[i].err + there.at[1 - i].err);
}

static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 77;
    print_message("# seed %llu\n", (unsigned long long)seed);
    static const int P[] = {3, 4, 5}, Q[] = {1, 1, 2};
    for (int i = 0; i < 3; i++) {
        kz_chain chain = kz_chain_rational(P[i], Q[i]);
        kz_state left =
            kz_state_thermal(kz_check_uniform(&seed, -3, 3), kz_check_uniform(&seed, -2, 2));
        kz_state right =
            kz_state_thermal(kz_check_uniform(&seed, -3, 3), kz_check_uniform(&seed, -2, 2));
        double lambda = kz_check_uniform(&seed, -1.5, 1.5);
        double tol = pow(10, kz_check_uniform(&seed, -7, -3));
        statistics tight = flow(chain, left, right, (kz_charge)(i % 2), &lambda, 1, 1e-10, false);
        statistics loose = flow(chain, left, right, (kz_charge)(i % 2), &lambda, 1, tol, false);
        double err = tight.at[0].err + loose.at[0].err;
        KZ_CHECK_CLOSE_REL(loose.at[0].generating, tight.at[0].generating, err);
        KZ_CHECK_CLOSE_REL(loose.at[0].current, tight.at[0].current, err);
    }
}

static void errors(void **unused)
{
    (void)unused;
    kz_options options = kz_options_default();
    kz_state left = kz_state_thermal(1, 0.5), right = kz_state_thermal(1, 0.2);
    const double lambda = 0.3, bad = INFINITY;
    kz_fluctuation point = {.lambda = 7};
    const kz_chain refused[] = {kz_chain_axial(1.5), kz_chain_axial(-2), kz_chain_axial(1)};
    for (int i = 0; i < 3; i++)
        KZ_CHECK_STATUS(kz_fluctuations_flow(&point, NULL, refused[i], &left, &right,
                                             KZ_CHARGE_ENERGY, &lambda, 1, &options),
                        KZ_EINVAL);
    KZ_CHECK_STATUS(kz_fluctuations_flow(&point, NULL, kz_chain_xxz(3), &left, &right,
                                         KZ_CHARGE_ENERGY, &bad, 1, &options),
                    KZ_EINVAL);
    assert_true(point.lambda == 7);
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    check_allocations(kz_fluctuations_flow, kz_chain_xxz(3), KZ_CHARGE_ENERGY, 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_free_fermions),
        cmocka_unit_test(exact_pure),
        cmocka_unit_test(property_cumulants),
        cmocka_unit_test(property_equilibrium),
        cmocka_unit_test(property_mirror),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(errors),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
