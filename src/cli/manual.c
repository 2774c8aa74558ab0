/* kapitza manual: the part of the manual page that the tables of options hold. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"

/* Text that groff prints as it stands: no line begins with a request, a minus is one. */
static void print_text(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bool begins = i == 0 || text[i - 1] == '\n';
        if (begins && (text[i] == '.' || text[i] == '\'')) fputs("\\&", stdout);
        if (text[i] == '-')
            fputs("\\-", stdout);
        else if (text[i] == '\\')
            fputs("\\e", stdout);
        else
            putchar(text[i]);
    }
}

/* Words between quotes of a request: no line breaks, no quotes. */
static void print_words(const char *text)
{
    for (bool blank = false; *text; text++) {
        bool space = *text == ' ' || *text == '\n';
        if (space && blank) continue;
        blank = space;
        if (*text == '"')
            fputs("\\(dq", stdout);
        else
            print_text(space ? " " : text, 1);
    }
}

static void print_option(const cli_option *option)
{
    fputs(".TP\n.BI \"", stdout);
    print_words(option->name);
    if (option->value) {
        fputs("\" \" ", stdout);
        print_words(option->value);
    }
    fputs("\"\n", stdout);
    print_text(option->help, strlen(option->help));
    putchar('\n');
}

static void print_command(const cli_command *command)
{
    const cli_option *option;
    printf(".SS \"%s ", command->name);
    print_words(command->synopsis);
    fputs("\"\n", stdout);
    print_text(command->summary, strlen(command->summary));
    putchar('\n');
    for (size_t i = 0; (option = cli_option_at(command, i)) && i < command->option_count; i++)
        print_option(option);
    fputs(".PP\n.nf\n", stdout);
    print_text(command->details, strlen(command->details));
    fputs(".fi\n", stdout);
}

static int run(const cli_args *args, cli_faults *faults)
{
    const char *part = args->positional;
    bool all = part && strcmp(part, "commands") == 0;
    const cli_command *command;
    const cli_option *option;
    if (part && !all && strcmp(part, "options") != 0)
        cli_fault(faults, "PART", "\"%.40s\" is unknown (accepted: commands, options)", part);
    if (faults->count) return cli_report_faults(args, faults);
    if (all)
        for (size_t i = 0; (command = cli_command_at(i)); i++)
            print_command(command);
    else
        for (size_t i = 0; (option = cli_common_at(i)); i++)
            print_option(option);
    return CLI_DONE;
}

const cli_command cli_manual = {
    .name = "manual",
    .summary = "a part of the manual page kapitza(1), for troff",
    .synopsis = "commands|options",
    .details = "commands: all of them with their options and columns; options: those all share.\n"
               "To read it: kapitza manual commands | man -l -\n",
    .positional = "commands|options",
    .no_algebra = true,
    .run = run,
};
