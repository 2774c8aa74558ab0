/* Attributes and datasets of HDF5 files, for all who write or read them; library-internal.
 * Writers return a negative number on failure, as HDF5 does; readers are true on success. */
#ifndef KZ_IO_HDF5_PARTS_H
#define KZ_IO_HDF5_PARTS_H

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

enum { KZ_IO_HDF5_MOST_RANK = 3 };

/* HDF5 prints its failures unless told not to.  Silenced while the library works, the program's own
 * choice is restored behind it. */
typedef struct {
    H5E_auto2_t print;
    void *context;
} kz_io_hdf5_printer;
void kz_io_hdf5_silence(kz_io_hdf5_printer *before);
void kz_io_hdf5_restore(const kz_io_hdf5_printer *before);

/* -- writing ------------------------------------------------------------------------------- */

/* One number of this native type, as attribute of the root group. */
herr_t kz_io_hdf5_put_value(hid_t file, const char *name, hid_t type, const void *value);
herr_t kz_io_hdf5_put_number(hid_t file, const char *name, double number);
/* An attribute of several numbers. */
herr_t kz_io_hdf5_put_numbers(hid_t file, const char *name, size_t count, const double *numbers);
/* A text of variable length in UTF-8: what h5py reads as str, of fixed length it gives bytes. */
herr_t kz_io_hdf5_put_text(hid_t file, const char *name, const char *text);

typedef struct {
    hid_t type; /* of the elements, in memory and in the file */
    int rank;
    const hsize_t *size; /* [rank] */
    const void *values;
} kz_io_hdf5_array;

/* In chunks of whole rows, each with HDF5's checksum (fletcher32). */
herr_t kz_io_hdf5_put_array(hid_t file, const char *name, const kz_io_hdf5_array *array);
/* The same, but for the smallest shuffled and deflated where the HDF5 library can. */
herr_t kz_io_hdf5_put_packed(hid_t file, const char *name, const kz_io_hdf5_array *array);
/* Makes the one-dimensional dataset `scale` a dimension scale and attaches it to dimension `index`
 * of dataset `name`. */
herr_t kz_io_hdf5_attach_scale(hid_t file, const char *name, unsigned index, const char *scale);

/* The bytes of a file with what fill(file, context) puts into it, a digest of its attributes and a
 * seal (io/hdf5_open); release *out with kz_free.
 * Made in memory and written by the caller: HDF5 1.10 crashes at exit after a disk has filled under
 * one of its own files.  Returns KZ_EIO, KZ_ENOMEM; *out is NULL on failure. */
typedef herr_t (*kz_io_hdf5_fill)(hid_t file, const void *context);
KZ_CHECK_RESULT kz_status kz_io_hdf5_image(void **out, size_t *bytes, kz_io_hdf5_fill fill,
                                           const void *context);

/* -- reading: nothing in the file is believed ------------------------------------------------ */

/* One number (nothing else is converted), in this native type. */
bool kz_io_hdf5_get_value(void *value, hid_t file, const char *name, hid_t type);
/* A text of fixed or variable length, any character set and padding, that fits with a final null;
 * "" on failure. */
bool kz_io_hdf5_get_text(char *text, size_t room, hid_t file, const char *name);
/* Extent of a dataset of this rank; zeros on failure. */
bool kz_io_hdf5_get_size(hsize_t *size, hid_t file, const char *name, int rank);
/* The whole dataset, where it has exactly this size. */
bool kz_io_hdf5_has_size(hid_t file, const char *name, int rank, const hsize_t *size);
bool kz_io_hdf5_get_array(double *values, hid_t file, const char *name, int rank,
                          const hsize_t *size);
/* What is wrong with the size, as the end of a sentence about the dataset; false: nothing. */
bool kz_io_hdf5_size_fault(char *text, size_t room, hid_t file, const char *name, int rank,
                           const hsize_t *size);
/* The same of a dataset of the right size that could not be read. */
void kz_io_hdf5_read_fault(char *text, size_t room, hid_t file, const char *name);
/* Whether its numbers have at least the 64 bits of a double. */
bool kz_io_hdf5_is_double(hid_t file, const char *name);

#endif
