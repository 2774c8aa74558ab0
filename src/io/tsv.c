/* Tables as tab-separated text. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <kapitza/version.h>

#include "core/error.h"
#include "io/table.h"

/* The program never calls setlocale(), so printf and strtod work in the C locale; a library user
 * who has set a decimal comma still gets a point. */
static void use_point(char *text)
{
    char *comma = strchr(text, ',');
    if (comma) *comma = '.';
}

static char *format(char buffer[KZ_IO_NUMBER_SIZE], int digits, double number)
{
    if (isnan(number)) return strcpy(buffer, "nan");
    if (isinf(number)) return strcpy(buffer, number > 0.0 ? "inf" : "-inf");
    (void)snprintf(buffer, KZ_IO_NUMBER_SIZE, "%.*g", digits, number == 0.0 ? 0.0 : number);
    return buffer;
}

char *kz_io_format_number(char buffer[KZ_IO_NUMBER_SIZE], double number)
{
    (void)format(buffer, 15, number);
    use_point(buffer);
    return buffer;
}

char *kz_io_format_exact(char buffer[KZ_IO_NUMBER_SIZE], double number)
{
    (void)format(buffer, 15, number);
    if (isfinite(number) && strtod(buffer, NULL) != number) (void)format(buffer, 17, number);
    use_point(buffer);
    return buffer;
}

static void write_header(FILE *stream, const kz_io_table *table)
{
    char number[KZ_IO_NUMBER_SIZE];
    const char *line = "";
    fprintf(stream, "# kapitza %s %s\n", KZ_VERSION, table->command);
    fprintf(stream, "# units %s\n", table->units);
    fprintf(stream, "# parameters");
    for (size_t i = 0; i < table->parameters; i++) {
        const kz_io_parameter *p = &table->parameter[i];
        if (strcmp(p->line, line) != 0) fprintf(stream, "\n# %s", line = p->line);
        fprintf(stream, " %s=%s", p->name,
                p->text ? p->text : kz_io_format_exact(number, p->number));
    }
    fputc('\n', stream);
    for (const char *text = table->remarks; text && *text; text = strchr(text, '\n') + 1)
        fprintf(stream, "# %.*s\n", (int)strcspn(text, "\n"), text);
    fputs("# ", stream);
    for (size_t i = 0; i < table->columns; i++)
        fprintf(stream, "%s%s", i ? "\t" : "", table->column[i].name);
    fputc('\n', stream);
}

kz_status kz_io_write_tsv(FILE *stream, const kz_io_table *table)
{
    char number[KZ_IO_NUMBER_SIZE];
    write_header(stream, table);
    for (size_t row = 0; row < table->rows && !ferror(stream); row++) {
        for (size_t i = 0; i < table->columns; i++) {
            const kz_io_column *column = &table->column[i];
            if (i) fputc('\t', stream);
            fputs(column->words ? column->words[row]
                                : kz_io_format_number(number, column->numbers[row]),
                  stream);
        }
        fputc('\n', stream);
    }
    if (fflush(stream) != 0 || ferror(stream))
        return KZ_FAIL(KZ_EIO, "writing failed: %s", strerror(errno));
    return KZ_OK;
}
