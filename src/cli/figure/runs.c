/* The runs behind the pictures: which they are, where they lie, and that they are the right ones.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/figure/figure.h"
#include "core/error.h"

typedef struct {
    const char *name, *label;
    kz_quench_kind initial;
    int p_left, p_right; /* gamma = pi/p of the halves; 0 where Delta is given */
    double delta_right;
    bool densities; /* its three-site density matrices are shown */
} known_run;

#define ENERGY KZ_QUENCH_ENERGY
#define WALL KZ_QUENCH_DOMAIN_WALL
static const known_run known[CLI_FIGURE_RUNS] = {
    [CLI_ENERGY_PI2] = {"energy-pi2", "pi/2", ENERGY, 2, 2, 0.0, true},
    [CLI_ENERGY_PI3] = {"energy-pi3", "pi/3", ENERGY, 2, 3, 0.0, false},
    [CLI_ENERGY_PI4] = {"energy-pi4", "pi/4", ENERGY, 2, 4, 0.0, true},
    [CLI_ENERGY_PI5] = {"energy-pi5", "pi/5", ENERGY, 2, 5, 0.0, false},
    [CLI_ENERGY_PI6] = {"energy-pi6", "pi/6", ENERGY, 2, 6, 0.0, false},
    [CLI_ENERGY_020] = {"energy-0.2", "Delta = 0.2", ENERGY, 2, 0, 0.2, false},
    [CLI_ENERGY_035] = {"energy-0.35", "Delta = 0.35", ENERGY, 2, 0, 0.35, false},
    [CLI_ENERGY_HOMOGENEOUS] = {"energy-pi4-homogeneous", "pi/4 | pi/4", ENERGY, 4, 4, 0.0, false},
    [CLI_WALL_PI2] = {"wall-pi2", "pi/2", WALL, 2, 2, 0.0, false},
    [CLI_WALL_PI3] = {"wall-pi3", "pi/3", WALL, 2, 3, 0.0, false},
    [CLI_WALL_PI4] = {"wall-pi4", "pi/4", WALL, 2, 4, 0.0, false},
    [CLI_WALL_PI5] = {"wall-pi5", "pi/5", WALL, 2, 5, 0.0, false},
    [CLI_WALL_PI6] = {"wall-pi6", "pi/6", WALL, 2, 6, 0.0, false},
    [CLI_WALL_HOMOGENEOUS] = {"wall-pi4-homogeneous", "pi/4 | pi/4", WALL, 4, 4, 0.0, false},
};

const char *cli_figure_label(cli_figure_run run) { return known[run].label; }

cli_figure_run cli_figure_gamma(kz_quench_kind quench, int i)
{
    return (cli_figure_run)((int)(quench == KZ_QUENCH_ENERGY ? CLI_ENERGY_PI2 : CLI_WALL_PI2) + i);
}

/* Where nothing scatters the fermions are exact and cheap. */
static bool is_free(const known_run *k) { return k->p_left == 2 && k->p_right == 2; }

static double anisotropy(int p, double delta)
{
    if (p == 0) return delta;
    return p == 2 ? 0.0 : cos(acos(-1.0) / p);
}

/* -- where a run lies -------------------------------------------------------------------- */

/* sqrt(1/2): a state that costs a third of the time, with several times the discarded weight. */
static int other_chi(int chi) { return (int)lround(0.7 * chi); }

static bool name_file(char out[PATH_MAX], const char *folder, const known_run *k, int chi)
{
    char end[32] = ".h5";
    if (!is_free(k)) (void)snprintf(end, sizeof end, "-chi%d.h5", chi);
    int length = snprintf(out, PATH_MAX, "%s/%s%s", folder, k->name, end);
    return length > 0 && length < PATH_MAX;
}

static bool lies_in(char out[PATH_MAX], const char *folder, const char *file)
{
    int length = snprintf(out, PATH_MAX, "%s/%s", folder, file);
    return length > 0 && length < PATH_MAX && access(out, R_OK) == 0;
}

bool cli_figure_find(char out[PATH_MAX], const char *file)
{
    const char *named = getenv("KAPITZA_DATA");
    if (named && *named) return lies_in(out, named, file);
    return lies_in(out, KZ_DATA_INSTALLED, file) || lies_in(out, KZ_DATA_SOURCE, file);
}

kz_status cli_figure_missing(const char *file, const char *remedy)
{
    const char *named = getenv("KAPITZA_DATA");
    if (named && *named)
        return KZ_FAIL(KZ_EIO, "no %s in KAPITZA_DATA=%.300s (or %s)", file, named, remedy);
    return KZ_FAIL(KZ_EIO, "no %s in %s; set KAPITZA_DATA to the folder of runs, or %s", file,
                   KZ_DATA_INSTALLED, remedy);
}

/* DIR/runs, where they are made. */
static kz_status made_file(char out[PATH_MAX], const cli_figure_work *figure, const known_run *k,
                           int chi)
{
    char folder[PATH_MAX];
    int length = snprintf(folder, sizeof folder, "%s/runs", figure->directory);
    bool fits = length > 0 && length < PATH_MAX && name_file(out, folder, k, chi);
    if (!fits) return KZ_FAIL(KZ_EIO, "%.80s...: the name is too long", figure->directory);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return KZ_FAIL(KZ_EIO, "%s: %s", folder, strerror(errno));
    return KZ_OK;
}

/* -- reading ----------------------------------------------------------------------------- */

