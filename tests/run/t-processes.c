/* Runs of several processes: locks, files that are not overwritten, kills at random moments. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "io/checksum.h"
#include "tests/run/support.h"

static const double times[] = {0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0};
enum { TIMES = sizeof times / sizeof times[0] };

static kz_run_setup setup_of_all(void)
{
    kz_run_setup setup = kz_run_setup_default();
    setup.initial = KZ_QUENCH_DOMAIN_WALL;
    setup.length = 24;
    setup.dt = 0.1;
    setup.trotter = KZ_TROTTER_2;
    return setup;
}

/* Begins or goes on, as a job does that starts again. */
static kz_status go_on(const char *path, kz_run_progress_fn progress, double checkpoint_seconds)
{
    kz_run_setup setup = setup_of_all();
    kz_run_params params = params_of(path, times, TIMES);
    kz_run_stored *stored;
    kz_checkpoint_kind kind;
    params.progress = progress;
    params.checkpoint_seconds = checkpoint_seconds;
    kz_status status = kz_run_checkpoint_look(&kind, path);
    if (status != KZ_OK) return status;
    if (kind == KZ_CHECKPOINT_NONE) return kz_run_make(NULL, NULL, &setup, &params);
    status = kz_run_stored_open(&stored, path);
    if (status != KZ_OK) return status;
    params.count = kz_run_stored_times(&params.times, stored);
    status = kz_run_resume(NULL, NULL, stored, setup.chi, &params);
    kz_run_stored_close(stored);
    return status;
}

static void check_equal(const char *a, const char *b)
{
    kz_run *x, *y;
    KZ_CHECK_OK(kz_run_read(&x, a));
    KZ_CHECK_OK(kz_run_read(&y, b));
    assert_int_equal(kz_run_count(x), kz_run_count(y));
    for (size_t k = 0; k < kz_run_count(x); k++)
        for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
            assert_memory_equal(kz_run_row(x, (kz_run_quantity)q, k),
                                kz_run_row(y, (kz_run_quantity)q, k), 24 * sizeof(double));
    kz_run_free(x);
    kz_run_free(y);
}

/* -- killed -------------------------------------------------------------------------------- */

/* Killed again and again at random moments, most of which are in the middle of a checkpoint, the
 * run comes to the same numbers, and nothing of the dead is left but run, checkpoint and lock. */
