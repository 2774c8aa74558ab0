/* The reader of text, on a table of files as other programs and people write them. */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/file.h"
#include "io/text.h"

static char path[] = "/tmp/kapitza-text-XXXXXX";

static void write_file(const char *bytes, size_t length)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, length, stream), length);
    assert_int_equal(fclose(stream), 0);
}

/* -- files that are read: 2 columns at least, 4 at most ------------------------------------- */

#define N NAN
#define TEXT(string) string, sizeof(string) - 1

typedef struct {
    const char *what, *bytes;
    size_t length, columns, rows;
    double value[12];
    const char *name; /* of the first column */
} good_file;

static const good_file good[] = {
    {"blanks", TEXT("1 2\n3 4\n"), 2, 2, {1, 2, 3, 4}, ""},
    {"tabs", TEXT("1\t2\n3\t4\n"), 2, 2, {1, 2, 3, 4}, ""},
    {"commas", TEXT("1,2\n3,4\n"), 2, 2, {1, 2, 3, 4}, ""},
    {"commas and blanks", TEXT("1, 2\n 3 ,4 \n"), 2, 2, {1, 2, 3, 4}, ""},
    {"even columns", TEXT("  1.0     2.0\n 13.0    -4.0   \n"), 2, 2, {1, 2, 13, -4}, ""},
    {"no newline at the end", TEXT("1 2\n3 4"), 2, 2, {1, 2, 3, 4}, ""},
    {"nothing", TEXT(""), 2, 0, {0}, ""},
    {"comments and blank lines",
     TEXT("# T kappa\n\n1 2 # first\n  \t \n\t# x\n3 4#\n"),
     2,
     2,
     {1, 2, 3, 4},
     ""},
    {"CRLF", TEXT("1 2\r\n\r\n3 4\r\n"), 2, 2, {1, 2, 3, 4}, ""},
    {"CR alone", TEXT("1 2\r3 4\r"), 2, 2, {1, 2, 3, 4}, ""},
    {"byte order mark",
     TEXT("\xef\xbb\xbf"
          "1 2\n3 4\n"),
     2,
     2,
     {1, 2, 3, 4},
     ""},
    {"mark, header, CRLF", TEXT("\xef\xbb\xbfT,kappa\r\n1,2\r\n"), 2, 1, {1, 2}, "T"},
    {"header", TEXT("T kappa\n1 2\n"), 2, 1, {1, 2}, "T"},
    {"header after a comment", TEXT("# made by hand\n\nT\tkappa\n1\t2\n"), 2, 1, {1, 2}, "T"},
    {"quoted header", TEXT("\"x / t\",\"y\"\n1,2\n"), 2, 1, {1, 2}, "x / t"},
    {"Greek header", TEXT("\xce\xb2 \xce\xbc\n1 2\n"), 2, 1, {1, 2}, "\xce\xb2"},
    {"header with units", TEXT("T [K]  kappa [W/K]\n1 2\n"), 2, 1, {1, 2}, "T"},
    {"names with blanks between tabs",
     TEXT("T [K]\tkappa\t the error\n1\t\t\n"),
     3,
     1,
     {1, N, N},
     "T [K]"},
    {"Fortran", TEXT("  1.0D-03  -2.5d+2\n 0.1E1 .5D0\n"), 2, 2, {1e-3, -250, 1, 0.5}, ""},
    {"Fortran without the letter", TEXT("0.25-102 -0.5+100\n"), 2, 1, {0.25e-102, -0.5e100}, ""},
    {"expressions", TEXT("-1/pi*pi cos(0)\n(1+1) -sqrt(4)\n"), 2, 2, {-1, 1, 2, -2}, ""},
    {"quoted numbers", TEXT("\"1\",\"2\"\n"), 2, 1, {1, 2}, ""},
    {"missing words",
     TEXT(". 1\nNaN NA\n-nan n/a\n-- 2\nnull -\nNone ---\n"),
     2,
     6,
     {N, 1, N, N, N, N, N, 2, N, N, N, N},
     ""},
    {"missing between commas", TEXT("1,,3\n,2,\n,,\n"), 3, 3, {1, N, 3, N, 2, N, N, N, N}, ""},
    {"missing between tabs",
     TEXT("1\t2\t3\n4\t\t6\n\t\t7\n\t\t\n"),
     3,
     4,
     {1, 2, 3, 4, N, 6, N, N, 7, N, N, N},
     ""},
    {"tabs that only align", TEXT("T\t\tkappa\n1\t\t2\n13.25\t4\n"), 2, 2, {1, 2, 13.25, 4}, "T"},
    {"missing at the end of a tab line", TEXT("1\t2\n3\t\n"), 2, 2, {1, 2, 3, N}, ""},
    {"infinite", TEXT("inf -Infinity\n"), 2, 1, {INFINITY, -INFINITY}, ""},
    {"more columns than are asked for",
     TEXT("1 2 3 4 comment 6\n5 6 7 8\n"),
     4,
     2,
     {1, 2, 3, 4, 5, 6, 7, 8},
     ""},
};

