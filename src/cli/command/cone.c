/* kapitza cone: the inner light cone of one or several quenches. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <kapitza/cone.h>

#include "cli/command/cone_limits.h"
#include "cli/command/run_table.h"
#include "core/error.h"
#include "core/memory.h"

static const cli_option options[] = {
    {"--fit", "FIRST:LAST", "velocities of the maxima over the times measured in this range"},
    {"--current", "energy|spin", "which current (default: energy of an energy quench, else spin)"},
    {"--extrapolate", NULL,
     "also the maxima at vanishing truncation, from three or more runs that\n"
     "differ in the bond dimension"},
};

static const char details[] =
    "The inner maxima of the current J(n) on either side of the junction.  P(n) is the value at n\n"
    "of the least-squares parabola through J(n-w) ... J(n+w), w = 0.7 sqrt(t) rounded (ties up),\n"
    "at least 2; n' is the vertex of the parabola at the largest P of n >= 1 or n <= -1, moved by\n"
    "at most w.  It counts where |n'| >= 1.5, the parabola bends down and P is higher by more "
    "than\n"
    "1e-3 than somewhere between the two sides.\n"
    "\n"
    "Columns:\n"
    "  t\n"
    "  n_left err_left    n'_L, 0 where there is no inner maximum\n"
    "  n_right err_right  n'_R alike.  err is the largest change of n' with w = 0.35 sqrt(t) and\n"
    "                     w = sqrt(t): what depends on the smoothing\n"
    "  run                1, 2 ... in the order of the files, whose lines # run_1 ... describe "
    "them;\n"
    "                     0: --extrapolate\n"
    "  height_left err_height_left height_right err_height_right  of P at n'; nan without "
    "maximum;\n"
    "                     errors with --extrapolate only\n"
    "  status_left status_right  ok; none: no maximum; unconverged\n"
    "With --extrapolate rows of run 0 follow, at the times that three runs have: values on the "
    "line\n"
    "through the smallest discarded weights at weight 0 (kapitza overlay --help), err by "
    "truncation\n"
    "alone, which counts also how far the maxima of the extrapolated current are from there.\n"
    "A side is unconverged, and nan with err = inf, where the three best runs do not agree that\n"
    "there is a maximum, where even the best has lost more than 0.005, or where three runs miss "
    "one\n"
    "line by more than what is extrapolated (and by more than 0.1 sites).\n"
    "With --fit a line # fit_K for each run: v_left and v_right, slopes of n'(t) by least squares\n"
    "over all measured times of the range at which the side has a maximum, with standard errors "
    "and\n"
    "the numbers of points; _narrow and _wide are the same for w = 0.35 sqrt(t) and sqrt(t).  Of\n"
    "several runs a line # line_right: v_right = A Delta_right + B over the runs that have one,\n"
    "with standard errors of the fit, again for the three w.  The paper (biella2019) finds\n"
    "A = 1.33 +- 0.06, B = -0.03 +- 0.03 for the energy current.  In HDF5 these are attributes\n"
    "named line_name, as fit_1_v_right.  With --extrapolate there is # fit_extrapolated instead "
    "of\n"
    "# line_right, through the extrapolated positions, whose err the standard errors do not know.\n"
    "\n"
    "examples: kapitza cone delta0.5.h5 delta0.7.h5 delta0.9.h5 --fit 30:40\n"
    "          kapitza cone chi500.h5 chi700.h5 chi1000.h5 --extrapolate\n";

typedef struct {
    const char *path;
    kz_run *run;
    kz_run_quantity quantity;
    kz_cone *rows; /* [kz_run_count(run)] */
    kz_cone_velocity velocity;
} item;

typedef struct {
    cli_common common;
    bool fit;
    double first, last;
    const char *range;   /* FIRST:LAST as typed */
    const char *current; /* NULL: by the quench */
    size_t count;
    item item[CLI_MAX_WORDS];
    kz_line right[KZ_CONE_WIDTHS]; /* v_right against Delta */
    bool extrapolate;
    const kz_run *run[CLI_MAX_WORDS]; /* those of the items */
    cli_cone_limits limits;
    kz_io_table *table;
} job;

