/* The table of commands. */
#include "cli/commands.h"

#include <string.h>

/* Stationary states, one chain in time, tables, the lattice and what is made of its runs. */
static const cli_command *const commands[] = {
    &cli_thermo, &cli_profile, &cli_fluctuations, &cli_propagate,  &cli_junction, &cli_relax,
    &cli_table,  &cli_invert,  &cli_quench,       &cli_export,     &cli_compare,  &cli_effective,
    &cli_cone,   &cli_overlay, &cli_figure,       &cli_completion, &cli_manual,
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

const cli_command *cli_command_at(size_t i) { return i < COMMANDS ? commands[i] : NULL; }

const cli_command *cli_command_find(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    return NULL;
}
