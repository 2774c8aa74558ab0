/* Junctions of two charges, energy and spin. */
#include <string.h>

#include "core/memory.h"
#include "junction/internal.h"
#include "support/junction.h"

static const double pi = 3.14159265358979323846;
static const double inf = (double)INFINITY;

/* -- exact ----------------------------------------------------------------------------------- */

/* Solved by two programs of their own, to ten digits (4e-10 in beta and mu, 5e-12 in the currents,
 * from panels of 12 and 18 points). */
static void exact_table(void **unused)
{
    (void)unused;
    const kz_chain xx = kz_chain_xx(), p3 = kz_chain_xxz(3), p4 = kz_chain_xxz(4);
    const kz_state up = kz_state_up(), down = kz_state_down();
    const kz_state hot = kz_state_thermal(0.5, 1), cold = kz_state_thermal(2, -0.4);
    const kz_law linear = kz_law_beta(), fourier = kz_law_fourier();
    const struct {
        kz_junction_params params;
        double R[2], x[4], current[2];
    } row[] = {
        {junction_pair(xx, p3, up, down, linear, 0),
         {0, 0},
         {-0.7210634651, 0.2598965627, -0.7210634651, 0.2598965627},
         {-0.0183583433, 0.1394226093}},
        {junction_pair(xx, p4, up, down, linear, 0),
         {0, 0},
         {-0.9547085242, 0.4880657578, -0.9547085242, 0.4880657578},
         {-0.0230136598, 0.1235860645}},
        {junction_pair(xx, p4, up, down, linear, 0),
         {10, 10},
         {-0.9573393094, 0.8945015170, -1.1620074118, -0.0685251962},
         {-0.0204668102, 0.0963026713}},
        {junction_pair(xx, p4, up, down, linear, 0.5),
         {10, 10},
         {-1.1831478039, 0.8563399427, -0.9336733654, -0.0225809834},
         {-0.0253314699, 0.1005578276}},
        {junction_pair(xx, p4, up, down, linear, 0),
         {inf, 10},
         {0, 0.9174158244, -3.4036624050, 0.0086897041},
         {0, 0.0908726120}},
        {junction_pair(p4, xx, up, down, linear, 0.5),
         {10, 10},
         {-1.3956449052, 0.0930104198, -0.7660482496, -0.9211514842},
         {0.0163354271, 0.0932484768}},
        {junction_pair(xx, p4, hot, cold, linear, 0.3),
         {10, 10},
         {1.2455199462, 0.6929671406, 1.4950282986, 0.3931870356},
         {0.0175356397, 0.0247173186}},
        {junction_pair(xx, p4, hot, cold, fourier, 0),
         {10, 10},
         {1.2078128162, 0.6754635009, 1.5176042630, 0.4196906357},
         {0.0169009552, 0.0255772865}},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        kz_junction_point p = junction_solve_pair(&row[i].params, row[i].R[0], row[i].R[1], 1e-10);
        KZ_CHECK_CLOSE(p.beta_minus, row[i].x[0], 1e-9);
        KZ_CHECK_CLOSE(p.mu_minus, row[i].x[1], 1e-9);
        KZ_CHECK_CLOSE(p.beta_plus, row[i].x[2], 1e-9);
        KZ_CHECK_CLOSE(p.mu_plus, row[i].x[3], 1e-9);
        KZ_CHECK_CLOSE(p.energy_current, row[i].current[0], 1e-10);
        KZ_CHECK_CLOSE(p.spin_current, row[i].current[1], 1e-10);
    }
}

