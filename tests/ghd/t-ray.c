/* Single rays: reference values, closed forms, symmetries, edges of the physics. */
#include "ghd/support.h"

#include <kapitza/fermion.h>

#include "core/memory.h"
#include "support/reference.h"

static const double pi = 3.14159265358979323846;

static void check_same(const kz_ray *a, const kz_ray *b, double tol)
{
    KZ_CHECK_CLOSE(a->energy, b->energy, tol);
    KZ_CHECK_CLOSE(a->energy_current, b->energy_current, tol);
    KZ_CHECK_CLOSE(a->magnetization, b->magnetization, tol);
    KZ_CHECK_CLOSE(a->spin_current, b->spin_current, tol);
}

static kz_state random_state(uint64_t *seed)
{
    double choice = kz_check_uniform(seed, 0, 1), beta = kz_check_uniform(seed, -4, 4);
    double mu = kz_check_uniform(seed, -3, 3);
    if (choice < 0.6) return kz_state_thermal(beta, mu);
    if (choice < 0.7) return kz_state_ground(0);
    if (choice < 0.8) return kz_state_ground(kz_check_uniform(seed, -0.9, 0.9));
    if (choice < 0.9) return kz_state_ceiling();
    return choice < 0.95 ? kz_state_up() : kz_state_down();
}

/* -- exact ----------------------------------------------------------------------------------- */

static void exact_reference_table(void **unused)
{
    (void)unused;
    FILE *file = kz_reference_open("ray_reference.tsv");
    kz_reference_row row;
    assert_true(kz_reference_next(&row, file));
    while (kz_reference_next(&row, file)) {
        kz_ray ray = xxz((int)kz_reference_number(&row, 0), kz_reference_state(&row, 1),
                         kz_reference_state(&row, 2), kz_reference_number(&row, 3), 1e-11);
        kz_ray truth = {.energy = kz_reference_number(&row, 4),
                        .energy_current = kz_reference_number(&row, 5),
                        .magnetization = kz_reference_number(&row, 6),
                        .spin_current = kz_reference_number(&row, 7)};
        check_same(&ray, &truth, ray.err + kz_reference_number(&row, 8));
    }
    fclose(file);
}

/* Values found by independent implementations before this one, to the digits known. */
static void exact_published(void **unused)
{
    (void)unused;
    kz_ray two = xxz(4, hot(0.5), hot(2), -1.1, 1e-11);
    KZ_CHECK_CLOSE(two.energy, -0.0909152, 6e-8);
    KZ_CHECK_CLOSE(two.energy_current, 0.0074902, 6e-8);
    kz_ray right = xxz(4, hot(0.757), kz_state_ground(0), 0, 1e-11);
    KZ_CHECK_CLOSE(right.energy_current, 0.0991015353, 6e-11);
    const double limit[4] = {0.1158, 0.1352, 0.1455, 0.1515};
    for (int P = 3; P <= 6; P++)
        KZ_CHECK_CLOSE(xxz(P, hot(0), kz_state_ground(0), 0, 1e-11).energy_current, limit[P - 3],
                       5.1e-5);
    KZ_CHECK_CLOSE(xxz(2, kz_state_ceiling(), kz_state_ground(0), 0, 1e-12).energy_current,
                   1 / (2 * pi), 1e-12);
    KZ_CHECK_CLOSE(xxz(2, kz_state_up(), kz_state_down(), 0, 1e-11).spin_current, 1 / pi, 1e-11);
}

/* The ray at 1e-10 if that can be reached, an honest 1e-7 otherwise. */
static kz_ray faint_domain_wall(int P, double zeta)
{
    kz_ray ray = ray_or_estimate(P, kz_state_up(), kz_state_down(), zeta, 1e-10);
    assert_true(ray.err <= 1e-7);
    return ray;
}

/* collura2018: S = -(P/2 pi) arcsin zeta for |zeta| <= sin gamma; the current then follows from
 * zeta dS/dzeta = dJ/dzeta.  The energy is that of a domain wall, Delta/4 per bond, everywhere. */
static void exact_domain_wall(void **unused)
{
    (void)unused;
    const double part[] = {-1.3, -1, -0.99, -0.5, -1e-3, 0, 0.2, 0.8, 0.9999, 1, 1.2};
    for (int P = 2; P <= 8; P++) {
        double g = pi / P, edge = sin(g);
        for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
            double zeta = part[i] * edge, inside = fmax(-edge, fmin(edge, zeta));
            /* zeta = v_j(infinity): d = (v - zeta) rho^t is lost in rounding where rho^t ~ 1e-8, so
             * that the sign of v - zeta out there, although it is the same, cannot be claimed */
            bool lost = fabs(part[i]) == 1;
            kz_ray ray = lost ? faint_domain_wall(P, zeta)
                              : xxz(P, kz_state_up(), kz_state_down(), zeta, 1e-10);
            /* asin(zeta) has an infinite slope at the edge for P = 2 */
            double tol = ray.err + (P == 2 && fabs(part[i]) == 1 ? 2e-8 : 0);
            KZ_CHECK_CLOSE(ray.magnetization, -P / (2 * pi) * asin(inside), tol);
            KZ_CHECK_CLOSE(ray.spin_current, P / (2 * pi) * (sqrt(1 - inside * inside) - cos(g)),
                           tol);
            KZ_CHECK_CLOSE(ray.energy, 0.25 * cos(g), ray.err);
            KZ_CHECK_CLOSE(ray.energy_current, 0, ray.err);
        }
    }
}

