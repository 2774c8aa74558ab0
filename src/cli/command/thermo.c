/* kapitza thermo: equilibrium thermodynamics and Drude weights. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "core/error.h"

static const cli_option options[] = {
    {"--chain", "CHAIN", CLI_CHAIN_WORDS "\n(Delta = cos(pi Q/P), P = 2 ... 256, or |Delta| >= 1)"},
    {"--state", "STATE", CLI_STATE_WORDS},
    {"--beta", "LIST",
     "inverse temperatures, of either sign; inf is the ground state,\n"
     "-inf the ceiling"},
    {"--temperature", "LIST", "temperatures, of either sign, inf allowed"},
    {"--mu", "LIST", "multiplies S^z in the exponent, mu = beta h (default 0)"},
    {"--field", "LIST", "fields h in place of --mu, for curves at fixed h: mu = beta h"},
    {"--diffusion", NULL, "two columns more, spin_diffusion and spin_onsager"},
};

static const char details[] =
    "One of --state, --beta and --temperature is needed.  Lists (0,1,2 or first:last:step) of "
    "beta\n"
    "and mu, or beta and h, multiply, beta outermost.\n"
    "\n"
    "Columns, per site, hbar = k_B = J = 1:\n"
    "  beta mu         the state, exp(-beta H + mu S^z)/Z\n"
    "  lnZ             ln Z / L; nan in states that are limits\n"
    "  free_energy     -ln Z/beta; nan at beta = 0; e - h m in the ground state\n"
    "  energy          e = <h_n>\n"
    "  magnetization   m = <S^z_n>\n"
    "  entropy         ln Z + beta e - mu m\n"
    "  heat_capacity   at fixed h = mu/beta\n"
    "  susceptibility  dm/dmu\n"
    "  drude_spin drude_energy\n"
    "                  lim <J J(t)>/L for t to infinity, of the spin and the energy current\n"
    "  err             bound on |error|/max(1, |value|) over the row; inf where it failed\n"
    "  h               with --field only: the field\n"
    "  energy_noise spin_noise\n"
    "                  lim var(Q)/t for t to infinity, Q the energy and the spin through one bond\n"
    "  spin_diffusion spin_onsager     with --diffusion only\n"
    "                  the diffusion constant, spin_onsager/(2 susceptibility), and the integral\n"
    "                  over all times of <J J(t)>/L - drude_spin, of the spin current.  Both inf "
    "at\n"
    "                  Delta = 1, -1 where mu = 0; where mu is not they are continued from |Delta| "
    "> "
    "1,\n"
    "                  good to some 1e-7 at |mu| = 3 and 1e-3 at 0.5 (exit status 3 and their err\n"
    "                  beyond).  Accuracy is 1e-12 at best.  It takes 0.1 s a row for P = 4, more "
    "the\n"
    "                  more strings there are: half a second for P = 8, some seconds for P = 16 "
    "and "
    "at\n"
    "                  Delta = 1; with |Delta| > 1 and mu = 0 next to nothing\n"
    "\n"
    "example: kapitza thermo --chain Delta=1.5 --beta 0:2:0.1 --diffusion\n"
    "         kapitza thermo --chain gamma=pi/4 --temperature 0.1:2:0.1 -o thermo.tsv\n"
    "         kapitza thermo --chain P=3 --temperature 0.05:2:0.05 --field 0,0.5,1 -o fields.tsv\n";

typedef struct {
    cli_common common;
    kz_chain chain;
    bool has_state, has_field, diffusion;
    kz_state state;
    cli_list beta, mu; /* mu holds fields h where they are given */
    cli_progress progress;
} job;

/* The columns in the order scripts rely on; new ones go to the end, after err. */
enum {
    BETA,
    MU,
    LNZ,
    FREE_ENERGY,
    ENERGY,
    MAGNETIZATION,
    ENTROPY,
    HEAT_CAPACITY,
    SUSCEPTIBILITY,
    DRUDE_SPIN,
    DRUDE_ENERGY,
    ERR,
    FIELD, /* with --field only */
    ENERGY_NOISE,
    SPIN_NOISE,
    SPIN_DIFFUSION, /* with --diffusion only, as the next */
    SPIN_ONSAGER,
    COLUMNS
};
static const char *const names[COLUMNS] = {
    "beta",
    "mu",
    "lnZ",
    "free_energy",
    "energy",
    "magnetization",
    "entropy",
    "heat_capacity",
    "susceptibility",
    "drude_spin",
    "drude_energy",
    "err",
    "h",
    "energy_noise",
    "spin_noise",
    "spin_diffusion",
    "spin_onsager",
};

static void read_temperatures(job *out, const cli_args *args, cli_faults *faults)
{
    cli_reason reason;
    cli_read_list(&out->beta, args, "--temperature", faults);
    for (size_t i = 0; i < out->beta.count; i++) {
        if (cli_beta_of_temperature(&out->beta.values[i], out->beta.values[i], &reason)) continue;
        cli_fault(faults, "--temperature", "%s", reason.text);
        return;
    }
}

