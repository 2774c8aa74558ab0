/* kapitza export: the file of a quench as a table. */
#include <math.h>

#include "cli/command/run_table.h"
#include "core/error.h"

static const cli_option options[] = {
    {"--times", "LIST", "only these times (default: all of the file)"},
};

static const char details[] =
    "Columns; row n holds site n and bond n, between sites n and n+1; nan where there is no "
    "value:\n"
    "  t n x_over_t    time, site, n/t (nan at t = 0)\n"
    "  energy          <h_n>\n"
    "  energy_current  (j_n + j_{n+1})/2, positive to the right\n"
    "  magnetization   <S^z_n>\n"
    "  spin_current    from site n to n+1\n"
    "  entropy         entanglement entropy of the cut between n and n+1\n"
    "  bond_dimension  Schmidt values kept there\n"
    "  truncation      weight discarded there since t = 0\n"
    "  energy_current_link  j_n, from bond n-1 to bond n\n"
    "  purification_entropy  of runs of thermal states only, whose entropy is nan: the entropy of "
    "the\n"
    "                  cut through spins and ancillas, the operator entanglement of sqrt(rho)\n"
    "\n"
    "example: kapitza export run.h5 --times 10,20\n";

enum { T, N, X_OVER_T, FIRST, PURIFIED = FIRST + KZ_RUN_QUANTITIES, COLUMNS };

typedef struct {
    cli_common common;
    cli_list times;
    kz_run *run;
    const char *path;
} job;

static kz_status make_table(kz_io_table **out, double *column[COLUMNS], const job *j,
                            const cli_args *args, size_t times)
{
    static const char *const names[FIRST] = {"t", "n", "x_over_t"};
    const kz_run_setup *setup = kz_run_get_setup(j->run);
    KZ_TRY(cli_table_create(out, args, times * setup->length, NULL));
    KZ_TRY(cli_run_head(*out, j->path, j->run));
    for (int k = 0; k < PURIFIED; k++)
        KZ_TRY(kz_io_table_add_numbers(
            &column[k], *out,
            k < FIRST ? names[k] : kz_run_quantity_name((kz_run_quantity)(k - FIRST))));
    column[PURIFIED] = NULL;
    if (!kz_run_is_purified(setup)) return KZ_OK;
    return kz_io_table_add_numbers(&column[PURIFIED], *out,
                                   kz_run_dataset_name(KZ_RUN_ENTROPY, setup));
}

/* Rows of file time k from `row` on. */
static void fill(double *const column[COLUMNS], const kz_run *run, size_t k, size_t row)
{
    size_t L = kz_run_get_setup(run)->length;
    for (size_t i = 0; i < L; i++) {
        double n = (double)kz_run_site(run, i), t = kz_run_times(run)[k];
        column[T][row + i] = t;
        column[N][row + i] = n;
        column[X_OVER_T][row + i] = t == 0.0 ? NAN : n / t;
        for (int q = 0; q < KZ_RUN_QUANTITIES; q++)
            column[FIRST + q][row + i] = kz_run_row(run, (kz_run_quantity)q, k)[i];
        if (!column[PURIFIED]) continue;
        column[PURIFIED][row + i] = column[FIRST + KZ_RUN_ENTROPY][row + i];
        column[FIRST + KZ_RUN_ENTROPY][row + i] = NAN;
    }
}

static kz_status write_table(const job *j, const cli_args *args)
{
    double *column[COLUMNS];
    kz_io_table *table = NULL;
    size_t times = j->times.values ? j->times.count : kz_run_count(j->run);
    kz_status status = cli_output_check(j->common.output);
    if (status == KZ_OK) status = make_table(&table, column, j, args, times);
    if (status == KZ_OK) {
        for (size_t k = 0; k < times; k++)
            fill(column, j->run, j->times.values ? kz_run_find_time(j->run, j->times.values[k]) : k,
                 k * kz_run_get_setup(j->run)->length);
        status = cli_output_write(j->common.output, table);
    }
    kz_io_table_free(table);
    return status;
}

static int run_job(job *j, const cli_args *args, cli_faults *faults)
{
    kz_status status = kz_run_read(&j->run, j->path);
    if (status != KZ_OK) return cli_report_status(args, status);
    cli_check_apart(j->common.output, j->path, faults);
    cli_run_check_times(j->run, j->path, &j->times, faults);
    if (faults->count) return cli_report_faults(args, faults);
    status = write_table(j, args);
    return status == KZ_OK ? CLI_DONE : cli_report_status(args, status);
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.path = args->positional};
    cli_read_common(&j.common, args, faults);
    cli_read_list(&j.times, args, "--times", faults);
    int code = faults->count ? cli_report_faults(args, faults) : run_job(&j, args, faults);
    kz_run_free(j.run);
    cli_list_free(&j.times);
    return code;
}

const cli_command cli_export = {
    .name = "export",
    .summary = "the file of a quench as a table",
    .synopsis = "RUN.h5 [--times LIST] [-o FILE]",
    .details = details,
    .positional = "RUN.h5",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .grammar = CLI_GRAMMAR_OF_RUNS,
    .no_algebra = true,
    .run = run,
};
