/* Byte-range locks that belong to an open file, and lock files that tell their owner. */
#define _GNU_SOURCE /* NOLINT: F_OFD_SETLK is in POSIX since 2024 only */
#include "io/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/replace.h"

/* -- an open file ---------------------------------------------------------------------------- */

/* Locks of the whole process are the second choice: closing any descriptor of the file drops them.
 */
#ifdef F_OFD_SETLK
enum { SET_LOCK = F_OFD_SETLK };
#else
enum { SET_LOCK = F_SETLK };
#endif

static bool without_kernel;

void kz_io_lock_without_kernel(bool without) { without_kernel = without; }

kz_io_lock_state kz_io_lock_try(int descriptor)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (without_kernel) return KZ_IO_LOCK_NONE;
    while (fcntl(descriptor, SET_LOCK, &whole) != 0) {
        if (errno == EACCES || errno == EAGAIN) return KZ_IO_LOCK_BUSY;
        if (errno != EINTR) return KZ_IO_LOCK_NONE;
    }
    return KZ_IO_LOCK_HELD;
}

bool kz_io_lock_is_file(int descriptor, const char *name)
{
    struct stat open_file, named;
    return fstat(descriptor, &open_file) == 0 && lstat(name, &named) == 0 &&
           S_ISREG(named.st_mode) && open_file.st_dev == named.st_dev &&
           open_file.st_ino == named.st_ino;
}

/* -- a lock file ----------------------------------------------------------------------------- */

struct kz_io_lock {
    int descriptor;
    int cleanup; /* number given by the program's list of files to remove */
    char *name;
};

enum { HOST = 256, OWNER = HOST + 32 };

static void host_name(char host[HOST])
{
    if (gethostname(host, HOST) != 0) (void)snprintf(host, HOST, "unknown");
    host[HOST - 1] = '\0';
}

/* What the file says of its owner; false where it says nothing (yet). */
static bool read_owner(long *process, char host[HOST], int descriptor)
{
    char text[OWNER] = "";
    ssize_t length = pread(descriptor, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = '\0';
    return sscanf(text, "%ld %255s", process, host) == 2 && *process > 0;
}

static bool write_owner(int descriptor)
{
    char text[OWNER], host[HOST];
    host_name(host);
    int length = snprintf(text, sizeof text, "%ld %s\n", (long)getpid(), host);
    return ftruncate(descriptor, 0) == 0 && pwrite(descriptor, text, (size_t)length, 0) == length;
}

static kz_status report_owner(const char *path, const char *name, int descriptor, bool kernel)
{
    long process = 0;
    char host[HOST] = "";
    bool known = read_owner(&process, host, descriptor);
    if (kernel && known)
        return KZ_FAIL(KZ_EIO, "%s: process %ld on %s is working on it", path, process, host);
    if (kernel) return KZ_FAIL(KZ_EIO, "%s: another process is working on it", path);
    return KZ_FAIL(KZ_EIO,
                   "%s: process %ld on %s is working on it, or died; this file system has no "
                   "locks: if it died, remove %s",
                   path, process, known ? host : "an unknown host", name);
}

/* Without locks: whether the owner was of this host and is no more. */
static bool owner_is_gone(int descriptor)
{
    long process;
    char host[HOST], here[HOST];
    host_name(here);
    return read_owner(&process, host, descriptor) && strcmp(host, here) == 0 &&
           kill((pid_t)process, 0) != 0 && errno == ESRCH;
}

/* One try: lock->descriptor, -1: to be tried again. */
static kz_status take(kz_io_lock *lock, const char *path)
{
    const int mode = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct stat info;
    bool fresh = true;
    lock->descriptor = open(lock->name, mode | O_CREAT | O_EXCL, 0666);
    if (lock->descriptor < 0 && errno == EEXIST) {
        fresh = false;
        lock->descriptor = open(lock->name, mode);
        if (lock->descriptor < 0 && errno == ENOENT) return KZ_OK;
    }
    if (lock->descriptor < 0)
        return KZ_FAIL(KZ_EIO, "%s: %s", fresh ? path : lock->name, strerror(errno));
    if (fstat(lock->descriptor, &info) != 0 || !S_ISREG(info.st_mode))
        return KZ_FAIL(KZ_EIO, "%s: is not an ordinary file", lock->name);
    kz_io_lock_state state = kz_io_lock_try(lock->descriptor);
    if (state == KZ_IO_LOCK_BUSY) return report_owner(path, lock->name, lock->descriptor, true);
    if (state == KZ_IO_LOCK_NONE && !fresh) {
        if (!owner_is_gone(lock->descriptor))
            return report_owner(path, lock->name, lock->descriptor, false);
        (void)unlink(lock->name);
    }
    if (kz_io_lock_is_file(lock->descriptor, lock->name)) return KZ_OK;
    (void)close(lock->descriptor); /* the last owner has just removed it */
    lock->descriptor = -1;
    return KZ_OK;
}

static kz_status take_and_sign(kz_io_lock *lock, const char *path)
{
    kz_io_cleanup_hold();
    kz_status status = KZ_OK;
    while (status == KZ_OK && lock->descriptor < 0)
        status = take(lock, path);
    if (status == KZ_OK) {
        lock->cleanup = kz_io_cleanup_remember(lock->name);
        if (!write_owner(lock->descriptor))
            status = KZ_FAIL(KZ_EIO, "%s: %s", lock->name, strerror(errno));
    } else if (lock->descriptor >= 0) {
        (void)close(lock->descriptor); /* somebody else's */
        lock->descriptor = -1;
    }
    kz_io_cleanup_release();
    return status;
}

kz_status kz_io_lock_take(kz_io_lock **out, const char *path)
{
    void *memory = NULL;
    char *target = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_io_lock)));
    kz_io_lock *lock = memory;
    lock->descriptor = lock->cleanup = -1;
    kz_status status = kz_io_replace_resolve(&target, path);
    if (status == KZ_OK) status = kz_alloc(&memory, strlen(target) + sizeof ".lock", 1);
    if (status == KZ_OK) {
        lock->name = memory;
        (void)snprintf(lock->name, strlen(target) + sizeof ".lock", "%s.lock", target);
        status = take_and_sign(lock, path);
    }
    kz_free(target);
    if (status == KZ_OK)
        *out = lock;
    else
        kz_io_lock_release(lock);
    return status;
}

/* Removed while it is held: who has opened it already finds that it is no longer the file. */
void kz_io_lock_release(kz_io_lock *lock)
{
    if (!lock) return;
    if (lock->descriptor >= 0) {
        (void)unlink(lock->name);
        kz_io_cleanup_forget(lock->cleanup);
        (void)close(lock->descriptor);
    }
    kz_free(lock->name);
    kz_free(lock);
}
