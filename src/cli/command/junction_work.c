#include "cli/command/junction_work.h"

#include <math.h>
#include <stddef.h>
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
    cli_list_free(&work->spin_resistance);
    kz_free(work->energy_case);
    kz_free(work->spin_case);
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
        .resistance = work->energy_case[i],
        .spin_resistance = work->spin_case[i],
        .mu_minus = NAN,
        .mu_plus = NAN,
        .spin_current = NAN,
        .magnetization_left = NAN,
        .magnetization_right = NAN,
        .entropy_production = NAN,
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

static bool carries_both(const cli_junction_work *work)
{
    return work->params.carry == KZ_CARRY_BOTH;
}

/* The lists multiplied. */
static kz_status make_cases(cli_junction_work *work)
{
    size_t spins = carries_both(work) ? work->spin_resistance.count : 1;
    work->count = work->resistance.count * spins;
    KZ_TRY(kz_alloc_doubles(&work->energy_case, work->count));
    KZ_TRY(kz_alloc_doubles(&work->spin_case, work->count));
    for (size_t i = 0; i < work->count; i++) {
        work->energy_case[i] = work->resistance.values[i / spins];
        work->spin_case[i] = carries_both(work) ? work->spin_resistance.values[i % spins] : 0;
    }
    return KZ_OK;
}

static kz_status solve_case(cli_junction_work *work, size_t i)
{
    kz_junction_point *point = &work->points[i];
    if (carries_both(work))
        return kz_junction_solve_pair(point, work->junction, work->energy_case[i],
                                      work->spin_case[i]);
    return kz_junction_solve(point, work->junction, work->energy_case[i]);
}

static kz_status allocate(cli_junction_work *work)
{
    KZ_TRY(make_cases(work));
    size_t n = work->count;
    void *points = NULL, *status = NULL, *reason = NULL;
    kz_status result = kz_alloc(&points, n, sizeof *work->points);
    if (result == KZ_OK) result = kz_alloc(&status, n, sizeof *work->status);
    if (result == KZ_OK) result = kz_alloc(&reason, n, sizeof *work->reason);
    work->points = points;
    work->status = status;
    work->reason = reason;
    return result;
}

/* The rows of one case: zeta = 0 stands twice, first on the left. */
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
    KZ_TRY(allocate(work));
    size_t n = work->count;
    work->progress.stages = 1 + n;
    kz_status made = kz_junction_create(&work->junction, &work->params, &work->options);
    if (made == KZ_EINVAL || made == KZ_ENOMEM) return made;
    /* without the junction, and so without a number, every row has failed */
    kz_status none = made == KZ_ETOL ? KZ_ENOCONV : made;
    for (size_t i = 0; i < n; i++) {
        /* With rays to come, solving for R is the small part. */
        if (work->rays.count == 0) work->progress.stage = 1 + i;
        kz_status status = none;
        if (made == KZ_OK) status = solve_case(work, i);
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
                      .resistance = work->energy_case,
                      .spin_resistance = carries_both(work) ? work->spin_case : NULL,
                      .count = work->count};
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

/* Every process makes the junction: its perfect contact is needed to begin with any R. */
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
    for (size_t i = 0; i < work->count; i++)
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
    KZ_TRY(cli_table_set_halves(table, p->left, p->right, &p->left_state, &p->right_state));
    KZ_TRY(kz_io_table_set_text(table, "law", work->law_text));
    KZ_TRY(cli_table_set_list(table, "resistance", &work->resistance, work->resistance_text));
    if (!carries_both(work)) return KZ_OK;
    KZ_TRY(cli_table_set_list(table, "spin_resistance", &work->spin_resistance, work->spin_text));
    return kz_io_table_set_number(table, "cross", p->cross);
}

/* Columns, and where their numbers stand in a point; two charges have those from PAIR on too. */
typedef struct {
    const char *name;
    size_t offset;
} point_column;

