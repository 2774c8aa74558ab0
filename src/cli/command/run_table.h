/* Runs among the parameters of tables. */
#ifndef CLI_COMMAND_RUN_TABLE_H
#define CLI_COMMAND_RUN_TABLE_H

#include <kapitza/run.h>

#include "cli/cli.h"

/* Describes how a run was made, under names that must outlive the table. */
typedef struct {
    const char *method, *dt, *splitting, *chi, *cutoff, *cutoff_per_gate;
} cli_run_names;
extern const cli_run_names cli_run_plain;
KZ_CHECK_RESULT kz_status cli_run_describe(kz_io_table *table, const kz_run *run,
                                           const cli_run_names *names);

/* The initial state among the parameters of a table, and in words. */
KZ_CHECK_RESULT kz_status cli_run_set_initial(kz_io_table *table, const kz_run_setup *setup);
enum { CLI_RUN_INITIAL = 2 * CLI_TEXT_SIZE + 8 };
char *cli_run_initial_text(char text[CLI_RUN_INITIAL], const kz_run_setup *setup);

/* What every table of one run says: file, chains, initial state, length, how it was made. */
KZ_CHECK_RESULT kz_status cli_run_head(kz_io_table *table, const char *path, const kz_run *run);

/* In how many runs a time is. */
size_t cli_run_count_with(const kz_run *const *runs, size_t run_count, double t);
/* The times that at least so many runs have, ascending; *times by kz_alloc. */
KZ_CHECK_RESULT kz_status cli_run_common_times(double **times, size_t *count,
                                               const kz_run *const *runs, size_t run_count,
                                               size_t least);
/* A fault where runs cannot be extrapolated, or are fewer than three. */
enum { CLI_LEAST_RUNS = 3 };
void cli_run_check_growing(const kz_run *const *runs, size_t run_count, cli_faults *faults);
/* A fault for each time of a list that is not in the run. */
void cli_run_check_times(const kz_run *run, const char *path, const cli_list *times,
                         cli_faults *faults);

#endif
