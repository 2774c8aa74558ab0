/* kapitza figure: data and pictures of the paper's figures. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/figure/figure.h"
#include "cli/gnuplot.h"
#include "core/error.h"
#include "parallel/farm.h"

static const cli_option options[] = {
    {"--output", "DIR", "folder for data and pictures, made if missing (default . ; also -o)"},
    {"--width", "PIXELS", "of the PNG, 300 ... 10000 (default 1800)"},
    {"--extrapolate", NULL,
     "draw what the runs measure at vanishing truncation, from both bond\n"
     "dimensions, with the error (1b, 2, 3a, 3b, 5, 6)"},
    {"--recompute", NULL, "make the TEBD runs, in DIR/runs, instead of reading shipped ones"},
    {"--chi", "N", "bond dimension of these runs, and 0.7 N of a second one (default 500)"},
};

static const char details[] =
    "NAME is a panel of the paper: 1a 1b, 2a 2b 2c 2d, 3a ... 3d, 4a ... 4d, 5a ... 5d, 6a 6b 6c,\n"
    "7a 7b, 8; a number alone is all its panels; all is everything, with two that the paper\n"
    "does not have.  convergence: the current at the junction for bond dimensions 350 ... 2000, "
    "and\n"
    "extrapolated.  drude: spin Drude weight and diffusion constant against Delta at beta = mu = "
    "0,\n"
    "for cos(pi Q/P) with P <= 20 (the same for -Delta) and for Delta > 1.\n"
    "\n"
    "Writes DIR/figureNAME.tsv and draws it with gnuplot as DIR/figureNAME.png and .pdf; the\n"
    "cartoons 1a and 6c have no data.  Figure 6 also writes DIR/junction.tsv (columns of\n"
    "`kapitza junction`, R = 0, 1, 2, 5, 10, 20, 50, 100) and DIR/figure6.tsv (the same with\n"
    "--rays), and prints T_minus, T_plus, the energy current and the error bound for each R.\n"
    "Data stay when gnuplot fails.  Columns of a panel:\n"
    "  curve label style  number, name and kind of the line a row belongs to\n"
    "  t n x_over_t       time, site or bond, n/t\n"
    "  value              what is shown, named in the header\n"
    "  low high           the band to the smaller bond dimension, or the error of an extrapolated\n"
    "                     value; nan where there is none\n"
    "3d has columns of its own: velocities by Delta, chi and smoothing width, and the line "
    "fitted;\n"
    "drude: P Q Delta drude_spin spin_diffusion spin_onsager err, as thermo (nan: no fraction).\n"
    "\n"
    "The TEBD runs are shipped with the program, of bond dimension 500 and 350; the environment\n"
    "variable KAPITZA_DATA names another folder of runs, KAPITZA_PLOTS one of gnuplot scripts.\n"
    "--recompute goes on where it was stopped; one run of chi = 500 takes some ten minutes, of "
    "100\n"
    "some ten seconds.\n"
    "\n"
    "example: kapitza figure 6 -o results\n"
    "         kapitza figure all -o results\n";

static const char resistances[] = "0,1,2,5,10,20,50,100";
/* 201 rays on each half, both with zeta = 0; the cone ends at -1 and (pi/2) sin(g)/g = 1.414. */
static const char rays[] = "-1.5:1.5:0.0075";

/* -- names ------------------------------------------------------------------------------- */

/* A panel by its name, by its number alone, or as one of all. */
static bool wanted(const char *name, const cli_panel *panel)
{
    size_t digits = 0;
    while (isdigit((unsigned char)panel->name[digits]))
        digits++;
    return strcmp(name, "all") == 0 || strcmp(name, panel->name) == 0 ||
           (digits > 0 && strlen(name) == digits && strncmp(name, panel->name, digits) == 0);
}

static bool is_junction(const cli_panel *panel) { return panel->make == cli_figure_junction; }

