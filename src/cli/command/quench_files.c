/* Files that define a quench. */
#include "cli/command/quench_files.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/text.h"

void cli_quench_files_free(cli_quench_files *files)
{
    kz_free(files->J);
    kz_free(files->delta);
    kz_free(files->field);
    kz_free(files->up);
    *files = (cli_quench_files){0};
}

/* -- couplings ----------------------------------------------------------------------------- */

static const char accepted[] = "accepted: rows n J Delta h";

/* A chain as it is without the file. */
static kz_status fill_uniform(cli_quench_files *f, const kz_run_setup *s)
{
    KZ_TRY(kz_alloc_doubles(&f->J, s->length));
    KZ_TRY(kz_alloc_doubles(&f->delta, s->length));
    KZ_TRY(kz_alloc_doubles(&f->field, s->length));
    for (size_t i = 0; i < s->length; i++) {
        f->J[i] = 1.0;
        f->delta[i] = i < s->length / 2 ? s->delta_left : s->delta_right;
    }
    return KZ_OK;
}

/* Index of n; false and a fault where the chain has no such site. */
static bool find_site(size_t *i, double n, const kz_run_setup *s, cli_reason *reason)
{
    long last = (long)(s->length / 2), first = 1 - last;
    if (!(n == floor(n) && n >= (double)first && n <= (double)last))
        return cli_refuse(reason, "n = %.15g is not a site of the chain, %ld ... %ld", n, first,
                          last);
    *i = (size_t)((long)n - first);
    return true;
}

/* One row into the arrays; `seen` [length] marks the sites that had one. */
static bool take_row(cli_quench_files *f, bool *seen, const double *row, const kz_run_setup *s,
                     cli_reason *reason)
{
    static const char *const names[] = {"n", "J", "Delta", "h"};
    size_t i = 0;
    for (int k = 0; k < 4; k++) {
        if (isnan(row[k])) return cli_refuse(reason, "%s has no number", names[k]);
        if (k > 0 && !(fabs(row[k]) <= KZ_RUN_DELTA_MAX))
            return cli_refuse(reason, "%s = %.15g is not between -%g and %g", names[k], row[k],
                              KZ_RUN_DELTA_MAX, KZ_RUN_DELTA_MAX);
    }
    if (!find_site(&i, row[0], s, reason)) return false;
    if (seen[i]) return cli_refuse(reason, "n = %g is there twice", row[0]);
    if (i + 1 == s->length && (row[1] != 0.0 || row[2] != 0.0))
        return cli_refuse(reason, "site n = %g is the last and has no bond: J and Delta must be 0",
                          row[0]);
    seen[i] = true;
    f->J[i] = row[1];
    f->delta[i] = row[2];
    f->field[i] = row[3];
    return true;
}

static kz_status take_rows(cli_quench_files *f, const kz_io_columns *c, const kz_run_setup *s,
                           const char *path, cli_faults *faults)
{
    void *seen = NULL;
    cli_reason reason;
    KZ_TRY(fill_uniform(f, s));
    KZ_TRY(kz_alloc(&seen, s->length, sizeof(bool)));
    for (size_t k = 0; k < c->count; k++) {
        if (take_row(f, seen, c->value + 4 * k, s, &reason)) continue;
        cli_fault(faults, "--couplings", "%.60s:%zu: %s (%s)", path, c->line[k], reason.text,
                  accepted);
        break;
    }
    kz_free(seen);
    return KZ_OK;
}

kz_status cli_quench_read_couplings(cli_quench_files *files, kz_run_setup *s, const char *path,
                                    cli_faults *faults)
{
    kz_io_columns columns;
    if (s->length < KZ_MPS_MIN_LENGTH || s->length % 2) return KZ_OK; /* a fault already */
    kz_status status = kz_io_columns_read(&columns, path, 4, 4);
    if (status == KZ_EINVAL) {
        cli_fault(faults, "--couplings", "%s (%s)", kz_error_reason(), accepted);
        return KZ_OK;
    }
    KZ_TRY(status);
    if (columns.count == 0) cli_fault(faults, "--couplings", "%.60s: no rows (%s)", path, accepted);
    status = take_rows(files, &columns, s, path, faults);
    kz_io_columns_free(&columns);
    s->couplings = (kz_couplings){files->J, files->delta, files->field};
    return status;
}

/* -- spins --------------------------------------------------------------------------------- */

static kz_status read_words(bool *up, size_t *count, size_t length, kz_io_text *text,
                            const char *path, cli_faults *faults)
{
    kz_io_text_line line;
    for (bool more = true; more;) {
        KZ_TRY(kz_io_text_next(&line, &more, text));
        if (!more || (line.count == 0 && !line.fault)) continue;
        const char *word = line.fault || line.count != 1 ? "" : line.word[0];
        bool is_up = strcmp(word, "up") == 0;
        if (!is_up && strcmp(word, "down") != 0) {
            cli_fault(faults, "--initial", "%.60s:%zu: is not up or down", path, line.number);
            return KZ_OK;
        }
        if (*count < length) up[*count] = is_up;
        ++*count;
    }
    if (*count != length)
        cli_fault(faults, "--initial", "%.60s: has %zu spins for %zu sites", path, *count, length);
    return KZ_OK;
}

kz_status cli_quench_read_spins(cli_quench_files *files, kz_run_setup *s, const char *path,
                                cli_faults *faults)
{
    kz_io_text *text;
    void *up = NULL;
    size_t count = 0;
    if (s->length < KZ_MPS_MIN_LENGTH) return KZ_OK; /* a fault already */
    KZ_TRY(kz_io_text_open(&text, path));
    kz_status status = kz_alloc(&up, s->length, sizeof *files->up);
    s->spin_up = files->up = up;
    if (status == KZ_OK) status = read_words(up, &count, s->length, text, path, faults);
    kz_io_text_close(text);
    if (status != KZ_EINVAL) return status;
    cli_fault(faults, "--initial", "%.60s: is no text", path);
    return KZ_OK;
}
