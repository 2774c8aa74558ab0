/* The picture of `overlay`: what its script is told beside the table. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/command/overlay_data.h"
#include "cli/command/run_table.h"
#include "cli/gnuplot.h"

enum { WORDS_SIZE = 4000 };

/* Adds 'text' in quotes, as gnuplot's word() wants it. */
static void add_word(char words[WORDS_SIZE], const char *text)
{
    size_t used = strlen(words);
    (void)snprintf(words + used, WORDS_SIZE - used, "%s'%s'", used ? " " : "", text);
}

/* A state that has lost more weight than this is not converged in all that is drawn. */
static const double CONVERGED_WEIGHT = 0.01;

/* Says in the title of the picture where even the best run is not converged. */
static void add_warning(char *title, size_t size, const cli_overlay_data *d)
{
    for (size_t k = 0; k < d->time_count; k++) {
        double least = INFINITY;
        for (size_t i = 0; i < d->count; i++) {
            size_t row = kz_run_find_time(d->run[i], d->times[k]);
            if (row == kz_run_count(d->run[i])) continue;
            double weight = kz_extrapolate_weight(d->run[i], row); /* nan: exact */
            least = weight < least ? weight : isnan(weight) ? 0.0 : least;
        }
        if (!(least > CONVERGED_WEIGHT)) continue;
        size_t used = strlen(title);
        (void)snprintf(title + used, size - used,
                       "\nnot converged from t = %g on: discarded weight %.2g", d->times[k], least);
        return;
    }
}

kz_status cli_overlay_draw(const cli_overlay_data *d, const char *base, const char *table)
{
    const kz_run_setup *setup = kz_run_get_setup(d->run[0]);
    char times[WORDS_SIZE] = "", series[WORDS_SIZE] = "", lines[WORDS_SIZE] = "";
    char title[500], initial[CLI_RUN_INITIAL], edge[KZ_IO_NUMBER_SIZE], number[KZ_IO_NUMBER_SIZE];
    for (size_t k = 0; k < d->time_count; k++)
        add_word(times, kz_io_format_number(number, d->times[k]));
    for (size_t i = 0; i < d->count; i++)
        add_word(series, d->series[i]);
    if (d->extrapolate) add_word(series, "extrapolated");
    for (size_t k = 0; k < kz_overlay_count(d->overlay); k++)
        add_word(lines, d->line[k]);
    (void)snprintf(title, sizeof title, "%s | %s, %s, L = %zu", setup->left, setup->right,
                   cli_run_initial_text(initial, setup), setup->length);
    add_warning(title, sizeof title, d);
    kz_io_format_number(edge, fmax(kz_overlay_cone(d->overlay, KZ_SIDE_LEFT),
                                   kz_overlay_cone(d->overlay, KZ_SIDE_RIGHT)));
    const char *const words[] = {
        kz_run_quantity_name(d->quantity), times, series, lines, title, edge};
    return cli_gnuplot_to(base, "overlay", table, words, sizeof words / sizeof words[0]);
}
