/* Where a table goes, and what every table says about itself. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "core/error.h"
#include "parallel/farm.h"

static bool is_stdout(const char *path) { return !path || strcmp(path, "-") == 0; }

kz_status cli_output_check(const char *path)
{
    kz_io_file *file;
    if (is_stdout(path) || !kz_farm_is_first()) return KZ_OK;
    KZ_TRY(kz_io_file_open(&file, path));
    kz_io_file_free(file);
    return KZ_OK;
}

kz_status cli_output_write(const char *path, const kz_io_table *table)
{
    kz_io_file *file;
    if (is_stdout(path)) return kz_io_write_tsv(stdout, table);
    KZ_TRY(kz_io_file_open(&file, path));
    kz_status status = kz_io_file_commit(file, table);
    kz_io_file_free(file);
    return status;
}

void cli_check_apart(const char *output, const char *input, cli_faults *faults)
{
    struct stat a, b;
    if (is_stdout(output) || !input) return;
    if (stat(output, &a) == 0 && stat(input, &b) == 0 && a.st_dev == b.st_dev &&
        a.st_ino == b.st_ino)
        cli_fault(faults, "--output", "is the input %.60s", input);
}

kz_status cli_table_create(kz_io_table **out, const cli_args *args, size_t rows,
                           const kz_options *options)
{
    static const char units[] = "hbar = k_B = J = 1; densities per site, currents to the right";
    kz_io_table *table;
    *out = NULL;
    KZ_TRY(kz_io_table_create(&table, args->command->name, units, rows));
    kz_status status = KZ_OK;
    if (options) status = kz_io_table_set_number(table, "tol", options->tol);
    if (status == KZ_OK)
        *out = table;
    else
        kz_io_table_free(table);
    return status;
}

kz_status cli_table_set_chain(kz_io_table *table, const char *name, kz_chain chain)
{
    char text[CLI_TEXT_SIZE];
    return kz_io_table_set_text(table, name, cli_chain_text(text, chain));
}

kz_status cli_table_set_state(kz_io_table *table, const char *name, const kz_state *state)
{
    char text[CLI_TEXT_SIZE];
    return kz_io_table_set_text(table, name, cli_state_text(text, state));
}

kz_status cli_table_set_halves(kz_io_table *table, kz_chain left, kz_chain right,
                               const kz_state *left_state, const kz_state *right_state)
{
    KZ_TRY(cli_table_set_chain(table, "left", left));
    KZ_TRY(cli_table_set_chain(table, "right", right));
    KZ_TRY(kz_io_table_set_number(table, "Delta_left", kz_chain_delta(left)));
    KZ_TRY(kz_io_table_set_number(table, "Delta_right", kz_chain_delta(right)));
    KZ_TRY(cli_table_set_state(table, "left_state", left_state));
    return cli_table_set_state(table, "right_state", right_state);
}

/* The typed text where it is short (it resolves to the same numbers), else its extent: the values
 * themselves are a column. */
kz_status cli_table_set_list(kz_io_table *table, const char *name, const cli_list *list,
                             const char *typed)
{
    char text[CLI_QUOTED_LIST], first[KZ_IO_NUMBER_SIZE], last[KZ_IO_NUMBER_SIZE];
    if (typed && strlen(typed) < CLI_QUOTED_LIST) {
        size_t used = 0;
        for (; *typed; typed++) /* blanks part the parameters */
            if (*typed != ' ' && *typed != '\t') text[used++] = *typed;
        text[used] = '\0';
        return kz_io_table_set_text(table, name, text);
    }
    (void)snprintf(text, sizeof text, "%s...%s(%zu)", kz_io_format_exact(first, list->values[0]),
                   kz_io_format_exact(last, list->values[list->count - 1]), list->count);
    return kz_io_table_set_text(table, name, text);
}
