/* Attributes and datasets of HDF5 files: what is written comes back, what does not fit is refused.
 */
#include "support/check.h"

#include <hdf5_hl.h>
#include <string.h>

#include "core/memory.h"
#include "io/hdf5_parts.h"

/* A file that lives in memory only. */
static int open_file(void **state)
{
    static hid_t file;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    H5Pset_fapl_core(access, 1 << 16, false);
    file = H5Fcreate("t-hdf5-parts.h5", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    *state = &file;
    return file < 0 ? -1 : 0;
}

/* Whatever the helpers opened in the file, they closed. */
static int close_file(void **state)
{
    hid_t file = *(hid_t *)*state;
    ssize_t open = H5Fget_obj_count(file, H5F_OBJ_ALL);
    return H5Fclose(file) < 0 || open != 1 ? -1 : 0;
}

/* Of variable length in UTF-8. */
static bool is_python_text(hid_t file, const char *name)
{
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    bool text = H5Tget_cset(type) == H5T_CSET_UTF8 && H5Tis_variable_str(type) > 0;
    H5Tclose(type);
    H5Aclose(attribute);
    return text;
}

static void exact_values_and_texts(void **state)
{
    hid_t file = *(hid_t *)*state;
    const long big = 1234567890123;
    long integer = 0;
    double number = 0;
    char text[8];
    assert_true(kz_io_hdf5_put_number(file, "number", 0.1) >= 0);
    assert_true(kz_io_hdf5_put_value(file, "integer", H5T_NATIVE_LONG, &big) >= 0);
    assert_true(kz_io_hdf5_put_text(file, "text", "seven..") >= 0);
    assert_true(kz_io_hdf5_put_text(file, "utf8", "\xce\xb2") >= 0);
    assert_true(kz_io_hdf5_get_value(&number, file, "number", H5T_NATIVE_DOUBLE) && number == 0.1);
    assert_true(kz_io_hdf5_get_value(&integer, file, "integer", H5T_NATIVE_LONG) && integer == big);
    assert_true(kz_io_hdf5_get_text(text, sizeof text, file, "text"));
    assert_string_equal(text, "seven..");
    assert_true(kz_io_hdf5_get_text(text, sizeof text, file, "utf8"));
    assert_string_equal(text, "\xce\xb2");
    assert_true(is_python_text(file, "text") && is_python_text(file, "utf8"));
}

static void exact_arrays(void **state)
{
    hid_t file = *(hid_t *)*state;
    const hsize_t size[2] = {2, 3};
    const double values[6] = {1, -2, 0.1, INFINITY, 5, 6};
    const kz_io_hdf5_array array = {H5T_NATIVE_DOUBLE, 2, size, values};
    double back[6] = {0};
    hsize_t found[2];
    assert_true(kz_io_hdf5_put_array(file, "array", &array) >= 0);
    assert_true(kz_io_hdf5_get_size(found, file, "array", 2) && found[0] == 2 && found[1] == 3);
    assert_true(kz_io_hdf5_get_array(back, file, "array", 2, size));
    assert_memory_equal(back, values, sizeof back);
}

enum { ROOM = 8 };

/* A text as other writers make it. */
static void put_fixed(hid_t file, const char *name, size_t size, H5T_str_t padding,
                      const char *text)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_strpad(type, padding);
    assert_true(kz_io_hdf5_put_value(file, name, type, text) >= 0);
    H5Tclose(type);
}

static void exact_texts_of_other_writers(void **state)
{
    hid_t file = *(hid_t *)*state, ascii = H5Tcopy(H5T_C_S1);
    const char *content = "any.len";
    char text[ROOM];
    H5Tset_size(ascii, H5T_VARIABLE);
    assert_true(kz_io_hdf5_put_value(file, "endless", ascii, &content) >= 0);
    H5Tclose(ascii);
    put_fixed(file, "full", 7, H5T_STR_NULLPAD, "no null");
    put_fixed(file, "padded", 12, H5T_STR_SPACEPAD, "blanks      ");
    put_fixed(file, "long", 12, H5T_STR_NULLTERM, "short\0\0\0\0\0\0");
    const char *const names[] = {"endless", "full", "padded", "long"};
    const char *const expected[] = {"any.len", "no null", "blanks", "short"};
    for (size_t i = 0; i < 4; i++) {
        assert_true(kz_io_hdf5_get_text(text, ROOM, file, names[i]));
        assert_string_equal(text, expected[i]);
    }
}

static void errors_texts(void **state)
{
    hid_t file = *(hid_t *)*state;
    char text[2 * ROOM];
    put_fixed(file, "full", ROOM, H5T_STR_NULLPAD, "no null.");
    assert_true(kz_io_hdf5_put_text(file, "long", "eight...") >= 0);
    assert_true(kz_io_hdf5_put_number(file, "number", 1) >= 0);
    const char *const names[] = {"full", "long", "number", "missing"};
    for (size_t i = 0; i < 4; i++) {
        memset(text, 'x', sizeof text);
        assert_false(kz_io_hdf5_get_text(text, ROOM, file, names[i]));
        assert_string_equal(text, "");
        assert_true(text[ROOM] == 'x');
    }
}

