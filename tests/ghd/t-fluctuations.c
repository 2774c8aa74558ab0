/* Full counting statistics of the charge through the junction of a bipartition. */
#include "core/memory.h"
#include "ghd/statistics.h"
#include "ghd/support.h"

static const double pi = 3.14159265358979323846;

/* Between pure reservoirs nothing fluctuates: F = c_1 lambda.  Domain wall: Collura, De Luca and
 * Viti 2018. */
static void exact_pure(void **unused)
{
    (void)unused;
    const double lambda[] = {-2, 0.5, 7};
    double wall = 4 / (2 * pi) * (1 - cos(pi / 4));
    statistics s =
        count(kz_chain_xxz(4), kz_state_up(), kz_state_down(), KZ_CHARGE_SPIN, lambda, 3, 1e-10);
    for (int i = 0; i < 3; i++)
        KZ_CHECK_CLOSE(s.at[i].generating, lambda[i] * wall, 1e-10 * fabs(lambda[i]));
    s = count(kz_chain_xxz(3), kz_state_ceiling(), kz_state_ground(0.4), KZ_CHARGE_ENERGY, lambda,
              3, 1e-10);
    kz_ray ray = xxz(3, kz_state_ceiling(), kz_state_ground(0.4), 0, 1e-10);
    for (int i = 0; i < 3; i++)
        KZ_CHECK_CLOSE_REL(s.at[i].generating, lambda[i] * ray.energy_current, 1e-9);
    for (int k = 1; k < 4; k++)
        KZ_CHECK_CLOSE(s.cumulants.value[k], 0, s.cumulants.err[k]);
}

/* Equal fields and the energy, or equal temperatures and the spin.  With
 * weights exp(-beta H + mu S), e^{lambda Q} is even about half the difference. */
static void exact_fluctuation_symmetry(void **unused)
{
    (void)unused;
    static const struct {
        int P, Q;
        double left[2], right[2];
        kz_charge charge;
    } cases[] = {{3, 1, {0.5, 0.7}, {2, 0.7}, KZ_CHARGE_ENERGY},
                 {5, 2, {1.5, -0.4}, {0.3, -0.4}, KZ_CHARGE_ENERGY},
                 {4, 3, {1, 0}, {-1, 0}, KZ_CHARGE_ENERGY},
                 {3, 1, {1.2, 0.8}, {1.2, -0.3}, KZ_CHARGE_SPIN},
                 {5, 2, {-0.7, 0.2}, {-0.7, 1.4}, KZ_CHARGE_SPIN}};
    for (size_t i = 0; i < 5; i++) {
        kz_state left = kz_state_thermal(cases[i].left[0], cases[i].left[1]);
        kz_state right = kz_state_thermal(cases[i].right[0], cases[i].right[1]);
        double shift =
            cases[i].charge == KZ_CHARGE_ENERGY ? left.beta - right.beta : right.mu - left.mu;
        check_fluctuation_symmetry(kz_chain_rational(cases[i].P, cases[i].Q), left, right,
                                   cases[i].charge, shift);
    }
}

static kz_state random_state(uint64_t *seed, int kind)
{
    if (kind == 0) return kz_state_ground(kz_check_uniform(seed, -1, 1));
    if (kind == 1) return kz_state_down();
    if (kind == 2) return kz_state_ground(0);
    return kz_state_thermal(kz_check_uniform(seed, -3, 3), kz_check_uniform(seed, -2, 2));
}

/* c_1 and c_2 are the ray's current and noise, which other sums find. */
static void property_first_cumulants(void **unused)
{
    (void)unused;
    uint64_t seed = 1207;
    print_message("# seed %llu\n", (unsigned long long)seed);
    static const int P[] = {3, 4, 5, 3}, Q[] = {1, 1, 2, 2};
    for (int i = 1; i < 4; i++) {
        kz_chain chain = kz_chain_rational(P[i], Q[i]);
        kz_state left = random_state(&seed, i), right = random_state(&seed, 9);
        kz_charge charge = i % 3 == 0 ? KZ_CHARGE_ENERGY : KZ_CHARGE_SPIN;
        statistics s = count(chain, left, right, charge, NULL, 0, 1e-9);
        kz_ray ray = ray_of(chain, left, right, 0, 1e-10);
        kz_noise noise = noise_of(chain, left, right, 1e-10);
        bool energy = charge == KZ_CHARGE_ENERGY;
        const double *c = s.cumulants.value, *err = s.cumulants.err;
        KZ_CHECK_CLOSE(c[0], energy ? ray.energy_current : ray.spin_current, err[0] + ray.err);
        KZ_CHECK_CLOSE(c[1], energy ? noise.energy : noise.spin, err[1] + noise.err);
        assert_true(err[0] <= 1e-9 && err[1] <= 1e-8);
    }
}

