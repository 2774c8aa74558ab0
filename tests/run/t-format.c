/* RUN.h5: every format that was ever written, copies made by other programs, files that are none.
 */
#include <hdf5.h>
#include <hdf5_hl.h>
#include <string.h>

#include "support/rewrite.h"
#include "tests/run/support.h"

/* Stored files of the formats 1 to 3: the domain wall of 8 XX sites at t = 0 and 1.5 by TEBD with
 * steps of 0.05, whose error is far below 1e-8. */
static void stored_formats_hold_the_exact_numbers(void **state)
{
    (void)state;
    static const char *const names[] = {"run-format-1.h5", "run-format-2.h5", "run-format-3.h5"};
    for (int f = 0; f < 3; f++) {
        kz_run *run;
        KZ_CHECK_OK(kz_run_read(&run, kz_reference_path(names[f])));
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

/* Of the stored file of the newest format; returns its path. */
static const char *copy(const rewriting *how)
{
    const char *path = path_of("copy.h5");
    rewrite(kz_reference_path("run-format-3.h5"), path, how);
    return path;
}

static void copies_by_other_programs_are_read(void **state)
{
    (void)state;
    const rewriting hows[] = {
        {H5T_IEEE_F32BE, REWRITE_PADDED, REWRITE_CHUNKED, NULL, 0, false, false},
        {H5T_NATIVE_LDOUBLE, REWRITE_SAME, REWRITE_CHUNKED, NULL, 0, false, false},
        {H5T_IEEE_F64LE, REWRITE_ASCII, REWRITE_NETCDF, NULL, 0, false, false},     /* xarray */
        {H5T_NATIVE_DOUBLE, REWRITE_UTF8, REWRITE_DEFLATED, NULL, 0, false, false}, /* HDF5.jl */
        {H5T_NATIVE_DOUBLE, REWRITE_UTF8, REWRITE_CONTIGUOUS, NULL, 0, false, true},
        {H5T_NATIVE_DOUBLE, REWRITE_ARRAY, REWRITE_DEFLATED, NULL, 0, false, true},
        {H5T_IEEE_F64BE, REWRITE_PADDED, REWRITE_CONTIGUOUS, "density_matrix", 1, true, false}};
    for (int h = 0; h < 7; h++) {
        kz_run *run;
        KZ_CHECK_OK(kz_run_read(&run, copy(&hows[h])));
        check_exact(run, 2e-7); /* of single precision, entropies are of order one */
        if (h < 6)
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

/* What a Julia array turned over once too often, and a filter of its own, make of a file. */
static void copies_that_cannot_be_read(void **state)
{
    (void)state;
    const rewriting turned = {
        H5T_NATIVE_DOUBLE, REWRITE_UTF8, REWRITE_REVERSED, NULL, 0, false, true};
    const rewriting filtered = {
        H5T_NATIVE_DOUBLE, REWRITE_UTF8, REWRITE_FILTERED, NULL, 0, false, false};
    refuse(copy(&turned), "has its dimensions in the other order");
    refuse(copy(&filtered), "is packed by a filter, number 32001");
    (void)unlink(path_of("copy.h5"));
}

/* 2026-11-26: a copy by another program has no checksum of its data, and anything in it was
 * believed.  What no state can have is not. */
static void bug_impossible_numbers(void **state)
{
    (void)state;
    const rewriting plain = {H5T_NATIVE_DOUBLE, false, false, NULL, 0, false, false};
    const struct {
        const char *name;
        size_t index;
        double to;
        const char *reason;
    } changes[] = {
        {"energy", 3, 0.8, "energy[0][3] = 0.8 cannot be"},
        {"energy", 2, NAN, "energy[0][2] = nan cannot be"},
        {"magnetization", 1, -0.51, "magnetization[0][1] = -0.51 cannot be"},
        {"magnetization", 0, NAN, "magnetization[0][0] = nan cannot be"},
        {"spin_current", 3, 1e300, "spin_current[0][3] = 1e+300 cannot be"},
        {"energy_current_link", 3, -5, "energy_current_link[0][3] = -5 cannot be"},
        {"entropy", 1, 1.5, "entropy[0][1] = 1.5 cannot be"},
        {"entropy", 1, -0.1, "entropy[0][1] = -0.1 cannot be"},
        {"bond_dimension", 2, 2.5, "bond_dimension[0][2] = 2.5 cannot be"},
        {"bond_dimension", 0, 3, "bond_dimension[0][0] = 3 cannot be"},
        {"truncation", 2, -1e-3, "truncation[0][2] = -0.001 cannot be"},
        {"density_matrix", 0, 1.2, "density_matrix[0][0] is no state"},
        {"density_matrix", 21, 0.4, "density_matrix[0][1] is no state"},
        {"time", 1, -1, "its times do not increase"},
        {"energy", 3, 0.2, "its energy_drift is"},
        {"energy", 9, -0.0001, "its energy_drift is"},
    };
    for (size_t k = 0; k < sizeof changes / sizeof changes[0]; k++) {
        const char *path = copy(&plain);
        rewrite_number(path, changes[k].name, changes[k].index, changes[k].to);
        refuse(path, changes[k].reason);
    }
    /* density matrices would tell first */
    const rewriting alone = {H5T_NATIVE_DOUBLE, false, false, "density_matrix", 1, true, false};
    rewrite_number(copy(&alone), "magnetization", 9, 0.45);
    refuse(path_of("copy.h5"), "its magnetization_drift is");
    (void)unlink(path_of("copy.h5"));
}

static void errors_of_files(void **state)
{
    (void)state;
    const rewriting newer = {H5T_NATIVE_DOUBLE, false, false, NULL, 1000, false, false};
    const rewriting lacking[] = {
        {H5T_NATIVE_DOUBLE, false, false, "format", 0, true, false},
        {H5T_NATIVE_DOUBLE, false, false, "method", 0, true, false},
        {H5T_NATIVE_DOUBLE, false, false, "method", 0, false, false},
        {H5T_NATIVE_DOUBLE, false, false, "attribute_digest", 0, false, false},
        {H5T_NATIVE_DOUBLE, false, false, NULL, 2, false, false},
        {H5T_NATIVE_DOUBLE, false, false, "entropy", 0, false, false},
        {H5T_NATIVE_DOUBLE, false, false, "time", 0, false, false}};
    static const char *const reasons[] = {"is not a file that quench has written",
                                          "a parameter is missing",
                                          "do not fit attribute_digest",
                                          "attribute_digest is missing",
                                          "do not fit attribute_digest",
                                          "dataset entropy is missing",
                                          "dataset time is missing"};
    enum { LACKING = sizeof lacking / sizeof lacking[0] };
    refuse(path_of("absent.h5"), "No such file");
    refuse(folder, "is a directory");
    refuse("/dev/null", "is not an ordinary file");
    refuse(copy(&newer), "format 1000 is newer");
    for (int k = 0; k < LACKING; k++)
        refuse(copy(&lacking[k]), reasons[k]);
    char bytes[4000] = "";
    FILE *whole = fopen(kz_reference_path("run-format-3.h5"), "rb"),
         *part = fopen(path_of("copy.h5"), "wb");
    assert_true(fread(bytes, 1, sizeof bytes, whole) == sizeof bytes);
    assert_true(fwrite(bytes, 1, sizeof bytes, part) == sizeof bytes);
    (void)fclose(whole);
    (void)fclose(part);
    refuse(path_of("copy.h5"), "is truncated");
    (void)unlink(path_of("copy.h5"));
}

/* Times and sites name the dimensions of all datasets; equal runs are equal files. */
static void written_files_know_their_dimensions(void **state)
{
    (void)state;
    const char *path = path_of("scaled.h5");
    kz_run *run;
    KZ_CHECK_OK(kz_run_read(&run, kz_reference_path("run-format-3.h5")));
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
    for (unsigned dimension = 0; dimension < 3; dimension++)
        assert_int_equal(H5DSget_num_scales(density, dimension), 1);
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
        cmocka_unit_test(copies_that_cannot_be_read),
        cmocka_unit_test(bug_impossible_numbers),
        cmocka_unit_test(errors_of_files),
        cmocka_unit_test(written_files_know_their_dimensions),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
