/* kapitza effective: temperatures of a quench, and how far it is from the states that have them. */
#include <math.h>
#include <stdio.h>

#include <kapitza/effective.h>

#include "cli/run_table.h"
#include "core/error.h"
#include "core/memory.h"

static const cli_option options[] = {
    {"--times", "LIST", "only these times (default: all of the file)"},
    {"--distance", NULL,
     "the distance of the three sites to the thermal state too; needs a run\n"
     "made with --density-matrices"},
    {"--tol", "TOL",
     "accuracy asked of beta and mu, where rounding of the energy allows\nit, 1e-13 ... 1e-2 "
     "(default 1e-10)"},
};

static const char details[] =
    "Row n looks at sites n, n+1, n+2.  Energy quench: beta is that of the thermal state\n"
    "exp(-beta H)/Z of the chain of site n (left for n <= 0, right for n > 0) with the mean "
    "energy\n"
    "of bonds n and n+1.  Domain wall: beta and mu are those of exp(-beta H + mu S^z)/Z with the\n"
    "energy of bond n and the magnetization of site n.  Both chains need Delta = cos(pi/P).\n"
    "\n"
    "Columns:\n"
    "  t n x_over_t  time, site, n/t (nan at t = 0)\n"
    "  beta mu       mu is 0 for an energy quench\n"
    "  distance      sum of the |eigenvalues| of rho_{n,n+2}(t) - rho_thermal, 0 ... 2; nan\n"
    "                without --distance or where there is none\n"
    "  err           bound on |error|/max(1, |value|) of beta, mu and distance; the numbers of\n"
    "                the run are taken as exact\n"
    "  status        ok\n"
    "                outside  at or beyond the edge of the band, where fronts overshoot: beta is\n"
    "                         +-inf, the distance is to the ground state or the ceiling\n"
    "                edge     full polarisation, or at the boundary of what thermal states reach:\n"
    "                         no distance, err is inf\n"
    "                failed   nan, exit code 3 at the end\n"
    "  mixed         1 where the bonds of the three sites belong to both halves (n = 0): such a\n"
    "                row has no thermal state even in equilibrium\n"
    "Distances of an XXZ half take seconds of processor time: for a table of thermal states over\n"
    "the energies of the run (energy quench, 9 at gamma=pi/4), or for a state for each row "
    "(domain\n"
    "wall, up to 1.5 for each time).  There the distance of rows outside is nan.\n"
    "\n"
    "example: kapitza effective run.h5 --times 10,20,40 --distance\n";

enum { T, N, X_OVER_T, BETA, MU, DISTANCE, ERR, NUMBERS };

typedef struct {
    cli_common common;
    cli_list times;
    bool distance;
    const char *path, *typed_times;
    kz_run *run;
    size_t *at, count; /* [count] rows of the file to show */
    kz_effective *effective;
    kz_io_table *table;
    double *column[NUMBERS], *mixed;
    const char **status;
    cli_failures failures;
} job;

/* -- which times ------------------------------------------------------------------------------ */

static kz_status choose_times(job *j)
{
    void *memory;
    j->count = j->times.values ? j->times.count : kz_run_count(j->run);
    KZ_TRY(kz_alloc(&memory, j->count, sizeof *j->at));
    j->at = memory;
    for (size_t k = 0; k < j->count; k++)
        j->at[k] = j->times.values ? cli_run_find_time(j->run, j->times.values[k]) : k;
    return KZ_OK;
}

/* -- the table -------------------------------------------------------------------------------- */

static kz_status make_table(job *j, const cli_args *args)
{
    static const char *const names[NUMBERS] = {"t",  "n",        "x_over_t", "beta",
                                               "mu", "distance", "err"};
    const kz_run_setup *setup = kz_run_get_setup(j->run);
    KZ_TRY(cli_table_create(&j->table, args, j->count * (setup->length - 2), &j->common.options));
    KZ_TRY(cli_run_head(j->table, j->path, j->run));
    if (j->times.values) KZ_TRY(cli_table_set_list(j->table, "times", &j->times, j->typed_times));
    for (int c = 0; c < NUMBERS; c++)
        KZ_TRY(kz_io_table_add_numbers(&j->column[c], j->table, names[c]));
    KZ_TRY(kz_io_table_add_words(&j->status, j->table, "status"));
    return kz_io_table_add_numbers(&j->mixed, j->table, "mixed");
}

