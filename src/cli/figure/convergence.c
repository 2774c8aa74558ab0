/* How far the current at the junction is from convergence: one run a bond dimension, and their
 * value at vanishing truncation. */
#include <math.h>
#include <stdio.h>

#include <kapitza/extrapolate.h>

#include "cli/figure/figure.h"
#include "core/error.h"
#include "core/memory.h"

/* Of energy-pi4-L64-chiN.h5: 64 sites, which the fronts leave the junction of alone until t = 40.
 */
enum { RUNS = 6 };
static const struct {
    const char *label;
    int chi;
} shown[RUNS] = {{"350", 350},   {"500", 500},   {"700", 700},
                 {"1000", 1000}, {"1400", 1400}, {"2000", 2000}};

static kz_status read_runs(kz_run *runs[RUNS])
{
    for (int i = 0; i < RUNS; i++) {
        char file[64], path[PATH_MAX];
        (void)snprintf(file, sizeof file, "energy-pi4-L64-chi%d.h5", shown[i].chi);
        if (!cli_figure_find(path, file))
            return cli_figure_missing(file, "make it with data/make-runs");
        KZ_TRY(kz_run_read(&runs[i], path));
        if (kz_run_get_setup(runs[i])->chi != (size_t)shown[i].chi)
            return KZ_FAIL(KZ_EIO, "%s: is another run than its name says", path);
    }
    return kz_extrapolate_check((const kz_run *const *)runs, RUNS);
}

/* Bond 0. */
static size_t middle(const kz_run *run) { return kz_run_get_setup(run)->length / 2 - 1; }

static kz_status add_run(cli_rows *rows, const kz_run *run, int i, kz_run_quantity quantity)
{
    cli_row row = {
        .curve = i + 1, .label = shown[i].label, .style = "line", .low = NAN, .high = NAN};
    for (size_t k = 0; k < kz_run_count(run); k++) {
        row.t = kz_run_times(run)[k];
        row.value = kz_run_row(run, quantity, k)[middle(run)];
        KZ_TRY(cli_rows_add(rows, &row));
    }
    return KZ_OK;
}

/* At the times of the run of the largest bond dimension. */
static kz_status add_extrapolated(cli_rows *rows, kz_run *const *runs, kz_run_quantity quantity)
{
    const kz_run *best = runs[RUNS - 1];
    size_t length = kz_run_get_setup(best)->length, n = middle(best);
    cli_row row = {.curve = RUNS + 1, .label = "∞", .style = "line"};
    double *value;
    KZ_TRY(kz_alloc_doubles(&value, 2 * length));
    kz_status status = KZ_OK;
    for (size_t k = 0; k < kz_run_count(best) && status == KZ_OK; k++) {
        row.t = kz_run_times(best)[k];
        status = kz_extrapolate_row(value, value + length, (const kz_run *const *)runs, RUNS,
                                    quantity, row.t);
        if (status != KZ_OK) break;
        row.value = value[n];
        row.low = value[n] - value[length + n];
        row.high = value[n] + value[length + n];
        status = cli_rows_add(rows, &row);
    }
    kz_free(value);
    return status;
}

kz_status cli_figure_convergence(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    kz_run *runs[RUNS] = {NULL};
    cli_rows rows = {.count = 0};
    kz_status status = read_runs(runs);
    for (int i = 0; i < RUNS && status == KZ_OK; i++)
        status = add_run(&rows, runs[i], i, panel->quantity);
    if (status == KZ_OK) status = add_extrapolated(&rows, runs, panel->quantity);
    for (int i = 0; i < RUNS; i++)
        kz_run_free(runs[i]);
    if (status == KZ_OK)
        return cli_rows_table(out, &rows, figure, kz_run_quantity_name(panel->quantity));
    cli_rows_free(&rows);
    return status;
}
