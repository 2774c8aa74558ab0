/* Limits of junctions of two charges: blocked charges, pure and equal reservoirs. */
#include <string.h>

#include "support/junction.h"

#include "junction/internal.h"

static const double inf = (double)INFINITY;

/* R = inf is the limit of large R, to which 1/R is left.  With c, of which sqrt(1/R) is left, it is
 * that of R_E, (1 - c^2) R_M: a blocked charge is one that flows no more, and c drops out. */
static void edge_limits(void **unused)
{
    (void)unused;
    const kz_state hot = kz_state_thermal(-0.5, 1), cold = kz_state_thermal(2, -0.4);
    const double cases[][2] = {{inf, 4}, {3, inf}, {inf, inf}}, c = 0.4;
    for (int i = 0; i < 9; i++) {
        kz_law law = i < 6 ? kz_law_beta() : kz_law_fourier();
        double cross = i / 3 == 1 ? c : 0, large = i / 3 == 1 ? 1e14 : 1e8;
        const double *R = cases[i % 3];
        kz_junction_params params =
            junction_pair(kz_chain_xx(), kz_chain_xxz(3), i < 7 ? hot : kz_state_thermal(0.5, 1),
                          cold, law, cross);
        double left = 1 - cross * cross;
        kz_junction_point p = junction_solve_pair(&params, left * R[0], left * R[1], 1e-9);
        kz_junction_point q =
            junction_solve_pair(&params, fmin(R[0], large), fmin(R[1], large), 1e-9);
        double tol = p.err + q.err + 1e-5;
        KZ_CHECK_CLOSE_REL(q.beta_minus, p.beta_minus, tol);
        KZ_CHECK_CLOSE_REL(q.beta_plus, p.beta_plus, tol);
        KZ_CHECK_CLOSE_REL(q.mu_minus, p.mu_minus, tol);
        KZ_CHECK_CLOSE_REL(q.mu_plus, p.mu_plus, tol);
        KZ_CHECK_CLOSE(q.energy_current, p.energy_current, tol);
        KZ_CHECK_CLOSE(q.spin_current, p.spin_current, tol);
        if (isinf(R[1])) KZ_CHECK_CLOSE(p.spin_current, 0, 0);
        if (i == 2) { /* both blocked: the reservoirs come up to the junction */
            assert_true(p.beta_minus == -0.5 && p.mu_minus == 1);
            assert_true(p.beta_plus == 2 && p.mu_plus == -0.4 && p.energy_current == 0);
        }
        params.cross = 0;
        if (cross == 0 || (!isinf(R[0]) && !isinf(R[1]))) continue;
        q = junction_solve_pair(&params, left * R[0], left * R[1], 1e-9);
        KZ_CHECK_CLOSE_REL(q.beta_minus, p.beta_minus, p.err + q.err);
        KZ_CHECK_CLOSE_REL(q.mu_plus, p.mu_plus, p.err + q.err);
    }
}

/* Two pure reservoirs of one kind have no finite root, even where the chains saturate at different
 * fields; different ones have. */
static void edge_pure_reservoirs(void **unused)
{
    (void)unused;
    const kz_options options = kz_options_default();
    const struct {
        kz_state left, right;
        bool same;
    } pair[] = {
        {kz_state_up(), kz_state_up(), true},
        {kz_state_down(), kz_state_ground(-2), true},
        {kz_state_ceiling(), kz_state_ceiling(), true},
        {kz_state_ground(0.3), kz_state_ground(0.3), true},
        {kz_state_ground(1.2), kz_state_ground(1.2), true}, /* saturated on the left alone */
        {kz_state_up(), kz_state_ground(0.3), false},
        {kz_state_ground(0.3), kz_state_ground(-0.3), false},
    };
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        kz_junction_params params = junction_pair(kz_chain_xx(), kz_chain_xxz(3), pair[i].left,
                                                  pair[i].right, kz_law_beta(), 0);
        kz_junction *junction;
        kz_status status = kz_junction_create(&junction, &params, &options);
        if (pair[i].same) {
            KZ_CHECK_STATUS(status, KZ_EINVAL);
            assert_non_null(strstr(kz_error_reason(), "same pure state"));
            assert_null(junction);
            continue;
        }
        KZ_CHECK_OK(status);
        kz_junction_point p;
        KZ_CHECK_OK(kz_junction_solve_pair(&p, junction, 2, 2));
        assert_true(isfinite(p.beta_minus) && isfinite(p.mu_plus));
        kz_junction_free(junction);
    }
}

