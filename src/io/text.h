/* The one reader of text: files and streams of numbers or words, as other programs write them.
 *
 * A line ends with \n, \r\n or \r.  # starts a comment.  A UTF-8 byte order mark is skipped.  Where
 * a line has commas they separate its fields, else runs of blanks and tabs do; empty fields between
 * commas are kept, and those between tabs where the line would have too few fields without them.
 * Quotes around a field are taken off.  Numbers between semicolons are refused. */
#ifndef KZ_IO_TEXT_H
#define KZ_IO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

#include "io/number.h"

enum {
    KZ_IO_TEXT_FIELDS = 64,       /* more of one line are not kept */
    KZ_IO_TEXT_LINE = 65535,      /* bytes of the longest line that is understood */
    KZ_IO_TEXT_ENDLESS = 1 << 24, /* bytes without the end of a line that stop the reading */
    KZ_IO_TEXT_LINES = 1000000    /* most lines of a file that is read as a whole */
};

typedef struct {
    size_t number;     /* of the line, from 1 */
    size_t count;      /* fields, those that are not kept included; 0: blank or comment */
    const char *fault; /* NULL, or why the line cannot be read: too long, a zero byte, semicolons */
    const char *word[KZ_IO_TEXT_FIELDS]; /* as they stand, "" where empty; until the next call */
} kz_io_text_line;

typedef struct kz_io_text kz_io_text;

/* Opens a file, or standard input where path is NULL.  KZ_EIO, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_io_text_open(kz_io_text **out, const char *path);
void kz_io_text_close(kz_io_text *text);

/* Whether the next line is here already, so that kz_io_text_next() will not wait for it. */
bool kz_io_text_ready(const kz_io_text *text);

/* The next line; *more is false at the end of the input.  Returns KZ_EIO, and KZ_EINVAL where
 * KZ_IO_TEXT_ENDLESS bytes hold no line: what comes is no text. */
KZ_CHECK_RESULT kz_status kz_io_text_next(kz_io_text_line *out, bool *more, kz_io_text *text);

/* The same without splitting: word[0] is the whole line, comment and blanks included. */
KZ_CHECK_RESULT kz_status kz_io_text_next_whole(kz_io_text_line *out, bool *more, kz_io_text *text);

/* Whether the line holds names of columns: all its fields begin like a word, none is a number.
 * Only the first line that is not blank can be one; ask for no other. */
bool kz_io_text_is_header(const kz_io_text_line *line);

/* A field as a number: what kz_io_parse_number() takes, but a sum only inside parentheses, for
 * "0.5-0.25" is two columns that have run into each other; 1.5-103, Fortran's three-digit exponent
 * without its letter; inf and infinity, nan, NA, N/A, null, none, -, --, --- and nothing, the last
 * of which mean a missing value and give nan.  Case does not matter in these words. */
bool kz_io_text_number(double *out, const char *word, kz_io_reason *reason);

/* The first columns of a file of numbers, in memory. */
typedef struct {
    size_t count, columns;
    double *value;    /* [count * columns] row by row; nan where a value is missing */
    size_t *line;     /* [count] line numbers, from 1 */
    char (*name)[32]; /* [columns] of the header, "" where there is none */
    size_t named;     /* fields of the header, also those above no column */
} kz_io_columns;

/* Reads `least` columns, or up to `most` where the first row has more; others are ignored.
 * Returns KZ_EIO (cannot be read), KZ_EINVAL (the message names the line, or says that there are
 * more than KZ_IO_TEXT_LINES of them), KZ_ENOMEM; *out is then empty. */
KZ_CHECK_RESULT kz_status kz_io_columns_read(kz_io_columns *out, const char *path, size_t least,
                                             size_t most);
void kz_io_columns_free(kz_io_columns *columns);

#endif
