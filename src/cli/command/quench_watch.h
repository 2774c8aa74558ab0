/* What looks on while a run is made: progress on stderr, and the signals that end it. */
#ifndef CLI_COMMAND_QUENCH_WATCH_H
#define CLI_COMMAND_QUENCH_WATCH_H

#include <signal.h>

#include <kapitza/run.h>

#include "cli/cli.h"

enum { CLI_STOPPING_SIGNALS = 6 };

typedef struct {
    cli_progress progress;
    kz_team *team; /* whose other processes may have heard a signal; NULL: none */
    bool stops;    /* a signal stops the run at its next layer; else it ends the program */
    struct sigaction before[CLI_STOPPING_SIGNALS];
} cli_quench_watch;

/* Hooks itself into params.  TEBD: SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1 and SIGUSR2 stop the
 * run, which then writes its checkpoint; free fermions have none to write. */
void cli_quench_watch_start(cli_quench_watch *watch, kz_run_params *params, cli_common *common,
                            kz_method method);
/* Serves the first process of a team, which is told of these signals. */
void cli_quench_serve(kz_team *team);
/* Where the number of a signal that came stands. */
const volatile sig_atomic_t *cli_quench_received(void);
/* Undoes it; returns the number of the signal received, 0: none. */
int cli_quench_watch_end(cli_quench_watch *watch);

#endif
