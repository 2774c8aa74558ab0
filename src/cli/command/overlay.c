/* kapitza overlay: TEBD data and the GHD lines that belong to them, in one picture. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/command/overlay_data.h"
#include "cli/command/run_table.h"
#include "core/error.h"
#include "core/memory.h"

static const cli_option options[] = {
    {"--times", "LIST", "measured times to show (default: the last and its quarters)"},
    {"--quantity", "energy|energy_current|magnetization|spin_current",
     "(default: energy where nothing is magnetized, else magnetization)"},
    {"--resistance", "LIST",
     "R of the Ohmic junction between different halves, or halves with other\n"
     "couplings between them, >= 0 (default 0,10,100; no magnetized reservoirs)"},
    {"--law", "fourier|beta|FILE",
     "its law, fourier: J = (T- - T+)/R (default); beta: J = (beta+ - beta-)/R;\n"
     "or a FILE of two columns T, kappa(T)/kappa0"},
    {"--homogeneous", NULL, "also either half's own bipartition, on its half (dashed)"},
    {"--extrapolate", NULL,
     "also the values at vanishing truncation, from two or more runs that\n"
     "differ in the bond dimension"},
    {"--output", "NAME", "make NAME.tsv, NAME.png and NAME.pdf (default: TSV on stdout; also -o)"},
};

static const char details[] =
    "The lines follow from the run: equal halves are an exact bipartition (ceiling | ground after\n"
    "an energy quench, up | down of a domain wall, there with its closed form); different halves\n"
    "after an energy quench are an Ohmic junction of each R.  For a domain wall across two\n"
    "different chains there is no line: it drives a spin current, and lines of junctions are "
    "those\n"
    "of energy alone (kapitza junction --spin-resistance solves both charges).  Every chain must\n"
    "have Delta = cos(pi Q/P), P <= 256, or |Delta| >= 1.  At |Delta| >= 1 a domain wall stands\n"
    "still, and its line is the step.  Several runs must be of one setup.\n"
    "\n"
    "Columns; first the points, then the lines:\n"
    "  series    tebd (the run, free fermions too), tebd chi=500 (one of several runs),\n"
    "            extrapolated, ghd, closed form, ghd R=10, ghd left, ghd right\n"
    "  t         nan on lines\n"
    "  x_over_t  n/t of points\n"
    "  value     of the quantity; nan at ends of the chain where there is none\n"
    "  err       bound on the error of a line relative to max(1, |value|); estimate of an\n"
    "            extrapolated value; nan of a TEBD run, which one run cannot tell\n"
    "  zeta      x/t, x from where the two initial states meet: bond n is at n - 1/2 and site n "
    "at\n"
    "            n - 1 after an energy quench, bond n at n and site n at n - 1/2 of a domain wall\n"
    "  side      left or right; lines have two values at zeta = 0\n"
    "Points are drawn and compared with the lines at zeta.  Lines of # tell how far they are "
    "apart,\n"
    "for every quantity that the quench moves, at each time: largest and mean |difference| within\n"
    "the light cone (cone=1) and without its edges (cone=0.8), farther than length/20 from the "
    "ends\n"
    "of the chain; n is the site or bond of the largest.  Others tell the discarded weight of each "
    "run;\n"
    "values extrapolated from weights beyond 0.01 mean little, whatever their err.\n"
    "\n"
    "examples: kapitza overlay run.h5 --times 10,20,40 --quantity energy_current -o overlay\n"
    "          kapitza overlay chi350.h5 chi500.h5 chi700.h5 --extrapolate -o converged\n";

static const double default_resistance[] = {0.0, 10.0, 100.0};
/* What the legend of a picture has room for; a table of more is still read by a program. */
enum { DEFAULT_RESISTANCES = 3, MOST_LINES = 32, MOST_DRAWN = 12, MOST_TIMES = 10000 };

typedef struct {
    cli_common common;
    cli_list times, resistance;
    kz_law law;
    kz_io_pairs law_table;
    const char *law_text;
    bool quantity_given;
    char base[PATH_MAX], table[PATH_MAX]; /* NAME, NAME.tsv; "" where stdout */
    cli_overlay_data data;
    cli_progress progress;
} job;

