/* Files that appear whole or not at all, and the reading of small tables. */
#ifndef KZ_IO_FILE_H
#define KZ_IO_FILE_H

#include <stddef.h>

#include <kapitza/status.h>

#include "io/table.h"

/* An output file under a temporary name in its own directory until it is committed. */
typedef struct kz_io_file kz_io_file;

/* Creates the temporary file, so that an unwritable place shows before the work starts.  A
 * symbolic link is followed.  A device or pipe is written to directly.
 * Returns KZ_EIO (with the system's reason), KZ_ENOMEM; *out is NULL on failure. */
KZ_CHECK_RESULT kz_status kz_io_file_open(kz_io_file **out, const char *path);

/* Name of the temporary file; NULL where there is none. */
const char *kz_io_file_temporary(const kz_io_file *file);

/* Writes the table (HDF5 where the name ends in .h5, else TSV) and gives the file its name.
 * Returns KZ_EIO; the old file, if any, is then untouched. */
KZ_CHECK_RESULT kz_status kz_io_file_commit(kz_io_file *file, const kz_io_table *table);

/* Removes what was not committed. */
void kz_io_file_free(kz_io_file *file);

/* A function tabulated in the first two columns of a file (io/text.h says what may stand there). */
typedef struct {
    size_t count;
    double *x, *y; /* [count] by rising x, equal ones in the order of their lines; finite */
    size_t *line;  /* [count] line numbers, from 1 */
} kz_io_pairs;

/* Rows with a missing value are left out.  Returns KZ_EIO (cannot be read), KZ_EINVAL (syntax; the
 * message names the line), KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_io_pairs_read(kz_io_pairs *out, const char *path);
void kz_io_pairs_free(kz_io_pairs *pairs);

#endif