static void a_run_killed_at_random_moments(void **state)
{
    (void)state;
    char whole[256], path[256];
    uint64_t seed = 5;
    (void)snprintf(whole, sizeof whole, "%s", path_of("whole.h5"));
    (void)snprintf(path, sizeof path, "%s", path_of("killed.h5"));
    KZ_CHECK_OK(go_on(whole, NULL, 60.0));
    int kills = 0, status = 0;
    for (;;) {
        assert_true(kills < 2000);
        pid_t child = fork();
        if (child == 0) _exit(go_on(path, NULL, 1e-9) == KZ_OK ? 0 : 1);
        const struct timespec moment = {.tv_nsec = (long)kz_check_uniform(&seed, 0, 1e8)};
        if (kills < 25) {
            (void)nanosleep(&moment, NULL);
            (void)kill(child, SIGKILL);
        }
        assert_true(waitpid(child, &status, 0) == child);
        if (WIFEXITED(status)) break;
        kills++;
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    print_message("killed %d times\n", kills);
    check_equal(whole, path);
    remove_run(whole);
    remove_run(path);
    /* remove_folder() fails where anything else is left */
}

/* -- two at once --------------------------------------------------------------------------- */

static int signal_pipe[2];

/* kz_run_progress_fn: tells the parent that the run is under way, and waits to be killed. */
static int tell_and_wait(void *context, const kz_run_progress *p)
{
    (void)context;
    (void)p;
    if (write(signal_pipe[1], "x", 1) != 1) _exit(1);
    for (;;)
        (void)pause();
    return 0;
}

static void two_processes_do_not_make_one_run(void **state)
{
    (void)state;
    char path[256], owner[64], byte;
    kz_run_setup setup = setup_of_all();
    kz_run_stored *stored;
    int status;
    (void)snprintf(path, sizeof path, "%s", path_of("two.h5"));
    kz_run_params params = params_of(path, times, TIMES);
    assert_int_equal(pipe(signal_pipe), 0);
    pid_t child = fork();
    if (child == 0) _exit(go_on(path, tell_and_wait, 60.0) == KZ_OK ? 0 : 1);
    assert_true(read(signal_pipe[0], &byte, 1) == 1);
    (void)snprintf(owner, sizeof owner, "process %ld on ", (long)child);
    params.overwrite = true; /* not even then */
    KZ_CHECK_STATUS(kz_run_make(NULL, NULL, &setup, &params), KZ_EIO);
    assert_non_null(strstr(kz_error_reason(), owner));
    KZ_CHECK_STATUS(kz_run_stored_open(&stored, path), KZ_EIO);
    assert_non_null(strstr(kz_error_reason(), owner));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_true(waitpid(child, &status, 0) == child);
    KZ_CHECK_OK(go_on(path, NULL, 60.0));
    KZ_CHECK_OK(kz_run_stored_open(&stored, path)); /* holds the lock as well */
    params.overwrite = true;
    KZ_CHECK_STATUS(kz_run_make(NULL, NULL, &setup, &params), KZ_EIO);
    kz_run_stored_close(stored);
    remove_run(path);
}

/* -- what is there already ------------------------------------------------------------------ */

static void refuse(const kz_run_setup *setup, const kz_run_params *params, const char *reason)
{
    KZ_CHECK_STATUS(kz_run_make(NULL, NULL, setup, params), KZ_EIO);
    if (!strstr(kz_error_reason(), reason)) fail_msg("%s", kz_error_reason());
}

static void runs_are_overwritten_on_request_only(void **state)
{
    (void)state;
    char path[256], checkpoint[300];
    kz_run_setup setup = setup_of_all(), fermion = small_setup(KZ_METHOD_FERMION);
    kz_checkpoint_kind kind;
    (void)snprintf(path, sizeof path, "%s", path_of("there.h5"));
    (void)snprintf(checkpoint, sizeof checkpoint, "%s.checkpoint", path);
    kz_run_params params = params_of(path, times, TIMES);
    params.count = 2;
    KZ_CHECK_OK(kz_run_file_look(&kind, path));
    assert_int_equal(kind, KZ_CHECKPOINT_NONE);
    KZ_CHECK_OK(kz_run_make(NULL, NULL, &setup, &params));
    KZ_CHECK_OK(kz_run_file_look(&kind, path));
    assert_int_equal(kind, KZ_CHECKPOINT_FINISHED);
    refuse(&setup, &params, "holds a finished run");
    refuse(&fermion, &params, "belongs to a TEBD run");
    params.overwrite = true;
    KZ_CHECK_OK(kz_run_make(NULL, NULL, &setup, &params));
    params.wall_seconds = 1e-9;
    KZ_CHECK_OK(kz_run_make(NULL, NULL, &setup, &params));
    params.overwrite = false;
    refuse(&setup, &params, "holds an unfinished run");
    params.overwrite = true;
    KZ_CHECK_OK(kz_run_make(NULL, NULL, &fermion, &params));
    assert_true(access(checkpoint, F_OK) != 0); /* it would bring the old run back */
    params.overwrite = false;
    refuse(&fermion, &params, "holds a part of a run");
    FILE *file = fopen(path, "w");
    (void)fputs("a letter\n", file);
    (void)fclose(file);
    KZ_CHECK_OK(kz_run_file_look(&kind, path));
    assert_int_equal(kind, KZ_CHECKPOINT_FOREIGN);
    refuse(&setup, &params, "exists");
    file = fopen(checkpoint, "w");
    (void)fputs("another letter\n", file);
    (void)fclose(file);
    params.overwrite = true;
    refuse(&setup, &params, "is not of this version");
    remove_run(path);
}

/* -- checkpoints of the last version --------------------------------------------------------- */

static size_t slurp(unsigned char *bytes, size_t room, const char *name)
{
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, room, file);
    assert_true(size > 0 && size < room);
    (void)fclose(file);
    return size;
}

