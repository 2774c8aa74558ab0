/* What a run says of its accuracy. */
#include "cli/command/quench_report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LINE = 400 };

/* Warned of beyond this: a part in a thousand is what a plot shows. */
static const double TOO_MUCH = 1e-3;

typedef struct {
    const char *name;
    double number;
} entry;

/* Adds "NAME NUMBER", after a comma where it is not the first. */
static void add(char line[LINE], const entry *e)
{
    size_t length = strlen(line);
    (void)snprintf(line + length, LINE - length, "%s%s %.1e", length > 0 ? ", " : "", e->name,
                   e->number);
}

void cli_quench_report(const kz_run *run, const cli_args *args, bool quiet)
{
    kz_run_accuracy a;
    char all[LINE] = "", large[LINE] = "", step[64] = "";
    kz_run_get_accuracy(&a, run);
    /* the bound is not warned of: it holds for the worst case and soon says nothing */
    const entry bound = {"bound of the truncation error", a.truncation_bound};
    const entry entries[] = {
        {"discarded weight", a.truncation},  {"drift of the energy", a.energy_drift},
        {"of S^z", a.magnetization_drift},   {"flip error", a.flip_error},
        {"error of the step", a.step_error}, {"error of correlations", a.correlation_error}};
    if (kz_run_count(run) == 0) return;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (isnan(entries[i].number)) continue;
        add(all, &entries[i]);
        if (!(entries[i].number <= TOO_MUCH)) add(large, &entries[i]);
    }
    if (!isnan(a.truncation_bound)) add(all, &bound);
    if (a.step > 0.0) (void)snprintf(step, sizeof step, "dt = %g, ", a.step);
    if (!quiet) cli_message(args, "accuracy: %s%s", step, all);
    if (large[0]) cli_message(args, "warning: more than %g: %s", TOO_MUCH, large);
}
