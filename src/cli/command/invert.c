/* kapitza invert: beta and mu from energy and magnetization. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <kapitza/table.h>

#include "cli/cli.h"
#include "cli/command/invert_stream.h"
#include "core/error.h"
#include "core/memory.h"

static const cli_option options[] = {
    {"--chain", "CHAIN", CLI_CHAIN_WORDS ":\nsolve for the true state, to --tol"},
    {"--table", "FILE.h5",
     "interpolate in a table of kapitza table; with --chain it gives the\nfirst guesses only"},
    {"--energy", "LIST", "energies per bond (default: read from stdin)"},
    {"--magnetization", "LIST", "as many magnetizations per site (default: mu = 0)"},
};

static const char details[] =
    "Without --energy, lines are read from stdin: energy and magnetization, or energy alone\n"
    "(mu = 0), separated by blanks, tabs or a comma; # starts a comment.  A first line of words is "
    "a\n"
    "header; where it names energy and magnetization these columns are taken, in any order among\n"
    "others.  nan, NA, -- and empty fields are missing values, whose rows pass through.  Answers\n"
    "follow as lines come in, so the command may stand in a pipe.\n"
    "\n"
    "Columns, hbar = k_B = J = 1:\n"
    "  energy magnetization   as given\n"
    "  beta mu                the thermal state exp(-beta H + mu S^z)/Z that has them\n"
    "  err                    bound on |error|/max(1, |value|) of beta and mu; inf unless ok\n"
    "  status                 ok\n"
    "                         edge     beyond the table (its nearest point, err inf), or on the\n"
    "                                  boundary: ground state or ceiling (beta = +-inf), full\n"
    "                                  polarisation (mu = +-inf)\n"
    "                         outside  no such state: nan, exit code 3 at the end\n"
    "                         failed   not found: nan, exit code 3 at the end\n"
    "                         missing  a value is missing in this row: nan\n"
    "                         syntax   not one or two finite numbers: line number on stderr, exit\n"
    "                                  code 2 at the end\n"
    "With --chain, states with |beta| > 1e4 (500 for |Delta| >= 1 where m is not 0) and points "
    "within\n"
    "--tol of the boundary count as on it.\n"
    "\n"
    "example: kapitza invert --table table.h5 <profile.tsv\n"
    "         kapitza export run.h5 --times 40 | cut -f 4,6 | kapitza invert --chain P=4\n";

static void read_points(cli_invert_job *out, const cli_args *args, cli_faults *faults)
{
    static const char *const names[] = {"--energy", "--magnetization"};
    cli_read_list(&out->energy, args, names[0], faults);
    cli_read_list(&out->magnetization, args, names[1], faults);
    bool energies = cli_args_given(args, names[0]), both = cli_args_given(args, names[1]);
    if (both && !energies) cli_fault(faults, names[1], "goes with --energy");
    if (both && energies && out->energy.count && out->magnetization.count &&
        out->energy.count != out->magnetization.count)
        cli_fault(faults, names[1], "%zu values for %zu energies", out->magnetization.count,
                  out->energy.count);
    for (size_t i = 0; i < out->energy.count; i++) {
        if (isfinite(out->energy.values[i])) continue;
        cli_fault(faults, names[0], "must be finite");
        break;
    }
    for (size_t i = 0; i < out->magnetization.count; i++) {
        if (isfinite(out->magnetization.values[i])) continue;
        cli_fault(faults, names[1], "must be finite");
        break;
    }
    out->stream = !energies;
}

static void read_job(cli_invert_job *out, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&out->common, args, faults);
    cli_read_chain(&out->chain, args, "--chain", faults);
    out->exact = cli_args_given(args, "--chain");
    out->path = cli_args_value(args, "--table");
    cli_check_apart(out->common.output, out->path, faults);
    if (!out->exact && !cli_args_given(args, "--table"))
        cli_fault(faults, "--chain, --table", "give one of them (accepted: %s; FILE.h5)",
                  CLI_CHAIN_WORDS);
    read_points(out, args, faults);
}

static kz_status open_job(cli_invert_job *j)
{
    char reason[300];
    size_t nb, nm;
    kz_status status = j->path ? kz_table_read(&j->table, j->path) : KZ_OK;
    if (status == KZ_EINVAL) { /* of the file, not of the command line */
        (void)snprintf(reason, sizeof reason, "%s", kz_error_reason());
        status = KZ_FAIL(KZ_EIO, "%s", reason);
    }
    KZ_TRY(status);
    if (j->table) kz_table_get_shape(&nb, &nm, j->table);
    size_t least = j->exact ? 2 : 3; /* to start from, to know the error of interpolation */
    if (j->table && kz_table_get_kind(j->table) == KZ_TABLE_GRID && (nb < least || nm < least))
        return KZ_FAIL(
            KZ_EINVAL,
            "%s: a grid of %zu x %zu is too small: it takes %zu values of beta and of mu", j->path,
            nb, nm, least);
    if (!j->exact) {
        j->chain = kz_table_get_chain(j->table);
        return KZ_OK;
    }
    return kz_inverter_create(&j->inverter, j->chain, j->table, &j->common.options);
}

