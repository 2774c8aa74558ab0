/* Pictures of effective states: Figures 4, 7 and 8. */
#include <math.h>

#include "cli/figure/figure.h"
#include "core/error.h"
#include "core/memory.h"

static const double last_time = 40.0;
/* Of Figure 4d: beside the junction and some sites off, on both halves. */
static const double shown_sites[] = {-8.0, -3.0, 3.0, 8.0};
static const char *const shown_labels[] = {"n = -8", "n = -3", "n = 3", "n = 8"};
enum { SHOWN = sizeof shown_sites / sizeof shown_sites[0] };

static kz_status get_effective(kz_effective **out, cli_figure_work *figure, cli_figure_run which,
                               const kz_run *run, bool distances)
{
    kz_effective **kept = &figure->effective[which][distances];
    if (!*kept) KZ_TRY(kz_effective_create_for_run(kept, run, distances, &figure->common->options));
    *out = *kept;
    return KZ_OK;
}

/* The rows of both bond dimensions at one time. */
typedef struct {
    size_t count; /* length - 2 */
    kz_effective_row *main, *other;
    bool both;
} state_rows;

static void state_rows_free(state_rows *s)
{
    kz_free(s->main);
    kz_free(s->other);
}

static kz_status state_rows_allocate(state_rows *s, const cli_run_pair *pair)
{
    void *memory;
    *s = (state_rows){.count = kz_run_get_setup(pair->main)->length - 2,
                      .both = pair->other != NULL};
    KZ_TRY(kz_alloc(&memory, s->count, sizeof *s->main));
    s->main = memory;
    KZ_TRY(kz_alloc(&memory, s->count, sizeof *s->other));
    s->other = memory;
    return KZ_OK;
}

static kz_status state_rows_fill(state_rows *s, kz_effective *effective, const cli_run_pair *pair,
                                 double t)
{
    size_t k;
    KZ_TRY(cli_figure_time(&k, pair->main, t));
    KZ_TRY(kz_effective_run_rows(s->main, effective, pair->main, k));
    if (!s->both) return KZ_OK;
    KZ_TRY(cli_figure_time(&k, pair->other, t));
    return kz_effective_run_rows(s->other, effective, pair->other, k);
}

static double field_of(const kz_effective_row *row, cli_state_field field)
{
    if (row->place == KZ_PLACE_FAILED) return NAN;
    if (field == CLI_STATE_BETA) return row->beta;
    return field == CLI_STATE_MU ? row->mu : row->distance;
}

/* The point of index i; `row` holds what is common. */
static kz_status add_point(cli_rows *rows, cli_row row, const state_rows *s, size_t i,
                           cli_state_field field)
{
    if (s->main[i].mixed) row.style = "mixed";
    row.value = field_of(&s->main[i], field);
    row.low = row.high = NAN;
    if (s->both) {
        double other = field_of(&s->other[i], field);
        row.low = fmin(row.value, other);
        row.high = fmax(row.value, other);
    }
    return cli_rows_add(rows, &row);
}

static kz_status add_profile(cli_rows *rows, cli_row row, state_rows *s, kz_effective *effective,
                             const cli_run_pair *pair, cli_state_field field)
{
    KZ_TRY(state_rows_fill(s, effective, pair, row.t));
    for (size_t i = 0; i < s->count; i++) {
        row.n = (double)kz_run_site(pair->main, i);
        KZ_TRY(add_point(rows, row, s, i, field));
    }
    return KZ_OK;
}

/* The profiles of one run at several times. */
static kz_status add_times(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel,
                           cli_figure_run which)
{
    cli_run_pair pair;
    kz_effective *effective;
    state_rows s = {.count = 0};
    bool distances = panel->field == CLI_STATE_DISTANCE;
    KZ_TRY(cli_figure_get(&pair, figure, which));
    KZ_TRY(get_effective(&effective, figure, which, pair.main, distances));
    kz_status status = state_rows_allocate(&s, &pair);
    for (int i = 0; i < CLI_PROFILE_TIMES && status == KZ_OK; i++) {
        const cli_row row = {.curve = i + 1,
                             .label = cli_profile_labels[i],
                             .style = "line",
                             .t = cli_profile_times[i]};
        status = add_profile(rows, row, &s, effective, &pair, panel->field);
    }
    state_rows_free(&s);
    return status;
}

