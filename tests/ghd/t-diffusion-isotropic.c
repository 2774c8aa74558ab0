/* Spin diffusion at Delta = 1 and -1 in a field. */
#include "diffusion-hot.h"

static void exact_hot(void **unused)
{
    (void)unused;
    check_hot(-4, 1e-4);
}

static void property_err(void **unused)
{
    (void)unused;
    check_err(1, 3);
}

/* So weak a field that the chains beside it would take too many strings. */
static void edge_weak_field(void **unused)
{
    (void)unused;
    kz_state state = kz_state_thermal(0.5, 0.02);
    kz_spin_diffusion d = {0};
    KZ_CHECK_STATUS(kz_spin_diffusion_compute(&d, kz_chain_axial(1), &state, 1e-3), KZ_ETOL);
    KZ_CHECK_NAN(d.onsager);
    KZ_CHECK_NAN(d.diffusion);
    assert_true(d.err == INFINITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_hot),
        cmocka_unit_test(property_err),
        cmocka_unit_test(edge_weak_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
