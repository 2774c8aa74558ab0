/* The printed error of a ray is a bound on the true one. */
#include "ghd/random-rays.h"
#include "support/reference.h"

/* long-error-bounds.c takes more. */
#ifndef RANDOM_CASES
#define RANDOM_CASES 210
#define RANDOM_SEED 20240607
#endif

static void property_random_rays(void **unused)
{
    (void)unused;
    const kz_chain chain[] = {kz_chain_xxz(2), kz_chain_xxz(3), kz_chain_xxz(4), kz_chain_xxz(5),
                              kz_chain_xxz(6), kz_chain_xxz(7), kz_chain_xxz(8)};
    const random_rays of = {.chain = chain, .chains = 7, .decades = 1, .field = 1.2, .zeta = 1.3};
    check_error_bounds(&of, RANDOM_CASES, RANDOM_SEED);
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