static void check_value(double actual, double expected, const char *what)
{
    bool same = isnan(expected) ? isnan(actual) : actual == expected;
    /* 2.5e2 from "2.5d+2" and its like are exact; -1/pi*pi is rounded */
    if (!same && fabs(actual - expected) <= 1e-15 * fabs(expected)) same = true;
    if (same) return;
    print_error("%s: %.17g, not %.17g\n", what, actual, expected);
    fail();
}

static void test_good(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof good / sizeof good[0]; k++) {
        const good_file *f = &good[k];
        kz_io_columns got;
        write_file(f->bytes, f->length);
        kz_status status = kz_io_columns_read(&got, path, 2, 4);
        if (status != KZ_OK || got.count != f->rows || got.columns != f->columns) {
            print_error("%s: %s, %zu x %zu\n", f->what, kz_status_text(status), got.count,
                        got.columns);
            fail();
        }
        for (size_t i = 0; i < f->rows * f->columns; i++)
            check_value(got.value[i], f->value[i], f->what);
        if (strcmp(got.name[0], f->name) != 0) {
            print_error("%s: name \"%s\"\n", f->what, got.name[0]);
            fail();
        }
        kz_io_columns_free(&got);
    }
}

/* -- files that are refused ----------------------------------------------------------------- */

typedef struct {
    const char *what, *bytes;
    size_t length;
    const char *message;
} bad_file;

static const bad_file bad[] = {
    {"one column", TEXT("1\n2\n"), ":1: 1 columns, 2 are needed"},
    {"a row that is short", TEXT("1 2 3\n1 2\n"), ":2: 2 columns, 3 are needed"},
    {"a word", TEXT("# c\n1 2\n3 x\n"), ":3: \"x\" is not understood"},
    {"a second header", TEXT("T kappa\nK W\n1 2\n"), ":2: \"K\" is not understood"},
    {"a header below numbers", TEXT("1 2\nT kappa\n"), ":2: \"T\""},
    {"half a header", TEXT("T 1\n"), ":1: \"T\""},
    {"half an exponent", TEXT("1 2\n1e 2\n"), ":2: "},
    {"decimal commas", TEXT("1 2\n0,5 0,25\n"), ":2: \" 0\" is not understood"},
    {"semicolons", TEXT("\"T\";\"kappa\"\n1;2\n"), ":2: columns between semicolons"},
    {"semicolons and decimal commas", TEXT("0,5;0,25\n"), ":1: columns between semicolons"},
    {"no operator", TEXT("1 2pi\n"), ":1: an operator is missing before \"pi\""},
    {"columns run into each other", TEXT("0.5-0.25 1\n"), "two columns without a blank"},
    {"too large", TEXT("1e999 1\n"), "too large"},
    {"hexadecimal", TEXT("0x10 1\n"), ":1: "},
    {"stars", TEXT("1 *****\n"), ":1: "},
    {"no unit", TEXT("1K 2\n"), ":1: \"K\""},
    {"a zero byte", TEXT("1 2\n3 \0004\n"), ":2: a zero byte"},
    {"UTF-16",
     TEXT("\xff\xfe"
          "1\0 \0002\0\n\0"),
     ":1: a zero byte"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        kz_io_columns got = {.count = 7};
        write_file(bad[k].bytes, bad[k].length);
        kz_status status = kz_io_columns_read(&got, path, 2, 4);
        if (status != KZ_EINVAL || !strstr(kz_error_reason(), bad[k].message) || got.count ||
            got.value) {
            print_error("%s: %s: %s\n", bad[k].what, kz_status_text(status), kz_error_reason());
            fail();
        }
    }
    kz_io_columns none;
    KZ_CHECK_STATUS(kz_io_columns_read(&none, "/nowhere/x", 2, 2), KZ_EIO);
    KZ_CHECK_STATUS(kz_io_columns_read(&none, "/tmp", 2, 2), KZ_EIO);
}

