/* Recorded failures and checked allocation. */
#include "support/check.h"

#include <pthread.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

static const kz_status all[] = {
#define KZ_CODE(code, text) code,
    KZ_STATUS_LIST(KZ_CODE)
#undef KZ_CODE
};
enum { STATUSES = sizeof all / sizeof *all };

static void exact_texts_are_distinct(void **unused)
{
    (void)unused;
    assert_int_equal(KZ_OK, 0);
    for (int i = 0; i < STATUSES; i++) {
        assert_int_equal(all[i], i); /* consecutive: usable as an index */
        assert_true(strlen(kz_status_text(all[i])) > 0);
        for (int k = 0; k < i; k++)
            assert_string_not_equal(kz_status_text(all[i]), kz_status_text(all[k]));
    }
    assert_string_equal(kz_status_text((kz_status)STATUSES), "unknown status");
    assert_string_equal(kz_status_text((kz_status)-1), "unknown status");
}

static void exact_message(void **unused)
{
    (void)unused;
    KZ_CHECK_STATUS(kz_error_set(KZ_EIO, "a/b/some.c", 17, "read %d of %s", 3, "x"), KZ_EIO);
    assert_string_equal(kz_error_message(), "some.c:17: read 3 of x");
    assert_string_equal(kz_error_reason(), "read 3 of x");
    KZ_CHECK_STATUS(kz_error_set(KZ_ETOL, "plain.c", 2, "50%%"), KZ_ETOL);
    assert_string_equal(kz_error_message(), "plain.c:2: 50%");
    int line = __LINE__ + 1;
    KZ_CHECK_STATUS(KZ_FAIL(KZ_ESING, "here"), KZ_ESING);
    char expected[64];
    snprintf(expected, sizeof expected, "t-error-memory.c:%d: here", line);
    assert_string_equal(kz_error_message(), expected);
}

static kz_status try_twice(kz_status first, kz_status second, int *reached)
{
    *reached = 0;
    KZ_TRY(first);
    *reached = 1;
    KZ_TRY(second);
    *reached = 2;
    return KZ_OK;
}

static void exact_try(void **unused)
{
    (void)unused;
    int reached;
    KZ_CHECK_OK(try_twice(KZ_OK, KZ_OK, &reached));
    assert_int_equal(reached, 2);
    KZ_CHECK_STATUS(KZ_FAIL(KZ_EIO, "kept"), KZ_EIO);
    KZ_CHECK_STATUS(try_twice(KZ_ETOL, KZ_EIO, &reached), KZ_ETOL);
    assert_int_equal(reached, 0);
    KZ_CHECK_STATUS(try_twice(KZ_OK, KZ_EIO, &reached), KZ_EIO);
    assert_int_equal(reached, 1);
    assert_string_equal(kz_error_reason(), "kept");
}

static void edge_long_message_is_cut(void **unused)
{
    (void)unused;
    static char text[5000], name[5000];
    memset(text, 'x', sizeof text - 1);
    memset(name, 'n', sizeof name - 1);
    KZ_CHECK_STATUS(KZ_FAIL(KZ_EIO, "%s", text), KZ_EIO);
    size_t length = strlen(kz_error_message());
    assert_true(length > 200 && length < sizeof text);
    assert_true(strlen(kz_error_reason()) < length);
    assert_int_equal(kz_error_reason()[0], 'x');
    /* even a name that fills the buffer leaves terminated strings behind */
    KZ_CHECK_STATUS(kz_error_set(KZ_EIO, name, 1, "%s", text), KZ_EIO);
    assert_true(strlen(kz_error_message()) < sizeof name);
    assert_true(strlen(kz_error_reason()) < sizeof name);
}

static void *fail_elsewhere(void *context)
{
    char *seen = context;
    seen[0] = kz_error_message()[0]; /* empty before any failure of this thread */
    seen[1] = kz_error_reason()[0];
    seen[2] = KZ_FAIL(KZ_EIO, "other thread") == KZ_EIO;
    return NULL;
}

static void property_message_belongs_to_its_thread(void **unused)
{
    (void)unused;
    char seen[3] = "???";
    pthread_t thread;
    KZ_CHECK_STATUS(KZ_FAIL(KZ_EINVAL, "this thread"), KZ_EINVAL);
    assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, seen), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(seen[0], '\0');
    assert_int_equal(seen[1], '\0');
    assert_int_equal(seen[2], 1);
    assert_string_equal(kz_error_reason(), "this thread");
}

