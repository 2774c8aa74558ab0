/* Attributes and datasets of HDF5 files.  Identifiers are negative on failure; closing one is only
 * due when it was opened. */
#include "io/hdf5_parts.h"

#include <string.h>

#include "core/error.h"
#include "core/memory.h"

void kz_io_hdf5_silence(kz_io_hdf5_printer *before)
{
    *before = (kz_io_hdf5_printer){NULL, NULL};
    H5Eget_auto2(H5E_DEFAULT, &before->print, &before->context);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void kz_io_hdf5_restore(const kz_io_hdf5_printer *before)
{
    H5Eset_auto2(H5E_DEFAULT, before->print, before->context);
}

/* -- writing ------------------------------------------------------------------------------- */

herr_t kz_io_hdf5_put_value(hid_t file, const char *name, hid_t type, const void *value)
{
    herr_t status = -1;
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0) {
        status = H5Awrite(attribute, type, value);
        H5Aclose(attribute);
    }
    if (space >= 0) H5Sclose(space);
    return status;
}

herr_t kz_io_hdf5_put_number(hid_t file, const char *name, double number)
{
    return kz_io_hdf5_put_value(file, name, H5T_NATIVE_DOUBLE, &number);
}

herr_t kz_io_hdf5_put_text(hid_t file, const char *name, H5T_cset_t charset, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, strlen(text) + 1);
    H5Tset_cset(type, charset);
    herr_t status = kz_io_hdf5_put_value(file, name, type, text);
    H5Tclose(type);
    return status;
}

herr_t kz_io_hdf5_put_array(hid_t file, const char *name, const kz_io_hdf5_array *array)
{
    herr_t status = -1;
    hid_t space = H5Screate_simple(array->rank, array->size, NULL);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(create, false); /* equal data are equal files */
    hid_t set = H5Dcreate2(file, name, array->type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    if (create >= 0) H5Pclose(create);
    if (set >= 0) {
        status = H5Dwrite(set, array->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->values);
        if (H5Dclose(set) < 0) status = -1;
    }
    if (space >= 0) H5Sclose(space);
    return status;
}

static kz_status copy_image(void **out, size_t *bytes, hid_t file)
{
    ssize_t length = H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    if (length <= 0) return KZ_FAIL(KZ_EIO, "HDF5 cannot make the file");
    KZ_TRY(kz_alloc(out, (size_t)length, 1));
    *bytes = (size_t)length;
    if (H5Fget_file_image(file, *out, *bytes) == length) return KZ_OK;
    kz_free(*out);
    *out = NULL;
    return KZ_FAIL(KZ_EIO, "HDF5 cannot make the file");
}

kz_status kz_io_hdf5_image(void **out, size_t *bytes, kz_io_hdf5_fill fill, const void *context)
{
    enum { GROWTH = 1 << 20 };
    kz_io_hdf5_printer before;
    *out = NULL;
    kz_io_hdf5_silence(&before);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, GROWTH, false);
    hid_t file = H5Fcreate("kapitza.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    kz_status status = file >= 0 && fill(file, context) >= 0
                           ? copy_image(out, bytes, file)
                           : KZ_FAIL(KZ_EIO, "HDF5 cannot hold the table");
    if (file >= 0) H5Fclose(file);
    if (access >= 0) H5Pclose(access);
    kz_io_hdf5_restore(&before);
    return status;
}

/* -- reading ------------------------------------------------------------------------------- */

/* An attribute that holds a single value; negative where there is none. */
static hid_t open_single(hid_t file, const char *name)
{
    if (H5Aexists(file, name) <= 0) return -1;
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    if (attribute < 0) return -1;
    hid_t space = H5Aget_space(attribute);
    bool single = space >= 0 && H5Sget_simple_extent_npoints(space) == 1;
    if (space >= 0) H5Sclose(space);
    if (single) return attribute;
    H5Aclose(attribute);
    return -1;
}

bool kz_io_hdf5_get_value(void *value, hid_t file, const char *name, hid_t type)
{
    hid_t attribute = open_single(file, name);
    if (attribute < 0) return false;
    herr_t status = H5Aread(attribute, type, value);
    H5Aclose(attribute);
    return status >= 0;
}

bool kz_io_hdf5_get_text(char *text, size_t room, hid_t file, const char *name)
{
    memset(text, 0, room);
    hid_t attribute = open_single(file, name);
    if (attribute < 0) return false;
    hid_t type = H5Aget_type(attribute);
    bool good = type >= 0 && H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0 &&
                H5Tget_size(type) <= room;
    good = good && H5Aread(attribute, type, text) >= 0 && text[room - 1] == '\0';
    if (type >= 0) H5Tclose(type);
    H5Aclose(attribute);
    if (!good) memset(text, 0, room);
    return good;
}

static hid_t open_dataset(hid_t file, const char *name)
{
    return H5Lexists(file, name, H5P_DEFAULT) > 0 ? H5Dopen2(file, name, H5P_DEFAULT) : -1;
}

bool kz_io_hdf5_get_size(hsize_t *size, hid_t file, const char *name, int rank)
{
    memset(size, 0, (size_t)rank * sizeof *size);
    hid_t set = open_dataset(file, name);
    if (set < 0) return false;
    hid_t space = H5Dget_space(set);
    bool good = space >= 0 && H5Sget_simple_extent_ndims(space) == rank &&
                H5Sget_simple_extent_dims(space, size, NULL) == rank;
    if (space >= 0) H5Sclose(space);
    H5Dclose(set);
    return good;
}

bool kz_io_hdf5_has_size(hid_t file, const char *name, int rank, const hsize_t *size)
{
    hsize_t actual[KZ_IO_HDF5_MOST_RANK];
    return rank <= KZ_IO_HDF5_MOST_RANK && kz_io_hdf5_get_size(actual, file, name, rank) &&
           memcmp(actual, size, (size_t)rank * sizeof *size) == 0;
}

bool kz_io_hdf5_get_array(double *values, hid_t file, const char *name, int rank,
                          const hsize_t *size)
{
    if (!kz_io_hdf5_has_size(file, name, rank, size)) return false;
    hid_t set = open_dataset(file, name);
    if (set < 0) return false;
    herr_t status = H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    return status >= 0;
}
