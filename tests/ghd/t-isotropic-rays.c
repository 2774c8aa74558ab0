/* Rays of the isotropic chains, Delta = 1 and -1.  docs/delta.md. */
#include "core/memory.h"
#include "ghd/random-rays.h"
#include "support/interpolate.h"
#include "tba/fillings.h"
#include "tba/moments/moments.h"
#include "tba/thermal.h"

/* -- closed forms ---------------------------------------------------------------------------- */

static void check_equilibrium(kz_chain chain, kz_state s, double energy, double magnetization)
{
    kz_ray ray = ray_of(chain, s, s, 0.3, 1e-10);
    KZ_CHECK_CLOSE(ray.energy, energy, ray.err);
    KZ_CHECK_CLOSE(ray.magnetization, magnetization, ray.err);
    KZ_CHECK_CLOSE(ray.energy_current, 0, ray.err);
    KZ_CHECK_CLOSE(ray.spin_current, 0, ray.err);
}

/* Both sides in one state: that of equilibrium on every ray, of closed forms or of derivatives of
 * ln Z, which have other equations for the strings beyond the rows and no rows to speak of. */
static void exact_equilibrium(void **unused)
{
    (void)unused;
    const double ground = 0.25 - log(2), beta[] = {0.8, 1.2}, mu[] = {3, 0};
    check_equilibrium(kz_chain_axial(1), kz_state_ground(0), ground, 0);
    check_equilibrium(kz_chain_axial(-1), kz_state_ceiling(), -ground, 0);
    check_equilibrium(kz_chain_axial(1), kz_state_ceiling(), 0.25, 0);
    check_equilibrium(kz_chain_axial(-1), kz_state_ground(-0.5), -0.25, -0.5);
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_axial(i ? -1 : 1);
        kz_moments *moments;
        kz_moments_values v;
        KZ_CHECK_OK(kz_moments_create(&moments, kz_thermal_grid(chain, beta[i], 1e-13)));
        KZ_CHECK_OK(kz_moments_solve(&v, moments, beta[i], mu[i], 1, false, 1e-15));
        check_equilibrium(chain, kz_state_thermal(beta[i], mu[i]), v.energy, v.magnetization);
        kz_moments_free(moments);
    }
}

/* The same of ground states in a field: with the full kernel on [-B, B] there are no rows and no
 * closure.  In weak fields B is far out, and the solver of it knows it less well than 1e-10. */
static void exact_ground_state_in_field(void **unused)
{
    (void)unused;
    const double field[] = {-1.99, 0.7, 1e-4,
#ifdef RANDOM_CASES
                            1e-9
#endif
    };
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        kz_ground_field ground;
        kz_chain chain = kz_chain_axial(1);
        kz_status status = kz_ground_field_solve(&ground, chain, fabs(field[i]), 1e-12);
        assert_true(status == KZ_OK || (field[i] < 1e-8 && status == KZ_ETOL));
        check_equilibrium(chain, kz_state_ground(field[i]), ground.energy,
                          copysign(ground.magnetization, field[i]));
    }
    check_equilibrium(kz_chain_axial(1), kz_state_ground(2), 0.25, 0.5);
}

/* No string of either state carries a particle: the wall stands where it is. */
static void exact_domain_wall_is_frozen(void **unused)
{
    (void)unused;
    for (double zeta = -0.5; zeta < 0.6; zeta += 1) {
        kz_ray ray = ray_of(kz_chain_axial(1), kz_state_up(), kz_state_down(), zeta, 1e-10);
        KZ_CHECK_CLOSE(ray.energy, 0.25, 1e-11);
        KZ_CHECK_CLOSE(ray.energy_current, 0, 1e-11);
        KZ_CHECK_CLOSE(ray.magnetization, zeta < 0 ? 0.5 : -0.5, ray.err);
        KZ_CHECK_CLOSE(ray.spin_current, 0, ray.err);
    }
    kz_ray jump = ray_or_estimate_of(kz_chain_axial(1), kz_state_up(), kz_state_down(), 0, 1e-10);
    KZ_CHECK_CLOSE(jump.magnetization, 0, 1e-11);
    KZ_CHECK_CLOSE(jump.err, 0.5, 1e-9);
}

