/* Noise through the junction of a bipartition, Delta = 1 and -1. */
#include <kapitza/thermo.h>

#include "core/memory.h"
#include "ghd/support.h"
#include "support/interpolate.h"

static const double pi = 3.14159265358979323846;

/* Equal halves as thermo, whose sums take another quadrature and more rows; flipped
 * spins, where the magnetization jumps; the wall; the ceiling. */
static void exact_equilibrium(void **unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++) {
        kz_chain chain = kz_chain_axial(i ? -1 : 1);
        kz_state state = kz_state_thermal(i ? -0.7 : 1.1, i ? 1.2 : 0);
        kz_noise noise = noise_of(chain, state, state, 1e-4);
        kz_thermo t;
        KZ_CHECK_OK(kz_thermo_compute(&t, chain, &state, 1e-8));
        KZ_CHECK_CLOSE(noise.energy, t.energy_noise, noise.err + t.err);
        KZ_CHECK_CLOSE(noise.spin, t.spin_noise, noise.err + t.err);
        KZ_CHECK_CLOSE(noise.energy, t.energy_noise, 1e-11);
        if (i == 0) continue;
        kz_noise jump = noise_of(chain, state, kz_state_thermal(-0.7, -1.2), 1e-3);
        KZ_CHECK_CLOSE(jump.energy, t.energy_noise, jump.err + t.err);
        assert_true(isnan(jump.spin) && noise.spin > 0.01);
    }
    kz_noise wall = noise_of(kz_chain_axial(1), kz_state_up(), kz_state_down(), 1e-10);
    KZ_CHECK_CLOSE(wall.energy, 0, wall.err);
    KZ_CHECK_CLOSE(wall.spin, 0, wall.err);
    kz_state hot = kz_state_thermal(0.5, 2);
    assert_true(isnan(noise_of(kz_chain_axial(1), kz_state_ceiling(), hot, 1e-2).spin));
}

/* As with a gap (t-noise): half filling, where the strings beyond the rows have all of the spin. */
static void exact_half_filling(void **unused)
{
    (void)unused;
    const double mu = 1e-3;
    kz_chain chain = kz_chain_axial(-1);
    kz_noise noise = noise_of(chain, kz_state_thermal(0.4, 0), kz_state_thermal(-1.6, 0), 1e-5);
    kz_state left = kz_state_thermal(0.4, mu), right = kz_state_thermal(-1.6, mu);
    kz_ray ray = ray_of(chain, left, right, 0, 1e-8);
    KZ_CHECK_CLOSE(noise.spin, fabs(ray.spin_current) / mu, noise.err + 20 * mu * mu);
    assert_true(noise.spin > 0.01);
}

/* Out of equilibrium seven fractions lead to Delta = 1 from below, the spin's noise up to e^{-|mu|
 * P}; no string begins to cross on the way. */
static void check_from_below(kz_state left, kz_state right)
{
    enum { NODES = 7 };
    const int P[NODES] = {8, 9, 10, 12, 14, 18, 24};
    double delta[NODES], energy = 0, spin = 0;
    for (int i = 0; i < NODES; i++)
        delta[i] = cos(pi / P[i]);
    for (int i = 0; i < NODES; i++) {
        kz_noise noise = noise_of(kz_chain_xxz(P[i]), left, right, 1e-11);
        energy += kz_test_weight(delta, NODES, i, 1) * noise.energy;
        spin += kz_test_weight(delta, NODES, i, 1) * noise.spin;
    }
    kz_noise noise = noise_of(kz_chain_axial(1), left, right, 1e-4);
    KZ_CHECK_CLOSE(noise.energy, energy, 1e-11);
    KZ_CHECK_CLOSE(noise.spin, spin, 1e-7);
}

/* Beside a ground state the strings beyond the rows are all in the other one. */
static void exact_from_below(void **unused)
{
    (void)unused;
    check_from_below(kz_state_thermal(0.3, 2), kz_state_thermal(0.8, 2));
    check_from_below(kz_state_ground(0), kz_state_thermal(0.8, 2));
}

static void memory_allocations_can_fail(void **unused)
{
    (void)unused;
    kz_options options = kz_options_default();
    kz_bipartition *b;
    kz_state left = kz_state_thermal(0.5, 1), right = kz_state_thermal(1, 2);
    KZ_CHECK_OK(kz_bipartition_create(&b, kz_chain_axial(1), &left, &right, &options));
    unsigned long k = 1;
    for (;; k += 1 + k / 2) {
        kz_noise noise = {-1, -1, -1};
        kz_alloc_fail_at(k);
        kz_status status = kz_bipartition_noise(&noise, b, 1e-2);
        kz_alloc_fail_at(0);
        if (status == KZ_OK) break;
        KZ_CHECK_STATUS(status, KZ_ENOMEM);
        assert_true(noise.energy == -1 && noise.spin == -1 && noise.err == -1 && k < 1000);
    }
    assert_true(k > 40);
    kz_bipartition_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_equilibrium),
        cmocka_unit_test(exact_half_filling),
        cmocka_unit_test(exact_from_below),
        cmocka_unit_test(memory_allocations_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
