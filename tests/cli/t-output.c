/* Tables written and read back: HDF5, TSV, two-column files, and the failure of every allocation.
 */
#include "support/check.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/file.h"
#include "io/table.h"

static char folder[] = "/tmp/kapitza-test-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Three rows: two columns of numbers and one of words. */
static kz_status make_table(kz_io_table **out)
{
    double *x, *y;
    const char **side;
    kz_status status = kz_io_table_create(out, "test", "none", 3);
    if (status == KZ_OK) status = kz_io_table_set_number(*out, "tol", 1e-10);
    if (status == KZ_OK) status = kz_io_table_set_text(*out, "chain", "P=4\nx");
    if (status == KZ_OK) status = kz_io_table_add_numbers(&x, *out, "x");
    if (status == KZ_OK) status = kz_io_table_add_numbers(&y, *out, "y");
    if (status == KZ_OK) status = kz_io_table_add_words(&side, *out, "side");
    if (status != KZ_OK) return status;
    for (int i = 0; i < 3; i++)
        x[i] = 1.0 / (i + 3);
    y[1] = INFINITY;
    y[2] = -0.0;
    side[0] = "left";
    side[2] = "right";
    return KZ_OK;
}

static kz_status write_table(const char *path)
{
    kz_io_table *table = NULL;
    kz_io_file *file = NULL;
    kz_status status = make_table(&table);
    if (status == KZ_OK) status = kz_io_file_open(&file, path);
    if (status == KZ_OK) status = kz_io_file_commit(file, table);
    kz_io_file_free(file);
    kz_io_table_free(table);
    return status;
}

static void check_text_attribute(hid_t file, const char *name, const char *expected)
{
    char *text = NULL;
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    assert_true(attribute >= 0);
    hid_t type = H5Aget_type(attribute);
    assert_true(H5Tis_variable_str(type) > 0);
    assert_true(H5Aread(attribute, type, &text) >= 0);
    assert_string_equal(text, expected);
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(attribute);
}

static void read_dataset(hid_t file, const char *name, hid_t type, void *out)
{
    hid_t dataset = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(dataset >= 0);
    hid_t space = H5Dget_space(dataset);
    assert_int_equal(H5Sget_simple_extent_npoints(space), 3);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) >= 0);
    H5Sclose(space);
    H5Dclose(dataset);
}

static void test_hdf5(void **state)
{
    (void)state;
    double x[3], y[3], tol = 0.0;
    char side[3][6];
    KZ_CHECK_OK(write_table(path_of("x.h5")));
    hid_t file = H5Fopen(path_of("x.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    check_text_attribute(file, "program", "kapitza");
    check_text_attribute(file, "command", "test");
    check_text_attribute(file, "chain", "P=4?x");
    hid_t attribute = H5Aopen(file, "tol", H5P_DEFAULT);
    assert_true(H5Aread(attribute, H5T_NATIVE_DOUBLE, &tol) >= 0);
    assert_true(tol == 1e-10);
    H5Aclose(attribute);
    read_dataset(file, "x", H5T_NATIVE_DOUBLE, x);
    read_dataset(file, "y", H5T_NATIVE_DOUBLE, y);
    assert_true(x[0] == 1.0 / 3.0 && x[2] == 0.2);
    assert_true(isnan(y[0]) && isinf(y[1]) && y[2] == 0.0);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, sizeof side[0]);
    read_dataset(file, "side", type, side);
    assert_string_equal(side[0], "left");
    assert_string_equal(side[1], "");
    assert_string_equal(side[2], "right");
    H5Tclose(type);
    H5Fclose(file);
    (void)unlink(path_of("x.h5"));
}

static void test_tsv(void **state)
{
    (void)state;
    static const char expected[] = "\n# units none\n# parameters tol=1e-10 chain=P=4?x\n"
                                   "# x\ty\tside\n"
                                   "0.333333333333333\tnan\tleft\n"
                                   "0.25\tinf\t\n"
                                   "0.2\t0\tright\n";
    char text[512] = {0};
    KZ_CHECK_OK(write_table(path_of("x.tsv")));
    FILE *file = fopen(path_of("x.tsv"), "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    (void)fclose(file);
    assert_ptr_equal(strstr(text, "# kapitza "), text);
    assert_string_equal(strchr(text, '\n'), expected);
    (void)unlink(path_of("x.tsv"));
}

static void test_uncommitted(void **state)
{
    (void)state;
    kz_io_file *file;
    KZ_CHECK_OK(kz_io_file_open(&file, path_of("never.tsv")));
    assert_int_equal(access(kz_io_file_temporary(file), F_OK), 0);
    char temporary[300];
    (void)snprintf(temporary, sizeof temporary, "%s", kz_io_file_temporary(file));
    kz_io_file_free(file);
    assert_int_not_equal(access(temporary, F_OK), 0);
    assert_int_not_equal(access(path_of("never.tsv"), F_OK), 0);
    KZ_CHECK_STATUS(kz_io_file_open(&file, path_of("absent/x.tsv")), KZ_EIO);
    assert_null(file);
    kz_io_file_free(NULL);
    kz_io_table_free(NULL);
}

static void write_text_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void test_pairs(void **state)
{
    (void)state;
    kz_io_pairs pairs;
    const char *path = path_of("pairs.txt");
    write_text_file(path, "# T kappa\n\n1 2\n 0.5e1,\t-3 # end\r\n6 , 7\n8\t9");
    KZ_CHECK_OK(kz_io_pairs_read(&pairs, path));
    assert_int_equal(pairs.count, 4);
    assert_true(pairs.x[1] == 5.0 && pairs.y[1] == -3.0 && pairs.line[1] == 4);
    assert_true(pairs.x[3] == 8.0 && pairs.y[3] == 9.0 && pairs.line[3] == 6);
    kz_io_pairs_free(&pairs);
    static const char *const bad[] = {"1\n",     "inf 1\n",   "1;2\n",    "x 1\n",
                                      "1 0x2\n", "1 1e999\n", "1,5 2,5\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_text_file(path, bad[i]);
        KZ_CHECK_STATUS(kz_io_pairs_read(&pairs, path), KZ_EINVAL);
        assert_null(pairs.x);
        assert_non_null(strstr(kz_error_reason(), ":1: "));
    }
    (void)unlink(path);
    KZ_CHECK_STATUS(kz_io_pairs_read(&pairs, path), KZ_EIO);
}

/* Fails the k-th allocation for every k: an error, no leak, no file. */
static void test_memory(void **state)
{
    (void)state;
    static const char *const names[] = {"m.tsv", "m.h5"};
    for (int i = 0; i < 2; i++) {
        kz_status status = KZ_ENOMEM;
        unsigned long k = 0;
        while (status != KZ_OK) {
            assert_true(++k < 100);
            kz_alloc_fail_at(k);
            status = write_table(path_of(names[i]));
            kz_alloc_fail_at(0);
            assert_int_equal(access(path_of(names[i]), F_OK) == 0, status == KZ_OK);
        }
        assert_true(k > 5);
        (void)unlink(path_of(names[i]));
    }
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hdf5),        cmocka_unit_test(test_tsv),
        cmocka_unit_test(test_uncommitted), cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
