/* States and evolutions as streams of bytes. */
#include <stdlib.h>
#include <string.h>

#include "tests/tbm/stream.h"
#include "tests/tbm/support.h"

enum { STREAM_SIZE = 1 << 20 };

/* Stopped between two layers, written, read by a new evolution and continued: bitwise the same as
 * without the stop. */
static void stored_evolution_continues_bitwise(void **state)
{
    (void)state;
    enum { L = 14 };
    double delta[L - 1];
    kz_mps *a, *b;
    kz_tebd *first, *second;
    profile one, two;
    kz_lattice_profile view = profile_view(&one), other = profile_view(&two);
    kz_tebd_params params = kz_tebd_params_default();
    memory_stream s = {calloc(STREAM_SIZE, 1), STREAM_SIZE, 0};
    params.cutoff = 1e-7;
    couplings(delta, L, 0.2, 0.9);
    KZ_CHECK_OK(kz_mps_create_domain_wall(&a, L));
    KZ_CHECK_OK(kz_tebd_create(&first, a, delta, &params));
    KZ_CHECK_OK(kz_tebd_advance(first, 0.2, 8, NULL, NULL));
    KZ_CHECK_STATUS(kz_tebd_advance(first, 0.2, 8, stop_at_third, NULL), KZ_ECANCELLED);
    assert_true(kz_tebd_in_progress(first));
    KZ_CHECK_OK(kz_mps_write(a, put, &s));
    KZ_CHECK_OK(kz_tebd_write(first, put, &s));
    KZ_CHECK_OK(kz_tebd_continue(first, NULL, NULL));
    KZ_CHECK_OK(kz_mps_measure(&view, a, delta, 1));
    s.size = s.place;
    s.place = 0;
    KZ_CHECK_OK(kz_mps_read(&b, get, &s));
    KZ_CHECK_OK(kz_tebd_create(&second, b, delta, &params));
    KZ_CHECK_OK(kz_tebd_read(second, get, &s));
    KZ_CHECK_OK(kz_tebd_continue(second, NULL, NULL));
    KZ_CHECK_OK(kz_mps_measure(&other, b, delta, 1));
    assert_true(!kz_tebd_in_progress(second));
    assert_true(profile_distance(&one, &two, L) == 0.0 && entropy_distance(&one, &two, L) == 0.0);
    assert_true(kz_tebd_time(first) == kz_tebd_time(second));
    assert_true(kz_tebd_truncation_total(first) == kz_tebd_truncation_total(second));
    kz_tebd_free(first);
    kz_tebd_free(second);
    kz_mps_free(a);
    kz_mps_free(b);
    free(s.data);
}

/* Cut off anywhere, or with bytes changed: an error or a valid state, never a crash. */
static void damaged_streams_are_refused(void **state)
{
    (void)state;
    enum { L = 8 };
    double delta[L - 1];
    uint64_t seed = 20260105;
    memory_stream s = {calloc(STREAM_SIZE, 1), STREAM_SIZE, 0};
    couplings(delta, L, 0.0, 0.5);
    kz_mps *mps = evolved_domain_wall(L, delta, 1e-6, 1.0, 1, NULL), *read;
    KZ_CHECK_OK(kz_mps_write(mps, put, &s));
    size_t size = s.place;
    for (size_t k = 0; k < size; k += 37) {
        memory_stream cut = {s.data, k, 0};
        KZ_CHECK_STATUS(kz_mps_read(&read, get, &cut), KZ_EIO);
        assert_null(read);
    }
    read_damaged(&s, size, 200, 2000, &seed);
    kz_mps_free(mps);
    free(s.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stored_evolution_continues_bitwise),
        cmocka_unit_test(damaged_streams_are_refused),
    };
    return cmocka_run_group_tests_name("stored", tests, NULL, NULL);
}
