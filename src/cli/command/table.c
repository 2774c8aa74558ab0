/* kapitza table: thermodynamic tables for interpolation and inversion. */
#include <math.h>
#include <string.h>

#include <kapitza/table.h>

#include "cli/cli.h"
#include "core/error.h"
#include "parallel/table.h"

static const cli_option options[] = {
    {"--chain", "CHAIN", CLI_CHAIN_WORDS "\n(Delta = cos(pi Q/P), P = 2 ... 256, or |Delta| >= 1)"},
    {"--beta", "LIST", "inverse temperatures of either sign, increasing (default -5:5:0.1)"},
    {"--mu", "LIST", "multiplies S^z in the exponent, increasing (default -5:5:0.1)"},
    {"--energy-only", NULL, "beta(e) at mu = 0 over the whole energy band instead"},
    {"--output", "FILE.h5", "the HDF5 file to write (also -o)"},
};

static const char details[] =
    "Datasets of a grid, row-major, per site, hbar = k_B = J = 1:\n"
    "  beta[nb] mu[nm]                          states exp(-beta H + mu S^z)/Z\n"
    "  energy[nb,nm] magnetization[nb,nm]       e = <h_n>, m = <S^z_n>\n"
    "  energy_beta energy_mu magnetization_beta magnetization_mu\n"
    "                                           first derivatives, [nb,nm]\n"
    "  energy_beta_mu magnetization_beta_mu     mixed second derivatives, [nb,nm]\n"
    "  err[nb]                                  bound on |error|/max(1, |value|) over the row\n"
    "Datasets with --energy-only, from the ground state to the ceiling:\n"
    "  energy[n] beta[n] dbeta_denergy[n] err[n]\n"
    "  angle[n] regular[n] regular_slope[n]     e = mid - half cos(angle), and what is "
    "interpolated:\n"
    "                                           g = beta (e - e_min)^p (e_max - e)^p', dg/dangle,\n"
    "                                           p = p' = 1/2 for |Delta| < 1, 0 for |Delta| > 1;\n"
    "                                           Delta = 1, -1: 2/3 at the ferromagnet, else 1/2\n"
    "Attributes of both: format, format_version, kind, chain, Delta, energy_min, energy_max, tol, "
    "err.\n"
    "A row that fails is nan, its err inf, and the exit code 3.\n"
    "\n"
    "example: kapitza table --chain gamma=pi/4 -o table.h5\n";

typedef struct {
    cli_common common;
    kz_chain chain;
    bool energy_only;
    cli_list beta, mu;
    cli_progress progress;
} job;

static void read_axis(cli_list *out, const cli_args *args, const char *option, cli_faults *faults)
{
    cli_reason reason;
    int before = faults->count;
    if (!cli_args_given(args, option) && !cli_parse_list(out, "-5:5:0.1", &reason))
        cli_fault(faults, option, "no memory");
    cli_read_list(out, args, option, faults);
    for (size_t i = 0; i < out->count && faults->count == before; i++) {
        char text[KZ_IO_NUMBER_SIZE], last[KZ_IO_NUMBER_SIZE];
        if (!isfinite(out->values[i]))
            cli_fault(faults, option, "must be finite");
        else if (i > 0 && !(out->values[i] > out->values[i - 1]))
            cli_fault(faults, option, "must increase, %s follows %s",
                      kz_io_format_exact(text, out->values[i]),
                      kz_io_format_exact(last, out->values[i - 1]));
    }
}

static void read_output(const job *j, const cli_args *args, cli_faults *faults)
{
    const char *path = j->common.output;
    size_t length = path ? strlen(path) : 0;
    cli_args_need(args, "--output", "a file name that ends in .h5", faults);
    if (length > 0 && (length < 4 || strcmp(path + length - 3, ".h5") != 0))
        cli_fault(faults, "--output", "%.60s does not end in .h5 (a table is an HDF5 file)", path);
}

static void read_job(job *out, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&out->common, args, faults);
    cli_args_need(args, "--chain", CLI_CHAIN_WORDS, faults);
    cli_read_chain(&out->chain, args, "--chain", faults);
    read_output(out, args, faults);
    out->energy_only = cli_args_value(args, "--energy-only") != NULL;
    if (out->energy_only) {
        if (cli_args_given(args, "--beta") || cli_args_given(args, "--mu"))
            cli_fault(faults, "--energy-only", "covers the whole band: no --beta, no --mu");
        return;
    }
    read_axis(&out->beta, args, "--beta", faults);
    read_axis(&out->mu, args, "--mu", faults);
    cli_check_product(out->beta.count, out->mu.count, "--mu", faults);
}

/* A table with rows that failed is written all the same.  beta(e) is the work of one process. */
static kz_status compute(kz_table **out, const job *j)
{
    const kz_options *asked = &j->common.options;
    if (!j->energy_only)
        return kz_parallel_table(out, j->chain, j->beta.values, j->beta.count, j->mu.values,
                                 j->mu.count, asked);
    return kz_farm_is_first() ? kz_table_create_energy(out, j->chain, asked) : KZ_OK;
}

static int run_job(job *j, const cli_args *args)
{
    kz_table *table = NULL;
    kz_status status = kz_farm_agree(cli_output_check(j->common.output)), written = KZ_OK;
    if (status == KZ_OK) {
        cli_progress_start(&j->progress, "table", &j->common);
        status = compute(&table, j);
        cli_progress_end(&j->progress);
    }
    int code = CLI_DONE;
    if (status != KZ_OK) code = cli_report_status(args, status);
    if (table) written = kz_table_write(table, j->common.output);
    if (written != KZ_OK) code = cli_report_status(args, written);
    kz_table_free(table);
    return code;
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.energy_only = false};
    read_job(&j, args, faults);
    int code = faults->count ? cli_report_faults(args, faults) : run_job(&j, args);
    cli_list_free(&j.beta);
    cli_list_free(&j.mu);
    return code;
}

const cli_command cli_table = {
    .name = "table",
    .summary = "energy and magnetization on a (beta, mu) grid, or beta(e), for inversion",
    .synopsis = "--chain CHAIN [--beta LIST] [--mu LIST] -o FILE.h5\n"
                "       kapitza table --chain CHAIN --energy-only -o FILE.h5",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .divided = true,
    .run = run,
};
