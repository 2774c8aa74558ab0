/* Table files: read back bit by bit; anything else is refused with the reason. */
#include <hdf5.h>
#include <string.h>
#include <sys/stat.h>

#include "core/memory.h"
#include "io/hdf5_open.h"
#include "support/rewrite.h"
#include "table/support.h"

static kz_table *small_table(bool energy)
{
    static const double beta[] = {-1, 0, 2}, mu[] = {-1, -0.5, 0.5, 1};
    kz_table *table;
    kz_options options = kz_options_default();
    options.tol = 1e-6;
    if (energy)
        KZ_CHECK_OK(kz_table_create_energy(&table, kz_chain_xx(), &options));
    else
        KZ_CHECK_OK(kz_table_create(&table, kz_chain_xxz(3), beta, 3, mu, 4, &options));
    return table;
}

static void tables_are_read_back(void **state)
{
    (void)state;
    for (int energy = 0; energy < 2; energy++) {
        kz_table *table = small_table(energy), *copy;
        KZ_CHECK_OK(kz_table_write(table, path));
        KZ_CHECK_OK(kz_table_write(table, path)); /* over an old one */
        KZ_CHECK_OK(kz_table_read(&copy, path));
        size_t n, m, copied_n, copied_m;
        kz_table_get_shape(&n, &m, table);
        kz_table_get_shape(&copied_n, &copied_m, copy);
        assert_int_equal(n, copied_n);
        assert_int_equal(m, copied_m);
        assert_int_equal(kz_table_get_kind(copy), energy ? KZ_TABLE_ENERGY : KZ_TABLE_GRID);
        KZ_CHECK_CLOSE(kz_chain_delta(kz_table_get_chain(copy)), energy ? 0 : 0.5, 0);
        KZ_CHECK_CLOSE(kz_table_get_error(copy), kz_table_get_error(table), 0);
        KZ_CHECK_CLOSE(kz_table_get_tol(copy), 1e-6, 0);
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < m; j++) {
                kz_table_point a, b;
                KZ_CHECK_OK(kz_table_get_node(&a, table, i, j));
                KZ_CHECK_OK(kz_table_get_node(&b, copy, i, j));
                assert_memory_equal(&a, &b, sizeof a);
            }
        }
        kz_table_free(table);
        kz_table_free(copy);
    }
}

/* The first bytes of the good file; 0: all, negative: less the last. */
static void copy_part(long length)
{
    static char bytes[1 << 20];
    FILE *from = fopen(path, "rb"), *to = fopen(other, "wb");
    assert_true(from && to);
    size_t all = fread(bytes, 1, sizeof bytes, from);
    size_t part = length <= 0 ? all - (size_t)-length : (size_t)length;
    assert_int_equal(fwrite(bytes, 1, part, to), part);
    fclose(from);
    fclose(to);
}

