#include "cli/junction_work.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "parallel/junction.h"

void cli_junction_work_free(cli_junction_work *work)
{
    kz_junction_free(work->junction);
    kz_io_pairs_free(&work->law_table);
    cli_list_free(&work->resistance);
    cli_list_free(&work->rays);
    kz_free(work->swept);
    kz_free(work->points);
    kz_free(work->status);
    kz_free(work->reason);
    *work = (cli_junction_work){0};
}

/* A point that misses the tolerance keeps its numbers. */
static void mark_failed(cli_junction_work *work, size_t i, kz_status status, const char *reason)
{
    work->status[i] = status;
    (void)snprintf(work->reason[i], sizeof work->reason[i], "%s", reason);
    if (status == KZ_ETOL) return;
    work->points[i] = (kz_junction_point){
        .resistance = work->resistance.values[i],
        .t_minus = NAN,
        .t_plus = NAN,
        .beta_minus = NAN,
        .beta_plus = NAN,
        .energy_current = NAN,
        .energy_left = NAN,
        .energy_right = NAN,
        .err = INFINITY,
    };
}

static kz_status allocate(cli_junction_work *work)
{
    size_t n = work->resistance.count;
    void *points = NULL, *status = NULL, *reason = NULL;
    kz_status result = kz_alloc(&points, n, sizeof *work->points);
    if (result == KZ_OK) result = kz_alloc(&status, n, sizeof *work->status);
    if (result == KZ_OK) result = kz_alloc(&reason, n, sizeof *work->reason);
    work->points = points;
    work->status = status;
    work->reason = reason;
    return result;
}

/* The rows of one R: zeta = 0 stands twice, first on the left. */
typedef struct {
    size_t rows;
    double *zeta;      /* [rows] */
    kz_side *side;     /* [rows] */
    double *sorted[2]; /* the rays of each side */
    size_t *row_of[2]; /* and the row each belongs to */
    size_t count[2];
    kz_ray *rays; /* [rows], room for the results of one side */
} layout;

static void layout_free(layout *l)
{
    kz_free(l->zeta);
    kz_free(l->side);
    kz_free(l->rays);
    for (int side = 0; side < 2; side++) {
        kz_free(l->sorted[side]);
        kz_free(l->row_of[side]);
    }
}

static kz_status layout_allocate(layout *l, size_t rows)
{
    void *memory = NULL;
    kz_status status = kz_alloc_doubles(&l->zeta, rows);
    if (status == KZ_OK) status = kz_alloc(&memory, rows, sizeof *l->side);
    l->side = status == KZ_OK ? memory : NULL;
    if (status == KZ_OK) status = kz_alloc(&memory, rows, sizeof *l->rays);
    if (status == KZ_OK) l->rays = memory;
    for (int side = 0; side < 2 && status == KZ_OK; side++) {
        status = kz_alloc_doubles(&l->sorted[side], rows);
        if (status == KZ_OK) status = kz_alloc(&memory, rows, sizeof *l->row_of[side]);
        if (status == KZ_OK) l->row_of[side] = memory;
    }
    return status;
}

static void layout_add(layout *l, double zeta, kz_side side)
{
    size_t row = l->rows++, k = l->count[side]++;
    l->zeta[row] = zeta;
    l->side[row] = side;
    l->sorted[side][k] = zeta;
    l->row_of[side][k] = row;
}

static kz_status layout_create(layout *out, const cli_list *rays)
{
    size_t rows = rays->count;
    for (size_t i = 0; i < rays->count; i++)
        rows += rays->values[i] == 0.0;
    *out = (layout){0};
    KZ_TRY(layout_allocate(out, rows));
    for (size_t i = 0; i < rays->count; i++) {
        double zeta = rays->values[i];
        if (zeta <= 0.0) layout_add(out, zeta, KZ_SIDE_LEFT);
        if (zeta >= 0.0) layout_add(out, zeta, KZ_SIDE_RIGHT);
    }
    return KZ_OK;
}

static kz_status solve_alone(cli_junction_work *work)
{
    size_t n = work->resistance.count;
    KZ_TRY(allocate(work));
    work->progress.stages = 1 + n;
    kz_status made = kz_junction_create(&work->junction, &work->params, &work->options);
    if (made == KZ_EINVAL || made == KZ_ENOMEM) return made;
    /* without the junction, and so without a number, every row has failed */
    kz_status none = made == KZ_ETOL ? KZ_ENOCONV : made;
    for (size_t i = 0; i < n; i++) {
        /* With rays to come, solving for R is the small part. */
        if (work->rays.count == 0) work->progress.stage = 1 + i;
        kz_status status = none;
        if (made == KZ_OK)
            status =
                kz_junction_solve(&work->points[i], work->junction, work->resistance.values[i]);
        if (status == KZ_EINVAL || status == KZ_ENOMEM) return status;
        if (status != KZ_OK) mark_failed(work, i, status, kz_error_reason());
    }
    return KZ_OK;
}

