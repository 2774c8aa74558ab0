/* kapitza fluctuations: full counting of the charge that crosses the junction of a bipartition. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"

static const cli_option options[] = {
    {"--chain", "CHAIN",
     CLI_CHAIN_WORDS "\n(Delta = cos(pi Q/P), P = 2 ... 256; |Delta| > 1; Delta = 1, -1)"},
    {"--left-state", "STATE", "state of x < 0 at t = 0:\n" CLI_STATE_WORDS},
    {"--right-state", "STATE", "state of x > 0 at t = 0"},
    {"--charge", "energy|spin",
     "what is counted, positive to the right; without fields the\n"
     "energy is the heat"},
    {"--lambda", "LIST", "counting parameters, of either sign, in units of 1/J for the energy"},
    {"--method", "transport|flow",
     "transport: what quasi-particles carry of the initial state's fluctuations\n(default); "
     "flow: of biased states, |Delta| < 1"},
};

static const char details[] =
    "Columns, in the order of --lambda, hbar = k_B = J = 1:\n"
    "  lambda          the counting parameter\n"
    "  F               lim ln<exp(lambda Q)>/t for t to infinity, Q the charge that crosses the\n"
    "                  junction in the time t\n"
    "  err             bound on |error|/max(1, |value|) over the row; inf where it failed\n"
    "  current         dF/dlambda, the mean current in the ensemble weighted by exp(lambda Q)\n"
    "The cumulants lim <Q^k>_c/t, k = 1 ... 4, and bounds on their errors, c1 c1_err ... c4_err,\n"
    "stand on the line \"# cumulants\" (HDF5: attributes cumulants_c1 ...).  c1 is the current, "
    "c2\n"
    "the noise of profile at zeta = 0.  With |Delta| > 1 c3 and c4 may be nan (err inf): where "
    "long\n"
    "strings are at rest, as between equal reservoirs, F has kinks next to lambda = 0.\n"
    "The spin, |Delta| >= 1: F is nan where no long string crosses the junction, or, Delta = 1, "
    "-1,\n"
    "where few digits of that settle; --tol 1e-6 is soon reached there, 1e-10 takes minutes.\n"
    "The flow d ln eta/dlambda = -sgn(v) q^dr of biased states agrees in c1 and c2, and for free\n"
    "fermions; elsewhere zeros of v that move tell them apart.  Its c4 is the mean of both sides "
    "of\n"
    "lambda = 0, and half their difference part of c4_err.\n"
    "\n"
    "example: kapitza fluctuations --chain P=3 --left-state T=2 --right-state T=0.5 "
    "--charge energy --lambda=-2:1:0.1\n";

typedef struct {
    cli_common common;
    kz_chain chain;
    kz_state left, right;
    kz_charge charge;
    bool flows;
    cli_list lambda;
} job;

static void read_charge(kz_charge *out, const cli_args *args, cli_faults *faults)
{
    const char *word = cli_args_value(args, "--charge");
    if (!word) return;
    if (strcmp(word, "energy") == 0)
        *out = KZ_CHARGE_ENERGY;
    else if (strcmp(word, "spin") == 0)
        *out = KZ_CHARGE_SPIN;
    else
        cli_fault(faults, "--charge", "\"%.40s\" (accepted: energy, spin)", word);
}

static void read_method(bool *flows, const cli_args *args, cli_faults *faults)
{
    const char *word = cli_args_value(args, "--method");
    *flows = word && strcmp(word, "flow") == 0;
    if (word && !*flows && strcmp(word, "transport") != 0)
        cli_fault(faults, "--method", "\"%.40s\" (accepted: transport, flow)", word);
}

/* What the library would refuse, by the option that asks for it. */
static void check_chain(const job *j, cli_faults *faults)
{
    if (j->flows && kz_chain_check_rational(j->chain, "the flow of biased states") != KZ_OK)
        cli_fault(faults, "--method", "%s", kz_error_reason());
}

static void read_job(job *out, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&out->common, args, faults);
    cli_args_need(args, "--chain", CLI_CHAIN_WORDS, faults);
    cli_args_need(args, "--left-state", CLI_STATE_WORDS, faults);
    cli_args_need(args, "--right-state", CLI_STATE_WORDS, faults);
    cli_args_need(args, "--charge", "energy, spin", faults);
    cli_args_need(args, "--lambda", CLI_LIST_WORDS, faults);
    cli_read_chain(&out->chain, args, "--chain", faults);
    cli_read_state(&out->left, args, "--left-state", faults);
    cli_read_state(&out->right, args, "--right-state", faults);
    read_charge(&out->charge, args, faults);
    read_method(&out->flows, args, faults);
    cli_read_list(&out->lambda, args, "--lambda", faults);
    if (!faults->count) check_chain(out, faults);
    for (size_t i = 0; i < out->lambda.count; i++) {
        if (isfinite(out->lambda.values[i])) continue;
        cli_fault(faults, "--lambda", "must be finite");
        return;
    }
}