static void truncated_and_foreign_files(void **state)
{
    (void)state;
    kz_table *table = small_table(false);
    KZ_CHECK_OK(kz_table_write(table, path));
    kz_table_free(table);
    refused("/nonexistent/x.h5", KZ_EIO, "No such file");
    copy_part(-1);
    refused(other, KZ_EIO, "its seal is cut off");
    copy_part(-64 - 1);
    refused(other, KZ_EIO, "truncated");
    copy_part(1000);
    refused(other, KZ_EIO, "truncated");
    copy_part(5);
    refused(other, KZ_EIO, "not an HDF5 file");
    assert_int_equal(truncate(other, 0), 0);
    refused(other, KZ_EIO, "is empty");
    refused(folder, KZ_EIO, "is a directory");
    hid_t file = H5Fcreate(other, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    refused(other, KZ_EINVAL, "not made by kapitza table");
}

/* Changes the text or number of an attribute in a good file. */
static void with_attribute(const char *name, const char *text, double number, const char *reason)
{
    copy_part(0);
    hid_t file = H5Fopen(other, H5F_ACC_RDWR, H5P_DEFAULT), space = H5Screate(H5S_SCALAR);
    hid_t type = text ? H5Tcopy(H5T_C_S1) : H5Tcopy(H5T_NATIVE_DOUBLE);
    if (text) H5Tset_size(type, strlen(text) + 1);
    H5Adelete(file, name);
    hid_t attribute = H5Acreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(attribute, type, text ? (const void *)text : (const void *)&number);
    H5Aclose(attribute);
    H5Tclose(type);
    H5Sclose(space);
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    H5Adelete(file, "attribute_digest");
    KZ_CHECK_OK(kz_io_hdf5_put_digest(file));
    H5Fclose(file);
    refused(other, KZ_EINVAL, reason);
}

static void with_value(const char *name, size_t index, double number, const char *reason)
{
    copy_part(0);
    rewrite_number(other, name, index, number);
    refused(other, KZ_EINVAL, reason);
}

static void without_dataset(const char *name, const char *reason)
{
    copy_part(0);
    hid_t file = H5Fopen(other, H5F_ACC_RDWR, H5P_DEFAULT);
    H5Ldelete(file, name, H5P_DEFAULT);
    H5Fclose(file);
    refused(other, KZ_EINVAL, reason);
}

static void impossible_contents(void **state)
{
    (void)state;
    kz_table *table = small_table(false);
    KZ_CHECK_OK(kz_table_write(table, path));
    kz_table_free(table);
    with_attribute("format", "somebody else's", 0, "not made by kapitza");
    with_attribute("format_version", NULL, 99, "format version 99");
    with_attribute("kind", "chair", 0, "kind \"chair\"");
    with_attribute("chain", "P=1000", 0, "chain \"P=1000\"");
    with_attribute("chain", "P=4", 0, "band edges");
    with_attribute("tol", NULL, -1, "tol is -1");
    with_attribute("energy_min", NULL, NAN, "band edges");
    with_value("beta", 1, -3, "beta must increase");
    with_value("mu", 0, NAN, "mu[0]");
    with_value("energy", 5, NAN, "energy[1][1] is nan");
    with_value("err", 0, -1, "err[0]");
    without_dataset("energy_beta_mu", "energy_beta_mu is missing");
    without_dataset("beta", "beta");
    table = small_table(true);
    KZ_CHECK_OK(kz_table_write(table, path));
    kz_table_free(table);
    without_dataset("regular", "regular is missing");
    with_attribute("kind", "grid", 0, "format version 3");
    with_attribute("format_version", NULL, 1, "format version 1"); /* its errors were too small */
}

/* Axes name the dimensions of all datasets. */
static void written_files_know_their_dimensions(void **state)
{
    (void)state;
    for (int energy = 0; energy < 2; energy++) {
        const char *grid[] = {"energy", "energy_beta", "magnetization_beta_mu", "err"};
        const char *list[] = {"energy", "beta", "dbeta_denergy", "err", "regular", "regular_slope"};
        kz_table *table = small_table(energy);
        KZ_CHECK_OK(kz_table_write(table, path));
        kz_table_free(table);
        hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        hid_t rows = H5Dopen2(file, energy ? "angle" : "beta", H5P_DEFAULT);
        for (int k = 0; k < (energy ? 6 : 4); k++) {
            hid_t set = H5Dopen2(file, energy ? list[k] : grid[k], H5P_DEFAULT);
            assert_true(H5DSis_attached(set, rows, 0) > 0);
            if (!energy && k < 3) {
                hid_t columns = H5Dopen2(file, "mu", H5P_DEFAULT);
                assert_true(H5DSis_attached(set, columns, 1) > 0);
                H5Dclose(columns);
            }
            H5Dclose(set);
        }
        H5Dclose(rows);
        H5Fclose(file);
    }
}

/* 2026-11-26: a file that was open in another program was called damaged, and a named pipe was
 * waited for. */
static void files_that_cannot_be_read_now(void **state)
{
    (void)state;
    copy_part(0);
    hid_t file = H5Fopen(other, H5F_ACC_RDWR, H5P_DEFAULT);
    refused(other, KZ_EIO, "is open for writing in another program");
    H5Fclose(file);
    hid_t latest = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_libver_bounds(latest, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    file = H5Fcreate(other, H5F_ACC_TRUNC, H5P_DEFAULT, latest);
    assert_true(H5Fstart_swmr_write(file) >= 0); /* drops the lock of the file */
    refused(other, KZ_EIO, "is open for writing in another program");
    H5Fclose(file);
    H5Pclose(latest);
    unlink(other);
    assert_int_equal(mkfifo(other, 0600), 0);
    refused(other, KZ_EIO, "is not an ordinary file");
    unlink(other);
    assert_int_equal(symlink("nowhere", other), 0);
    refused(other, KZ_EIO, "No such file");
    unlink(other);
    refused("/dev/null", KZ_EIO, "is not an ordinary file");
}

static void unwritable_places(void **state)
{
    (void)state;
    kz_table *table = small_table(false);
    char under[300];
    snprintf(under, sizeof under, "%s/none/x.h5", folder);
    KZ_CHECK_STATUS(kz_table_write(table, under), KZ_EIO);
    KZ_CHECK_STATUS(kz_table_write(table, folder), KZ_EIO);
    KZ_CHECK_STATUS(kz_table_write(table, "/dev/full"), KZ_EIO);
    kz_table_free(table);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    kz_table *table = small_table(false);
    for (unsigned long k = 1, count = 1; k <= count; k++) {
        kz_table *copy = NULL;
        kz_alloc_fail_at(k);
        kz_status status = kz_table_write(table, path);
        if (status == KZ_OK) status = kz_table_read(&copy, path);
        count = kz_alloc_count();
        kz_alloc_fail_at(0);
        kz_table_free(copy);
        KZ_CHECK_STATUS(status, k > count ? KZ_OK : KZ_ENOMEM);
    }
    kz_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_read_back),
        cmocka_unit_test(truncated_and_foreign_files),
        cmocka_unit_test(impossible_contents),
        cmocka_unit_test(unwritable_places),
        cmocka_unit_test(written_files_know_their_dimensions),
        cmocka_unit_test(files_that_cannot_be_read_now),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
