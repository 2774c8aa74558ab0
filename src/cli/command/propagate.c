/* kapitza propagate: one chain from any thermal initial profile. */
#include <math.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/memory.h"
#include "io/text.h"
#include "parallel/propagate.h"

#define FILE_WORDS "a file with columns x, beta (or T) and, unless it is 0, mu"

static const cli_option options[] = {
    {"--chain", "CHAIN",
     "xx, gamma=pi/4, P=4, Delta=0.5, gamma=2*pi/5, P=5,Q=2: gamma = pi Q/P,\n"
     "or Delta=1.5, Delta=-2, Delta=1: |Delta| >= 1"},
    {"--profile", "FILE",
     "state at t = 0: columns x, beta or T, mu by the names in the\n"
     "first line (x and T alone: mu = 0), else x beta mu in this order;\n"
     "x ascends, an x that stands twice is a jump; smooth between\n"
     "points (quintic spline), constant beyond the first and the last;\n"
     "rows with a missing value are passed over"},
    {"--times", "LIST", "values of t, in units of 1/J"},
    {"--positions", "LIST", "values of x, in sites"},
};

static const char details[] =
    "Generalized hydrodynamics on the Euler scale, for profiles that are wide against a site.\n"
    "Columns, positions inside times, hbar = k_B = J = 1:\n"
    "  t, x\n"
    "  energy          <h_n>\n"
    "  energy_current  positive to the right\n"
    "  magnetization   <S^z_n>\n"
    "  spin_current    positive to the right\n"
    "  entropy         of the local state, per site\n"
    "  err             bound on |error|/max(1, |value|) over the row; inf where it failed\n"
    "At t = 0 the position of a jump shows its right side.\n"
    "|Delta| >= 1: the magnetization jumps where a jump of the profile arrives with the longest\n"
    "strings; on it stands the mean of both sides, half the jump is in err.\n"
    "Delta = 1, -1: grids end at some 1e-6 ... 1e-8; ask for --tol 1e-6 or more.\n"
    "\n"
    "example: kapitza propagate --chain P=3 --profile start.tsv --times 1,2,5 "
    "--positions -10:10:0.5\n";

typedef struct {
    double *x, *beta, *mu;
    size_t n;
} profile;

typedef struct {
    cli_common common;
    kz_chain chain;
    const char *path;
    profile start;
    cli_list times, positions;
} job;

static void job_free(job *j)
{
    cli_list_free(&j->times);
    cli_list_free(&j->positions);
    kz_free(j->start.x);
    kz_free(j->start.beta);
    kz_free(j->start.mu);
}

/* -- the file -- */

enum { COLUMNS_MOST = 16 };

typedef struct {
    size_t x, beta, mu; /* mu: the number of columns where there is none */
    bool temperature;
} places;

static size_t find(const kz_io_columns *c, const char *name)
{
    for (size_t i = 0; i < c->columns; i++)
        if (strcmp(c->name[i], name) == 0) return i;
    return c->columns;
}

/* By name where there are names, else in the order x, beta, mu.  A third name may mean a field, and
 * stand above rows that are short: mu is 0 where there is none. */
static bool find_places(places *out, const kz_io_columns *c, const char *path, cli_faults *faults)
{
    *out = (places){0, 1, 2, false};
    if (c->name[0][0] == '\0') {
        if (c->columns > 2) return true;
        cli_fault(faults, "--profile",
                  "%.80s has 2 columns without names (accepted: x beta mu; or a first line x beta, "
                  "x T, x beta mu or x T mu)",
                  path);
        return false;
    }
    size_t none = c->columns, temperature = find(c, "T");
    *out = (places){find(c, "x"), find(c, "beta"), find(c, "mu"), false};
    if (out->beta != none && temperature != none) {
        cli_fault(faults, "--profile", "%.80s has columns beta and T, one of them is enough", path);
        return false;
    }
    out->temperature = temperature != none;
    if (out->temperature) out->beta = temperature;
    const char *missing = out->x == none                    ? "x"
                          : out->beta == none               ? "beta or T"
                          : out->mu == none && c->named > 2 ? "mu"
                                                            : NULL;
    if (missing) cli_fault(faults, "--profile", "%.80s has no column %s", path, missing);
    return !missing;
}

