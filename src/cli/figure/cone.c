/* Pictures of the inner light cone: Figures 3c and 3d. */
#include <math.h>

#include <kapitza/cone.h>

#include "cli/figure/figure.h"
#include "core/error.h"
#include "core/memory.h"

/* The paper fits its velocities over these times. */
static const double fit_first = 30.0, fit_last = 40.0;

/* -- positions against time -------------------------------------------------------------- */

static kz_status find(kz_cone *out, const kz_run *run, size_t k)
{
    return kz_cone_find(out, kz_run_row(run, KZ_RUN_ENERGY_CURRENT, k),
                        kz_run_get_setup(run)->length, kz_run_site(run, 0), kz_run_times(run)[k]);
}

static kz_status add_side(cli_rows *rows, cli_row row, const kz_cone *main, const kz_cone *other,
                          bool right)
{
    double second = NAN;
    if (other) second = right ? other->right[KZ_CONE_USUAL] : other->left[KZ_CONE_USUAL];
    row.style = right ? "line" : "left";
    row.value = row.n = right ? main->right[KZ_CONE_USUAL] : main->left[KZ_CONE_USUAL];
    row.low = other ? fmin(row.value, second) : NAN;
    row.high = other ? fmax(row.value, second) : NAN;
    return cli_rows_add(rows, &row);
}

static kz_status add_positions(cli_rows *rows, cli_row row, const cli_run_pair *pair)
{
    kz_cone main, other;
    size_t l;
    for (size_t k = 0; k < kz_run_count(pair->main); k++) {
        row.t = kz_run_times(pair->main)[k];
        KZ_TRY(find(&main, pair->main, k));
        if (pair->other) {
            KZ_TRY(cli_figure_time(&l, pair->other, row.t));
            KZ_TRY(find(&other, pair->other, l));
        }
        for (int right = 0; right < 2; right++)
            KZ_TRY(add_side(rows, row, &main, pair->other ? &other : NULL, right));
    }
    return KZ_OK;
}

kz_status cli_figure_cone(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    cli_rows rows = {.count = 0};
    cli_run_pair pair;
    kz_status status = KZ_OK;
    for (int i = 0; i < CLI_GAMMAS && status == KZ_OK; i++) {
        cli_figure_run run = cli_figure_gamma(panel->quench, i);
        const cli_row row = {.curve = i + 1, .label = cli_figure_label(run)};
        status = cli_figure_get(&pair, figure, run);
        if (status == KZ_OK) status = add_positions(&rows, row, &pair);
    }
    if (status == KZ_OK)
        return cli_rows_table(out, &rows, figure, "place of the inner maximum of energy_current");
    cli_rows_free(&rows);
    return status;
}

/* -- velocity against Delta -------------------------------------------------------------- */

static const cli_figure_run fitted[] = {CLI_ENERGY_PI2, CLI_ENERGY_020, CLI_ENERGY_035,
                                        CLI_ENERGY_PI3, CLI_ENERGY_PI4, CLI_ENERGY_PI5,
                                        CLI_ENERGY_PI6};
enum { FITTED = sizeof fitted / sizeof fitted[0] };

static kz_status velocity(kz_cone_velocity *out, const kz_run *run)
{
    void *memory;
    size_t count = kz_run_count(run);
    KZ_TRY(kz_alloc(&memory, count, sizeof(kz_cone)));
    kz_cone *rows = memory;
    kz_status status = KZ_OK;
    for (size_t k = 0; k < count && status == KZ_OK; k++)
        status = find(&rows[k], run, k);
    if (status == KZ_OK) status = kz_cone_fit(out, rows, count, fit_first, fit_last);
    kz_free(rows);
    return status;
}

/* Velocities by Delta: of the run, of the smaller bond dimension, and of the other smoothing
 * widths. */
enum { DELTA, V, V_ERR, V_OTHER, V_NARROW, V_WIDE, V_LEFT, V_LEFT_ERR, LINE, VELOCITIES };
static const char *const velocity_names[VELOCITIES] = {
    "Delta",  "v_right",    "v_right_err", "v_right_other_chi", "v_right_narrow", "v_right_wide",
    "v_left", "v_left_err", "line"};