/* -- options ---------------------------------------------------------------------------------- */

static void read_fit(job *j, const cli_args *args, cli_faults *faults)
{
    cli_reason reason;
    const char *text = cli_args_value(args, "--fit");
    if (!text) return;
    const char *colon = strchr(text, ':');
    j->fit = true;
    j->range = text;
    if (!colon || strchr(colon + 1, ':'))
        cli_fault(faults, "--fit", "\"%.40s\" is no range (accepted: FIRST:LAST, such as 30:40)",
                  text);
    else if (!cli_parse_number_part(&j->first, text, (size_t)(colon - text), &reason) ||
             !cli_parse_number_part(&j->last, colon + 1, strlen(colon + 1), &reason))
        cli_fault(faults, "--fit", "%s", reason.text);
    else if (!(j->first < j->last && isfinite(j->first) && isfinite(j->last)))
        cli_fault(faults, "--fit", "%.40s is empty (accepted: FIRST < LAST)", text);
}

static void read_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&j->common, args, faults);
    read_fit(j, args, faults);
    j->current = cli_args_value(args, "--current");
    if (j->current && strcmp(j->current, "energy") != 0 && strcmp(j->current, "spin") != 0)
        cli_fault(faults, "--current", "\"%.40s\" (accepted: energy, spin)", j->current);
    j->extrapolate = cli_args_given(args, "--extrapolate");
    j->count = args->word_count < CLI_MAX_WORDS ? args->word_count : CLI_MAX_WORDS;
    for (size_t i = 0; i < j->count; i++)
        j->item[i].path = args->words[i];
}

/* -- one run ---------------------------------------------------------------------------------- */

static kz_run_quantity quantity_of(const job *j, const kz_run *run)
{
    bool energy =
        j->current ? strcmp(j->current, "energy") == 0 : kz_run_is_even(kz_run_get_setup(run));
    return energy ? KZ_RUN_ENERGY_CURRENT : KZ_RUN_SPIN_CURRENT;
}

static kz_status find_rows(item *it)
{
    void *memory;
    size_t count = kz_run_count(it->run), length = kz_run_get_setup(it->run)->length;
    KZ_TRY(kz_alloc(&memory, count, sizeof(kz_cone)));
    it->rows = memory;
    for (size_t k = 0; k < count; k++)
        KZ_TRY(kz_cone_find(&it->rows[k], kz_run_row(it->run, it->quantity, k), length,
                            kz_run_site(it->run, 0), kz_run_times(it->run)[k]));
    return KZ_OK;
}

/* A front that came back from the end of the chain pulls the maxima with it. */
static void warn_reflection(const item *it, const cli_args *args)
{
    const kz_run_setup *setup = kz_run_get_setup(it->run);
    for (size_t k = 0; k < kz_run_count(it->run); k++) {
        const kz_cone *row = &it->rows[k];
        bool right =
            row->right[KZ_CONE_USUAL] != 0 &&
            row->t > kz_cone_reach(setup->length, setup->delta_right, row->right[KZ_CONE_USUAL]);
        bool left =
            row->left[KZ_CONE_USUAL] != 0 &&
            row->t > kz_cone_reach(setup->length, setup->delta_left, row->left[KZ_CONE_USUAL]);
        if (!left && !right) continue;
        cli_message(args, "%.60s: from t = %g on the front reflected at the %s end may shift n_%s",
                    it->path, row->t, right ? "right" : "left", right ? "right" : "left");
        return;
    }
}

static kz_status open_item(job *j, item *it, cli_faults *faults)
{
    enum { LEAST_TIMES = 3 };
    KZ_TRY(kz_run_read(&it->run, it->path));
    j->run[it - j->item] = it->run;
    cli_check_apart(j->common.output, it->path, faults);
    it->quantity = quantity_of(j, it->run);
    KZ_TRY(find_rows(it));
    if (!j->fit) return KZ_OK;
    KZ_TRY(kz_cone_fit(&it->velocity, it->rows, kz_run_count(it->run), j->first, j->last));
    if (it->velocity.times < LEAST_TIMES)
        cli_fault(faults, "--fit", "%.60s has %zu times in %.40s (needed: %d)", it->path,
                  it->velocity.times, j->range, LEAST_TIMES);
    return KZ_OK;
}

