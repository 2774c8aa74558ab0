/* Pictures of what a run measures: Figures 1b, 2, 3a, 3b and 5. */
#include <math.h>

#include <kapitza/extrapolate.h>

#include "cli/figure/figure.h"
#include "core/error.h"
#include "core/memory.h"

static const double last_time = 40.0;

/* A row of a run with its band, each [length]. */
typedef struct {
    double *value, *low, *high;
    size_t length;
} banded;

static kz_status banded_create(banded *b, const cli_run_pair *pair)
{
    b->length = kz_run_get_setup(pair->main)->length;
    KZ_TRY(kz_alloc_doubles(&b->value, 3 * b->length));
    b->low = b->value + b->length;
    b->high = b->low + b->length;
    return KZ_OK;
}

static void banded_free(banded *b) { kz_free(b->value); }

static kz_status extrapolate(banded *b, const cli_run_pair *pair, kz_run_quantity quantity,
                             double t)
{
    const kz_run *const runs[] = {pair->main, pair->other};
    KZ_TRY(kz_extrapolate_row(b->value, b->high, runs, 2, quantity, t));
    for (size_t i = 0; i < b->length; i++) {
        b->low[i] = b->value[i] - b->high[i];
        b->high[i] += b->value[i];
    }
    return KZ_OK;
}

static kz_status banded_read(banded *b, const cli_run_pair *pair, kz_run_quantity quantity,
                             double t)
{
    size_t k, l = 0;
    KZ_TRY(cli_figure_time(&k, pair->main, t));
    if (pair->other) KZ_TRY(cli_figure_time(&l, pair->other, t));
    if (pair->extrapolated) return extrapolate(b, pair, quantity, t);
    const double *value = kz_run_row(pair->main, quantity, k);
    const double *other = pair->other ? kz_run_row(pair->other, quantity, l) : NULL;
    for (size_t i = 0; i < b->length; i++) {
        b->value[i] = value[i];
        b->low[i] = other ? fmin(value[i], other[i]) : NAN;
        b->high[i] = other ? fmax(value[i], other[i]) : NAN;
    }
    return KZ_OK;
}

/* The point of index i; `row` holds what is common. */
static cli_row point(cli_row row, const banded *b, size_t i)
{
    row.value = b->value[i];
    row.low = b->low[i];
    row.high = b->high[i];
    return row;
}

kz_status cli_rows_add_profile(cli_rows *rows, cli_row row, const cli_run_pair *pair,
                               kz_run_quantity quantity, double first, double last)
{
    banded b;
    KZ_TRY(banded_create(&b, pair));
    kz_status status = banded_read(&b, pair, quantity, row.t);
    for (size_t i = 0; i < b.length && status == KZ_OK; i++) {
        row.n = (double)kz_run_site(pair->main, i);
        if (!isfinite(b.value[i]) || row.n < first || row.n > last) continue;
        row = point(row, &b, i);
        status = cli_rows_add(rows, &row);
    }
    banded_free(&b);
    return status;
}

static kz_status add_profile(cli_rows *rows, cli_row row, const cli_run_pair *pair,
                             kz_run_quantity quantity)
{
    return cli_rows_add_profile(rows, row, pair, quantity, -INFINITY, INFINITY);
}

static kz_status add_times(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel)
{
    cli_run_pair pair;
    bool energy = panel->quench == KZ_QUENCH_ENERGY;
    KZ_TRY(cli_figure_get(&pair, figure, energy ? CLI_ENERGY_PI4 : CLI_WALL_PI4));
    for (int i = 0; i < CLI_PROFILE_TIMES; i++) {
        cli_row row = {.curve = i + 1,
                       .label = cli_profile_labels[i],
                       .style = "line",
                       .t = cli_profile_times[i]};
        KZ_TRY(add_profile(rows, row, &pair, panel->quantity));
    }
    return KZ_OK;
}