static kz_status fill_velocity(double *const column[VELOCITIES], size_t i, const cli_run_pair *pair)
{
    kz_cone_velocity v;
    KZ_TRY(velocity(&v, pair->main));
    column[DELTA][i] = kz_run_get_setup(pair->main)->delta_right;
    column[V][i] = v.right[KZ_CONE_USUAL].slope;
    column[V_ERR][i] = v.right[KZ_CONE_USUAL].slope_err;
    column[V_NARROW][i] = v.right[KZ_CONE_NARROW].slope;
    column[V_WIDE][i] = v.right[KZ_CONE_WIDE].slope;
    column[V_LEFT][i] = v.left[KZ_CONE_USUAL].slope;
    column[V_LEFT_ERR][i] = v.left[KZ_CONE_USUAL].slope_err;
    if (!pair->other) return KZ_OK;
    KZ_TRY(velocity(&v, pair->other));
    column[V_OTHER][i] = v.right[KZ_CONE_USUAL].slope;
    return KZ_OK;
}

/* v'_R = A Delta + B over the runs that have an inner maximum. */
static kz_status fit_line(kz_io_table *table, double *const column[VELOCITIES], int y,
                          const char *const names[4], kz_line *line)
{
    KZ_TRY(kz_line_fit(line, column[DELTA], column[y], FITTED));
    KZ_TRY(kz_io_table_set_number(table, names[0], line->slope));
    KZ_TRY(kz_io_table_set_number(table, names[1], line->slope_err));
    KZ_TRY(kz_io_table_set_number(table, names[2], line->offset));
    return kz_io_table_set_number(table, names[3], line->offset_err);
}

static kz_status fill_table(kz_io_table *table, cli_figure_work *figure)
{
    static const char *const usual[] = {"A", "A_err", "B", "B_err"};
    static const char *const other[] = {"A_other_chi", "A_other_chi_err", "B_other_chi",
                                        "B_other_chi_err"};
    static const char *const narrow[] = {"A_narrow", "A_narrow_err", "B_narrow", "B_narrow_err"};
    static const char *const wide[] = {"A_wide", "A_wide_err", "B_wide", "B_wide_err"};
    double *column[VELOCITIES];
    cli_run_pair pair;
    kz_line line, unused;
    for (int i = 0; i < VELOCITIES; i++)
        KZ_TRY(kz_io_table_add_numbers(&column[i], table, velocity_names[i]));
    for (size_t i = 0; i < FITTED; i++) {
        KZ_TRY(cli_figure_get(&pair, figure, fitted[i]));
        KZ_TRY(fill_velocity(column, i, &pair));
    }
    KZ_TRY(fit_line(table, column, V, usual, &line));
    KZ_TRY(fit_line(table, column, V_OTHER, other, &unused));
    KZ_TRY(fit_line(table, column, V_NARROW, narrow, &unused));
    KZ_TRY(fit_line(table, column, V_WIDE, wide, &unused));
    for (size_t i = 0; i < FITTED; i++)
        column[LINE][i] = line.slope * column[DELTA][i] + line.offset;
    (void)snprintf(figure->note, sizeof figure->note, "v' = (%.2f ± %.2f) Δ + (%.2f ± %.2f)",
                   line.slope, line.slope_err, line.offset, line.offset_err);
    return KZ_OK;
}

kz_status cli_figure_velocity(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    (void)panel;
    KZ_TRY(cli_table_create(out, figure->args, FITTED, NULL));
    kz_status status = kz_io_table_set_number(*out, "fit_first", fit_first);
    if (status == KZ_OK) status = kz_io_table_set_number(*out, "fit_last", fit_last);
    if (status == KZ_OK) status = fill_table(*out, figure);
    if (status == KZ_OK) return KZ_OK;
    kz_io_table_free(*out);
    *out = NULL;
    return status;
}
