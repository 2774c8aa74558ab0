/* Copies of HDF5 files as other programs make them: other types, texts, layouts, parts left out. */
#ifndef KZ_TESTS_REWRITE_H
#define KZ_TESTS_REWRITE_H

#include <hdf5.h>
#include <hdf5_hl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/hdf5_open.h"
#include "support/check.h"

/* Texts: as they are; of fixed length, padded with blanks; of fixed length without a final null, as
 * netCDF-4 and HDF5.jl write them, in ASCII or UTF-8; arrays of one, of variable length, as HDF5.jl
 * writes a vector of strings. */
enum { REWRITE_SAME, REWRITE_PADDED, REWRITE_ASCII, REWRITE_UTF8, REWRITE_ARRAY };

/* Datasets: as they are; in other chunks; in chunks, shuffled and deflated (HDF5.jl, h5py); the
 * same as xarray writes by netCDF-4: with scales for all dimensions, fill values, numbers among the
 * attributes as arrays of one; by a filter of number 32001 (Blosc) that nobody else has; with the
 * dimensions in the other order, as in a Julia array that was turned over once too often. */
enum {
    REWRITE_CONTIGUOUS,
    REWRITE_CHUNKED,
    REWRITE_DEFLATED,
    REWRITE_NETCDF,
    REWRITE_FILTERED,
    REWRITE_REVERSED
};

typedef struct {
    hid_t type;          /* of datasets in the file */
    int text;            /* REWRITE_SAME ... */
    int layout;          /* REWRITE_CONTIGUOUS ... */
    const char *without; /* part left out, or NULL */
    long version;        /* 0: as it is */
    bool digested;       /* with a digest of what it has */
    bool julia;          /* names in UTF-8, a file of the latest format */
} rewriting;

typedef struct {
    hid_t file;
    const rewriting *how;
} rewrite_target;

static inline void rewrite_array(hid_t out, const char *name, const char *text)
{
    const hsize_t one = 1;
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(1, &one, NULL);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    hid_t copy = H5Acreate2(out, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(copy, type, &text) >= 0);
    H5Aclose(copy);
    H5Sclose(space);
    H5Tclose(type);
}

/* Creates what its name is UTF-8 of. */
static inline hid_t rewrite_names(hid_t class, bool utf8)
{
    hid_t list = H5Pcreate(class);
    if (utf8) H5Pset_char_encoding(list, H5T_CSET_UTF8);
    return list;
}

static inline void rewrite_text(hid_t out, const char *name, hid_t attribute, hid_t type, int how)
{
    char *text = NULL;
    assert_true(H5Aread(attribute, type, &text) >= 0);
    hid_t fixed = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    size_t length = strlen(text);
    char padded[1024];
    if (how == REWRITE_ARRAY) {
        rewrite_array(out, name, text);
        H5Tclose(fixed);
        H5Sclose(space);
        H5free_memory(text);
        return;
    }
    memset(padded, ' ', sizeof padded);
    memcpy(padded, text, length);
    if (how == REWRITE_PADDED) {
        H5Tset_size(fixed, length + 3);
        H5Tset_strpad(fixed, H5T_STR_SPACEPAD);
    } else {
        H5Tset_size(fixed, length ? length : 1);
        H5Tset_cset(fixed, how == REWRITE_ASCII ? H5T_CSET_ASCII : H5T_CSET_UTF8);
        padded[length] = 0;
    }
    hid_t copy = H5Acreate2(out, name, fixed, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(copy, fixed, padded) >= 0);
    H5Aclose(copy);
    H5Sclose(space);
    H5Tclose(fixed);
    H5free_memory(text);
}

