/* A signal leaves no half-made file behind. */
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "io/replace.h"

enum { SLOTS = 8 };

/* What the handler must reach: the only mutable file-scope state of the program.  A slot is
 * written before its flag is raised and after it is lowered. */
static char paths[SLOTS][PATH_MAX];
static volatile sig_atomic_t used[SLOTS];
static volatile sig_atomic_t child;
static volatile sig_atomic_t held, pending;

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXCPU};
enum { CAUGHT = sizeof caught / sizeof caught[0] };

/* Tenths of a second of a clock that never goes back; 0 is no time. */
static volatile sig_atomic_t first;

static sig_atomic_t now(void)
{
    struct timespec time = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (sig_atomic_t)((10 * time.tv_sec + time.tv_nsec / 100000000) % INT_MAX + 1);
}

/* timeout(1), and a terminal that goes away, send one signal twice at once; SIGXCPU comes again
 * with every second of work. */
bool cli_signals_is_second(int number)
{
    enum { GAP = 5 };
    sig_atomic_t moment = now();
    if (!first) first = moment;
    return number != SIGXCPU && moment - first >= GAP;
}

void cli_signals_end(int number)
{
    for (int i = 0; i < SLOTS; i++)
        if (used[i]) (void)unlink(paths[i]);
    if (child > 0) (void)kill((pid_t)child, SIGTERM);
    _exit(128 + number);
}

/* A second signal ends the program even while the first is held back: what holds it may hang. */
static void handle(int number)
{
    if (!held || cli_signals_is_second(number)) cli_signals_end(number);
    pending = number;
}

void cli_signals_install(void)
{
    static const kz_io_cleanup files = {cli_signals_hold, cli_signals_release, cli_cleanup_register,
                                        cli_cleanup_forget};
    struct sigaction action = {0}, old, ignore = {0};
    kz_io_cleanup_set(&files);
    action.sa_handler = handle;
    (void)sigfillset(&action.sa_mask);
    for (int i = 0; i < CAUGHT; i++) {
        /* What the parent ignores (nohup) stays ignored. */
        if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler == SIG_IGN) continue;
        (void)sigaction(caught[i], &action, NULL);
    }
    /* A limit on the size of files shows as an error of the write. */
    ignore.sa_handler = SIG_IGN;
    (void)sigemptyset(&ignore.sa_mask);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
}

/* A flag rather than sigprocmask(): the threads of OpenBLAS would take the signal instead. */
void cli_signals_hold(void) { held = 1; }

void cli_signals_release(void)
{
    held = 0;
    if (pending) cli_signals_end(pending);
}

int cli_cleanup_register(const char *path)
{
    size_t size = strlen(path) + 1;
    if (size > PATH_MAX) return -1;
    for (int i = 0; i < SLOTS; i++) {
        if (used[i]) continue;
        memcpy(paths[i], path, size);
        used[i] = 1;
        return i;
    }
    return -1;
}

void cli_cleanup_forget(int number)
{
    if (number >= 0 && number < SLOTS) used[number] = 0;
}

void cli_signals_set_child(long process) { child = (sig_atomic_t)process; }
