/* The first columns of a file of numbers, in memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/text.h"

typedef struct {
    kz_io_columns *out;
    const char *path;
    size_t least, most;
    size_t room;
    bool began;                       /* the first line with fields is behind us */
    char name[KZ_IO_TEXT_FIELDS][32]; /* of the header */
} reader;

static kz_status grow(reader *r)
{
    kz_io_columns *out = r->out;
    if (out->count < r->room) return KZ_OK;
    size_t larger = r->room ? 2 * r->room : 64;
    void *value = realloc(out->value, larger * out->columns * sizeof *out->value);
    if (value) out->value = value;
    void *line = realloc(out->line, larger * sizeof *out->line);
    if (line) out->line = line;
    if (!value || !line) return KZ_FAIL(KZ_ENOMEM, "%s: no room for %zu lines", r->path, larger);
    r->room = larger;
    return KZ_OK;
}

static kz_status take_row(reader *r, const kz_io_text_line *line)
{
    kz_io_reason reason;
    kz_io_columns *out = r->out;
    if (out->columns == 0) out->columns = line->count < r->most ? line->count : r->most;
    if (line->count < r->least || line->count < out->columns)
        return KZ_FAIL(KZ_EINVAL, "%s:%zu: %zu columns, %zu are needed", r->path, line->number,
                       line->count, out->columns < r->least ? r->least : out->columns);
    KZ_TRY(grow(r));
    for (size_t i = 0; i < out->columns; i++)
        if (!kz_io_text_number(&out->value[out->count * out->columns + i], line->word[i], &reason))
            return KZ_FAIL(KZ_EINVAL, "%s:%zu: %s", r->path, line->number, reason.text);
    out->line[out->count++] = line->number;
    return KZ_OK;
}

static kz_status take_line(reader *r, const kz_io_text_line *line)
{
    if (line->fault) return KZ_FAIL(KZ_EINVAL, "%s:%zu: %s", r->path, line->number, line->fault);
    if (line->number > KZ_IO_TEXT_LINES)
        return KZ_FAIL(KZ_EINVAL, "%s: more than %d lines", r->path, KZ_IO_TEXT_LINES);
    if (line->count == 0) return KZ_OK;
    bool header = !r->began && kz_io_text_is_header(line);
    r->began = true;
    if (!header) return take_row(r, line);
    r->out->named = line->count;
    for (size_t i = 0; i < line->count && i < KZ_IO_TEXT_FIELDS; i++)
        (void)snprintf(r->name[i], sizeof r->name[i], "%.31s", line->word[i]);
    return KZ_OK;
}

static kz_status finish(reader *r)
{
    void *memory;
    kz_io_columns *out = r->out;
    if (out->columns == 0) out->columns = r->least;
    KZ_TRY(kz_alloc(&memory, out->columns, sizeof *out->name));
    memcpy(memory, r->name, out->columns * sizeof *out->name);
    out->name = memory;
    return KZ_OK;
}

kz_status kz_io_columns_read(kz_io_columns *out, const char *path, size_t least, size_t most)
{
    kz_io_text *text;
    kz_io_text_line line;
    bool more = true;
    reader r = {.out = out, .path = path, .least = least, .most = most};
    *out = (kz_io_columns){0};
    KZ_TRY(kz_io_text_open(&text, path));
    kz_status status = KZ_OK;
    while (status == KZ_OK && more) {
        status = kz_io_text_next(&line, &more, text);
        if (status == KZ_OK && more) status = take_line(&r, &line);
    }
    if (status == KZ_OK) status = finish(&r);
    kz_io_text_close(text);
    if (status != KZ_OK) kz_io_columns_free(out);
    return status;
}

void kz_io_columns_free(kz_io_columns *columns)
{
    free(columns->value);
    free(columns->line);
    kz_free(columns->name);
    *columns = (kz_io_columns){0};
}
