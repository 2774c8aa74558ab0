/* Lines of numbers in, lines of answers out, as they come. */
#include "cli/invert_stream.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"

enum { BUFFER = 1 << 16, CHUNK_TABLE = 4096, CHUNK_EXACT = 256, COMPLAINTS = 20, COLUMNS = 5 };

static const char blanks[] = " \t\r\v\f";

kz_status cli_invert_solve(kz_inverse *out, cli_invert_job *j, const double *energy,
                           const double *magnetization, size_t n)
{
    kz_status status =
        j->exact ? kz_inverter_solve(out, j->inverter, energy, magnetization, n)
                 : kz_table_invert(out, j->table, energy, magnetization, n, &j->common.options);
    bool rows_failed = status == KZ_ENOCONV || status == KZ_ETOL || status == KZ_ESING;
    if (status != KZ_OK && !rows_failed) return status;
    if (rows_failed && j->failed == 0)
        (void)snprintf(j->reason, sizeof j->reason, "%s", kz_error_reason());
    j->rows += n;
    for (size_t i = 0; i < n; i++) {
        j->outside += out[i].place == KZ_PLACE_OUTSIDE;
        j->failed += out[i].status != KZ_OK;
    }
    return KZ_OK;
}

kz_status cli_invert_table(kz_io_table **out, double *column[COLUMNS], const char ***status,
                           const cli_invert_job *j, size_t rows)
{
    static const char *const names[] = {"energy", "magnetization", "beta", "mu", "err"};
    KZ_TRY(cli_table_create(out, j->args, rows, &j->common.options));
    KZ_TRY(cli_table_set_chain(*out, "chain", j->chain));
    KZ_TRY(kz_io_table_set_number(*out, "Delta", kz_chain_delta(j->chain)));
    KZ_TRY(kz_io_table_set_text(*out, "method", j->exact ? "state" : "interpolation"));
    if (j->path) KZ_TRY(kz_io_table_set_text(*out, "table", j->path));
    for (int i = 0; i < COLUMNS; i++)
        KZ_TRY(kz_io_table_add_numbers(&column[i], *out, names[i]));
    return kz_io_table_add_words(status, *out, "status");
}

void cli_invert_store(double *const column[COLUMNS], const char **status, size_t i,
                      const cli_invert_row *row)
{
    const kz_inverse *x = &row->inverse;
    column[0][i] = x->energy;
    column[1][i] = x->magnetization;
    column[2][i] = x->beta;
    column[3][i] = x->mu;
    column[4][i] = x->err;
    status[i] = row->syntax ? "syntax" : kz_place_text(x->place);
}

/* What stdin has given and is not answered yet. */
typedef struct {
    cli_invert_job *job;
    char buffer[BUFFER];
    size_t used, line;
    int columns;       /* of the first row; 0 before it */
    bool skip, energy; /* rest of a line that is too long; table of beta(e) */
    cli_invert_row *rows;
    size_t count, room, answered; /* rows, those written */
    double *e, *m;                /* [chunk] */
    kz_inverse *solved;           /* [chunk] */
    size_t *place;                /* [chunk] row of each */
    size_t chunk, pending;        /* pending: rows to solve */
} reader;

static void complain(reader *r, const char *reason)
{
    if (r->job->syntax++ < COMPLAINTS) cli_message(r->job->args, "line %zu: %s", r->line, reason);
}

/* One or two numbers; their count, 0 for a blank line, -1 with the reason for anything else. */
static int parse_line(double value[2], char *text, size_t length, cli_reason *reason)
{
    int count = 0;
    if (memchr(text, '\0', length)) return cli_refuse(reason, "a zero byte") ? 0 : -1;
    text[strcspn(text, "#")] = '\0';
    for (char *at = text + strspn(text, blanks); *at; count++) {
        size_t word = strcspn(at, " \t\r\v\f,");
        if (count == 2) return cli_refuse(reason, "more than two columns") ? 0 : -1;
        if (!cli_parse_number_part(&value[count], at, word, reason)) return -1;
        if (isinf(value[count])) return cli_refuse(reason, "not finite") ? 0 : -1;
        at += word;
        at += strspn(at, blanks);
        if (*at != ',') continue;
        at += 1 + strspn(at + 1, blanks);
        if (!*at) return cli_refuse(reason, "nothing after the comma") ? 0 : -1;
    }
    return count;
}

static kz_status grow(reader *r)
{
    if (r->count < r->room) return KZ_OK;
    size_t room = r->room ? 2 * r->room : 1024;
    void *memory = realloc(r->rows, room * sizeof *r->rows);
    if (!memory) return KZ_FAIL(KZ_ENOMEM, "no room for %zu rows", room);
    r->rows = memory;
    r->room = room;
    return KZ_OK;
}

/* Output to stdout lets rows go at once; a file is made of all of them. */
static kz_status answer(reader *r)
{
    size_t n = r->count - r->answered;
    if (r->pending > 0)
        KZ_TRY(
            cli_invert_solve(r->solved, r->job, r->e, r->columns == 2 ? r->m : NULL, r->pending));
    for (size_t k = 0; k < r->pending; k++)
        r->rows[r->place[k]].inverse = r->solved[k];
    r->pending = 0;
    r->answered = r->count;
    if (r->job->common.output || n == 0) return KZ_OK;
    for (size_t i = 0; i < n; i++) {
        const cli_invert_row *row = &r->rows[i];
        const double numbers[COLUMNS] = {row->inverse.energy, row->inverse.magnetization,
                                         row->inverse.beta, row->inverse.mu, row->inverse.err};
        char text[KZ_IO_NUMBER_SIZE];
        for (int c = 0; c < COLUMNS; c++)
            (void)printf("%s\t", kz_io_format_number(text, numbers[c]));
        (void)puts(row->syntax ? "syntax" : kz_place_text(row->inverse.place));
    }
    r->count = r->answered = 0;
    if (fflush(stdout) != 0) return KZ_FAIL(KZ_EIO, "standard output: %s", strerror(errno));
    return KZ_OK;
}

