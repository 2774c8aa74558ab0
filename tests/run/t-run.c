/* Runs made, stopped, read while they go on and resumed, by a program of one's own. */
#include <float.h>
#include <string.h>

#include "core/memory.h"
#include "tests/run/support.h"

static const double times[] = {0.0, 0.5, 1.0, 1.5};
enum { TIMES = sizeof times / sizeof times[0] };

static void check_same(const kz_run *a, const kz_run *b)
{
    size_t count = kz_run_count(a);
    assert_int_equal(count, kz_run_count(b));
    assert_memory_equal(kz_run_times(a), kz_run_times(b), count * sizeof(double));
    for (size_t k = 0; k < count; k++)
        for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
            assert_memory_equal(kz_run_row(a, (kz_run_quantity)q, k),
                                kz_run_row(b, (kz_run_quantity)q, k), SITES * sizeof(double));
}

/* The two methods share no code that measures; exact diagonalisation shares none with either. */
static void both_methods_are_exact(void **state)
{
    (void)state;
    for (int m = 0; m < 2; m++) {
        kz_run_setup setup = small_setup((kz_method)m);
        kz_run_params params = params_of(path_of("exact.h5"), times, TIMES);
        setup.densities = true;
        kz_run *run, *read;
        kz_run_end end;
        KZ_CHECK_OK(kz_run_make(&run, &end, &setup, &params));
        assert_int_equal(end, KZ_RUN_DONE);
        assert_int_equal(kz_run_count(run), TIMES);
        check_exact(run, 1e-7);
        check_exact_densities(run, m ? 1e-13 : 1e-8);
        assert_string_equal(kz_run_get_setup(run)->right, "xx");
        assert_true(m ? isnan(kz_run_chi(run, 0)) : kz_run_chi(run, 0) == 500.0);
        KZ_CHECK_OK(kz_run_read(&read, params.path));
        check_same(run, read);
        kz_run_free(read);
        kz_run_free(run);
        remove_run(path_of("exact.h5"));
    }
}

/* Magnetization of the domain wall on SITES sites at time t, in numbers of 64 bits: modes
 * sin(pi k i/(SITES + 1)), energies cos(pi k/(SITES + 1)). */
static double wall_at(double t, int site)
{
    const long double pi = 3.14159265358979323846264338327950288L;
    const int N = SITES + 1;
    long double m = -0.5L;
    for (int j = 1; j <= SITES / 2; j++) {
        long double re = 0.0L, im = 0.0L;
        for (int k = 1; k <= SITES; k++) {
            long double shape = 2.0L / N * sinl(pi * k * site / N) * sinl(pi * k * j / N);
            long double angle = cosl(pi * k / N) * (long double)t;
            re += shape * cosl(angle);
            im -= shape * sinl(angle);
        }
        m += re * re + im * im;
    }
    return (double)m;
}

/* 2026-11-26: at t = 1e17 the exact method gave numbers without a true digit, and no word of it. */
static void phases_are_known_to_a_last_time(void **state)
{
    (void)state;
    const double last = 1e9, beyond = 1.01e9, fast = 1e6;
    double J[SITES], delta[SITES] = {0.0};
    kz_run_setup setup = small_setup(KZ_METHOD_FERMION);
    kz_run_params params = params_of(path_of("late.h5"), &last, 1);
    kz_run *run;
    if (LDBL_MANT_DIG < 64) skip();
    KZ_CHECK_OK(kz_run_make(&run, NULL, &setup, &params));
    for (int i = 0; i < SITES; i++)
        KZ_CHECK_CLOSE(kz_run_row(run, KZ_RUN_MAGNETIZATION, 0)[i], wall_at(last, i + 1), 1e-6);
    kz_run_free(run);
    remove_run(path_of("late.h5"));
    KZ_CHECK_STATUS(kz_run_times_check(&beyond, 1, &setup), KZ_EINVAL);
    for (int i = 0; i < SITES; i++)
        J[i] = i == 1 || i == 2 ? -1000.0 : 1.0;
    setup.couplings = (kz_couplings){J, delta, NULL};
    KZ_CHECK_OK(kz_run_times_check(&fast, 1, &setup));
    KZ_CHECK_STATUS(kz_run_times_check(&last, 1, &setup), KZ_EINVAL);
    setup.method = KZ_METHOD_TEBD;
    KZ_CHECK_OK(kz_run_times_check(&last, 1, &setup));
}

/* The ground state of a quench, where correlations are strong and matrices complex. */
static void density_matrices_of_both_methods_agree(void **state)
{
    (void)state;
    enum { L = 12 };
    kz_run *run[2];
    for (int m = 0; m < 2; m++) {
        kz_run_setup setup = small_setup((kz_method)m);
        kz_run_params params = params_of(path_of("both.h5"), times, TIMES);
        setup.initial = KZ_QUENCH_ENERGY;
        setup.length = L;
        setup.densities = true;
        KZ_CHECK_OK(kz_run_make(&run[m], NULL, &setup, &params));
        remove_run(path_of("both.h5"));
    }
    for (size_t k = 0; k < TIMES; k++)
        for (size_t e = 0; e < (L - 2) * KZ_DENSITY_SIZE; e++)
            KZ_CHECK_CLOSE(kz_run_densities(run[0], k)[e], kz_run_densities(run[1], k)[e], 1e-7);
    kz_run_free(run[0]);
    kz_run_free(run[1]);
}