static void check_limits(const job *j, const char *beta_option, const char *option,
                         cli_faults *faults)
{
    double largest = 0.0;
    for (size_t i = 0; i < j->mu.count && j->has_field; i++)
        largest = fmax(largest, fabs(j->mu.values[i]));
    for (size_t i = 0; i < j->beta.count; i++) {
        double beta = j->beta.values[i];
        if (isfinite(beta) && !isfinite(beta * largest)) {
            cli_fault(faults, option, "mu = beta h is too large");
            return;
        }
        if (isfinite(beta) || (j->has_field && beta > 0.0)) continue;
        cli_fault(faults, beta_option,
                  j->has_field ? "the ceiling state (beta = -inf) takes no %s"
                               : "the ground and ceiling states (beta = +-inf) take no %s",
                  option);
        return;
    }
}

/* --mu or --field, whichever is given. */
static void read_mu(job *out, const cli_args *args, const char *beta_option, cli_faults *faults)
{
    cli_reason reason;
    const char *option = out->has_field ? "--field" : "--mu";
    bool given = cli_args_value(args, option) != NULL;
    if (!given && !cli_parse_list(&out->mu, "0", &reason)) cli_fault(faults, option, "no memory");
    cli_read_list(&out->mu, args, option, faults);
    for (size_t i = 0; i < out->mu.count; i++) {
        if (isfinite(out->mu.values[i])) continue;
        cli_fault(faults, option, "must be finite");
        return;
    }
    if (given) check_limits(out, beta_option, option, faults);
    cli_check_product(out->beta.count, out->mu.count, option, faults);
}

static void read_job(job *out, const cli_args *args, cli_faults *faults)
{
    const char *state = cli_args_value(args, "--state"), *beta = cli_args_value(args, "--beta");
    const char *temperature = cli_args_value(args, "--temperature");
    cli_read_common(&out->common, args, faults);
    cli_args_need(args, "--chain", CLI_CHAIN_WORDS, faults);
    cli_read_chain(&out->chain, args, "--chain", faults);
    out->has_state = state != NULL;
    int given = cli_args_given(args, "--state") + cli_args_given(args, "--beta") +
                cli_args_given(args, "--temperature");
    if (given != 1) cli_fault(faults, "--state, --beta, --temperature", "give exactly one of them");
    if (!state && !beta && !temperature) return;
    cli_read_state(&out->state, args, "--state", faults);
    out->has_field = cli_args_given(args, "--field");
    out->diffusion = cli_args_given(args, "--diffusion");
    if (out->has_field && cli_args_given(args, "--mu"))
        cli_fault(faults, "--mu, --field", "give one of them (mu = beta h)");
    if (state && cli_args_value(args, "--field"))
        cli_fault(faults, "--field", "goes with --beta or --temperature; a STATE holds its own");
    if (state && cli_args_value(args, "--mu"))
        cli_fault(faults, "--mu", "goes with --beta or --temperature; a STATE holds its own");
    if (state) return;
    if (beta)
        cli_read_list(&out->beta, args, "--beta", faults);
    else
        read_temperatures(out, args, faults);
    read_mu(out, args, beta ? "--beta" : "--temperature", faults);
}

static kz_state state_of_row(const job *j, size_t row)
{
    if (j->has_state) return j->state;
    double beta = j->beta.values[row / j->mu.count], mu = j->mu.values[row % j->mu.count];
    if (isinf(beta))
        return beta > 0.0 ? kz_state_ground(j->has_field ? mu : 0.0) : kz_state_ceiling();
    return kz_state_thermal(beta, j->has_field ? beta * mu : mu);
}

/* What is known of a row before, or without, the calculation. */
static void fill_inputs(double *const column[COLUMNS], size_t row, const kz_state *state)
{
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        column[BETA][row] = state->beta;
        column[MU][row] = state->mu;
        break;
    case KZ_STATE_GROUND:
        column[BETA][row] = INFINITY;
        break;
    case KZ_STATE_CEILING:
        column[BETA][row] = -INFINITY;
        break;
    case KZ_STATE_UP:
    case KZ_STATE_DOWN:
        break;
    }
    column[ERR][row] = INFINITY;
}

static void fill_results(double *const column[COLUMNS], size_t row, const kz_thermo *thermo)
{
    column[BETA][row] = thermo->beta;
    column[MU][row] = thermo->mu;
    column[LNZ][row] = thermo->ln_z;
    column[FREE_ENERGY][row] = thermo->free_energy;
    column[ENERGY][row] = thermo->energy;
    column[MAGNETIZATION][row] = thermo->magnetization;
    column[ENTROPY][row] = thermo->entropy;
    column[HEAT_CAPACITY][row] = thermo->heat_capacity;
    column[SUSCEPTIBILITY][row] = thermo->susceptibility;
    column[DRUDE_SPIN][row] = thermo->drude_spin;
    column[DRUDE_ENERGY][row] = thermo->drude_energy;
    column[ERR][row] = thermo->err;
    column[ENERGY_NOISE][row] = thermo->energy_noise;
    column[SPIN_NOISE][row] = thermo->spin_noise;
}

