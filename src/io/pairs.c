/* A function tabulated in two columns. */
#include <math.h>
#include <stdlib.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/file.h"
#include "io/text.h"

typedef struct {
    double x, y;
    size_t line;
} point;

/* By x; equal ones stay in the order of their lines. */
static int compare(const void *a, const void *b)
{
    const point *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return p->line < q->line ? -1 : 1;
}

/* The rows with both values; *count of them. */
static kz_status take_points(point *out, size_t *count, const kz_io_columns *columns,
                             const char *path)
{
    *count = 0;
    for (size_t i = 0; i < columns->count; i++) {
        const double *row = columns->value + 2 * i;
        if (isnan(row[0]) || isnan(row[1])) continue;
        if (isinf(row[0]) || isinf(row[1]))
            return KZ_FAIL(KZ_EINVAL, "%s:%zu: must be finite", path, columns->line[i]);
        out[(*count)++] = (point){row[0], row[1], columns->line[i]};
    }
    return KZ_OK;
}

static kz_status store(kz_io_pairs *out, const point *points, size_t count)
{
    void *memory;
    KZ_TRY(kz_alloc_doubles(&out->x, count));
    KZ_TRY(kz_alloc_doubles(&out->y, count));
    KZ_TRY(kz_alloc(&memory, count, sizeof *out->line));
    out->line = memory;
    for (size_t i = 0; i < count; i++) {
        out->x[i] = points[i].x;
        out->y[i] = points[i].y;
        out->line[i] = points[i].line;
    }
    out->count = count;
    return KZ_OK;
}

kz_status kz_io_pairs_read(kz_io_pairs *out, const char *path)
{
    kz_io_columns columns;
    void *points = NULL;
    size_t count = 0;
    *out = (kz_io_pairs){0};
    KZ_TRY(kz_io_columns_read(&columns, path, 2, 2));
    kz_status status = kz_alloc(&points, columns.count, sizeof(point));
    if (status == KZ_OK) status = take_points(points, &count, &columns, path);
    if (status == KZ_OK) {
        qsort(points, count, sizeof(point), compare);
        status = store(out, points, count);
    }
    kz_free(points);
    kz_io_columns_free(&columns);
    if (status != KZ_OK) kz_io_pairs_free(out);
    return status;
}

void kz_io_pairs_free(kz_io_pairs *pairs)
{
    kz_free(pairs->x);
    kz_free(pairs->y);
    kz_free(pairs->line);
    *pairs = (kz_io_pairs){0};
}