/* Equal reservoirs are in equilibrium with any two chains and resistances. */
static void edge_equilibrium(void **unused)
{
    (void)unused;
    const kz_state state = kz_state_thermal(-1.3, 0.8);
    const double R[] = {0, 10, inf};
    for (int i = 0; i < 6; i++) {
        kz_law law = i % 2 ? kz_law_beta() : kz_law_fourier();
        kz_junction_params params =
            junction_pair(kz_chain_xx(), kz_chain_xxz(3), state, state, law, i % 2 ? 0.5 : 0);
        kz_junction_point p = junction_solve_pair(&params, R[i % 3], R[i / 2], 1e-10);
        assert_true(p.beta_minus == -1.3 && p.beta_plus == -1.3);
        assert_true(p.mu_minus == 0.8 && p.mu_plus == 0.8);
        assert_true(p.energy_current == 0 && p.spin_current == 0 && p.entropy_production == 0);
    }
}

/* A free half below a polarised reservoir, R_E = inf: beta_- = 0 by either law. */
static void edge_infinite_temperature(void **unused)
{
    (void)unused;
    for (int i = 0; i < 2; i++) {
        kz_junction_params params =
            junction_pair(kz_chain_xx(), kz_chain_xxz(4), kz_state_up(), kz_state_down(),
                          i ? kz_law_beta() : kz_law_fourier(), 0);
        kz_junction_point p = junction_solve_pair(&params, inf, 10, 1e-9);
        assert_true(p.beta_minus == 0 && p.t_minus == inf);
        KZ_CHECK_CLOSE(p.beta_plus, -3.4036624050, 1e-8); /* as in t-pair */
        KZ_CHECK_CLOSE(p.energy_current, 0, p.err);
    }
}

/* 2026-11-26: two free halves in opposite states stand at T = inf by Fourier's law, with a current
 * that no resistance changes; R = inf was looked for as if it blocked that. */
static void edge_inverse_halves(void **unused)
{
    (void)unused;
    kz_junction_params params = junction_pair(kz_chain_xx(), kz_chain_xxz(2), kz_state_ceiling(),
                                              kz_state_ground(0), kz_law_fourier(), 0);
    const double spin[] = {0, 10};
    for (int i = 0; i < 2; i++) {
        kz_junction_point p = junction_solve_pair(&params, inf, spin[i], 1e-9);
        assert_true(p.t_minus == inf && p.t_plus == inf);
        KZ_CHECK_CLOSE(p.energy_current, 1 / (4 * M_PI), 1e-13);
        KZ_CHECK_CLOSE(p.spin_current, 0, 1e-13);
    }
}

/* J_R - J_L of both charges with both edges at x. */
static void mismatch(double value[2], const kz_matching *m, const double x[2])
{
    kz_edge edge[2];
    for (int side = 0; side < 2; side++)
        KZ_CHECK_OK(
            kz_half_solve(&edge[side], &m->junction->half[side], m->edges.side[side], x, 2, 1e-11));
    value[0] = edge[1].ray.energy_current - edge[0].ray.energy_current;
    value[1] = edge[1].ray.spin_current - edge[0].ray.spin_current;
}

/* Cold sources that are strongly polarised against their reservoirs: the map from edges to currents
 * is turned inside out there, with det(A_L + A_R) < 0.  The sign that guards the branch sees it, as
 * differences of currents do, and Newton's method remembers it on a way that passes there.  (No
 * junction is known whose root lies in such a place.) */
