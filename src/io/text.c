/* Lines of text, from files and streams. */
#include "io/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/fields.h"

struct kz_io_text {
    const char *path; /* NULL: standard input */
    int descriptor;
    size_t from, used;                /* buffer[from .. used-1] is not taken yet */
    size_t line;                      /* lines taken */
    size_t columns;                   /* fields of the first line that has some; 0 before it */
    size_t endless;                   /* bytes read since the last line */
    bool end;                         /* of the input */
    bool skip;                        /* the line under way is too long: drop its rest */
    bool after_cr;                    /* a \n at buffer[from] belongs to the \r before it */
    char buffer[KZ_IO_TEXT_LINE + 1]; /* one more for the end of the last line */
};

static const char *name_of(const kz_io_text *t) { return t->path ? t->path : "standard input"; }

kz_status kz_io_text_open(kz_io_text **out, const char *path)
{
    void *memory = NULL;
    struct stat info;
    *out = NULL;
    int descriptor = path ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (descriptor < 0) return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
    kz_status status = KZ_OK;
    if (path && fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode))
        status = KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(EISDIR));
    if (status == KZ_OK) status = kz_alloc(&memory, 1, sizeof(kz_io_text));
    if (status != KZ_OK) {
        if (path) (void)close(descriptor);
        return status;
    }
    *out = memory;
    (*out)->path = path;
    (*out)->descriptor = descriptor;
    return KZ_OK;
}

void kz_io_text_close(kz_io_text *text)
{
    if (!text) return;
    if (text->path) (void)close(text->descriptor);
    kz_free(text);
}

/* Where the next line begins in the buffer. */
static size_t line_begin(const kz_io_text *t)
{
    bool rest = t->after_cr && t->from < t->used && t->buffer[t->from] == '\n';
    return t->from + (rest ? 1U : 0U);
}

/* The length of the next line; false where its end is not here yet. */
static bool find_line(size_t *length, const kz_io_text *t)
{
    const char *from = t->buffer + line_begin(t), *stop = t->buffer + t->used;
    const char *newline = memchr(from, '\n', (size_t)(stop - from));
    const char *end = memchr(from, '\r', (size_t)((newline ? newline : stop) - from));
    if (!end) end = newline;
    *length = (size_t)((end ? end : stop) - from);
    return end != NULL;
}

bool kz_io_text_ready(const kz_io_text *text)
{
    size_t length;
    return text->end || find_line(&length, text);
}

/* More of the input behind what is not taken.  read() gives what a pipe has and waits for no more.
 * A line that fills the buffer is dropped. */
static kz_status fill(kz_io_text *t)
{
    ssize_t got;
    t->used -= t->from;
    memmove(t->buffer, t->buffer + t->from, t->used);
    t->from = 0;
    if (t->used == KZ_IO_TEXT_LINE) {
        t->skip = true;
        t->used = 0;
    }
    do {
        got = read(t->descriptor, t->buffer + t->used, KZ_IO_TEXT_LINE - t->used);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return KZ_FAIL(KZ_EIO, "%s: %s", name_of(t), strerror(errno));
    t->used += (size_t)got;
    t->end = got == 0;
    t->endless += (size_t)got;
    if (t->endless <= KZ_IO_TEXT_ENDLESS) return KZ_OK;
    return KZ_FAIL(KZ_EINVAL, "%s: no end of line in %d bytes: this is no text", name_of(t),
                   KZ_IO_TEXT_ENDLESS);
}

static void pass_mark(char **text, size_t *length)
{
    static const char mark[] = "\xef\xbb\xbf"; /* of UTF-8 */
    if (*length < 3 || memcmp(*text, mark, 3) != 0) return;
    *text += 3;
    *length -= 3;
}

/* Takes `length` bytes off the buffer as a line, split into fields or whole. */
static void take_line(kz_io_text_line *out, kz_io_text *t, size_t length, bool whole)
{
    size_t begin = line_begin(t);
    char *text = t->buffer + begin;
    t->from = begin + length < t->used ? begin + length + 1 : t->used;
    t->after_cr = text[length] == '\r' && begin + length < t->used;
    out->number = ++t->line;
    if (t->skip) out->fault = "longer than 65535 bytes";
    t->skip = false;
    t->endless = 0;
    if (t->line == 1) pass_mark(&text, &length);
    if (!out->fault && memchr(text, '\0', length)) out->fault = "a zero byte: this is no text";
    if (out->fault) return;
    text[length] = '\0'; /* over its end, or the byte kept for it */
    if (whole) {
        out->word[out->count++] = text;
        return;
    }
    kz_io_fields_split(out, text, t->columns);
    if (t->columns == 0) t->columns = out->count;
}

static kz_status next_line(kz_io_text_line *out, bool *more, kz_io_text *text, bool unsplit)
{
    size_t length;
    bool whole;
    *out = (kz_io_text_line){.fault = NULL};
    *more = false;
    while (!(whole = find_line(&length, text)) && !text->end)
        KZ_TRY(fill(text));
    if (!whole && length == 0 && !text->skip) return KZ_OK;
    *more = true;
    take_line(out, text, length, unsplit);
    return KZ_OK;
}

kz_status kz_io_text_next(kz_io_text_line *out, bool *more, kz_io_text *text)
{
    return next_line(out, more, text, false);
}

kz_status kz_io_text_next_whole(kz_io_text_line *out, bool *more, kz_io_text *text)
{
    return next_line(out, more, text, true);
}
