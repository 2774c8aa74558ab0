/* Tables as HDF5 files. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <kapitza/version.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/hdf5_parts.h"
#include "io/table.h"

static herr_t write_text(hid_t file, const char *name, const char *text)
{
    return kz_io_hdf5_put_text(file, name, text);
}

static herr_t write_parameters(hid_t file, const kz_io_table *table)
{
    herr_t failed = write_text(file, "program", "kapitza") < 0;
    failed |= write_text(file, "version", KZ_VERSION) < 0;
    failed |= write_text(file, "command", table->command) < 0;
    failed |= write_text(file, "units", table->units) < 0;
    for (size_t i = 0; i < table->parameters; i++) {
        const kz_io_parameter *p = &table->parameter[i];
        char name[80];
        (void)snprintf(name, sizeof name, "%s%s%s", p->line, *p->line ? "_" : "", p->name);
        herr_t status = p->text ? write_text(file, name, p->text)
                                : kz_io_hdf5_put_number(file, name, p->number);
        failed |= status < 0;
    }
    if (table->remarks) failed |= write_text(file, "remarks", table->remarks) < 0;
    return failed ? -1 : 0;
}

static herr_t write_dataset(hid_t file, const char *name, hid_t type, hsize_t rows,
                            const void *values)
{
    const kz_io_hdf5_array array = {type, 1, &rows, values};
    return kz_io_hdf5_put_array(file, name, &array);
}

/* Words become fixed-length text, padded with nulls. */
static herr_t write_words(hid_t file, const kz_io_column *column, size_t rows)
{
    size_t size = 1;
    for (size_t i = 0; i < rows; i++)
        if (strlen(column->words[i]) + 1 > size) size = strlen(column->words[i]) + 1;
    void *memory = NULL;
    if (kz_alloc(&memory, rows, size) != KZ_OK) return -1;
    char *text = memory;
    for (size_t i = 0; i < rows; i++)
        memcpy(text + i * size, column->words[i], strlen(column->words[i]));
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    herr_t status = write_dataset(file, column->name, type, rows, text);
    H5Tclose(type);
    kz_free(memory);
    return status;
}

static herr_t write_columns(hid_t file, const kz_io_table *table)
{
    for (size_t i = 0; i < table->columns; i++) {
        const kz_io_column *column = &table->column[i];
        herr_t status = column->words ? write_words(file, column, table->rows)
                                      : write_dataset(file, column->name, H5T_NATIVE_DOUBLE,
                                                      table->rows, column->numbers);
        if (status < 0) return status;
    }
    return 0;
}

static herr_t write_all(hid_t file, const void *table)
{
    return write_parameters(file, table) < 0 || write_columns(file, table) < 0 ? -1 : 0;
}

kz_status kz_io_write_hdf5(FILE *stream, const kz_io_table *table)
{
    void *image;
    size_t size;
    KZ_TRY(kz_io_hdf5_image(&image, &size, write_all, table));
    kz_status status = KZ_OK;
    if (fwrite(image, 1, size, stream) != size || fflush(stream) != 0)
        status = KZ_FAIL(KZ_EIO, "writing failed: %s", strerror(errno));
    kz_free(image);
    return status;
}