/* The profile of the third row above, by the same programs. */
static void exact_profile(void **unused)
{
    (void)unused;
    const double zeta[2] = {0, 0.4}, tol = 1e-10;
    const kz_junction_params params = junction_pair(kz_chain_xx(), kz_chain_xxz(4), kz_state_up(),
                                                    kz_state_down(), kz_law_beta(), 0);
    kz_junction *junction = junction_create(&params, tol);
    kz_junction_point p;
    kz_ray left, right[2];
    KZ_CHECK_OK(kz_junction_solve_pair(&p, junction, 10, 10));
    KZ_CHECK_OK(kz_junction_rays(&left, junction, &p, KZ_SIDE_LEFT, zeta, 1));
    KZ_CHECK_OK(kz_junction_rays(right, junction, &p, KZ_SIDE_RIGHT, zeta, 2));
    kz_junction_free(junction);
    KZ_CHECK_CLOSE(left.energy, 0.0479546123, 6e-11 + left.err);
    KZ_CHECK_CLOSE(left.magnetization, 0.3457878512, 6e-11 + left.err);
    KZ_CHECK_CLOSE(right[0].energy, 0.1525880884, 6e-11 + right[0].err);
    KZ_CHECK_CLOSE(right[0].magnetization, -0.2725045408, 6e-11 + right[0].err);
    KZ_CHECK_CLOSE(right[1].energy, 0.1525640590, 6e-11 + right[1].err);
    KZ_CHECK_CLOSE(right[1].energy_current, -0.0202727186, 6e-11 + right[1].err);
    KZ_CHECK_CLOSE(right[1].magnetization, -0.3850455227, 6e-11 + right[1].err);
    KZ_CHECK_CLOSE(right[1].spin_current, 0.0736757752, 6e-11 + right[1].err);
    KZ_CHECK_CLOSE(p.energy_left, left.energy, p.err);
    KZ_CHECK_CLOSE(p.magnetization_right, right[0].magnetization, p.err);
    KZ_CHECK_CLOSE(left.spin_current, right[0].spin_current, left.err + right[0].err);
}

/* XX | XX, up | down: beta = 0 and mu_- = -mu_+ = m with 2 pi m (1 + e^m) = R_M, whatever R_E. */
static void exact_domain_wall(void **unused)
{
    (void)unused;
    const double R[] = {0, 3, inf};
    const double m[] = {0, 0.1, 1, 3, 7};
    for (int i = 0; i < 15; i++) {
        kz_junction_params params =
            junction_pair(i % 2 ? kz_chain_xx() : kz_chain_xxz(2), kz_chain_xx(), kz_state_up(),
                          kz_state_down(), i % 4 < 2 ? kz_law_beta() : kz_law_fourier(), 0);
        double mu = m[i / 3], spin_R = 2 * pi * mu * (1 + exp(mu));
        kz_junction_point p = junction_solve_pair(&params, R[i % 3], spin_R, 1e-9);
        KZ_CHECK_CLOSE(p.mu_minus, mu, p.err * fmax(1, mu));
        KZ_CHECK_CLOSE(p.mu_plus, -mu, p.err * fmax(1, mu));
        KZ_CHECK_CLOSE(p.spin_current, 1 / (pi * (1 + exp(mu))), p.err);
        KZ_CHECK_CLOSE(p.energy_current, 0, p.err);
        KZ_CHECK_CLOSE(p.entropy_production, 2 * mu / (pi * (1 + exp(mu))), p.err);
        assert_true(p.beta_minus == 0 && p.beta_plus == 0 && p.t_minus == inf && p.t_plus == inf);
    }
}

/* Without magnetization in the reservoirs mu = 0, and the energy goes as it goes alone. */
static void exact_energy_alone(void **unused)
{
    (void)unused;
    const double R[] = {0, 7, 300, inf}, spin_R[] = {0, 2, 1e3, inf}, wanted = 1e-7;
    for (int i = 0; i < 8; i += 1 + i / 2) { /* 0, 1, 2, 4, 7 */
        kz_law law = i < 4 ? kz_law_beta() : kz_law_fourier();
        kz_junction_params one = {.left = kz_chain_xx(),
                                  .right = kz_chain_xxz(3 + i % 2),
                                  .left_state =
                                      i % 4 == 3 ? kz_state_thermal(-1, 0) : kz_state_ceiling(),
                                  .right_state = kz_state_thermal(2, 0),
                                  .law = law};
        kz_junction_params two = one;
        two.carry = KZ_CARRY_BOTH;
        kz_junction *junction = junction_create(&one, wanted);
        kz_junction_point p = junction_solve(junction, &law, R[i % 4], wanted);
        kz_junction_point q = junction_solve_pair(&two, R[i % 4], spin_R[(i + 1) % 4], wanted);
        double tol = p.err + q.err;
        KZ_CHECK_CLOSE(q.beta_minus, p.beta_minus, tol * fmax(1, fabs(p.beta_minus)));
        KZ_CHECK_CLOSE(q.beta_plus, p.beta_plus, tol * fmax(1, fabs(p.beta_plus)));
        KZ_CHECK_CLOSE(q.energy_current, p.energy_current, tol);
        KZ_CHECK_CLOSE(q.energy_left, p.energy_left, tol);
        KZ_CHECK_CLOSE(q.energy_right, p.energy_right, tol);
        assert_true(q.mu_minus == 0 && q.mu_plus == 0);
        KZ_CHECK_CLOSE(q.spin_current, 0, q.err);
        KZ_CHECK_CLOSE(q.entropy_production, p.entropy_production, tol);
        kz_junction_free(junction);
    }
}

