/* The table of commands. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

/* The i-th command, NULL after the last. */
const cli_command *cli_command_at(size_t i);
/* By its full name; NULL where there is none. */
const cli_command *cli_command_find(const char *name);

#endif
