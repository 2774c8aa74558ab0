/* Divided chains (threads here): what one process cannot do, all give up with its reason. */
#include "core/memory.h"
#include "tests/tbm/divided.h"

/* -- failures ------------------------------------------------------------------------------------
 */

/* One Schmidt value cannot hold an entangled state: some process fails, the first says why. */
static void lead_too_small(kz_team *team, void *context)
{
    enum { L = 12 };
    double delta[L - 1], lambda[L - 1];
    const kz_dmrg_params params = kz_dmrg_params_default();
    const chain_case c = spins(L, 1);
    kz_mps *mps;
    (void)context;
    couplings(delta, L, 0.0, 0.5);
    quench_scale(lambda, L);
    KZ_CHECK_OK(kz_dmrg_ground_state(&mps, NULL, lambda, delta, L, L / 2, &params));
    kz_tebd *tebd = make_evolution(mps, &c);
    KZ_CHECK_OK(kz_divided_begin(tebd, team, NULL, NULL));
    KZ_CHECK_STATUS(kz_tebd_advance(tebd, 0.2, 4, NULL, NULL), KZ_ETOL);
    assert_non_null(strstr(kz_error_reason(), "a bond dimension of 1 is too small"));
    assert_true(!kz_tebd_in_progress(tebd));
    memory_stream s = {NULL, 0, 0};
    KZ_CHECK_STATUS(kz_mps_write(mps, put, &s), KZ_ETOL); /* of no use any more */
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

static void a_failure_is_that_of_all(void **state)
{
    (void)state;
    check_team_run(2, lead_too_small, NULL);
    check_team_run(4, lead_too_small, NULL);
}

static void lead_refused(kz_team *team, void *context)
{
    const chain_case c = spins(8, 20);
    kz_mps *a = make_state(&c), *b = make_state(&c), *copy;
    kz_tebd *first = make_evolution(a, &c), *second = make_evolution(b, &c);
    double norm;
    (void)context;
    KZ_CHECK_OK(kz_divided_begin(first, team, NULL, NULL));
    KZ_CHECK_STATUS(kz_divided_begin(second, team, NULL, NULL), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_mps_check(a, 1.0), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_mps_norm(&norm, a), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_mps_copy(&copy, a), KZ_EINVAL);
    assert_null(copy);
    KZ_CHECK_NAN(norm);
    KZ_CHECK_OK(kz_mps_check(b, 1.0));
    kz_tebd_free(first);
    kz_mps_free(a);
    KZ_CHECK_OK(kz_divided_begin(second, team, NULL, NULL)); /* now it is free */
    kz_tebd_free(second);
    kz_mps_free(b);
}

static void what_needs_the_whole_state_is_refused(void **state)
{
    (void)state;
    check_team_run(2, lead_refused, NULL);
}

/* A stream that ends among the sites, or whose numbers are none. */
static void lead_damaged(kz_team *team, void *context)
{
    memory_stream *s = context;
    const chain_case c = spins(8, 20);
    kz_mps *mps;
    kz_status want = s->size == s->place ? KZ_EDOMAIN : KZ_EIO;
    s->place = 0;
    KZ_CHECK_OK(kz_mps_read_bonds(&mps, get, s));
    kz_tebd *tebd = make_evolution(mps, &c);
    KZ_CHECK_STATUS(kz_divided_begin(tebd, team, get, s), want);
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

static void damaged_streams_are_refused(void **state)
{
    (void)state;
    const chain_case c = spins(8, 20);
    memory_stream s = {calloc(STREAM_SIZE, 1), STREAM_SIZE, 0};
    kz_mps *mps = make_state(&c);
    kz_tebd *tebd = make_evolution(mps, &c);
    KZ_CHECK_OK(kz_tebd_advance(tebd, c.dt, c.steps, NULL, NULL));
    KZ_CHECK_OK(kz_mps_write(mps, put, &s));
    kz_tebd_free(tebd);
    kz_mps_free(mps);
    memory_stream whole = {s.data, s.place, s.place}, cut = {s.data, s.place - 1, 0};
    check_team_run(3, lead_damaged, &cut);
    const double none = NAN;
    memcpy(s.data + s.place - 8, &none, sizeof none); /* in the last tensor */
    check_team_run(2, lead_damaged, &whole);
    free(s.data);
}

/* -- memory --------------------------------------------------------------------------------------
 */

static kz_status swallow(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    return KZ_OK;
}

static kz_status use_all(kz_tebd *tebd, kz_mps *mps, kz_team *team)
{
    static profile p;
    double delta[LONGEST];
    kz_lattice_profile view = profile_view(&p);
    fill_couplings(delta, kz_mps_length(mps));
    kz_status status = kz_divided_begin(tebd, team, NULL, NULL);
    if (status == KZ_OK) status = kz_tebd_advance(tebd, 0.2, 2, NULL, NULL);
    if (status == KZ_OK) status = kz_mps_measure(&view, mps, delta, 1);
    if (status == KZ_OK) status = kz_mps_write(mps, swallow, NULL);
    return status;
}

/* Whichever allocation fails, in whichever process: the first says so and nobody waits. */
static void lead_short_of_memory(kz_team *team, void *context)
{
    const chain_case c = spins(8, 20);
    unsigned long k = 0, count;
    (void)context;
    do {
        kz_mps *mps = make_state(&c);
        kz_tebd *tebd = make_evolution(mps, &c);
        kz_alloc_fail_at(++k);
        kz_status status = use_all(tebd, mps, team);
        count = kz_alloc_count();
        kz_alloc_fail_at(0);
        KZ_CHECK_STATUS(status, k <= count ? KZ_ENOMEM : KZ_OK);
        kz_tebd_free(tebd);
        kz_mps_free(mps);
    } while (k <= count);
    assert_true(k > 50);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    check_team_run(3, lead_short_of_memory, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_that_of_all),
        cmocka_unit_test(what_needs_the_whole_state_is_refused),
        cmocka_unit_test(damaged_streams_are_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests_name("divided-failures", tests, NULL, NULL);
}
