/* kapitza effective: temperatures of a quench, and how far it is from the states that have them. */
#include <math.h>
#include <stdio.h>

#include <kapitza/effective.h>
#include <kapitza/extrapolate.h>

#include "cli/command/run_table.h"
#include "core/error.h"
#include "core/memory.h"

static const cli_option options[] = {
    {"--times", "LIST", "only these times (default: all of the file)"},
    {"--distance", NULL,
     "the distance of the three sites to the thermal state too; needs a run\n"
     "made with --density-matrices"},
    {"--extrapolate", NULL,
     "the values at vanishing truncation, from three or more runs that\n"
     "differ in the bond dimension"},
    {"--tol", "TOL",
     "accuracy asked of beta and mu, where rounding of the energy allows\nit, 1e-13 ... 1e-2 "
     "(default 1e-10)"},
};

static const char details[] =
    "Row n looks at sites n, n+1, n+2.  Energy quench: beta is that of the thermal state\n"
    "exp(-beta H)/Z of the chain of site n (left for n <= 0, right for n > 0) with the mean "
    "energy\n"
    "of bonds n and n+1.  Domain wall: beta and mu are those of exp(-beta H + mu S^z)/Z with the\n"
    "energy of bond n and the magnetization of site n.  Both chains need Delta = cos(pi Q/P),\n"
    "P <= 256, or |Delta| >= 1.\n"
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
    "  mixed         1 where the bonds of the three sites belong to both halves (n = 0), or have\n"
    "                couplings or fields of their own: such a row has no thermal state even in\n"
    "                equilibrium\n"
    "  energy magnetization  what beta and mu were found from; 0 for an energy quench\n"
    "With --extrapolate, at the times that three runs have, each number is that on the line "
    "through\n"
    "the smallest discarded weights at weight 0 (kapitza overlay --help).  Its error, in columns\n"
    "err_energy err_magnetization err_beta err_mu err_distance, counts truncation and how far the\n"
    "rows of the extrapolated profile are from there; err also that of beta and mu as above.  A\n"
    "number is nan, its error inf and the status unconverged where the best run has lost more "
    "than\n"
    "0.005, where three runs miss one line by more than what is extrapolated (and by more than\n"
    "0.002, of beta and mu 0.01), or where the best runs disagree on the status.\n"
    "Distances of an XXZ half take seconds of processor time: for a table of thermal states over\n"
    "the energies of the run (energy quench, 9 at gamma=pi/4), or for a state for each row "
    "(domain\n"
    "wall, up to 1.5 for each time).  There the distance of rows outside is nan.\n"
    "\n"
    "examples: kapitza effective run.h5 --times 10,20,40 --distance\n"
    "          kapitza effective chi500.h5 chi700.h5 chi1000.h5 --extrapolate --times 20\n";

/* Those before the status, of every table; behind it what was inverted, and errors of limits. */
enum { T, N, X_OVER_T, BETA, MU, DISTANCE, ERR, NUMBERS };
enum { ENERGY, MAGNETIZATION, INPUTS };
enum { ERR_ENERGY, ERR_MAGNETIZATION, ERR_BETA, ERR_MU, ERR_DISTANCE, ERRORS };

typedef struct {
    cli_common common;
    cli_list times;
    bool distance, extrapolate;
    const char *const *path, *typed_times;
    kz_run *run[CLI_MAX_WORDS]; /* [runs] */
    size_t runs;
    double *shown; /* [count] the times */
    size_t count;
    kz_effective *effective;
    kz_io_table *table;
    double *column[NUMBERS], *mixed, *input[INPUTS], *error[ERRORS];
    const char **status;
    cli_failures failures;
} job;

/* -- which times ------------------------------------------------------------------------------ */

static const kz_run *const *runs_of(const job *j) { return (const kz_run *const *)j->run; }

static kz_status choose_times(job *j)
{
    size_t least = j->extrapolate ? CLI_LEAST_RUNS : 1;
    if (!j->times.values)
        return cli_run_common_times(&j->shown, &j->count, runs_of(j), j->runs, least);
    KZ_TRY(kz_alloc_doubles(&j->shown, j->times.count));
    j->count = j->times.count;
    for (size_t k = 0; k < j->count; k++)
        j->shown[k] = j->times.values[k];
    return KZ_OK;
}

