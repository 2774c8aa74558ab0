/* Runs that keep two-point functions: both methods, files, stops, what is refused. */
#include <hdf5.h>
#include <string.h>

#include "core/memory.h"
#include "support/rewrite.h"
#include "support/team.h"
#include "tests/run/support.h"

static const double times[] = {0.0, 0.5, 1.0, 1.5};
enum { TIMES = sizeof times / sizeof times[0], SQUARE = SITES * SITES };

static kz_run_setup setup_of(kz_method method, kz_quench_kind initial)
{
    kz_run_setup setup = small_setup(method);
    setup.correlations = true;
    setup.initial = initial;
    setup.left_state = kz_state_thermal(0.7, 0.5);
    setup.right_state = kz_state_thermal(-1.0, 0.2);
    return setup;
}

static void check_same(const kz_run *a, const kz_run *b)
{
    assert_int_equal(kz_run_count(a), kz_run_count(b));
    for (size_t k = 0; k < kz_run_count(a); k++) {
        double x = kz_run_correlation_error(a, k), y = kz_run_correlation_error(b, k);
        assert_true(x == y || (isnan(x) && isnan(y)));
        assert_non_null(kz_run_correlations(a, KZ_RUN_ZZ, k));
        for (int q = 0; q < KZ_RUN_CORRELATIONS; q++) {
            const double *one = kz_run_correlations(a, (kz_run_correlation)q, k);
            const double *two = kz_run_correlations(b, (kz_run_correlation)q, k);
            assert_int_equal(one == NULL, two == NULL);
            if (one) assert_memory_equal(one, two, SQUARE * sizeof *one);
        }
    }
}

/* As measured, and as the file has it. */
static kz_run *make(const kz_run_setup *setup)
{
    kz_run_params params = params_of(path_of("made.h5"), times, TIMES);
    kz_run *run, *read;
    KZ_CHECK_OK(kz_run_make(&run, NULL, setup, &params));
    KZ_CHECK_OK(kz_run_read(&read, params.path));
    assert_true(kz_run_get_setup(read)->correlations);
    check_same(run, read);
    kz_run_free(run);
    remove_run(path_of("made.h5"));
    return read;
}

/* Strings on one side, tensors on the other.  Even states have no imaginary part. */
static void both_methods_agree(void **state)
{
    (void)state;
    static const kz_quench_kind kinds[] = {KZ_QUENCH_ENERGY, KZ_QUENCH_DOMAIN_WALL,
                                           KZ_QUENCH_THERMAL, KZ_QUENCH_NEEL};
    for (int i = 0; i < 4; i++) {
        kz_run_accuracy accuracy;
        const kz_run_setup tebd = setup_of(KZ_METHOD_TEBD, kinds[i]);
        const kz_run_setup fermion = setup_of(KZ_METHOD_FERMION, kinds[i]);
        kz_run *a = make(&tebd), *b = make(&fermion);
        for (size_t k = 0; k < TIMES; k++) {
            for (int q = 0; q < KZ_RUN_CORRELATIONS; q++) {
                const double *x = kz_run_correlations(a, (kz_run_correlation)q, k);
                const double *y = kz_run_correlations(b, (kz_run_correlation)q, k);
                assert_int_equal(x == NULL, q == KZ_RUN_PM_IMAG && kinds[i] == KZ_QUENCH_ENERGY);
                assert_int_equal(y == NULL, x == NULL);
                if (x) KZ_CHECK_CLOSE(worst_of(x, y, SQUARE, 0.0), 0.0, 1e-6);
            }
            KZ_CHECK_NAN(kz_run_correlation_error(b, k));
        }
        kz_run_get_accuracy(&accuracy, a);
        assert_true(accuracy.correlation_error >= 0.0 && accuracy.correlation_error < 1e-6);
        kz_run_get_accuracy(&accuracy, b);
        KZ_CHECK_NAN(accuracy.correlation_error);
        kz_run_free(a);
        kz_run_free(b);
    }
}

/* 2026-11-26: two ways to a magnetization, by correlations or density matrices and by the row
 * itself, differ where much is discarded; such a run was called damaged. */
static void bug_truncated_states(void **state)
{
    (void)state;
    static const double late[] = {6.0};
    kz_run_setup setup = setup_of(KZ_METHOD_TEBD, KZ_QUENCH_NEEL);
    kz_run_params params = params_of(path_of("truncated.h5"), times, TIMES);
    kz_run *run;
    setup.length = 24;
    setup.chi = 12;
    setup.delta_left = setup.delta_right = 0.5;
    setup.dt = 0.2;
    setup.cutoff = 1e-9;
    setup.densities = true;
    params.times = late;
    params.count = 1;
    KZ_CHECK_OK(kz_run_make(NULL, NULL, &setup, &params));
    KZ_CHECK_OK(kz_run_read(&run, params.path));
    double most = 0.0;
    for (size_t i = 0; i < setup.length; i++) {
        double own = kz_run_correlations(run, KZ_RUN_PM_REAL, 0)[i * setup.length + i];
        most =
            kz_check_largest(most, fabs(own - 0.5 - kz_run_row(run, KZ_RUN_MAGNETIZATION, 0)[i]));
    }
    assert_true(most > 1e-4);
    kz_run_free(run);
    remove_run(path_of("truncated.h5"));
}

static int stop(void *context, const kz_run_progress *p)
{
    (void)context;
    return p->time > 0.7;
}

