/* HDF5 files opened for reading, none of whose bytes is believed before it is checked;
 * library-internal. */
#ifndef KZ_IO_HDF5_OPEN_H
#define KZ_IO_HDF5_OPEN_H

#include <hdf5.h>
#include <stdbool.h>

#include <kapitza/status.h>

/* Our files carry three checks.
 *
 *   seal    64 bytes behind the end that HDF5 knows of, with a checksum of all before them.  It is
 *           looked at before HDF5 sees the file, whose library crashes on damaged ones.  Programs
 *           that copy bytes keep it, programs that rewrite the file drop it.
 *   digest  attribute `attribute_digest`: a checksum of the values of the other attributes, by
 *           name, in whatever type they are stored.  It survives rewriting.
 *   fletcher32, HDF5's own, of every chunk of data.
 */

/* A file in memory. */
typedef struct {
    hid_t id; /* negative: not open */
    void *bytes;
} kz_io_hdf5_file;

/* Reads the file whole and opens it.  KZ_EIO with the reason in words: the system's; not an
 * ordinary file; held open for writing by another program; empty; not HDF5; truncated; damaged.
 * KZ_ENOMEM.  HDF5 prints nothing.  out->id is negative on failure. */
KZ_CHECK_RESULT kz_status kz_io_hdf5_open(kz_io_hdf5_file *out, const char *path);
void kz_io_hdf5_close(kz_io_hdf5_file *file);

/* -- seal and digest ------------------------------------------------------------------------- */

enum { KZ_IO_HDF5_SEAL = 64 };
/* Writes the seal of `size` bytes behind them. */
void kz_io_hdf5_seal(void *bytes, size_t size);

/* Adds the digest of all attributes of the root group that are texts or single numbers.  KZ_EIO,
 * KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_io_hdf5_put_digest(hid_t file);
/* KZ_EIO: the digest does not fit, or is missing where it is required.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_io_hdf5_check_digest(hid_t file, bool required);

#endif
