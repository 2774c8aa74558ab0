/* States and evolutions as streams of bytes. */
#include <stdlib.h>

#include "tests/tbm/stream.h"
#include "tests/tbm/support.h"

enum { STREAM_SIZE = 1 << 20 };

static void stored_evolution_continues_bitwise(void **state)
{
    (void)state;
    enum { L = 14 };
    double delta[L - 1];
    kz_mps *mps;
    kz_tebd_params params = kz_tebd_params_default();
    params.cutoff = 1e-7;
    couplings(delta, L, 0.2, 0.9);
    KZ_CHECK_OK(kz_mps_create_domain_wall(&mps, L));
    check_goes_on_bitwise(mps, delta, &params);
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