static kz_status extrapolate(job *j)
{
    KZ_TRY(cli_cone_limits_find(&j->limits, j->run, j->count, j->item[0].quantity));
    if (!j->fit) return KZ_OK;
    return cli_cone_limits_fit(&j->limits, j->first, j->last);
}

static kz_status fit_line(job *j)
{
    double delta[CLI_MAX_WORDS], v[CLI_MAX_WORDS];
    for (int w = 0; w < KZ_CONE_WIDTHS; w++) {
        for (size_t i = 0; i < j->count; i++) {
            delta[i] = kz_run_get_setup(j->item[i].run)->delta_right;
            v[i] = j->item[i].velocity.right[w].slope;
        }
        KZ_TRY(kz_line_fit(&j->right[w], delta, v, j->count));
    }
    return KZ_OK;
}

/* -- the table -------------------------------------------------------------------------------- */

static kz_status describe_run(kz_io_table *table, const item *it, size_t number)
{
    char line[KZ_IO_LINE_SIZE];
    const kz_run_setup *setup = kz_run_get_setup(it->run);
    (void)snprintf(line, sizeof line, "run_%zu", number);
    kz_io_table_start_line(table, line);
    KZ_TRY(cli_run_head(table, it->path, it->run));
    KZ_TRY(kz_io_table_set_text(table, "current",
                                it->quantity == KZ_RUN_ENERGY_CURRENT ? "energy" : "spin"));
    KZ_TRY(kz_io_table_set_number(table, "Delta_left", setup->delta_left));
    return kz_io_table_set_number(table, "Delta_right", setup->delta_right);
}

/* Names by width; literals, as a table wants them. */
typedef struct {
    const char *slope[KZ_CONE_WIDTHS], *slope_err[KZ_CONE_WIDTHS];
    const char *offset[KZ_CONE_WIDTHS], *offset_err[KZ_CONE_WIDTHS];
    const char *points[KZ_CONE_WIDTHS];
} line_names;

static const line_names left_names = {{"v_left", "v_left_narrow", "v_left_wide"},
                                      {"v_left_err", "v_left_narrow_err", "v_left_wide_err"},
                                      {NULL},
                                      {NULL},
                                      {"points_left", NULL, NULL}};
static const line_names right_names = {{"v_right", "v_right_narrow", "v_right_wide"},
                                       {"v_right_err", "v_right_narrow_err", "v_right_wide_err"},
                                       {NULL},
                                       {NULL},
                                       {"points_right", NULL, NULL}};
static const line_names delta_names = {{"A", "A_narrow", "A_wide"},
                                       {"A_err", "A_narrow_err", "A_wide_err"},
                                       {"B", "B_narrow", "B_wide"},
                                       {"B_err", "B_narrow_err", "B_wide_err"},
                                       {"runs", "runs_narrow", "runs_wide"}};

static kz_status put(kz_io_table *table, const char *name, double value)
{
    return name ? kz_io_table_set_number(table, name, value) : KZ_OK;
}

static kz_status put_lines(kz_io_table *table, const line_names *names,
                           const kz_line line[KZ_CONE_WIDTHS])
{
    for (int w = 0; w < KZ_CONE_WIDTHS; w++) {
        KZ_TRY(put(table, names->slope[w], line[w].slope));
        KZ_TRY(put(table, names->slope_err[w], line[w].slope_err));
        KZ_TRY(put(table, names->offset[w], line[w].offset));
        KZ_TRY(put(table, names->offset_err[w], line[w].offset_err));
        KZ_TRY(put(table, names->points[w], (double)line[w].points));
    }
    return KZ_OK;
}

