/* Output files: temporary name in the same directory, then rename. */
#include "io/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"

struct kz_io_file {
    char *name;      /* as the user gave it, for messages */
    char *target;    /* with symbolic links resolved */
    char *temporary; /* NULL when target is a device */
    bool hdf5;
};

static kz_status copy_text(char **out, const char *text)
{
    void *memory = NULL;
    kz_status status = kz_alloc(&memory, strlen(text) + 1, 1);
    *out = memory;
    if (status == KZ_OK) memcpy(memory, text, strlen(text) + 1);
    return status;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length > tail && strcmp(text + length - tail, end) == 0;
}

static kz_status resolve(kz_io_file *file, bool *device)
{
    struct stat info;
    *device = false;
    if (stat(file->name, &info) != 0) {
        if (errno != ENOENT) return KZ_FAIL(KZ_EIO, "%s: %s", file->name, strerror(errno));
        if (lstat(file->name, &info) == 0)
            return KZ_FAIL(KZ_EIO, "%s: is a link to nothing", file->name);
        return copy_text(&file->target, file->name);
    }
    if (S_ISDIR(info.st_mode)) return KZ_FAIL(KZ_EIO, "%s: is a directory", file->name);
    *device = !S_ISREG(info.st_mode);
    if (*device && file->hdf5)
        return KZ_FAIL(KZ_EIO, "%s: HDF5 needs an ordinary file", file->name);
    char *real = realpath(file->name, NULL);
    if (!real) return KZ_FAIL(KZ_EIO, "%s: %s", file->name, strerror(errno));
    kz_status status = copy_text(&file->target, real);
    free(real);
    return status;
}

/* open() with O_EXCL rather than mkstemp(): the mode then follows the umask. */
static kz_status create_temporary(kz_io_file *file)
{
    enum { TRIES = 100, EXTRA = 48 };
    size_t size = strlen(file->target) + EXTRA;
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, size, 1));
    for (int i = 0; i < TRIES; i++) {
        (void)snprintf(memory, size, "%s.%ld-%d.tmp", file->target, (long)getpid(), i);
        int descriptor = open(memory, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0) {
            (void)close(descriptor);
            file->temporary = memory;
            return KZ_OK;
        }
        if (errno != EEXIST) break;
    }
    kz_status status = KZ_FAIL(KZ_EIO, "%s: %s", file->name, strerror(errno));
    kz_free(memory);
    return status;
}

kz_status kz_io_file_open(kz_io_file **out, const char *path)
{
    void *memory = NULL;
    bool device = false;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_io_file)));
    kz_io_file *file = memory;
    file->hdf5 = ends_with(path, ".h5");
    kz_status status = copy_text(&file->name, path);
    if (status == KZ_OK) status = resolve(file, &device);
    if (status == KZ_OK && !device) status = create_temporary(file);
    if (status != KZ_OK) {
        kz_io_file_free(file);
        return status;
    }
    *out = file;
    return KZ_OK;
}

const char *kz_io_file_temporary(const kz_io_file *file) { return file->temporary; }

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

/* After a crash of the machine the file is the old one or the new one, not an empty one. */
static kz_status synchronise(const kz_io_file *file)
{
    int descriptor = open(file->temporary, O_RDONLY | O_CLOEXEC);
    bool failed = descriptor < 0 || (fsync(descriptor) != 0 && errno != EINVAL);
    if (failed) (void)KZ_FAIL(KZ_EIO, "%s: %s", file->name, strerror(errno));
    if (descriptor >= 0) (void)close(descriptor);
    return failed ? KZ_EIO : KZ_OK;
}

kz_status kz_io_file_commit(kz_io_file *file, const kz_io_table *table)
{
    if (!file->temporary) return write_stream(file, file->target, table);
    KZ_TRY(write_stream(file, file->temporary, table));
    KZ_TRY(synchronise(file));
    if (rename(file->temporary, file->target) != 0)
        return KZ_FAIL(KZ_EIO, "%s: %s", file->name, strerror(errno));
    kz_free(file->temporary);
    file->temporary = NULL;
    return KZ_OK;
}

void kz_io_file_free(kz_io_file *file)
{
    if (!file) return;
    if (file->temporary) (void)unlink(file->temporary);
    kz_free(file->temporary);
    kz_free(file->target);
    kz_free(file->name);
    kz_free(file);
}
