/* What kapitza relax computes, and its tables. */
#ifndef CLI_COMMAND_RELAX_WORK_H
#define CLI_COMMAND_RELAX_WORK_H

#include <kapitza/relax.h>

#include "cli/cli.h"

/* A number, or a FILE of two columns. */
typedef struct {
    const char *typed;
    double number;
    kz_io_pairs table; /* empty: the number */
} cli_relax_curve;

typedef struct {
    kz_relax_params params;
    cli_relax_curve conductivity, capacity, initial;
    double *initial_beta; /* [initial.table.count] */
    cli_list times, positions, rays;
    bool profile;
    kz_relax *relax;
    kz_relax_point *points; /* [times.count] */
    kz_status status;       /* of the run, and why it is not KZ_OK */
    char reason[256];
} cli_relax_work;

void cli_relax_work_free(cli_relax_work *work);

/* Creates, runs.  Returns what ends the command; failures of single times are kept. */
KZ_CHECK_RESULT kz_status cli_relax_work_run(cli_relax_work *work, const kz_options *options);

/* The table that the options ask for: times, the profile, or rays. */
KZ_CHECK_RESULT kz_status cli_relax_table(kz_io_table **out, cli_relax_work *work,
                                          const cli_args *args, const kz_options *options,
                                          cli_failures *failures);

#endif
