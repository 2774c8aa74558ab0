/* Attributes and datasets of HDF5 files.  Identifiers are negative on failure; closing one is only
 * due when it was opened. */
#include "io/hdf5_parts.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "io/hdf5_open.h"

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

herr_t kz_io_hdf5_put_numbers(hid_t file, const char *name, size_t count, const double *numbers)
{
    const hsize_t size = count;
    hid_t space = H5Screate_simple(1, &size, NULL);
    hid_t attribute = H5Acreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
    herr_t status = attribute < 0 ? -1 : H5Awrite(attribute, H5T_NATIVE_DOUBLE, numbers);
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return status;
}

herr_t kz_io_hdf5_put_text(hid_t file, const char *name, const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    herr_t status = kz_io_hdf5_put_value(file, name, type, &text);
    H5Tclose(type);
    return status;
}

/* Chunks of whole rows of about a quarter of a megabyte: enough to compress, few enough to read one
 * cheaply.  A checksum of HDF5 belongs to a chunk, so there is one at least. */
static void set_layout(hid_t create, const kz_io_hdf5_array *array, bool packed)
{
    enum { CHUNK_BYTES = 1 << 18, DEFLATE_LEVEL = 6, NOT_WORTH_IT = 4096 };
    hsize_t chunk[KZ_IO_HDF5_MOST_RANK], row = H5Tget_size(array->type);
    for (int k = 0; k < array->rank; k++) {
        if (array->size[k] == 0) return; /* nothing to cut */
        chunk[k] = array->size[k];
        if (k > 0) row *= array->size[k];
    }
    hsize_t rows = row < CHUNK_BYTES ? CHUNK_BYTES / row : 1;
    if (chunk[0] > rows) chunk[0] = rows;
    H5Pset_chunk(create, array->rank, chunk);
    packed = packed && row * array->size[0] >= NOT_WORTH_IT;
    if (packed && H5Zfilter_avail(H5Z_FILTER_DEFLATE) > 0) {
        H5Pset_shuffle(create);
        H5Pset_deflate(create, DEFLATE_LEVEL);
    }
    H5Pset_fletcher32(create);
}

/* What HDF5 hands out where an index of chunks lost entries, which no checksum protects: no number,
 * so that it is not taken for one. */
static void set_missing(hid_t create, const kz_io_hdf5_array *array)
{
    const double missing = NAN;
    if (H5Tequal(array->type, H5T_NATIVE_DOUBLE) > 0)
        H5Pset_fill_value(create, H5T_NATIVE_DOUBLE, &missing);
}

static herr_t put_dataset(hid_t file, const char *name, const kz_io_hdf5_array *array, bool packed)
{
    herr_t status = -1;
    if (array->rank > KZ_IO_HDF5_MOST_RANK) return -1;
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(array->rank, array->size, NULL);
    set_layout(create, array, packed);
    set_missing(create, array);
    H5Pset_obj_track_times(create, false); /* equal data are equal files */
    hid_t set = H5Dcreate2(file, name, array->type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    if (set >= 0) {
        status = H5Dwrite(set, array->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, array->values);
        if (H5Dclose(set) < 0) status = -1;
    }
    if (space >= 0) H5Sclose(space);
    if (create >= 0) H5Pclose(create);
    return status;
}

herr_t kz_io_hdf5_put_array(hid_t file, const char *name, const kz_io_hdf5_array *array)
{
    return put_dataset(file, name, array, false);
}

herr_t kz_io_hdf5_put_packed(hid_t file, const char *name, const kz_io_hdf5_array *array)
{
    return put_dataset(file, name, array, true);
}

herr_t kz_io_hdf5_attach_scale(hid_t file, const char *name, unsigned index, const char *scale)
{
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT), axis = H5Dopen2(file, scale, H5P_DEFAULT);
    herr_t status = set >= 0 && axis >= 0 ? 0 : -1;
    if (status >= 0 && H5DSis_scale(axis) == 0) status = H5DSset_scale(axis, scale);
    if (status >= 0) status = H5DSattach_scale(set, axis, index);
    if (set >= 0) H5Dclose(set);
    if (axis >= 0) H5Dclose(axis);
    return status;
}

