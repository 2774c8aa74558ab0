/* kapitza profile: a bipartition of one homogeneous chain. */
#include <math.h>
#include <stdio.h>

#include "cli/cli.h"
#include "core/error.h"
#include "core/memory.h"
#include "parallel/profile.h"

static const cli_option options[] = {
    {"--chain", "CHAIN", CLI_CHAIN_WORDS "\n(Delta = cos(pi Q/P), P = 2 ... 256, or |Delta| >= 1)"},
    {"--left-state", "STATE", "state of x < 0 at t = 0:\n" CLI_STATE_WORDS},
    {"--right-state", "STATE", "state of x > 0 at t = 0"},
    {"--rays", "LIST", "values of zeta = x/t, in units of J"},
};

static const char details[] =
    "Columns, in the order of the rays, hbar = k_B = J = 1:\n"
    "  zeta            x/t\n"
    "  energy          <h_n>\n"
    "  energy_current  positive to the right\n"
    "  magnetization   <S^z_n>\n"
    "  spin_current    positive to the right\n"
    "  err             bound on |error|/max(1, |value|) over the row; inf where it failed\n"
    "  energy_noise spin_noise\n"
    "                  where zeta = 0, else nan: lim var(Q)/t for t to infinity, Q the energy and\n"
    "                  the spin that cross the junction; spin_noise is nan on the jump below, and\n"
    "                  where |Delta| >= 1 if a ceiling fills the longest strings\n"
    "Where |Delta| >= 1 magnetization and spin_current jump on the ray on which the longest "
    "strings\n"
    "move, if the two states are magnetized differently: on it they are the mean of both sides, "
    "and\n"
    "err is half the jump.  At Delta = 1, -1 rays next to it keep the err that is reached.\n"
    "\n"
    "example: kapitza profile --chain gamma=pi/3 --left-state T=1 --right-state T=0.5 "
    "--rays -1.5:1.5:0.03\n";

typedef struct {
    cli_common common;
    kz_chain chain;
    kz_state left, right;
    cli_list rays;
} job;

static void read_job(job *out, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&out->common, args, faults);
    cli_args_need(args, "--chain", CLI_CHAIN_WORDS, faults);
    cli_args_need(args, "--left-state", CLI_STATE_WORDS, faults);
    cli_args_need(args, "--right-state", CLI_STATE_WORDS, faults);
    cli_args_need(args, "--rays", CLI_LIST_WORDS, faults);
    cli_read_chain(&out->chain, args, "--chain", faults);
    cli_read_state(&out->left, args, "--left-state", faults);
    cli_read_state(&out->right, args, "--right-state", faults);
    cli_read_list(&out->rays, args, "--rays", faults);
}

enum {
    ZETA,
    ENERGY,
    ENERGY_CURRENT,
    MAGNETIZATION,
    SPIN_CURRENT,
    ERR,
    ENERGY_NOISE,
    SPIN_NOISE,
    COLUMNS
};
static const char *const names[COLUMNS] = {"zeta",          "energy",       "energy_current",
                                           "magnetization", "spin_current", "err",
                                           "energy_noise",  "spin_noise"};

static kz_status make_table(kz_io_table **out, double *column[COLUMNS], const job *j,
                            const cli_args *args)
{
    KZ_TRY(cli_table_create(out, args, j->rays.count, &j->common.options));
    kz_io_table *table = *out;
    KZ_TRY(cli_table_set_chain(table, "chain", j->chain));
    KZ_TRY(kz_io_table_set_number(table, "Delta", kz_chain_delta(j->chain)));
    KZ_TRY(cli_table_set_state(table, "left_state", &j->left));
    KZ_TRY(cli_table_set_state(table, "right_state", &j->right));
    KZ_TRY(cli_table_set_list(table, "rays", &j->rays, cli_args_value(args, "--rays")));
    for (int i = 0; i < COLUMNS; i++)
        KZ_TRY(kz_io_table_add_numbers(&column[i], table, names[i]));
    return KZ_OK;
}

static void fill(double *const column[COLUMNS], const kz_ray *ray, size_t row)
{
    column[ENERGY][row] = ray->energy;
    column[ENERGY_CURRENT][row] = ray->energy_current;
    column[MAGNETIZATION][row] = ray->magnetization;
    column[SPIN_CURRENT][row] = ray->spin_current;
    column[ERR][row] = ray->err;
}

/* Of the ray zeta = 0, where there is one. */
typedef struct {
    kz_noise value;
    kz_status status;
    char reason[200];
} centre_noise;