static inline herr_t rewrite_attribute(hid_t file, const char *name, const H5A_info_t *info,
                                       void *context)
{
    const rewrite_target *c = context;
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    (void)info;
    if (c->how->without && strcmp(name, c->how->without) == 0) {
    } else if (H5Tget_class(type) == H5T_STRING && c->how->text != REWRITE_SAME) {
        rewrite_text(c->file, name, attribute, type, c->how->text);
    } else {
        char value[1024];
        const hsize_t one = 1;
        bool array = c->how->layout == REWRITE_NETCDF && H5Tget_class(type) != H5T_STRING;
        hid_t space = array ? H5Screate_simple(1, &one, NULL) : H5Aget_space(attribute);
        hid_t names = rewrite_names(H5P_ATTRIBUTE_CREATE, c->how->julia);
        hid_t copy = H5Acreate2(c->file, name, type, space, names, H5P_DEFAULT);
        H5Pclose(names);
        assert_true(H5Tget_size(type) <= sizeof value && H5Aread(attribute, type, value) >= 0);
        const int version = (int)c->how->version;
        if (version && strcmp(name, "format_version") == 0) {
            if (H5Tget_size(type) == sizeof version)
                memcpy(value, &version, sizeof version);
            else
                memcpy(value, &c->how->version, sizeof c->how->version);
        }
        assert_true(H5Awrite(copy, type, value) >= 0);
        if (H5Tis_variable_str(type) > 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, value);
        H5Sclose(space);
        H5Aclose(copy);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return 0;
}

/* A filter that passes all through. */
enum { REWRITE_FILTER = 32001 };

static inline size_t rewrite_pass(unsigned flags, size_t count, const unsigned *values, size_t size,
                                  size_t *room, void **data)
{
    (void)flags, (void)count, (void)values, (void)room, (void)data;
    return size;
}

/* The last index first. */
static inline void rewrite_reverse(hid_t space, double *values)
{
    static double old[1 << 14];
    hsize_t size[3] = {1, 1, 1}, at = 0;
    int rank = H5Sget_simple_extent_dims(space, size, NULL);
    if (rank < 2) return;
    memcpy(old, values, sizeof old);
    for (hsize_t k = 0; k < size[2]; k++)
        for (hsize_t j = 0; j < size[1]; j++)
            for (hsize_t i = 0; i < size[0]; i++)
                values[at++] = old[(i * size[1] + j) * size[2] + k];
    const hsize_t turned[2][3] = {{size[1], size[0]}, {size[2], size[1], size[0]}};
    H5Sset_extent_simple(space, rank, turned[rank - 2], NULL);
}

static inline herr_t rewrite_dataset(hid_t file, const char *name, const H5L_info_t *info,
                                     void *context)
{
    const rewrite_target *c = context;
    static double values[1 << 14];
    (void)info;
    if (c->how->without && strcmp(name, c->how->without) == 0) return 0;
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Sget_simple_extent_npoints(space) <= 1 << 14);
    assert_true(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    const hsize_t chunk[3] = {1, 3, 7};
    const double fill = NAN;
    bool whole = c->how->layout == REWRITE_CONTIGUOUS || c->how->layout == REWRITE_REVERSED;
    if (c->how->layout == REWRITE_REVERSED) rewrite_reverse(space, values);
    if (!whole && H5Sget_simple_extent_npoints(space) > 0) {
        H5Pset_chunk(create, H5Sget_simple_extent_ndims(space), chunk);
        if (c->how->layout == REWRITE_FILTERED) H5Pset_filter(create, REWRITE_FILTER, 0, 0, NULL);
        if (c->how->layout == REWRITE_CHUNKED) H5Pset_fletcher32(create);
        if (c->how->layout == REWRITE_DEFLATED || c->how->layout == REWRITE_NETCDF) {
            H5Pset_shuffle(create);
            H5Pset_deflate(create, 4);
        }
    }
    if (c->how->layout == REWRITE_NETCDF) H5Pset_fill_value(create, H5T_NATIVE_DOUBLE, &fill);
    hid_t names = rewrite_names(H5P_LINK_CREATE, c->how->julia);
    hid_t copy = H5Dcreate2(c->file, name, c->how->type, space, names, create, H5P_DEFAULT);
    H5Pclose(names);
    assert_true(H5Dwrite(copy, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(copy);
    H5Pclose(create);
    H5Sclose(space);
    H5Dclose(set);
    return 0;
}

/* A scale of this length among the coordinates, or made as netCDF-4 makes one without values. */
static inline hid_t rewrite_scale(hid_t file, hsize_t length)
{
    static const char *const coordinates[] = {"time", "site", "beta", "mu", "angle"};
    char name[40];
    for (int i = 0; i < 5; i++) {
        hsize_t size = 0;
        if (H5Lexists(file, coordinates[i], H5P_DEFAULT) <= 0) continue;
        hid_t set = H5Dopen2(file, coordinates[i], H5P_DEFAULT), space = H5Dget_space(set);
        H5Sget_simple_extent_dims(space, &size, NULL);
        H5Sclose(space);
        if (size == length) return set;
        H5Dclose(set);
    }
    (void)snprintf(name, sizeof name, "phony_dim_%d", (int)length);
    if (H5Lexists(file, name, H5P_DEFAULT) > 0) return H5Dopen2(file, name, H5P_DEFAULT);
    hid_t space = H5Screate_simple(1, &length, NULL);
    hid_t set =
        H5Dcreate2(file, name, H5T_IEEE_F32BE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5DSset_scale(set, "This is a netCDF dimension but not a netCDF variable.         3");
    H5Sclose(space);
    return set;
}

static inline herr_t rewrite_attach(hid_t file, const char *name, const H5L_info_t *info,
                                    void *context)
{
    const hid_t *out = context;
    hsize_t size[3];
    (void)file, (void)info;
    if (H5Lexists(*out, name, H5P_DEFAULT) <= 0) return 0;
    hid_t set = H5Dopen2(*out, name, H5P_DEFAULT), space = H5Dget_space(set);
    int rank = H5Sget_simple_extent_dims(space, size, NULL);
    for (int i = 0; i < rank; i++) {
        hid_t scale = rewrite_scale(*out, size[i]);
        char own[40] = "";
        H5Iget_name(scale, own, sizeof own);
        if (strcmp(own + 1, name) == 0) { /* a coordinate */
            if (H5DSis_scale(set) == 0) assert_true(H5DSset_scale(set, name) >= 0);
        } else if (H5DSis_scale(set) == 0) {
            assert_true(H5DSattach_scale(set, scale, (unsigned)i) >= 0);
        }
        H5Dclose(scale);
    }
    H5Sclose(space);
    H5Dclose(set);
    return 0;
}

/* A file of tests/data; the text is overwritten by the next call. */
static inline const char *data_of(const char *name)
{
    static char text[512];
    const char *where = getenv("KAPITZA_TEST_DATA");
    (void)snprintf(text, sizeof text, "%s/%s", where ? where : "tests/data", name);
    return text;
}

/* Copies all attributes of the root group and all datasets, of floating-point numbers. */
static inline void rewrite(const char *from, const char *to, const rewriting *how)
{
    hid_t file = H5Fopen(from, H5F_ACC_RDONLY, H5P_DEFAULT);
    const H5Z_class2_t filter = {H5Z_CLASS_T_VERS, REWRITE_FILTER, 1,    1,
                                 "pass",           NULL,           NULL, rewrite_pass};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (how->julia) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    rewrite_target c = {H5Fcreate(to, H5F_ACC_TRUNC, H5P_DEFAULT, access), how};
    H5Pclose(access);
    if (how->layout == REWRITE_FILTERED) assert_true(H5Zregister(&filter) >= 0);
    assert_true(file >= 0 && c.file >= 0);
    assert_true(H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, rewrite_attribute, &c) >= 0);
    assert_true(H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, rewrite_dataset, &c) >= 0);
    if (how->layout == REWRITE_NETCDF) {
        static const char *const made = "version=2,netcdf=4.9.0,hdf5=1.10.8";
        assert_true(H5LTset_attribute_string(c.file, "/", "_NCProperties", made) >= 0);
        assert_true(H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, rewrite_attach, &c.file) >=
                    0);
    }
    if (how->digested) {
        H5Adelete(c.file, "attribute_digest");
        KZ_CHECK_OK(kz_io_hdf5_put_digest(c.file));
    }
    assert_true(H5Fclose(c.file) >= 0 && H5Fclose(file) >= 0);
    if (how->layout == REWRITE_FILTERED) assert_true(H5Zunregister(REWRITE_FILTER) >= 0);
}

/* Changes one number of a dataset, of 20000 at most. */
static inline void rewrite_number(const char *path, const char *name, size_t index, double to)
{
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(dataset);
    static double values[20000];
    hssize_t count = H5Sget_simple_extent_npoints(space);
    assert_true(count > (hssize_t)index && count <= 20000);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    values[index] = to;
    assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
}

#endif