static void read_name(const cli_args *args, cli_faults *faults)
{
    bool known = !args->positional; /* a fault that is already noted */
    for (size_t i = 0; i < cli_panel_count && !known; i++)
        known = wanted(args->positional, &cli_panels[i]);
    if (!known)
        cli_fault(
            faults, "NAME",
            "unknown figure \"%.20s\" (accepted: 1a 1b 2a-2d 3a-3d 4a-4d 5a-5d 6a-6c 7a 7b 8, "
            "a number alone, convergence, drude, all)",
            args->positional);
}

static bool wants_junction(const char *name)
{
    bool found = false;
    for (size_t i = 0; i < cli_panel_count; i++)
        found = found || (is_junction(&cli_panels[i]) && wanted(name, &cli_panels[i]));
    return found;
}

/* -- places ------------------------------------------------------------------------------ */

/* mkdir -p */
static kz_status make_directory(const char *path)
{
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof part) return KZ_FAIL(KZ_EIO, "%.80s...: the name is too long", path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return KZ_FAIL(KZ_EIO, "%s: %s", part, strerror(errno));
    }
    struct stat info;
    if (stat(path, &info) != 0) return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(info.st_mode)) return KZ_FAIL(KZ_EIO, "%s: is not a folder", path);
    return KZ_OK;
}

static kz_status name_file(char out[PATH_MAX], const char *directory, const char *name,
                           const char *end)
{
    int length = snprintf(out, PATH_MAX, "%s/%s%s", directory, name, end);
    if (length < 0 || length >= PATH_MAX)
        return KZ_FAIL(KZ_EIO, "%.80s...: the name is too long", directory);
    return KZ_OK;
}

/* -- Figure 6
 * --------------------------------------------------------------------------------------- */

static void print_points(const cli_junction_work *work)
{
    printf("#%8s %19s %19s %19s %10s\n", "R", "T_minus", "T_plus", "energy_current", "err");
    for (size_t i = 0; i < work->resistance.count; i++) {
        const kz_junction_point *p = &work->points[i];
        printf("%9g %19.13g %19.13g %19.13g %10.2g\n", p->resistance, p->t_minus, p->t_plus,
               p->energy_current, p->err);
    }
}

static kz_status check_junction_files(char points[PATH_MAX], char profile[PATH_MAX],
                                      const char *directory)
{
    KZ_TRY(make_directory(directory));
    KZ_TRY(name_file(points, directory, "junction", ".tsv"));
    KZ_TRY(name_file(profile, directory, "figure6", ".tsv"));
    KZ_TRY(cli_output_check(points));
    return cli_output_check(profile);
}

/* All processes solve, the first has the files. */
static kz_status make_junction(cli_figure_work *figure)
{
    char points[PATH_MAX], profile[PATH_MAX];
    cli_junction_work *work = &figure->junction;
    cli_failures point_failures = {0};
    bool first = kz_farm_is_first();
    KZ_TRY(kz_farm_agree(first ? check_junction_files(points, profile, figure->directory) : KZ_OK));
    work->options = figure->common->options;
    KZ_TRY(cli_junction_work_solve(work));
    if (!first) return KZ_OK;
    KZ_TRY(cli_junction_points_table(&figure->points, figure->args, work, &point_failures));
    KZ_TRY(cli_junction_rays_table(&figure->rays, figure->args, work, &figure->failures));
    KZ_TRY(cli_output_write(points, figure->points));
    KZ_TRY(cli_output_write(profile, figure->rays));
    print_points(work);
    return KZ_OK;
}

/* -- panels
 * ----------------------------------------------------------------------------------------- */

static kz_status make_panel(cli_figure_work *figure, const cli_panel *panel)
{
    char base[32], width[16], picture[PATH_MAX], data[PATH_MAX] = "";
    kz_io_table *table = NULL;
    (void)snprintf(base, sizeof base, "figure%s", panel->name);
    figure->note[0] = '\0';
    figure->shaded = figure->unshaded = false;
    figure->extrapolates = figure->extrapolate && panel->measured;
    if (panel->make) {
        KZ_TRY(name_file(data, figure->directory, base, ".tsv"));
        KZ_TRY(cli_output_check(data));
        kz_status status = panel->make(&table, figure, panel);
        if (status == KZ_OK) status = cli_output_write(data, table);
        kz_io_table_free(table);
        if (status != KZ_OK) return status;
    }
    (void)fflush(stdout);
    (void)snprintf(width, sizeof width, "%d", figure->width);
    const char *const words[] = {panel->name, figure->note, width};
    KZ_TRY(name_file(picture, figure->directory, base, ""));
    return cli_gnuplot_to(picture, panel->script, data, words, figure->width > 0 ? 3 : 2);
}

