/* Reads the reference tables of tests/data (made by tests/reference/full_kernel.py): '#' lines,
 * one line of column names, then rows of tab-separated cells. */
#ifndef KZ_TESTS_REFERENCE_H
#define KZ_TESTS_REFERENCE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kapitza/state.h>

#include "support/check.h"

enum { KZ_REFERENCE_CELLS = 16, KZ_REFERENCE_WIDTH = 48 };

typedef struct {
    int count;
    char cell[KZ_REFERENCE_CELLS][KZ_REFERENCE_WIDTH];
} kz_reference_row;

/* From the folder KAPITZA_TEST_DATA, else from tests/data beside this header's folder. */
static inline const char *kz_reference_path(const char *name)
{
    static char path[1024];
    const char *folder = getenv("KAPITZA_TEST_DATA"), *here = __FILE__;
    if (folder)
        snprintf(path, sizeof path, "%s/%s", folder, name);
    else
        snprintf(path, sizeof path, "%.*sdata/%s",
                 (int)(strlen(here) - strlen("support/reference.h")), here, name);
    return path;
}

static inline FILE *kz_reference_open(const char *name)
{
    const char *path = kz_reference_path(name);
    FILE *file = fopen(path, "r");
    if (!file) fail_msg("cannot open %s", path);
    return file;
}

/* Next line that is not a comment; false at the end.  The first one holds the column names. */
static inline bool kz_reference_next(kz_reference_row *row, FILE *file)
{
    char line[1024];
    do {
        if (!fgets(line, sizeof line, file)) return false;
    } while (line[0] == '#');
    row->count = 0;
    for (char *cell = strtok(line, "\t\n"); cell; cell = strtok(NULL, "\t\n")) {
        assert_true(row->count < KZ_REFERENCE_CELLS && strlen(cell) < KZ_REFERENCE_WIDTH);
        strcpy(row->cell[row->count++], cell);
    }
    return true;
}

static inline double kz_reference_number(const kz_reference_row *row, int column)
{
    char *end;
    assert_true(column < row->count);
    double value = strtod(row->cell[column], &end);
    assert_true(end != row->cell[column] && *end == '\0');
    return value;
}

/* ground, ceiling, up, down or beta=...,mu=... */
static inline kz_state kz_reference_state(const kz_reference_row *row, int column)
{
    const char *text = row->cell[column];
    double beta, mu;
    if (strcmp(text, "ground") == 0) return kz_state_ground(0);
    if (strcmp(text, "ceiling") == 0) return kz_state_ceiling();
    if (strcmp(text, "up") == 0) return kz_state_up();
    if (strcmp(text, "down") == 0) return kz_state_down();
    assert_int_equal(sscanf(text, "beta=%lf,mu=%lf", &beta, &mu), 2);
    return kz_state_thermal(beta, mu);
}

#endif
