/* Runs that a team of processes makes (threads here): the files of one process, byte by byte. */
#include <string.h>
#include <sys/stat.h>

#include "support/team.h"
#include "tests/run/support.h"

static const double times[] = {0.0, 0.5, 1.0, 2.0};
enum { TIMES = sizeof times / sizeof times[0], CHI = 20 };

static kz_run_setup setup_of_all(void)
{
    kz_run_setup setup = kz_run_setup_default();
    setup.delta_right = 0.7;
    setup.length = 20;
    setup.chi = CHI;
    setup.cutoff = 1e-8;
    setup.densities = true;
    return setup;
}

/* Begins a run, or goes on with it. */
typedef struct {
    const char *path;
    kz_run_progress_fn progress;
    double max_truncation;
    kz_status want;
    kz_run_end end;
} job;

static void make(kz_team *team, void *context)
{
    job *j = context;
    kz_run_setup setup = setup_of_all();
    kz_run_params params = params_of(j->path, times, TIMES);
    kz_checkpoint_kind kind;
    kz_run_stored *stored;
    params.progress = j->progress;
    params.team = team;
    if (j->max_truncation > 0.0) params.max_truncation = j->max_truncation;
    KZ_CHECK_OK(kz_run_checkpoint_look(&kind, j->path));
    if (kind == KZ_CHECKPOINT_NONE) {
        KZ_CHECK_STATUS(kz_run_make(NULL, &j->end, &setup, &params), j->want);
        return;
    }
    KZ_CHECK_OK(kz_run_stored_open(&stored, j->path));
    KZ_CHECK_STATUS(kz_run_resume(NULL, &j->end, stored, CHI, &params), j->want);
    kz_run_stored_close(stored);
}

static size_t read_file(unsigned char *data, size_t most, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t size = fread(data, 1, most, file);
    (void)fclose(file);
    assert_in_range(size, 1, most - 1);
    return size;
}

static void check_same_file(const char *a, const char *b)
{
    enum { MOST = 1 << 20 };
    static unsigned char x[MOST], y[MOST];
    size_t size = read_file(x, MOST, a);
    assert_int_equal(size, read_file(y, MOST, b));
    assert_memory_equal(x, y, size);
}

static const char *checkpoint_of(const char *path)
{
    static char names[2][300];
    static int turn;
    turn = !turn;
    (void)snprintf(names[turn], sizeof names[turn], "%s.checkpoint", path);
    return names[turn];
}

static void check_same_run(const char *a, const char *b)
{
    check_same_file(a, b);
    check_same_file(checkpoint_of(a), checkpoint_of(b));
}

static void the_files_of_one_process(void **state)
{
    (void)state;
    const char *one = path_of("one.h5"), *many = path_of("many.h5");
    job alone = {.path = one}, together = {.path = many};
    make(NULL, &alone);
    assert_int_equal(alone.end, KZ_RUN_DONE);
    for (int size = 1; size <= 3; size++) {
        check_team_run(size, make, &together);
        assert_int_equal(together.end, KZ_RUN_DONE);
        check_same_run(one, many);
        remove_run(many);
    }
    remove_run(one);
}

/* Stops at every third call, also where only the last layers of a stretch are left. */
static int stop_now_and_then(void *context, const kz_run_progress *progress)
{
    static int calls;
    (void)context;
    return progress->stage == KZ_RUN_IN_EVOLUTION && ++calls % 3 == 0;
}

static void other_numbers_of_processes_go_on(void **state)
{
    (void)state;
    const char *one = path_of("one.h5"), *many = path_of("many.h5");
    job alone = {.path = one};
    job together = {.path = many, .progress = stop_now_and_then, .end = KZ_RUN_STOPPED};
    make(NULL, &alone);
    for (int turn = 0; together.end != KZ_RUN_DONE; turn++) {
        assert_true(turn < 400);
        if (turn % 4 == 3)
            make(NULL, &together);
        else
            check_team_run(1 + turn % 4, make, &together);
    }
    check_same_run(one, many);
    remove_run(one);
    remove_run(many);
}

static void limits_stop_all(void **state)
{
    (void)state;
    const char *path = path_of("limit.h5");
    job together = {.path = path, .max_truncation = 2e-9};
    check_team_run(2, make, &together);
    assert_int_equal(together.end, KZ_RUN_TRUNCATED);
    together.want = KZ_EINVAL; /* more is discarded already */
    check_team_run(3, make, &together);
    together.want = KZ_OK;
    together.max_truncation = 0.0;
    check_team_run(3, make, &together);
    assert_int_equal(together.end, KZ_RUN_DONE);
    remove_run(path);
}

/* Before any state is read. */
static void damaged_checkpoints_are_refused(void **state)
{
    (void)state;
    struct stat info;
    const char *path = path_of("cut.h5");
    job together = {.path = path};
    kz_run_stored *stored;
    check_team_run(2, make, &together);
    assert_int_equal(stat(checkpoint_of(path), &info), 0);
    assert_int_equal(truncate(checkpoint_of(path), info.st_size - 100), 0);
    KZ_CHECK_STATUS(kz_run_stored_open(&stored, path), KZ_EIO);
    assert_null(stored);
    remove_run(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_files_of_one_process),
        cmocka_unit_test(other_numbers_of_processes_go_on),
        cmocka_unit_test(limits_stop_all),
        cmocka_unit_test(damaged_checkpoints_are_refused),
    };
    return cmocka_run_group_tests_name("team", tests, make_folder, remove_folder);
}
