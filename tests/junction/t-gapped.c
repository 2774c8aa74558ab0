/* Junctions with halves of |Delta| > 1, energy alone.  docs/delta.md. */
#include "ghd/level/level.h"
#include "support/edge.h"
#include "support/interpolate.h"
#include "support/junction.h"

/* Response of the energy current, whose sum goes on beyond the rows where the thermal state fills
 * the long strings: central differences of currents good to 1e-13, h^2/6 f''' and 1e-13/h. */
static void exact_response(void **unused)
{
    (void)unused;
    const double delta[] = {1.5, 1.1, -2, 3, -1.2};
    const kz_state reservoir[] = {kz_state_ground(0), kz_state_ceiling(), kz_state_thermal(1.3, 0),
                                  kz_state_thermal(-0.8, 0)};
    const double beta[] = {-1.1, -0.4, 0, 0.3, 0.9, 1.6}, step = 1e-4;
    for (int i = 0; i < 40; i++) {
        kz_chain chain = kz_chain_axial(delta[i % 5]);
        kz_state r = reservoir[i % 4];
        int side = i / 20 ? KZ_LEFT : KZ_RIGHT;
        double at = beta[i % 6], sign = side == KZ_LEFT ? -1 : 1;
        kz_edge here = kz_test_edge(chain, kz_state_thermal(at, 0), r, side, 1, 1e-12);
        kz_edge above = kz_test_edge(chain, kz_state_thermal(at + step, 0), r, side, 1, 1e-12);
        kz_edge below = kz_test_edge(chain, kz_state_thermal(at - step, 0), r, side, 1, 1e-12);
        double slope = (above.ray.energy_current - below.ray.energy_current) / (2 * step);
        KZ_CHECK_CLOSE(here.response[0][0], sign * slope, 1e-8 * delta[i % 5] * delta[i % 5]);
        assert_true(here.response[0][0] > 0 && here.response_err[0][0] < 1e-10);
        /* and the edge is the ray zeta = 0 */
        kz_state thermal = kz_state_thermal(at, 0);
        kz_ray ray = side == KZ_LEFT ? edge_ray(chain, thermal, r, 1e-11)
                                     : edge_ray(chain, r, thermal, 1e-11);
        KZ_CHECK_CLOSE(here.ray.energy, ray.energy, 2e-11);
        KZ_CHECK_CLOSE(here.ray.energy_current, ray.energy_current, 2e-11);
    }
}

static kz_junction_point solve_to(double tol, kz_chain left, kz_chain right, kz_state a, kz_state b,
                                  double R)
{
    kz_junction_params params = junction_energy(left, right, a, b);
    kz_junction *junction = junction_create(&params, tol);
    kz_junction_point p = junction_solve(junction, &params.law, R, tol);
    kz_junction_free(junction);
    return p;
}

static kz_junction_point solve(kz_chain left, kz_chain right, kz_state a, kz_state b, double R)
{
    return solve_to(1e-11, left, right, a, b, R);
}

/* Polynomials in Delta of the right half through five fractions and five chains with a gap. */
static void property_analytic_through_isotropy(void **unused)
{
    (void)unused;
    enum { NODES = KZ_TEST_NEAR_ISOTROPY };
    kz_chain chain[NODES];
    double delta[NODES];
    kz_test_near_isotropy(chain, delta);
    const kz_chain target[] = {kz_chain_xxz(6), kz_chain_axial(1.15), kz_chain_axial(1)};
    const kz_state left[] = {kz_state_ceiling(), kz_state_thermal(1, 0)};
    const kz_state right[] = {kz_state_ground(0), kz_state_thermal(2, 0)};
    const double R[] = {10, 0};
    for (int i = 0; i < 2; i++) {
        kz_junction_point p[NODES];
        for (int k = 0; k < NODES; k++)
            p[k] = solve(kz_chain_xx(), chain[k], left[i], right[i], R[i]);
        for (int t = 0; t < (i == 0 ? 3 : 2); t++) {
            kz_junction_point sum = {0};
            /* at Delta = 1 rounding alone is 1e-11 */
            double tol = kz_chain_delta(target[t]) == 1 ? 1e-10 : 1e-11;
            kz_junction_point hit =
                solve_to(tol, kz_chain_xx(), target[t], left[i], right[i], R[i]);
            for (int k = 0; k < NODES; k++) {
                double w = kz_test_weight(delta, NODES, k, kz_chain_delta(target[t]));
                sum.beta_minus += w * p[k].beta_minus;
                sum.beta_plus += w * p[k].beta_plus;
                sum.energy_current += w * p[k].energy_current;
                sum.energy_right += w * p[k].energy_right;
            }
            /* crossings of long strings begin in between: they carry little */
            KZ_CHECK_CLOSE(sum.beta_minus, hit.beta_minus, 1e-7);
            KZ_CHECK_CLOSE(sum.beta_plus, hit.beta_plus, 1e-7);
            KZ_CHECK_CLOSE(sum.energy_current, hit.energy_current, 3e-9);
            KZ_CHECK_CLOSE(sum.energy_right, hit.energy_right, 1e-7);
        }
    }
}

