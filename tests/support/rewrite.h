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
 * netCDF-4 and HDF5.jl write them, in ASCII or UTF-8. */
enum { REWRITE_SAME, REWRITE_PADDED, REWRITE_ASCII, REWRITE_UTF8 };

/* Datasets: as they are; in other chunks; in chunks, shuffled and deflated (HDF5.jl, h5py); the
 * same as xarray writes by netCDF-4: with scales for all dimensions, fill values, numbers among the
 * attributes as arrays of one. */
enum { REWRITE_CONTIGUOUS, REWRITE_CHUNKED, REWRITE_DEFLATED, REWRITE_NETCDF };

typedef struct {
    hid_t type;          /* of datasets in the file */
    int text;            /* REWRITE_SAME ... */
    int layout;          /* REWRITE_CONTIGUOUS ... */
    const char *without; /* part left out, or NULL */
    long version;        /* 0: as it is */
    bool digested;       /* with a digest of what it has */
} rewriting;

typedef struct {
    hid_t file;
    const rewriting *how;
} rewrite_target;

static inline void rewrite_text(hid_t out, const char *name, hid_t attribute, hid_t type, int how)
{
    char *text = NULL;
    assert_true(H5Aread(attribute, type, &text) >= 0);
    hid_t fixed = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    size_t length = strlen(text);
    char padded[1024];
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
        hid_t copy = H5Acreate2(c->file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
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
    if (c->how->layout != REWRITE_CONTIGUOUS && H5Sget_simple_extent_npoints(space) > 0) {
        H5Pset_chunk(create, H5Sget_simple_extent_ndims(space), chunk);
        if (c->how->layout == REWRITE_CHUNKED) H5Pset_fletcher32(create);
        if (c->how->layout != REWRITE_CHUNKED) {
            H5Pset_shuffle(create);
            H5Pset_deflate(create, 4);
        }
    }
    if (c->how->layout == REWRITE_NETCDF) H5Pset_fill_value(create, H5T_NATIVE_DOUBLE, &fill);
    hid_t copy = H5Dcreate2(c->file, name, c->how->type, space, H5P_DEFAULT, create, H5P_DEFAULT);
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
    rewrite_target c = {H5Fcreate(to, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), how};
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
