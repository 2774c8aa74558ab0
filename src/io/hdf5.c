/* Tables as HDF5 files. */
#include <errno.h>
#include <hdf5.h>
#include <stdbool.h>
#include <string.h>

#include <kapitza/version.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/table.h"

/* HDF5 identifiers are negative on failure; closing one is only due when it was opened. */
static herr_t write_attribute(hid_t file, const char *name, hid_t type, const void *value)
{
    herr_t status = -1;
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0) {
        status = H5Awrite(attribute, type, value);
        H5Aclose(attribute);
    }
    if (space >= 0) H5Sclose(space);
    return status;
}

static herr_t write_text(hid_t file, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, H5T_CSET_UTF8);
    herr_t status = write_attribute(file, name, type, text);
    H5Tclose(type);
    return status;
}

static herr_t write_parameters(hid_t file, const kz_io_table *table)
{
    herr_t failed = write_text(file, "program", "kapitza") < 0;
    failed |= write_text(file, "version", KZ_VERSION) < 0;
    failed |= write_text(file, "command", table->command) < 0;
    failed |= write_text(file, "units", table->units) < 0;
    for (size_t i = 0; i < table->parameters; i++) {
        const kz_io_parameter *p = &table->parameter[i];
        herr_t status = p->text ? write_text(file, p->name, p->text)
                                : write_attribute(file, p->name, H5T_NATIVE_DOUBLE, &p->number);
        failed |= status < 0;
    }
    return failed ? -1 : 0;
}

static herr_t write_dataset(hid_t file, const char *name, hid_t type, hsize_t rows,
                            const void *values)
{
    herr_t status = -1;
    hid_t space = H5Screate_simple(1, &rows, NULL);
    hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (dataset >= 0) {
        status = H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
        if (H5Dclose(dataset) < 0) status = -1;
    }
    if (space >= 0) H5Sclose(space);
    return status;
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

static kz_status make_image(void **out, size_t *size, hid_t file)
{
    ssize_t length = H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    if (length <= 0) return KZ_FAIL(KZ_EIO, "HDF5 cannot make the file");
    KZ_TRY(kz_alloc(out, (size_t)length, 1));
    if (H5Fget_file_image(file, *out, (size_t)length) != length)
        return KZ_FAIL(KZ_EIO, "HDF5 cannot make the file");
    *size = (size_t)length;
    return KZ_OK;
}

/* The file is made in memory and written by us: HDF5 1.10 crashes at exit after a disk has filled
 * under one of its own files. */
kz_status kz_io_write_hdf5(FILE *stream, const kz_io_table *table)
{
    enum { GROWTH = 1 << 20 };
    void *image = NULL;
    size_t size = 0;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, GROWTH, false);
    hid_t file = H5Fcreate("kapitza.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    bool failed = file < 0 || write_parameters(file, table) < 0 || write_columns(file, table) < 0;
    kz_status status =
        failed ? KZ_FAIL(KZ_EIO, "HDF5 cannot hold the table") : make_image(&image, &size, file);
    if (file >= 0) H5Fclose(file);
    if (access >= 0) H5Pclose(access);
    if (status == KZ_OK && (fwrite(image, 1, size, stream) != size || fflush(stream) != 0))
        status = KZ_FAIL(KZ_EIO, "writing failed: %s", strerror(errno));
    kz_free(image);
    return status;
}
