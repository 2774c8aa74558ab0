/* What a run says of its accuracy is true. */
#include <string.h>

#include "core/memory.h"
#include "run/driver.h"
#include "tests/run/support.h"

static const double times[] = {0.0, 1.0, 2.0, 4.0, 8.0};
enum { TIMES = sizeof times / sizeof times[0] };

static void make(kz_run **run, const kz_run_setup *setup, double max_truncation, kz_run_end *end)
{
    kz_run_params params = params_of(path_of("accuracy.h5"), times, TIMES);
    params.max_truncation = max_truncation;
    params.overwrite = true;
    KZ_CHECK_OK(kz_run_make(run, end, setup, &params));
}

/* Largest error of a local observable against the exact dynamics of free fermions. */
static double exact_error(const kz_run *run)
{
    static profile exact;
    kz_lattice_profile view = profile_view(&exact);
    const kz_run_setup *s = kz_run_get_setup(run);
    const double *columns[] = {exact.energy, exact.current, exact.link, exact.magnetization,
                               exact.spin_current};
    const kz_run_quantity quantities[] = {KZ_RUN_ENERGY, KZ_RUN_ENERGY_CURRENT,
                                          KZ_RUN_ENERGY_CURRENT_LINK, KZ_RUN_MAGNETIZATION,
                                          KZ_RUN_SPIN_CURRENT};
    kz_fermion_lattice *lattice;
    double worst = 0.0;
    KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, s->length, s->initial));
    for (size_t k = 0; k < kz_run_count(run); k++) {
        KZ_CHECK_OK(kz_fermion_lattice_measure(&view, lattice, kz_run_times(run)[k]));
        for (size_t q = 0; q < 5; q++)
            worst = kz_check_largest(
                worst, worst_of(kz_run_row(run, quantities[q], k), columns[q], s->length, 0.0));
    }
    kz_fermion_lattice_free(lattice);
    return worst;
}

/* The estimate is no less than the true error and at most twenty times as much: steps of 0.4 on 12
 * sites, whose exact numbers free fermions know; nothing is truncated. */
static void the_error_of_the_step_is_estimated(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        kz_run_setup setup = kz_run_setup_default();
        kz_run *run;
        kz_run_accuracy accuracy;
        setup.initial = i % 2 ? KZ_QUENCH_DOMAIN_WALL : KZ_QUENCH_ENERGY;
        setup.trotter = i / 2 ? KZ_TROTTER_2 : KZ_TROTTER_4;
        setup.length = 12;
        setup.dt = 0.4;
        setup.cutoff = 1e-16;
        make(&run, &setup, INFINITY, NULL);
        kz_run_get_accuracy(&accuracy, run);
        double error = exact_error(run);
        print_message("%g, estimate %g\n", error, accuracy.step_error);
        assert_true(accuracy.step == 0.25 || accuracy.step <= 0.4);
        assert_true(error > 1e-7); /* else it is not the step that is tested */
        assert_true(accuracy.step_error >= error && accuracy.step_error <= 20.0 * error);
        kz_run_free(run);
    }
    remove_run(path_of("accuracy.h5"));
}

/* The same where the chain interacts, against steps of a quarter, whose error is 1/256. */
static void the_error_of_the_step_of_interacting_chains(void **state)
{
    (void)state;
    static const double deltas[][2] = {{0.0, 0.7071067811865476}, {0.5, 4.0}, {-0.9, 1.2}};
    for (int i = 0; i < 3; i++) {
        kz_run_setup setup = small_setup(KZ_METHOD_TEBD);
        kz_run *run, *fine;
        kz_run_accuracy accuracy;
        setup.length = 10;
        setup.delta_left = deltas[i][0];
        setup.delta_right = deltas[i][1];
        setup.dt = 0.25;
        setup.cutoff = 1e-16;
        make(&run, &setup, INFINITY, NULL);
        setup.dt = 0.25 / 4;
        make(&fine, &setup, INFINITY, NULL);
        kz_run_get_accuracy(&accuracy, run);
        double error = 0.0;
        for (size_t k = 0; k < TIMES; k++)
            for (int q = KZ_RUN_ENERGY; q <= KZ_RUN_SPIN_CURRENT; q++)
                error = kz_check_largest(error, worst_of(kz_run_row(run, (kz_run_quantity)q, k),
                                                         kz_run_row(fine, (kz_run_quantity)q, k),
                                                         10, 0.0));
        print_message("%g, estimate %g\n", error, accuracy.step_error);
        assert_true(accuracy.step_error >= error && accuracy.step_error <= 20.0 * error);
        kz_run_free(run);
        kz_run_free(fine);
    }
    remove_run(path_of("accuracy.h5"));
}

