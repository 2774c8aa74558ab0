#include "cli/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
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
#include "core/memory.h"

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

/* The environment of gnuplot: how to find it and its libraries, and nothing else of the user's.
 * GNUTERM or GNUPLOT_DRIVER_DIR can stop it, a fontconfig file in HOME or XDG_CONFIG_HOME can
 * change the letters.  The caches of fonts of the system serve without a HOME that can be written
 * to. */
enum { VARIABLES = 5 };

static kz_status clean_environment(char *variable[VARIABLES])
{
    static const char *const kept[] = {"PATH", "LD_LIBRARY_PATH"};
    static char home[] = "HOME=/nonexistent", locale[] = "LC_ALL=C.UTF-8";
    size_t count = 0;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        const char *value = getenv(kept[i]);
        if (!value) continue;
        void *memory;
        size_t size = strlen(kept[i]) + strlen(value) + 2;
        KZ_TRY(kz_alloc(&memory, size, 1));
        (void)snprintf(memory, size, "%s=%s", kept[i], value);
        variable[count++] = memory;
    }
    variable[count++] = home;
    variable[count++] = locale;
    variable[count] = NULL;
    return KZ_OK;
}

static void free_environment(char *variable[VARIABLES])
{
    for (; *variable && strncmp(*variable, "HOME=", 5) != 0; variable++)
        kz_free(*variable);
}

static int set_streams(posix_spawn_file_actions_t *actions, const int complaint[2])
{
    int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, complaint[1], STDERR_FILENO);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, complaint[1], STDOUT_FILENO);
    if (error == 0) error = posix_spawn_file_actions_addclose(actions, complaint[0]);
    if (error == 0) error = posix_spawn_file_actions_addclose(actions, complaint[1]);
    return error;
}

/* gnuplot does not look whether its writes succeed: a limit on the size of files, which we ignore
 * as a signal, must end it. */
static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t limit;
    (void)sigemptyset(&limit);
    (void)sigaddset(&limit, SIGXFSZ);
    int error = posix_spawnattr_setsigdefault(attributes, &limit);
    if (error == 0) error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF);
    return error;
}

static int spawn(pid_t *process, const int complaint[2], const char *const words[],
                 char *const environment[])
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = set_streams(&actions, complaint);
        if (error == 0) error = set_signals(&attributes);
        if (error == 0)
            error = posix_spawnp(process, words[0], &actions, &attributes, (char *const *)words,
                                 environment);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Starts gnuplot, registered as our child; the system's error number. */
static int start(pid_t *process, const int complaint[2], const char *const words[])
{
    char *environment[VARIABLES] = {NULL};
    int error = clean_environment(environment) == KZ_OK ? 0 : ENOMEM;
    cli_signals_hold();
    if (error == 0) error = spawn(process, complaint, words, environment);
    if (error == 0) cli_signals_set_child(*process);
    cli_signals_release();
    free_environment(environment);
    return error;
}

static kz_status run(const char *script, const char *data, const char *base,
                     const char *const *more, size_t count)
{
    const char *words[7 + CLI_GNUPLOT_WORDS] = {"gnuplot", "--default-settings", "-c", script, data,
                                                base};
    char complaint[300];
    int ends[2], result = 0;
    pid_t process = 0;
    for (size_t i = 0; i < count && i < CLI_GNUPLOT_WORDS; i++)
        words[6 + i] = more[i];
    if (pipe(ends) != 0) return KZ_FAIL(KZ_EIO, "pipe: %s", strerror(errno));
    int error = start(&process, ends, words);
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

static bool append(char out[PATH_MAX], const char *path, const char *end)
{
    int length = snprintf(out, PATH_MAX, "%s%s", path, end);
    return length > 0 && length < PATH_MAX;
}

static kz_status rename_all(char made[KINDS][PATH_MAX], const char *base)
{
    char target[PATH_MAX];
    for (int i = 0; i < KINDS; i++) {
        if (!append(target, base, kinds[i]))
            return KZ_FAIL(KZ_EIO, "%s: the name is too long", base);
        if (rename(made[i], target) != 0) return KZ_FAIL(KZ_EIO, "%s: %s", target, strerror(errno));
    }
    return KZ_OK;
}

kz_status cli_gnuplot_to(const char *base, const char *script_name, const char *data,
                         const char *const *words, size_t count)
{
    char script[PATH_MAX], temporary[PATH_MAX], made[KINDS][PATH_MAX];
    char data_path[PATH_MAX], base_path[PATH_MAX], end[32];
    int cleanup[KINDS];
    KZ_TRY(find_script(script, script_name));
    (void)snprintf(end, sizeof end, ".%ld.tmp", (long)getpid());
    bool fits = append(temporary, base, end);
    for (int i = 0; i < KINDS; i++) {
        (void)snprintf(end, sizeof end, ".%ld.tmp%s", (long)getpid(), kinds[i]);
        fits = fits && append(made[i], base, end);
    }
    if (!fits) return KZ_FAIL(KZ_EIO, "%s: the name is too long", base);
    for (int i = 0; i < KINDS; i++)
        cleanup[i] = cli_cleanup_register(made[i]);
    kz_status status =
        run(script, as_path(data_path, data), as_path(base_path, temporary), words, count);
    if (status == KZ_OK) status = rename_all(made, base);
    for (int i = 0; i < KINDS; i++) {
        if (status != KZ_OK) (void)unlink(made[i]);
        cli_cleanup_forget(cleanup[i]);
    }
    return status;
}

kz_status cli_gnuplot(const char *name, const char *data, const char *directory)
{
    char base[PATH_MAX];
    if (!join(base, directory, name, ""))
        return KZ_FAIL(KZ_EIO, "%s: the name is too long", directory);
    return cli_gnuplot_to(base, name, data, NULL, 0);
}
