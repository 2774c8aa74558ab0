/* What `kapitza figure` shares: runs, rows of a picture, panels. */
#ifndef CLI_FIGURE_FIGURE_H
#define CLI_FIGURE_FIGURE_H

#include <limits.h>

#include <kapitza/effective.h>
#include <kapitza/run.h>

#include "cli/cli.h"
#include "cli/command/junction_work.h"

/* -- runs -------------------------------------------------------------------------------- */

/* The runs of the paper, by quench and right half; the left half is XX but for the homogeneous
 * ones at gamma = pi/4. */
typedef enum {
    CLI_ENERGY_PI2, /* exact fermions */
    CLI_ENERGY_PI3,
    CLI_ENERGY_PI4,
    CLI_ENERGY_PI5,
    CLI_ENERGY_PI6,
    CLI_ENERGY_020, /* Delta = 0.2 */
    CLI_ENERGY_035, /* Delta = 0.35 */
    CLI_ENERGY_HOMOGENEOUS,
    CLI_WALL_PI2, /* exact fermions */
    CLI_WALL_PI3,
    CLI_WALL_PI4,
    CLI_WALL_PI5,
    CLI_WALL_PI6,
    CLI_WALL_HOMOGENEOUS,
    CLI_FIGURE_RUNS
} cli_figure_run;

/* Two bond dimensions of one run: the second shows how far the first is from convergence. */
enum { CLI_CHI_MAIN, CLI_CHI_OTHER, CLI_CHIS };
enum { CLI_CHI_DEFAULT = 500 };

typedef struct {
    const kz_run *main, *other; /* other: NULL for exact fermions, and where it is not at hand */
    bool extrapolated;          /* values at vanishing truncation are asked for, and can be had */
} cli_run_pair;

typedef struct {
    const cli_args *args;
    cli_common *common;
    const char *directory; /* of the pictures */
    bool recompute, extrapolate;
    bool extrapolates;     /* the panel in hand: it shows what runs measure */
    int stopped_by;        /* number of the signal that stopped a run, 0: none */
    int chi;               /* of the runs; 500 for the shipped ones */
    int width;             /* of PNGs in pixels, 0: the usual one */
    bool shaded, unshaded; /* whether curves of the panel have bands, and lack them */
    char note[128];        /* for the picture: what its bands are */
    bool has_junction;     /* junction.tsv and figure6.tsv are made */
    kz_run *run[CLI_FIGURE_RUNS][CLI_CHIS];
    kz_effective
        *effective[CLI_FIGURE_RUNS][2]; /* without and with distances; NULL: not yet made */
    cli_junction_work junction;
    cli_failures failures;
    kz_io_table *points, *rays; /* of the junction */
} cli_figure_work;

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

/* Where a shipped run lies: KAPITZA_DATA, the installed data, or the source tree. */
bool cli_figure_find(char out[PATH_MAX], const char *file);
/* KZ_EIO: it is not there, and what to do. */
KZ_CHECK_RESULT kz_status cli_figure_missing(const char *file, const char *remedy);

/* Label of a run in a picture: "pi/4", "0.35". */
const char *cli_figure_label(cli_figure_run run);

/* Both bond dimensions, read once; made where figure->recompute says so.  Sets figure->note.
 * KZ_EIO: missing (the message names the folders), foreign, or of other parameters. */
KZ_CHECK_RESULT kz_status cli_figure_get(cli_run_pair *out, cli_figure_work *figure,
                                         cli_figure_run run);
/* Makes a run or goes on with it; complete ones are only read.  KZ_ECANCELLED: stopped by a signal
 * (figure->stopped_by), with a checkpoint. */
KZ_CHECK_RESULT kz_status cli_figure_make_run(kz_run **out, cli_figure_work *figure,
                                              const kz_run_setup *setup, const char *path);
void cli_figure_runs_free(cli_figure_work *figure);

/* Row of a measured time; KZ_EIO where the run does not have it. */
KZ_CHECK_RESULT kz_status cli_figure_time(size_t *k, const kz_run *run, double t);

