/* Ground states against exact diagonalisation and a published energy; energy quenches. */
#include <stdlib.h>

#include "core/memory.h"
#include "tbm/dmrg/dmrg.h"
#include "tests/tbm/support.h"

static const double cosine_quarter_pi = 0.70710678118654752440;

static kz_dmrg_params precise(void)
{
    kz_dmrg_params params = kz_dmrg_params_default();
    params.cutoff = 1e-18;
    params.energy_tolerance = 1e-12;
    params.variance_tolerance = 1e-12;
    return params;
}

/* The paper's H' and chains with random couplings of both signs, energy and observables. */
static void ground_states_match_exact_diagonalisation(void **state)
{
    (void)state;
    uint64_t seed = 20260102;
    for (int k = 0; k < 6; k++) {
        size_t L = k % 2 ? 9 : 10;
        int up = k < 4 ? (int)L / 2 : 2;
        double delta[MOST_SITES], lambda[MOST_SITES];
        kz_dmrg_params params = precise();
        kz_dmrg_report report;
        kz_mps *mps;
        profile ours, exact;
        kz_lattice_profile first = profile_view(&ours), second = profile_view(&exact);
        couplings(delta, L, 0.0, cosine_quarter_pi);
        quench_scale(lambda, L);
        for (size_t i = 0; k > 0 && i + 1 < L; i++) {
            delta[i] = kz_check_uniform(&seed, -1.0, 2.0);
            lambda[i] = kz_check_uniform(&seed, 0.3, 1.5) * (k == 1 ? 1.0 : lambda[i]);
        }
        ed_chain *chain = ed_chain_create((int)L, up, delta, lambda);
        double complex *vector = calloc((size_t)ed_chain_dimension(chain), sizeof *vector);
        ed_chain_ground_state(vector, chain);
        ed_chain_measure(&second, chain, vector);
        KZ_CHECK_OK(kz_dmrg_ground_state(&mps, &report, lambda, delta, L, up, &params));
        KZ_CHECK_CLOSE(report.energy, ed_chain_ground_energy(chain), 1e-11);
        KZ_CHECK_CLOSE(report.variance, 0.0, 1e-12);
        KZ_CHECK_OK(kz_mps_check(mps, 1e-10));
        assert_int_equal(kz_mps_up_spins(mps), up);
        KZ_CHECK_OK(kz_mps_measure(&first, mps, delta, 1));
        /* The state is off by the square root of the variance over the gap. */
        KZ_CHECK_CLOSE(profile_distance(&ours, &exact, L), 0.0, 1e-6);
        KZ_CHECK_CLOSE(entropy_distance(&ours, &exact, L), 0.0, 1e-6);
        kz_mps_free(mps);
        free(vector);
        ed_chain_free(chain);
    }
}

/* (H - E) maps a product state to lambda_i / 2 times one flipped pair per antiparallel bond, all
 * orthogonal: the variance is the sum of lambda_i^2 / 4 over them. */
static void variance_of_a_product_state(void **state)
{
    (void)state;
    for (int up = 0; up <= 9; up++) {
        enum { L = 9 };
        double delta[L - 1], lambda[L - 1], expected = 0.0, energy = 0.0, variance;
        uint64_t seed = 20260103;
        kz_dmrg_work *work;
        for (size_t i = 0; i + 1 < L; i++) {
            delta[i] = kz_check_uniform(&seed, -1.0, 2.0);
            lambda[i] = kz_check_uniform(&seed, -1.0, 1.5);
        }
        KZ_CHECK_OK(kz_dmrg_work_create(&work, lambda, delta, L, up, KZ_START_ORDERED));
        const kz_mps_bond *bond = work->state->bond;
        assert_int_equal(bond[L].lo, up);
        for (size_t i = 0; i + 1 < L; i++) {
            bool antiparallel = bond[i + 2].lo - bond[i].lo == 1;
            energy += (antiparallel ? -0.25 : 0.25) * lambda[i] * delta[i];
            if (antiparallel) expected += 0.25 * lambda[i] * lambda[i];
        }
        KZ_CHECK_OK(kz_dmrg_variance(&variance, work, energy));
        KZ_CHECK_CLOSE(variance, expected, 1e-14);
        kz_dmrg_work_free(work);
    }
}