static kz_status sweep_begin(kz_sweep *out, layout *l, cli_junction_work *work)
{
    kz_options options = work->options;
    options.progress = NULL; /* tasks are counted, not rays */
    KZ_TRY(allocate(work));
    KZ_TRY(layout_create(l, &work->rays));
    KZ_TRY(kz_junction_create(&work->junction, &work->params, &options));
    *out = (kz_sweep){.junction = work->junction,
                      .resistance = work->resistance.values,
                      .count = work->resistance.count};
    for (int side = 0; side < 2; side++) {
        out->zeta[side] = l->sorted[side];
        out->rays[side] = l->count[side];
    }
    return KZ_OK;
}

static void take_points(cli_junction_work *work, const kz_sweep *sweep)
{
    for (size_t i = 0; i < sweep->count; i++) {
        const kz_sweep_result *result = kz_sweep_at(work->swept, sweep, i);
        work->points[i] = result->point;
        if (result->status != KZ_OK) mark_failed(work, i, result->status, result->reason);
    }
}

/* Every process makes the junction, the scan included: it is needed to begin with any R. */
static kz_status solve_together(cli_junction_work *work)
{
    kz_sweep sweep = {.junction = NULL};
    layout l = {.rows = 0};
    kz_status status = kz_farm_agree(sweep_begin(&sweep, &l, work));
    bool begun = status == KZ_OK;
    if (begun) status = kz_parallel_junction(&work->swept, &sweep, &work->options);
    if (work->swept) take_points(work, &sweep);
    layout_free(&l);
    if (begun || status == KZ_EINVAL || status == KZ_ENOMEM) return status;
    /* as in one process: without the junction every R has failed */
    for (size_t i = 0; i < work->resistance.count; i++)
        mark_failed(work, i, status == KZ_ETOL ? KZ_ENOCONV : status, kz_error_reason());
    return KZ_OK;
}

kz_status cli_junction_work_solve(cli_junction_work *work)
{
    return kz_farm_size() > 1 ? solve_together(work) : solve_alone(work);
}

static kz_status set_parameters(kz_io_table *table, const cli_junction_work *work)
{
    const kz_junction_params *p = &work->params;
    KZ_TRY(cli_table_set_chain(table, "left", p->left));
    KZ_TRY(cli_table_set_chain(table, "right", p->right));
    KZ_TRY(kz_io_table_set_number(table, "Delta_left", kz_chain_delta(p->left)));
    KZ_TRY(kz_io_table_set_number(table, "Delta_right", kz_chain_delta(p->right)));
    KZ_TRY(cli_table_set_state(table, "left_state", &p->left_state));
    KZ_TRY(cli_table_set_state(table, "right_state", &p->right_state));
    KZ_TRY(kz_io_table_set_text(table, "law", work->law_text));
    return cli_table_set_list(table, "resistance", &work->resistance, work->resistance_text);
}

enum { RESISTANCE, T_MINUS, T_PLUS, BETA_MINUS, BETA_PLUS, CURRENT, LEFT, RIGHT, ERR, COLUMNS };
static const char *const names[COLUMNS] = {"R",           "T_minus",      "T_plus",
                                           "beta_minus",  "beta_plus",    "energy_current",
                                           "energy_left", "energy_right", "err"};

kz_status cli_junction_points_table(kz_io_table **out, const cli_args *args,
                                    const cli_junction_work *work, cli_failures *failures)
{
    double *column[COLUMNS];
    size_t rows = work->resistance.count;
    KZ_TRY(cli_table_create(out, args, rows, &work->options));
    KZ_TRY(set_parameters(*out, work));
    for (int i = 0; i < COLUMNS; i++)
        KZ_TRY(kz_io_table_add_numbers(&column[i], *out, names[i]));
    for (size_t i = 0; i < rows; i++) {
        const kz_junction_point *point = &work->points[i];
        column[RESISTANCE][i] = point->resistance;
        column[T_MINUS][i] = point->t_minus;
        column[T_PLUS][i] = point->t_plus;
        column[BETA_MINUS][i] = point->beta_minus;
        column[BETA_PLUS][i] = point->beta_plus;
        column[CURRENT][i] = point->energy_current;
        column[LEFT][i] = point->energy_left;
        column[RIGHT][i] = point->energy_right;
        column[ERR][i] = point->err;
        if (work->status[i] != KZ_OK)
            cli_failures_add(failures, i, work->status[i], work->reason[i]);
    }
    failures->total = rows;
    return KZ_OK;
}

