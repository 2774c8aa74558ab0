#include "cli/command/overlay_data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/command/run_table.h"
#include "core/error.h"
#include "core/memory.h"

/* A drawn half of a line has this many rays and ends at this multiple of the light cone, which
 * keeps its edge, where profiles are singular, between two rays. */
enum { RAYS = 201 };
static const double BEYOND = 1.26;

/* kz_fermion_lattice_measure() is exact to rounding. */
static const double FERMION_ERR = 1e-13;

/* Parts of the light cone that deviations are told of: all of it, and without its edges. */
static const double cones[] = {1.0, 0.8};
enum { CONES = sizeof cones / sizeof cones[0] };

static const char extrapolated[] = "extrapolated";

/* -- names and times ----------------------------------------------------------------------- */

static bool told_apart_by_chi(const cli_overlay_data *d)
{
    for (size_t i = 0; i < d->count; i++) {
        const kz_run_setup *a = kz_run_get_setup(d->run[i]);
        if (a->method != KZ_METHOD_TEBD) return false;
        for (size_t k = 0; k < i; k++)
            if (kz_run_get_setup(d->run[k])->chi == a->chi) return false;
    }
    return true;
}

void cli_overlay_name_series(cli_overlay_data *d)
{
    bool by_chi = told_apart_by_chi(d);
    for (size_t i = 0; i < d->count; i++) {
        const char *slash = strrchr(d->path[i], '/'), *name = slash ? slash + 1 : d->path[i];
        size_t length = strlen(name);
        if (length > 3 && strcmp(name + length - 3, ".h5") == 0) length -= 3;
        if (length > 60) length = 60;
        if (d->count == 1)
            (void)strcpy(d->series[i], "tebd");
        else if (by_chi)
            (void)snprintf(d->series[i], CLI_OVERLAY_SERIES, "tebd chi=%zu",
                           kz_run_get_setup(d->run[i])->chi);
        else
            (void)snprintf(d->series[i], CLI_OVERLAY_SERIES, "tebd %.*s", (int)length, name);
        /* the name goes into a column and, in quotes, to gnuplot */
        for (char *c = d->series[i]; *c; c++)
            if ((unsigned char)*c < ' ' || strchr("'\"\\`", *c)) *c = '?';
    }
}

/* -- points -------------------------------------------------------------------------------- */

/* Series are the runs and, last, their extrapolation. */
static size_t series_count(const cli_overlay_data *d) { return d->count + d->extrapolate; }

static const char *series_name(const cli_overlay_data *d, size_t s)
{
    return s < d->count ? d->series[s] : extrapolated;
}

static size_t length_of(const cli_overlay_data *d) { return kz_run_get_setup(d->run[0])->length; }

static bool has_time(const cli_overlay_data *d, size_t s, double t)
{
    return s == d->count || kz_run_find_time(d->run[s], t) < kz_run_count(d->run[s]);
}

/* Values and errors [length] of a series that has the time; how well a TEBD run is converged cannot
 * be told from it alone. */
static kz_status get_values(double *value, double *err, const cli_overlay_data *d, size_t s,
                            kz_run_quantity quantity, double t)
{
    if (s == d->count)
        return kz_extrapolate_row(value, err, (const kz_run *const *)d->run, d->count, quantity, t);
    const kz_run *run = d->run[s];
    bool exact = kz_run_get_setup(run)->method == KZ_METHOD_FERMION;
    memcpy(value, kz_run_row(run, quantity, kz_run_find_time(run, t)),
           length_of(d) * sizeof *value);
    for (size_t i = 0; i < length_of(d); i++)
        err[i] = exact && !isnan(value[i]) ? FERMION_ERR : NAN;
    return KZ_OK;
}

enum { T, X_OVER_T, VALUE, ERR, ZETA, NUMBERS };

typedef struct {
    const char **series, **side;
    double *number[NUMBERS];
} columns;

static kz_status fill_points(const columns *c, size_t *row, const cli_overlay_data *d, size_t s,
                             double t)
{
    const kz_run_setup *setup = kz_run_get_setup(d->run[0]);
    KZ_TRY(get_values(c->number[VALUE] + *row, c->number[ERR] + *row, d, s, d->quantity, t));
    for (size_t i = 0; i < length_of(d); i++, ++*row) {
        long n = kz_run_site(d->run[0], i);
        double x = kz_overlay_position(setup, d->quantity, n);
        c->series[*row] = series_name(d, s);
        c->side[*row] = x < 0.0 ? "left" : "right";
        c->number[T][*row] = t;
        c->number[X_OVER_T][*row] = (double)n / t;
        c->number[ZETA][*row] = x / t;
    }
    return KZ_OK;
}

/* -- lines --------------------------------------------------------------------------------- */

static bool fatal(kz_status status)
{
    return status == KZ_EINVAL || status == KZ_ENOMEM || status == KZ_ECANCELLED;
}

