/* The evolution behind `kapitza quench`. */
#ifndef CLI_QUENCH_WORK_H
#define CLI_QUENCH_WORK_H

#include "cli/run.h"

typedef struct {
    cli_run run;
    cli_list times;     /* to be measured, strictly increasing, the first run.count done */
    const char *output; /* RUN.h5 */
    int threads;
    bool resume, quiet, progress;
    double checkpoint_seconds; /* between checkpoints, > 0 */
    double wall_seconds;       /* inf: no limit */
} cli_quench_job;

/* How an evolution ended without failure. */
typedef enum {
    CLI_QUENCH_DONE,
    CLI_QUENCH_WALL_TIME, /* a checkpoint was written */
    CLI_QUENCH_SIGNAL     /* a checkpoint was written */
} cli_quench_end;

/* Makes or resumes the state (after a stop in the ground state that starts anew), evolves,
 * measures, writes checkpoints and, unless a signal ended it, the file. stored  a checkpoint opened
 * by the caller, or NULL;  state  its state, which this frees, or NULL signal  out  its number for
 * CLI_QUENCH_SIGNAL Returns KZ_EIO, KZ_ENOMEM and what DMRG and TEBD return; the last checkpoint
 * stands. */
KZ_CHECK_RESULT kz_status cli_quench_evolve(cli_quench_end *end, int *signal,
                                            cli_quench_job *quench, cli_stored *stored,
                                            kz_mps *state);

/* Exact dynamics of free fermions; tells options->progress of the times done. */
KZ_CHECK_RESULT kz_status cli_quench_fermion(cli_quench_job *quench, const kz_options *options);

#endif
