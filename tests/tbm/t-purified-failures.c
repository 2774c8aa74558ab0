/* Thermal states of finite chains that are not made: cancelled, misuse, no memory. */
#include "core/memory.h"
#include "tests/tbm/support.h"

/* What progress was told last, and when it cancels. */
typedef struct {
    size_t calls, done, total, last_call;
} listener;

static int listen_to(void *context, size_t done, size_t total)
{
    listener *l = context;
    assert_true(done > l->done && done <= total);
    assert_true(l->calls == 0 || total == l->total);
    l->done = done;
    l->total = total;
    return ++l->calls == l->last_call;
}

/* In the layers, in both directions of the sweep, at the very end. */
static void progress_may_cancel(void **state)
{
    (void)state;
    const double beta[4] = {1, 1, -1, 1}, mu[5] = {0, 0, 0.3}, delta[4] = {0, 0.5, 0.5, 0.5};
    kz_mps_thermal_params params = kz_mps_thermal_params_default();
    kz_mps *mps;
    listener whole = {.last_call = SIZE_MAX};
    params.progress = listen_to;
    params.progress_context = &whole;
    KZ_CHECK_OK(kz_mps_create_thermal(&mps, 5, beta, mu, delta, &params));
    kz_mps_free(mps);
    assert_true(whole.done == whole.total && whole.calls > 20);
    for (size_t last = 1; last <= whole.calls; last++) {
        listener one = {.last_call = last};
        params.progress_context = &one;
        KZ_CHECK_STATUS(kz_mps_create_thermal(&mps, 5, beta, mu, delta, &params), KZ_ECANCELLED);
        assert_null(mps);
        assert_int_equal(one.calls, last);
    }
}

static void misuse_is_refused(void **state)
{
    (void)state;
    double beta[3] = {1, 1, 1}, mu[4] = {0}, delta[3] = {0};
    kz_mps_thermal_params good = kz_mps_thermal_params_default(), bad[4] = {good, good, good, good};
    kz_mps *mps = (kz_mps *)1;
    bad[0].chi = 0;
    bad[1].step = 0.0;
    bad[2].cutoff = -1.0;
    bad[3].step = NAN;
    for (int k = 0; k < 4; k++)
        KZ_CHECK_STATUS(kz_mps_create_thermal(&mps, 4, beta, mu, delta, &bad[k]), KZ_EINVAL);
    assert_null(mps);
    KZ_CHECK_STATUS(kz_mps_create_thermal(&mps, 3, beta, mu, delta, &good), KZ_EINVAL);
    beta[2] = INFINITY;
    KZ_CHECK_STATUS(kz_mps_create_thermal(&mps, 4, beta, mu, delta, &good), KZ_EINVAL);
    beta[2] = 1.0;
    mu[3] = NAN;
    KZ_CHECK_STATUS(kz_mps_create_thermal(&mps, 4, beta, mu, delta, &good), KZ_EINVAL);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    const double beta[4] = {1, 1, -1, 1}, mu[5] = {0, 0, 0.3}, delta[4] = {0, 0.5, 0.5, 0.5};
    kz_mps_thermal_params params = kz_mps_thermal_params_default();
    kz_status status = KZ_ENOMEM;
    params.step = 0.5;
    for (unsigned long k = 1; status != KZ_OK; k++) {
        kz_mps *mps;
        kz_alloc_fail_at(k);
        status = kz_mps_create_thermal(&mps, 5, beta, mu, delta, &params);
        kz_alloc_fail_at(0);
        if (status != KZ_OK) KZ_CHECK_STATUS(status, KZ_ENOMEM);
        assert_true((mps != NULL) == (status == KZ_OK));
        kz_mps_free(mps);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(progress_may_cancel),
        cmocka_unit_test(misuse_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("purified-failures", tests, NULL, NULL);
}