/* -- options ------------------------------------------------------------------------------- */

static void read_quantity(job *j, const cli_args *args, cli_faults *faults)
{
    const char *text = cli_args_value(args, "--quantity");
    if (!text) return;
    j->quantity_given = true;
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++) {
        j->data.quantity = (kz_run_quantity)q;
        if (kz_overlay_has(j->data.quantity) &&
            strcmp(text, kz_run_quantity_name(j->data.quantity)) == 0)
            return;
    }
    cli_fault(faults, "--quantity",
              "\"%.40s\" has no GHD line (accepted: energy, energy_current, magnetization, "
              "spin_current)",
              text);
}

static void read_resistance(job *j, const cli_args *args, cli_faults *faults)
{
    cli_read_list(&j->resistance, args, "--resistance", faults);
    if (j->resistance.count > MOST_LINES)
        cli_fault(faults, "--resistance", "%zu values are too many for a picture (at most %d)",
                  j->resistance.count, MOST_LINES);
    for (size_t i = 0; i < j->resistance.count; i++) {
        char text[KZ_IO_NUMBER_SIZE];
        if (j->resistance.values[i] >= 0.0) continue;
        cli_fault(faults, "--resistance", "%s is negative (accepted: numbers >= 0, inf)",
                  kz_io_format_exact(text, j->resistance.values[i]));
        return;
    }
}

/* NAME may be given with the ending of one of the files. */
static void read_name(job *j, cli_faults *faults)
{
    static const char *const endings[] = {".tsv", ".png", ".pdf"};
    const char *name = j->common.output;
    if (!name || strcmp(name, "-") == 0) return;
    size_t length = strlen(name);
    for (size_t k = 0; k < sizeof endings / sizeof endings[0]; k++)
        if (length > 4 && strcmp(name + length - 4, endings[k]) == 0) length -= 4;
    if (length + 8 > PATH_MAX) {
        cli_fault(faults, "--output", "%.60s...: the name is too long", name);
        return;
    }
    (void)snprintf(j->base, sizeof j->base, "%.*s", (int)length, name);
    (void)snprintf(j->table, sizeof j->table, "%.*s.tsv", (int)length, name);
    if (length > 3 && strcmp(j->base + length - 3, ".h5") == 0)
        cli_fault(faults, "--output", "%.60s: makes NAME.tsv, NAME.png and NAME.pdf, no HDF5",
                  name);
}

static kz_status read_job(job *j, const cli_args *args, cli_faults *faults)
{
    cli_read_common(&j->common, args, faults);
    cli_read_list(&j->times, args, "--times", faults);
    read_quantity(j, args, faults);
    read_resistance(j, args, faults);
    read_name(j, faults);
    j->data.path = args->words;
    j->data.count = args->word_count;
    j->data.extrapolate = cli_args_given(args, "--extrapolate");
    return cli_read_law(&j->law, &j->law_table, &j->law_text, args, faults);
}

/* -- runs ---------------------------------------------------------------------------------- */

static kz_status read_runs(job *j)
{
    void *runs = NULL, *series = NULL;
    kz_status status = kz_alloc(&runs, j->data.count, sizeof *j->data.run);
    j->data.run = runs;
    if (status == KZ_OK) status = kz_alloc(&series, j->data.count, sizeof *j->data.series);
    j->data.series = series;
    for (size_t i = 0; i < j->data.count && status == KZ_OK; i++)
        status = kz_run_read(&j->data.run[i], j->data.path[i]);
    if (status == KZ_OK) cli_overlay_name_series(&j->data);
    return status;
}

static void check_setups(const job *j, cli_faults *faults)
{
    const kz_run_setup *a = kz_run_get_setup(j->data.run[0]);
    for (size_t i = 1; i < j->data.count; i++) {
        const kz_run_setup *b = kz_run_get_setup(j->data.run[i]);
        if (kz_run_same_chain(a, b) && kz_run_same_initial(a, b)) continue;
        cli_fault(faults, "RUN.h5",
                  "%.60s has another chain, length or initial state than %.60s (one picture for "
                  "each)",
                  j->data.path[i], j->data.path[0]);
        return;
    }
    if (!j->data.extrapolate || faults->count) return;
    if (kz_extrapolate_check((const kz_run *const *)j->data.run, j->data.count) != KZ_OK)
        cli_fault(faults, "--extrapolate", "%s", kz_error_reason());
}

