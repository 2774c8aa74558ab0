/* A table of named columns with its parameters, written as TSV or HDF5. */
#ifndef KZ_IO_TABLE_H
#define KZ_IO_TABLE_H

#include <stddef.h>
#include <stdio.h>

#include <kapitza/status.h>

enum { KZ_IO_MAX_COLUMNS = 32, KZ_IO_MAX_PARAMETERS = 1024, KZ_IO_LINE_SIZE = 24 };

/* A value of the header: text, or a number when text is NULL. */
typedef struct {
    const char *name; /* string literal */
    char *text;
    double number;
    char line[KZ_IO_LINE_SIZE]; /* which line of the header it stands on; "": the parameters */
} kz_io_parameter;

/* Numbers, or words (string literals) when words is not NULL. */
typedef struct {
    const char *name; /* string literal */
    double *numbers;
    const char **words;
} kz_io_column;

typedef struct {
    const char *command; /* string literal, the command that makes this table */
    const char *units;   /* string literal, one line */
    size_t rows, columns, parameters;
    kz_io_column column[KZ_IO_MAX_COLUMNS];
    kz_io_parameter parameter[KZ_IO_MAX_PARAMETERS];
    char line[KZ_IO_LINE_SIZE]; /* of the next parameter */
    char *remarks;              /* lines that end in \n, or NULL */
} kz_io_table;

/* An empty table; KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_io_table_create(kz_io_table **out, const char *command,
                                             const char *units, size_t rows);
void kz_io_table_free(kz_io_table *table);

/* A fully resolved parameter; the text is copied, control characters become '?'. */
KZ_CHECK_RESULT kz_status kz_io_table_set_text(kz_io_table *table, const char *name,
                                               const char *text);
KZ_CHECK_RESULT kz_status kz_io_table_set_number(kz_io_table *table, const char *name,
                                                 double number);

/* Parameters from now on stand on a line of their own, "# NAME ...", after those before; in HDF5
 * the name of each gets "NAME_" in front.  Shorter than KZ_IO_LINE_SIZE. */
void kz_io_table_start_line(kz_io_table *table, const char *name);

/* One of a varying number of results that are no rows: a # line of its own in TSV, a line of the
 * attribute `remarks` in HDF5.  Copied, control characters become '?'. */
KZ_CHECK_RESULT kz_status kz_io_table_add_remark(kz_io_table *table, const char *text);

/* The next column; the caller fills *out[0 .. rows-1].  Numbers start as nan, words as "". */
KZ_CHECK_RESULT kz_status kz_io_table_add_numbers(double **out, kz_io_table *table,
                                                  const char *name);
KZ_CHECK_RESULT kz_status kz_io_table_add_words(const char ***out, kz_io_table *table,
                                                const char *name);

/* The longest text kz_io_format_number makes, with its end. */
enum { KZ_IO_NUMBER_SIZE = 32 };

/* 15 significant digits, or nan, inf, -inf; never a negative zero or a signed nan.
 * Independent of the locale.  Returns buffer. */
char *kz_io_format_number(char buffer[KZ_IO_NUMBER_SIZE], double number);

/* The shortest of 15 or 17 digits that reads back as the same number: for parameters. */
char *kz_io_format_exact(char buffer[KZ_IO_NUMBER_SIZE], double number);

/* Lines starting with # hold version, units, parameters and last the column names; columns are
 * separated by tabs.  KZ_EIO. */
KZ_CHECK_RESULT kz_status kz_io_write_tsv(FILE *stream, const kz_io_table *table);

/* Datasets are named as the columns, parameters are attributes of the root group.  KZ_EIO. */
KZ_CHECK_RESULT kz_status kz_io_write_hdf5(FILE *stream, const kz_io_table *table);

#endif
