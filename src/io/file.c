/* Output files of the program: a table as TSV or HDF5, written whole. */
#include "io/file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/replace.h"

struct kz_io_file {
    char *name; /* as the user gave it, for messages */
    bool hdf5;
    kz_io_replacement *replacement; /* NULL: a device, written to directly */
};

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

static bool is_device(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static kz_status open_file(kz_io_file *file, const char *path)
{
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, strlen(path) + 1, 1));
    file->name = memory;
    memcpy(file->name, path, strlen(path) + 1);
    file->hdf5 = ends_with(path, ".h5");
    if (!is_device(path)) {
        KZ_TRY(kz_io_replace_spare(path));
        return kz_io_replace_begin(&file->replacement, path);
    }
    return file->hdf5 ? KZ_FAIL(KZ_EIO, "%s: HDF5 needs an ordinary file", path) : KZ_OK;
}

kz_status kz_io_file_open(kz_io_file **out, const char *path)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_io_file)));
    kz_io_file *file = memory;
    kz_status status = open_file(file, path);
    if (status == KZ_OK)
        *out = file;
    else
        kz_io_file_free(file);
    return status;
}

const char *kz_io_file_temporary(const kz_io_file *file)
{
    return file->replacement ? kz_io_replace_temporary(file->replacement) : NULL;
}

static kz_status write_stream(const kz_io_file *file, const char *path, const kz_io_table *table)
{
    FILE *stream = fopen(path, "w");
    if (!stream) return KZ_FAIL(KZ_EIO, "%s: %s", file->name, strerror(errno));
    kz_status status =
        file->hdf5 ? kz_io_write_hdf5(stream, table) : kz_io_write_tsv(stream, table);
    if (status == KZ_EIO) {
        char reason[200];
        (void)snprintf(reason, sizeof reason, "%s", kz_error_reason());
        status = KZ_FAIL(KZ_EIO, "%s: %s", file->name, reason);
    }
    if (fclose(stream) != 0 && status == KZ_OK)
        status = KZ_FAIL(KZ_EIO, "%s: %s", file->name, strerror(errno));
    return status;
}

kz_status kz_io_file_commit(kz_io_file *file, const kz_io_table *table)
{
    if (!file->replacement) return write_stream(file, file->name, table);
    KZ_TRY(write_stream(file, kz_io_replace_temporary(file->replacement), table));
    return kz_io_replace_finish(file->replacement);
}

void kz_io_file_free(kz_io_file *file)
{
    if (!file) return;
    kz_io_replace_free(file->replacement);
    kz_free(file->name);
    kz_free(file);
}