enum { LAMBDA, GENERATING, ERR, CURRENT, COLUMNS };
static const char *const names[COLUMNS] = {"lambda", "F", "err", "current"};

static kz_status make_table(kz_io_table **out, double *column[COLUMNS], const job *j,
                            const cli_args *args)
{
    KZ_TRY(cli_table_create(out, args, j->lambda.count, &j->common.options));
    kz_io_table *table = *out;
    KZ_TRY(cli_table_set_chain(table, "chain", j->chain));
    KZ_TRY(kz_io_table_set_number(table, "Delta", kz_chain_delta(j->chain)));
    KZ_TRY(cli_table_set_state(table, "left_state", &j->left));
    KZ_TRY(cli_table_set_state(table, "right_state", &j->right));
    KZ_TRY(kz_io_table_set_text(table, "charge", cli_args_value(args, "--charge")));
    KZ_TRY(cli_table_set_list(table, "lambda", &j->lambda, cli_args_value(args, "--lambda")));
    KZ_TRY(kz_io_table_set_text(table, "method", j->flows ? "flow" : "transport"));
    for (int i = 0; i < COLUMNS; i++)
        KZ_TRY(kz_io_table_add_numbers(&column[i], table, names[i]));
    return KZ_OK;
}

static kz_status set_cumulants(kz_io_table *table, const kz_cumulants *cumulants)
{
    static const char *const value[] = {"c1", "c2", "c3", "c4"};
    static const char *const err[] = {"c1_err", "c2_err", "c3_err", "c4_err"};
    kz_io_table_start_line(table, "cumulants");
    for (int k = 0; k < 4; k++) {
        KZ_TRY(kz_io_table_set_number(table, value[k], cumulants->value[k]));
        KZ_TRY(kz_io_table_set_number(table, err[k], cumulants->err[k]));
    }
    return KZ_OK;
}

/* The library's verdict stands in every point; what concerns the whole call is returned. */
static kz_status compute(double *const column[COLUMNS], kz_cumulants *cumulants,
                         kz_fluctuation *points, const job *j, cli_failures *failures)
{
    size_t rows = j->lambda.count;
    for (size_t row = 0; row < rows; row++)
        points[row].status = KZ_ECANCELLED;
    kz_status status = (j->flows ? kz_fluctuations_flow : kz_fluctuations)(
        points, cumulants, j->chain, &j->left, &j->right, j->charge, j->lambda.values, rows,
        &j->common.options);
    if (status == KZ_EINVAL || status == KZ_ENOMEM) return status;
    for (size_t row = 0; row < rows; row++) {
        bool untouched = points[row].status == KZ_ECANCELLED;
        if (untouched) points[row] = (kz_fluctuation){0, NAN, NAN, INFINITY, status};
        column[LAMBDA][row] = j->lambda.values[row];
        column[GENERATING][row] = points[row].generating;
        column[CURRENT][row] = points[row].current;
        column[ERR][row] = points[row].err;
        if (points[row].status != KZ_OK)
            cli_failures_add(failures, row, points[row].status, kz_error_reason());
    }
    return KZ_OK;
}

static int run_job(job *j, const cli_args *args)
{
    double *column[COLUMNS] = {NULL};
    kz_io_table *table = NULL;
    void *points = NULL;
    kz_cumulants cumulants = {{NAN, NAN, NAN, NAN}, {INFINITY, INFINITY, INFINITY, INFINITY}};
    cli_progress progress;
    cli_failures failures = {.total = j->lambda.count};
    kz_status status = cli_output_check(j->common.output);
    if (status == KZ_OK) status = make_table(&table, column, j, args);
    if (status == KZ_OK) status = kz_alloc(&points, j->lambda.count, sizeof(kz_fluctuation));
    if (status == KZ_OK) {
        cli_progress_start(&progress, "fluctuations", &j->common);
        status = compute(column, &cumulants, points, j, &failures);
        cli_progress_end(&progress);
    }
    if (status == KZ_OK) status = set_cumulants(table, &cumulants);
    if (status == KZ_OK) status = cli_output_write(j->common.output, table);
    int code =
        status == KZ_OK ? cli_failures_report(&failures, args) : cli_report_status(args, status);
    kz_io_table_free(table);
    kz_free(points);
    return code;
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.lambda = {0}};
    read_job(&j, args, faults);
    int code = faults->count ? cli_report_faults(args, faults) : run_job(&j, args);
    cli_list_free(&j.lambda);
    return code;
}

const cli_command cli_fluctuations = {
    .name = "fluctuations",
    .summary = "full counting statistics of the energy or spin that crosses a bipartition",
    .synopsis = "--chain CHAIN --left-state STATE --right-state STATE --charge energy|spin\n"
                "       --lambda LIST [--method transport|flow] [-o FILE]",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