/* -- limits --------------------------------------------------------------------------------- */

static void write_repeated(const char *text, size_t length, size_t count)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(fwrite(text, 1, length, stream), length);
    assert_int_equal(fclose(stream), 0);
}

static void test_limits(void **state)
{
    (void)state;
    kz_io_columns got;
    KZ_CHECK_STATUS(kz_io_columns_read(&got, "/dev/zero", 2, 2), KZ_EINVAL);
    assert_non_null(strstr(kz_error_reason(), "no end of line in 16777216 bytes"));
    write_repeated("1", 1, 70000);
    KZ_CHECK_STATUS(kz_io_columns_read(&got, path, 2, 2), KZ_EINVAL);
    assert_non_null(strstr(kz_error_reason(), ":1: longer than 65535 bytes"));
    /* as long as may be: 65534 bytes of blanks and a digit, another column and the newline */
    write_repeated(" ", 1, 65531);
    FILE *stream = fopen(path, "ab");
    assert_non_null(stream);
    fputs("1 2\n3 4\n", stream);
    assert_int_equal(fclose(stream), 0);
    KZ_CHECK_STATUS(kz_io_columns_read(&got, path, 2, 2), KZ_OK);
    assert_int_equal(got.count, 2);
    assert_true(got.value[3] == 4.0);
    kz_io_columns_free(&got);
    write_repeated("#\n", 2, KZ_IO_TEXT_LINES + 1);
    KZ_CHECK_STATUS(kz_io_columns_read(&got, path, 2, 2), KZ_EINVAL);
    assert_non_null(strstr(kz_error_reason(), "more than 1000000 lines"));
}

/* Every way a pipe may cut a text gives the same lines; none waits for the next. */
static void test_stream(void **state)
{
    (void)state;
    static const char text[] = "\xef\xbb\xbf"
                               "up\r\n\r\ndown # x\rup\nlast";
    static const char *const words[] = {"up", "", "down", "up", "last"};
    for (size_t cut = 0; cut < sizeof text; cut++) {
        int ends[2];
        size_t written = 0, lines = 0;
        bool more = true;
        kz_io_text *reader;
        kz_io_text_line line;
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], text, cut), cut);
        char place[32];
        (void)snprintf(place, sizeof place, "/dev/fd/%d", ends[0]);
        KZ_CHECK_STATUS(kz_io_text_open(&reader, place), KZ_OK);
        while (more) {
            if (!kz_io_text_ready(reader) && written == 0) {
                written = sizeof text - 1 - cut;
                assert_int_equal(write(ends[1], text + cut, written), written);
                (void)close(ends[1]);
                written++;
            }
            KZ_CHECK_STATUS(kz_io_text_next(&line, &more, reader), KZ_OK);
            if (!more) break;
            assert_true(lines < 5);
            assert_int_equal(line.count, *words[lines] ? 1 : 0);
            if (line.count) assert_string_equal(line.word[0], words[lines]);
            assert_int_equal(line.number, ++lines);
        }
        assert_int_equal(lines, 5);
        kz_io_text_close(reader);
        (void)close(ends[0]);
    }
}

