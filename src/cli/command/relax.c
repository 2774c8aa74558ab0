/* kapitza relax: the junction in time. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/command/relax_work.h"
#include "core/error.h"
#include "core/memory.h"

#define CURVE_WORDS "a number > 0, or a FILE of columns T and value"
#define INITIAL_WORDS "a temperature, or a FILE of columns x and T"

static const cli_option options[] = {
    {"--left", "CHAIN", "left half (default xx)"},
    {"--right", "CHAIN", "right half (default gamma=pi/4)"},
    {"--left-state", "STATE", "reservoir of the left half (default ceiling)"},
    {"--right-state", "STATE", "reservoir of the right half (default ground)"},
    {"--length", "L", "length of the junction, > 0, in sites"},
    {"--conductivity", "K|FILE",
     "kappa(T): a number > 0, or a FILE of columns T, kappa, linear\n"
     "between its points; with --law beta the number kappa_beta"},
    {"--capacity", "C|FILE",
     "heat capacity per site c(T): a number > 0, or a FILE of columns\n"
     "T, c; with --law beta the number C"},
    {"--law", "fourier|beta",
     "fourier: J = -kappa dT/dx (default); beta: J = kappa_beta\n"
     "dbeta/dx, energy -C beta"},
    {"--initial", "T|FILE",
     "temperature of the junction at t = 0: a number, or a FILE of\n"
     "columns x, T from one end (-L/2) to the other, smooth between its\n"
     "points (quintic spline in T, or in beta with --law beta)"},
    {"--times", "LIST", "values of t >= 0, in units of 1/J"},
    {"--profile", NULL, "print T(x, t)"},
    {"--positions", "LIST", "with --profile: values of x (default: 101 over the junction)"},
    {"--rays", "LIST",
     "print the halves at zeta = d/t, d the distance from the edge, < 0\n"
     "on the left half"},
};

static const char details[] =
    "A junction that conducts heat, c dT/dt = d/dx(kappa dT/dx) over its length, between halves\n"
    "whose currents follow the temperatures of its ends at once.  Its stationary state, on a #\n"
    "line with the slowest rate of decay towards it (linear_rate), is that of kapitza junction at\n"
    "R = L/kappa.\n"
    "Columns, one row per time, hbar = k_B = J = 1:\n"
    "  t T_minus T_plus             temperatures of the ends\n"
    "  current_left current_right   of energy through the ends, positive to the right\n"
    "  energy                       that the junction holds: int int_0^T c dT dx (from the first "
    "T\n"
    "                               of a FILE of c); with --law beta -C int beta dx\n"
    "  err                          bound on |error|/max(1, |value|) over the row\n"
    "  beta_minus beta_plus\n"
    "  heat_left heat_right         int_0^t of both currents\n"
    "  balance                      energy - energy(0) - heat_left + heat_right\n"
    "  rate                         -d ln|energy - its limit|/dt; nan where not known to --tol\n"
    "Columns with --profile, positions inside times: t x T err\n"
    "Columns with --rays, not at Delta = 1, -1: t zeta energy energy_current err side   (two\n"
    "rows at zeta = 0)\n"
    "Halves are fed by the edge as it was when what arrives at the ray had left it.  In an XXZ\n"
    "half particles turn around at an edge that cools: err has what that may change, 1e-6 to\n"
    "1e-5; ask for --tol 1e-5 there.\n"
    "Tables have a kink at every point, which costs digits: ask for --tol 1e-5, or give many "
    "points.\n"
    "\n"
    "example: kapitza relax --length 10 --conductivity 1 --capacity 1 --initial 1 --times "
    "0:1000:10\n";

/* A number that `least` allows, or a file.  KZ_EIO where the file cannot be read, KZ_ENOMEM. */
static kz_status read_curve(cli_relax_curve *out, const cli_args *args, const char *option,
                            const char *words, cli_faults *faults)
{
    cli_reason reason;
    out->typed = cli_args_value(args, option);
    cli_args_need(args, option, words, faults);
    if (!out->typed || cli_parse_number(&out->number, out->typed, &reason)) return KZ_OK;
    cli_check_apart(cli_args_value(args, "--output"), out->typed, faults);
    kz_status status = kz_io_pairs_read(&out->table, out->typed);
    if (status == KZ_EIO && !strpbrk(out->typed, "./")) {
        cli_fault(faults, option, "\"%.40s\" is no number and no file (accepted: %s)", out->typed,
                  words);
        return KZ_OK;
    }
    if (status == KZ_EINVAL) cli_fault(faults, option, "%s", kz_error_reason());
    if (status == KZ_OK && out->table.count < 2)
        cli_fault(faults, option, "%.80s has %zu points, at least 2 are needed", out->typed,
                  out->table.count);
    return status == KZ_EINVAL ? KZ_OK : status;
}

/* The first point that is not allowed, said with its line. */
static void fault_at(const cli_relax_curve *c, const char *option, size_t i, const char *fault,
                     cli_faults *faults)
{
    cli_fault(faults, option, "%.80s:%zu: %s", c->typed, c->table.line[i], fault);
}

