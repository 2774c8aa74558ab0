#include "io/table.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

kz_status kz_io_table_create(kz_io_table **out, const char *command, const char *units, size_t rows)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_io_table)));
    *out = memory;
    (*out)->command = command;
    (*out)->units = units;
    (*out)->rows = rows;
    return KZ_OK;
}

void kz_io_table_free(kz_io_table *table)
{
    if (!table) return;
    for (size_t i = 0; i < table->columns; i++) {
        kz_free(table->column[i].numbers);
        kz_free(table->column[i].words);
    }
    for (size_t i = 0; i < table->parameters; i++)
        kz_free(table->parameter[i].text);
    kz_free(table->remarks);
    kz_free(table);
}

/* length characters and no end. */
static void copy_clean(char *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        out[i] = c < ' ' || c == 0x7f ? '?' : text[i];
    }
}

/* The next free one, not yet counted; NULL when the table is full. */
static kz_io_parameter *next_parameter(kz_io_table *table, const char *name)
{
    if (table->parameters == KZ_IO_MAX_PARAMETERS) return NULL;
    kz_io_parameter *parameter = &table->parameter[table->parameters];
    *parameter = (kz_io_parameter){.name = name};
    memcpy(parameter->line, table->line, sizeof parameter->line);
    return parameter;
}

kz_status kz_io_table_set_text(kz_io_table *table, const char *name, const char *text)
{
    kz_io_parameter *parameter = next_parameter(table, name);
    void *copy = NULL;
    size_t length = strlen(text);
    if (!parameter) return KZ_FAIL(KZ_ESHAPE, "no room for parameter %s", name);
    KZ_TRY(kz_alloc(&copy, length + 1, 1));
    parameter->text = copy;
    copy_clean(parameter->text, text, length);
    table->parameters++;
    return KZ_OK;
}

kz_status kz_io_table_set_number(kz_io_table *table, const char *name, double number)
{
    kz_io_parameter *parameter = next_parameter(table, name);
    if (!parameter) return KZ_FAIL(KZ_ESHAPE, "no room for parameter %s", name);
    parameter->number = number;
    table->parameters++;
    return KZ_OK;
}

void kz_io_table_start_line(kz_io_table *table, const char *name)
{
    (void)snprintf(table->line, sizeof table->line, "%s", name);
}

kz_status kz_io_table_add_remark(kz_io_table *table, const char *text)
{
    size_t before = table->remarks ? strlen(table->remarks) : 0, length = strlen(text);
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, before + length + 2, 1)); /* \n and the end, zeroed */
    char *all = memory;
    if (before > 0) memcpy(all, table->remarks, before);
    copy_clean(all + before, text, length);
    all[before + length] = '\n';
    kz_free(table->remarks);
    table->remarks = all;
    return KZ_OK;
}

static kz_io_column *next_column(kz_io_table *table, const char *name)
{
    if (table->columns == KZ_IO_MAX_COLUMNS) return NULL;
    kz_io_column *column = &table->column[table->columns];
    *column = (kz_io_column){.name = name};
    return column;
}

kz_status kz_io_table_add_numbers(double **out, kz_io_table *table, const char *name)
{
    kz_io_column *column = next_column(table, name);
    if (!column) return KZ_FAIL(KZ_ESHAPE, "no room for column %s", name);
    KZ_TRY(kz_alloc_doubles(&column->numbers, table->rows));
    for (size_t i = 0; i < table->rows; i++)
        column->numbers[i] = NAN;
    table->columns++;
    *out = column->numbers;
    return KZ_OK;
}

kz_status kz_io_table_add_words(const char ***out, kz_io_table *table, const char *name)
{
    kz_io_column *column = next_column(table, name);
    void *memory = NULL;
    if (!column) return KZ_FAIL(KZ_ESHAPE, "no room for column %s", name);
    KZ_TRY(kz_alloc(&memory, table->rows, sizeof(const char *)));
    column->words = memory;
    for (size_t i = 0; i < table->rows; i++)
        column->words[i] = "";
    table->columns++;
    *out = column->words;
    return KZ_OK;
}
