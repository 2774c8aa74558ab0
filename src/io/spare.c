/* Which files are not replaced by something else. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "io/hdf5_open.h"
#include "io/hdf5_parts.h"
#include "io/replace.h"

/* What all versions of a checkpoint begin with, and the attribute `format` of all runs
 * (src/run). */
static const char checkpoint[] = "kapitza checkpoint ", run[] = "kapitza quench";

static const char hdf5[] = "\211HDF\r\n\032\n";

static kz_status look_for_run(bool *found, const char *path)
{
    kz_io_hdf5_file file;
    kz_io_hdf5_printer before;
    char format[sizeof run + 1];
    *found = false;
    kz_status status = kz_io_hdf5_open(&file, path);
    if (status != KZ_OK) return status == KZ_ENOMEM ? status : KZ_OK;
    kz_io_hdf5_silence(&before);
    *found =
        kz_io_hdf5_get_text(format, sizeof format, file.id, "format") && strcmp(format, run) == 0;
    kz_io_hdf5_close(&file);
    kz_io_hdf5_restore(&before);
    return KZ_OK;
}

kz_status kz_io_replace_spare(const char *path)
{
    char head[sizeof checkpoint] = {0};
    FILE *file = fopen(path, "rb");
    if (!file) return KZ_OK; /* nothing to lose, or the writer's own reason is better */
    size_t size = fread(head, 1, sizeof checkpoint - 1, file);
    (void)fclose(file);
    if (size == sizeof checkpoint - 1 && memcmp(head, checkpoint, size) == 0)
        return KZ_FAIL(KZ_EIO, "%s: holds the checkpoint of a run: remove it first", path);
    bool found = false;
    if (memcmp(head, hdf5, sizeof hdf5 - 1) == 0) KZ_TRY(look_for_run(&found, path));
    if (found) return KZ_FAIL(KZ_EIO, "%s: holds a run: remove it first", path);
    return KZ_OK;
}
