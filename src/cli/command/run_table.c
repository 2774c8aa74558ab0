/* Runs among the parameters of tables. */
#include "cli/command/run_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <kapitza/extrapolate.h>

#include "core/error.h"
#include "core/memory.h"

const cli_run_names cli_run_plain = {"method", "dt",     "splitting",
                                     "chi",    "cutoff", "cutoff_per_gate"};

kz_status cli_run_describe(kz_io_table *table, const kz_run *run, const cli_run_names *name)
{
    const kz_run_setup *s = kz_run_get_setup(run);
    KZ_TRY(kz_io_table_set_text(table, name->method, kz_run_method_name(s->method)));
    if (s->method != KZ_METHOD_TEBD) return KZ_OK;
    KZ_TRY(kz_io_table_set_number(table, name->dt, s->dt));
    KZ_TRY(kz_io_table_set_text(table, name->splitting, kz_run_trotter_name(s->trotter)));
    KZ_TRY(kz_io_table_set_number(table, name->chi, (double)s->chi));
    return kz_io_table_set_number(table, s->cutoff_per_gate ? name->cutoff_per_gate : name->cutoff,
                                  s->cutoff);
}

kz_status cli_run_set_initial(kz_io_table *table, const kz_run_setup *setup)
{
    KZ_TRY(kz_io_table_set_text(table, "initial", kz_run_initial_name(setup->initial)));
    if (kz_run_has_couplings(setup)) KZ_TRY(kz_io_table_set_text(table, "couplings", "own"));
    if (setup->initial != KZ_QUENCH_THERMAL) return KZ_OK;
    KZ_TRY(cli_table_set_state(table, "left_state", &setup->left_state));
    return cli_table_set_state(table, "right_state", &setup->right_state);
}

char *cli_run_initial_text(char text[CLI_RUN_INITIAL], const kz_run_setup *setup)
{
    char left[CLI_TEXT_SIZE], right[CLI_TEXT_SIZE];
    switch (setup->initial) {
    case KZ_QUENCH_ENERGY:
        return strcpy(text, "energy quench");
    case KZ_QUENCH_DOMAIN_WALL:
        return strcpy(text, "domain wall");
    case KZ_QUENCH_THERMAL:
        (void)snprintf(text, CLI_RUN_INITIAL, "%s | %s", cli_state_text(left, &setup->left_state),
                       cli_state_text(right, &setup->right_state));
        return text;
    case KZ_QUENCH_NEEL:
    case KZ_QUENCH_PRODUCT:
        break;
    }
    return strcpy(text, "product state");
}

kz_status cli_run_head(kz_io_table *table, const char *path, const kz_run *run)
{
    const kz_run_setup *setup = kz_run_get_setup(run);
    KZ_TRY(kz_io_table_set_text(table, "file", path));
    KZ_TRY(kz_io_table_set_text(table, "left", setup->left));
    KZ_TRY(kz_io_table_set_text(table, "right", setup->right));
    KZ_TRY(cli_run_set_initial(table, setup));
    KZ_TRY(kz_io_table_set_number(table, "length", (double)setup->length));
    return cli_run_describe(table, run, &cli_run_plain);
}

size_t cli_run_count_with(const kz_run *const *runs, size_t run_count, double t)
{
    size_t found = 0;
    for (size_t i = 0; i < run_count; i++)
        found += kz_run_find_time(runs[i], t) < kz_run_count(runs[i]);
    return found;
}

/* The earliest time that is still ahead of the places of the runs, and in how many it is; their
 * places move behind it. */
static size_t next_time(double *time, size_t *place, const kz_run *const *runs, size_t run_count)
{
    size_t found = 0;
    *time = INFINITY;
    for (size_t i = 0; i < run_count; i++)
        if (place[i] < kz_run_count(runs[i])) *time = fmin(*time, kz_run_times(runs[i])[place[i]]);
    for (size_t i = 0; i < run_count; i++) {
        if (place[i] == kz_run_count(runs[i]) ||
            !kz_run_same_number(*time, kz_run_times(runs[i])[place[i]]))
            continue;
        place[i]++;
        found++;
    }
    return found;
}

kz_status cli_run_common_times(double **times, size_t *count, const kz_run *const *runs,
                               size_t run_count, size_t least)
{
    size_t place[CLI_MAX_WORDS] = {0}, most = 0, found;
    double time, *list;
    for (size_t i = 0; i < run_count; i++)
        most += kz_run_count(runs[i]);
    KZ_TRY(kz_alloc_doubles(&list, most));
    *count = 0;
    while ((found = next_time(&time, place, runs, run_count)) > 0)
        if (found >= least) list[(*count)++] = time;
    *times = list;
    return KZ_OK;
}

void cli_run_check_growing(const kz_run *const *runs, size_t run_count, cli_faults *faults)
{
    if (run_count < CLI_LEAST_RUNS)
        cli_fault(faults, "--extrapolate", "%zu runs given (needed: %d of growing chi)", run_count,
                  CLI_LEAST_RUNS);
    else if (kz_extrapolate_check(runs, run_count) != KZ_OK)
        cli_fault(faults, "--extrapolate", "%s", kz_error_reason());
}

void cli_run_check_times(const kz_run *run, const char *path, const cli_list *times,
                         cli_faults *faults)
{
    for (size_t k = 0; k < times->count; k++) {
        char text[KZ_IO_NUMBER_SIZE];
        if (kz_run_find_time(run, times->values[k]) == kz_run_count(run))
            cli_fault(faults, "--times", "%s is not in %.60s",
                      kz_io_format_exact(text, times->values[k]), path);
    }
}