static kz_relax_curve read_material(cli_relax_curve *c, const cli_args *args, const char *option,
                                    kz_law_kind law, kz_status *status, cli_faults *faults)
{
    int before = faults->count;
    kz_status own = read_curve(c, args, option, CURVE_WORDS, faults);
    if (*status == KZ_OK) *status = own;
    const kz_io_pairs *table = &c->table;
    bool number = c->typed && table->count == 0 && own == KZ_OK && faults->count == before;
    if (number && !(c->number > 0 && isfinite(c->number)))
        cli_fault(faults, option, "%.40s is not allowed (accepted: %s)", c->typed, CURVE_WORDS);
    if (table->count && law == KZ_LAW_BETA)
        cli_fault(faults, option, "with --law beta a number is accepted, not a file");
    for (size_t i = 0; i < table->count; i++) {
        const char *fault = NULL;
        if (!(table->x[i] > 0)) fault = "the temperature must be > 0";
        if (i > 0 && table->x[i] == table->x[i - 1]) fault = "this temperature stands twice";
        if (!(table->y[i] > 0)) fault = "the value must be > 0";
        if (!fault) continue;
        fault_at(c, option, i, fault, faults);
        break;
    }
    return table->count ? kz_relax_table(table->x, table->y, table->count)
                        : kz_relax_constant(c->number);
}

static void check_temperature(double *beta, double T, kz_law_kind law, char text[160])
{
    cli_reason reason;
    text[0] = '\0';
    if (!cli_beta_of_temperature(beta, T, &reason))
        (void)snprintf(text, 160, "T = %.15g is not allowed", T);
    else if (law == KZ_LAW_FOURIER && *beta == 0)
        (void)snprintf(text, 160, "infinite temperature is allowed with --law beta only");
}

/* The file: x over the junction, T of one sign by Fourier's law. */
static kz_status read_points(cli_relax_work *work, cli_faults *faults)
{
    const kz_io_pairs *table = &work->initial.table;
    double half = 0.5 * work->params.length, slack = 1e-9 * half;
    KZ_TRY(kz_alloc_doubles(&work->initial_beta, table->count));
    for (size_t i = 0; i < table->count; i++) {
        char fault[160];
        check_temperature(&work->initial_beta[i], table->y[i], work->params.law, fault);
        bool turned = work->params.law == KZ_LAW_FOURIER && table->y[i] * table->y[0] < 0;
        if (turned) (void)snprintf(fault, sizeof fault, "T changes its sign");
        if (i > 0 && table->x[i] == table->x[i - 1])
            (void)snprintf(fault, sizeof fault, "this x stands twice");
        if (!*fault) continue;
        fault_at(&work->initial, "--initial", i, fault, faults);
        return KZ_OK;
    }
    if (half > 0 && (table->x[0] > slack - half || table->x[table->count - 1] < half - slack))
        cli_fault(faults, "--initial",
                  "%.80s reaches from x = %.15g to %.15g, not from %.15g to %.15g",
                  work->initial.typed, table->x[0], table->x[table->count - 1], -half, half);
    work->params.initial_x = table->x;
    work->params.initial_beta = work->initial_beta;
    work->params.initial_count = table->count;
    return KZ_OK;
}

static kz_status read_initial(cli_relax_work *work, const cli_args *args, cli_faults *faults)
{
    int before = faults->count;
    char fault[160];
    KZ_TRY(read_curve(&work->initial, args, "--initial", INITIAL_WORDS, faults));
    if (faults->count > before) return KZ_OK;
    if (work->initial.table.count) return read_points(work, faults);
    KZ_TRY(kz_alloc_doubles(&work->initial_beta, 1));
    check_temperature(work->initial_beta, work->initial.number, work->params.law, fault);
    if (*fault) cli_fault(faults, "--initial", "%s", fault);
    work->params.initial_beta = work->initial_beta;
    work->params.initial_count = 1;
    return KZ_OK;
}

static void read_reservoir(kz_state *out, const cli_args *args, const char *option,
                           cli_faults *faults)
{
    int before = faults->count;
    cli_read_state(out, args, option, faults);
    if (faults->count == before && kz_state_has_magnetization(out))
        cli_fault(faults, option,
                  "a reservoir with magnetization also drives a spin current, which is not in the "
                  "model (accepted: ground, ceiling, beta=B, T=T)");
}

static void read_law(kz_law_kind *out, const cli_args *args, cli_faults *faults)
{
    const char *text = cli_args_value(args, "--law");
    *out = KZ_LAW_FOURIER;
    if (!text || strcmp(text, "fourier") == 0) return;
    *out = KZ_LAW_BETA;
    if (strcmp(text, "beta") != 0)
        cli_fault(faults, "--law",
                  "\"%.40s\" is no law (accepted: fourier, beta; a table of kappa is given as "
                  "--conductivity FILE)",
                  text);
}

static void read_length(double *out, const cli_args *args, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, "--length");
    cli_args_need(args, "--length", "a number > 0", faults);
    if (!text) return;
    if (!cli_parse_finite(out, text, &reason))
        cli_fault(faults, "--length", "%s", reason.text);
    else if (!(*out > 0))
        cli_fault(faults, "--length", "%.40s is not allowed (accepted: a number > 0)", text);
}