/* What is wrong with row i, or NULL; the library would refuse it too, without the line. */
static const char *fault_of(const profile *p, size_t i)
{
    if (!isfinite(p->x[i]) || !isfinite(p->mu[i]) || !isfinite(p->beta[i]))
        return "x, beta and mu must be finite numbers";
    if (i > 0 && p->x[i] < p->x[i - 1]) return "x must ascend";
    if (i > 1 && p->x[i] == p->x[i - 2]) return "this x stands three times, twice is a jump";
    return NULL;
}

static void take_rows(profile *p, const kz_io_columns *c, const places *at, const char *path,
                      cli_faults *faults)
{
    for (size_t i = 0; i < c->count; i++) {
        const double *row = c->value + i * c->columns;
        double x = row[at->x], beta = row[at->beta], mu = at->mu < c->columns ? row[at->mu] : 0.0;
        cli_reason reason;
        if (isnan(x) || isnan(beta) || isnan(mu)) continue; /* a missing value */
        const char *fault = NULL;
        if (at->temperature && !cli_beta_of_temperature(&beta, beta, &reason)) fault = reason.text;
        p->x[p->n] = x;
        p->beta[p->n] = beta;
        p->mu[p->n] = mu;
        if (!fault) fault = fault_of(p, p->n);
        if (fault) {
            cli_fault(faults, "--profile", "%.80s:%zu: %s", path, c->line[i], fault);
            return;
        }
        p->n++;
    }
    if (p->n == 0) cli_fault(faults, "--profile", "%.80s has no point", path);
}

static kz_status allocate(profile *p, size_t n)
{
    KZ_TRY(kz_alloc_doubles(&p->x, n));
    KZ_TRY(kz_alloc_doubles(&p->beta, n));
    return kz_alloc_doubles(&p->mu, n);
}

/* Returns KZ_EIO where the file cannot be read, KZ_ENOMEM, else KZ_OK with the faults noted. */
static kz_status read_profile(profile *p, const char *path, cli_faults *faults)
{
    kz_io_columns columns;
    places at;
    kz_status status = kz_io_columns_read(&columns, path, 2, COLUMNS_MOST);
    if (status == KZ_EINVAL) {
        cli_fault(faults, "--profile", "%s", kz_error_reason());
        return KZ_OK;
    }
    if (status != KZ_OK) return status;
    if (columns.count == 0)
        cli_fault(faults, "--profile", "%.80s has no point", path);
    else if (find_places(&at, &columns, path, faults)) {
        status = allocate(p, columns.count);
        if (status == KZ_OK) take_rows(p, &columns, &at, path, faults);
    }
    kz_io_columns_free(&columns);
    return status;
}

/* -- the command -- */

static void check_finite(const cli_list *list, const char *option, cli_faults *faults)
{
    for (size_t i = 0; i < list->count; i++) {
        if (isfinite(list->values[i])) continue;
        cli_fault(faults, option, "value %zu must be finite", i + 1);
        return;
    }
}

static kz_status read_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&j->common, args, faults);
    cli_args_need(args, "--chain", CLI_CHAIN_WORDS, faults);
    cli_args_need(args, "--profile", FILE_WORDS, faults);
    cli_args_need(args, "--times", CLI_LIST_WORDS, faults);
    cli_args_need(args, "--positions", CLI_LIST_WORDS, faults);
    cli_read_chain(&j->chain, args, "--chain", faults);
    cli_read_list(&j->times, args, "--times", faults);
    cli_read_list(&j->positions, args, "--positions", faults);
    check_finite(&j->times, "--times", faults);
    check_finite(&j->positions, "--positions", faults);
    cli_check_product(j->times.count, j->positions.count, "--positions", faults);
    j->path = cli_args_value(args, "--profile");
    if (!j->path) return KZ_OK;
    cli_check_apart(cli_args_value(args, "--output"), j->path, faults);
    return read_profile(&j->start, j->path, faults);
}

enum { T, X, ENERGY, ENERGY_CURRENT, MAGNETIZATION, SPIN_CURRENT, ENTROPY, ERR, COLUMNS };
static const char *const names[COLUMNS] = {
    "t", "x", "energy", "energy_current", "magnetization", "spin_current", "entropy", "err"};

