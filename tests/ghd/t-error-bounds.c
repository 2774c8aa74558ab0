/* The printed error of a ray is a bound on the true one. */
#include "ghd/support.h"
#include "support/reference.h"

/* long-error-bounds.c takes more. */
#ifndef RANDOM_CASES
#define RANDOM_CASES 210
#define RANDOM_SEED 20240607
#endif

static const char *name_of(const kz_state *state, char text[112])
{
    const char *const kind[] = {"thermal", "ground", "ceiling", "up", "down"};
    snprintf(text, 112, "%s(%.17g, %.17g, %.17g)", kind[state->kind], state->beta, state->mu,
             state->h);
    return text;
}

static kz_state random_state(uint64_t *seed)
{
    double choice = kz_check_uniform(seed, 0, 1);
    double beta = kz_check_uniform(seed, -1, 1) * pow(10, kz_check_uniform(seed, -1, 1));
    double mu = kz_check_uniform(seed, -3, 3), field = kz_check_uniform(seed, -1.2, 1.2);
    if (choice < 0.35) return kz_state_thermal(beta, mu);
    if (choice < 0.65) return kz_state_thermal(beta, 0);
    if (choice < 0.75) return kz_state_ground(0);
    if (choice < 0.80) return kz_state_ground(field);
    if (choice < 0.90) return kz_state_ceiling();
    return choice < 0.95 ? kz_state_up() : kz_state_down();
}

/* The truth is the same ray at 1e-13 on a finer grid and a wider window; its own error (some ask
 * for more than double precision gives and say so) is added. */
static void property_random_rays(void **unused)
{
    (void)unused;
    uint64_t seed = RANDOM_SEED;
    print_message("# seed %llu\n", (unsigned long long)seed);
    int violated = 0;
    double sharpest = 0;
    for (int i = 0; i < RANDOM_CASES; i++) {
        int P = 2 + i % 7;
        kz_state side[2];
        side[0] = random_state(&seed);
        side[1] = random_state(&seed);
        double zeta = kz_check_uniform(&seed, -1.3, 1.3);
        double tol = pow(10, kz_check_uniform(&seed, -11, -4));
        kz_ray ray = xxz(P, side[0], side[1], zeta, tol);
        kz_ray truth = ray_or_estimate(P, side[0], side[1], zeta, 1e-13);
        double error = ray_distance(&ray, &truth);
        sharpest = fmax(sharpest, error / ray.err);
        if (error <= ray.err + truth.err) continue;
        char left[112], right[112];
        print_error("P = %d, %s | %s, zeta = %.17g, tol = %.3g: error %.3g > err %.3g\n", P,
                    name_of(&side[0], left), name_of(&side[1], right), zeta, tol, error, ray.err);
        violated++;
    }
    print_message("# largest error/err %.2f\n", sharpest);
    assert_int_equal(violated, 0);
}

/* 2026-11-22: two crossings of string 1 on a coarse grid, error 4.45e-10 against a
 * printed 3.05e-10. */
static void bug_pair_of_crossings(void **unused)
{
    (void)unused;
    const kz_state side[2] = {kz_state_thermal(0.054460560811201673, 0),
                              kz_state_thermal(-1.06820154289729, 0)};
    const double zeta = -0.94469207783443943;
    kz_ray truth = ray_or_estimate(6, side[0], side[1], zeta, 1e-13);
    for (double tol = 1e-5; tol > 1e-11; tol *= 0.4) {
        kz_ray ray = xxz(6, side[0], side[1], zeta, tol);
        KZ_CHECK_CLOSE(ray_distance(&ray, &truth), 0, ray.err + truth.err);
    }
    kz_ray ray = xxz(6, side[0], side[1], zeta, 8.78e-07);
    KZ_CHECK_CLOSE(ray_distance(&ray, &truth), 0, ray.err + truth.err);
}

/* The truth is another implementation. */
static void exact_reference_rays(void **unused)
{
    (void)unused;
    const double tols[] = {1e-4, 1e-6, 1e-8, 1e-11};
    FILE *file = kz_reference_open("ray_reference.tsv");
    kz_reference_row row;
    int rows = 0;
    assert_true(kz_reference_next(&row, file));
    while (kz_reference_next(&row, file)) {
        const kz_state side[2] = {kz_reference_state(&row, 1), kz_reference_state(&row, 2)};
        kz_ray truth = {.energy = kz_reference_number(&row, 4),
                        .energy_current = kz_reference_number(&row, 5),
                        .magnetization = kz_reference_number(&row, 6),
                        .spin_current = kz_reference_number(&row, 7)};
        double accuracy = kz_reference_number(&row, 8);
        for (size_t i = 0; i < 4; i++) {
            kz_ray ray = xxz((int)kz_reference_number(&row, 0), side[0], side[1],
                             kz_reference_number(&row, 3), tols[i]);
            KZ_CHECK_CLOSE(ray_distance(&ray, &truth), 0, ray.err + accuracy);
        }
        rows++;
    }
    fclose(file);
    assert_int_equal(rows, 53);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_reference_rays),
        cmocka_unit_test(property_random_rays),
        cmocka_unit_test(bug_pair_of_crossings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
