/* Locks between processes, which the kernel takes from a process that dies; library-internal. */
#ifndef KZ_IO_LOCK_H
#define KZ_IO_LOCK_H

#include <stdbool.h>

#include <kapitza/status.h>

/* -- an open file ---------------------------------------------------------------------------- */

typedef enum {
    KZ_IO_LOCK_HELD, /* until the descriptor is closed, whoever else opens and closes the file */
    KZ_IO_LOCK_BUSY, /* by another process, or another descriptor of this one */
    KZ_IO_LOCK_NONE  /* this file system has no locks */
} kz_io_lock_state;
kz_io_lock_state kz_io_lock_try(int descriptor);

/* Whether `name` is still the ordinary file behind the descriptor. */
bool kz_io_lock_is_file(int descriptor, const char *name);

/* Test hook: as if no file system had locks. */
void kz_io_lock_without_kernel(bool without);

/* -- an output with all that stands beside it -------------------------------------------------- */

typedef struct kz_io_lock kz_io_lock;

/* Takes PATH.lock, which says whose it is and is removed in the end; PATH itself need not exist,
 * and a link is followed, so that all names of a file have one lock.  It is a file of its own
 * because replacing PATH would replace the lock.  KZ_EIO: names the process and the host that hold
 * it, or the system's reason.  KZ_ENOMEM.  *out is NULL on failure.
 *
 * Byte-range locks of open files: they reach over NFS.  Where there are none (Lustre without its
 * option flock), the file itself is the lock, a dead owner on this host is found out, and of one on
 * another host the message says that its file is to be removed by hand. */
KZ_CHECK_RESULT kz_status kz_io_lock_take(kz_io_lock **out, const char *path);
/* NULL is fine. */
void kz_io_lock_release(kz_io_lock *lock);

#endif