/* In how many runs a time is. */
static size_t runs_with(const job *j, double t)
{
    return cli_run_count_with((const kz_run *const *)j->data.run, j->data.count, t);
}

static void check_times(const job *j, cli_faults *faults)
{
    size_t most = *j->table ? MOST_DRAWN : MOST_TIMES;
    if (j->times.count > most)
        cli_fault(faults, "--times", "%zu times are too many (at most %zu%s)", j->times.count, most,
                  *j->table ? " in a picture" : "");
    for (size_t k = 0; k < j->times.count; k++) {
        double t = j->times.values[k];
        size_t found = runs_with(j, t);
        char text[KZ_IO_NUMBER_SIZE];
        (void)kz_io_format_exact(text, t);
        if (!(t > 0.0))
            cli_fault(faults, "--times", "%s has no rays x/t (accepted: measured times > 0)", text);
        else if (found == 0)
            cli_fault(faults, "--times", "%s is not in %.60s%s", text, j->data.path[0],
                      j->data.count > 1 ? " and the others" : "");
        else if (found < 2 && j->data.extrapolate)
            cli_fault(faults, "--times", "%s is in one run only, --extrapolate needs two", text);
        if (faults->count) return;
    }
}

/* Whether the first run's time can be shown. */
static bool usable(const job *j, double t)
{
    return t > 0.0 && (!j->data.extrapolate || runs_with(j, t) >= 2);
}

/* The usable time of the first run that is nearest to t, or 0. */
static double nearest_time(const job *j, double t)
{
    const double *time = kz_run_times(j->data.run[0]);
    double best = 0.0;
    for (size_t k = 0; k < kz_run_count(j->data.run[0]); k++)
        if (usable(j, time[k]) && (best == 0.0 || fabs(time[k] - t) < fabs(best - t)))
            best = time[k];
    return best;
}

/* The last usable time and its quarters, or what is nearest to them. */
static kz_status choose_times(job *j, cli_faults *faults)
{
    enum { QUARTERS = 4 };
    double last = 0.0, before = 0.0;
    if (j->times.values) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&j->times.values, QUARTERS));
    for (size_t k = 0; k < kz_run_count(j->data.run[0]); k++)
        if (usable(j, kz_run_times(j->data.run[0])[k])) last = kz_run_times(j->data.run[0])[k];
    for (int q = 1; q <= QUARTERS && last > 0.0; q++) {
        double t = nearest_time(j, last * q / QUARTERS);
        if (t > before) j->times.values[j->times.count++] = t;
        before = t;
    }
    if (last == 0.0)
        cli_fault(faults, "RUN.h5", "%.60s has no time > 0%s", j->data.path[0],
                  j->data.extrapolate ? " in common with another run" : "");
    return KZ_OK;
}

/* -- lines --------------------------------------------------------------------------------- */

static kz_status make_lines(job *j, const cli_args *args, cli_faults *faults)
{
    const kz_run_setup *setup = kz_run_get_setup(j->data.run[0]);
    bool junction = kz_overlay_has_junction(setup);
    kz_overlay_params params = kz_overlay_params_default();
    params.law = j->law;
    params.neighbours = cli_args_given(args, "--homogeneous");
    params.options = j->common.options;
    params.resistance = j->resistance.values;
    params.resistances = j->resistance.count;
    if (!j->resistance.values && junction) {
        params.resistance = default_resistance;
        params.resistances = DEFAULT_RESISTANCES;
    }
    kz_status status = kz_overlay_create(&j->data.overlay, setup, &params);
    if (status != KZ_EINVAL) return status;
    if (j->resistance.count > 0 && !junction)
        cli_fault(faults, "--resistance", "%s (leave it out)", kz_error_reason());
    else
        cli_fault(faults, "RUN.h5", "%.60s: %s", j->data.path[0], kz_error_reason());
    return KZ_OK;
}