static void check_times(const job *j, cli_faults *faults)
{
    if (j->extrapolate && j->runs < CLI_LEAST_RUNS) return; /* a fault already */
    if (!j->extrapolate) cli_run_check_times(j->run[0], j->path[0], &j->times, faults);
    for (size_t k = 0; j->extrapolate && k < j->times.count; k++) {
        char text[KZ_IO_NUMBER_SIZE];
        size_t found = cli_run_count_with(runs_of(j), j->runs, j->times.values[k]);
        if (found < CLI_LEAST_RUNS)
            cli_fault(faults, "--times", "%s is in %zu of the runs (needed: %d)",
                      kz_io_format_exact(text, j->times.values[k]), found, CLI_LEAST_RUNS);
    }
    if (j->count == 0 && !j->times.values)
        cli_fault(faults, "--extrapolate", "no time is in %d of the runs", CLI_LEAST_RUNS);
}

/* -- the table -------------------------------------------------------------------------------- */

static kz_status describe_runs(job *j)
{
    if (!j->extrapolate) return cli_run_head(j->table, j->path[0], j->run[0]);
    for (size_t i = 0; i < j->runs; i++) {
        char line[KZ_IO_LINE_SIZE];
        (void)snprintf(line, sizeof line, "run_%zu", i + 1);
        kz_io_table_start_line(j->table, line);
        KZ_TRY(cli_run_head(j->table, j->path[i], j->run[i]));
    }
    return KZ_OK;
}

static kz_status add_columns(double **column, kz_io_table *table, const char *const *names,
                             int count)
{
    for (int c = 0; c < count; c++)
        KZ_TRY(kz_io_table_add_numbers(&column[c], table, names[c]));
    return KZ_OK;
}

static kz_status make_table(job *j, const cli_args *args)
{
    static const char *const names[NUMBERS] = {"t",  "n",        "x_over_t", "beta",
                                               "mu", "distance", "err"};
    static const char *const inputs[INPUTS] = {"energy", "magnetization"};
    static const char *const errors[ERRORS] = {"err_energy", "err_magnetization", "err_beta",
                                               "err_mu", "err_distance"};
    size_t width = kz_run_get_setup(j->run[0])->length - 2;
    KZ_TRY(cli_table_create(&j->table, args, j->count * width, &j->common.options));
    if (j->times.values) KZ_TRY(cli_table_set_list(j->table, "times", &j->times, j->typed_times));
    KZ_TRY(describe_runs(j));
    KZ_TRY(add_columns(j->column, j->table, names, NUMBERS));
    KZ_TRY(kz_io_table_add_words(&j->status, j->table, "status"));
    KZ_TRY(kz_io_table_add_numbers(&j->mixed, j->table, "mixed"));
    KZ_TRY(add_columns(j->input, j->table, inputs, INPUTS));
    return j->extrapolate ? add_columns(j->error, j->table, errors, ERRORS) : KZ_OK;
}

static void store(job *j, size_t row, double t, double n, const kz_effective_row *r)
{
    const double numbers[NUMBERS] = {t,           n,     t == 0 ? NAN : n / t, r->beta, r->mu,
                                     r->distance, r->err};
    for (int c = 0; c < NUMBERS; c++)
        j->column[c][row] = numbers[c];
    j->status[row] = kz_place_text(r->place);
    j->mixed[row] = r->mixed;
    j->input[ENERGY][row] = r->energy;
    j->input[MAGNETIZATION][row] = r->magnetization;
    if (r->status == KZ_OK) return;
    char where[80];
    (void)snprintf(where, sizeof where, "t = %g, n = %g", t, n);
    cli_failures_add(&j->failures, row, r->status, where);
}

static void store_limit(job *j, size_t row, double t, double n, const kz_effective_limit *l)
{
    const double errors[ERRORS] = {l->err_energy, l->err_magnetization, l->err_beta, l->err_mu,
                                   l->err_distance};
    store(j, row, t, n, &l->row);
    if (!l->converged) j->status[row] = "unconverged";
    for (int c = 0; c < ERRORS; c++)
        j->error[c][row] = errors[c];
}