/* Truncated on purpose: said so, and the state is there.  var = (mean gap) * (energy error), with
 * gaps between 0.2 and 20 here. */
static void unreached_variance_is_reported(void **state)
{
    (void)state;
    enum { L = 12 };
    double delta[L - 1], lambda[L - 1];
    kz_dmrg_params params = kz_dmrg_params_default();
    kz_dmrg_report report;
    kz_mps *mps = NULL;
    couplings(delta, L, 0.0, 0.5);
    quench_scale(lambda, L);
    params.chi = 6;
    params.max_sweeps = 6;
    KZ_CHECK_STATUS(kz_dmrg_ground_state(&mps, &report, lambda, delta, L, L / 2, &params), KZ_ETOL);
    assert_non_null(mps);
    ed_chain *chain = ed_chain_create(L, L / 2, delta, lambda);
    double error = report.energy - ed_chain_ground_energy(chain);
    assert_true(error > 1e-6 && report.variance > 0.2 * error && report.variance < 20.0 * error);
    KZ_CHECK_OK(kz_mps_check(mps, 1e-10));
    ed_chain_free(chain);
    kz_mps_free(mps);
}

/* The energy from an independent program, to all digits given. */
static void energy_at_the_papers_size(void **state)
{
    (void)state;
    enum { L = 140 };
    double delta[L - 1], lambda[L - 1];
    kz_dmrg_params params = kz_dmrg_params_default();
    kz_dmrg_report report;
    kz_mps *mps;
    couplings(delta, L, 0.0, cosine_quarter_pi);
    quench_scale(lambda, L);
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, &report, lambda, delta, L, L / 2, &params));
    print_message("# E = %.10f, variance %.2e, %d sweeps, chi %zu\n", report.energy,
                  report.variance, report.sweeps, kz_mps_max_bond_dimension(mps));
    KZ_CHECK_CLOSE(report.energy, -50.19380964, 1e-7);
    KZ_CHECK_CLOSE(report.variance, 0.0, 1e-6);
    kz_mps_free(mps);
}

/* Energy quench of XX | right, every observable at every bond after each of the gaps in time. */
static void compare_quench(size_t L, double right, double dt, const double *gaps, size_t count,
                           double bound)
{
    double delta[MOST_SITES], lambda[MOST_SITES];
    kz_dmrg_params dmrg = precise();
    kz_tebd_params params = kz_tebd_params_default();
    kz_tebd *tebd;
    kz_mps *mps;
    dmrg.cutoff = 1e-24;
    dmrg.energy_tolerance = 1e-13;
    dmrg.variance_tolerance = 1e-20;
    params.cutoff = 0.0;
    couplings(delta, L, 0.0, right);
    quench_scale(lambda, L);
    ed_chain *chain = ed_chain_create((int)L, (int)L / 2, delta, NULL);
    ed_chain *before = ed_chain_create((int)L, (int)L / 2, delta, lambda);
    double complex *vector = calloc((size_t)ed_chain_dimension(chain), sizeof *vector);
    ed_chain_ground_state(vector, before);
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, (int)L / 2, &dmrg));
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
    for (size_t step = 0; step < count; step++) {
        profile ours, exact;
        kz_lattice_profile first = profile_view(&ours), second = profile_view(&exact);
        KZ_CHECK_OK(kz_tebd_advance(tebd, dt, (size_t)lround(gaps[step] / dt), NULL, NULL));
        ed_chain_evolve(vector, chain, vector, gaps[step]);
        KZ_CHECK_OK(kz_mps_measure(&first, mps, delta, 1));
        ed_chain_measure(&second, chain, vector);
        print_message("# L %zu, Delta %.2f, dt %.2f: %.1e, entropy %.1e\n", L, right, dt,
                      profile_distance(&ours, &exact, L), entropy_distance(&ours, &exact, L));
        KZ_CHECK_CLOSE(profile_distance(&ours, &exact, L), 0.0, bound);
        KZ_CHECK_CLOSE(entropy_distance(&ours, &exact, L), 0.0, bound);
    }
    kz_tebd_free(tebd);
    kz_mps_free(mps);
    free(vector);
    ed_chain_free(before);
    ed_chain_free(chain);
}