/* Version 3: without five numbers behind the first six, without the times, which follow the setup,
 * without the third number of the evolution, which begins with the time and the step, and with a
 * checksum that starts from 0. */
static void make_old(const char *name)
{
    enum { MAGIC = 24, OLD = 48, NEW = 40, ROOM = 1 << 21 };
    static unsigned char bytes[ROOM], old[ROOM];
    size_t size = slurp(bytes, ROOM, name), at = MAGIC + OLD;
    memcpy(old, bytes, at);
    old[19] = '3';
    uint64_t asked, sum;
    memcpy(&asked, bytes + at, sizeof asked);
    assert_int_equal(asked, TIMES);
    const unsigned char *setup = bytes + at + NEW, *start = setup;
    while (memcmp(start, times, sizeof times) != 0)
        start++;
    memcpy(old + at, setup, (size_t)(start - setup));
    at += (size_t)(start - setup);
    const unsigned char *rest = start + sizeof times;
    /* the evolution: record of seven numbers, the last of which is that of the bonds, and two
     * arrays */
    enum { BONDS = 23, EVOLUTION = (7 + 2 * BONDS) * sizeof(double), KEPT = 2 * sizeof(double) };
    const unsigned char *end = bytes + size - sizeof sum, *evolution = end - EVOLUTION;
    uint64_t bonds;
    memcpy(&bonds, evolution + 6 * sizeof(double), sizeof bonds);
    assert_int_equal(bonds, BONDS);
    memcpy(old + at, rest, (size_t)(evolution - rest) + KEPT);
    at += (size_t)(evolution - rest) + KEPT;
    memcpy(old + at, evolution + KEPT + sizeof(double), EVOLUTION - KEPT - sizeof(double));
    at += EVOLUTION - KEPT - sizeof(double);
    sum = kz_io_checksum(0, old, at);
    memcpy(old + at, &sum, sizeof sum);
    FILE *file = fopen(name, "wb");
    assert_true(file && fwrite(old, 1, at + sizeof sum, file) == at + sizeof sum);
    (void)fclose(file);
}

static int stop_late(void *context, const kz_run_progress *p)
{
    (void)context;
    return p->time > 1.2;
}

static void checkpoints_of_the_last_version_go_on(void **state)
{
    (void)state;
    char whole[256], path[256], name[300];
    kz_run_setup setup = setup_of_all();
    kz_run_stored *stored;
    const double *stored_times;
    (void)snprintf(whole, sizeof whole, "%s", path_of("new.h5"));
    (void)snprintf(path, sizeof path, "%s", path_of("old.h5"));
    (void)snprintf(name, sizeof name, "%s.checkpoint", path);
    KZ_CHECK_OK(go_on(whole, NULL, 60.0));
    kz_run_params params = params_of(path, times, TIMES);
    params.progress = stop_late;
    KZ_CHECK_OK(kz_run_make(NULL, NULL, &setup, &params));
    make_old(name);
    KZ_CHECK_OK(kz_run_stored_open(&stored, path));
    assert_int_equal(kz_run_count(kz_run_stored_run(stored)), 3);
    assert_int_equal(kz_run_stored_times(&stored_times, stored), 0);
    params.progress = NULL;
    KZ_CHECK_OK(kz_run_resume(NULL, NULL, stored, setup.chi, &params));
    kz_run_stored_close(stored);
    check_equal(whole, path);
    remove_run(whole);
    remove_run(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_killed_at_random_moments),
        cmocka_unit_test(two_processes_do_not_make_one_run),
        cmocka_unit_test(runs_are_overwritten_on_request_only),
        cmocka_unit_test(checkpoints_of_the_last_version_go_on),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