/* Bipartitions near T = 0: J_E(0) = (pi/12)(T_L^2 - T_R^2), 1.0008 of it at T = 0.04 | 0.02 for
 * P = 3; the correction shrinks with T. */
static void exact_low_temperature_current(void **unused)
{
    (void)unused;
    double last = INFINITY;
    for (int i = 0; i < 3; i++) {
        double T = 0.04 * pow(0.5, i), scale = pi / 12 * (T * T - 0.25 * T * T);
        double ratio = xxz(3, hot(1 / T), hot(2 / T), 0, 1e-11).energy_current / scale;
        if (i == 0) KZ_CHECK_CLOSE(ratio, 1.0008, 5.1e-5);
        KZ_CHECK_CLOSE(ratio, 1, 0.5 * last);
        last = fabs(ratio - 1);
    }
    for (int P = 4; P <= 5; P++) { /* the same for every Delta, and at the top of the band */
        double T = 0.01, scale = pi / 12 * 0.75 * T * T;
        KZ_CHECK_CLOSE(xxz(P, hot(100), hot(200), 0, 1e-11).energy_current / scale, 1, 2e-3);
        KZ_CHECK_CLOSE(xxz(P, hot(-100), hot(-200), 0, 1e-11).energy_current / scale, -1, 2e-2);
    }
}

static void exact_free_fermions(void **unused)
{
    (void)unused;
    uint64_t seed = 55;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 60; i++) {
        kz_state left = random_state(&seed), right = random_state(&seed);
        double zeta = kz_check_uniform(&seed, -1.2, 1.2);
        kz_ray free = ray_of(kz_chain_xx(), left, right, zeta, 1e-12);
        kz_ray ray = xxz(2, left, right, zeta, 1e-12);
        check_same(&ray, &free, 1e-12 + free.err);
    }
}

/* -- property -------------------------------------------------------------------------------- */

static void property_mirror_and_spin_flip(void **unused)
{
    (void)unused;
    uint64_t seed = 9;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 30; i++) {
        int P = 3 + i % 4;
        kz_state left = random_state(&seed), right = random_state(&seed);
        double zeta = kz_check_uniform(&seed, -1.2, 1.2);
        kz_ray ray = xxz(P, left, right, zeta, 1e-9);
        kz_ray mirror = xxz(P, right, left, -zeta, 1e-9);
        mirror.energy_current *= -1;
        mirror.spin_current *= -1;
        check_same(&mirror, &ray, ray.err + mirror.err);
        kz_state side[2] = {left, right};
        for (int s = 0; s < 2; s++) {
            side[s].mu *= -1;
            side[s].h *= -1;
            if (side[s].kind == KZ_STATE_UP || side[s].kind == KZ_STATE_DOWN)
                side[s] = side[s].kind == KZ_STATE_UP ? kz_state_down() : kz_state_up();
        }
        kz_ray flip = xxz(P, side[0], side[1], zeta, 1e-9);
        flip.magnetization *= -1;
        flip.spin_current *= -1;
        check_same(&flip, &ray, ray.err + flip.err);
    }
}

/* Equal states on both sides: no current on any ray, e and m of equilibrium. */
static void property_equilibrium_carries_no_current(void **unused)
{
    (void)unused;
    uint64_t seed = 10;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 30; i++) {
        int P = 3 + i % 4;
        kz_state state = random_state(&seed);
        kz_thermo thermo;
        KZ_CHECK_OK(kz_thermo_compute(&thermo, kz_chain_xxz(P), &state, 1e-11));
        kz_ray ray = xxz(P, state, state, kz_check_uniform(&seed, -1.2, 1.2), 1e-10);
        KZ_CHECK_CLOSE(ray.energy_current, 0, ray.err);
        KZ_CHECK_CLOSE(ray.spin_current, 0, ray.err);
        KZ_CHECK_CLOSE(ray.energy, thermo.energy, ray.err + thermo.err);
        KZ_CHECK_CLOSE(ray.magnetization, thermo.magnetization, ray.err + thermo.err);
    }
}