/* Random bytes: as many lines as an independent count finds, no field with anything in it that ends
 * one, and numbers that are numbers or nan. */
static void test_random(void **state)
{
    (void)state;
    static const char alphabet[] = "1.5,\t \n\r#x\"'-eD+(\xef\xbb\xbf";
    uint64_t seed = 20261126;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int k = 0; k < 3000; k++) {
        char text[80];
        size_t length = (size_t)kz_check_uniform(&seed, 0, sizeof text), expected = 0, lines = 0;
        for (size_t i = 0; i < length; i++) /* the zero byte too */
            text[i] = alphabet[(size_t)kz_check_uniform(&seed, 0, sizeof alphabet)];
        for (size_t i = 0; i < length; i++)
            expected += text[i] == '\r' || (text[i] == '\n' && !(i > 0 && text[i - 1] == '\r'));
        expected += length > 0 && text[length - 1] != '\n' && text[length - 1] != '\r';
        write_file(text, length);
        kz_io_text *reader;
        kz_io_text_line line;
        KZ_CHECK_STATUS(kz_io_text_open(&reader, path), KZ_OK);
        for (bool more = true; more;) {
            KZ_CHECK_STATUS(kz_io_text_next(&line, &more, reader), KZ_OK);
            lines += more;
            for (size_t i = 0; more && i < line.count && i < KZ_IO_TEXT_FIELDS; i++) {
                kz_io_reason reason;
                double value = 0.0;
                assert_int_equal(strcspn(line.word[i], "\n\r#,"), strlen(line.word[i]));
                if (!kz_io_text_number(&value, line.word[i], &reason))
                    assert_true(strlen(reason.text) > 0 && value == 0.0);
            }
        }
        kz_io_text_close(reader);
        assert_int_equal(lines, expected);
    }
}

/* -- functions in two columns ---------------------------------------------------------------- */

static void test_pairs(void **state)
{
    (void)state;
    kz_io_pairs pairs;
    static const char text[] = "T,kappa,err\n3,30,x\n1,10,\n2,,\n2,20,0.1\n1,11,\n";
    write_file(text, sizeof text - 1);
    KZ_CHECK_STATUS(kz_io_pairs_read(&pairs, path), KZ_OK);
    static const double x[] = {1, 1, 2, 3}, y[] = {10, 11, 20, 30};
    static const size_t line[] = {3, 6, 5, 2};
    assert_int_equal(pairs.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_true(pairs.x[i] == x[i] && pairs.y[i] == y[i]);
        assert_int_equal(pairs.line[i], line[i]);
    }
    kz_io_pairs_free(&pairs);
    write_file(TEXT("1 inf\n"));
    KZ_CHECK_STATUS(kz_io_pairs_read(&pairs, path), KZ_EINVAL);
    assert_null(pairs.x);
}

/* The k-th allocation fails, for all k. */
static void test_memory(void **state)
{
    (void)state;
    kz_io_pairs pairs;
    write_file(TEXT("1 2\n3 4\n"));
    for (unsigned long k = 1;; k++) {
        kz_alloc_fail_at(k);
        kz_status status = kz_io_pairs_read(&pairs, path);
        bool reached = kz_alloc_count() >= k;
        kz_alloc_fail_at(0);
        KZ_CHECK_STATUS(status, reached ? KZ_ENOMEM : KZ_OK);
        kz_io_pairs_free(&pairs);
        if (!reached) return;
        assert_true(k < 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),   cmocka_unit_test(test_bad),    cmocka_unit_test(test_limits),
        cmocka_unit_test(test_pairs),  cmocka_unit_test(test_memory), cmocka_unit_test(test_stream),
        cmocka_unit_test(test_random),
    };
    int descriptor = mkstemp(path);
    if (descriptor < 0) return 99;
    (void)close(descriptor);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return failed;
}
