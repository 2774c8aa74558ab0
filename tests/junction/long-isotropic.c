/* Junctions with halves of Delta = 1 and -1: symmetries at perfect contact. */
#include "support/junction.h"

static kz_junction_point solve(kz_chain left, kz_chain right, kz_state a, kz_state b)
{
    kz_junction_params params = junction_energy(left, right, a, b);
    kz_junction *junction = junction_create(&params, 1e-8);
    kz_junction_point p = {0};
    KZ_CHECK_OK(kz_junction_solve(&p, junction, 0));
    kz_junction_free(junction);
    return p;
}

/* The mirror image, and the chains with -Delta, on which every beta has the other sign. */
static void property_symmetries(void **unused)
{
    (void)unused;
    const kz_chain a = kz_chain_axial(1), b = kz_chain_axial(-1);
    kz_junction_point p = solve(a, b, kz_state_thermal(0.5, 0), kz_state_ground(0));
    kz_junction_point mirror = solve(b, a, kz_state_ground(0), kz_state_thermal(0.5, 0));
    kz_junction_point turned = solve(b, a, kz_state_thermal(-0.5, 0), kz_state_ceiling());
    assert_true(p.energy_current > 0.03 && p.err < 1e-8);
    KZ_CHECK_CLOSE(mirror.energy_current, -p.energy_current, p.err + mirror.err);
    KZ_CHECK_CLOSE(mirror.beta_plus, p.beta_minus, p.err + mirror.err);
    KZ_CHECK_CLOSE(mirror.energy_left, p.energy_right, p.err + mirror.err);
    KZ_CHECK_CLOSE(turned.energy_current, -p.energy_current, p.err + turned.err);
    KZ_CHECK_CLOSE(turned.beta_minus, -p.beta_minus, p.err + turned.err);
    KZ_CHECK_CLOSE(turned.energy_right, -p.energy_right, p.err + turned.err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(property_symmetries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
