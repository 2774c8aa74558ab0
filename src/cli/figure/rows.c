/* Points of a picture, collected and turned into a table. */
#include <math.h>
#include <string.h>

#include "cli/figure/figure.h"
#include "core/error.h"
#include "core/memory.h"

const double cli_profile_times[CLI_PROFILE_TIMES] = {10.0, 20.0, 30.0, 40.0};
const char *const cli_profile_labels[CLI_PROFILE_TIMES] = {"10", "20", "30", "40"};

static kz_status grow(cli_rows *rows)
{
    void *memory;
    size_t capacity = rows->capacity ? 2 * rows->capacity : 1024;
    KZ_TRY(kz_alloc(&memory, capacity, sizeof *rows->row));
    if (rows->count) memcpy(memory, rows->row, rows->count * sizeof *rows->row);
    kz_free(rows->row);
    rows->row = memory;
    rows->capacity = capacity;
    return KZ_OK;
}

kz_status cli_rows_add(cli_rows *rows, const cli_row *row)
{
    if (rows->count == rows->capacity) KZ_TRY(grow(rows));
    rows->row[rows->count++] = *row;
    return KZ_OK;
}

void cli_rows_free(cli_rows *rows)
{
    kz_free(rows->row);
    *rows = (cli_rows){.count = 0};
}

enum { CURVE, T, N, X_OVER_T, VALUE, LOW, HIGH, NUMBERS };

typedef struct {
    double *number[NUMBERS];
    const char **label, **style;
} columns;

static kz_status add_columns(columns *c, kz_io_table *table)
{
    static const char *const names[NUMBERS] = {"curve", "t",   "n",   "x_over_t",
                                               "value", "low", "high"};
    KZ_TRY(kz_io_table_add_numbers(&c->number[CURVE], table, names[CURVE]));
    KZ_TRY(kz_io_table_add_words(&c->label, table, "label"));
    KZ_TRY(kz_io_table_add_words(&c->style, table, "style"));
    for (int i = T; i < NUMBERS; i++)
        KZ_TRY(kz_io_table_add_numbers(&c->number[i], table, names[i]));
    return KZ_OK;
}

static void put(const columns *c, size_t i, const cli_row *row)
{
    c->label[i] = row->label;
    c->style[i] = row->style;
    c->number[CURVE][i] = row->curve;
    c->number[T][i] = row->t;
    c->number[N][i] = row->n;
    c->number[X_OVER_T][i] = row->t == 0.0 ? NAN : row->n / row->t;
    c->number[VALUE][i] = row->value;
    c->number[LOW][i] = row->low;
    c->number[HIGH][i] = row->high;
}

/* Rows of one line of the picture follow each other: gnuplot breaks a line where others stand
 * between.  A curve may have a second line, on the left. */
static bool belongs(const cli_row *row, int curve, bool left)
{
    return row->curve == curve && (strcmp(row->style, "left") == 0) == left;
}

static kz_status fill(kz_io_table *table, const cli_rows *rows)
{
    columns c;
    int curves = 0;
    size_t filled = 0;
    KZ_TRY(add_columns(&c, table));
    for (size_t i = 0; i < rows->count; i++)
        if (rows->row[i].curve > curves) curves = rows->row[i].curve;
    for (int line = 0; line < 2 * curves; line++)
        for (size_t i = 0; i < rows->count; i++)
            if (belongs(&rows->row[i], 1 + line / 2, line % 2)) put(&c, filled++, &rows->row[i]);
    return KZ_OK;
}

kz_status cli_rows_table(kz_io_table **out, cli_rows *rows, const cli_figure_work *figure,
                         const char *meaning)
{
    *out = NULL;
    kz_status status = cli_table_create(out, figure->args, rows->count, NULL);
    if (status == KZ_OK) status = kz_io_table_set_text(*out, "value", meaning);
    if (status == KZ_OK && figure->note[0])
        status = kz_io_table_set_text(*out, "band", figure->note);
    if (status == KZ_OK) status = fill(*out, rows);
    cli_rows_free(rows);
    return status;
}