/* Times >= 0, or positions in the junction. */
static void check_range(const cli_list *list, const char *option, double low, double high,
                        cli_faults *faults)
{
    for (size_t i = 0; i < list->count; i++) {
        double value = list->values[i], slack = 1e-12 * (high - low);
        if (isfinite(value) && value >= low - (isfinite(slack) ? slack : 0) &&
            value <= high + (isfinite(slack) ? slack : 0))
            continue;
        cli_fault(faults, option, "%.15g is not allowed (accepted: %.15g ... %.15g, finite)", value,
                  low, high);
        return;
    }
}

static kz_status default_positions(cli_list *out, double length)
{
    enum { POINTS = 101 };
    KZ_TRY(kz_alloc_doubles(&out->values, POINTS));
    out->count = POINTS;
    for (int i = 0; i < POINTS; i++)
        out->values[i] = length * (i / (POINTS - 1.0) - 0.5);
    return KZ_OK;
}

static kz_status read_output(cli_relax_work *work, const cli_args *args, cli_faults *faults)
{
    const kz_relax_params *p = &work->params;
    double half = 0.5 * p->length;
    work->profile = cli_args_value(args, "--profile") != NULL;
    cli_args_need(args, "--times", CLI_LIST_WORDS, faults);
    cli_read_list(&work->times, args, "--times", faults);
    check_range(&work->times, "--times", 0, INFINITY, faults);
    cli_read_list(&work->positions, args, "--positions", faults);
    if (half > 0) check_range(&work->positions, "--positions", -half, half, faults);
    cli_read_list(&work->rays, args, "--rays", faults);
    if (work->profile && cli_args_given(args, "--rays"))
        cli_fault(faults, "--rays", "contradicts --profile");
    /* at once: the stationary state, which comes first, takes a while at Delta = 1, -1 */
    if (work->rays.count > 0 && kz_relax_check_rays(p->left, p->right) != KZ_OK)
        cli_fault(faults, "--rays", "%s", kz_error_reason());
    if (!work->profile && cli_args_given(args, "--positions"))
        cli_fault(faults, "--positions", "belongs to --profile");
    if (work->profile && !cli_args_given(args, "--positions"))
        KZ_TRY(default_positions(&work->positions, work->params.length));
    cli_check_product(work->times.count, work->positions.count, "--positions", faults);
    cli_check_product(work->times.count, 2 * work->rays.count, "--rays", faults);
    return KZ_OK;
}

static kz_status read_work(cli_relax_work *work, cli_common *common, const cli_args *args,
                           cli_faults *faults)
{
    kz_relax_params *p = &work->params;
    kz_status status = KZ_OK;
    *p = kz_relax_params_default();
    p->length = 0;
    cli_read_common(common, args, faults);
    cli_read_chain(&p->left, args, "--left", faults);
    cli_read_chain(&p->right, args, "--right", faults);
    read_reservoir(&p->left_state, args, "--left-state", faults);
    read_reservoir(&p->right_state, args, "--right-state", faults);
    read_length(&p->length, args, faults);
    read_law(&p->law, args, faults);
    p->conductivity =
        read_material(&work->conductivity, args, "--conductivity", p->law, &status, faults);
    p->capacity = read_material(&work->capacity, args, "--capacity", p->law, &status, faults);
    if (status == KZ_OK) status = read_initial(work, args, faults);
    if (status == KZ_OK) status = read_output(work, args, faults);
    return status;
}

static int run_work(cli_relax_work *work, cli_common *common, const cli_args *args)
{
    kz_io_table *table = NULL;
    cli_progress progress;
    cli_failures failures = {0};
    kz_status status = cli_output_check(common->output);
    cli_progress_start(&progress, "relax", common);
    if (status == KZ_OK) status = cli_relax_work_run(work, &common->options);
    if (status == KZ_OK) status = cli_relax_table(&table, work, args, &common->options, &failures);
    cli_progress_end(&progress);
    if (status == KZ_OK) status = cli_output_write(common->output, table);
    int code =
        status == KZ_OK ? cli_failures_report(&failures, args) : cli_report_status(args, status);
    kz_io_table_free(table);
    return code;
}

static int run(const cli_args *args, cli_faults *faults)
{
    cli_relax_work work = {.relax = NULL};
    cli_common common;
    int code;
    kz_status status = read_work(&work, &common, args, faults);
    if (faults->count)
        code = cli_report_faults(args, faults);
    else
        code = status == KZ_OK ? run_work(&work, &common, args) : cli_report_status(args, status);
    cli_relax_work_free(&work);
    return code;
}

const cli_command cli_relax = {
    .name = "relax",
    .summary = "a junction that conducts heat on its way to the stationary state",
    .synopsis =
        "[--left CHAIN] [--right CHAIN] [--left-state STATE] [--right-state STATE]\n"
        "       --length L --conductivity K|FILE --capacity C|FILE [--law fourier|beta]\n"
        "       --initial T|FILE --times LIST [--profile [--positions LIST] | --rays LIST]\n"
        "       [-o FILE]",
    .details = details,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