static kz_status make_table(kz_io_table **out, double *column[COLUMNS], const job *j,
                            const cli_args *args)
{
    KZ_TRY(cli_table_create(out, args, j->times.count * j->positions.count, &j->common.options));
    kz_io_table *table = *out;
    KZ_TRY(cli_table_set_chain(table, "chain", j->chain));
    KZ_TRY(kz_io_table_set_number(table, "Delta", kz_chain_delta(j->chain)));
    KZ_TRY(kz_io_table_set_text(table, "profile", j->path));
    KZ_TRY(kz_io_table_set_number(table, "profile_points", (double)j->start.n));
    KZ_TRY(cli_table_set_list(table, "times", &j->times, cli_args_value(args, "--times")));
    KZ_TRY(
        cli_table_set_list(table, "positions", &j->positions, cli_args_value(args, "--positions")));
    for (int i = 0; i < COLUMNS; i++)
        KZ_TRY(kz_io_table_add_numbers(&column[i], table, names[i]));
    return KZ_OK;
}

static void set_points(double *const column[COLUMNS], const job *j)
{
    size_t n = j->positions.count;
    for (size_t row = 0; row < j->times.count * n; row++) {
        column[T][row] = j->times.values[row / n];
        column[X][row] = j->positions.values[row % n];
        column[ERR][row] = INFINITY;
    }
}

static void fill(double *const column[COLUMNS], const kz_propagation_point *points, size_t rows,
                 cli_failures *failures)
{
    for (size_t row = 0; row < rows; row++) {
        const kz_propagation_point *p = &points[row];
        if (p->status != KZ_OK) cli_failures_add(failures, row, p->status, kz_error_reason());
        column[ENERGY][row] = p->energy;
        column[ENERGY_CURRENT][row] = p->energy_current;
        column[MAGNETIZATION][row] = p->magnetization;
        column[SPIN_CURRENT][row] = p->spin_current;
        column[ENTROPY][row] = p->entropy;
        column[ERR][row] = p->err;
    }
}

/* Every row fails when the profile cannot be made; KZ_EINVAL is the caller's.  All processes work,
 * the first has the rows. */
static kz_status compute(double *const column[COLUMNS], const job *j, cli_failures *failures)
{
    kz_propagation *propagation = NULL;
    void *points = NULL;
    size_t rows = failures->total;
    const kz_options *asked = &j->common.options;
    kz_status status = kz_farm_agree(kz_propagation_create(
        &propagation, j->chain, j->start.x, j->start.beta, j->start.mu, j->start.n, asked));
    bool made = status == KZ_OK, first = kz_farm_is_first();
    if (made && first) status = kz_alloc(&points, rows, sizeof(kz_propagation_point));
    if (made) status = kz_farm_agree(status);
    if (status == KZ_OK) {
        status = kz_parallel_points(points, propagation, column[X], column[T], rows, asked);
        if (first) fill(column, points, rows, failures);
    } else if (!made && first) {
        for (size_t row = 0; row < rows; row++)
            cli_failures_add(failures, row, status, kz_error_reason());
    }
    kz_free(points);
    kz_propagation_free(propagation);
    return status == KZ_EINVAL || status == KZ_ENOMEM ? status : KZ_OK;
}

static int run_job(job *j, const cli_args *args)
{
    double *column[COLUMNS] = {NULL};
    kz_io_table *table = NULL;
    cli_progress progress;
    cli_failures failures = {.total = j->times.count * j->positions.count};
    bool first = kz_farm_is_first();
    kz_status status = cli_output_check(j->common.output);
    if (status == KZ_OK) status = make_table(&table, column, j, args);
    status = kz_farm_agree(status);
    if (status == KZ_OK) {
        set_points(column, j);
        cli_progress_start(&progress, "propagate", &j->common);
        status = compute(column, j, &failures);
        cli_progress_end(&progress);
    }
    if (first && status == KZ_OK) status = cli_output_write(j->common.output, table);
    int code =
        status == KZ_OK ? cli_failures_report(&failures, args) : cli_report_status(args, status);
    kz_io_table_free(table);
    return code;
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.path = NULL};
    kz_status status = read_job(&j, args, faults);
    int code;
    /* the file may be missing on one machine, or be another one */
    if (faults->count > 0 && status == KZ_OK) status = KZ_FAIL(KZ_EINVAL, "%s", faults->text);
    status = kz_farm_agree(status);
    if (faults->count)
        code = cli_report_faults(args, faults);
    else
        code = status == KZ_OK ? run_job(&j, args) : cli_report_status(args, status);
    job_free(&j);
    return code;
}

const cli_command cli_propagate = {
    .name = "propagate",
    .summary = "a chain from any initial profile of temperature and field",
    .synopsis = "--chain CHAIN --profile FILE --times LIST --positions LIST [-o FILE]",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .divided = true,
    .run = run,
};
