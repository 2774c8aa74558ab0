/* What `overlay` writes: points of runs, lines of GHD, how far they are apart. */
#ifndef CLI_COMMAND_OVERLAY_DATA_H
#define CLI_COMMAND_OVERLAY_DATA_H

#include <kapitza/extrapolate.h>
#include <kapitza/overlay.h>

#include "cli/cli.h"

enum { CLI_OVERLAY_SERIES = 80 };

typedef struct {
    const char *const *path; /* [count] */
    kz_run **run;            /* [count], of one physical setup */
    size_t count;
    char (*series)[CLI_OVERLAY_SERIES]; /* [count], see cli_overlay_name_series() */
    const double *times;                /* [time_count], > 0; each is in one run at least */
    size_t time_count;
    kz_run_quantity quantity;
    bool extrapolate;
    kz_overlay *overlay;
    char (*line)[KZ_OVERLAY_NAME]; /* [kz_overlay_count()] names of the lines */
    kz_options options;
    cli_progress *progress;
} cli_overlay_data;

/* "tebd" of one run; of several "tebd chi=500" where that tells them apart, else "tebd FILE". */
void cli_overlay_name_series(cli_overlay_data *data);

/* How many stages the work has, for the progress. */
size_t cli_overlay_stages(const cli_overlay_data *data);

/* The table, with a # line for each deviation and run; the names in `data` must outlive it.  Rays
 * that failed go to `failures`.  KZ_ENOMEM, KZ_EINVAL, KZ_EDOMAIN (a time in fewer than two runs,
 * where they are extrapolated). */
KZ_CHECK_RESULT kz_status cli_overlay_table(kz_io_table **out, const cli_args *args,
                                            cli_overlay_data *data, cli_failures *failures);

/* Draws the table written as base.tsv into base.png and base.pdf, KZ_EIO. */
KZ_CHECK_RESULT kz_status cli_overlay_draw(const cli_overlay_data *data, const char *base,
                                           const char *table);

#endif