/* Rows of one time; memory: room for either kind. */
static kz_status fill_time(job *j, size_t k, size_t width, void *memory)
{
    double t = j->shown[k];
    const kz_run *run = j->run[0];
    kz_effective_row *rows = memory;
    kz_effective_limit *limits = memory;
    if (j->extrapolate)
        KZ_TRY(kz_effective_extrapolate(limits, j->effective, runs_of(j), j->runs, t));
    else
        KZ_TRY(kz_effective_run_rows(rows, j->effective, run, kz_run_find_time(run, t)));
    for (size_t i = 0; i < width; i++) {
        size_t row = k * width + i;
        double n = (double)kz_run_site(run, i);
        if (j->extrapolate)
            store_limit(j, row, t, n, &limits[i]);
        else
            store(j, row, t, n, &rows[i]);
    }
    return KZ_OK;
}

static kz_status write_table(job *j, const cli_args *args, cli_progress *progress)
{
    void *memory;
    size_t width = kz_run_get_setup(j->run[0])->length - 2;
    KZ_TRY(make_table(j, args));
    j->failures.total = j->table->rows;
    progress->stages = j->count;
    KZ_TRY(kz_alloc(&memory, width, sizeof(kz_effective_limit)));
    kz_status status = KZ_OK;
    for (size_t k = 0; k < j->count && status == KZ_OK; k++) {
        progress->stage = k;
        status = fill_time(j, k, width, memory);
        if (status == KZ_OK && j->common.options.progress) (void)cli_progress_show(progress, 1, 1);
    }
    kz_free(memory);
    cli_progress_end(progress);
    return status == KZ_OK ? cli_output_write(j->common.output, j->table) : status;
}

/* -- the command ------------------------------------------------------------------------------ */

static void read_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&j->common, args, faults);
    cli_read_list(&j->times, args, "--times", faults);
    j->typed_times = cli_args_value(args, "--times");
    j->distance = cli_args_given(args, "--distance");
    j->extrapolate = cli_args_given(args, "--extrapolate");
    j->path = args->words;
    j->runs = args->word_count < CLI_MAX_WORDS ? args->word_count : CLI_MAX_WORDS;
    if (!j->extrapolate && j->runs > 1)
        cli_fault(faults, "RUN.h5", "unexpected word \"%.40s\" (several runs: --extrapolate)",
                  j->path[1]);
}

static kz_status read_runs(job *j, cli_faults *faults)
{
    for (size_t i = 0; i < j->runs; i++) {
        KZ_TRY(kz_run_read(&j->run[i], j->path[i]));
        cli_check_apart(j->common.output, j->path[i], faults);
        if (j->distance && !kz_run_densities(j->run[i], 0))
            cli_fault(faults, "--distance",
                      "%.60s has no density matrices; make it with quench --density-matrices",
                      j->path[i]);
    }
    if (j->extrapolate) cli_run_check_growing(runs_of(j), j->runs, faults);
    return KZ_OK;
}

/* A run that temperatures cannot be had of is a wrong file for this command, not a failure. */
static kz_status open_effective(job *j, cli_faults *faults)
{
    kz_status status = kz_effective_create_for_runs(&j->effective, runs_of(j), j->runs, j->distance,
                                                    &j->common.options);
    if (status != KZ_EINVAL) return status;
    cli_fault(faults, j->path[0], "%s", kz_error_reason());
    return KZ_OK;
}

static int run_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_progress progress;
    kz_status status = read_runs(j, faults);
    if (status == KZ_OK) status = choose_times(j);
    if (status != KZ_OK) return cli_report_status(args, status);
    check_times(j, faults);
    if (!faults->count) status = cli_output_check(j->common.output);
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
    job j = {.typed_times = NULL};
    read_job(&j, args, faults);
    int code = faults->count ? cli_report_faults(args, faults) : run_job(&j, args, faults);
    kz_io_table_free(j.table);
    kz_effective_free(j.effective);
    kz_free(j.shown);
    for (size_t i = 0; i < j.runs; i++)
        kz_run_free(j.run[i]);
    cli_list_free(&j.times);
    return code;
}

const cli_command cli_effective = {
    .name = "effective",
    .summary = "temperatures of a quench, and distances from equilibrium",
    .synopsis =
        "RUN.h5 [--times LIST] [--distance] [-o FILE]\n"
        "       RUN.h5 RUN.h5 RUN.h5... --extrapolate [--times LIST] [--distance] [-o FILE]",
    .details = details,
    .positional = "RUN.h5",
    .many = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .grammar = CLI_GRAMMAR_OF_RUNS,
    .run = run,
};
