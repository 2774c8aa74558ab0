/* kapitza invert: rows from stdin. */
#ifndef CLI_COMMAND_INVERT_STREAM_H
#define CLI_COMMAND_INVERT_STREAM_H

#include <kapitza/table.h>

#include "cli/cli.h"

typedef struct {
    const cli_args *args;
    cli_common common;
    bool exact, stream; /* solve for true states; read stdin */
    kz_chain chain;
    const char *path; /* of the table, or NULL */
    kz_table *table;
    kz_inverter *inverter;
    cli_list energy, magnetization;
    size_t rows, outside, failed, syntax;
    char reason[200]; /* of the first failed row */
} cli_invert_job;

/* Inverts n rows and counts what became of them.  Failed rows are no failure of the call. */
KZ_CHECK_RESULT kz_status cli_invert_solve(kz_inverse *out, cli_invert_job *job,
                                           const double *energy, const double *magnetization,
                                           size_t n);

/* The header of the output: a table without rows yet. */
KZ_CHECK_RESULT kz_status cli_invert_table(kz_io_table **out, double *column[5],
                                           const char ***status, const cli_invert_job *job,
                                           size_t rows);
/* One row of it. */
typedef struct {
    kz_inverse inverse;
    const char *word; /* its status where there is nothing to invert: syntax, missing; or NULL */
} cli_invert_row;
void cli_invert_store(double *const column[5], const char **status, size_t i,
                      const cli_invert_row *row);

/* Lines of stdin, answered in their order on stdout, chunk by chunk, or collected for --output. */
KZ_CHECK_RESULT kz_status cli_invert_stream(cli_invert_job *job);

#endif
