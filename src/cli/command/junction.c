/* kapitza junction: two halves joined by an Ohmic junction, against R. */
#include <math.h>
#include <string.h>

#include "cli/command/junction_work.h"
#include "core/error.h"
#include "parallel/farm.h"

static const cli_option options[] = {
    {"--left", "CHAIN",
     "left half (default xx): Delta = cos(pi Q/P), P = 2 ... 256, or\n|Delta| >= 1"},
    {"--right", "CHAIN", "right half (default gamma=pi/4)"},
    {"--left-state", "STATE", "reservoir of the left half (default ceiling)"},
    {"--right-state", "STATE", "reservoir of the right half (default ground)"},
    {"--resistance", "LIST", "values of R = l/kappa0, >= 0, inf allowed"},
    {"--spin-resistance", "LIST",
     "two charges, at most one half of |Delta| >= 1: also a spin current,\n"
     "J_M = (mu- - mu+)/R_M, for every pair (R, R_M), >= 0, inf allowed"},
    {"--cross", "C",
     "two charges, --law beta: off-diagonal element C sqrt(R R_M) of the\n"
     "resistance matrix, -1 ... 1 (default 0)"},
    {"--law", "fourier|beta|FILE",
     "fourier: J = (T- - T+)/R (default); beta: J = (beta+ - beta-)/R;\n"
     "or a FILE of columns T, kappa(T)/kappa0"},
    {"--rays", "LIST", "also the profile on these rays zeta = x/t"},
};

static const char details[] =
    "The left half is thermal at T_minus on the side of the junction, the right half at T_plus, "
    "and\n"
    "both carry the same energy current, J = (T_minus - T_plus)/R.\n"
    "\n"
    "Columns without --rays, one row per R, hbar = k_B = J = 1:\n"
    "  R T_minus T_plus beta_minus beta_plus\n"
    "  energy_current             positive to the right\n"
    "  energy_left energy_right   per bond, of the ray states at zeta = 0-, 0+ (not thermal)\n"
    "  err                        bound on |error|/max(1, |value|) over the row; inf where it "
    "failed\n"
    "Columns with --rays, one row per (R, zeta), two for zeta = 0 (first 0-, then 0+):\n"
    "  R zeta energy energy_current err side   (err: that of T_minus or T_plus included)\n"
    "With --spin-resistance any reservoir is allowed, and the edges are thermal at (beta, mu).  "
    "Law:\n"
    "  beta     beta_plus - beta_minus = R J_E + C sqrt(R R_M) J_M\n"
    "           mu_minus - mu_plus = C sqrt(R R_M) J_E + R_M J_M\n"
    "  fourier  T_minus - T_plus = R J_E,  mu_minus - mu_plus = R_M J_M\n"
    "More columns without --rays, after those above:\n"
    "  spin_resistance mu_minus mu_plus spin_current magnetization_left magnetization_right\n"
    "  entropy_production   J_E (beta_plus - beta_minus) + J_M (mu_minus - mu_plus)\n"
    "Columns with --rays:\n"
    "  R spin_resistance zeta energy energy_current magnetization spin_current err side\n"
    "Refused, because the edges would be at infinity: the same pure state in both reservoirs; R_M\n"
    "= inf with a polarised one; --law beta with R = inf and a ground state or ceiling.\n"
    "\n"
    "Outside the light cone stand the reservoirs.  Infinite temperature prints inf.\n"
    "Without --spin-resistance reservoirs with a magnetization are refused: they drive a spin\n"
    "current too.\n"
    "A row that misses --tol keeps its numbers, with the err reached; exit code 3.\n"
    "A conductivity FILE is linear between its points, which may stand in any order; further\n"
    "columns, a header of words, rows with a missing value and what follows # are passed over.\n"
    "\n"
    "example: kapitza junction --resistance 0,1,2,5,10:100:10 -o junction.tsv\n"
    "         kapitza junction --left-state up --right-state down --law beta --resistance 10 \\\n"
    "             --spin-resistance 0:100:10\n";

static void read_reservoir(kz_state *out, const cli_args *args, const char *option,
                           cli_faults *faults)
{
    int before = faults->count;
    cli_read_state(out, args, option, faults);
    if (faults->count == before && kz_state_has_magnetization(out) &&
        !cli_args_given(args, "--spin-resistance"))
        cli_fault(faults, option,
                  "a reservoir with magnetization also drives a spin current: give "
                  "--spin-resistance (accepted without it: ground, ceiling, beta=B, T=T)");
}

static void read_resistance(cli_list *out, const cli_args *args, const char *option,
                            cli_faults *faults)
{
    cli_read_list(out, args, option, faults);
    for (size_t i = 0; i < out->count; i++) {
        char text[KZ_IO_NUMBER_SIZE];
        if (out->values[i] >= 0.0) continue;
        cli_fault(faults, option, "%s is negative (accepted: numbers >= 0, inf)",
                  kz_io_format_exact(text, out->values[i]));
        return;
    }
}

