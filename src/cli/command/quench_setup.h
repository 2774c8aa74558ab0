/* What defines a quench, from the command line. */
#ifndef CLI_COMMAND_QUENCH_SETUP_H
#define CLI_COMMAND_QUENCH_SETUP_H

#include <kapitza/run.h>

#include "cli/cli.h"
#include "cli/command/quench_files.h"

#define CLI_QUENCH_CHAIN_WORDS "xx, gamma=pi/4, P=5,Q=2, Delta=0.5, any Delta above -1"
#define CLI_QUENCH_INITIAL_WORDS "energy, domain-wall, thermal, neel, or a file of up and down"

/* Overrides what `s` holds, the defaults or the run to be resumed. */
void cli_quench_read_setup(kz_run_setup *s, const cli_args *args, cli_faults *faults);

/* Then the files it names; `files` holds what the setup points to.  KZ_EIO, KZ_ENOMEM; else KZ_OK
 * with the faults noted. */
KZ_CHECK_RESULT kz_status cli_quench_read_files(cli_quench_files *files, kz_run_setup *s,
                                                const cli_args *args, cli_faults *faults);

/* Faults for states of halves where the initial state is not made of them. */
void cli_quench_check_states(const kz_run_setup *s, const cli_args *args, cli_faults *faults);

/* The same, and for states and chains that do not go together. */
void cli_quench_check_chain(const kz_run_setup *s, const cli_args *args, cli_faults *faults);

/* A number above `above` and at most `most`; *out stays where the option is missing. */
void cli_quench_read_number(double *out, const cli_args *args, const char *option, double above,
                            double most, cli_faults *faults);

/* Faults for options that have no meaning with --method fermion, and chains it cannot do. */
void cli_quench_check_method(const kz_run_setup *s, const cli_args *args, cli_faults *faults);

/* Only chi may grow in a resumed run; the rest must be as it was. */
void cli_quench_check_same(const kz_run_setup *was, const kz_run_setup *is, cli_faults *faults);

#endif
