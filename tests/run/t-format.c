/* RUN.h5: every format that was ever written, copies made by other programs, files that are none.
 */
#include <hdf5.h>
#include <hdf5_hl.h>
#include <string.h>

#include "tests/run/support.h"

static const char *data_of(const char *name)
{
    static char path[512];
    const char *where = getenv("KAPITZA_TEST_DATA");
    (void)snprintf(path, sizeof path, "%s/%s", where ? where : "tests/data", name);
    return path;
}

/* Stored files of formats 1 and 2: the domain wall of 8 XX sites at t = 0 and 1.5 by TEBD with
 * steps of 0.05, whose error is far below 1e-8. */
static void stored_formats_hold_the_exact_numbers(void **state)
{
    (void)state;
    static const char *const names[] = {"run-format-1.h5", "run-format-2.h5"};
    for (int f = 0; f < 2; f++) {
        kz_run *run;
        KZ_CHECK_OK(kz_run_read(&run, data_of(names[f])));
        const kz_run_setup *s = kz_run_get_setup(run);
        assert_int_equal(kz_run_count(run), 2);
        assert_int_equal(kz_run_times_left(run), 0);
        assert_true(kz_run_times(run)[0] == 0.0 && kz_run_times(run)[1] == 1.5);
        assert_int_equal(s->method, KZ_METHOD_TEBD);
        assert_int_equal(s->trotter, KZ_TROTTER_4);
        assert_true(s->dt == 0.05 && s->cutoff == 1e-14 && s->chi == 500 && !s->cutoff_per_gate);
        assert_true(kz_run_chi(run, 1) == 500.0);
        assert_string_equal(s->left, "xx");
        assert_true(kz_run_site(run, 0) == -3);
        check_exact(run, 1e-7);
        check_exact_densities(run, 1e-8);
        kz_run_free(run);
    }
}

/* -- copies by other programs --------------------------------------------------------------- */

typedef struct {
    hid_t type;          /* of datasets in the file */
    bool fixed;          /* texts of fixed length, padded with blanks */
    bool chunked;        /* other chunks, another compression */
    const char *without; /* part left out, or NULL */
    long version;        /* 0: as it is */
} rewriting;

typedef struct {
    hid_t file;
    const rewriting *how;
} copying;

static void copy_text(hid_t out, const char *name, hid_t attribute, hid_t type)
{
    char *text = NULL;
    assert_true(H5Aread(attribute, type, &text) >= 0);
    hid_t fixed = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    size_t length = strlen(text);
    char padded[256];
    memset(padded, ' ', sizeof padded);
    memcpy(padded, text, length);
    H5Tset_size(fixed, length + 3);
    H5Tset_strpad(fixed, H5T_STR_SPACEPAD);
    hid_t copy = H5Acreate2(out, name, fixed, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(copy, fixed, padded) >= 0);
    H5Aclose(copy);
    H5Sclose(space);
    H5Tclose(fixed);
    H5free_memory(text);
}

