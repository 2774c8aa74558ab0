/* Temporary file in the same directory, sync, rename. */
#include "io/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/lock.h"

struct kz_io_replacement {
    char *target;    /* with symbolic links resolved */
    char *temporary; /* NULL: finished, or never made */
    int lock;        /* descriptor that holds the temporary file, -1: none */
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
void kz_io_cleanup_hold(void) { cleanup.hold(); }
void kz_io_cleanup_release(void) { cleanup.release(); }
int kz_io_cleanup_remember(const char *name) { return cleanup.remember(name); }
void kz_io_cleanup_forget(int number) { cleanup.forget(number); }

/* -- one file ------------------------------------------------------------------------------ */

static kz_status copy_text(char **out, const char *text)
{
    void *memory = NULL;
    kz_status status = kz_alloc(&memory, strlen(text) + 1, 1);
    *out = memory;
    if (status == KZ_OK) memcpy(memory, text, strlen(text) + 1);
    return status;
}

kz_status kz_io_replace_resolve(char **target, const char *path)
{
    struct stat info;
    *target = NULL;
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

/* -- its temporary file ---------------------------------------------------------------------- */

typedef enum { MADE, AGAIN, OCCUPIED, LOCKLESS, FAILED } claim;

/* What a process that died left is removed; a file that is locked is another's. */
static claim reclaim(const char *name)
{
    int descriptor = open(name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) return errno == ENOENT ? AGAIN : FAILED;
    claim result = AGAIN;
    kz_io_lock_state state = kz_io_lock_try(descriptor);
    if (state == KZ_IO_LOCK_BUSY)
        result = OCCUPIED;
    else if (state == KZ_IO_LOCK_NONE)
        result = LOCKLESS;
    else if (kz_io_lock_is_file(descriptor, name) && unlink(name) != 0)
        result = FAILED;
    int reason = errno;
    (void)close(descriptor);
    errno = reason;
    return result;
}

/* open() with O_EXCL rather than mkstemp(): the mode then follows the umask.  Between open() and
 * the lock another process may take the file for a dead one's. */
static claim claim_name(int *lock, const char *name)
{
    int descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) return errno == EEXIST ? reclaim(name) : FAILED;
    kz_io_lock_state state = kz_io_lock_try(descriptor);
    if (state == KZ_IO_LOCK_HELD && kz_io_lock_is_file(descriptor, name)) {
        *lock = descriptor;
        return MADE;
    }
    if (state == KZ_IO_LOCK_NONE) (void)unlink(name);
    (void)close(descriptor);
    return state == KZ_IO_LOCK_NONE ? LOCKLESS : AGAIN;
}

/* Where there are no locks: a name that no living process has. */
static claim make_own_name(char *name, size_t size, const char *target)
{
    enum { TRIES = 100 };
    for (int i = 0; i < TRIES; i++) {
        (void)snprintf(name, size, "%s.%ld-%d.tmp", target, (long)getpid(), i);
        int descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor >= 0) {
            (void)close(descriptor);
            return MADE;
        }
        if (errno != EEXIST) break;
    }
    return FAILED;
}

/* One name for all, so that nothing of a killed process stays for good.  Files are written in
 * moments: who finds another process at it waits for a while. */
static kz_status create_temporary(kz_io_replacement *r, const char *path)
{
    enum { TRIES = 100, EXTRA = 48, PAUSE = 20000000 };
    const struct timespec pause = {.tv_nsec = PAUSE};
    size_t size = strlen(r->target) + EXTRA;
    void *name = NULL;
    claim result = AGAIN;
    int reason = 0;
    KZ_TRY(kz_alloc(&name, size, 1));
    (void)snprintf(name, size, "%s.kapitza.tmp", r->target);
    for (int i = 0; i < TRIES && (result == AGAIN || result == OCCUPIED); i++) {
        if (result == OCCUPIED) (void)nanosleep(&pause, NULL);
        cleanup.hold();
        result = claim_name(&r->lock, name);
        if (result == LOCKLESS) result = make_own_name(name, size, r->target);
        reason = errno;
        if (result == MADE) r->cleanup = cleanup.remember(name);
        cleanup.release();
    }
    if (result == MADE) {
        r->temporary = name;
        return KZ_OK;
    }
    kz_status status = result == FAILED
                           ? KZ_FAIL(KZ_EIO, "%s: %s", path, strerror(reason))
                           : KZ_FAIL(KZ_EIO, "%s: another process is writing it", path);
    kz_free(name);
    return status;
}

kz_status kz_io_replace_begin(kz_io_replacement **out, const char *path)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_io_replacement)));
    kz_io_replacement *r = memory;
    r->cleanup = r->lock = -1;
    kz_status status = kz_io_replace_resolve(&r->target, path);
    if (status == KZ_OK) status = create_temporary(r, path);
    if (status == KZ_OK)
        *out = r;
    else
        kz_io_replace_free(r);
    return status;
}

const char *kz_io_replace_temporary(const kz_io_replacement *r) { return r->temporary; }

/* The lock goes last: until then nobody else takes the file for a dead one's. */
static void forget_temporary(kz_io_replacement *r)
{
    cleanup.forget(r->cleanup);
    if (r->lock >= 0) (void)close(r->lock);
    r->cleanup = r->lock = -1;
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
