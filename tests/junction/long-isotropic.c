/* Junctions with halves of Delta = 1 and -1; edges beside seas. */
#include "support/edge.h"
#include "support/interpolate.h"
#include "support/junction.h"

/* A ground state in a field fills the strings beyond, and then the thermal state does: the panels
 * of the sea are in neither case those of the thermal state. */
static void exact_response_beside_a_sea(void **unused)
{
    (void)unused;
    kz_chain chain = kz_chain_axial(1);
    kz_edge edge = kz_check_edge_response(chain, kz_state_thermal(0.9, 0), kz_state_ground(1.9));
    assert_true(edge.ray.spin_current / edge.ray.magnetization < -0.1);
    edge = kz_check_edge_response(chain, kz_state_thermal(0.4, 3), kz_state_ground(0.6));
    assert_true(edge.ray.spin_current / edge.ray.magnetization > 0.1);
}

/* Both sides of the thermal state, signs of mu and of Delta, either state beyond the rows. */
static void exact_responses_of_energy_and_spin(void **unused)
{
    (void)unused;
    kz_chain chain = kz_chain_axial(1), turned = kz_chain_axial(-1);
    kz_edge edge = kz_check_edge_responses(chain, kz_state_thermal(0.8, -0.7), kz_state_ground(0),
                                           KZ_LEFT, 1e-9);
    assert_true(edge.ray.spin_current / edge.ray.magnetization > 0.1);
    edge =
        kz_check_edge_responses(chain, kz_state_thermal(0.8, 1.5), kz_state_down(), KZ_LEFT, 1e-9);
    assert_true(edge.ray.spin_current / edge.ray.magnetization < -0.1);
    edge = kz_check_edge_responses(turned, kz_state_thermal(-0.8, 1.5), kz_state_down(), KZ_RIGHT,
                                   1e-9);
    assert_true(edge.ray.spin_current / edge.ray.magnetization > 0.1);
}

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

/* What it does not know to the tolerance is the magnetization. */
static kz_junction_point solve_next_to_jump(const kz_junction_params *params, double R,
                                            double spin_R)
{
    kz_junction *junction = junction_create(params, 1e-7);
    kz_junction_point p;
    KZ_CHECK_STATUS(kz_junction_solve_pair(&p, junction, R, spin_R), KZ_ETOL);
    kz_junction_free(junction);
    return p;
}

/* Two charges: polynomials in Delta through five fractions and five chains with a gap. */
static void property_spin_is_analytic(void **unused)
{
    (void)unused;
    enum { NODES = KZ_TEST_NEAR_ISOTROPY };
    kz_chain chain[NODES];
    double delta[NODES];
    kz_test_near_isotropy(chain, delta);
    kz_junction_params params =
        junction_pair(kz_chain_xx(), kz_chain_axial(1), kz_state_thermal(0.6, 3.2),
                      kz_state_thermal(1.1, 3.8), kz_law_beta(), 0.3);
    kz_junction_point hit = solve_next_to_jump(&params, 2, 5), sum = {0};
    for (int k = 0; k < NODES; k++) {
        double w = kz_test_weight(delta, NODES, k, 1);
        params.right = chain[k];
        kz_junction_point p = junction_solve_pair(&params, 2, 5, 1e-8);
        sum.beta_plus += w * p.beta_plus;
        sum.mu_minus += w * p.mu_minus;
        sum.spin_current += w * p.spin_current;
        sum.energy_current += w * p.energy_current;
        sum.magnetization_right += w * p.magnetization_right;
    }
    print_message("off by %.2g %.2g %.2g %.2g %.2g, err %.2g\n", sum.beta_plus - hit.beta_plus,
                  sum.mu_minus - hit.mu_minus, sum.spin_current - hit.spin_current,
                  sum.energy_current - hit.energy_current,
                  sum.magnetization_right - hit.magnetization_right, hit.err);
    KZ_CHECK_CLOSE(sum.magnetization_right, hit.magnetization_right, hit.err);
    KZ_CHECK_CLOSE(sum.beta_plus, hit.beta_plus, 1e-6);
    KZ_CHECK_CLOSE(sum.mu_minus, hit.mu_minus, 1e-6);
    KZ_CHECK_CLOSE(sum.spin_current, hit.spin_current, 1e-8);
    KZ_CHECK_CLOSE(sum.energy_current, hit.energy_current, 1e-8);
}

/* The mirror image; -Delta, on which every beta has the other sign; and err at two tolerances. */
static void property_spin_symmetries(void **unused)
{
    (void)unused;
    const kz_chain xx = kz_chain_xx(), a = kz_chain_axial(1), b = kz_chain_axial(-1);
    const kz_state warm = kz_state_thermal(0.5, 1), ground = kz_state_ground(0);
    kz_law law = kz_law_beta();
    kz_junction_params params = junction_pair(xx, a, warm, ground, law, 0);
    kz_junction_point p = junction_solve_pair(&params, 1, 3, 1e-8);
    kz_junction_point loose = junction_solve_pair(&params, 1, 3, 1e-3);
    params = junction_pair(a, xx, ground, warm, law, 0);
    kz_junction_point mirror = junction_solve_pair(&params, 1, 3, 1e-8);
    params = junction_pair(xx, b, kz_state_thermal(-0.5, 1), kz_state_ceiling(), law, 0);
    kz_junction_point turned = junction_solve_pair(&params, 1, 3, 1e-8);
    assert_true(p.energy_current > 0.03 && p.spin_current > 0.02);
    double both = p.err + mirror.err, three = p.err + turned.err;
    KZ_CHECK_CLOSE(mirror.beta_minus, p.beta_plus, 3 * both);
    KZ_CHECK_CLOSE(mirror.mu_minus, p.mu_plus, both);
    KZ_CHECK_CLOSE(mirror.spin_current, -p.spin_current, both);
    KZ_CHECK_CLOSE(mirror.magnetization_left, p.magnetization_right, both);
    KZ_CHECK_CLOSE(turned.beta_plus, -p.beta_plus, 3 * three);
    KZ_CHECK_CLOSE(turned.mu_plus, p.mu_plus, three);
    KZ_CHECK_CLOSE(turned.energy_current, -p.energy_current, three);
    KZ_CHECK_CLOSE(turned.spin_current, p.spin_current, three);
    KZ_CHECK_CLOSE(loose.beta_plus, p.beta_plus, loose.beta_plus_err + p.beta_plus_err);
    KZ_CHECK_CLOSE(loose.mu_plus, p.mu_plus, loose.mu_plus_err + p.mu_plus_err);
    KZ_CHECK_CLOSE(loose.spin_current, p.spin_current, loose.err + p.err);
    KZ_CHECK_CLOSE(loose.magnetization_right, p.magnetization_right, loose.err + p.err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_response_beside_a_sea),
        cmocka_unit_test(exact_responses_of_energy_and_spin),
        cmocka_unit_test(property_symmetries),
        cmocka_unit_test(property_spin_is_analytic),
        cmocka_unit_test(property_spin_symmetries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
