/* Locks, and what processes leave that are killed at any moment. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/lock.h"
#include "io/replace.h"
#include "support/check.h"

static char folder[] = "/tmp/kapitza-test-XXXXXX";
static char path[48], lock_path[64], temporary[64];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder)) return -1;
    (void)snprintf(path, sizeof path, "%s/run.h5", folder);
    (void)snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    (void)snprintf(temporary, sizeof temporary, "%s.kapitza.tmp", path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* fails where anything else is left */
}

static bool exists(const char *name) { return access(name, F_OK) == 0; }

/* A child that does `work` and then sleeps until it is killed; returns when the work is done. */
static pid_t start(void (*work)(void))
{
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        work();
        if (write(ready[1], "x", 1) != 1) _exit(1);
        for (;;)
            (void)pause();
    }
    assert_true(child > 0 && read(ready[0], &byte, 1) == 1);
    (void)close(ready[0]);
    (void)close(ready[1]);
    return child;
}

static void end(pid_t child)
{
    int status;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_true(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
}

static void take(void)
{
    kz_io_lock *lock;
    if (kz_io_lock_take(&lock, path) != KZ_OK) _exit(1);
}

static void begin(void)
{
    kz_io_replacement *r;
    if (kz_io_replace_begin(&r, path) != KZ_OK) _exit(1);
}

static void check_refusal(pid_t owner, const char *words)
{
    kz_io_lock *lock;
    char process[32];
    (void)snprintf(process, sizeof process, "process %ld on ", (long)owner);
    KZ_CHECK_STATUS(kz_io_lock_take(&lock, path), KZ_EIO);
    assert_null(lock);
    assert_non_null(strstr(kz_error_reason(), process));
    assert_non_null(strstr(kz_error_reason(), words));
}

static void a_lock_keeps_others_out_until_its_owner_dies(void **state)
{
    (void)state;
    kz_io_lock *lock;
    pid_t child = start(take);
    check_refusal(child, "is working on it");
    end(child);
    assert_true(exists(lock_path));
    KZ_CHECK_OK(kz_io_lock_take(&lock, path));
    check_refusal(getpid(), "is working on it"); /* two runs of one program */
    kz_io_lock_release(lock);
    assert_false(exists(lock_path));
    kz_io_lock_release(NULL);
}

/* All names of a file have one lock. */
static void links_share_the_lock(void **state)
{
    (void)state;
    char name[80];
    kz_io_lock *lock, *other;
    (void)snprintf(name, sizeof name, "%s/link.h5", folder);
    KZ_CHECK_OK(kz_io_replace_file(path, "x", 1));
    assert_int_equal(symlink(path, name), 0);
    KZ_CHECK_OK(kz_io_lock_take(&lock, path));
    KZ_CHECK_STATUS(kz_io_lock_take(&other, name), KZ_EIO);
    KZ_CHECK_OK(kz_io_replace_file(path, "y", 1)); /* the lock survives it */
    KZ_CHECK_STATUS(kz_io_lock_take(&other, name), KZ_EIO);
    kz_io_lock_release(lock);
    (void)unlink(name);
}

/* A file system without locks, as the hook pretends. */
static void without_locks_a_dead_owner_of_this_host_is_known(void **state)
{
    (void)state;
    kz_io_lock *lock;
    kz_io_lock_without_kernel(true);
    pid_t child = start(take);
    check_refusal(child, "if it died, remove");
    end(child);
    KZ_CHECK_OK(kz_io_lock_take(&lock, path));
    check_refusal(getpid(), "if it died, remove");
    kz_io_lock_release(lock);
    FILE *file = fopen(lock_path, "w");
    (void)fputs("1 another.host\n", file);
    (void)fclose(file);
    check_refusal(1, "another.host");
    (void)unlink(lock_path);
    KZ_CHECK_OK(kz_io_replace_file(path, "z", 1)); /* under a name of its own */
    kz_io_lock_without_kernel(false);
}

static void what_the_dead_leave_is_reclaimed(void **state)
{
    (void)state;
    char byte = 0;
    KZ_CHECK_OK(kz_io_replace_file(path, "a", 1));
    pid_t child = start(begin);
    assert_true(exists(temporary));
    KZ_CHECK_STATUS(kz_io_replace_try(path), KZ_EIO);
    assert_non_null(strstr(kz_error_reason(), "another process is writing it"));
    end(child);
    assert_true(exists(temporary));
    KZ_CHECK_OK(kz_io_replace_file(path, "b", 1));
    assert_false(exists(temporary));
    FILE *file = fopen(path, "r");
    assert_true(fread(&byte, 1, 1, file) == 1 && byte == 'b');
    (void)fclose(file);
    assert_int_equal(symlink("/dev/null", temporary), 0); /* somebody else's is not followed */
    KZ_CHECK_STATUS(kz_io_replace_try(path), KZ_EIO);
    (void)unlink(temporary);
}

/* -- killed at random moments ------------------------------------------------------------------ */

enum { SIZE = 1 << 16 };

/* Replaces the file again and again, each time with SIZE equal bytes. */
static void write_for_ever(void)
{
    static unsigned char bytes[SIZE];
    for (int i = 1;; i = i % 255 + 1) {
        memset(bytes, i, SIZE);
        if (kz_io_replace_file(path, bytes, SIZE) != KZ_OK) _exit(1);
    }
}

static void check_whole(void)
{
    static unsigned char bytes[SIZE + 1];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, SIZE + 1, file), SIZE);
    (void)fclose(file);
    for (int i = 1; i < SIZE; i++)
        assert_true(bytes[i] == bytes[0]);
}

