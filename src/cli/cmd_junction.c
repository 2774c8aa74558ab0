/* kapitza junction: two halves joined by an Ohmic junction, against R. */
#include <math.h>
#include <string.h>

#include "cli/junction_work.h"
#include "core/error.h"
#include "parallel/farm.h"

static const cli_option options[] = {
    {"--left", "CHAIN", "left half (default xx)"},
    {"--right", "CHAIN", "right half (default gamma=pi/4)"},
    {"--left-state", "STATE", "reservoir of the left half (default ceiling)"},
    {"--right-state", "STATE", "reservoir of the right half (default ground)"},
    {"--resistance", "LIST", "values of R = l/kappa0, >= 0, inf allowed"},
    {"--law", "LAW",
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
    "Outside the light cone stand the reservoirs.  Infinite temperature prints inf.\n"
    "Energy only: reservoirs with a magnetization are refused, for they drive a spin current too.\n"
    "A conductivity FILE is linear between its points, which may stand in any order; further\n"
    "columns, a header of words, rows with a missing value and what follows # are passed over.\n"
    "\n"
    "example: kapitza junction --resistance 0,1,2,5,10:100:10 -o junction.tsv\n";

static void read_reservoir(kz_state *out, const cli_args *args, const char *option,
                           cli_faults *faults)
{
    int before = faults->count;
    cli_read_state(out, args, option, faults);
    if (faults->count == before && kz_state_has_magnetization(out))
        cli_fault(faults, option,
                  "a reservoir with magnetization also drives a spin current, and this junction "
                  "transports energy only (accepted: ground, ceiling, beta=B, T=T)");
}

static void read_resistance(cli_list *out, const cli_args *args, cli_faults *faults)
{
    cli_args_need(args, "--resistance", "numbers >= 0: " CLI_LIST_WORDS, faults);
    cli_read_list(out, args, "--resistance", faults);
    for (size_t i = 0; i < out->count; i++) {
        char text[KZ_IO_NUMBER_SIZE];
        if (out->values[i] >= 0.0) continue;
        cli_fault(faults, "--resistance", "%s is negative (accepted: numbers >= 0, inf)",
                  kz_io_format_exact(text, out->values[i]));
        return;
    }
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
    read_resistance(&out->resistance, args, faults);
    cli_read_list(&out->rays, args, "--rays", faults);
    cli_check_product(out->resistance.count, out->rays.count, "--rays", faults);
    out->resistance_text = cli_args_value(args, "--resistance");
    out->rays_text = cli_args_value(args, "--rays");
    return cli_read_law(&params->law, &out->law_table, &out->law_text, args, faults);
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
                "       --resistance LIST [--law fourier|beta|FILE] [--rays LIST] [-o FILE]",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .divided = true,
    .run = run,
};