static kz_status copy_image(void **out, size_t *bytes, hid_t file)
{
    ssize_t length = H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    if (length <= 0) return KZ_FAIL(KZ_EIO, "HDF5 cannot make the file");
    KZ_TRY(kz_alloc(out, (size_t)length + KZ_IO_HDF5_SEAL, 1));
    *bytes = (size_t)length + KZ_IO_HDF5_SEAL;
    if (H5Fget_file_image(file, *out, (size_t)length) == length) {
        kz_io_hdf5_seal(*out, (size_t)length);
        return KZ_OK;
    }
    kz_free(*out);
    *out = NULL;
    return KZ_FAIL(KZ_EIO, "HDF5 cannot make the file");
}

kz_status kz_io_hdf5_image(void **out, size_t *bytes, kz_io_hdf5_fill fill, const void *context)
{
    enum {
        GROWTH = 1 << 20,
        BRANCHES = 4
    }; /* index nodes of 32 branches cost more than most data */
    kz_io_hdf5_printer before;
    *out = NULL;
    kz_io_hdf5_silence(&before);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, GROWTH, false);
    hid_t layout = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_istore_k(layout, BRANCHES);
    hid_t file = H5Fcreate("kapitza.h5", H5F_ACC_TRUNC, layout, access);
    kz_status status = file >= 0 && fill(file, context) >= 0
                           ? kz_io_hdf5_put_digest(file)
                           : KZ_FAIL(KZ_EIO, "HDF5 cannot hold the table");
    if (status == KZ_OK) status = copy_image(out, bytes, file);
    if (file >= 0) H5Fclose(file);
    if (layout >= 0) H5Pclose(layout);
    if (access >= 0) H5Pclose(access);
    kz_io_hdf5_restore(&before);
    return status;
}

/* -- reading ------------------------------------------------------------------------------- */

static bool is_number(hid_t type)
{
    H5T_class_t class = H5Tget_class(type);
    return class == H5T_INTEGER || class == H5T_FLOAT;
}

/* An attribute that holds a single value, in the size that its type says (of texts of variable
 * length it is the library's affair); negative where there is none.  Its type is released by the
 * caller. */
static hid_t open_single(hid_t *type, hid_t file, const char *name)
{
    if (H5Aexists(file, name) <= 0) return -1;
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    if (attribute < 0) return -1;
    hid_t space = H5Aget_space(attribute);
    *type = H5Aget_type(attribute);
    bool single =
        space >= 0 && *type >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
        (H5Tis_variable_str(*type) > 0 || H5Aget_storage_size(attribute) == H5Tget_size(*type));
    if (space >= 0) H5Sclose(space);
    if (single) return attribute;
    if (*type >= 0) H5Tclose(*type);
    H5Aclose(attribute);
    return -1;
}

bool kz_io_hdf5_get_value(void *value, hid_t file, const char *name, hid_t type)
{
    hid_t stored;
    hid_t attribute = open_single(&stored, file, name);
    if (attribute < 0) return false;
    bool good = is_number(stored) && H5Aread(attribute, type, value) >= 0;
    H5Tclose(stored);
    H5Aclose(attribute);
    return good;
}

/* `type` is that of the file: HDF5 does not convert between character sets. */
static bool read_variable(char *text, size_t room, hid_t attribute, hid_t type)
{
    char *content = NULL;
    if (H5Aread(attribute, type, &content) < 0) return false;
    bool good = content && strlen(content) < room;
    if (good) memcpy(text, content, strlen(content) + 1);
    if (content) (void)H5free_memory(content);
    return good;
}