static kz_status make_and_read(kz_run **out, const char *path)
{
    kz_run_setup setup = small_setup(KZ_METHOD_FERMION);
    kz_run_params params = params_of(path, times, TIMES);
    setup.densities = params.overwrite = true;
    kz_status status = kz_run_make(NULL, NULL, &setup, &params);
    return status == KZ_OK ? kz_run_read(out, path) : status;
}

/* Fails the k-th allocation for every k: an error, no leak, no run. */
static void memory(void **state)
{
    (void)state;
    char path[256];
    kz_run *run = NULL;
    kz_status status = KZ_ENOMEM;
    unsigned long k = 0;
    (void)snprintf(path, sizeof path, "%s", path_of("memory.h5"));
    while (status != KZ_OK) {
        assert_true(++k < 1000);
        kz_alloc_fail_at(k);
        status = make_and_read(&run, path);
        kz_alloc_fail_at(0);
        assert_int_equal(run != NULL, status == KZ_OK);
    }
    assert_true(k > 40);
    check_exact(run, 1e-12);
    kz_run_free(run);
    remove_run(path_of("memory.h5"));
}

/* kz_run_progress_fn: stops beyond t = 0.7, with the file readable at each call. */
static int stop_and_look(void *context, const kz_run_progress *p)
{
    const char *path = context;
    kz_run *run;
    if (p->time <= 0.7) return 0;
    assert_true(p->first == 0.0 && p->last == 1.5 && p->mps && p->tebd);
    KZ_CHECK_OK(kz_run_read(&run, path));
    assert_int_equal(kz_run_count(run), 2);
    assert_int_equal(kz_run_times_left(run), 2);
    check_exact(run, 1e-7);
    kz_run_free(run);
    return 1;
}

static void a_stopped_run_resumes_bitwise(void **state)
{
    (void)state;
    kz_run_setup setup = small_setup(KZ_METHOD_TEBD);
    kz_run_params params = params_of(path_of("whole.h5"), times, TIMES);
    kz_run *whole, *part;
    kz_run_end end;
    kz_run_stored *stored;
    kz_checkpoint_kind kind;
    KZ_CHECK_OK(kz_run_make(&whole, NULL, &setup, &params));
    char path[256];
    (void)snprintf(path, sizeof path, "%s", path_of("part.h5"));
    params.path = path;
    params.checkpoint_seconds = 1e-9;
    params.progress = stop_and_look;
    params.progress_context = path;
    KZ_CHECK_OK(kz_run_make(&part, &end, &setup, &params));
    assert_int_equal(end, KZ_RUN_STOPPED);
    assert_int_equal(kz_run_count(part), 2);
    kz_run_free(part);
    KZ_CHECK_OK(kz_run_checkpoint_look(&kind, path));
    assert_int_equal(kind, KZ_CHECKPOINT_UNFINISHED);
    KZ_CHECK_STATUS(kz_run_make(&part, &end, &setup, &params), KZ_EIO);
    assert_null(part);
    params.progress = NULL;
    KZ_CHECK_OK(kz_run_stored_open(&stored, path));
    assert_true(kz_run_stored_fits(stored, times, TIMES));
    assert_false(kz_run_stored_fits(stored, times, 2)); /* t = 1 is under way */
    KZ_CHECK_STATUS(kz_run_resume(&part, &end, stored, 499, &params), KZ_EINVAL);
    KZ_CHECK_OK(kz_run_resume(&part, &end, stored, setup.chi, &params));
    assert_int_equal(end, KZ_RUN_DONE);
    kz_run_stored_close(stored);
    check_same(whole, part);
    kz_run_free(part);
    kz_run_free(whole);
    remove_run(path_of("whole.h5"));
    remove_run(path_of("part.h5"));
}

static kz_status resume_to(const char *path, const double *moments, size_t count)
{
    kz_run_stored *stored;
    kz_run_params params = params_of(path, moments, count);
    KZ_CHECK_OK(kz_run_stored_open(&stored, path));
    kz_status status = kz_run_resume(NULL, NULL, stored, 500, &params);
    kz_run_stored_close(stored);
    return status;
}

