/* Temporary file in the same directory, sync, rename. */
#include "io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"

struct kz_io_replacement {
    char *target;    /* with symbolic links resolved */
    char *temporary; /* NULL: finished, or never made */
    int cleanup;     /* number given by remember() */
};

/* -- the program's list of files to remove --------------------------------------------------- */

static void no_hold(void) {}
static int no_remember(const char *name)
{
    (void)name;
    return -1;
}
static void no_forget(int number) { (void)number; }

static const kz_io_cleanup nobody = {no_hold, no_hold, no_remember, no_forget};
static kz_io_cleanup cleanup = {no_hold, no_hold, no_remember, no_forget};

void kz_io_cleanup_set(const kz_io_cleanup *hooks) { cleanup = hooks ? *hooks : nobody; }

/* -- one file ------------------------------------------------------------------------------ */

static kz_status copy_text(char **out, const char *text)
{
    void *memory = NULL;
    kz_status status = kz_alloc(&memory, strlen(text) + 1, 1);
    *out = memory;
    if (status == KZ_OK) memcpy(memory, text, strlen(text) + 1);
    return status;
}

static kz_status resolve(char **target, const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        if (errno != ENOENT) return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
        if (lstat(path, &info) == 0) return KZ_FAIL(KZ_EIO, "%s: is a link to nothing", path);
        return copy_text(target, path);
    }
    if (S_ISDIR(info.st_mode)) return KZ_FAIL(KZ_EIO, "%s: is a directory", path);
    if (!S_ISREG(info.st_mode)) return KZ_FAIL(KZ_EIO, "%s: is not an ordinary file", path);
    char *real = realpath(path, NULL);
    if (!real) return KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
    kz_status status = copy_text(target, real);
    free(real);
    return status;
}

/* open() with O_EXCL rather than mkstemp(): the mode then follows the umask. */
static kz_status create_temporary(kz_io_replacement *r, const char *path)
{
    enum { TRIES = 100, EXTRA = 48 };
    size_t size = strlen(r->target) + EXTRA;
    void *name = NULL;
    KZ_TRY(kz_alloc(&name, size, 1));
    for (int i = 0; i < TRIES; i++) {
        (void)snprintf(name, size, "%s.%ld-%d.tmp", r->target, (long)getpid(), i);
        cleanup.hold();
        int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        int reason = errno;
        if (descriptor >= 0) r->cleanup = cleanup.remember(name);
        cleanup.release();
        if (descriptor >= 0) {
            (void)close(descriptor);
            r->temporary = name;
            return KZ_OK;
        }
        errno = reason;
        if (reason != EEXIST) break;
    }
    kz_status status = KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(errno));
    kz_free(name);
    return status;
}

kz_status kz_io_replace_begin(kz_io_replacement **out, const char *path)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_io_replacement)));
    kz_io_replacement *r = memory;
    r->cleanup = -1;
    kz_status status = resolve(&r->target, path);
    if (status == KZ_OK) status = create_temporary(r, path);
    if (status == KZ_OK)
        *out = r;
    else
        kz_io_replace_free(r);
    return status;
}

const char *kz_io_replace_temporary(const kz_io_replacement *r) { return r->temporary; }

static void forget_temporary(kz_io_replacement *r)
{
    cleanup.forget(r->cleanup);
    r->cleanup = -1;
    kz_free(r->temporary);
    r->temporary = NULL;
}

/* After a crash of the machine the file is the old one or the new one, not an empty one. */
kz_status kz_io_replace_finish(kz_io_replacement *r)
{
    int descriptor = open(r->temporary, O_RDONLY | O_CLOEXEC);
    bool failed = descriptor < 0 || (fsync(descriptor) != 0 && errno != EINVAL);
    failed = failed || rename(r->temporary, r->target) != 0;
    kz_status status = failed ? KZ_FAIL(KZ_EIO, "%s: %s", r->target, strerror(errno)) : KZ_OK;
    if (descriptor >= 0) (void)close(descriptor);
    if (!failed) forget_temporary(r);
    return status;
}

void kz_io_replace_free(kz_io_replacement *r)
{
    if (!r) return;
    if (r->temporary) {
        (void)unlink(r->temporary);
        forget_temporary(r);
    }
    kz_free(r->target);
    kz_free(r);
}

static kz_status write_bytes(const char *path, const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(name, "wb");
    bool failed = !file || fwrite(bytes, 1, size, file) != size || fflush(file) != 0;
    int reason = errno;
    if (file && fclose(file) != 0 && !failed) {
        failed = true;
        reason = errno;
    }
    return failed ? KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(reason)) : KZ_OK;
}

kz_status kz_io_replace_file(const char *path, const void *bytes, size_t size)
{
    kz_io_replacement *r;
    KZ_TRY(kz_io_replace_begin(&r, path));
    kz_status status = write_bytes(path, r->temporary, bytes, size);
    if (status == KZ_OK) status = kz_io_replace_finish(r);
    kz_io_replace_free(r);
    return status;
}

kz_status kz_io_replace_try(const char *path)
{
    kz_io_replacement *r;
    KZ_TRY(kz_io_replace_begin(&r, path));
    kz_io_replace_free(r);
    return KZ_OK;
}