/* The error of local observables of TEBD against the exact method, on a chain of free fermions. */
static void check_estimate(const kz_run_setup *setup, const double *moments, size_t count)
{
    kz_run *run, *exact;
    kz_run_accuracy accuracy;
    kz_run_setup free_fermions = *setup;
    kz_run_params params = params_of(path_of("accuracy.h5"), moments, count);
    params.overwrite = true;
    KZ_CHECK_OK(kz_run_make(&run, NULL, setup, &params));
    free_fermions.method = KZ_METHOD_FERMION;
    KZ_CHECK_OK(kz_run_make(&exact, NULL, &free_fermions, &params));
    kz_run_get_accuracy(&accuracy, run);
    double error = 0.0;
    for (size_t k = 0; k < count; k++)
        for (int q = KZ_RUN_ENERGY; q <= KZ_RUN_SPIN_CURRENT; q++)
            error = kz_check_largest(error, worst_of(kz_run_row(run, (kz_run_quantity)q, k),
                                                     kz_run_row(exact, (kz_run_quantity)q, k),
                                                     setup->length, 0.0));
    print_message("%g, estimate %g\n", error, accuracy.step_error);
    assert_true(error > 1e-8); /* else it is not the step that is tested */
    assert_true(accuracy.step_error >= error && accuracy.step_error <= 20.0 * error);
    kz_run_free(run);
    kz_run_free(exact);
    remove_run(path_of("accuracy.h5"));
}

/* 2026-11-26: errors swing in time, and the estimate looked at three times only: half of all chains
 * of random couplings had errors up to three times as large. */
static void the_error_of_the_step_between_times(void **state)
{
    (void)state;
    static const double moments[] = {0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.2, 1.6, 2.0, 3.0};
    double J[SITES], delta[SITES] = {0.0}, field[SITES];
    bool up[SITES];
    srand(20261126);
    for (int k = 0; k < 8; k++) {
        kz_run_setup setup = small_setup(KZ_METHOD_TEBD);
        for (int i = 0; i < SITES; i++) {
            J[i] = 0.5 + 1.5 * rand() / RAND_MAX;
            field[i] = k % 2 ? 0.0 : 2.0 * rand() / RAND_MAX - 1.0;
            up[i] = rand() % 2 || i == 0;
        }
        setup.couplings = (kz_couplings){J, delta, field};
        setup.initial = k % 4 < 2 ? KZ_QUENCH_PRODUCT : KZ_QUENCH_DOMAIN_WALL;
        setup.spin_up = up;
        setup.trotter = KZ_TROTTER_2;
        check_estimate(&setup, moments, sizeof moments / sizeof moments[0]);
    }
}

/* 2026-11-26: only the middle of a chain was looked at.  Where it was polarised the estimate was 0,
 * and a strong bond elsewhere made errors a hundred times as large. */
static void the_error_of_the_step_anywhere(void **state)
{
    (void)state;
    enum { LENGTH = 20 };
    static const double moments[] = {0.2, 0.6}, late = 9.0;
    double J[LENGTH], delta[LENGTH] = {0.0};
    bool up[LENGTH];
    kz_run_setup setup = kz_run_setup_default();
    setup.length = LENGTH;
    setup.cutoff = 1e-15;
    for (int i = 0; i < LENGTH; i++) {
        J[i] = i == 1 ? 4.0 : 1.0 + 0.01 * i; /* in the last of five pieces */
        up[i] = (i < 5 || i > 14) && i % 2 == 0;
    }
    setup.initial = KZ_QUENCH_PRODUCT;
    setup.spin_up = up;
    check_estimate(&setup, moments, 2);
    setup.initial = KZ_QUENCH_NEEL;
    setup.couplings = (kz_couplings){J, delta, NULL};
    check_estimate(&setup, moments, 2);
    setup.initial = KZ_QUENCH_ENERGY;
    check_estimate(&setup, moments, 2);
    J[1] = 1.0;
    J[15] = 4.0; /* where nothing happens until the wall comes */
    setup.initial = KZ_QUENCH_DOMAIN_WALL;
    check_estimate(&setup, &late, 1);
}