static kz_status add_gammas(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel)
{
    cli_run_pair pair;
    for (int i = 0; i < CLI_GAMMAS; i++) {
        cli_figure_run run = cli_figure_gamma(panel->quench, i);
        cli_row row = {
            .curve = i + 1, .label = cli_figure_label(run), .style = "line", .t = last_time};
        KZ_TRY(cli_figure_get(&pair, figure, run));
        KZ_TRY(add_profile(rows, row, &pair, panel->quantity));
    }
    return KZ_OK;
}

/* Dashed: the homogeneous chains of either half, each on its side. */
static kz_status add_currents(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel)
{
    bool energy = panel->quench == KZ_QUENCH_ENERGY;
    cli_run_pair left, right;
    cli_row row = {
        .curve = CLI_PROFILE_TIMES + 1, .label = "homogeneous", .style = "dashed", .t = last_time};
    KZ_TRY(add_times(rows, figure, panel));
    KZ_TRY(cli_figure_get(&left, figure, energy ? CLI_ENERGY_PI2 : CLI_WALL_PI2));
    KZ_TRY(cli_rows_add_profile(rows, row, &left, panel->quantity, -INFINITY, -1.0));
    row.curve++;
    KZ_TRY(cli_figure_get(&right, figure, energy ? CLI_ENERGY_HOMOGENEOUS : CLI_WALL_HOMOGENEOUS));
    return cli_rows_add_profile(rows, row, &right, panel->quantity, 1.0, INFINITY);
}

static kz_status add_history(cli_rows *rows, cli_row row, const cli_run_pair *pair,
                             kz_run_quantity quantity)
{
    banded b;
    KZ_TRY(banded_create(&b, pair));
    kz_status status = KZ_OK;
    for (size_t k = 0; k < kz_run_count(pair->main) && status == KZ_OK; k++) {
        row.t = kz_run_times(pair->main)[k];
        status = banded_read(&b, pair, quantity, row.t);
        if (status != KZ_OK) break;
        row = point(row, &b, b.length / 2 - 1); /* n = 0 */
        status = cli_rows_add(rows, &row);
    }
    banded_free(&b);
    return status;
}

static kz_status add_histories(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel)
{
    cli_run_pair pair;
    for (int i = 0; i < CLI_GAMMAS; i++) {
        cli_figure_run run = cli_figure_gamma(panel->quench, i);
        cli_row row = {.curve = i + 1, .label = cli_figure_label(run), .style = "line"};
        KZ_TRY(cli_figure_get(&pair, figure, run));
        KZ_TRY(add_history(rows, row, &pair, panel->quantity));
    }
    return KZ_OK;
}

static kz_status add_map(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel)
{
    cli_run_pair pair;
    KZ_TRY(cli_figure_get(&pair, figure, CLI_ENERGY_PI4));
    for (size_t k = 0; k < kz_run_count(pair.main); k++) {
        cli_row row = {
            .curve = 1, .label = "pi/4", .style = "map", .t = kz_run_times(pair.main)[k]};
        KZ_TRY(add_profile(rows, row, &pair, panel->quantity));
    }
    return KZ_OK;
}

typedef kz_status (*add_fn)(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel);

static kz_status make(kz_io_table **out, add_fn add, cli_figure_work *figure,
                      const cli_panel *panel)
{
    cli_rows rows = {.count = 0};
    kz_status status = add(&rows, figure, panel);
    if (status == KZ_OK)
        return cli_rows_table(out, &rows, figure, kz_run_quantity_name(panel->quantity));
    cli_rows_free(&rows);
    return status;
}

kz_status cli_figure_times(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    return make(out, add_times, figure, panel);
}

kz_status cli_figure_gammas(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    return make(out, add_gammas, figure, panel);
}

kz_status cli_figure_currents(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    return make(out, add_currents, figure, panel);
}

kz_status cli_figure_history(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    return make(out, add_histories, figure, panel);
}

kz_status cli_figure_map(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    return make(out, add_map, figure, panel);
}