/* -- properties ------------------------------------------------------------------------------ */

/* Another engine: polynomials through chains on both sides of Delta = 1, which are analytic where
 * no string begins to cross in between. */
static void check_analytic_in_delta(kz_state left, kz_state right, double zeta)
{
    enum { NODES = KZ_TEST_NEAR_ISOTROPY };
    kz_ray sum = {.zeta = zeta};
    kz_chain chain[NODES];
    double delta[NODES];
    kz_test_near_isotropy(chain, delta);
    for (int k = 0; k < NODES; k++) {
        kz_ray ray = ray_of(chain[k], left, right, zeta, 1e-11);
        add_ray(&sum, kz_test_weight(delta, NODES, k, 1), &ray);
    }
    kz_ray hit = ray_of(kz_chain_axial(1), left, right, zeta, 1e-10);
    KZ_CHECK_CLOSE(ray_distance(&hit, &sum), 0, 1e-9); /* what nine nodes leave of the tenth */
}

static void property_analytic_in_delta(void **unused)
{
    (void)unused;
    check_analytic_in_delta(kz_state_thermal(0.3, 2), kz_state_thermal(0.8, 2), 0.9);
    check_analytic_in_delta(kz_state_ground(0.6), kz_state_thermal(0.3, 2), 0.9);
    check_analytic_in_delta(kz_state_ground(0.5), kz_state_ground(0.9), 0.3);
    check_analytic_in_delta(kz_state_up(), kz_state_ground(0.6), -0.5);
}

/* The sign of the magnetization goes with the state that fills the longest strings, the left one
 * where their velocity j_M/m exceeds zeta. */
static void property_sign_of_the_magnetization(void **unused)
{
    (void)unused;
    kz_state left = kz_state_thermal(0.5, 0.9), right = kz_state_thermal(1.2, -0.7);
    const double zeta[] = {-0.2, 0.7};
    for (int i = 0; i < 2; i++) {
        kz_ray ray = ray_of(kz_chain_axial(1), left, right, zeta[i], 1e-8);
        assert_true(i == 0 ? ray.magnetization > 0.05 : ray.magnetization < -0.05);
        double v = ray.spin_current / ray.magnetization;
        assert_true(i == 0 ? v > zeta[i] + 0.05 : v < zeta[i] - 0.05);
        if (i == 0) {
            kz_ray mirror = ray_of(kz_chain_axial(1), right, left, -zeta[i], 1e-8);
            KZ_CHECK_CLOSE(mirror.energy, ray.energy, 1e-8);
            KZ_CHECK_CLOSE(mirror.magnetization, ray.magnetization, 2e-8);
            KZ_CHECK_CLOSE(mirror.energy_current, -ray.energy_current, 1e-8);
            KZ_CHECK_CLOSE(mirror.spin_current, -ray.spin_current, 2e-8);
        } else {
            kz_ray turned = ray_of(kz_chain_axial(-1), kz_state_thermal(-0.5, 0.9),
                                   kz_state_thermal(-1.2, -0.7), zeta[i], 1e-8);
            KZ_CHECK_CLOSE(turned.energy, -ray.energy, 1e-13);
            KZ_CHECK_CLOSE(turned.energy_current, -ray.energy_current, 1e-13);
            KZ_CHECK_CLOSE(turned.magnetization, ray.magnetization, 1e-13);
            KZ_CHECK_CLOSE(turned.spin_current, ray.spin_current, 1e-13);
        }
    }
}