static kz_status make_panels(cli_figure_work *figure, const char *name)
{
    KZ_TRY(make_directory(figure->directory));
    for (size_t i = 0; i < cli_panel_count; i++)
        if (wanted(name, &cli_panels[i])) KZ_TRY(make_panel(figure, &cli_panels[i]));
    return KZ_OK;
}

static void figure_free(cli_figure_work *figure)
{
    cli_figure_runs_free(figure);
    cli_junction_work_free(&figure->junction);
    kz_io_table_free(figure->points);
    kz_io_table_free(figure->rays);
}

static int run_figure(cli_figure_work *figure)
{
    const char *name = figure->args->positional;
    kz_status status = KZ_OK;
    cli_progress_start(&figure->junction.progress, "figure", figure->common);
    if (wants_junction(name)) status = make_junction(figure);
    cli_progress_end(&figure->junction.progress);
    figure->common->options.progress = NULL;
    if (status == KZ_OK && kz_farm_is_first()) status = make_panels(figure, name);
    if (figure->stopped_by) {
        cli_message(figure->args, "%s", kz_error_reason());
        return 128 + figure->stopped_by;
    }
    if (status != KZ_OK) return cli_report_status(figure->args, status);
    return cli_failures_report(&figure->failures, figure->args);
}

static void read_integer(int *out, const cli_args *args, const char *option, int least, int most,
                         cli_faults *faults)
{
    const char *text = cli_args_value(args, option);
    cli_reason reason;
    if (text && !cli_parse_integer(out, text, least, most, &reason))
        cli_fault(faults, option, "%s", reason.text);
}

static int run(const cli_args *args, cli_faults *faults)
{
    cli_common common;
    cli_figure_work figure = {
        .args = args,
        .common = &common,
        .chi = CLI_CHI_DEFAULT,
        .junction = {.law_text = "fourier", .resistance_text = resistances, .rays_text = rays}};
    cli_reason reason;
    figure.junction.params = kz_junction_params_default();
    read_name(args, faults);
    cli_read_common(&common, args, faults);
    figure.directory = common.output ? common.output : ".";
    figure.recompute = cli_args_given(args, "--recompute");
    figure.extrapolate = cli_args_given(args, "--extrapolate");
    read_integer(&figure.chi, args, "--chi", 2, 100000, faults);
    read_integer(&figure.width, args, "--width", 300, 10000, faults);
    if (cli_args_given(args, "--chi") && !figure.recompute)
        cli_fault(faults, "--chi", "only with --recompute; shipped runs have chi = %d",
                  CLI_CHI_DEFAULT);
    if (!cli_parse_list(&figure.junction.resistance, resistances, &reason) ||
        !cli_parse_list(&figure.junction.rays, rays, &reason))
        cli_fault(faults, "figure", "%s", reason.text);
    int code = faults->count ? cli_report_faults(args, faults) : run_figure(&figure);
    figure_free(&figure);
    return code;
}

const cli_command cli_figure = {
    .name = "figure",
    .summary = "data and pictures of the paper's figures",
    .synopsis = "NAME [-o DIR] [--extrapolate] [--recompute [--chi N]]",
    .details = details,
    .positional = "NAME",
    .words =
        "all 1 1a 1b 2 2a 2b 2c 2d 3 3a 3b 3c 3d 4 4a 4b 4c 4d 5 5a 5b 5c 5d 6 6a 6b 6c 7 7a 7b "
        "8 convergence drude",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .divided = true,
    .run = run,
};
