/* What `cone` prints: columns, and the maxima at vanishing truncation. */
#ifndef CLI_COMMAND_CONE_LIMITS_H
#define CLI_COMMAND_CONE_LIMITS_H

#include <kapitza/cone.h>

#include "cli/cli.h"

/* Maxima at the times that three runs have, and their velocities. */
typedef struct {
    kz_cone_limit *row; /* [count] */
    size_t count;
    kz_cone_velocity velocity;
} cli_cone_limits;

/* KZ_EDOMAIN: no time is in three of them. */
KZ_CHECK_RESULT kz_status cli_cone_limits_find(cli_cone_limits *out, const kz_run *const *runs,
                                               size_t count, kz_run_quantity quantity);
KZ_CHECK_RESULT kz_status cli_cone_limits_fit(cli_cone_limits *limits, double first, double last);
void cli_cone_limits_free(cli_cone_limits *limits);

enum {
    CLI_CONE_T,
    CLI_CONE_LEFT,
    CLI_CONE_ERR_LEFT,
    CLI_CONE_RIGHT,
    CLI_CONE_ERR_RIGHT,
    CLI_CONE_RUN,
    CLI_CONE_HEIGHT_LEFT,
    CLI_CONE_ERR_HEIGHT_LEFT,
    CLI_CONE_HEIGHT_RIGHT,
    CLI_CONE_ERR_HEIGHT_RIGHT,
    CLI_CONE_NUMBERS
};
typedef struct {
    double *number[CLI_CONE_NUMBERS];
    const char **left, **right;
} cli_cone_columns;

KZ_CHECK_RESULT kz_status cli_cone_columns_add(cli_cone_columns *out, kz_io_table *table);
/* Run 1, 2 ... */
void cli_cone_columns_set(cli_cone_columns *columns, size_t row, size_t run, const kz_cone *cone);
/* Run 0. */
void cli_cone_columns_set_limit(cli_cone_columns *columns, size_t row, const kz_cone_limit *limit);

#endif
