/* kapitza figure: data and pictures of the paper's figures. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/gnuplot.h"
#include "cli/junction_work.h"
#include "core/error.h"
#include "parallel/farm.h"

static const cli_option options[] = {
    {"--output", "DIR", "folder for data and pictures, made if missing (default . ; also -o)"},
};

static const char details[] =
    "NAME is 6a (energy against x/t), 6b (energy current) or 6 (both), for the paper's junction\n"
    "XX | XXZ at gamma = pi/4, ceiling | ground, at R = 0, 1, 2, 5, 10, 20, 50, 100.\n"
    "\n"
    "Writes DIR/junction.tsv (columns of `kapitza junction`), DIR/figure6.tsv (the same with\n"
    "--rays) and with gnuplot DIR/figure6a.png, .pdf, DIR/figure6b.png, .pdf; prints T_minus,\n"
    "T_plus, the energy current and the error bound for each R.  Data stay when gnuplot fails.\n"
    "The environment variable KAPITZA_PLOTS names another folder of gnuplot scripts.\n"
    "\n"
    "example: kapitza figure 6 -o results\n";

static const char resistances[] = "0,1,2,5,10,20,50,100";
/* 201 rays on each half, both with zeta = 0; the cone ends at -1 and (pi/2) sin(g)/g = 1.414. */
static const char rays[] = "-1.5:1.5:0.0075";

static const char *const panels[] = {"6a", "6b"};
enum { PANELS = 2 };

static bool wanted(const char *name, const char *panel)
{
    return strcmp(name, panel) == 0 || strcmp(name, "6") == 0;
}

static void read_name(const cli_args *args, cli_faults *faults)
{
    bool known = !args->positional;
    for (int i = 0; i < PANELS; i++)
        known = known || wanted(args->positional, panels[i]);
    if (!known)
        cli_fault(faults, "NAME", "unknown figure \"%.20s\" (accepted: 6a, 6b, 6)",
                  args->positional);
}

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

/* One of the two data files. */
typedef struct {
    char path[PATH_MAX];
    kz_io_table *table;
} data_file;

static kz_status name_file(data_file *out, const char *directory, const char *name)
{
    int length = snprintf(out->path, sizeof out->path, "%s/%s", directory, name);
    if (length < 0 || (size_t)length >= sizeof out->path)
        return KZ_FAIL(KZ_EIO, "%.80s...: the name is too long", directory);
    return cli_output_check(out->path);
}

static void print_points(const cli_junction_work *work)
{
    printf("#%8s %19s %19s %19s %10s\n", "R", "T_minus", "T_plus", "energy_current", "err");
    for (size_t i = 0; i < work->resistance.count; i++) {
        const kz_junction_point *p = &work->points[i];
        printf("%9g %19.13g %19.13g %19.13g %10.2g\n", p->resistance, p->t_minus, p->t_plus,
               p->energy_current, p->err);
    }
}

static kz_status begin(data_file *points, data_file *profile, const char *directory)
{
    KZ_TRY(make_directory(directory));
    KZ_TRY(name_file(points, directory, "junction.tsv"));
    return name_file(profile, directory, "figure6.tsv");
}

/* All processes solve, the first has the files. */
static kz_status make_data(cli_junction_work *work, const cli_args *args, const char *directory,
                           data_file *points, data_file *profile, cli_failures *failures)
{
    cli_failures point_failures = {0};
    bool first = kz_farm_is_first();
    KZ_TRY(kz_farm_agree(first ? begin(points, profile, directory) : KZ_OK));
    KZ_TRY(cli_junction_work_solve(work));
    if (!first) return KZ_OK;
    KZ_TRY(cli_junction_points_table(&points->table, args, work, &point_failures));
    KZ_TRY(cli_junction_rays_table(&profile->table, args, work, failures));
    KZ_TRY(cli_output_write(points->path, points->table));
    return cli_output_write(profile->path, profile->table);
}

static kz_status draw(const char *name, const char *data, const char *directory)
{
    for (int i = 0; i < PANELS; i++) {
        char script[16];
        if (!wanted(name, panels[i])) continue;
        (void)snprintf(script, sizeof script, "figure%s", panels[i]);
        KZ_TRY(cli_gnuplot(script, data, directory));
    }
    return KZ_OK;
}

static int run_figure(cli_junction_work *work, cli_common *common, const cli_args *args)
{
    const char *directory = common->output ? common->output : ".";
    data_file points = {.table = NULL}, profile = {.table = NULL};
    cli_failures failures = {0};
    cli_progress_start(&work->progress, "figure 6", common);
    work->options = common->options;
    kz_status status = make_data(work, args, directory, &points, &profile, &failures);
    cli_progress_end(&work->progress);
    if (kz_farm_is_first() && status == KZ_OK) {
        print_points(work);
        (void)fflush(stdout);
        status = draw(args->positional, profile.path, directory);
    }
    int code =
        status == KZ_OK ? cli_failures_report(&failures, args) : cli_report_status(args, status);
    kz_io_table_free(points.table);
    kz_io_table_free(profile.table);
    return code;
}

static int run(const cli_args *args, cli_faults *faults)
{
    cli_junction_work work = {
        .law_text = "fourier", .resistance_text = resistances, .rays_text = rays};
    cli_common common;
    cli_reason reason;
    work.params = kz_junction_params_default();
    read_name(args, faults);
    cli_read_common(&common, args, faults);
    if (!cli_parse_list(&work.resistance, resistances, &reason) ||
        !cli_parse_list(&work.rays, rays, &reason))
        cli_fault(faults, "figure", "%s", reason.text);
    int code = faults->count ? cli_report_faults(args, faults) : run_figure(&work, &common, args);
    cli_junction_work_free(&work);
    return code;
}

const cli_command cli_figure = {
    .name = "figure",
    .summary = "data and pictures of the paper's figures",
    .synopsis = "6a|6b|6 [-o DIR]",
    .details = details,
    .positional = "NAME",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .divided = true,
    .run = run,
};