static kz_status take_line(reader *r, char *text, size_t length)
{
    static const cli_invert_row unread = {
        .inverse = {NAN, NAN, NAN, NAN, INFINITY, KZ_PLACE_FAILED, KZ_EINVAL}, .syntax = true};
    double value[2] = {0, 0};
    cli_reason reason;
    r->line++;
    int columns = r->skip ? -1 : parse_line(value, text, length, &reason);
    if (r->skip) (void)cli_refuse(&reason, "longer than %d bytes", BUFFER - 1);
    r->skip = false;
    if (columns == 0) return KZ_OK;
    if (columns > 0 && r->columns == 0) r->columns = columns;
    if (columns > 0 && columns != r->columns) {
        (void)cli_refuse(&reason, "%d columns where there were %d", columns, r->columns);
        columns = -1;
    }
    if (columns == 2 && r->energy && value[1] != 0) {
        (void)cli_refuse(&reason, "a table of beta(e) at mu = 0 takes no magnetization");
        columns = -1;
    }
    KZ_TRY(grow(r));
    r->rows[r->count] = unread;
    if (columns < 0) {
        complain(r, reason.text);
        r->job->rows++;
    } else {
        r->rows[r->count].syntax = false;
        r->e[r->pending] = value[0];
        r->m[r->pending] = value[1];
        r->place[r->pending++] = r->count;
    }
    r->count++;
    return r->pending == r->chunk ? answer(r) : KZ_OK;
}

/* Takes the complete lines out of the buffer; at the end of input what is left is a line too. */
static kz_status take_lines(reader *r, bool end)
{
    char *from = r->buffer, *stop = r->buffer + r->used;
    for (;;) {
        char *newline = memchr(from, '\n', (size_t)(stop - from));
        if (!newline && !(end && (from < stop || r->skip))) break;
        char *last = newline ? newline : stop;
        *last = '\0'; /* there is always room for it */
        KZ_TRY(take_line(r, from, (size_t)(last - from)));
        from = newline ? newline + 1 : stop;
    }
    r->used = (size_t)(stop - from);
    memmove(r->buffer, from, r->used);
    if (r->used == BUFFER - 1) {
        r->skip = true;
        r->used = 0;
    }
    return KZ_OK;
}

/* read() gives what a pipe has, so that answers do not wait for more. */
static kz_status read_all(reader *r)
{
    for (;;) {
        ssize_t got = read(STDIN_FILENO, r->buffer + r->used, BUFFER - 1 - r->used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return KZ_FAIL(KZ_EIO, "standard input: %s", strerror(errno));
        r->used += (size_t)got;
        KZ_TRY(take_lines(r, got == 0));
        KZ_TRY(answer(r));
        if (got == 0) return KZ_OK;
    }
}

static kz_status write_file(const reader *r)
{
    double *column[COLUMNS];
    const char **status;
    kz_io_table *table = NULL;
    kz_status result = cli_invert_table(&table, column, &status, r->job, r->count);
    for (size_t i = 0; result == KZ_OK && i < r->count; i++)
        cli_invert_store(column, status, i, &r->rows[i]);
    if (result == KZ_OK) result = cli_output_write(r->job->common.output, table);
    kz_io_table_free(table);
    return result;
}

static kz_status print_header(const cli_invert_job *j)
{
    double *column[COLUMNS];
    const char **words;
    kz_io_table *table = NULL;
    kz_status status = cli_invert_table(&table, column, &words, j, 0);
    if (status == KZ_OK) status = kz_io_write_tsv(stdout, table);
    kz_io_table_free(table);
    return status;
}

static kz_status reader_create(reader **out, cli_invert_job *j)
{
    void *memory = NULL, *solved = NULL, *place = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(reader)));
    reader *r = *out = memory;
    r->job = j;
    r->chunk = j->exact ? CHUNK_EXACT : CHUNK_TABLE;
    r->energy = !j->exact && kz_table_get_kind(j->table) == KZ_TABLE_ENERGY;
    KZ_TRY(kz_alloc(&solved, r->chunk, sizeof(kz_inverse)));
    r->solved = solved;
    KZ_TRY(kz_alloc(&place, r->chunk, sizeof(size_t)));
    r->place = place;
    KZ_TRY(kz_alloc_doubles(&r->e, r->chunk));
    return kz_alloc_doubles(&r->m, r->chunk);
}

static void reader_free(reader *r)
{
    if (!r) return;
    free(r->rows);
    kz_free(r->solved);
    kz_free(r->place);
    kz_free(r->e);
    kz_free(r->m);
    kz_free(r);
}

kz_status cli_invert_stream(cli_invert_job *j)
{
    reader *r = NULL;
    bool file = j->common.output && strcmp(j->common.output, "-") != 0;
    j->common.output = file ? j->common.output : NULL;
    j->common.options.progress = NULL;
    kz_status status = cli_output_check(j->common.output);
    if (status == KZ_OK) status = reader_create(&r, j);
    if (status == KZ_OK && !file) status = print_header(j);
    if (status == KZ_OK) status = read_all(r);
    if (status == KZ_OK && file) status = write_file(r);
    if (j->syntax > COMPLAINTS)
        cli_message(j->args, "%zu lines in all could not be read", j->syntax);
    reader_free(r);
    return status;
}