static void property_derivative(void **unused)
{
    (void)unused;
    for (int charge = 0; charge < 2; charge++)
        check_derivative(kz_chain_xxz(4), kz_state_thermal(0.4, 1), kz_state_thermal(1.5, -0.5),
                         (kz_charge)charge, -0.3, 0.5);
}

/* c_3 and c_4 from F alone, by differences of order h^4 at two h: Richardson takes the order. */
static void property_higher_cumulants(void **unused)
{
    (void)unused;
    const double h = 0.1;
    double lambda[8], third[2], fourth[2];
    for (int i = 0; i < 8; i++)
        lambda[i] = (i < 4 ? i - 4 : i - 3) * h;
    kz_state left = kz_state_thermal(0.5, 0), right = kz_state_thermal(2, 0.3);
    statistics s = count(kz_chain_xxz(3), left, right, KZ_CHARGE_ENERGY, lambda, 8, 1e-11);
    const kz_fluctuation *f = s.at;
    for (int i = 0; i < 2; i++) {
        int one = i, two = i ? 3 : 1; /* steps of h and 2 h, of 2 h and 4 h */
        double d1 = f[4 + one].generating - f[3 - one].generating;
        double d2 = f[4 + two].generating - f[3 - two].generating;
        double s1 = f[4 + one].generating + f[3 - one].generating;
        double s2 = f[4 + two].generating + f[3 - two].generating;
        double step = h * (i + 1);
        third[i] = (d2 - 2 * d1) / (2 * pow(step, 3));
        fourth[i] = (s2 - 4 * s1) / pow(step, 4);
    }
    /* left after both: c_7 h^4 and c_8 h^4, with |c_n| < (n - 1)! (|e^dr|/pi)^n < 1 */
    KZ_CHECK_CLOSE(s.cumulants.value[2], (4 * third[0] - third[1]) / 3, pow(h, 4));
    KZ_CHECK_CLOSE(s.cumulants.value[3], (4 * fourth[0] - fourth[1]) / 3, pow(h, 4));
}

/* Equal halves: F is even; and the mirror image counts the other way round. */
static void property_symmetries(void **unused)
{
    (void)unused;
    const double lambda[] = {0.7, -0.7};
    kz_state a = kz_state_thermal(1, 0.5), b = kz_state_thermal(-0.5, 0.2);
    statistics even = count(kz_chain_rational(3, 2), a, a, KZ_CHARGE_SPIN, lambda, 2, 1e-10);
    KZ_CHECK_CLOSE(even.at[0].generating, even.at[1].generating, 2 * even.at[0].err);
    KZ_CHECK_CLOSE(even.cumulants.value[2], 0, even.cumulants.err[2]);
    statistics here = count(kz_chain_xxz(3), a, b, KZ_CHARGE_ENERGY, lambda, 2, 1e-10);
    statistics there = count(kz_chain_xxz(3), b, a, KZ_CHARGE_ENERGY, lambda, 2, 1e-10);
    for (int i = 0; i < 2; i++)
        KZ_CHECK_CLOSE(here.at[i].generating, there.at[1 - i].generating, 2 * here.at[i].err);
    for (int k = 0; k < 4; k++)
        KZ_CHECK_CLOSE(here.cumulants.value[k], (k % 2 ? 1 : -1) * there.cumulants.value[k],
                       here.cumulants.err[k] + there.cumulants.err[k]);
}