/* Truncated to 4 states: sums are off by as much as the exact ones say, and a copy says so too. */
static void drifts_and_weights_are_those_of_the_rows(void **state)
{
    (void)state;
    kz_run_setup setup = kz_run_setup_default();
    kz_run *run, *read;
    kz_run_accuracy a, b;
    setup.length = 12;
    setup.chi = 4;
    make(&run, &setup, INFINITY, NULL);
    kz_run_get_accuracy(&a, run);
    double energy = 0.0, flip = 0.0, weight = 0.0, drift = 0.0;
    for (size_t k = 0; k < TIMES; k++) {
        double sum = 0.0;
        for (size_t i = 0; i < 12; i++) {
            flip = kz_check_largest(flip, fabs(kz_run_row(run, KZ_RUN_MAGNETIZATION, k)[i]));
            if (i == 11) continue;
            sum += kz_run_row(run, KZ_RUN_ENERGY, k)[i];
            weight = kz_check_largest(weight, kz_run_row(run, KZ_RUN_TRUNCATION, k)[i]);
        }
        if (k == 0) energy = sum;
        drift = kz_check_largest(drift, fabs(sum - energy));
    }
    assert_true(weight > 1e-4 && drift > 1e-6);
    KZ_CHECK_CLOSE(a.truncation, weight, 0.0);
    KZ_CHECK_CLOSE(a.flip_error, flip, 0.0);
    KZ_CHECK_CLOSE(flip, 0.0, 1e-14);             /* however much is truncated */
    KZ_CHECK_CLOSE(a.energy_drift, drift, 1e-14); /* t = 0 is the first row */
    KZ_CHECK_OK(kz_run_read(&read, path_of("accuracy.h5")));
    kz_run_get_accuracy(&b, read);
    KZ_CHECK_CLOSE(b.truncation, a.truncation, 0.0);
    KZ_CHECK_CLOSE(b.energy_drift, a.energy_drift, 0.0);
    KZ_CHECK_CLOSE(b.magnetization_drift, a.magnetization_drift, 0.0);
    KZ_CHECK_CLOSE(b.step, 0.2, 1e-15);
    KZ_CHECK_CLOSE(b.step_error, a.step_error, 1e-12 * a.step_error);
    KZ_CHECK_CLOSE(b.flip_error, a.flip_error, 0.0);
    kz_run_free(read);
    kz_run_free(run);
    setup.initial = KZ_QUENCH_DOMAIN_WALL; /* not even under the flip */
    make(&run, &setup, INFINITY, NULL);
    kz_run_get_accuracy(&a, run);
    KZ_CHECK_NAN(a.flip_error);
    kz_run_free(run);
    remove_run(path_of("accuracy.h5"));
}

/* The run ends soon after the limit, which the row before had not reached; it goes on without.
 * 2026-11-26: such a checkpoint, of a state cut down to 4 states, was refused, because a bond had
 * more than twice the states of its neighbour. */
static void the_limit_of_the_discarded_weight_stops(void **state)
{
    (void)state;
    kz_run_setup setup = kz_run_setup_default();
    kz_run *run;
    kz_run_end end;
    kz_run_accuracy a;
    kz_run_stored *stored;
    kz_run_params params = kz_run_params_default();
    setup.length = 12;
    setup.chi = 4;
    make(&run, &setup, 1e-3, &end);
    assert_int_equal(end, KZ_RUN_TRUNCATED);
    kz_run_get_accuracy(&a, run);
    assert_true(kz_run_count(run) < TIMES && a.truncation <= 1e-3);
    kz_run_free(run);
    KZ_CHECK_OK(kz_run_stored_open(&stored, path_of("accuracy.h5")));
    params.path = path_of("accuracy.h5");
    params.count = kz_run_stored_times(&params.times, stored);
    assert_int_equal(params.count, TIMES);
    assert_memory_equal(params.times, times, sizeof times);
    params.max_truncation = 1e-3;
    KZ_CHECK_STATUS(kz_run_resume(&run, &end, stored, 4, &params), KZ_EINVAL);
    kz_run_stored_close(stored);
    KZ_CHECK_OK(kz_run_stored_open(&stored, path_of("accuracy.h5")));
    params.count = kz_run_stored_times(&params.times, stored);
    params.max_truncation = INFINITY;
    KZ_CHECK_OK(kz_run_resume(&run, &end, stored, 4, &params));
    assert_int_equal(end, KZ_RUN_DONE);
    assert_int_equal(kz_run_count(run), TIMES);
    kz_run_stored_close(stored);
    kz_run_free(run);
    remove_run(path_of("accuracy.h5"));
}