static const double couplings_right[] = {0.70710678118654752440, 0.5, 0.3};

/* At t = 0, 1, 2, 4. */
static void energy_quench_against_exact_diagonalisation(void **state)
{
    (void)state;
    static const double gaps[] = {0, 1, 1, 2};
    for (size_t k = 0; k < 6; k++)
        compare_quench(k < 3 ? 10 : 12, couplings_right[k % 3], 0.04, gaps, 4, 1e-8);
}

/* What is said of the default of `kapitza quench`. */
static void default_step_is_right_to_1e_6(void **state)
{
    (void)state;
    static const double gap = 10.0;
    for (size_t k = 0; k < 3; k++)
        compare_quench(10, couplings_right[k], 0.2, &gap, 1, 1e-6);
}

static int stop_at(void *context, size_t done, size_t total)
{
    assert_true(done > 0 && done < total);
    return done == *(size_t *)context;
}

static void progress_may_cancel(void **state)
{
    (void)state;
    enum { L = 12 };
    size_t at = 17;
    double delta[L - 1], lambda[L - 1];
    kz_mps *mps;
    kz_dmrg_params params = kz_dmrg_params_default();
    params.progress = stop_at;
    params.progress_context = &at;
    couplings(delta, L, 0.0, 0.5);
    quench_scale(lambda, L);
    assert_int_equal(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &params),
                     KZ_ECANCELLED);
    assert_null(mps);
    at = 100000;
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &params));
    kz_mps_free(mps);
}

static void misuse_is_refused(void **state)
{
    (void)state;
    enum { L = 6 };
    double delta[L - 1] = {0}, lambda[L - 1] = {1, 1, 1, 1, 1};
    kz_dmrg_params params = kz_dmrg_params_default();
    kz_mps *mps = (kz_mps *)1;
    KZ_CHECK_STATUS(kz_dmrg_ground_state(&mps, NULL, lambda, delta, 3, 1, &params), KZ_EINVAL);
    assert_null(mps);
    KZ_CHECK_STATUS(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, 7, &params), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, -1, &params), KZ_EINVAL);
    lambda[3] = NAN;
    KZ_CHECK_STATUS(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, 3, &params), KZ_EINVAL);
    lambda[3] = 1.0;
    params.cutoff = NAN;
    KZ_CHECK_STATUS(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, 3, &params), KZ_EINVAL);
    params = kz_dmrg_params_default();
    params.max_sweeps = 0;
    KZ_CHECK_STATUS(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, 3, &params), KZ_EINVAL);
    /* All spins up: one state. */
    params = kz_dmrg_params_default();
    kz_dmrg_report report;
    delta[1] = 0.8;
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, &report, lambda, delta, L, L, &params));
    KZ_CHECK_CLOSE(report.energy, 0.2, 1e-14);
    kz_mps_free(mps);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    enum { L = 8 };
    double delta[L - 1], lambda[L - 1];
    kz_dmrg_params params = kz_dmrg_params_default();
    kz_status status = KZ_ENOMEM;
    couplings(delta, L, 0.0, 0.5);
    quench_scale(lambda, L);
    for (unsigned long k = 1; status != KZ_OK; k++) {
        kz_mps *mps = NULL;
        kz_alloc_fail_at(k);
        status = kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &params);
        kz_alloc_fail_at(0);
        if (status != KZ_OK) {
            KZ_CHECK_STATUS(status, KZ_ENOMEM);
            assert_null(mps);
        }
        kz_mps_free(mps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ground_states_match_exact_diagonalisation),
        cmocka_unit_test(variance_of_a_product_state),
        cmocka_unit_test(unreached_variance_is_reported),
        cmocka_unit_test(energy_quench_against_exact_diagonalisation),
        cmocka_unit_test(default_step_is_right_to_1e_6),
        cmocka_unit_test(progress_may_cancel),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(energy_at_the_papers_size),
    };
    return cmocka_run_group_tests_name("dmrg", tests, NULL, NULL);
}