/* zeta de = dj, zeta dm = dj_M, where no string begins or ends to cross. */
static void property_continuity(void **unused)
{
    (void)unused;
    kz_options options = kz_options_default();
    kz_state left = kz_state_thermal(0.4, 1.8), cold = kz_state_ground(0.6);
    kz_state right = kz_state_thermal(-0.6, 1.3);
    for (int i = 0; i < 2; i++) {
        kz_bipartition *b;
        kz_chain chain = kz_chain_axial(1);
        KZ_CHECK_OK(kz_bipartition_create(&b, chain, i ? &cold : &left, &right, &options));
        check_continuity_by_simpson(b, i ? 0.8 : -0.7, 0.004, &options, 1e-9);
        kz_bipartition_free(b);
    }
}

#ifdef RANDOM_CASES
/* Cold states in a field: what is left of T falls as T^2 (times 1.03 here, by T^4). */
static void property_cold_states(void **unused)
{
    (void)unused;
    const double field[2] = {0.6, 1.2};
    double off[2];
    kz_ray limit =
        ray_of(kz_chain_axial(1), kz_state_ground(field[0]), kz_state_ground(field[1]), 0.3, 1e-10);
    for (int i = 0; i < 2; i++) {
        double beta = i ? sqrt(200) : 10;
        kz_ray ray = ray_or_estimate_of(kz_chain_axial(1), kz_state_thermal(beta, beta * field[0]),
                                        kz_state_thermal(beta, beta * field[1]), 0.3, 1e-9);
        assert_true(ray.err < 1e-7);
        off[i] = ray_distance(&ray, &limit);
    }
    KZ_CHECK_CLOSE(off[0] / off[1], 2, 0.1);
    assert_true(off[0] < 1e-2);
}
#endif

/* The coarsest solutions against the best; long-isotropic-rays takes random ones. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
#ifdef RANDOM_CASES
    const kz_chain chain[] = {kz_chain_axial(1), kz_chain_axial(-1)};
    const random_rays of = {
        .chain = chain, .chains = 2, .decades = 0.7, .field = 2.1, .zeta = 1.5, .may_miss = true};
    check_error_bounds(&of, RANDOM_CASES, RANDOM_SEED);
#endif
    const kz_state left[] = {kz_state_thermal(0.4, 1.8), hot(0.6)};
    const kz_state right[] = {kz_state_thermal(-0.6, 1.3), hot(1.4)};
    for (int i = 0; i < 2; i++) {
        kz_ray ray = ray_of(kz_chain_axial(1), left[i], right[i], 0.9, 1e-4);
        kz_ray truth = ray_or_estimate_of(kz_chain_axial(1), left[i], right[i], 0.9, 1e-9);
        double error = ray_distance(&ray, &truth);
        assert_true(truth.err < 1e-8 && error <= ray.err + truth.err);
    }
}

static void errors_and_memory(void **unused)
{
    (void)unused;
    kz_state left = kz_state_thermal(0.5, 2), right = kz_state_ground(NAN);
    kz_options options = kz_options_default();
    kz_bipartition *b;
    KZ_CHECK_STATUS(kz_bipartition_create(&b, kz_chain_axial(1), &left, &right, &options),
                    KZ_EINVAL);
    options.tol = 1e-5;
    right = kz_state_ground(0.7);
    unsigned long k = 1;
    for (;; k *= 2) {
        const double zeta = 0.9;
        kz_ray ray;
        kz_alloc_fail_at(k);
        kz_status status = kz_bipartition_create(&b, kz_chain_axial(1), &left, &right, &options);
        if (status == KZ_OK) status = kz_bipartition_rays(&ray, b, &zeta, 1, &options);
        kz_alloc_fail_at(0);
        kz_bipartition_free(b);
        if (status == KZ_OK) break;
        KZ_CHECK_STATUS(status, KZ_ENOMEM);
        assert_true(k < 1000);
    }
    assert_true(k > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_equilibrium),
        cmocka_unit_test(exact_ground_state_in_field),
        cmocka_unit_test(exact_domain_wall_is_frozen),
        cmocka_unit_test(property_analytic_in_delta),
        cmocka_unit_test(property_sign_of_the_magnetization),
        cmocka_unit_test(property_continuity),
#ifdef RANDOM_CASES
        cmocka_unit_test(property_cold_states),
#endif
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(errors_and_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