/* A text may fill its place without a final null, or be padded with blanks. */
static bool read_fixed(char *text, size_t room, hid_t attribute, hid_t type)
{
    size_t size = H5Tget_size(type);
    void *memory = NULL;
    if (size == 0 || kz_alloc(&memory, size + 1, 1) != KZ_OK) return false;
    char *content = memory;
    bool good = H5Aread(attribute, type, content) >= 0;
    if (good && H5Tget_strpad(type) == H5T_STR_SPACEPAD)
        for (size_t end = size; end > 0 && content[end - 1] == ' '; end--)
            content[end - 1] = '\0';
    good = good && strlen(content) < room;
    if (good) memcpy(text, content, strlen(content) + 1);
    kz_free(memory);
    return good;
}

bool kz_io_hdf5_get_text(char *text, size_t room, hid_t file, const char *name)
{
    hid_t type;
    memset(text, 0, room);
    hid_t attribute = open_single(&type, file, name);
    if (attribute < 0) return false;
    bool good = H5Tget_class(type) == H5T_STRING;
    if (good)
        good = H5Tis_variable_str(type) > 0 ? read_variable(text, room, attribute, type)
                                            : read_fixed(text, room, attribute, type);
    H5Tclose(type);
    H5Aclose(attribute);
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
    hid_t type = H5Dget_type(set);
    bool good = type >= 0 && is_number(type) &&
                H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    if (type >= 0) H5Tclose(type);
    H5Dclose(set);
    return good;
}

bool kz_io_hdf5_is_double(hid_t file, const char *name)
{
    hid_t set = open_dataset(file, name);
    if (set < 0) return false;
    hid_t type = H5Dget_type(set);
    bool good = type >= 0 && H5Tget_class(type) == H5T_FLOAT && H5Tget_precision(type) >= 64;
    if (type >= 0) H5Tclose(type);
    H5Dclose(set);
    return good;
}

/* The first filter of the dataset that is not here, or -1. */
static int missing_filter(hid_t file, const char *name)
{
    hid_t set = open_dataset(file, name), list = set >= 0 ? H5Dget_create_plist(set) : -1;
    int result = -1, count = list >= 0 ? H5Pget_nfilters(list) : 0;
    for (int i = 0; i < count && result < 0; i++) {
        size_t values = 0;
        unsigned flags, config;
        H5Z_filter_t filter =
            H5Pget_filter2(list, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
        if (H5Zfilter_avail(filter) <= 0) result = filter;
    }
    if (list >= 0) H5Pclose(list);
    if (set >= 0) H5Dclose(set);
    return result;
}

bool kz_io_hdf5_size_fault(char *text, size_t room, hid_t file, const char *name, int rank,
                           const hsize_t *size)
{
    hsize_t turned[KZ_IO_HDF5_MOST_RANK];
    if (kz_io_hdf5_has_size(file, name, rank, size)) return false;
    for (int i = 0; i < rank && i < KZ_IO_HDF5_MOST_RANK; i++)
        turned[i] = size[rank - 1 - i];
    const char *fault = "has a wrong size";
    if (H5Lexists(file, name, H5P_DEFAULT) <= 0)
        fault = "is missing";
    else if (kz_io_hdf5_has_size(file, name, rank, turned))
        fault = "has its dimensions in the other order: arrays of Julia, Fortran and Matlab have "
                "them reversed and are written as they are";
    (void)snprintf(text, room, "%s", fault);
    return true;
}

/* Filters may be optional: one that is not here need not have packed anything. */
void kz_io_hdf5_read_fault(char *text, size_t room, hid_t file, const char *name)
{
    int filter = missing_filter(file, name);
    if (filter < 0)
        (void)snprintf(text, room, "cannot be read");
    else
        (void)snprintf(text, room,
                       "is packed by a filter, number %d, that this HDF5 has not: unpack it by "
                       "h5repack where it has",
                       filter);
}