/* -- property -------------------------------------------------------------------------------- */

static kz_state random_thermal(uint64_t *seed)
{
    double beta = kz_check_uniform(seed, -1.5, 1.5);
    return kz_state_thermal(beta, kz_check_uniform(seed, -1.5, 1.5));
}

static kz_state turned(kz_state s)
{
    if (s.kind == KZ_STATE_UP) return kz_state_down();
    if (s.kind == KZ_STATE_DOWN) return kz_state_up();
    s.mu = -s.mu;
    s.h = -s.h;
    return s;
}

/* Reflection exchanges the halves and turns the currents; turning all spins turns mu, J_M and c. */
static void property_symmetries(void **unused)
{
    (void)unused;
    uint64_t seed = 1789;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 6; i++) {
        kz_law law = i % 3 ? kz_law_beta() : kz_law_fourier();
        double c = i % 3 ? kz_check_uniform(&seed, -1, 1) : 0;
        double R = pow(10, kz_check_uniform(&seed, -1, 2)), spin_R = i == 4 ? inf : 2 * R;
        kz_chain left = i % 2 ? kz_chain_xx() : kz_chain_xxz(3), right = kz_chain_xxz(2 + i % 3);
        kz_state a = random_thermal(&seed), b = i % 2 ? kz_state_down() : random_thermal(&seed);
        if (i == 4) b = kz_state_ground(0.3);
        kz_junction_params here = junction_pair(left, right, a, b, law, c);
        kz_junction_params mirror = junction_pair(right, left, b, a, law, c);
        kz_junction_params flip = junction_pair(left, right, turned(a), turned(b), law, -c);
        kz_junction_point p = junction_solve_pair(&here, R, spin_R, 1e-8);
        kz_junction_point q = junction_solve_pair(&mirror, R, spin_R, 1e-8);
        double tol = (p.err + q.err) * 4; /* |beta|, |mu| < 4 */
        KZ_CHECK_CLOSE(q.beta_minus, p.beta_plus, tol);
        KZ_CHECK_CLOSE(q.mu_plus, p.mu_minus, tol);
        KZ_CHECK_CLOSE(q.energy_current, -p.energy_current, tol);
        KZ_CHECK_CLOSE(q.magnetization_left, p.magnetization_right, tol);
        q = junction_solve_pair(&flip, R, spin_R, 1e-8);
        KZ_CHECK_CLOSE(q.beta_minus, p.beta_minus, tol);
        KZ_CHECK_CLOSE(q.mu_plus, -p.mu_plus, tol);
        KZ_CHECK_CLOSE(q.energy_current, p.energy_current, tol);
        KZ_CHECK_CLOSE(q.spin_current, -p.spin_current, tol);
        KZ_CHECK_CLOSE(q.magnetization_right, -p.magnetization_right, tol);
    }
}

/* The Jacobian of every row against central differences; rows carry a scale that Fourier's moves
 * with, so that its value is compared at that of the middle. */
static void property_jacobian(void **unused)
{
    (void)unused;
    const double step = 1e-4, R[][2] = {{0, 0}, {5, 0.3}, {0.2, 40}, {inf, 3}, {2, inf}};
    for (int i = 0; i < 5; i++) {
        kz_junction_params params =
            junction_pair(kz_chain_xxz(3), kz_chain_xxz(4), kz_state_up(),
                          kz_state_thermal(1, -0.5), kz_law_beta(), i == 0 ? 0 : 0.7);
        kz_junction *junction = junction_create(&params, 1e-11);
        kz_matching m = {.junction = junction,
                         .resistance = {R[i][0], R[i][1]},
                         .tol = 1e-12,
                         .held = -1,
                         .x = {{0.6, -0.4}, {0.9, 0.3}}};
        kz_linear middle, side[2];
        KZ_CHECK_OK(kz_edges_open(&m.edges, junction));
        KZ_CHECK_OK(kz_matching_evaluate(&m));
        kz_matching_linearise(&middle, &m);
        for (int k = 0; k < 4; k++) {
            for (int s = 0; s < 2; s++) {
                kz_matching near = m;
                near.x[k / 2][k % 2] += s ? step : -step;
                KZ_CHECK_OK(kz_matching_evaluate(&near));
                kz_matching_linearise(&side[s], &near);
            }
            for (int r = 0; r < 4; r++)
                KZ_CHECK_CLOSE(middle.by_x[r][k],
                               (side[1].value[r] - side[0].value[r]) / (2 * step), 1e-7);
        }
        kz_edges_close(&m.edges);
        kz_junction_free(junction);
    }
}