/* Two charges as soon as --spin-resistance is given. */
static void read_spin(cli_junction_work *work, const cli_args *args, cli_faults *faults)
{
    cli_list cross = {0};
    kz_junction_params *params = &work->params;
    bool both = cli_args_given(args, "--spin-resistance"), linear = params->law.kind == KZ_LAW_BETA;
    if (both) params->carry = KZ_CARRY_BOTH;
    read_resistance(&work->spin_resistance, args, "--spin-resistance", faults);
    if (both && params->law.kind == KZ_LAW_TABLE)
        cli_fault(faults, "--law",
                  "a table of conductivities is a law for energy alone (accepted with "
                  "--spin-resistance: fourier, beta)");
    cli_read_list(&cross, args, "--cross", faults);
    if (cross.count > 1)
        cli_fault(faults, "--cross", "one number is accepted, not %zu", cross.count);
    if (cross.count == 1) {
        char typed[KZ_IO_NUMBER_SIZE];
        params->cross = cross.values[0];
        if (!(fabs(params->cross) <= 1))
            cli_fault(faults, "--cross", "%s is not allowed (accepted: -1 ... 1)",
                      kz_io_format_exact(typed, params->cross));
        else if (params->cross != 0 && (!both || !linear))
            cli_fault(faults, "--cross", "belongs to --spin-resistance with --law beta");
    }
    cli_list_free(&cross);
}

static kz_status read_work(cli_junction_work *out, cli_common *common, const cli_args *args,
                           cli_faults *faults)
{
    kz_junction_params *params = &out->params;
    *params = kz_junction_params_default();
    cli_read_common(common, args, faults);
    cli_read_chain(&params->left, args, "--left", faults);
    cli_read_chain(&params->right, args, "--right", faults);
    read_reservoir(&params->left_state, args, "--left-state", faults);
    read_reservoir(&params->right_state, args, "--right-state", faults);
    cli_args_need(args, "--resistance", "numbers >= 0: " CLI_LIST_WORDS, faults);
    read_resistance(&out->resistance, args, "--resistance", faults);
    kz_status status = cli_read_law(&params->law, &out->law_table, &out->law_text, args, faults);
    read_spin(out, args, faults);
    cli_read_list(&out->rays, args, "--rays", faults);
    size_t spins = out->spin_resistance.count > 0 ? out->spin_resistance.count : 1;
    cli_check_product(out->resistance.count, spins, "--spin-resistance", faults);
    cli_check_product(out->resistance.count * spins, out->rays.count, "--rays", faults);
    out->resistance_text = cli_args_value(args, "--resistance");
    out->spin_text = cli_args_value(args, "--spin-resistance");
    out->rays_text = cli_args_value(args, "--rays");
    return status;
}

/* c breaks the symmetry under a turn of all spins. */
static void warn_of_cross(const cli_junction_work *work, const cli_args *args)
{
    const kz_junction_params *p = &work->params;
    if (p->cross == 0 || kz_state_has_magnetization(&p->left_state) ||
        kz_state_has_magnetization(&p->right_state))
        return;
    cli_message(args,
                "note: --cross drives a spin current between reservoirs without magnetization");
}

static kz_status make_table(kz_io_table **out, cli_junction_work *work, const cli_args *args,
                            cli_failures *failures)
{
    return work->rays.count ? cli_junction_rays_table(out, args, work, failures)
                            : cli_junction_points_table(out, args, work, failures);
}

/* All processes solve, the first has the output and the table. */
static int run_work(cli_junction_work *work, cli_common *common, const cli_args *args)
{
    kz_io_table *table = NULL;
    cli_failures failures = {0};
    bool first = kz_farm_is_first();
    kz_status status = kz_farm_agree(cli_output_check(common->output));
    if (!common->quiet) warn_of_cross(work, args);
    cli_progress_start(&work->progress, "junction", common);
    work->options = common->options;
    if (status == KZ_OK) status = cli_junction_work_solve(work);
    if (first && status == KZ_OK) status = make_table(&table, work, args, &failures);
    cli_progress_end(&work->progress);
    if (first && status == KZ_OK) status = cli_output_write(common->output, table);
    int code =
        status == KZ_OK ? cli_failures_report(&failures, args) : cli_report_status(args, status);
    kz_io_table_free(table);
    return code;
}

static int run(const cli_args *args, cli_faults *faults)
{
    cli_junction_work work = {.junction = NULL};
    cli_common common;
    int code;
    kz_status status = read_work(&work, &common, args, faults);
    /* the file of the law may be missing on one machine, or be another one */
    if (faults->count > 0 && status == KZ_OK) status = KZ_FAIL(KZ_EINVAL, "%s", faults->text);
    status = kz_farm_agree(status);
    if (faults->count)
        code = cli_report_faults(args, faults);
    else if (status != KZ_OK)
        code = cli_report_status(args, status);
    else
        code = run_work(&work, &common, args);
    cli_junction_work_free(&work);
    return code;
}

const cli_command cli_junction = {
    .name = "junction",
    .summary = "temperatures, current and profile of an Ohmic junction against R",
    .synopsis = "[--left CHAIN] [--right CHAIN] [--left-state STATE] [--right-state STATE]\n"
                "       --resistance LIST [--spin-resistance LIST [--cross C]]\n"
                "       [--law fourier|beta|FILE] [--rays LIST] [-o FILE]",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .divided = true,
    .run = run,
};
