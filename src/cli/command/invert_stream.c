/* Lines of numbers in, lines of answers out, as they come. */
#include "cli/command/invert_stream.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/text.h"

enum { CHUNK_TABLE = 4096, CHUNK_EXACT = 256, COMPLAINTS = 20, COLUMNS = 5 };

static const size_t NONE = SIZE_MAX;

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

static const char *row_word(const cli_invert_row *row)
{
    return row->word ? row->word : kz_place_text(row->inverse.place);
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
    status[i] = row_word(row);
}

/* What stdin has given and is not answered yet. */
typedef struct {
    cli_invert_job *job;
    size_t columns;               /* of the first row; 0 before it */
    size_t energy, magnetization; /* which columns a header names; `magnetization` NONE: none */
    bool began, named; /* the first line is behind us; it was a header that names energy */
    bool beta_only;    /* table of beta(e) */
    cli_invert_row *rows;
    size_t count, room, answered; /* rows, those written */
    double *e, *m;                /* [chunk] */
    kz_inverse *solved;           /* [chunk] */
    size_t *place;                /* [chunk] row of each */
    size_t chunk, pending;        /* pending: rows to solve */
} reader;

static void complain(reader *r, size_t line, const char *reason)
{
    if (r->job->syntax++ < COMPLAINTS) cli_message(r->job->args, "line %zu: %s", line, reason);
}

static size_t find_name(const kz_io_text_line *line, const char *name)
{
    for (size_t i = 0; i < line->count && i < KZ_IO_TEXT_FIELDS; i++)
        if (strcmp(line->word[i], name) == 0) return i;
    return NONE;
}

/* A header that names energy says which columns are meant; another one is passed over. */
static void take_header(reader *r, const kz_io_text_line *line)
{
    size_t energy = find_name(line, "energy");
    size_t magnetization = find_name(line, "magnetization");
    if (energy == NONE && magnetization != NONE)
        complain(r, line->number, "a header that names magnetization and no energy");
    if (energy == NONE) return;
    r->named = true;
    r->energy = energy;
    r->magnetization = magnetization;
    r->columns = line->count;
}

static bool check_count(const reader *r, const kz_io_text_line *line, cli_reason *reason)
{
    if (!r->named && line->count > 2)
        return cli_refuse(reason,
                          "%zu columns (accepted: energy, or energy and magnetization; "
                          "or any with a header line that names these)",
                          line->count);
    if (r->columns && line->count != r->columns)
        return cli_refuse(reason, "%zu columns where there were %zu", line->count, r->columns);
    return true;
}

/* The values of one line; false with the reason. */
static bool read_values(double value[2], reader *r, const kz_io_text_line *line, cli_reason *reason)
{
    if (line->fault) return cli_refuse(reason, "%s", line->fault);
    if (!check_count(r, line, reason)) return false;
    size_t column[2] = {r->energy, r->magnetization};
    if (!r->named) column[1] = line->count == 2 ? 1 : NONE;
    for (int i = 0; i < 2; i++) {
        value[i] = 0.0;
        if (column[i] == NONE) continue;
        if (!kz_io_text_number(&value[i], line->word[column[i]], reason)) return false;
        if (isinf(value[i])) return cli_refuse(reason, "not finite");
    }
    if (r->beta_only && !isnan(value[1]) && value[1] != 0.0)
        return cli_refuse(reason, "a table of beta(e) at mu = 0 takes no magnetization");
    r->columns = line->count;
    return true;
}

static kz_status grow(reader *r)
{
    if (r->count < r->room) return KZ_OK;
    if (r->count >= CLI_LIST_MAX)
        return KZ_FAIL(KZ_EINVAL, "more than %d rows for one file (standard output takes any)",
                       CLI_LIST_MAX);
    size_t room = r->room ? 2 * r->room : 1024;
    void *memory = realloc(r->rows, room * sizeof *r->rows);
    if (!memory) return KZ_FAIL(KZ_ENOMEM, "no room for %zu rows", room);
    r->rows = memory;
    r->room = room;
    return KZ_OK;
}

/* Energy alone means mu = 0. */
static bool two_columns(const reader *r)
{
    return r->named ? r->magnetization != NONE : r->columns == 2;
}

/* Output to stdout lets rows go at once; a file is made of all of them. */
static kz_status answer(reader *r)
{
    size_t n = r->count - r->answered;
    if (r->pending > 0)
        KZ_TRY(cli_invert_solve(r->solved, r->job, r->e, two_columns(r) ? r->m : NULL, r->pending));
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
        (void)puts(row_word(row));
    }
    r->count = r->answered = 0;
    if (fflush(stdout) != 0) return KZ_FAIL(KZ_EIO, "standard output: %s", strerror(errno));
    return KZ_OK;
}

static kz_status take_line(reader *r, const kz_io_text_line *line)
{
    static const kz_inverse unknown = {NAN, NAN, NAN, NAN, INFINITY, KZ_PLACE_FAILED, KZ_EINVAL};
    double value[2];
    cli_reason reason;
    if (!line->fault && line->count == 0) return KZ_OK;
    bool header = !r->began && !line->fault && kz_io_text_is_header(line);
    r->began = true;
    if (header) take_header(r, line);
    if (header) return KZ_OK;
    KZ_TRY(grow(r));
    cli_invert_row *row = &r->rows[r->count];
    *row = (cli_invert_row){.inverse = unknown};
    if (!read_values(value, r, line, &reason)) {
        row->word = "syntax";
        complain(r, line->number, reason.text);
        r->job->rows++;
    } else if (isnan(value[0]) || isnan(value[1])) {
        row->word = "missing";
        row->inverse.energy = value[0];
        row->inverse.magnetization = value[1];
        r->job->rows++;
    } else {
        r->e[r->pending] = value[0];
        r->m[r->pending] = value[1];
        r->place[r->pending++] = r->count;
    }
    r->count++;
    return r->pending == r->chunk ? answer(r) : KZ_OK;
}

/* Answers do not wait for more input. */
static kz_status read_lines(reader *r, kz_io_text *text)
{
    kz_io_text_line line;
    for (bool more = true; more;) {
        if (!kz_io_text_ready(text)) KZ_TRY(answer(r));
        KZ_TRY(kz_io_text_next(&line, &more, text));
        if (more) KZ_TRY(take_line(r, &line));
    }
    return answer(r);
}

/* What was read before a failure is answered too. */
static kz_status read_all(reader *r)
{
    kz_io_text *text;
    char reason[200];
    KZ_TRY(kz_io_text_open(&text, NULL));
    kz_status status = read_lines(r, text);
    kz_io_text_close(text);
    if (status != KZ_EINVAL && status != KZ_EIO) return status;
    (void)snprintf(reason, sizeof reason, "%s", kz_error_reason());
    KZ_TRY(answer(r));
    return KZ_FAIL(status, "%s", reason);
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
    r->magnetization = NONE;
    r->beta_only = !j->exact && kz_table_get_kind(j->table) == KZ_TABLE_ENERGY;
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