enum { RAY_R, RAY_ZETA, RAY_ENERGY, RAY_CURRENT, RAY_ERR, RAY_COLUMNS };
static const char *const ray_names[RAY_COLUMNS] = {"R", "zeta", "energy", "energy_current", "err"};

typedef struct {
    double *column[RAY_COLUMNS];
    const char **side;
} ray_columns;

static void fill_side(const ray_columns *c, const layout *l, const kz_ray *rays, kz_side side,
                      size_t from, const char *reason, cli_failures *failures)
{
    for (size_t k = 0; k < l->count[side]; k++) {
        size_t row = from + l->row_of[side][k];
        const kz_ray *ray = &rays[k];
        c->column[RAY_ENERGY][row] = ray->energy;
        c->column[RAY_CURRENT][row] = ray->energy_current;
        c->column[RAY_ERR][row] = ray->err;
        if (ray->status != KZ_OK) cli_failures_add(failures, row, ray->status, reason);
    }
}

/* What kz_parallel_junction() has made. */
static void fill_swept(const ray_columns *c, const layout *l, const cli_junction_work *work,
                       size_t i, size_t from, cli_failures *failures)
{
    const kz_sweep sweep = {.rays = {l->count[0], l->count[1]}};
    const kz_sweep_result *result = kz_sweep_at(work->swept, &sweep, i);
    const kz_ray *right = result->rays + l->count[KZ_SIDE_LEFT];
    fill_side(c, l, result->rays, KZ_SIDE_LEFT, from, result->rays_reason[0], failures);
    fill_side(c, l, right, KZ_SIDE_RIGHT, from, result->rays_reason[1], failures);
}

/* The rows from `from` on belong to the i-th R. */
static kz_status fill_resistance(const ray_columns *c, const layout *l, cli_junction_work *work,
                                 size_t i, size_t from, cli_failures *failures)
{
    for (size_t row = 0; row < l->rows; row++) {
        c->column[RAY_R][from + row] = work->resistance.values[i];
        c->column[RAY_ZETA][from + row] = l->zeta[row];
        c->column[RAY_ERR][from + row] = INFINITY;
        c->side[from + row] = l->side[row] == KZ_SIDE_LEFT ? "left" : "right";
        if (work->status[i] != KZ_OK && work->status[i] != KZ_ETOL)
            cli_failures_add(failures, from + row, work->status[i], work->reason[i]);
    }
    /* with edges that miss the tolerance each ray says itself how well it is known */
    if (work->status[i] != KZ_OK && work->status[i] != KZ_ETOL) return KZ_OK;
    if (work->swept) {
        fill_swept(c, l, work, i, from, failures);
        return KZ_OK;
    }
    for (kz_side side = KZ_SIDE_LEFT; side <= KZ_SIDE_RIGHT; side++) {
        kz_status status = kz_junction_rays(l->rays, work->junction, &work->points[i], side,
                                            l->sorted[side], l->count[side]);
        if (status == KZ_EINVAL || status == KZ_ENOMEM) return status;
        fill_side(c, l, l->rays, side, from, status == KZ_OK ? "" : kz_error_reason(), failures);
    }
    return KZ_OK;
}

kz_status cli_junction_rays_table(kz_io_table **out, const cli_args *args, cli_junction_work *work,
                                  cli_failures *failures)
{
    layout l;
    ray_columns c;
    size_t n = work->resistance.count;
    kz_status status = layout_create(&l, &work->rays);
    if (status == KZ_OK) status = cli_table_create(out, args, n * l.rows, &work->options);
    if (status == KZ_OK) status = set_parameters(*out, work);
    if (status == KZ_OK) status = cli_table_set_list(*out, "rays", &work->rays, work->rays_text);
    for (int i = 0; i < RAY_COLUMNS && status == KZ_OK; i++)
        status = kz_io_table_add_numbers(&c.column[i], *out, ray_names[i]);
    if (status == KZ_OK) status = kz_io_table_add_words(&c.side, *out, "side");
    for (size_t i = 0; i < n && status == KZ_OK; i++) {
        work->progress.stage = 1 + i;
        status = fill_resistance(&c, &l, work, i, i * l.rows, failures);
    }
    failures->total = n * l.rows;
    layout_free(&l);
    return status;
}
