/* What a run says of its accuracy. */
#ifndef CLI_COMMAND_QUENCH_REPORT_H
#define CLI_COMMAND_QUENCH_REPORT_H

#include <kapitza/run.h>

#include "cli/cli.h"

/* One line on stderr, unless quiet; a warning in any case where a number is too large. */
void cli_quench_report(const kz_run *run, const cli_args *args, bool quiet);

#endif