static herr_t copy_attribute(hid_t file, const char *name, const H5A_info_t *info, void *context)
{
    const copying *c = context;
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    (void)info;
    if (c->how->without && strcmp(name, c->how->without) == 0) {
    } else if (H5Tget_class(type) == H5T_STRING && c->how->fixed) {
        copy_text(c->file, name, attribute, type);
    } else {
        char value[256];
        hid_t space = H5Aget_space(attribute);
        hid_t copy = H5Acreate2(c->file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        assert_true(H5Tget_size(type) <= sizeof value && H5Aread(attribute, type, value) >= 0);
        if (c->how->version && strcmp(name, "format_version") == 0)
            memcpy(value, &c->how->version, sizeof c->how->version);
        assert_true(H5Awrite(copy, type, value) >= 0);
        if (H5Tis_variable_str(type) > 0) H5Dvlen_reclaim(type, space, H5P_DEFAULT, value);
        H5Sclose(space);
        H5Aclose(copy);
    }
    H5Tclose(type);
    H5Aclose(attribute);
    return 0;
}

static herr_t copy_dataset(hid_t file, const char *name, const H5L_info_t *info, void *context)
{
    const copying *c = context;
    static double values[1 << 14];
    (void)info;
    if (c->how->without && strcmp(name, c->how->without) == 0) return 0;
    hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    assert_true(H5Sget_simple_extent_npoints(space) <= 1 << 14);
    assert_true(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    const hsize_t chunk[3] = {1, 3, 7};
    if (c->how->chunked) {
        H5Pset_chunk(create, H5Sget_simple_extent_ndims(space), chunk);
        H5Pset_fletcher32(create);
    }
    hid_t copy = H5Dcreate2(c->file, name, c->how->type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    assert_true(H5Dwrite(copy, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(copy);
    H5Pclose(create);
    H5Sclose(space);
    H5Dclose(set);
    return 0;
}

/* A copy of a stored file; returns its path. */
static const char *rewrite(const rewriting *how)
{
    const char *path = path_of("copy.h5");
    hid_t file = H5Fopen(data_of("run-format-2.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    copying c = {H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), how};
    assert_true(file >= 0 && c.file >= 0);
    assert_true(H5Aiterate2(file, H5_INDEX_NAME, H5_ITER_INC, NULL, copy_attribute, &c) >= 0);
    assert_true(H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, NULL, copy_dataset, &c) >= 0);
    assert_true(H5Fclose(c.file) >= 0 && H5Fclose(file) >= 0);
    return path;
}

static void copies_by_other_programs_are_read(void **state)
{
    (void)state;
    const rewriting hows[] = {{H5T_IEEE_F32BE, true, true, NULL, 0},
                              {H5T_NATIVE_LDOUBLE, false, true, NULL, 0},
                              {H5T_IEEE_F64BE, true, false, "density_matrix", 1}};
    for (int h = 0; h < 3; h++) {
        kz_run *run;
        KZ_CHECK_OK(kz_run_read(&run, rewrite(&hows[h])));
        check_exact(run, 2e-7); /* of single precision, entropies are of order one */
        if (h < 2)
            check_exact_densities(run, 1e-7);
        else
            assert_null(kz_run_densities(run, 0));
        kz_run_free(run);
    }
    (void)unlink(path_of("copy.h5"));
}

static void refuse(const char *path, const char *reason)
{
    int mark;
    kz_run *run = (kz_run *)(void *)&mark;
    KZ_CHECK_STATUS(kz_run_read(&run, path), KZ_EIO);
    assert_null(run);
    assert_non_null(strstr(kz_error_reason(), reason));
}

static void errors_of_files(void **state)
{
    (void)state;
    const rewriting newer = {H5T_NATIVE_DOUBLE, false, false, NULL, 3};
    const rewriting lacking[] = {{H5T_NATIVE_DOUBLE, false, false, "format", 0},
                                 {H5T_NATIVE_DOUBLE, false, false, "method", 0},
                                 {H5T_NATIVE_DOUBLE, false, false, "entropy", 0},
                                 {H5T_NATIVE_DOUBLE, false, false, "time", 0}};
    static const char *const reasons[] = {"is not a file that quench has written",
                                          "a parameter is missing", "a dataset is missing",
                                          "a dataset is missing"};
    refuse(path_of("absent.h5"), "No such file");
    refuse(rewrite(&newer), "format 3 is newer");
    for (int k = 0; k < 4; k++)
        refuse(rewrite(&lacking[k]), reasons[k]);
    char bytes[4000] = "";
    FILE *whole = fopen(data_of("run-format-2.h5"), "rb"), *part = fopen(path_of("copy.h5"), "wb");
    assert_true(fread(bytes, 1, sizeof bytes, whole) == sizeof bytes);
    assert_true(fwrite(bytes, 1, sizeof bytes, part) == sizeof bytes);
    (void)fclose(whole);
    (void)fclose(part);
    refuse(path_of("copy.h5"), "cannot be read as HDF5");
    (void)unlink(path_of("copy.h5"));
}

/* Times and sites name the dimensions of all datasets; equal runs are equal files. */
static void written_files_know_their_dimensions(void **state)
{
    (void)state;
    const char *path = path_of("scaled.h5");
    kz_run *run;
    KZ_CHECK_OK(kz_run_read(&run, data_of("run-format-2.h5")));
    KZ_CHECK_OK(kz_run_write(run, path));
    kz_run_free(run);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t time = H5Dopen2(file, "time", H5P_DEFAULT), site = H5Dopen2(file, "site", H5P_DEFAULT);
    for (int q = 0; q < KZ_RUN_QUANTITIES; q++) {
        hid_t set = H5Dopen2(file, kz_run_quantity_name((kz_run_quantity)q), H5P_DEFAULT);
        assert_true(H5DSis_attached(set, time, 0) > 0 && H5DSis_attached(set, site, 1) > 0);
        H5Dclose(set);
    }
    hid_t density = H5Dopen2(file, "density_matrix", H5P_DEFAULT);
    assert_true(H5DSis_attached(density, time, 0) > 0);
    assert_int_equal(H5DSget_num_scales(density, 1), 1);
    H5Dclose(density);
    H5Dclose(site);
    H5Dclose(time);
    H5Fclose(file);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_formats_hold_the_exact_numbers),
        cmocka_unit_test(copies_by_other_programs_are_read),
        cmocka_unit_test(errors_of_files),
        cmocka_unit_test(written_files_know_their_dimensions),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