/* Two writers of one file, one of which is killed: the other goes on, the file is always whole,
 * and nothing but the file is left. */
static void writers_killed_at_random_moments(void **state)
{
    (void)state;
    static unsigned char bytes[SIZE];
    uint64_t seed = 11;
    KZ_CHECK_OK(kz_io_replace_file(path, bytes, SIZE));
    for (int i = 0; i < 60; i++) {
        pid_t child = fork();
        if (child == 0) write_for_ever();
        const struct timespec moment = {.tv_nsec = (long)kz_check_uniform(&seed, 0, 1e7)};
        (void)nanosleep(&moment, NULL);
        if (i % 3 == 0) KZ_CHECK_OK(kz_io_replace_file(path, bytes, SIZE));
        check_whole();
        end(child);
        check_whole();
    }
    KZ_CHECK_OK(kz_io_replace_file(path, bytes, SIZE));
    assert_false(exists(temporary));
}

/* Many processes want one lock: never two have it. */
static void only_one_has_the_lock(void **state)
{
    (void)state;
    enum { CHILDREN = 4, TURNS = 50 };
    char inside[80];
    (void)snprintf(inside, sizeof inside, "%s/inside", folder);
    for (int c = 0; c < CHILDREN; c++) {
        if (fork() != 0) continue;
        for (int turn = 0; turn < TURNS;) {
            kz_io_lock *lock;
            if (kz_io_lock_take(&lock, path) != KZ_OK) continue;
            int descriptor = open(inside, O_CREAT | O_EXCL | O_WRONLY, 0600);
            if (descriptor < 0) _exit(1); /* somebody else is inside */
            (void)close(descriptor);
            (void)unlink(inside);
            kz_io_lock_release(lock);
            turn++;
        }
        _exit(0);
    }
    for (int c = 0; c < CHILDREN; c++) {
        int status;
        assert_true(wait(&status) > 0);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    assert_false(exists(lock_path));
}

static void memory_and_errors(void **state)
{
    (void)state;
    kz_io_lock *lock = NULL;
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status != KZ_OK; k++) {
        kz_alloc_fail_at(k);
        status = kz_io_lock_take(&lock, path);
        kz_alloc_fail_at(0);
        assert_true(status == KZ_OK || (status == KZ_ENOMEM && !lock && !exists(lock_path)));
    }
    kz_io_lock_release(lock);
    char nowhere[80];
    (void)snprintf(nowhere, sizeof nowhere, "%s/none/run.h5", folder);
    KZ_CHECK_STATUS(kz_io_lock_take(&lock, nowhere), KZ_EIO);
    assert_non_null(strstr(kz_error_reason(), "No such file"));
    assert_int_equal(mkfifo(lock_path, 0600), 0); /* must not block */
    KZ_CHECK_STATUS(kz_io_lock_take(&lock, path), KZ_EIO);
    (void)unlink(lock_path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lock_keeps_others_out_until_its_owner_dies),
        cmocka_unit_test(links_share_the_lock),
        cmocka_unit_test(without_locks_a_dead_owner_of_this_host_is_known),
        cmocka_unit_test(what_the_dead_leave_is_reclaimed),
        cmocka_unit_test(writers_killed_at_random_moments),
        cmocka_unit_test(only_one_has_the_lock),
        cmocka_unit_test(memory_and_errors),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