static kz_status fill_half(const columns *c, size_t *row, const cli_overlay_data *d, size_t line,
                           kz_side side, cli_failures *failures)
{
    double zeta[RAYS], edge = BEYOND * fmax(kz_overlay_cone(d->overlay, KZ_SIDE_LEFT),
                                            kz_overlay_cone(d->overlay, KZ_SIDE_RIGHT));
    kz_ray rays[RAYS];
    for (int k = 0; k < RAYS; k++) {
        double part = (double)k / (RAYS - 1);
        zeta[k] = side == KZ_SIDE_LEFT ? (part - 1.0) * edge : part * edge;
    }
    kz_status status = kz_overlay_rays(rays, d->overlay, line, side, zeta, RAYS);
    if (fatal(status)) return status;
    for (int k = 0; k < RAYS; k++, ++*row) {
        c->series[*row] = d->line[line];
        c->side[*row] = side == KZ_SIDE_LEFT ? "left" : "right";
        c->number[X_OVER_T][*row] = c->number[ZETA][*row] = zeta[k];
        c->number[VALUE][*row] = kz_overlay_value(&rays[k], d->quantity);
        c->number[ERR][*row] = rays[k].err;
        if (rays[k].status != KZ_OK)
            cli_failures_add(failures, *row, rays[k].status, kz_error_reason());
    }
    return KZ_OK;
}

/* The closed form has no energies. */
static bool drawn(const cli_overlay_data *d, size_t line)
{
    bool spins = d->quantity == KZ_RUN_MAGNETIZATION || d->quantity == KZ_RUN_SPIN_CURRENT;
    return spins || kz_overlay_get_line(d->overlay, line)->kind != KZ_LINE_CLOSED_FORM;
}

static size_t count_rows(const cli_overlay_data *d)
{
    size_t rows = 0;
    for (size_t k = 0; k < d->time_count; k++)
        for (size_t s = 0; s < series_count(d); s++)
            rows += has_time(d, s, d->times[k]) ? length_of(d) : 0;
    for (size_t line = 0; line < kz_overlay_count(d->overlay); line++) {
        const kz_overlay_line *l = kz_overlay_get_line(d->overlay, line);
        if (drawn(d, line)) rows += RAYS * ((size_t)l->has[0] + (size_t)l->has[1]);
    }
    return rows;
}

static kz_status fill(const columns *c, cli_overlay_data *d, cli_failures *failures)
{
    size_t row = 0;
    for (size_t k = 0; k < d->time_count; k++)
        for (size_t s = 0; s < series_count(d); s++)
            if (has_time(d, s, d->times[k])) KZ_TRY(fill_points(c, &row, d, s, d->times[k]));
    for (size_t line = 0; line < kz_overlay_count(d->overlay); line++, d->progress->stage++)
        for (int side = 0; side < 2 && drawn(d, line); side++)
            if (kz_overlay_get_line(d->overlay, line)->has[side])
                KZ_TRY(fill_half(c, &row, d, line, (kz_side)side, failures));
    return KZ_OK;
}

/* -- deviations ---------------------------------------------------------------------------- */

/* The quantities that a quench moves, and the one that was asked for. */
static bool is_told(const cli_overlay_data *d, kz_run_quantity q)
{
    bool energy = kz_run_is_even(kz_run_get_setup(d->run[0]));
    if (!kz_overlay_has(q)) return false;
    return q == d->quantity || !energy || q == KZ_RUN_ENERGY || q == KZ_RUN_ENERGY_CURRENT;
}

/* Room for one series against one line at one time. */
typedef struct {
    double *value, *err; /* [length] */
    kz_ray *rays;        /* [length] */
} workspace;

static kz_status tell(kz_io_table *table, const workspace *w, const cli_overlay_data *d, size_t s,
                      size_t line, kz_run_quantity q, double t)
{
    char text[400];
    KZ_TRY(get_values(w->value, w->err, d, s, q, t));
    for (int k = 0; k < CONES; k++) {
        kz_overlay_deviation out =
            kz_overlay_compare(d->overlay, w->value, w->rays, q, t, cones[k]);
        if (out.count == 0) continue;
        (void)snprintf(text, sizeof text,
                       "deviation quantity=%s series=\"%s\" line=\"%s\" t=%.15g cone=%g "
                       "largest=%.6g n=%ld mean=%.6g count=%zu",
                       kz_run_quantity_name(q), series_name(d, s), d->line[line], t, cones[k],
                       out.largest, out.n_at_largest, out.mean, out.count);
        KZ_TRY(kz_io_table_add_remark(table, text));
    }
    return KZ_OK;
}

/* One line at one time.  Rays at bonds serve three quantities. */
static kz_status tell_line(kz_io_table *table, const workspace *w, cli_overlay_data *d, size_t line,
                           double t)
{
    static const kz_run_quantity order[] = {KZ_RUN_ENERGY, KZ_RUN_ENERGY_CURRENT,
                                            KZ_RUN_SPIN_CURRENT, KZ_RUN_MAGNETIZATION};
    bool sampled[2] = {false, false};
    for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
        kz_run_quantity q = order[k];
        bool on_site = q == KZ_RUN_MAGNETIZATION;
        if (!is_told(d, q)) continue;
        if (!sampled[on_site]) {
            kz_status status = kz_overlay_sample(w->rays, d->overlay, line, q, t);
            if (fatal(status)) return status; /* others: nan, which compares with nothing */
            sampled[on_site] = true;
        }
        for (size_t s = 0; s < series_count(d); s++)
            if (has_time(d, s, t)) KZ_TRY(tell(table, w, d, s, line, q, t));
    }
    return KZ_OK;
}