/* A file of this name may hold anything. */
static kz_status check_setup(const kz_run *run, const known_run *k, int chi, const char *path)
{
    const kz_run_setup *s = kz_run_get_setup(run);
    const double tiny = 1e-12;
    bool same = s->initial == k->initial &&
                fabs(s->delta_left - anisotropy(k->p_left, 0.0)) <= tiny &&
                fabs(s->delta_right - anisotropy(k->p_right, k->delta_right)) <= tiny &&
                s->method == (is_free(k) ? KZ_METHOD_FERMION : KZ_METHOD_TEBD) &&
                (is_free(k) || s->chi == (size_t)chi);
    if (!same) return KZ_FAIL(KZ_EIO, "%s: is another run than its name says", path);
    if (k->densities && kz_run_count(run) > 0 && !kz_run_densities(run, 0))
        return KZ_FAIL(KZ_EIO, "%s: has no density matrices (quench --density-matrices)", path);
    return KZ_OK;
}

/* As the shipped ones were made: see data/README. */
static kz_run_setup setup_of(const known_run *k, int chi)
{
    kz_run_setup s = kz_run_setup_default();
    s.delta_left = anisotropy(k->p_left, 0.0);
    s.delta_right = anisotropy(k->p_right, k->delta_right);
    s.left[0] = s.right[0] = '\0';
    s.initial = k->initial;
    s.method = is_free(k) ? KZ_METHOD_FERMION : KZ_METHOD_TEBD;
    s.dt = k->initial == KZ_QUENCH_ENERGY ? 0.5 : 0.2;
    s.chi = (size_t)chi;
    s.densities = k->densities;
    return s;
}

/* Takes over the run if it is the right one. */
static kz_status keep(kz_run **out, kz_run *run, const known_run *k, int chi, const char *path)
{
    kz_status status = check_setup(run, k, chi, path);
    if (status == KZ_OK)
        *out = run;
    else
        kz_run_free(run);
    return status;
}

static kz_status read_run(kz_run **out, const known_run *k, int chi, const char *path)
{
    kz_run *run;
    KZ_TRY(kz_run_read(&run, path));
    return keep(out, run, k, chi, path);
}

static kz_status read_shipped(cli_figure_work *figure, cli_figure_run which, int i, int chi)
{
    const known_run *k = &known[which];
    char file[PATH_MAX] = "", path[PATH_MAX];
    (void)name_file(file, "", k, chi);
    if (cli_figure_find(path, file + 1)) return read_run(&figure->run[which][i], k, chi, path);
    /* the smaller bond dimension is only a band; the picture says where it is missing */
    return i == CLI_CHI_MAIN ? cli_figure_missing(file + 1, "make it with --recompute") : KZ_OK;
}

static kz_status get(cli_figure_work *figure, cli_figure_run which, int i)
{
    const known_run *k = &known[which];
    int chi = i == CLI_CHI_MAIN ? figure->chi : other_chi(figure->chi);
    char path[PATH_MAX];
    if (figure->run[which][i]) return KZ_OK;
    if (!figure->recompute) return read_shipped(figure, which, i, chi);
    const kz_run_setup setup = setup_of(k, chi);
    kz_run *run;
    KZ_TRY(made_file(path, figure, k, chi));
    KZ_TRY(cli_figure_make_run(&run, figure, &setup, path));
    return keep(&figure->run[which][i], run, k, chi, path);
}

static void note_bands(cli_figure_work *figure, bool band)
{
    const char *some = figure->unshaded || !band ? ", where both are at hand" : "";
    figure->shaded = figure->shaded || band;
    figure->unshaded = figure->unshaded || !band;
    if (!figure->shaded)
        (void)snprintf(figure->note, sizeof figure->note, "χ = %d, convergence not shown",
                       figure->chi);
    else if (figure->extrapolates)
        (void)snprintf(figure->note, sizeof figure->note,
                       "extrapolated from χ = %d and %d%s; shaded: its error",
                       other_chi(figure->chi), figure->chi, some);
    else
        (void)snprintf(figure->note, sizeof figure->note, "shaded: from χ = %d to %d%s",
                       other_chi(figure->chi), figure->chi, some);
}

kz_status cli_figure_get(cli_run_pair *out, cli_figure_work *figure, cli_figure_run which)
{
    *out = (cli_run_pair){.main = NULL};
    KZ_TRY(get(figure, which, CLI_CHI_MAIN));
    out->main = figure->run[which][CLI_CHI_MAIN];
    if (is_free(&known[which])) return KZ_OK;
    KZ_TRY(get(figure, which, CLI_CHI_OTHER));
    out->other = figure->run[which][CLI_CHI_OTHER];
    out->extrapolated = out->other && figure->extrapolates;
    note_bands(figure, out->other != NULL);
    return KZ_OK;
}

void cli_figure_runs_free(cli_figure_work *figure)
{
    for (int run = 0; run < CLI_FIGURE_RUNS; run++)
        for (int i = 0; i < CLI_CHIS; i++) {
            kz_run_free(figure->run[run][i]);
            figure->run[run][i] = NULL;
            kz_effective_free(figure->effective[run][i]);
            figure->effective[run][i] = NULL;
        }
}

kz_status cli_figure_time(size_t *k, const kz_run *run, double t)
{
    const double *time = kz_run_times(run), tiny = 1e-9;
    size_t count = kz_run_count(run);
    for (*k = 0; *k < count; ++*k)
        if (fabs(time[*k] - t) <= tiny * fmax(1.0, fabs(t))) return KZ_OK;
    const kz_run_setup *s = kz_run_get_setup(run);
    return KZ_FAIL(KZ_EIO, "the run %s | %s does not reach t = %g", s->left, s->right, t);
}