static void fold_is_seen(void **unused)
{
    (void)unused;
    kz_junction_params params = kz_junction_params_default();
    params.left = kz_chain_xxz(10);
    params.left_state = kz_state_up();
    params.right = kz_chain_xxz(6);
    params.right_state = kz_state_down();
    params.law = kz_law_beta();
    params.carry = KZ_CARRY_BOTH;
    kz_options options = kz_options_default();
    options.tol = 1e-6;
    kz_junction *junction;
    KZ_CHECK_OK(kz_junction_create(&junction, &params, &options));
    kz_matching m = {.junction = junction, .held = -1, .tol = 1e-7};
    kz_linear at;
    int sign;
    KZ_CHECK_OK(kz_edges_open(&m.edges, junction));
    for (int side = 0; side < 2; side++)
        memcpy(m.x[side], junction->contact, sizeof m.x[side]);
    KZ_CHECK_OK(kz_matching_evaluate(&m));
    kz_matching_linearise(&at, &m);
    assert_int_equal(at.sign, 1);

    const double x[2] = {8.562, -1.778}, step = 1e-3;
    double by[2][2], up[2], down[2];
    for (int b = 0; b < 2; b++) {
        double there[2] = {x[0], x[1]};
        there[b] = x[b] + step;
        mismatch(up, &m, there);
        there[b] = x[b] - step;
        mismatch(down, &m, there);
        for (int a = 0; a < 2; a++)
            by[a][b] = (up[a] - down[a]) / (2 * step);
    }
    assert_true(by[0][0] * by[1][1] - by[0][1] * by[1][0] < -1e-6);
    for (int side = 0; side < 2; side++)
        memcpy(m.x[side], x, sizeof m.x[side]);
    KZ_CHECK_OK(kz_matching_evaluate(&m));
    kz_matching_linearise(&at, &m);
    assert_int_equal(at.sign, -1);
    kz_status status = kz_matching_newton(&m, &sign);
    if (status != KZ_ENOCONV) KZ_CHECK_OK(status);
    assert_int_equal(sign, -1);
    kz_edges_close(&m.edges);

    /* a branch that began there is refused */
    kz_junction_point point;
    memcpy(junction->contact, x, sizeof junction->contact);
    KZ_CHECK_STATUS(kz_junction_solve_pair(&point, junction, 1, 1), KZ_ENOROOT);
    assert_non_null(strstr(kz_error_reason(), "folds back"));
    kz_junction_free(junction);
}

/* Fourier's law also holds where heat flows from cold to hot, between temperatures of opposite
 * signs (docs/junction.md: T = 0.034 | -1.55).  From a start beside that root steps do not lead
 * there. */
static void steps_keep_the_sign(void **unused)
{
    (void)unused;
    kz_junction_params params = junction_pair(kz_chain_xx(), kz_chain_xxz(4), kz_state_ceiling(),
                                              kz_state_ground(0), kz_law_fourier(), 0);
    kz_options options = kz_options_default();
    options.tol = 1e-6;
    kz_junction *junction;
    KZ_CHECK_OK(kz_junction_create(&junction, &params, &options));
    kz_matching m = {.junction = junction, .held = -1, .tol = 1e-8, .resistance = {10, 10}};
    int sign;
    KZ_CHECK_OK(kz_edges_open(&m.edges, junction));
    m.x[0][0] = 1 / 0.0344;
    m.x[1][0] = 0.02;
    kz_status status = kz_matching_newton(&m, &sign);
    kz_edges_close(&m.edges);
    if (status != KZ_ENOCONV) KZ_CHECK_OK(status);
    assert_true(m.x[0][0] > 0 && m.x[1][0] > 0);
    kz_junction_free(junction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fold_is_seen),
        cmocka_unit_test(steps_keep_the_sign),
        cmocka_unit_test(edge_limits),
        cmocka_unit_test(edge_inverse_halves),
        cmocka_unit_test(edge_pure_reservoirs),
        cmocka_unit_test(edge_equilibrium),
        cmocka_unit_test(edge_infinite_temperature),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