/* -- errors ---------------------------------------------------------------------------------- */

static void errors_of_the_caller(void **unused)
{
    (void)unused;
    const kz_options options = kz_options_default();
    const double T[2] = {1, 2}, kappa[2] = {1, 1};
    kz_junction_params good = junction_pair(kz_chain_xx(), kz_chain_xx(), kz_state_up(),
                                            kz_state_down(), kz_law_beta(), 0);
    kz_junction_params bad[6] = {good, good, good, good, good, kz_junction_params_default()};
    bad[0].cross = 1.01;
    bad[1].cross = (double)NAN;
    bad[2].law = kz_law_fourier();
    bad[2].cross = 0.1;
    bad[3].law = kz_law_table(T, kappa, 2);
    bad[4].carry = (kz_carry)7;
    bad[5].law = kz_law_beta();
    bad[5].cross = 0.1;
    for (int i = 0; i < 6; i++) {
        kz_junction *junction;
        KZ_CHECK_STATUS(kz_junction_create(&junction, &bad[i], &options), KZ_EINVAL);
        assert_null(junction);
    }
    kz_junction *junction = junction_create(&good, 1e-6);
    kz_junction_point point, before;
    memset(&point, 0x5a, sizeof point);
    before = point;
    const double R[][2] = {{-1, 0}, {0, -1}, {(double)NAN, 1}, {1, (double)NAN}};
    for (int i = 0; i < 4; i++)
        KZ_CHECK_STATUS(kz_junction_solve_pair(&point, junction, R[i][0], R[i][1]), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_junction_solve(&point, junction, 1), KZ_EINVAL);
    /* mu = inf */
    KZ_CHECK_STATUS(kz_junction_solve_pair(&point, junction, 1, inf), KZ_EINVAL);
    assert_non_null(strstr(kz_error_reason(), "pure state in the left reservoir"));
    assert_memory_equal(&point, &before, sizeof point);
    kz_junction_free(junction);
    /* beta = -inf */
    good.left_state = kz_state_ceiling();
    junction = junction_create(&good, 1e-6);
    KZ_CHECK_STATUS(kz_junction_solve_pair(&point, junction, inf, 1), KZ_EINVAL);
    assert_non_null(strstr(kz_error_reason(), "beta = infinity"));
    kz_junction_free(junction);
    good = kz_junction_params_default();
    junction = junction_create(&good, 1e-4);
    KZ_CHECK_STATUS(kz_junction_solve_pair(&point, junction, 1, 1), KZ_EINVAL);
    assert_memory_equal(&point, &before, sizeof point);
    kz_junction_free(junction);
}

static void memory_allocations_can_fail(void **unused)
{
    (void)unused;
    kz_junction_params params = junction_pair(kz_chain_xx(), kz_chain_xxz(3), kz_state_up(),
                                              kz_state_down(), kz_law_beta(), 0);
    kz_options options = kz_options_default();
    options.tol = 1e-3;
    kz_junction *junction, *none;
    kz_junction_point point, before;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_junction_create(&junction, &params, &options));
    unsigned long count = kz_alloc_count();
    for (unsigned long k = 1; k <= count; k += k < 100 ? 1 : 1 + count / 37) {
        none = junction;
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_junction_create(&none, &params, &options), KZ_ENOMEM);
        assert_null(none);
    }
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_junction_solve_pair(&point, junction, 3, 4));
    count = kz_alloc_count();
    memset(&point, 0x5a, sizeof point);
    before = point;
    for (unsigned long k = 1; k <= count; k += k < 40 ? 1 : 1 + count / 37) {
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_junction_solve_pair(&point, junction, 3, 4), KZ_ENOMEM);
        assert_memory_equal(&point, &before, sizeof point);
    }
    kz_alloc_fail_at(0);
    kz_junction_free(junction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_table),          cmocka_unit_test(exact_profile),
        cmocka_unit_test(exact_domain_wall),    cmocka_unit_test(exact_energy_alone),
        cmocka_unit_test(property_symmetries),  cmocka_unit_test(property_jacobian),
        cmocka_unit_test(errors_of_the_caller), cmocka_unit_test(memory_allocations_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