static void a_stopped_run_resumes_bitwise(void **state)
{
    (void)state;
    const kz_run_setup setup = setup_of(KZ_METHOD_TEBD, KZ_QUENCH_DOMAIN_WALL);
    kz_run_params params = params_of(path_of("whole.h5"), times, TIMES);
    kz_run *whole, *part, *read;
    kz_run_stored *stored;
    kz_run_end end;
    char path[256];
    KZ_CHECK_OK(kz_run_make(&whole, NULL, &setup, &params));
    (void)snprintf(path, sizeof path, "%s", path_of("part.h5"));
    params.path = path;
    params.progress = stop;
    KZ_CHECK_OK(kz_run_make(&part, &end, &setup, &params));
    assert_int_equal(end, KZ_RUN_STOPPED);
    assert_int_equal(kz_run_count(part), 2);
    kz_run_free(part);
    KZ_CHECK_OK(kz_run_read(&read, path)); /* grows like the rest */
    assert_int_equal(kz_run_count(read), 2);
    kz_run_free(read);
    params.progress = NULL;
    KZ_CHECK_OK(kz_run_stored_open(&stored, path));
    assert_true(kz_run_get_setup(kz_run_stored_run(stored))->correlations);
    KZ_CHECK_OK(kz_run_resume(&part, &end, stored, setup.chi, &params));
    kz_run_stored_close(stored);
    check_same(whole, part);
    kz_run_free(part);
    kz_run_free(whole);
    remove_run(path_of("whole.h5"));
    remove_run(path_of("part.h5"));
}

static void allocations(void **state)
{
    (void)state;
    const kz_run_setup setup = setup_of(KZ_METHOD_FERMION, KZ_QUENCH_DOMAIN_WALL);
    kz_run_params params = params_of(path_of("memory.h5"), times, TIMES);
    kz_status status = KZ_ENOMEM;
    kz_run *run = NULL;
    params.overwrite = true;
    unsigned long k = 0;
    while (status != KZ_OK) {
        assert_true(++k < 1000);
        kz_alloc_fail_at(k);
        status = kz_run_make(NULL, NULL, &setup, &params);
        if (status == KZ_OK) status = kz_run_read(&run, params.path);
        kz_alloc_fail_at(0);
        assert_int_equal(run != NULL, status == KZ_OK);
    }
    assert_true(k > 40);
    kz_run_free(run);
    remove_run(path_of("memory.h5"));
}

/* -- what is refused ------------------------------------------------------------------------- */

static void impossible_numbers(void **state)
{
    (void)state;
    const rewriting plain = {.type = H5T_NATIVE_DOUBLE};
    const struct {
        const char *name;
        size_t index;
        double to;
    } changes[] = {{"correlation_zz", 1, 0.3},       {"correlation_zz", 2 * SITES + 1, NAN},
                   {"correlation_zz", 0, 0.1},       {"correlation_zz", 3, 0.01},
                   {"correlation_pm_real", 5, 0.6},  {"correlation_pm_real", SITES + 1, 0.2},
                   {"correlation_pm_imag", 3, 0.02}, {"correlation_pm_imag", 4, INFINITY}};
    const kz_run_setup setup = setup_of(KZ_METHOD_FERMION, KZ_QUENCH_DOMAIN_WALL);
    kz_run_params params = params_of(path_of("own.h5"), times, TIMES);
    char own[256], copy[256];
    (void)snprintf(own, sizeof own, "%s", params.path);
    (void)snprintf(copy, sizeof copy, "%s", path_of("copy.h5"));
    KZ_CHECK_OK(kz_run_make(NULL, NULL, &setup, &params));
    for (size_t k = 0; k < sizeof changes / sizeof changes[0]; k++) {
        kz_run *run;
        rewrite(own, copy, &plain);
        KZ_CHECK_OK(kz_run_read(&run, copy));
        kz_run_free(run);
        rewrite_number(copy, changes[k].name, changes[k].index, changes[k].to);
        KZ_CHECK_STATUS(kz_run_read(&run, copy), KZ_EIO);
        assert_non_null(strstr(kz_error_reason(), "no state has the correlations"));
    }
    const rewriting lacking = {.type = H5T_NATIVE_DOUBLE, .without = "correlation_pm_real"};
    kz_run *run;
    rewrite(own, copy, &lacking);
    KZ_CHECK_STATUS(kz_run_read(&run, copy), KZ_EIO);
    remove_run(path_of("own.h5"));
    remove_run(path_of("copy.h5"));
}

static void make_together(kz_team *team, void *context)
{
    kz_run_setup setup = setup_of(KZ_METHOD_TEBD, KZ_QUENCH_DOMAIN_WALL);
    kz_run_params params = params_of(path_of("team.h5"), times, TIMES);
    (void)context;
    params.team = team;
    KZ_CHECK_STATUS(kz_run_make(NULL, NULL, &setup, &params), KZ_EINVAL);
    assert_true(access(params.path, F_OK) != 0);
    setup.correlations = false;
    KZ_CHECK_OK(kz_run_params_check(&params, &setup));
}

static void divided_chains(void **state)
{
    (void)state;
    check_team_run(2, make_together, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_methods_agree),
        cmocka_unit_test(bug_truncated_states),
        cmocka_unit_test(a_stopped_run_resumes_bitwise),
        cmocka_unit_test(allocations),
        cmocka_unit_test(impossible_numbers),
        cmocka_unit_test(divided_chains),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
