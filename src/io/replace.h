/* A file that is replaced whole or not at all, by any writer; library-internal. */
#ifndef KZ_IO_REPLACE_H
#define KZ_IO_REPLACE_H

#include <stddef.h>

#include <kapitza/status.h>

/* A new version of a file, under a temporary name in its directory until it is finished. */
typedef struct kz_io_replacement kz_io_replacement;

/* Creates the temporary file, empty: PATH.kapitza.tmp, locked; what a killed process left of that
 * name is removed.  Where the file system has no locks the name holds the number of the process.
 * What a link leads to is replaced, not the link.
 * KZ_EIO with the system's reason: no such place, a directory, not an ordinary file, a link to
 * nothing; another process writes it for more than two seconds.  KZ_ENOMEM.  *out is NULL on
 * failure. */
KZ_CHECK_RESULT kz_status kz_io_replace_begin(kz_io_replacement **out, const char *path);
const char *kz_io_replace_temporary(const kz_io_replacement *replacement);
/* Syncs the temporary file to disk and gives it the name.  KZ_EIO: the old file is untouched. */
KZ_CHECK_RESULT kz_status kz_io_replace_finish(kz_io_replacement *replacement);
/* Removes what was not finished; NULL is fine. */
void kz_io_replace_free(kz_io_replacement *replacement);

/* Refuses a file that holds a run or a checkpoint, which took hours and which nobody means to
 * replace by a table or a picture: KZ_EIO, KZ_ENOMEM.  All writers of other files ask; a damaged
 * run, or a file of another program, is not protected. */
KZ_CHECK_RESULT kz_status kz_io_replace_spare(const char *path);

/* All of it for `size` bytes in memory. */
KZ_CHECK_RESULT kz_status kz_io_replace_file(const char *path, const void *bytes, size_t size);
/* Whether it could be replaced; nothing stays of the attempt. */
KZ_CHECK_RESULT kz_status kz_io_replace_try(const char *path);

/* The file that writing to `path` replaces: links resolved, the same reasons of failure; release
 * *target with kz_free. */
KZ_CHECK_RESULT kz_status kz_io_replace_resolve(char **target, const char *path);

/* How a program learns of temporary files, so that its signal handlers can remove them.  The
 * library has no handlers and by default tells nobody. */
typedef struct {
    void (*hold)(void);                /* signals wait while a file is made and registered ... */
    void (*release)(void);             /* ... until here */
    int (*remember)(const char *name); /* returns a number for forget() */
    void (*forget)(int number);
} kz_io_cleanup;

/* For all files from now on; before the first and from one thread.  NULL: nobody. */
void kz_io_cleanup_set(const kz_io_cleanup *cleanup);
/* What it has set, for others that make files. */
void kz_io_cleanup_hold(void);
void kz_io_cleanup_release(void);
int kz_io_cleanup_remember(const char *name);
void kz_io_cleanup_forget(int number);

#endif