static void store(job *j, size_t row, double t, double n, const kz_effective_row *r)
{
    const double numbers[NUMBERS] = {t,           n,     t == 0 ? NAN : n / t, r->beta, r->mu,
                                     r->distance, r->err};
    for (int c = 0; c < NUMBERS; c++)
        j->column[c][row] = numbers[c];
    j->status[row] = kz_place_text(r->place);
    j->mixed[row] = r->mixed;
    if (r->status == KZ_OK) return;
    char where[80];
    (void)snprintf(where, sizeof where, "t = %g, n = %g", t, n);
    cli_failures_add(&j->failures, row, r->status, where);
}

static kz_status fill_table(job *j, kz_effective_row *rows, cli_progress *progress)
{
    size_t width = kz_run_get_setup(j->run)->length - 2;
    progress->stages = j->count;
    for (size_t k = 0; k < j->count; k++) {
        double t = kz_run_times(j->run)[j->at[k]];
        progress->stage = k;
        KZ_TRY(kz_effective_run_rows(rows, j->effective, j->run, j->at[k]));
        for (size_t i = 0; i < width; i++)
            store(j, k * width + i, t, (double)kz_run_site(j->run, i), &rows[i]);
        if (j->common.options.progress) (void)cli_progress_show(progress, 1, 1);
    }
    return KZ_OK;
}

static kz_status write_table(job *j, const cli_args *args, cli_progress *progress)
{
    void *rows;
    KZ_TRY(make_table(j, args));
    j->failures.total = j->table->rows;
    KZ_TRY(kz_alloc(&rows, kz_run_get_setup(j->run)->length - 2, sizeof(kz_effective_row)));
    kz_status status = fill_table(j, rows, progress);
    kz_free(rows);
    cli_progress_end(progress);
    return status == KZ_OK ? cli_output_write(j->common.output, j->table) : status;
}

/* -- the command ------------------------------------------------------------------------------ */

/* A run that temperatures cannot be had of is a wrong file for this command, not a failure. */
static kz_status open_effective(job *j, cli_faults *faults)
{
    kz_status status =
        kz_effective_create_for_run(&j->effective, j->run, j->distance, &j->common.options);
    if (status != KZ_EINVAL) return status;
    cli_fault(faults, j->path, "%s", kz_error_reason());
    return KZ_OK;
}

static int run_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_progress progress;
    kz_status status = kz_run_read(&j->run, j->path);
    if (status != KZ_OK) return cli_report_status(args, status);
    cli_check_apart(j->common.output, j->path, faults);
    if (j->distance && !kz_run_densities(j->run, 0))
        cli_fault(faults, "--distance",
                  "%.60s has no density matrices; make it with quench --density-matrices", j->path);
    cli_run_check_times(j->run, j->path, &j->times, faults);
    status = choose_times(j);
    if (status == KZ_OK && !faults->count) status = cli_output_check(j->common.output);
    cli_progress_start(&progress, "effective", &j->common);
    if (status == KZ_OK && !faults->count) status = open_effective(j, faults);
    if (faults->count) return cli_report_faults(args, faults);
    if (status == KZ_OK) status = write_table(j, args, &progress);
    cli_progress_end(&progress);
    if (status != KZ_OK) return cli_report_status(args, status);
    return cli_failures_report(&j->failures, args);
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.path = args->positional};
    cli_read_common(&j.common, args, faults);
    cli_read_list(&j.times, args, "--times", faults);
    j.typed_times = cli_args_value(args, "--times");
    j.distance = cli_args_given(args, "--distance");
    int code = faults->count ? cli_report_faults(args, faults) : run_job(&j, args, faults);
    kz_io_table_free(j.table);
    kz_effective_free(j.effective);
    kz_free(j.at);
    kz_run_free(j.run);
    cli_list_free(&j.times);
    return code;
}

const cli_command cli_effective = {
    .name = "effective",
    .summary = "temperatures of a quench, and distances from equilibrium",
    .synopsis = "RUN.h5 [--times LIST] [--distance] [-o FILE]",
    .details = details,
    .positional = "RUN.h5",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .grammar = CLI_GRAMMAR_OF_RUNS,
    .run = run,
};
