#include "cli/command/relax_work.h"

#include <math.h>
#include <stdio.h>

#include "core/error.h"
#include "core/memory.h"

void cli_relax_work_free(cli_relax_work *work)
{
    kz_io_pairs_free(&work->conductivity.table);
    kz_io_pairs_free(&work->capacity.table);
    kz_io_pairs_free(&work->initial.table);
    cli_list_free(&work->times);
    cli_list_free(&work->positions);
    cli_list_free(&work->rays);
    kz_free(work->initial_beta);
    kz_free(work->points);
    kz_relax_free(work->relax);
}

kz_status cli_relax_work_run(cli_relax_work *work, const kz_options *options)
{
    void *points;
    KZ_TRY(kz_alloc(&points, work->times.count, sizeof(kz_relax_point)));
    work->points = points;
    KZ_TRY(kz_relax_create(&work->relax, &work->params, options));
    work->status = kz_relax_run(work->points, work->relax, work->times.values, work->times.count,
                                (work->profile ? KZ_RELAX_PROFILE : 0) |
                                    (work->rays.count > 0 ? KZ_RELAX_LEADS : 0));
    if (work->status == KZ_OK) return KZ_OK;
    (void)snprintf(work->reason, sizeof work->reason, "%s", kz_error_reason());
    bool ends = work->status == KZ_EINVAL || work->status == KZ_ENOMEM;
    return ends ? work->status : KZ_OK;
}

static kz_status set_parameters(kz_io_table *table, const cli_relax_work *work)
{
    const kz_relax_params *p = &work->params;
    KZ_TRY(cli_table_set_halves(table, p->left, p->right, &p->left_state, &p->right_state));
    KZ_TRY(kz_io_table_set_text(table, "law", p->law == KZ_LAW_BETA ? "beta" : "fourier"));
    return kz_io_table_set_number(table, "length", p->length);
}

static kz_status set_curve(kz_io_table *table, const char *name, const cli_relax_curve *curve)
{
    if (curve->table.count) return kz_io_table_set_text(table, name, curve->typed);
    return kz_io_table_set_number(table, name, curve->number);
}

static double balance(const cli_relax_work *work)
{
    double worst = 0;
    for (size_t i = 0; i < work->times.count; i++)
        if (isfinite(work->points[i].balance)) worst = fmax(worst, fabs(work->points[i].balance));
    return worst;
}

/* Where it all ends, on a line of its own. */
static kz_status set_steady(kz_io_table *table, const cli_relax_work *work)
{
    const kz_junction_point *steady = kz_relax_steady(work->relax);
    kz_io_table_start_line(table, "steady");
    KZ_TRY(kz_io_table_set_number(table, "T_minus", steady->t_minus));
    KZ_TRY(kz_io_table_set_number(table, "T_plus", steady->t_plus));
    KZ_TRY(kz_io_table_set_number(table, "energy_current", steady->energy_current));
    KZ_TRY(kz_io_table_set_number(table, "energy", kz_relax_steady_energy(work->relax)));
    KZ_TRY(kz_io_table_set_number(table, "linear_rate", kz_relax_linear_rate(work->relax)));
    kz_io_table_start_line(table, "balance");
    return kz_io_table_set_number(table, "largest", balance(work));
}

static kz_status start(kz_io_table **out, const cli_relax_work *work, const cli_args *args,
                       const kz_options *options, size_t rows)
{
    KZ_TRY(cli_table_create(out, args, rows, options));
    kz_io_table *table = *out;
    KZ_TRY(set_parameters(table, work));
    KZ_TRY(set_curve(table, "conductivity", &work->conductivity));
    KZ_TRY(set_curve(table, "capacity", &work->capacity));
    KZ_TRY(set_curve(table, "initial", &work->initial));
    KZ_TRY(cli_table_set_list(table, "times", &work->times, cli_args_value(args, "--times")));
    if (work->profile)
        KZ_TRY(cli_table_set_list(table, "positions", &work->positions,
                                  cli_args_value(args, "--positions")));
    if (work->rays.count)
        KZ_TRY(cli_table_set_list(table, "rays", &work->rays, cli_args_value(args, "--rays")));
    return set_steady(table, work);
}

/* -- one row for each time -- */

enum {
    TIME,
    T_MINUS,
    T_PLUS,
    CURRENT_LEFT,
    CURRENT_RIGHT,
    ENERGY,
    ERR,
    BETA_MINUS,
    BETA_PLUS,
    HEAT_LEFT,
    HEAT_RIGHT,
    BALANCE,
    RATE,
    COLUMNS
};
static const char *const names[COLUMNS] = {
    "t",          "T_minus",   "T_plus",    "current_left", "current_right", "energy", "err",
    "beta_minus", "beta_plus", "heat_left", "heat_right",   "balance",       "rate"};

static void fill_times(double *const column[COLUMNS], const cli_relax_work *work,
                       cli_failures *failures)
{
    for (size_t row = 0; row < work->times.count; row++) {
        const kz_relax_point *p = &work->points[row];
        const double values[COLUMNS] = {
            p->t,          p->t_minus, p->t_plus,     p->current_left, p->current_right,
            p->energy,     p->err,     p->beta_minus, p->beta_plus,    p->heat_left,
            p->heat_right, p->balance, p->rate};
        for (int c = 0; c < COLUMNS; c++)
            column[c][row] = values[c];
        if (p->status != KZ_OK) cli_failures_add(failures, row, p->status, work->reason);
    }
}