/* A state that has lost the flip, as evolutions could before they kept it: the run ends, what it
 * measured stands, and it does not go on. */
static void a_broken_flip_ends_the_run(void **state)
{
    (void)state;
    kz_run_setup setup = kz_run_setup_default();
    const bool neel[SITES] = {true, false, true, false, true, false, true, false};
    double delta[SITES - 1] = {0.0};
    kz_run *run, *read;
    kz_mps *mps;
    kz_tebd *tebd;
    const kz_tebd_params evolution = kz_tebd_params_default();
    kz_run_params params = kz_run_params_default();
    setup.length = SITES;
    KZ_CHECK_OK(kz_run_create(&run, &setup));
    KZ_CHECK_OK(kz_mps_create_product(&mps, SITES, neel));
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &evolution));
    const kz_run_checkpoint c = {run, mps, tebd, times + 1, 2, NAN, false};
    KZ_CHECK_OK(kz_run_checkpoint_write(&c, path_of("accuracy.h5")));
    params.path = path_of("accuracy.h5");
    params.times = times + 1;
    params.count = 2;
    for (int again = 0; again < 2; again++) {
        kz_run_stored *stored;
        KZ_CHECK_OK(kz_run_stored_open(&stored, params.path));
        KZ_CHECK_STATUS(kz_run_resume(NULL, NULL, stored, setup.chi, &params), KZ_ETOL);
        assert_non_null(strstr(kz_error_message(), "spin flip"));
        kz_run_stored_close(stored);
        KZ_CHECK_OK(kz_run_read(&read, params.path));
        assert_int_equal(kz_run_count(read), 1);
        kz_run_free(read);
    }
    kz_tebd_free(tebd);
    kz_mps_free(mps);
    kz_run_free(run);
    remove_run(path_of("accuracy.h5"));
}

/* Rounding where the symmetry is kept; else what truncation explains, a hundredth at most. */
static void the_tolerance_of_the_flip(void **state)
{
    (void)state;
    KZ_CHECK_CLOSE(kz_run_flip_tolerance(true, 0.5), 1e-10, 1e-25);
    KZ_CHECK_CLOSE(kz_run_flip_tolerance(false, 1e-3), 1e-3, 2e-10);
    KZ_CHECK_CLOSE(kz_run_flip_tolerance(false, 7.0), 1e-2, 0.0);
    KZ_CHECK_CLOSE(kz_run_flip_tolerance(false, INFINITY), 1e-2, 0.0);
    kz_run_setup setup = kz_run_setup_default();
    for (int k = 0; k < 2; k++) {
        kz_run *run;
        setup.initial = k == 0 ? KZ_QUENCH_ENERGY : KZ_QUENCH_DOMAIN_WALL;
        setup.length = SITES;
        KZ_CHECK_OK(kz_run_create(&run, &setup));
        KZ_CHECK_OK(kz_run_reserve(run, 1));
        run->count = 1;
        run->value[KZ_RUN_MAGNETIZATION][3] = -2e-3;
        KZ_CHECK_OK(kz_run_check_flip(run, 2e-3));
        KZ_CHECK_STATUS(kz_run_check_flip(run, 1e-3), k == 0 ? KZ_ETOL : KZ_OK);
        kz_run_free(run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_error_of_the_step_is_estimated),
        cmocka_unit_test(the_error_of_the_step_of_interacting_chains),
        cmocka_unit_test(the_error_of_the_step_between_times),
        cmocka_unit_test(the_error_of_the_step_anywhere),
        cmocka_unit_test(drifts_and_weights_are_those_of_the_rows),
        cmocka_unit_test(a_broken_flip_ends_the_run),
        cmocka_unit_test(the_tolerance_of_the_flip),
        cmocka_unit_test(the_limit_of_the_discarded_weight_stops),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
