/* Messages on stderr and the exit codes that go with them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "parallel/farm.h"

/* One line whatever the user typed: control characters are shown as '?'. */
static void print_line(const char *command, const char *text)
{
    char line[2400];
    if (!kz_farm_is_first()) return;
    (void)snprintf(line, sizeof line, "kapitza %s: %s", command, text);
    for (char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    fprintf(stderr, "%s\n", line);
}

int cli_report_faults(const cli_args *args, const cli_faults *faults)
{
    print_line(args->command->name, faults->text);
    return CLI_MISUSE;
}

void cli_message(const cli_args *args, const char *format, ...)
{
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    print_line(args->command->name, text);
}

int cli_exit_code(kz_status status)
{
    switch (status) {
    case KZ_OK:
        return CLI_DONE;
    case KZ_EINVAL:
        return CLI_MISUSE;
    case KZ_EIO:
        return CLI_FILE;
    case KZ_ESHAPE:
    case KZ_EDOMAIN:
    case KZ_ESING:
    case KZ_ENOROOT:
    case KZ_ENOCONV:
    case KZ_ETOL:
    case KZ_ENOMEM:
    case KZ_ECANCELLED:
        break;
    }
    return CLI_NUMERICAL;
}

int cli_report_status(const cli_args *args, kz_status status)
{
    if (status == KZ_EIO)
        cli_message(args, "%s", kz_error_reason());
    else
        cli_message(args, "%s: %s", kz_status_text(status), kz_error_reason());
    return cli_exit_code(status);
}

void cli_failures_add(cli_failures *failures, size_t row, kz_status status, const char *reason)
{
    if (failures->failed++ > 0 && row > failures->first) return;
    failures->first = row;
    failures->status = status;
    (void)snprintf(failures->reason, sizeof failures->reason, "%s", reason);
}

int cli_failures_report(const cli_failures *failures, const cli_args *args)
{
    if (failures->failed == 0) return CLI_DONE;
    cli_message(args, "%zu of %zu rows failed, first row %zu: %s: %s", failures->failed,
                failures->total, failures->first + 1, kz_status_text(failures->status),
                failures->reason);
    return CLI_NUMERICAL;
}