static void exact_first_failure_is_that_of_the_lowest_index(void **unused)
{
    (void)unused;
    kz_first_failure first = {0};
    KZ_CHECK_OK(KZ_FAIL_FIRST(&first));
    static const struct {
        size_t index;
        kz_status status;
        const char *reason;
    } order[] = {{7, KZ_EIO, "seven, the longest of the texts"},
                 {9, KZ_ESING, "nine"},
                 {3, KZ_ETOL, "three"},
                 {5, KZ_EINVAL, "five"}};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        KZ_CHECK_STATUS(KZ_FAIL(order[i].status, "%s", order[i].reason), order[i].status);
        kz_first_failure_note(&first, order[i].index, order[i].status);
    }
    KZ_CHECK_STATUS(KZ_FAIL(KZ_ENOMEM, "a later one"), KZ_ENOMEM);
    KZ_CHECK_STATUS(KZ_FAIL_FIRST(&first), KZ_ETOL);
    assert_string_equal(kz_error_reason(), "three");
    assert_int_equal(first.index, 3);
}

static void property_allocations_are_aligned_and_zero(void **unused)
{
    (void)unused;
    uint64_t seed = 42;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 200; i++) {
        size_t count = (size_t)kz_check_uniform(&seed, 0, 3000);
        size_t size = (size_t)kz_check_uniform(&seed, 1, 20);
        void *memory;
        KZ_CHECK_OK(kz_alloc(&memory, count, size));
        assert_non_null(memory); /* count = 0 included */
        assert_int_equal((uintptr_t)memory % 64, 0);
        unsigned char *byte = memory;
        for (size_t k = 0; k < count * size; k++)
            assert_int_equal(byte[k], 0);
        memset(memory, 0xa5, count * size); /* the next one may reuse it and must be zero again */
        kz_free(memory);
    }
    double *numbers;
    KZ_CHECK_OK(kz_alloc_doubles(&numbers, 3));
    assert_true(numbers[0] == 0 && numbers[1] == 0 && numbers[2] == 0);
    kz_free(numbers);
    KZ_CHECK_OK(kz_alloc_scratch(&numbers, 3));
    assert_int_equal((uintptr_t)numbers % 64, 0);
    kz_free(numbers);
    kz_free(NULL);
}

static void errors_impossible_sizes(void **unused)
{
    (void)unused;
    const size_t size[][2] = {{SIZE_MAX, 1},
                              {SIZE_MAX, SIZE_MAX},
                              {SIZE_MAX / 8, 16},
                              {SIZE_MAX / 8 + 1, 8},
                              {2, SIZE_MAX}};
    for (size_t i = 0; i < 5; i++) {
        int mark;
        void *memory = &mark;
        KZ_CHECK_STATUS(kz_alloc(&memory, size[i][0], size[i][1]), KZ_ENOMEM);
        assert_null(memory);
        assert_true(strlen(kz_error_reason()) > 0);
    }
    double mark, *numbers = &mark;
    KZ_CHECK_STATUS(kz_alloc_doubles(&numbers, SIZE_MAX / 8), KZ_ENOMEM);
    assert_null(numbers);
    numbers = &mark;
    KZ_CHECK_STATUS(kz_alloc_scratch(&numbers, SIZE_MAX / 8), KZ_ENOMEM);
    assert_null(numbers);
}

static void memory_hook_fails_the_kth_only(void **unused)
{
    (void)unused;
    for (unsigned long k = 0; k <= 5; k++) {
        void *memory[5];
        kz_alloc_fail_at(k);
        assert_int_equal(kz_alloc_count(), 0);
        for (unsigned long i = 1; i <= 5; i++) {
            KZ_CHECK_STATUS(kz_alloc(&memory[i - 1], 7, 3), i == k ? KZ_ENOMEM : KZ_OK);
            assert_true((memory[i - 1] == NULL) == (i == k));
            assert_int_equal(kz_alloc_count(), i);
        }
        kz_alloc_fail_at(0);
        for (int i = 0; i < 5; i++)
            kz_free(memory[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_texts_are_distinct),
        cmocka_unit_test(exact_message),
        cmocka_unit_test(exact_try),
        cmocka_unit_test(edge_long_message_is_cut),
        cmocka_unit_test(exact_first_failure_is_that_of_the_lowest_index),
        cmocka_unit_test(property_message_belongs_to_its_thread),
        cmocka_unit_test(property_allocations_are_aligned_and_zero),
        cmocka_unit_test(errors_impossible_sizes),
        cmocka_unit_test(memory_hook_fails_the_kth_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