/* Packed arrays come back bitwise and are smaller; dimensions know their scales. */
static void exact_packed_arrays(void **state)
{
    hid_t file = *(hid_t *)*state;
    enum { ROWS = 2000, COLUMNS = 30 };
    static double values[ROWS * COLUMNS], back[ROWS * COLUMNS], axis[ROWS];
    const hsize_t size[2] = {ROWS, COLUMNS};
    const kz_io_hdf5_array array = {H5T_NATIVE_DOUBLE, 2, size, values};
    const kz_io_hdf5_array scale = {H5T_NATIVE_DOUBLE, 1, size, axis};
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        values[i] = i % 7 ? (double)i : NAN;
    assert_true(kz_io_hdf5_put_array(file, "axis", &scale) >= 0);
    assert_true(kz_io_hdf5_put_packed(file, "packed", &array) >= 0);
    assert_true(kz_io_hdf5_attach_scale(file, "packed", 0, "axis") >= 0);
    assert_false(kz_io_hdf5_attach_scale(file, "packed", 1, "missing") >= 0);
    assert_true(kz_io_hdf5_get_array(back, file, "packed", 2, size));
    assert_memory_equal(back, values, sizeof back);
    hid_t set = H5Dopen2(file, "packed", H5P_DEFAULT), along = H5Dopen2(file, "axis", H5P_DEFAULT);
    assert_true(H5Dget_storage_size(set) < sizeof values / 2);
    assert_true(H5DSis_attached(set, along, 0) > 0);
    assert_false(H5DSis_attached(set, along, 1) > 0);
    H5Dclose(set);
    H5Dclose(along);
}

static void errors_arrays(void **state)
{
    hid_t file = *(hid_t *)*state;
    const hsize_t size[3] = {2, 3, 1}, other[2] = {3, 2};
    const double values[6] = {0};
    const kz_io_hdf5_array array = {H5T_NATIVE_DOUBLE, 2, size, values};
    double back[6];
    hsize_t found[3] = {7, 7, 7};
    assert_true(kz_io_hdf5_put_array(file, "array", &array) >= 0);
    assert_false(kz_io_hdf5_get_size(found, file, "array", 3));
    assert_true(found[0] == 0 && found[1] == 0 && found[2] == 0);
    assert_false(kz_io_hdf5_get_array(back, file, "array", 1, size));
    assert_false(kz_io_hdf5_get_array(back, file, "array", 2, other));
    assert_false(kz_io_hdf5_get_array(back, file, "array", 3, size));
    assert_false(kz_io_hdf5_get_array(back, file, "missing", 2, size));
}

static herr_t fill(hid_t file, const void *number)
{
    const double *value = number;
    return kz_io_hdf5_put_number(file, "number", *value);
}

static herr_t fill_nothing(hid_t file, const void *context)
{
    (void)file;
    (void)context;
    return -1;
}

static void memory_of_the_image(void **unused)
{
    (void)unused;
    const double number = 3;
    int mark;
    void *image = NULL;
    size_t bytes = 0;
    KZ_CHECK_OK(kz_io_hdf5_image(&image, &bytes, fill, &number));
    assert_true(bytes > 8);
    assert_memory_equal(image, "\211HDF\r\n\032\n", 8);
    kz_free(image);
    image = &mark;
    KZ_CHECK_STATUS(kz_io_hdf5_image(&image, &bytes, fill_nothing, NULL), KZ_EIO);
    assert_null(image);
    image = &mark;
    kz_alloc_fail_at(1);
    kz_status status = kz_io_hdf5_image(&image, &bytes, fill, &number);
    kz_alloc_fail_at(0);
    KZ_CHECK_STATUS(status, KZ_ENOMEM);
    assert_null(image);
}

/* 2026-11-22: an attribute with many elements was read into the place of one. */
static void bug_attribute_with_many_elements(void **state)
{
    hid_t file = *(hid_t *)*state;
    const hsize_t many = 3;
    const double values[3] = {1, 2, 3};
    double room[3] = {-1, -1, -1};
    hid_t space = H5Screate_simple(1, &many, NULL);
    hid_t attribute = H5Acreate2(file, "many", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, H5T_NATIVE_DOUBLE, values) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    assert_false(kz_io_hdf5_get_value(room, file, "many", H5T_NATIVE_DOUBLE));
    for (int i = 0; i < 3; i++)
        assert_true(room[i] == -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exact_values_and_texts, open_file, close_file),
        cmocka_unit_test_setup_teardown(exact_arrays, open_file, close_file),
        cmocka_unit_test_setup_teardown(exact_texts_of_other_writers, open_file, close_file),
        cmocka_unit_test_setup_teardown(exact_packed_arrays, open_file, close_file),
        cmocka_unit_test_setup_teardown(errors_texts, open_file, close_file),
        cmocka_unit_test_setup_teardown(errors_arrays, open_file, close_file),
        cmocka_unit_test(memory_of_the_image),
        cmocka_unit_test_setup_teardown(bug_attribute_with_many_elements, open_file, close_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