static kz_status describe_fit(kz_io_table *table, const job *j, const char *name,
                              const kz_cone_velocity *velocity)
{
    kz_io_table_start_line(table, name);
    KZ_TRY(kz_io_table_set_number(table, "first", j->first));
    KZ_TRY(kz_io_table_set_number(table, "last", j->last));
    KZ_TRY(kz_io_table_set_number(table, "times", (double)velocity->times));
    KZ_TRY(put_lines(table, &left_names, velocity->left));
    return put_lines(table, &right_names, velocity->right);
}

static kz_status describe(kz_io_table *table, const job *j)
{
    for (size_t i = 0; i < j->count; i++)
        KZ_TRY(describe_run(table, &j->item[i], i + 1));
    for (size_t i = 0; j->fit && i < j->count; i++) {
        char line[KZ_IO_LINE_SIZE];
        (void)snprintf(line, sizeof line, "fit_%zu", i + 1);
        KZ_TRY(describe_fit(table, j, line, &j->item[i].velocity));
    }
    if (!j->fit || j->count < 2) return KZ_OK;
    if (j->extrapolate) return describe_fit(table, j, "fit_extrapolated", &j->limits.velocity);
    kz_io_table_start_line(table, "line_right");
    return put_lines(table, &delta_names, j->right);
}

static kz_status make_table(job *j, const cli_args *args)
{
    size_t rows = j->limits.count, row = 0;
    cli_cone_columns columns;
    for (size_t i = 0; i < j->count; i++)
        rows += kz_run_count(j->run[i]);
    KZ_TRY(cli_table_create(&j->table, args, rows, NULL));
    KZ_TRY(describe(j->table, j));
    KZ_TRY(cli_cone_columns_add(&columns, j->table));
    for (size_t i = 0; i < j->count; i++)
        for (size_t k = 0; k < kz_run_count(j->run[i]); k++)
            cli_cone_columns_set(&columns, row++, i + 1, &j->item[i].rows[k]);
    for (size_t k = 0; k < j->limits.count; k++)
        cli_cone_columns_set_limit(&columns, row++, &j->limits.row[k]);
    return KZ_OK;
}

/* -- the command ------------------------------------------------------------------------------ */

static int run_job(job *j, const cli_args *args, cli_faults *faults)
{
    kz_status status = KZ_OK;
    for (size_t i = 0; i < j->count && status == KZ_OK; i++)
        status = open_item(j, &j->item[i], faults);
    if (status == KZ_OK && j->extrapolate) cli_run_check_growing(j->run, j->count, faults);
    if (status == KZ_OK && faults->count) return cli_report_faults(args, faults);
    if (status == KZ_OK) status = cli_output_check(j->common.output);
    if (status == KZ_OK && j->extrapolate) status = extrapolate(j);
    if (status == KZ_OK && j->fit && !j->extrapolate) status = fit_line(j);
    if (status == KZ_OK) status = make_table(j, args);
    if (status == KZ_OK) status = cli_output_write(j->common.output, j->table);
    if (status != KZ_OK) return cli_report_status(args, status);
    for (size_t i = 0; i < j->count && !j->common.quiet; i++)
        warn_reflection(&j->item[i], args);
    return CLI_DONE;
}

static int run(const cli_args *args, cli_faults *faults)
{
    void *memory = NULL;
    kz_status status = kz_alloc(&memory, 1, sizeof(job));
    if (status != KZ_OK) return cli_report_status(args, status);
    job *j = memory;
    read_job(j, args, faults);
    int code = faults->count ? cli_report_faults(args, faults) : run_job(j, args, faults);
    kz_io_table_free(j->table);
    cli_cone_limits_free(&j->limits);
    for (size_t i = 0; i < j->count; i++) {
        kz_free(j->item[i].rows);
        kz_run_free(j->item[i].run);
    }
    kz_free(j);
    return code;
}

const cli_command cli_cone = {
    .name = "cone",
    .summary = "the inner light cone: maxima of the current and their velocities",
    .synopsis = "RUN.h5 ... [--fit FIRST:LAST] [--current energy|spin] [--extrapolate]\n"
                "       [-o FILE]",
    .details = details,
    .positional = "RUN.h5",
    .many = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .grammar = CLI_GRAMMAR_OF_RUNS,
    .no_algebra = true,
    .run = run,
};
