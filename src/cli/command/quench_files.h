/* Files that define a quench: couplings of the chain, spins of a product state. */
#ifndef CLI_COMMAND_QUENCH_FILES_H
#define CLI_COMMAND_QUENCH_FILES_H

#include <kapitza/run.h>

#include "cli/cli.h"

/* What a setup points to, with its memory. */
typedef struct {
    double *J, *delta, *field; /* [length]; NULL: no file */
    bool *up;                  /* [length] */
} cli_quench_files;

void cli_quench_files_free(cli_quench_files *files);

/* --couplings FILE: rows n J Delta h; what is missing is of the uniform halves.  Sets
 * s->couplings; length and anisotropies must be known.  KZ_EIO, KZ_ENOMEM; else KZ_OK with the
 * faults noted. */
KZ_CHECK_RESULT kz_status cli_quench_read_couplings(cli_quench_files *files, kz_run_setup *s,
                                                    const char *path, cli_faults *faults);

/* --initial FILE: up or down, one a site.  Sets s->spin_up; as above. */
KZ_CHECK_RESULT kz_status cli_quench_read_spins(cli_quench_files *files, kz_run_setup *s,
                                                const char *path, cli_faults *faults);

#endif
