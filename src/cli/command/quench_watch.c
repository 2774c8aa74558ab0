/* Progress and signals of a run. */
#include "cli/command/quench_watch.h"

#include <math.h>
#include <stdio.h>

#include "parallel/team.h"

/* -- signals ------------------------------------------------------------------------------- */

static volatile sig_atomic_t received;

/* The first one waits for a checkpoint, a second one for nothing: a file system may hang. */
static void receive(int number)
{
    if (cli_signals_is_second(number)) cli_signals_end(number);
    received = number;
}

static const int stopping[CLI_STOPPING_SIGNALS] = {SIGINT,  SIGTERM, SIGHUP,
                                                   SIGXCPU, SIGUSR1, SIGUSR2};

/* What the parent ignores stays ignored. */
static void catch_signals(struct sigaction before[CLI_STOPPING_SIGNALS])
{
    struct sigaction action = {0};
    action.sa_handler = receive;
    (void)sigfillset(&action.sa_mask);
    for (int i = 0; i < CLI_STOPPING_SIGNALS; i++) {
        (void)sigaction(stopping[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN) (void)sigaction(stopping[i], &action, NULL);
    }
}

/* -- progress ------------------------------------------------------------------------------ */

/* The last times cost most: the estimate is a lower bound. */
static void show(cli_progress *progress, const kz_run_progress *p)
{
    if (p->stage == KZ_RUN_IN_GROUND_STATE) {
        cli_progress_print(progress, "ground state, sweep %zu", p->sweep);
        return;
    }
    if (p->stage == KZ_RUN_IN_COOLING) {
        cli_progress_print(progress, "thermal state, %.0f %%", 100.0 * p->cooled);
        return;
    }
    double part = (p->time - p->first) / (p->last - p->first);
    double left = part > 0.0 ? cli_progress_elapsed(progress) * (1.0 - part) / part : 0.0;
    if (!p->mps) {
        cli_progress_print(progress, "t = %.2f of %g, %.0f s left", p->time, p->last, left);
        return;
    }
    size_t middle = kz_mps_length(p->mps) / 2 - 1;
    cli_progress_print(
        progress,
        "t = %.2f of %g, chi %zu, middle: chi %zu, entropy %.3f, discarded %.1e, > %.0f s left",
        p->time, p->last, kz_mps_max_bond_dimension(p->mps), kz_mps_bond_dimension(p->mps, middle),
        kz_mps_entropy(p->mps, middle), kz_tebd_truncation_total(p->tebd), left);
}

/* kz_run_progress_fn. */
static int look(void *context, const kz_run_progress *p)
{
    cli_quench_watch *watch = context;
    if (cli_progress_due(&watch->progress)) show(&watch->progress, p);
    if (watch->team && !received) received = kz_parallel_heard(watch->team);
    return watch->stops && received;
}

void cli_quench_watch_start(cli_quench_watch *watch, kz_run_params *params, cli_common *common,
                            kz_method method)
{
    cli_progress_start(&watch->progress, "quench", common);
    if (!watch->progress.terminal) watch->progress.pause = 10.0;
    watch->progress.shown = -watch->progress.pause; /* the first line as soon as it is due */
    watch->stops = method == KZ_METHOD_TEBD;
    watch->team = params->team;
    params->progress = look;
    params->progress_context = watch;
    received = 0;
    if (watch->stops) catch_signals(watch->before);
}

static void release_signals(const struct sigaction before[CLI_STOPPING_SIGNALS])
{
    for (int i = 0; i < CLI_STOPPING_SIGNALS; i++)
        (void)sigaction(stopping[i], &before[i], NULL);
}

const volatile sig_atomic_t *cli_quench_received(void) { return &received; }

void cli_quench_serve(kz_team *team)
{
    struct sigaction before[CLI_STOPPING_SIGNALS];
    received = 0;
    catch_signals(before);
    kz_team_serve(team);
    release_signals(before);
}

int cli_quench_watch_end(cli_quench_watch *watch)
{
    if (watch->stops) release_signals(watch->before);
    cli_progress_end(&watch->progress);
    return received;
}
