/* How far the work is and how long it will take, on stderr. */
#include <math.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"

static double now(void)
{
    struct timespec time;
    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

void cli_progress_start(cli_progress *progress, const char *label, cli_common *common)
{
    *progress = (cli_progress){.label = label, .stages = 1, .terminal = isatty(STDERR_FILENO) != 0};
    progress->started = now();
    if (!common->progress) return;
    common->options.progress = cli_progress_show;
    common->options.progress_context = progress;
}

static void print(const cli_progress *progress, double part, double elapsed)
{
    double left = elapsed * (1.0 - part) / part;
    fprintf(stderr, "%s%s: %3.0f %%, ", progress->terminal ? "\r" : "", progress->label,
            floor(100.0 * part));
    if (left < 90.0)
        fprintf(stderr, "%.0f s left", ceil(left));
    else
        fprintf(stderr, "%.0f min left", ceil(left / 60.0));
    fputs(progress->terminal ? "\033[K" : "\n", stderr);
    (void)fflush(stderr);
}

int cli_progress_show(void *context, size_t done, size_t total)
{
    cli_progress *progress = context;
    double time = now(), inner = total ? (double)done / (double)total : 0.0;
    double part = ((double)progress->stage + fmin(inner, 1.0)) / (double)progress->stages;
    /* Nothing for the first half second, when most jobs are over, and nothing as long as the
     * estimate rests on little. */
    double elapsed = time - progress->started, pause = progress->terminal ? 0.2 : 2.0;
    bool early = elapsed < 0.5 || part <= 0.0 || (part < 0.01 && elapsed < 10.0);
    if (early || time - progress->shown < pause) return 0;
    progress->shown = time;
    progress->visible = true;
    print(progress, fmin(part, 1.0), elapsed);
    return 0;
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->visible && progress->terminal) fputs("\r\033[K", stderr);
    progress->visible = false;
}