static kz_status solve_list(cli_invert_job *j, kz_io_table **table)
{
    double *column[5];
    const char **status;
    void *memory = NULL;
    size_t n = j->energy.count;
    KZ_TRY(cli_invert_table(table, column, &status, j, n));
    KZ_TRY(kz_alloc(&memory, n, sizeof(kz_inverse)));
    kz_inverse *rows = memory;
    kz_status result = cli_invert_solve(rows, j, j->energy.values, j->magnetization.values, n);
    for (size_t i = 0; result == KZ_OK && i < n; i++)
        cli_invert_store(column, status, i, &(cli_invert_row){.inverse = rows[i]});
    kz_free(memory);
    return result;
}

static kz_status run_list(cli_invert_job *j)
{
    kz_io_table *table = NULL;
    cli_progress progress;
    kz_status status = cli_output_check(j->common.output);
    cli_progress_start(&progress, "invert", &j->common);
    if (status == KZ_OK) status = open_job(j);
    if (status == KZ_OK) status = solve_list(j, &table);
    cli_progress_end(&progress);
    if (status == KZ_OK) status = cli_output_write(j->common.output, table);
    kz_io_table_free(table);
    return status;
}

static int report(const cli_invert_job *j, const cli_args *args, kz_status status)
{
    if (status != KZ_OK) return cli_report_status(args, status);
    if (j->syntax) return CLI_MISUSE;
    if (j->outside || j->failed)
        cli_message(args, "%zu of %zu rows are outside the physical region, %zu failed%s%s",
                    j->outside, j->rows, j->failed, j->failed ? ": " : "", j->reason);
    return j->outside || j->failed ? CLI_NUMERICAL : CLI_DONE;
}

static int run(const cli_args *args, cli_faults *faults)
{
    cli_invert_job j = {.args = args};
    int code;
    read_job(&j, args, faults);
    if (faults->count) {
        code = cli_report_faults(args, faults);
    } else {
        kz_status status = j.stream ? open_job(&j) : run_list(&j);
        if (j.stream && status == KZ_OK) status = cli_invert_stream(&j);
        code = report(&j, args, status);
    }
    kz_inverter_free(j.inverter);
    kz_table_free(j.table);
    cli_list_free(&j.energy);
    cli_list_free(&j.magnetization);
    return code;
}

const cli_command cli_invert = {
    .name = "invert",
    .summary = "beta and mu from energy and magnetization, from options or stdin",
    .synopsis = "(--chain CHAIN | --table FILE.h5) [--energy LIST [--magnetization LIST]]\n"
                "       [-o FILE]",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
