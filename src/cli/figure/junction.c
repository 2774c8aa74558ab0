/* Figure 6: the Ohmic junction at several R, and the TEBD run beside it. */
#include <math.h>
#include <stdio.h>

#include <kapitza/overlay.h>

#include "cli/figure/figure.h"
#include "core/error.h"
#include "core/memory.h"

static const double shown_time = 40.0;

/* -- how far the model is from the run --------------------------------------------------- */

/* Of all lines, the one whose mean distance from the run, over the light cone, is least; rays
 * [length] is scratch. */
static kz_status nearest_line(size_t *nearest, kz_overlay_deviation *least, kz_overlay *overlay,
                              kz_ray *rays, const double *value, kz_run_quantity quantity)
{
    *least = (kz_overlay_deviation){.mean = INFINITY};
    for (size_t line = 0; line < kz_overlay_count(overlay); line++) {
        KZ_TRY(kz_overlay_sample(rays, overlay, line, quantity, shown_time));
        kz_overlay_deviation d =
            kz_overlay_compare(overlay, value, rays, quantity, shown_time, 1.0);
        if (!(d.mean < least->mean)) continue;
        *least = d;
        *nearest = line;
    }
    return KZ_OK;
}

static kz_status print_nearest(cli_figure_work *figure, const kz_run *run, const double *value,
                               kz_run_quantity quantity)
{
    kz_overlay_params params = kz_overlay_params_default();
    kz_overlay *overlay = NULL;
    kz_overlay_deviation least;
    void *rays;
    size_t nearest = 0;
    params.resistance = figure->junction.resistance.values;
    params.resistances = figure->junction.resistance.count;
    params.options = figure->common->options;
    KZ_TRY(kz_alloc(&rays, kz_run_get_setup(run)->length, sizeof(kz_ray)));
    kz_status status = kz_overlay_create(&overlay, kz_run_get_setup(run), &params);
    if (status == KZ_OK) status = nearest_line(&nearest, &least, overlay, rays, value, quantity);
    if (status == KZ_OK)
        printf("# %s at t = %g: R = %g comes nearest to TEBD, mean |difference| %.2g, largest %.2g "
               "at n = %ld\n",
               kz_run_quantity_name(quantity), shown_time,
               kz_overlay_get_line(overlay, nearest)->resistance, least.mean, least.largest,
               least.n_at_largest);
    kz_overlay_free(overlay);
    kz_free(rays);
    return status;
}

/* -- the TEBD line ----------------------------------------------------------------------- */

static kz_status add_line(cli_rows *rows, const cli_run_pair *pair, kz_run_quantity quantity)
{
    const cli_row row = {.curve = 1, .label = "TEBD", .style = "line", .t = shown_time};
    return cli_rows_add_profile(rows, row, pair, quantity, -INFINITY, INFINITY);
}

kz_status cli_figure_junction(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    cli_rows rows = {.count = 0};
    cli_run_pair pair;
    size_t k;
    KZ_TRY(cli_figure_get(&pair, figure, CLI_ENERGY_PI4));
    KZ_TRY(cli_figure_time(&k, pair.main, shown_time));
    const double *value = kz_run_row(pair.main, panel->quantity, k);
    KZ_TRY(print_nearest(figure, pair.main, value, panel->quantity));
    kz_status status = add_line(&rows, &pair, panel->quantity);
    if (status == KZ_OK)
        return cli_rows_table(out, &rows, figure, kz_run_quantity_name(panel->quantity));
    cli_rows_free(&rows);
    return status;
}
