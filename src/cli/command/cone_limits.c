#include "cli/command/cone_limits.h"

#include <math.h>

#include "cli/command/run_table.h"
#include "core/error.h"
#include "core/memory.h"

/* -- limits ----------------------------------------------------------------------------------- */

kz_status cli_cone_limits_find(cli_cone_limits *out, const kz_run *const *runs, size_t count,
                               kz_run_quantity quantity)
{
    void *rows = NULL;
    double *times;
    size_t time_count;
    KZ_TRY(cli_run_common_times(&times, &time_count, runs, count, CLI_LEAST_RUNS));
    kz_status status = KZ_OK;
    if (time_count == 0) status = KZ_FAIL(KZ_EDOMAIN, "no time is in three of the runs");
    if (status == KZ_OK) status = kz_alloc(&rows, time_count, sizeof *out->row);
    out->row = rows;
    for (size_t k = 0; k < time_count && status == KZ_OK; k++) {
        status = kz_cone_extrapolate(&out->row[k], runs, count, quantity, times[k]);
        out->count = k + 1;
    }
    kz_free(times);
    return status;
}

kz_status cli_cone_limits_fit(cli_cone_limits *limits, double first, double last)
{
    void *memory;
    KZ_TRY(kz_alloc(&memory, limits->count, sizeof(kz_cone)));
    kz_cone *cones = memory;
    for (size_t k = 0; k < limits->count; k++)
        cones[k] = limits->row[k].cone;
    kz_status status = kz_cone_fit(&limits->velocity, cones, limits->count, first, last);
    kz_free(cones);
    return status;
}

void cli_cone_limits_free(cli_cone_limits *limits)
{
    kz_free(limits->row);
    *limits = (cli_cone_limits){.count = 0};
}

/* -- columns ---------------------------------------------------------------------------------- */

kz_status cli_cone_columns_add(cli_cone_columns *out, kz_io_table *table)
{
    static const char *const names[CLI_CONE_NUMBERS] = {
        "t",   "n_left",      "err_left",        "n_right",      "err_right",
        "run", "height_left", "err_height_left", "height_right", "err_height_right"};
    for (int c = 0; c < CLI_CONE_NUMBERS; c++)
        KZ_TRY(kz_io_table_add_numbers(&out->number[c], table, names[c]));
    KZ_TRY(kz_io_table_add_words(&out->left, table, "status_left"));
    return kz_io_table_add_words(&out->right, table, "status_right");
}

static kz_cone_limit_kind kind_of(double place)
{
    return place != 0 ? KZ_CONE_LIMIT_OK : KZ_CONE_LIMIT_NONE;
}

void cli_cone_columns_set_limit(cli_cone_columns *columns, size_t row, const kz_cone_limit *limit)
{
    const kz_cone *c = &limit->cone;
    const double numbers[CLI_CONE_NUMBERS] = {
        [CLI_CONE_T] = c->t,
        [CLI_CONE_LEFT] = c->left[KZ_CONE_USUAL],
        [CLI_CONE_ERR_LEFT] = c->err_left,
        [CLI_CONE_RIGHT] = c->right[KZ_CONE_USUAL],
        [CLI_CONE_ERR_RIGHT] = c->err_right,
        [CLI_CONE_HEIGHT_LEFT] = c->height_left,
        [CLI_CONE_ERR_HEIGHT_LEFT] = limit->err_height_left,
        [CLI_CONE_HEIGHT_RIGHT] = c->height_right,
        [CLI_CONE_ERR_HEIGHT_RIGHT] = limit->err_height_right,
    };
    for (int k = 0; k < CLI_CONE_NUMBERS; k++)
        columns->number[k][row] = numbers[k];
    columns->left[row] = kz_cone_limit_text(limit->left);
    columns->right[row] = kz_cone_limit_text(limit->right);
}

void cli_cone_columns_set(cli_cone_columns *columns, size_t row, size_t run, const kz_cone *cone)
{
    const kz_cone_limit alone = {.cone = *cone,
                                 .err_height_left = NAN,
                                 .err_height_right = NAN,
                                 .left = kind_of(cone->left[KZ_CONE_USUAL]),
                                 .right = kind_of(cone->right[KZ_CONE_USUAL])};
    cli_cone_columns_set_limit(columns, row, &alone);
    columns->number[CLI_CONE_RUN][row] = (double)run;
}
