/* The spin flip of ground states where a half is ordered: against exact diagonalisation within the
 * flip's sectors, and by variation between pairs of halves. */
#include "tests/tbm/flip.h"

/* 2026-11-26: halves with Delta > 1 began, silently, from a state that broke the flip. */
static void all_pairs_against_exact_diagonalisation(void **state)
{
    (void)state;
    for (int L = 8; L <= 10; L += 2)
        for (int a = 0; a < FLIP_DELTAS; a++)
            for (int b = 0; b < FLIP_DELTAS; b++)
                flip_compare(L, flip_deltas[a], flip_deltas[b]);
    for (int a = 0; a < FLIP_DELTAS; a++)
        flip_compare(12, flip_deltas[a], flip_deltas[(3 * a + 5) % FLIP_DELTAS]);
}

/* 2026-11-26: XXZ at 1.2 | 0.5 and twenty sites ended after forty sweeps without a state. */
static void all_pairs_of_twenty_sites_converge(void **state)
{
    (void)state;
    flip_variational(20);
}

/* Two branches of equal weight, each with hardly any entropy. */
static void deep_in_the_ordered_phase_the_entropy_is_ln_2(void **state)
{
    (void)state;
    enum { L = 40 };
    double delta[L - 1], lambda[L - 1];
    kz_dmrg_params params = kz_dmrg_params_default();
    kz_mps *mps;
    couplings(delta, L, 40.0, 40.0);
    quench_scale(lambda, L);
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &params));
    /* Fluctuations have the weight 1/Delta^2 a bond. */
    KZ_CHECK_CLOSE(kz_mps_entropy(mps, L / 2 - 1), log(2.0), 2e-3);
    assert_true(kz_mps_entropy(mps, L / 2 - 1) > log(2.0));
    kz_mps_free(mps);
}

static void a_broken_flip_is_refused(void **state)
{
    (void)state;
    enum { L = 20 };
    double delta[L - 1], lambda[L - 1];
    kz_dmrg_params params = kz_dmrg_params_default();
    kz_dmrg_report report;
    kz_mps *mps;
    couplings(delta, L, 0.0, 2.0);
    quench_scale(lambda, L);
    params.flip_tolerance = 0.0; /* rounding is more */
    KZ_CHECK_STATUS(kz_dmrg_ground_state(&mps, &report, lambda, delta, L, L / 2, &params), KZ_ETOL);
    assert_true(report.flip_error > 0.0 && report.variance <= params.variance_tolerance);
    kz_mps_free(mps);
    params.flip_tolerance = NAN;
    KZ_CHECK_STATUS(kz_dmrg_ground_state(&mps, &report, lambda, delta, L, L / 2, &params),
                    KZ_EINVAL);
    /* No flip where the total Sz is not zero. */
    params.flip_tolerance = 0.0;
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, &report, lambda, delta, L, L / 2 - 1, &params));
    assert_true(isnan(report.flip_error));
    kz_mps_free(mps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pairs_against_exact_diagonalisation),
        cmocka_unit_test(all_pairs_of_twenty_sites_converge),
        cmocka_unit_test(deep_in_the_ordered_phase_the_entropy_is_ln_2),
        cmocka_unit_test(a_broken_flip_is_refused),
    };
    return cmocka_run_group_tests_name("flip", tests, NULL, NULL);
}
