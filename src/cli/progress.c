/* How far the work is and how long it will take, on stderr. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"
#include "core/clock.h"

void cli_progress_start(cli_progress *progress, const char *label, cli_common *common)
{
    *progress = (cli_progress){.label = label, .stages = 1, .terminal = isatty(STDERR_FILENO) != 0};
    progress->started = kz_clock_seconds();
    progress->pause = progress->terminal ? 0.2 : 2.0;
    progress->wanted = common->progress;
    if (!common->progress) return;
    common->options.progress = cli_progress_show;
    common->options.progress_context = progress;
}

double cli_progress_elapsed(const cli_progress *progress)
{
    return kz_clock_seconds() - progress->started;
}

/* Nothing for the first half second, when most jobs are over. */
bool cli_progress_due(cli_progress *progress)
{
    double elapsed = cli_progress_elapsed(progress);
    bool due = progress->wanted && elapsed >= 0.5 && elapsed - progress->shown >= progress->pause;
    if (due) progress->shown = elapsed;
    return due;
}

void cli_progress_print(cli_progress *progress, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "%s%s: ", progress->terminal ? "\r" : "", progress->label);
    va_start(arguments, format);
    (void)vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs(progress->terminal ? "\033[K" : "\n", stderr);
    (void)fflush(stderr);
    progress->visible = true;
}

int cli_progress_show(void *context, size_t done, size_t total)
{
    cli_progress *progress = context;
    double inner = total ? (double)done / (double)total : 0.0;
    double part =
        fmin(((double)progress->stage + fmin(inner, 1.0)) / (double)progress->stages, 1.0);
    /* Nothing as long as the estimate rests on little. */
    double elapsed = cli_progress_elapsed(progress);
    if (part <= 0.0 || (part < 0.01 && elapsed < 10.0) || !cli_progress_due(progress)) return 0;
    double left = elapsed * (1.0 - part) / part;
    cli_progress_print(progress, "%3.0f %%, %.0f %s left", floor(100.0 * part),
                       ceil(left < 90.0 ? left : left / 60.0), left < 90.0 ? "s" : "min");
    return 0;
}

void cli_progress_end(cli_progress *progress)
{
    if (progress->visible && progress->terminal) fputs("\r\033[K", stderr);
    progress->visible = false;
}