/* Loose against tight. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 31;
    print_message("# seed %llu\n", (unsigned long long)seed);
    static const int P[] = {3, 4, 5, 3}, Q[] = {1, 1, 2, 2};
    for (int i = 0; i < 4; i++) {
        kz_chain chain = kz_chain_rational(P[i], Q[i]);
        kz_state left = random_state(&seed, i), right = random_state(&seed, 9);
        kz_charge charge = i % 2 ? KZ_CHARGE_ENERGY : KZ_CHARGE_SPIN;
        double lambda = kz_check_uniform(&seed, -2, 2);
        double tol = pow(10, kz_check_uniform(&seed, -8, -3));
        statistics tight = count(chain, left, right, charge, &lambda, 1, 1e-10);
        statistics loose = count(chain, left, right, charge, &lambda, 1, tol);
        double err = tight.at[0].err + loose.at[0].err;
        KZ_CHECK_CLOSE_REL(loose.at[0].generating, tight.at[0].generating, err);
        KZ_CHECK_CLOSE_REL(loose.at[0].current, tight.at[0].current, err);
        for (int k = 0; k < 4; k++)
            KZ_CHECK_CLOSE(loose.cumulants.value[k], tight.cumulants.value[k],
                           loose.cumulants.err[k] + tight.cumulants.err[k]);
    }
}

/* 26 November 2026: where zeros of v came in from infinity, the iteration of kappa and regions did
 * not end.  The strings N-1 and N, which alone tell the sign of the magnetization, all come from
 * the left here, so that weighting turns mu_left into mu_left + lambda and F(-2 mu_left - lambda) =
 * F(lambda). */
static void regression_zeros_from_infinity(void **unused)
{
    (void)unused;
    const double lambda[] = {-0.9, -1, 0}; /* from the other side of that */
    kz_state left = kz_state_thermal(0.5, 0.5), right = kz_state_thermal(2, 0.1);
    kz_alloc_fail_at(0);
    statistics s = generate(kz_chain_xxz(12), left, right, KZ_CHARGE_SPIN, lambda, 3, 1e-5);
    /* Steps that take the edges along allocate five arrays each: Newton's are a few for each of
     * the points, others get there too, by the hundred. */
    assert_in_range(kz_alloc_count(), 1, 1200);
    double err = s.at[1].err + s.at[2].err;
    KZ_CHECK_CLOSE(s.at[1].generating, s.at[2].generating, err);
    KZ_CHECK_CLOSE(s.at[1].current, -s.at[2].current, err);
    assert_true(s.at[2].current > 0.02);
}

static int cancel(void *context, size_t done, size_t total)
{
    size_t *calls = context;
    assert_true(done <= total);
    return ++*calls == 3;
}

static void errors(void **unused)
{
    (void)unused;
    kz_state hot_state = kz_state_thermal(1, 0), broken = kz_state_thermal(NAN, 0);
    kz_options options = kz_options_default();
    kz_fluctuation point = {.lambda = -7, .status = KZ_EIO};
    kz_cumulants c = {{-7}, {-7}};
    const double lambda = 1, bad = NAN;
    size_t calls = 0;
    kz_chain chain = kz_chain_xxz(3);
    KZ_CHECK_STATUS(kz_fluctuations(&point, &c, chain, &broken, &hot_state, KZ_CHARGE_SPIN, &lambda,
                                    1, &options),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(kz_fluctuations(&point, &c, chain, &hot_state, &hot_state, KZ_CHARGE_SPIN, &bad,
                                    1, &options),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(kz_fluctuations(&point, &c, chain, &hot_state, &hot_state, (kz_charge)7,
                                    &lambda, 1, &options),
                    KZ_EINVAL);
    options.progress = cancel;
    options.progress_context = &calls;
    KZ_CHECK_STATUS(kz_fluctuations(&point, &c, chain, &hot_state, &hot_state, KZ_CHARGE_SPIN,
                                    &lambda, 1, &options),
                    KZ_ECANCELLED);
    assert_int_equal(calls, 3);
    assert_true(point.lambda == -7 && point.status == KZ_EIO && c.value[0] == -7);
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    check_allocations(kz_fluctuations, kz_chain_xxz(2), KZ_CHARGE_SPIN, 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_pure),
        cmocka_unit_test(exact_fluctuation_symmetry),
        cmocka_unit_test(property_first_cumulants),
        cmocka_unit_test(property_derivative),
        cmocka_unit_test(property_higher_cumulants),
        cmocka_unit_test(property_symmetries),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(regression_zeros_from_infinity),
        cmocka_unit_test(errors),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