/* The mirror image, and the chains with -Delta, on which every beta has the other sign. */
static void property_symmetries(void **unused)
{
    (void)unused;
    const kz_chain a = kz_chain_axial(1.5), b = kz_chain_axial(-3);
    const kz_chain turned_a = kz_chain_axial(-1.5), turned_b = kz_chain_axial(3);
    for (double R = 0; R < 200; R = 10 * R + 1) {
        kz_junction_point p = solve(a, b, kz_state_thermal(-0.3, 0), kz_state_thermal(0.8, 0), R);
        kz_junction_point mirror =
            solve(b, a, kz_state_thermal(0.8, 0), kz_state_thermal(-0.3, 0), R);
        kz_junction_point turned =
            solve(turned_a, turned_b, kz_state_thermal(0.3, 0), kz_state_thermal(-0.8, 0), R);
        const double tol = 3e-11;
        KZ_CHECK_CLOSE(mirror.energy_current, -p.energy_current, tol);
        KZ_CHECK_CLOSE(mirror.beta_plus, p.beta_minus, tol);
        KZ_CHECK_CLOSE(mirror.energy_left, p.energy_right, tol);
        KZ_CHECK_CLOSE(turned.energy_current, -p.energy_current, tol);
        KZ_CHECK_CLOSE(turned.beta_minus, -p.beta_minus, tol);
        KZ_CHECK_CLOSE(turned.energy_right, -p.energy_right, tol);
    }
}

static kz_state random_reservoir(uint64_t *seed)
{
    double kind = kz_check_uniform(seed, 0, 4);
    if (kind < 1) return kz_state_ground(0);
    if (kind < 1.5) return kz_state_ceiling();
    return kz_state_thermal(kz_check_uniform(seed, -2, 2), 0);
}

static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    const kz_chain chain[] = {kz_chain_xx(),        kz_chain_axial(1.5), kz_chain_axial(-2),
                              kz_chain_axial(1.15), kz_chain_xxz(3),     kz_chain_axial(4)};
    const double resistance[] = {0, 0.3, 10, 1e3, INFINITY};
    uint64_t seed = 1967;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 30; i++) {
        kz_junction_params params =
            junction_energy(chain[(i + 1) % 5], chain[(i + i / 6) % 6], random_reservoir(&seed),
                            random_reservoir(&seed));
        if (i % 3 == 0) params.law = kz_law_beta();
        double R = resistance[i % 5];
        double tol = pow(10, kz_check_uniform(&seed, -9, -4));
        kz_junction *loose = junction_create(&params, tol);
        kz_junction *tight = junction_create(&params, 1e-12);
        kz_junction_point p = {0}, truth = {0};
        kz_status status = kz_junction_solve(&p, loose, R);
        if (status != KZ_ETOL) KZ_CHECK_OK(status);
        assert_true(status == KZ_ETOL || p.err <= tol);
        status = kz_junction_solve(&truth, tight, R);
        if (status != KZ_ETOL) KZ_CHECK_OK(status);
        assert_true(truth.err <= 1e-10); /* a bound of its own, not more of the same */
        double both = p.err + truth.err;
        if (p.beta_minus != truth.beta_minus)
            KZ_CHECK_CLOSE(p.beta_minus, truth.beta_minus, p.beta_minus_err + truth.beta_minus_err);
        if (p.beta_plus != truth.beta_plus)
            KZ_CHECK_CLOSE(p.beta_plus, truth.beta_plus, p.beta_plus_err + truth.beta_plus_err);
        KZ_CHECK_CLOSE(p.energy_current, truth.energy_current, both);
        KZ_CHECK_CLOSE(p.energy_left, truth.energy_left, both);
        KZ_CHECK_CLOSE(p.energy_right, truth.energy_right, both);
        kz_junction_free(loose);
        kz_junction_free(tight);
    }
}

static void errors(void **unused)
{
    (void)unused;
    kz_junction *junction;
    kz_options options = kz_options_default();
    kz_junction_params params = junction_energy(kz_chain_axial(1.00001), kz_chain_xx(),
                                                kz_state_ground(0), kz_state_thermal(1, 0));
    KZ_CHECK_STATUS(kz_junction_create(&junction, &params, &options), KZ_ETOL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_response),
        cmocka_unit_test(property_analytic_through_isotropy),
        cmocka_unit_test(property_symmetries),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
