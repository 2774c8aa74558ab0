/* Runs among the parameters of tables. */
#ifndef CLI_RUN_TABLE_H
#define CLI_RUN_TABLE_H

#include <kapitza/run.h>

#include "cli/cli.h"

/* Describes how a run was made, under names that must outlive the table. */
typedef struct {
    const char *method, *dt, *splitting, *chi, *cutoff, *cutoff_per_gate;
} cli_run_names;
extern const cli_run_names cli_run_plain;
KZ_CHECK_RESULT kz_status cli_run_describe(kz_io_table *table, const kz_run *run,
                                           const cli_run_names *names);

#endif