/* Needs few rays: in the first process, which has the rows. */
static void make_noise(centre_noise *out, const kz_bipartition *bipartition, const job *j)
{
    *out = (centre_noise){.value = {NAN, NAN, 0}};
    bool asked = false;
    for (size_t row = 0; row < j->rays.count; row++)
        asked = asked || j->rays.values[row] == 0;
    if (!asked || !kz_farm_is_first()) return;
    out->status = kz_bipartition_noise(&out->value, bipartition, j->common.options.tol);
    if (out->status == KZ_OK) return;
    (void)snprintf(out->reason, sizeof out->reason, "%s", kz_error_reason());
    if (out->status != KZ_ETOL) out->value = (kz_noise){NAN, NAN, INFINITY};
}

/* A row fails once. */
static void fill_noise(double *const column[COLUMNS], const centre_noise *noise, size_t row,
                       cli_failures *failures, bool failed)
{
    column[ENERGY_NOISE][row] = noise->value.energy;
    column[SPIN_NOISE][row] = noise->value.spin;
    column[ERR][row] = fmax(column[ERR][row], noise->value.err);
    if (noise->status != KZ_OK && !failed)
        cli_failures_add(failures, row, noise->status, noise->reason);
}

/* All processes make the bipartition and divide the rays, which belong to the first; *made says
 * whether there is one. */
static kz_status make_rays(kz_ray *rays, centre_noise *noise, bool *made, const job *j)
{
    kz_bipartition *bipartition;
    const kz_options *asked = &j->common.options;
    kz_status status =
        kz_farm_agree(kz_bipartition_create(&bipartition, j->chain, &j->left, &j->right, asked));
    *made = status == KZ_OK;
    if (*made) make_noise(noise, bipartition, j);
    if (*made) status = kz_parallel_rays(rays, bipartition, j->rays.values, j->rays.count, asked);
    kz_bipartition_free(bipartition);
    return status;
}

/* Every row fails when the bipartition cannot be made; KZ_EINVAL is the caller's. */
static kz_status compute(double *const column[COLUMNS], kz_ray *rays, const job *j,
                         cli_failures *failures)
{
    bool made;
    centre_noise noise;
    size_t rows = j->rays.count;
    kz_status status = make_rays(rays, &noise, &made, j);
    if (!kz_farm_is_first()) return status;
    const char *reason = status == KZ_OK ? "" : kz_error_reason();
    for (size_t row = 0; row < rows; row++) {
        kz_status failure = made ? rays[row].status : status;
        column[ZETA][row] = j->rays.values[row];
        column[ERR][row] = INFINITY;
        if (failure != KZ_OK) cli_failures_add(failures, row, failure, reason);
        if (made) fill(column, &rays[row], row);
        bool stands = failure == KZ_OK || failure == KZ_ETOL; /* also on the jump */
        if (made && stands && j->rays.values[row] == 0)
            fill_noise(column, &noise, row, failures, failure != KZ_OK);
    }
    return status == KZ_EINVAL || status == KZ_ENOMEM ? status : KZ_OK;
}

/* What the first process needs for the result. */
static kz_status begin(kz_io_table **table, double *column[COLUMNS], kz_ray **rays, const job *j,
                       const cli_args *args)
{
    void *memory;
    KZ_TRY(cli_output_check(j->common.output));
    KZ_TRY(make_table(table, column, j, args));
    KZ_TRY(kz_alloc(&memory, j->rays.count, sizeof(kz_ray)));
    *rays = memory;
    return KZ_OK;
}

static int run_job(job *j, const cli_args *args)
{
    double *column[COLUMNS] = {NULL};
    kz_io_table *table = NULL;
    kz_ray *rays = NULL;
    cli_progress progress;
    cli_failures failures = {.total = j->rays.count};
    bool first = kz_farm_is_first();
    kz_status status = kz_farm_agree(first ? begin(&table, column, &rays, j, args) : KZ_OK);
    if (status == KZ_OK) {
        cli_progress_start(&progress, "profile", &j->common);
        status = compute(column, rays, j, &failures);
        cli_progress_end(&progress);
    }
    if (first && status == KZ_OK) status = cli_output_write(j->common.output, table);
    int code =
        status == KZ_OK ? cli_failures_report(&failures, args) : cli_report_status(args, status);
    kz_io_table_free(table);
    kz_free(rays);
    return code;
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.rays = {0}};
    read_job(&j, args, faults);
    int code = faults->count ? cli_report_faults(args, faults) : run_job(&j, args);
    cli_list_free(&j.rays);
    return code;
}

const cli_command cli_profile = {
    .name = "profile",
    .summary = "energy, magnetization and currents on rays of a bipartition",
    .synopsis = "--chain CHAIN --left-state STATE --right-state STATE --rays LIST [-o FILE]",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .divided = true,
    .run = run,
};