static kz_status add_gamma(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel, int i)
{
    cli_run_pair pair;
    kz_effective *effective;
    state_rows s = {.count = 0};
    cli_figure_run which = cli_figure_gamma(panel->quench, i);
    const cli_row row = {
        .curve = i + 1, .label = cli_figure_label(which), .style = "line", .t = last_time};
    KZ_TRY(cli_figure_get(&pair, figure, which));
    KZ_TRY(get_effective(&effective, figure, which, pair.main, false));
    kz_status status = state_rows_allocate(&s, &pair);
    if (status == KZ_OK) status = add_profile(rows, row, &s, effective, &pair, panel->field);
    state_rows_free(&s);
    return status;
}

static kz_status add_gammas(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel)
{
    for (int i = 0; i < CLI_GAMMAS; i++)
        KZ_TRY(add_gamma(rows, figure, panel, i));
    return KZ_OK;
}

static kz_status add_shown(cli_rows *rows, const state_rows *s, const cli_run_pair *pair, double t,
                           cli_state_field field)
{
    for (int curve = 0; curve < SHOWN; curve++)
        for (size_t i = 0; i < s->count; i++) {
            if ((double)kz_run_site(pair->main, i) != shown_sites[curve]) continue;
            const cli_row row = {.curve = curve + 1,
                                 .label = shown_labels[curve],
                                 .style = "line",
                                 .t = t,
                                 .n = shown_sites[curve]};
            KZ_TRY(add_point(rows, row, s, i, field));
        }
    return KZ_OK;
}

static kz_status add_history(cli_rows *rows, cli_figure_work *figure, const cli_panel *panel)
{
    cli_run_pair pair;
    kz_effective *effective;
    state_rows s = {.count = 0};
    KZ_TRY(cli_figure_get(&pair, figure, CLI_ENERGY_PI4));
    KZ_TRY(get_effective(&effective, figure, CLI_ENERGY_PI4, pair.main, true));
    kz_status status = state_rows_allocate(&s, &pair);
    for (size_t k = 0; k < kz_run_count(pair.main) && status == KZ_OK; k++) {
        double t = kz_run_times(pair.main)[k];
        status = state_rows_fill(&s, effective, &pair, t);
        if (status == KZ_OK) status = add_shown(rows, &s, &pair, t, panel->field);
    }
    state_rows_free(&s);
    return status;
}

static kz_status finish(kz_io_table **out, cli_rows *rows, kz_status status,
                        const cli_figure_work *figure, const cli_panel *panel)
{
    static const char *const names[] = {"beta_eff", "mu_eff", "trace distance d_n"};
    if (status == KZ_OK) return cli_rows_table(out, rows, figure, names[panel->field]);
    cli_rows_free(rows);
    return status;
}

kz_status cli_figure_state_times(kz_io_table **out, cli_figure_work *figure, const cli_panel *panel)
{
    cli_rows rows = {.count = 0};
    bool energy = panel->quench == KZ_QUENCH_ENERGY;
    kz_status status = add_times(&rows, figure, panel, energy ? CLI_ENERGY_PI4 : CLI_WALL_PI4);
    return finish(out, &rows, status, figure, panel);
}

kz_status cli_figure_state_free_times(kz_io_table **out, cli_figure_work *figure,
                                      const cli_panel *panel)
{
    cli_rows rows = {.count = 0};
    kz_status status = add_times(&rows, figure, panel, CLI_ENERGY_PI2);
    return finish(out, &rows, status, figure, panel);
}

kz_status cli_figure_state_gammas(kz_io_table **out, cli_figure_work *figure,
                                  const cli_panel *panel)
{
    cli_rows rows = {.count = 0};
    kz_status status = add_gammas(&rows, figure, panel);
    return finish(out, &rows, status, figure, panel);
}

kz_status cli_figure_state_history(kz_io_table **out, cli_figure_work *figure,
                                   const cli_panel *panel)
{
    cli_rows rows = {.count = 0};
    kz_status status = add_history(&rows, figure, panel);
    return finish(out, &rows, status, figure, panel);
}