/* Outside the light cone, |zeta| > every velocity (all below 1.6), and at infinity. */
static void property_reservoirs_outside(void **unused)
{
    (void)unused;
    uint64_t seed = 11;
    const double inf = (double)INFINITY, far[] = {-inf, -1e300, -1.6, 1.6, 1e9, inf};
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 12; i++) {
        int P = 3 + i % 4;
        const kz_state side[2] = {random_state(&seed), random_state(&seed)};
        for (size_t k = 0; k < 6; k++) {
            kz_thermo thermo;
            KZ_CHECK_OK(kz_thermo_compute(&thermo, kz_chain_xxz(P), &side[far[k] > 0], 1e-11));
            kz_ray ray = xxz(P, side[0], side[1], far[k], 1e-10);
            KZ_CHECK_CLOSE(ray.energy, thermo.energy, ray.err + thermo.err);
            KZ_CHECK_CLOSE(ray.magnetization, thermo.magnetization, ray.err + thermo.err);
            KZ_CHECK_CLOSE(ray.energy_current, 0, ray.err);
            KZ_CHECK_CLOSE(ray.spin_current, 0, ray.err);
        }
    }
}

/* -- edges ----------------------------------------------------------------------------------- */

/* At the rim of the cone both crossings merge; the profile is continuous through it. */
static void edge_rim_of_the_cone(void **unused)
{
    (void)unused;
    kz_options options = kz_options_default();
    const kz_state left = hot(0.5), right = hot(2);
    for (int P = 3; P <= 5; P++) {
        kz_bipartition *b;
        KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_xxz(P), &left, &right, &options));
        double inside = 0.8, outside = 1.4; /* bisect for where the current sets in */
        kz_ray ray;
        while (outside - inside > 1e-9) {
            double zeta = 0.5 * (inside + outside);
            KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 1, &options));
            *(fabs(ray.energy_current) > 3e-10 ? &inside : &outside) = zeta;
        }
        /* a square root from zero: at distance x below the rim, j ~ sqrt x */
        double zeta[3] = {outside - 1e-8, outside - 1e-4, outside - 4e-4};
        kz_ray near[3];
        KZ_CHECK_OK(kz_bipartition_rays(near, b, zeta, 3, &options));
        KZ_CHECK_CLOSE(near[2].energy_current / near[1].energy_current, 2, 0.1);
        kz_bipartition_free(b);
    }
}

/* Fully polarised states and T = 0 on both sides: densities of whole strings vanish. */
static void edge_empty_strings(void **unused)
{
    (void)unused;
    for (int P = 3; P <= 5; P++) {
        kz_ray ray = xxz(P, kz_state_ground(0), kz_state_up(), 0, 1e-9);
        kz_ray other = xxz(P, kz_state_ground(0), kz_state_down(), 0, 1e-9);
        KZ_CHECK_CLOSE(ray.energy, other.energy, ray.err + other.err);
        KZ_CHECK_CLOSE(ray.magnetization, -other.magnetization, ray.err + other.err);
        assert_true(ray.magnetization > 0 && ray.spin_current < 0); /* spin enters from the right */
        xxz(P, kz_state_ceiling(), kz_state_ceiling(), 0.1, 1e-9);
        xxz(P, kz_state_ground(0.5), kz_state_ground(-0.5), -0.1, 1e-9);
    }
}

static void memory_every_allocation_can_fail(void **unused)
{
    (void)unused;
    const kz_state left = hot(0.5), right = kz_state_ground(0.4);
    kz_options options = kz_options_default();
    options.tol = 1e-5;
    kz_bipartition *b;
    kz_ray ray;
    const double zeta = 0.2;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_xxz(3), &left, &right, &options));
    unsigned long count = kz_alloc_count();
    assert_true(count > 20);
    for (unsigned long k = 1; k <= count; k++) {
        kz_bipartition *none = b;
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_bipartition_create(&none, kz_chain_xxz(3), &left, &right, &options),
                        KZ_ENOMEM);
        assert_null(none);
    }
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 1, &options));
    count = kz_alloc_count();
    double expected = ray.energy;
    for (unsigned long k = 1; k <= count; k++) { /* later calls find the workspace of the first */
        kz_bipartition_free(b);
        KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_xxz(3), &left, &right, &options));
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_bipartition_rays(&ray, b, &zeta, 1, &options), KZ_ENOMEM);
        kz_alloc_fail_at(0);
        KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 1, &options)); /* still usable */
        assert_true(ray.energy == expected);
    }
    kz_bipartition_free(b);
    kz_bipartition_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_reference_table),
        cmocka_unit_test(exact_published),
        cmocka_unit_test(exact_domain_wall),
        cmocka_unit_test(exact_low_temperature_current),
        cmocka_unit_test(exact_free_fermions),
        cmocka_unit_test(property_mirror_and_spin_flip),
        cmocka_unit_test(property_equilibrium_carries_no_current),
        cmocka_unit_test(property_reservoirs_outside),
        cmocka_unit_test(edge_rim_of_the_cone),
        cmocka_unit_test(edge_empty_strings),
        cmocka_unit_test(memory_every_allocation_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