/* Adds to a row what --diffusion asks for. */
static kz_status add_diffusion(double *const column[COLUMNS], size_t row, const job *j,
                               const kz_state *state)
{
    static const double BEST = 1e-12;
    kz_spin_diffusion d = {NAN, NAN, INFINITY};
    double tol = j->common.options.tol;
    kz_status status = kz_spin_diffusion_compute(&d, j->chain, state, fmax(tol, BEST));
    column[SPIN_DIFFUSION][row] = d.diffusion;
    column[SPIN_ONSAGER][row] = d.onsager;
    column[ERR][row] = fmax(column[ERR][row], d.err);
    if (status == KZ_OK && !(d.err <= tol))
        return KZ_FAIL(KZ_ETOL, "spin diffusion: error %.3g, wanted %.3g", d.err, tol);
    return status;
}

static void compute(double *const column[COLUMNS], job *j, cli_failures *failures)
{
    size_t done = 0, rows = failures->total;
    int threads = j->common.options.threads;
    (void)threads;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
    for (size_t row = 0; row < rows; row++) {
        kz_state state = state_of_row(j, row);
        kz_thermo thermo;
        fill_inputs(column, row, &state);
        if (j->has_field) column[FIELD][row] = j->mu.values[row % j->mu.count];
        kz_status status = kz_thermo_compute(&thermo, j->chain, &state, j->common.options.tol);
        /* With KZ_ETOL the numbers are good to their err, which says so. */
        if (status == KZ_OK || status == KZ_ETOL) fill_results(column, row, &thermo);
        if (status == KZ_OK && j->diffusion) status = add_diffusion(column, row, j, &state);
#pragma omp critical
        {
            if (status != KZ_OK) cli_failures_add(failures, row, status, kz_error_reason());
            done++;
            if (j->common.options.progress)
                (void)j->common.options.progress(j->common.options.progress_context, done, rows);
        }
    }
}

static kz_status make_table(kz_io_table **out, double *column[COLUMNS], const job *j,
                            const cli_args *args, size_t rows)
{
    kz_io_table *table;
    KZ_TRY(cli_table_create(out, args, rows, &j->common.options));
    table = *out;
    KZ_TRY(cli_table_set_chain(table, "chain", j->chain));
    KZ_TRY(kz_io_table_set_number(table, "Delta", kz_chain_delta(j->chain)));
    if (j->has_state) {
        KZ_TRY(cli_table_set_state(table, "state", &j->state));
    } else {
        const char *beta = cli_args_value(args, "--beta");
        const char *temperature = cli_args_value(args, "--temperature");
        const char *mu = cli_args_value(args, j->has_field ? "--field" : "--mu");
        /* A list too long to be quoted is described by its values, which are of beta by now. */
        bool quoted = temperature && strlen(temperature) < CLI_QUOTED_LIST;
        KZ_TRY(cli_table_set_list(table, quoted ? "temperature" : "beta", &j->beta,
                                  beta ? beta : temperature));
        KZ_TRY(cli_table_set_list(table, j->has_field ? "field" : "mu", &j->mu, mu ? mu : "0"));
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (i == FIELD && !j->has_field) continue;
        if (i >= SPIN_DIFFUSION && !j->diffusion) continue;
        KZ_TRY(kz_io_table_add_numbers(&column[i], table, names[i]));
    }
    return KZ_OK;
}

static int run_job(job *j, const cli_args *args)
{
    double *column[COLUMNS];
    kz_io_table *table = NULL;
    cli_failures failures = {.total = j->has_state ? 1 : j->beta.count * j->mu.count};
    kz_status status = cli_output_check(j->common.output);
    if (status == KZ_OK) status = make_table(&table, column, j, args, failures.total);
    if (status == KZ_OK) {
        cli_progress_start(&j->progress, "thermo", &j->common);
        compute(column, j, &failures);
        cli_progress_end(&j->progress);
        status = cli_output_write(j->common.output, table);
    }
    int code =
        status == KZ_OK ? cli_failures_report(&failures, args) : cli_report_status(args, status);
    kz_io_table_free(table);
    return code;
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.has_state = false};
    read_job(&j, args, faults);
    int code = faults->count ? cli_report_faults(args, faults) : run_job(&j, args);
    cli_list_free(&j.beta);
    cli_list_free(&j.mu);
    return code;
}

const cli_command cli_thermo = {
    .name = "thermo",
    .summary = "equilibrium thermodynamics, Drude weights and noise of one chain",
    .synopsis = "--chain CHAIN (--state STATE | --beta LIST | --temperature LIST)\n"
                "       [--mu LIST | --field LIST] [-o FILE]",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