#define COLUMN(name, member)                                                                       \
    {                                                                                              \
        name, offsetof(kz_junction_point, member)                                                  \
    }
static const point_column point_columns[] = {
    COLUMN("R", resistance),
    COLUMN("T_minus", t_minus),
    COLUMN("T_plus", t_plus),
    COLUMN("beta_minus", beta_minus),
    COLUMN("beta_plus", beta_plus),
    COLUMN("energy_current", energy_current),
    COLUMN("energy_left", energy_left),
    COLUMN("energy_right", energy_right),
    COLUMN("err", err),
    COLUMN("spin_resistance", spin_resistance),
    COLUMN("mu_minus", mu_minus),
    COLUMN("mu_plus", mu_plus),
    COLUMN("spin_current", spin_current),
    COLUMN("magnetization_left", magnetization_left),
    COLUMN("magnetization_right", magnetization_right),
    COLUMN("entropy_production", entropy_production),
};
#undef COLUMN
enum { PAIR = 9, COLUMNS = sizeof point_columns / sizeof *point_columns };

kz_status cli_junction_points_table(kz_io_table **out, const cli_args *args,
                                    const cli_junction_work *work, cli_failures *failures)
{
    size_t rows = work->count, columns = carries_both(work) ? COLUMNS : PAIR;
    KZ_TRY(cli_table_create(out, args, rows, &work->options));
    KZ_TRY(set_parameters(*out, work));
    for (size_t k = 0; k < columns; k++) {
        double *column;
        KZ_TRY(kz_io_table_add_numbers(&column, *out, point_columns[k].name));
        for (size_t i = 0; i < rows; i++) {
            const char *point = (const char *)&work->points[i];
            memcpy(&column[i], point + point_columns[k].offset, sizeof *column);
        }
    }
    for (size_t i = 0; i < rows; i++)
        if (work->status[i] != KZ_OK)
            cli_failures_add(failures, i, work->status[i], work->reason[i]);
    failures->total = rows;
    return KZ_OK;
}

enum {
    RAY_R,
    RAY_SPIN_R,
    RAY_ZETA,
    RAY_ENERGY,
    RAY_CURRENT,
    RAY_MAGNETIZATION,
    RAY_SPIN_CURRENT,
    RAY_ERR,
    RAY_COLUMNS
};
static const char *const ray_names[RAY_COLUMNS] = {
    "R",  "spin_resistance", "zeta", "energy", "energy_current", "magnetization", "spin_current",
    "err"};

/* Of two charges alone. */
static bool is_spin_column(int column)
{
    return column == RAY_SPIN_R || column == RAY_MAGNETIZATION || column == RAY_SPIN_CURRENT;
}

typedef struct {
    double *column[RAY_COLUMNS]; /* NULL: not written */
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
        if (c->column[RAY_MAGNETIZATION]) {
            c->column[RAY_MAGNETIZATION][row] = ray->magnetization;
            c->column[RAY_SPIN_CURRENT][row] = ray->spin_current;
        }
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

/* The rows from `from` on belong to the i-th case. */
static kz_status fill_resistance(const ray_columns *c, const layout *l, cli_junction_work *work,
                                 size_t i, size_t from, cli_failures *failures)
{
    for (size_t row = 0; row < l->rows; row++) {
        c->column[RAY_R][from + row] = work->energy_case[i];
        if (c->column[RAY_SPIN_R]) c->column[RAY_SPIN_R][from + row] = work->spin_case[i];
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
    ray_columns c = {.side = NULL};
    size_t n = work->count;
    kz_status status = layout_create(&l, &work->rays);
    if (status == KZ_OK) status = cli_table_create(out, args, n * l.rows, &work->options);
    if (status == KZ_OK) status = set_parameters(*out, work);
    if (status == KZ_OK) status = cli_table_set_list(*out, "rays", &work->rays, work->rays_text);
    for (int i = 0; i < RAY_COLUMNS && status == KZ_OK; i++)
        if (carries_both(work) || !is_spin_column(i))
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
