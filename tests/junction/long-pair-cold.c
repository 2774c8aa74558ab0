/* Many strings against polarised reservoirs: edges at beta = -40, far from the start at 0. */
#include "support/junction.h"

/* 2026-11-26: perfect contact was looked for from beta = mu = 0 alone, where at P >= 16 the
 * response to mu vanishes against polarised reservoirs.  The two halves are mirror images: J_E = 0,
 * mu = 0. */
static void bug_singular_start(void **unused)
{
    (void)unused;
    kz_junction_params params = junction_pair(kz_chain_xxz(16), kz_chain_xxz(16), kz_state_up(),
                                              kz_state_down(), kz_law_beta(), 0);
    kz_junction_point p = junction_solve_pair(&params, 0, 0, 1e-3);
    KZ_CHECK_CLOSE(p.mu_minus, 0, p.mu_minus_err);
    KZ_CHECK_CLOSE(p.energy_current, 0, p.err);
    KZ_CHECK_CLOSE(p.energy_left, p.energy_right, 2 * p.err);
    KZ_CHECK_CLOSE(p.magnetization_left, -p.magnetization_right, 2 * p.err);
    assert_true(p.spin_current > 0.01 && p.beta_minus < -5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bug_singular_start)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
