#include "cli/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/error.h"

extern char **environ;

static const char *const kinds[] = {".png", ".pdf"};
enum { KINDS = 2 };

static bool join(char out[PATH_MAX], const char *directory, const char *name, const char *end)
{
    int length = snprintf(out, PATH_MAX, "%s/%s%s", directory, name, end);
    return length > 0 && length < PATH_MAX;
}

static kz_status find_script(char out[PATH_MAX], const char *name)
{
    const char *named = getenv("KAPITZA_PLOTS");
    const char *places[] = {KZ_PLOTS_INSTALLED, KZ_PLOTS_SOURCE};
    if (named && *named) {
        if (join(out, named, name, ".gp") && access(out, R_OK) == 0) return KZ_OK;
        return KZ_FAIL(KZ_EIO, "no %s.gp in KAPITZA_PLOTS=%s", name, named);
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (join(out, places[i], name, ".gp") && access(out, R_OK) == 0) return KZ_OK;
    return KZ_FAIL(KZ_EIO, "no %s.gp in %s; set KAPITZA_PLOTS to the folder of plot scripts", name,
                   places[0]);
}

/* Keeps the first line that says something; reads to the end so that gnuplot never blocks. */
static void read_complaint(int descriptor, char *out, size_t size)
{
    size_t used = 0;
    char buffer[512];
    ssize_t length;
    while ((length = read(descriptor, buffer, sizeof buffer)) != 0) {
        if (length < 0 && errno != EINTR) break;
        for (ssize_t i = 0; i < length && used + 1 < size; i++) {
            bool space = (unsigned char)buffer[i] <= ' ';
            if (space && (used == 0 || out[used - 1] == ' ')) continue;
            out[used++] = space ? ' ' : buffer[i];
        }
    }
    out[used] = '\0';
}

static int spawn(pid_t *process, int complaint[2], const char *const words[])
{
    posix_spawn_file_actions_t actions;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, complaint[1], STDERR_FILENO);
    if (error == 0) error = posix_spawn_file_actions_adddup2(&actions, complaint[1], STDOUT_FILENO);
    if (error == 0) error = posix_spawn_file_actions_addclose(&actions, complaint[0]);
    if (error == 0) error = posix_spawn_file_actions_addclose(&actions, complaint[1]);
    if (error == 0)
        error = posix_spawnp(process, words[0], &actions, NULL, (char *const *)words, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

static kz_status run(const char *script, const char *data, const char *base)
{
    const char *const words[] = {"gnuplot", "--default-settings", "-c", script, data, base, NULL};
    char complaint[300];
    int ends[2], result = 0;
    pid_t process = 0;
    if (pipe(ends) != 0) return KZ_FAIL(KZ_EIO, "pipe: %s", strerror(errno));
    cli_signals_hold();
    int error = spawn(&process, ends, words);
    if (error == 0) cli_signals_set_child(process);
    cli_signals_release();
    (void)close(ends[1]);
    if (error == 0) {
        read_complaint(ends[0], complaint, sizeof complaint);
        while (waitpid(process, &result, 0) < 0 && errno == EINTR) {
        }
        cli_signals_set_child(0);
    }
    (void)close(ends[0]);
    if (error == ENOENT)
        return KZ_FAIL(KZ_EIO, "gnuplot is not installed (Debian: apt-get install gnuplot-nox)");
    if (error != 0) return KZ_FAIL(KZ_EIO, "gnuplot cannot be started: %s", strerror(error));
    if (WIFEXITED(result) && WEXITSTATUS(result) == 0) return KZ_OK;
    return KZ_FAIL(KZ_EIO, "gnuplot failed on %s: %s", script, complaint);
}

/* gnuplot takes a name that starts with | or < for a command. */
static const char *as_path(char out[PATH_MAX], const char *path)
{
    if (path[0] == '/' || strlen(path) + 3 > PATH_MAX) return path;
    (void)snprintf(out, PATH_MAX, "./%s", path);
    return out;
}

static kz_status rename_all(char made[KINDS][PATH_MAX], const char *name, const char *directory)
{
    char target[PATH_MAX];
    for (int i = 0; i < KINDS; i++) {
        if (!join(target, directory, name, kinds[i]))
            return KZ_FAIL(KZ_EIO, "%s: the name is too long", directory);
        if (rename(made[i], target) != 0) return KZ_FAIL(KZ_EIO, "%s: %s", target, strerror(errno));
    }
    return KZ_OK;
}

kz_status cli_gnuplot(const char *name, const char *data, const char *directory)
{
    char script[PATH_MAX], base[PATH_MAX], made[KINDS][PATH_MAX];
    char data_path[PATH_MAX], base_path[PATH_MAX], end[32];
    int cleanup[KINDS];
    KZ_TRY(find_script(script, name));
    (void)snprintf(end, sizeof end, ".%ld.tmp", (long)getpid());
    bool fits = join(base, directory, name, end);
    for (int i = 0; i < KINDS; i++) {
        (void)snprintf(end, sizeof end, ".%ld.tmp%s", (long)getpid(), kinds[i]);
        fits = fits && join(made[i], directory, name, end);
    }
    if (!fits) return KZ_FAIL(KZ_EIO, "%s: the name is too long", directory);
    for (int i = 0; i < KINDS; i++)
        cleanup[i] = cli_cleanup_register(made[i]);
    kz_status status = run(script, as_path(data_path, data), as_path(base_path, base));
    if (status == KZ_OK) status = rename_all(made, name, directory);
    for (int i = 0; i < KINDS; i++) {
        if (status != KZ_OK) (void)unlink(made[i]);
        cli_cleanup_forget(cleanup[i]);
    }
    return status;
}