static kz_status name_lines(job *j)
{
    void *names = NULL;
    size_t count = kz_overlay_count(j->data.overlay);
    KZ_TRY(kz_alloc(&names, count, sizeof *j->data.line));
    j->data.line = names;
    for (size_t k = 0; k < count; k++)
        kz_overlay_name(j->data.line[k], kz_overlay_get_line(j->data.overlay, k));
    return KZ_OK;
}

/* Magnetized reservoirs of two chains. */
static bool without_line(const job *j)
{
    return kz_overlay_count(j->data.overlay) == 0 ||
           kz_overlay_get_line(j->data.overlay, 0)->kind == KZ_LINE_LEFT;
}

static const char no_line[] =
    "no GHD line of the whole: magnetized reservoirs of two chains drive a spin current, and lines "
    "of junctions are those of energy alone (--homogeneous: either half's own; kapitza junction "
    "--spin-resistance: both charges)";

/* -- the command --------------------------------------------------------------------------- */

static int write_all(job *j, const cli_args *args)
{
    kz_io_table *table = NULL;
    cli_failures failures = {0};
    const char *path = *j->table ? j->table : NULL;
    j->data.progress = &j->progress;
    j->data.options = j->common.options;
    j->progress.stages = cli_overlay_stages(&j->data);
    kz_status status = cli_overlay_table(&table, args, &j->data, &failures);
    cli_progress_end(&j->progress);
    if (status == KZ_OK && without_line(j)) status = kz_io_table_add_remark(table, no_line);
    if (status == KZ_OK) status = cli_output_write(path, table);
    if (status == KZ_OK && path) status = cli_overlay_draw(&j->data, j->base, j->table);
    kz_io_table_free(table);
    return status == KZ_OK ? cli_failures_report(&failures, args) : cli_report_status(args, status);
}

static int run_job(job *j, const cli_args *args, cli_faults *faults)
{
    kz_status status = read_runs(j);
    if (status != KZ_OK) return cli_report_status(args, status);
    const kz_run_setup *setup = kz_run_get_setup(j->data.run[0]);
    if (!j->quantity_given)
        j->data.quantity = kz_run_is_even(setup) ? KZ_RUN_ENERGY : KZ_RUN_MAGNETIZATION;
    check_setups(j, faults);
    if (faults->count == 0) check_times(j, faults);
    if (faults->count == 0) status = choose_times(j, faults);
    for (size_t i = 0; i < j->data.count && *j->table; i++)
        cli_check_apart(j->table, j->data.path[i], faults);
    if (faults->count == 0 && status == KZ_OK)
        status = cli_output_check(*j->table ? j->table : NULL);
    cli_progress_start(&j->progress, "overlay", &j->common);
    if (faults->count == 0 && status == KZ_OK) status = make_lines(j, args, faults);
    cli_progress_end(&j->progress);
    if (faults->count) return cli_report_faults(args, faults);
    if (status == KZ_OK) status = name_lines(j);
    if (status != KZ_OK) return cli_report_status(args, status);
    j->data.times = j->times.values;
    j->data.time_count = j->times.count;
    if (without_line(j) && !j->common.quiet) cli_message(args, "%s", no_line);
    return write_all(j, args);
}

static int run(const cli_args *args, cli_faults *faults)
{
    job j = {.law_text = NULL};
    kz_status status = read_job(&j, args, faults);
    int code;
    if (faults->count)
        code = cli_report_faults(args, faults);
    else if (status != KZ_OK)
        code = cli_report_status(args, status);
    else
        code = run_job(&j, args, faults);
    for (size_t i = 0; i < j.data.count && j.data.run; i++)
        kz_run_free(j.data.run[i]);
    kz_overlay_free(j.data.overlay);
    kz_free(j.data.run);
    kz_free(j.data.series);
    kz_free(j.data.line);
    kz_io_pairs_free(&j.law_table);
    cli_list_free(&j.times);
    cli_list_free(&j.resistance);
    return code;
}

const cli_command cli_overlay = {
    .name = "overlay",
    .summary = "TEBD data with the GHD lines that belong to them",
    .synopsis = "RUN.h5... [--times LIST] [--quantity NAME] [--resistance LIST] [--law LAW]\n"
                "       [--homogeneous] [--extrapolate] [-o NAME]",
    .details = details,
    .positional = "RUN.h5",
    .many = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
