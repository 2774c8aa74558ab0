/* Environments of many sites as combinations of few. */
#include "tbm/correlation/environment.h"
#include "tests/tbm/support.h"

/* What a ground state leaves on its middle is spanned by the modes of a critical chain, whose
 * number grows as the logarithm of the length; parts in them are orthonormal. */
static void few_combinations_stand_for_many(void **state)
{
    (void)state;
    enum { L = 40 };
    double lambda[L], delta[L];
    kz_mps *mps;
    kz_environment_work work;
    kz_environments e;
    kz_dmrg_params params = kz_dmrg_params_default();
    couplings(delta, L, 0.0, 0.7);
    quench_scale(lambda, L);
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &params));
    kz_passage passage = {.mps = mps};
    KZ_CHECK_OK(kz_environment_work_create(&work, mps));
    KZ_CHECK_OK(kz_environments_create(&e, mps, 1, false, 1e-2, false));
    for (size_t site = 0; site < L / 2; site++) {
        const bool joins = true;
        KZ_CHECK_OK(kz_passage_next(&passage, site));
        KZ_CHECK_OK(kz_environments_pass(&e, 1, &joins, &passage, &work, 1));
    }
    print_message("# %d combinations of %zu sites\n", e.count, e.members);
    assert_true(e.members == L / 2 && 2 * (size_t)e.count <= e.members); /* worth having */
    for (int u = 0; u < e.count; u++)
        for (int v = 0; v < e.count; v++) {
            double complex sum = 0.0;
            for (size_t i = 0; i < e.members; i++)
                sum += conj(e.part[i + (size_t)u * L]) * e.part[i + (size_t)v * L];
            KZ_CHECK_CLOSE(cabs(sum - (u == v ? 1.0 : 0.0)), 0.0, 1e-13);
        }
    kz_environments_free(&e);
    kz_environment_work_free(&work);
    kz_passage_free(&passage);
    kz_mps_free(mps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_combinations_stand_for_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