static kz_status times_table(kz_io_table **out, const cli_relax_work *work, const cli_args *args,
                             const kz_options *options, cli_failures *failures)
{
    double *column[COLUMNS];
    failures->total = work->times.count;
    KZ_TRY(start(out, work, args, options, failures->total));
    for (int c = 0; c < COLUMNS; c++)
        KZ_TRY(kz_io_table_add_numbers(&column[c], *out, names[c]));
    fill_times(column, work, failures);
    return KZ_OK;
}

/* -- T(x, t) -- */

/* err is that of u: of beta by the law in beta, else of T. */
static double temperature_err(double beta, double err, bool by_beta)
{
    double T = 1 / beta;
    if (by_beta) err = beta == 0 ? INFINITY : err * T * T;
    return err / fmax(1, fabs(T));
}

static kz_status profile_table(kz_io_table **out, const cli_relax_work *work, const cli_args *args,
                               const kz_options *options, cli_failures *failures)
{
    double *t, *x, *temperature, *err;
    size_t n = work->positions.count;
    bool by_beta = work->params.law == KZ_LAW_BETA;
    failures->total = work->times.count * n;
    KZ_TRY(start(out, work, args, options, failures->total));
    KZ_TRY(kz_io_table_add_numbers(&t, *out, "t"));
    KZ_TRY(kz_io_table_add_numbers(&x, *out, "x"));
    KZ_TRY(kz_io_table_add_numbers(&temperature, *out, "T"));
    KZ_TRY(kz_io_table_add_numbers(&err, *out, "err"));
    for (size_t i = 0; i < work->times.count; i++) {
        size_t first = i * n;
        KZ_TRY(kz_relax_profile(temperature + first, err + first, work->relax, i,
                                work->positions.values, n));
        for (size_t row = first; row < first + n; row++) {
            double beta = temperature[row];
            t[row] = work->times.values[i];
            x[row] = work->positions.values[row - first];
            if (isfinite(err[row])) err[row] = temperature_err(beta, err[row], by_beta);
            temperature[row] = beta == 0 ? INFINITY : 1 / beta;
            bool failed = isnan(beta);
            if (failed || !(err[row] <= options->tol))
                cli_failures_add(failures, row, failed ? work->status : KZ_ETOL,
                                 failed ? work->reason : "an error exceeds the tolerance");
        }
    }
    return KZ_OK;
}

/* -- the halves -- */

typedef struct {
    double *t, *zeta, *energy, *current, *err;
    const char **side;
} ray_columns;

static kz_status add_ray_columns(ray_columns *c, kz_io_table *table)
{
    KZ_TRY(kz_io_table_add_numbers(&c->t, table, "t"));
    KZ_TRY(kz_io_table_add_numbers(&c->zeta, table, "zeta"));
    KZ_TRY(kz_io_table_add_numbers(&c->energy, table, "energy"));
    KZ_TRY(kz_io_table_add_numbers(&c->current, table, "energy_current"));
    KZ_TRY(kz_io_table_add_numbers(&c->err, table, "err"));
    return kz_io_table_add_words(&c->side, table, "side");
}

/* Rows of one ray: both sides at zeta = 0. */
static size_t count_rows(const cli_list *rays)
{
    size_t rows = rays->count;
    for (size_t k = 0; k < rays->count; k++)
        rows += rays->values[k] == 0;
    return rows;
}

static void fill_ray(const ray_columns *c, size_t row, const cli_relax_work *work, size_t i,
                     double zeta, kz_side side, cli_failures *failures)
{
    kz_ray ray;
    kz_status status = kz_relax_rays(&ray, work->relax, i, side, &zeta, 1);
    if (status != KZ_OK) cli_failures_add(failures, row, status, kz_error_reason());
    bool stands = status == KZ_OK || status == KZ_ETOL;
    c->t[row] = work->times.values[i];
    c->zeta[row] = zeta;
    c->energy[row] = stands ? ray.energy : NAN;
    c->current[row] = stands ? ray.energy_current : NAN;
    c->err[row] = stands ? ray.err : INFINITY;
    c->side[row] = side == KZ_SIDE_LEFT ? "left" : "right";
}

static kz_status rays_table(kz_io_table **out, const cli_relax_work *work, const cli_args *args,
                            const kz_options *options, cli_failures *failures)
{
    ray_columns columns;
    size_t row = 0;
    failures->total = work->times.count * count_rows(&work->rays);
    KZ_TRY(start(out, work, args, options, failures->total));
    KZ_TRY(add_ray_columns(&columns, *out));
    for (size_t i = 0; i < work->times.count; i++) {
        for (size_t k = 0; k < work->rays.count; k++) {
            double zeta = work->rays.values[k];
            if (zeta <= 0) fill_ray(&columns, row++, work, i, zeta, KZ_SIDE_LEFT, failures);
            if (zeta >= 0) fill_ray(&columns, row++, work, i, zeta, KZ_SIDE_RIGHT, failures);
        }
    }
    return KZ_OK;
}

kz_status cli_relax_table(kz_io_table **out, cli_relax_work *work, const cli_args *args,
                          const kz_options *options, cli_failures *failures)
{
    if (work->profile) return profile_table(out, work, args, options, failures);
    if (work->rays.count) return rays_table(out, work, args, options, failures);
    return times_table(out, work, args, options, failures);
}