static kz_status tell_deviations(kz_io_table *table, cli_overlay_data *d)
{
    workspace w = {.rays = NULL};
    void *memory = NULL;
    size_t lines = kz_overlay_count(d->overlay);
    kz_status status = kz_alloc_doubles(&w.value, length_of(d));
    if (status == KZ_OK) status = kz_alloc_doubles(&w.err, length_of(d));
    if (status == KZ_OK) status = kz_alloc(&memory, length_of(d), sizeof *w.rays);
    w.rays = memory;
    for (size_t k = 0; k < d->time_count; k++)
        for (size_t line = 0; line < lines && status == KZ_OK; line++, d->progress->stage++)
            status = tell_line(table, &w, d, line, d->times[k]);
    kz_free(w.value);
    kz_free(w.err);
    kz_free(w.rays);
    return status;
}

static kz_status tell_runs(kz_io_table *table, const cli_overlay_data *d)
{
    char text[400];
    for (size_t i = 0; i < d->count; i++) {
        const kz_run_setup *s = kz_run_get_setup(d->run[i]);
        int length =
            snprintf(text, sizeof text, "run series=\"%s\" file=%.200s method=%s", d->series[i],
                     d->path[i], s->method == KZ_METHOD_TEBD ? "tebd" : "fermion");
        if (s->method == KZ_METHOD_TEBD && length > 0 && (size_t)length < sizeof text)
            (void)snprintf(text + length, sizeof text - (size_t)length,
                           " dt=%.15g chi=%zu %s=%.15g", s->dt, s->chi,
                           s->cutoff_per_gate ? "cutoff_per_gate" : "cutoff", s->cutoff);
        KZ_TRY(kz_io_table_add_remark(table, text));
    }
    return KZ_OK;
}

/* Weight discarded so far, summed over bonds, of each TEBD run at each time: whether a run is
 * converged, or small enough to extrapolate, shows in it first. */
static kz_status tell_weights(kz_io_table *table, const cli_overlay_data *d)
{
    char text[200];
    for (size_t k = 0; k < d->time_count; k++)
        for (size_t i = 0; i < d->count; i++) {
            if (!has_time(d, i, d->times[k])) continue;
            size_t row = kz_run_find_time(d->run[i], d->times[k]);
            double weight = kz_extrapolate_weight(d->run[i], row);
            if (isnan(weight)) continue;
            (void)snprintf(text, sizeof text, "truncation series=\"%s\" t=%.15g weight=%.6g",
                           d->series[i], d->times[k], weight);
            KZ_TRY(kz_io_table_add_remark(table, text));
        }
    return KZ_OK;
}

/* -- the table ----------------------------------------------------------------------------- */

size_t cli_overlay_stages(const cli_overlay_data *d)
{
    return kz_overlay_count(d->overlay) * (1 + d->time_count);
}

static kz_status set_parameters(kz_io_table *table, const cli_overlay_data *d)
{
    const kz_run_setup *s = kz_run_get_setup(d->run[0]);
    KZ_TRY(kz_io_table_set_text(table, "quantity", kz_run_quantity_name(d->quantity)));
    KZ_TRY(kz_io_table_set_text(table, "left", s->left));
    KZ_TRY(kz_io_table_set_text(table, "right", s->right));
    KZ_TRY(kz_io_table_set_number(table, "Delta_left", s->delta_left));
    KZ_TRY(kz_io_table_set_number(table, "Delta_right", s->delta_right));
    KZ_TRY(cli_run_set_initial(table, s));
    return kz_io_table_set_number(table, "length", (double)s->length);
}

static kz_status add_columns(columns *c, kz_io_table *table)
{
    KZ_TRY(kz_io_table_add_words(&c->series, table, "series"));
    KZ_TRY(kz_io_table_add_numbers(&c->number[T], table, "t"));
    KZ_TRY(kz_io_table_add_numbers(&c->number[X_OVER_T], table, "x_over_t"));
    KZ_TRY(kz_io_table_add_numbers(&c->number[VALUE], table, "value"));
    KZ_TRY(kz_io_table_add_numbers(&c->number[ERR], table, "err"));
    KZ_TRY(kz_io_table_add_numbers(&c->number[ZETA], table, "zeta"));
    return kz_io_table_add_words(&c->side, table, "side");
}

kz_status cli_overlay_table(kz_io_table **out, const cli_args *args, cli_overlay_data *d,
                            cli_failures *failures)
{
    columns c;
    KZ_TRY(cli_table_create(out, args, count_rows(d), &d->options));
    KZ_TRY(set_parameters(*out, d));
    KZ_TRY(add_columns(&c, *out));
    KZ_TRY(fill(&c, d, failures));
    failures->total = (*out)->rows;
    KZ_TRY(tell_runs(*out, d));
    KZ_TRY(tell_weights(*out, d));
    return tell_deviations(*out, d);
}
