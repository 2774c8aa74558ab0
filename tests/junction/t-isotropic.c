/* Junctions with halves of Delta = 1 and -1.  docs/delta.md. */
#include <kapitza/thermo.h>

#include "support/edge.h"
#include "support/interpolate.h"
#include "support/junction.h"

static void exact_response(void **unused)
{
    (void)unused;
    kz_check_edge_response(kz_chain_axial(-1), kz_state_thermal(0.9, 0), kz_state_ceiling());
}

/* Beside its own kind a thermal state emits half the noise that passes any point of it, to which
 * the chains on both sides of Delta = 1 tell its value.  There every string beyond the rows goes
 * both ways, and the error of the response is that. */
static void exact_equilibrium(void **unused)
{
    (void)unused;
    enum { NODES = KZ_TEST_NEAR_ISOTROPY };
    kz_chain chain[NODES];
    kz_state state = kz_state_thermal(0.7, 0);
    double delta[NODES], noise = 0;
    kz_test_near_isotropy(chain, delta);
    for (int k = 0; k < NODES; k++) {
        kz_thermo thermo;
        KZ_CHECK_OK(kz_thermo_compute(&thermo, chain[k], &state, 1e-12));
        noise += kz_test_weight(delta, NODES, k, 1) * thermo.energy_noise;
    }
    kz_edge edge = kz_test_edge(kz_chain_axial(1), state, state, KZ_LEFT, 1, 1e-11);
    KZ_CHECK_CLOSE(edge.ray.energy_current, 0, edge.current_err[0]);
    assert_true(edge.response_err[0][0] < 1e-6);
    KZ_CHECK_CLOSE(edge.response[0][0], 0.5 * noise, edge.response_err[0][0]);
}

/* Of spin too; which of beta and -mu answers to the other has its sign turned at Delta = -1. */
static void exact_response_of_spin(void **unused)
{
    (void)unused;
    kz_state thermal = kz_state_thermal(-0.8, 0.7);
    kz_check_edge_responses(kz_chain_axial(-1), thermal, kz_state_ceiling(), KZ_RIGHT, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_response),
        cmocka_unit_test(exact_equilibrium),
        cmocka_unit_test(exact_response_of_spin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