/* -- rows -------------------------------------------------------------------------------- */

/* One point of a picture: curves are numbered from 1 as they are drawn. */
typedef struct {
    int curve;
    const char *label, *style; /* literals; style: "line", "dashed", "map", "left" or "mixed" */
    double t, n, value;
    double low, high; /* of the band, nan where there is none */
} cli_row;

typedef struct {
    cli_row *row;
    size_t count, capacity;
} cli_rows;

KZ_CHECK_RESULT kz_status cli_rows_add(cli_rows *rows, const cli_row *row);
/* The sites first <= n <= last of a profile at row.t, with its band; `row` holds what is common. */
KZ_CHECK_RESULT kz_status cli_rows_add_profile(cli_rows *rows, cli_row row,
                                               const cli_run_pair *pair, kz_run_quantity quantity,
                                               double first, double last);
void cli_rows_free(cli_rows *rows);
/* Columns curve label style t n x_over_t value low high, with what the runs were made with.  Frees
 * the rows. */
KZ_CHECK_RESULT kz_status cli_rows_table(kz_io_table **out, cli_rows *rows,
                                         const cli_figure_work *figure, const char *meaning);

/* The times of the profiles, and their labels. */
enum { CLI_PROFILE_TIMES = 4 };
extern const double cli_profile_times[CLI_PROFILE_TIMES];
extern const char *const cli_profile_labels[CLI_PROFILE_TIMES];

/* -- panels ------------------------------------------------------------------------------ */

/* What is shown of effective states. */
typedef enum { CLI_STATE_BETA, CLI_STATE_MU, CLI_STATE_DISTANCE } cli_state_field;

typedef struct cli_panel cli_panel;
typedef kz_status (*cli_panel_make)(kz_io_table **out, cli_figure_work *figure,
                                    const cli_panel *panel);

struct cli_panel {
    const char *name;   /* 2a */
    const char *script; /* plots/SCRIPT.gp */
    cli_panel_make make;
    kz_quench_kind quench;
    bool measured; /* shows a quantity of the runs */
    kz_run_quantity quantity;
    cli_state_field field; /* of effective states */
};

extern const cli_panel cli_panels[];
extern const size_t cli_panel_count;

/* Profiles at several times of gamma = pi/4; of several gammas at t = 40; against t at n = 0;
 * currents with the homogeneous lines; the whole space-time. */
kz_status cli_figure_times(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel);
kz_status cli_figure_gammas(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel);
kz_status cli_figure_currents(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel);
kz_status cli_figure_history(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel);
/* The current at the junction against t, for growing bond dimension and extrapolated. */
kz_status cli_figure_convergence(kz_io_table **out, cli_figure_work *figure,
                                 const cli_panel *panel);
kz_status cli_figure_map(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel);
/* Effective states: profiles at several times of one run, of several gammas at t = 40, and the
 * distance of four sites against t. */
kz_status cli_figure_state_times(kz_io_table **out, cli_figure_work *figure,
                                 const cli_panel *panel);
kz_status cli_figure_state_free_times(kz_io_table **out, cli_figure_work *figure,
                                      const cli_panel *panel);
kz_status cli_figure_state_gammas(kz_io_table **out, cli_figure_work *figure,
                                  const cli_panel *panel);
kz_status cli_figure_state_history(kz_io_table **out, cli_figure_work *figure,
                                   const cli_panel *panel);
/* The inner maxima against t, and the velocity of the right one against Delta. */
kz_status cli_figure_cone(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel);
kz_status cli_figure_velocity(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel);
/* Spin Drude weight and diffusion against Delta; no runs. */
kz_status cli_figure_drude(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel);
/* Figure 6: the TEBD line; junction.tsv and figure6.tsv are written beside it. */
kz_status cli_figure_junction(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel);

/* The runs gamma = pi/2 ... pi/6 of a quench, in this order. */
enum { CLI_GAMMAS = 5 };
cli_figure_run cli_figure_gamma(kz_quench_kind quench, int i);

#endif
