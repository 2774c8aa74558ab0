/* Reading a two-column table. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/file.h"

static const char blanks[] = " \t\r\n";

/* Reads one finite decimal number; NULL when there is none.  No hexadecimal, nan or inf. */
static const char *read_number(double *out, const char *text)
{
    char *end;
    if (text[strspn(text, "+-.0123456789eE")] == 'x') return NULL;
    if (!strchr("+-.0123456789", text[0])) return NULL;
    *out = strtod(text, &end);
    return end == text || !isfinite(*out) ? NULL : end;
}

/* 1: a pair, 0: nothing but comment, -1: neither. */
static int parse_line(double *x, double *y, char *line)
{
    line[strcspn(line, "#")] = '\0';
    const char *at = line + strspn(line, blanks);
    if (!*at) return 0;
    at = read_number(x, at);
    if (!at || !*at || !strchr(" \t,", *at)) return -1;
    at += strspn(at, blanks);
    if (*at == ',') at++;
    at = read_number(y, at + strspn(at, blanks));
    if (!at) return -1;
    return at[strspn(at, blanks)] == '\0' ? 1 : -1;
}

static kz_status grow(kz_io_pairs *pairs, size_t *room)
{
    if (pairs->count < *room) return KZ_OK;
    size_t larger = *room ? 2 * *room : 64;
    void *x = realloc(pairs->x, larger * sizeof *pairs->x);
    if (x) pairs->x = x;
    void *y = realloc(pairs->y, larger * sizeof *pairs->y);
    if (y) pairs->y = y;
    void *line = realloc(pairs->line, larger * sizeof *pairs->line);
    if (line) pairs->line = line;
    if (!x || !y || !line) return KZ_FAIL(KZ_ENOMEM, "no room for %zu lines", larger);
    *room = larger;
    return KZ_OK;
}

static kz_status read_lines(kz_io_pairs *out, FILE *stream, const char *path)
{
    char *line = NULL;
    size_t size = 0, number = 0, room = 0;
    kz_status status = KZ_OK;
    while (status == KZ_OK && getline(&line, &size, stream) >= 0) {
        double x = 0.0, y = 0.0;
        number++;
        int found = parse_line(&x, &y, line);
        if (found < 0) status = KZ_FAIL(KZ_EINVAL, "%s:%zu: not two numbers", path, number);
        if (found > 0 && status == KZ_OK) status = grow(out, &room);
        if (found > 0 && status == KZ_OK) {
            out->x[out->count] = x;
            out->y[out->count] = y;
            out->line[out->count++] = number;
        }
    }
    if (status == KZ_OK && ferror(stream))
        status = KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
    free(line);
    return status;
}

kz_status kz_io_pairs_read(kz_io_pairs *out, const char *path)
{
    *out = (kz_io_pairs){0};
    FILE *stream = fopen(path, "r");
    if (!stream) return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
    kz_status status = read_lines(out, stream, path);
    (void)fclose(stream);
    if (status != KZ_OK) kz_io_pairs_free(out);
    return status;
}

void kz_io_pairs_free(kz_io_pairs *pairs)
{
    free(pairs->x);
    free(pairs->y);
    free(pairs->line);
    *pairs = (kz_io_pairs){0};
}