/* 2026-11-26: a checkpoint that had come beside the file of another run replaced it. */
static void the_file_of_another_run_is_not_replaced(void **state)
{
    (void)state;
    enum { OTHERS = 3 };
    kz_run_setup setup[1 + OTHERS];
    char one[256], other[256];
    kz_run *run;
    (void)snprintf(one, sizeof one, "%s", path_of("one.h5"));
    (void)snprintf(other, sizeof other, "%s", path_of("other.h5"));
    kz_run_params params = params_of(one, times, TIMES - 1);
    for (int k = 0; k <= OTHERS; k++)
        setup[k] = small_setup(KZ_METHOD_TEBD);
    setup[1].dt = 0.07;
    setup[2].densities = true; /* measured more than the checkpoint has */
    setup[3].correlations = true;
    KZ_CHECK_OK(kz_run_make(NULL, NULL, &setup[0], &params));
    for (int k = 1; k <= OTHERS; k++) {
        params.path = other;
        KZ_CHECK_OK(kz_run_make(NULL, NULL, &setup[k], &params));
        assert_int_equal(rename(other, one), 0);
        KZ_CHECK_STATUS(resume_to(one, times, TIMES), KZ_EIO);
        KZ_CHECK_OK(kz_run_read(&run, one));
        KZ_CHECK_CLOSE(kz_run_get_setup(run)->dt, setup[k].dt, 0.0);
        assert_true((kz_run_densities(run, 0) != NULL) == setup[k].densities);
        kz_run_free(run);
        remove_run(other);
    }
    assert_int_equal(truncate(one, 1000), 0); /* nobody's any more */
    KZ_CHECK_OK(resume_to(one, times, TIMES));
    KZ_CHECK_OK(kz_run_read(&run, one));
    KZ_CHECK_CLOSE(kz_run_get_setup(run)->dt, 0.05, 0.0);
    assert_int_equal(kz_run_count(run), TIMES);
    kz_run_free(run);
    remove_run(one);
    remove_run(other);
}

static void the_wall_time_stops(void **state)
{
    (void)state;
    kz_run_setup setup = small_setup(KZ_METHOD_TEBD);
    kz_run_params params = params_of(path_of("wall.h5"), times, TIMES);
    kz_run_end end;
    params.wall_seconds = 1e-9;
    KZ_CHECK_OK(kz_run_make(NULL, &end, &setup, &params));
    assert_int_equal(end, KZ_RUN_WALL_TIME);
    remove_run(path_of("wall.h5"));
}

static void errors_of_setups(void **state)
{
    (void)state;
    kz_run_setup good = small_setup(KZ_METHOD_TEBD), setup;
    kz_run_params params = params_of(path_of("never.h5"), times, TIMES), other;
    const double falling[] = {1.0, 0.5}, negative[] = {-1.0}, endless[] = {INFINITY};
    kz_run *run;
#define REFUSE_SETUP(change)                                                                       \
    do {                                                                                           \
        setup = good;                                                                              \
        setup.change;                                                                              \
        KZ_CHECK_STATUS(kz_run_make(&run, NULL, &setup, &params), KZ_EINVAL);                      \
        assert_null(run);                                                                          \
    } while (0)
    REFUSE_SETUP(length = 7);
    REFUSE_SETUP(length = 2);
    REFUSE_SETUP(dt = 0.0);
    REFUSE_SETUP(dt = NAN);
    REFUSE_SETUP(chi = 0);
    REFUSE_SETUP(cutoff = 1.0);
    REFUSE_SETUP(delta_left = -1.0);
    REFUSE_SETUP(delta_right = NAN);
    good.method = KZ_METHOD_FERMION;
    REFUSE_SETUP(delta_right = 0.5);
#undef REFUSE_SETUP
#define REFUSE_PARAMS(change)                                                                      \
    do {                                                                                           \
        other = params;                                                                            \
        change;                                                                                    \
        KZ_CHECK_STATUS(kz_run_make(&run, NULL, &good, &other), KZ_EINVAL);                        \
    } while (0)
    REFUSE_PARAMS(other.path = NULL);
    REFUSE_PARAMS(other.count = 0);
    REFUSE_PARAMS(other.threads = 0);
    REFUSE_PARAMS(other.wall_seconds = NAN);
    REFUSE_PARAMS(other.checkpoint_seconds = 0.0);
    REFUSE_PARAMS((other.times = falling, other.count = 2));
    REFUSE_PARAMS((other.times = negative, other.count = 1));
    REFUSE_PARAMS((other.times = endless, other.count = 1));
#undef REFUSE_PARAMS
    other = params;
    other.path = path_of("nowhere/never.h5");
    KZ_CHECK_STATUS(kz_run_make(&run, NULL, &good, &other), KZ_EIO);
    assert_int_not_equal(access(params.path, F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_methods_are_exact),
        cmocka_unit_test(phases_are_known_to_a_last_time),
        cmocka_unit_test(density_matrices_of_both_methods_agree),
        cmocka_unit_test(memory),
        cmocka_unit_test(a_stopped_run_resumes_bitwise),
        cmocka_unit_test(the_file_of_another_run_is_not_replaced),
        cmocka_unit_test(the_wall_time_stops),
        cmocka_unit_test(errors_of_setups),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
