/* The matching of the two halves of an Ohmic junction. */
#include <gsl/gsl_integration.h>
#include <string.h>

#include "core/memory.h"
#include "support/junction.h"

static const double pi = 3.14159265358979323846;
static const double inf = (double)INFINITY;

static kz_state edge_state(double beta)
{
    if (isinf(beta)) return beta > 0 ? kz_state_ground(0) : kz_state_ceiling();
    return kz_state_thermal(beta, 0);
}

static double integrand(double e, void *beta) { return e / (1 + exp(*(double *)beta * e)); }

/* J_L of the XX half below the ceiling: 1/4 pi - int_{-1}^{1} dE/2 pi E f(beta E). */
static double xx_current(double beta)
{
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(200);
    gsl_function f = {integrand, &beta};
    double value, error;
    int code =
        gsl_integration_qag(&f, -1, 1, 1e-12, 1e-12, 200, GSL_INTEG_GAUSS31, w, &value, &error);
    gsl_integration_workspace_free(w);
    assert_int_equal(code, 0);
    return 1 / (4 * pi) - value / (2 * pi);
}

/* -- exact ----------------------------------------------------------------------------------- */

/* gamma = pi/4, found by two independent solvers, ten digits each. */
static void exact_reference_table(void **unused)
{
    (void)unused;
    const double row[3][4] = {{0, 1.3210793133, 1.3210793133, 0.0991036604},
                              {10, 2.0426062322, 1.1184989958, 0.0924107236},
                              {100, 9.1527679679, 0.9053815971, 0.0824738637}};
    const kz_law law = kz_law_fourier();
    const kz_junction_params params = junction_paper(law);
    kz_junction *junction = junction_create(&params, 1e-10);
    for (size_t i = 0; i < 3; i++) {
        kz_junction_point p = junction_solve(junction, &law, row[i][0], 1e-10);
        /* the last of ten printed digits and err, relative where T > 1 */
        KZ_CHECK_CLOSE(p.t_minus, row[i][1], 5.1e-11 + p.err * row[i][1]);
        KZ_CHECK_CLOSE(p.t_plus, row[i][2], 5.1e-11 + p.err * row[i][2]);
        KZ_CHECK_CLOSE(p.energy_current, row[i][3], 5.1e-11 + p.err);
    }
    kz_junction_free(junction);
}

/* Both currents at the temperatures found, from the halves themselves; the left one also from its
 * integral over the band. */
static void exact_currents_match(void **unused)
{
    (void)unused;
    const double R[] = {0, 1, 5, 20, 200, inf};
    const kz_law laws[] = {kz_law_fourier(), kz_law_beta()};
    for (size_t l = 0; l < 2; l++) {
        const kz_junction_params params = junction_paper(laws[l]);
        kz_junction *junction = junction_create(&params, 1e-10);
        for (size_t i = 0; i < 6; i++) {
            kz_junction_point p = junction_solve(junction, &laws[l], R[i], 1e-10);
            kz_ray left =
                edge_ray(kz_chain_xx(), kz_state_ceiling(), edge_state(p.beta_minus), 1e-11);
            kz_ray right =
                edge_ray(kz_chain_xxz(4), edge_state(p.beta_plus), kz_state_ground(0), 1e-11);
            /* dJ/dbeta < 1/4, times the error of beta */
            double slack = p.err * (1 + fmax(1, fmin(fabs(p.beta_plus), 10)));
            KZ_CHECK_CLOSE(left.energy_current, p.energy_current, slack + 1e-11);
            KZ_CHECK_CLOSE(right.energy_current, p.energy_current, slack + 1e-11);
            KZ_CHECK_CLOSE(left.energy, p.energy_left, slack + 1e-11);
            KZ_CHECK_CLOSE(right.energy, p.energy_right, slack + 1e-11);
            if (isfinite(p.beta_minus))
                KZ_CHECK_CLOSE(xx_current(p.beta_minus), p.energy_current, slack + 1e-11);
        }
        kz_junction_free(junction);
    }
}

/* XX | XX between ceiling and ground: beta = 0 on both edges and J = 1/4 pi for every R by
 * Fourier's law; with the law in beta, beta_- = -beta_+ and J from the band integral. */
static void exact_degenerate(void **unused)
{
    (void)unused;
    const double R[] = {0, 1, 30, 1e5, inf};
    const int P[][2] = {{0, 0}, {2, 2}, {0, 2}, {2, 0}};
    for (size_t k = 0; k < 4; k++) {
        kz_junction_params params = junction_paper(kz_law_fourier());
        params.left = P[k][0] ? kz_chain_xxz(P[k][0]) : kz_chain_xx();
        params.right = P[k][1] ? kz_chain_xxz(P[k][1]) : kz_chain_xx();
        kz_junction *junction = junction_create(&params, 1e-10);
        for (size_t i = 0; i < 5; i++) {
            kz_junction_point p = junction_solve(junction, NULL, R[i], 1e-10);
            assert_true(p.beta_minus == 0 && p.beta_plus == 0);
            assert_true(isinf(p.t_minus) && isinf(p.t_plus));
            KZ_CHECK_CLOSE(p.energy_current, 1 / (4 * pi), 1e-10);
        }
        kz_junction_free(junction);
        params.law = kz_law_beta();
        junction = junction_create(&params, 1e-10);
        for (size_t i = 1; i < 4; i++) {
            kz_junction_point p;
            if (R[i] > 1000) continue;
            p = junction_solve(junction, &params.law, R[i], 1e-10);
            KZ_CHECK_CLOSE(p.beta_minus, -p.beta_plus, 1e-9 * (1 + p.beta_plus));
            KZ_CHECK_CLOSE(p.energy_current, xx_current(p.beta_minus), 1e-9);
        }
        kz_junction_free(junction);
    }
}

/* Two thermal reservoirs of one chain: equal ones carry nothing for any R, others a current that
 * falls with R, between edges that stay inside the reservoirs' temperatures. */
static void exact_thermal_reservoirs(void **unused)
{
    (void)unused;
    kz_junction_params params = junction_paper(kz_law_fourier());
    params.left = params.right = kz_chain_xxz(3);
    params.left_state = params.right_state = kz_state_thermal(1.7, 0);
    kz_junction *junction = junction_create(&params, 1e-9);
    for (double R = 0; R < 100; R = 4 * R + 1) {
        kz_junction_point p = junction_solve(junction, &params.law, R, 1e-9);
        KZ_CHECK_CLOSE(p.energy_current, 0, 1e-9);
        KZ_CHECK_CLOSE(p.beta_minus, 1.7, 2e-8); /* from J = 0 +- 1e-10 over dJ/dbeta ~ 0.02 */
        KZ_CHECK_CLOSE(p.beta_plus, 1.7, 2e-8);
    }
    kz_junction_free(junction);
    params.left_state = kz_state_thermal(0.5, 0);
    params.right_state = kz_state_thermal(2, 0);
    junction = junction_create(&params, 1e-9);
    double last = inf;
    for (double R = 0; R < 1000; R = 4 * R + 1) {
        kz_junction_point p = junction_solve(junction, &params.law, R, 1e-9);
        assert_true(p.beta_minus > 0.5 - 1e-9 && p.beta_plus < 2 + 1e-9);
        assert_true(p.energy_current > 0 && p.energy_current < last);
        last = p.energy_current;
    }
    kz_junction_free(junction);
}

/* -- property -------------------------------------------------------------------------------- */

static void property_monotone_in_resistance(void **unused)
{
    (void)unused;
    const kz_law laws[] = {kz_law_fourier(), kz_law_beta()};
    for (size_t l = 0; l < 2; l++) {
        const kz_junction_params params = junction_paper(laws[l]);
        kz_junction *junction = junction_create(&params, 1e-8);
        kz_junction_point last = {.energy_current = inf, .beta_minus = inf, .beta_plus = -inf};
        for (double R = 0; R < 3000; R = 2.5 * R + 0.5) {
            kz_junction_point p = junction_solve(junction, &laws[l], R, 1e-8);
            assert_true(p.energy_current < last.energy_current + 2e-8);
            assert_true(p.beta_minus < last.beta_minus);
            assert_true(p.beta_plus > last.beta_plus);
            if (l == 0) assert_true(p.t_minus > 0 && p.t_plus > 0); /* never the spurious root */
            last = p;
        }
        kz_junction_free(junction);
    }
}

/* Printed errors against the same junction at 1e-10. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 1811;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 12; i++) {
        kz_junction_params params = junction_paper(i % 2 ? kz_law_fourier() : kz_law_beta());
        double tol = pow(10, kz_check_uniform(&seed, -9, -3));
        params.right = kz_chain_xxz(2 + i % 4);
        if (i % 3 == 0) params.left = kz_chain_xxz(3);
        if (i % 4 == 3) params.left_state = kz_state_thermal(kz_check_uniform(&seed, -2, 1), 0);
        if (i % 5 == 4) params.right_state = kz_state_thermal(kz_check_uniform(&seed, 1, 4), 0);
        kz_junction *a = junction_create(&params, tol), *b = junction_create(&params, 1e-10);
        for (int k = 0; k < 4; k++) {
            double R = k == 0 ? 0 : pow(10, kz_check_uniform(&seed, -1, 2));
            kz_junction_point p = {0}, truth = {0};
            kz_status status = kz_junction_solve(&p, a, R);
            if (status != KZ_ETOL) KZ_CHECK_OK(status); /* then err says what was reached */
            status = kz_junction_solve(&truth, b, R);
            if (status != KZ_ETOL) KZ_CHECK_OK(status);
            double bound = p.err + truth.err;
            KZ_CHECK_CLOSE_REL(p.beta_minus, truth.beta_minus, bound);
            KZ_CHECK_CLOSE_REL(p.beta_plus, truth.beta_plus, bound);
            KZ_CHECK_CLOSE_REL(p.energy_current, truth.energy_current, bound);
            KZ_CHECK_CLOSE_REL(p.energy_left, truth.energy_left, bound);
            KZ_CHECK_CLOSE_REL(p.energy_right, truth.energy_right, bound);
            if (isfinite(truth.t_minus)) KZ_CHECK_CLOSE_REL(p.t_minus, truth.t_minus, bound);
            if (isfinite(truth.t_plus)) KZ_CHECK_CLOSE_REL(p.t_plus, truth.t_plus, bound);
        }
        kz_junction_free(a);
        kz_junction_free(b);
    }
}

/* R -> inf: Fourier's law leaves J = 1/4 pi at T- = inf, the law in beta lets J -> 0 as both edges
 * reach their reservoirs. */
static void edge_limits_of_resistance(void **unused)
{
    (void)unused;
    const kz_law fourier = kz_law_fourier(), beta = kz_law_beta();
    kz_junction_params params = junction_paper(fourier);
    kz_junction *junction = junction_create(&params, 1e-10);
    kz_junction_point p = junction_solve(junction, &fourier, inf, 1e-10);
    KZ_CHECK_CLOSE(p.energy_current, 1 / (4 * pi), 1e-10);
    assert_true(p.beta_minus == 0 && isinf(p.t_minus) && p.t_plus > 0);
    kz_junction_point far = junction_solve(junction, &fourier, 1e7, 1e-10);
    /* T- = R J, and J - 1/4 pi = dJ_L/dbeta beta_- with dJ_L/dbeta = 1/12 pi at beta = 0 */
    KZ_CHECK_CLOSE(far.t_minus, 1e7 / (4 * pi) + far.t_plus, 10);
    KZ_CHECK_CLOSE(far.energy_current - p.energy_current, far.beta_minus / (12 * pi), 3e-10);
    KZ_CHECK_CLOSE(far.t_plus, p.t_plus, 1e-6);
    kz_junction_free(junction);
    params.law = beta;
    junction = junction_create(&params, 1e-9);
    p = junction_solve(junction, &beta, inf, 1e-9);
    KZ_CHECK_CLOSE(p.energy_current, 0, 1e-9);
    assert_true(p.beta_minus == -inf && p.beta_plus == inf);
    double last = inf;
    for (double R = 100; R < 2e4; R *= 4) {
        p = junction_solve(junction, &beta, R, 1e-9);
        assert_true(p.energy_current > 0 && p.energy_current < 0.6 * last);
        /* both currents ~ pi T^2/12 near T = 0: beta ~ R J/2, J ~ (pi/3)/(R J)^2 */
        if (R > 5000) KZ_CHECK_CLOSE(3 / pi * pow(p.energy_current, 3) * R * R, 1, 0.05);
        last = p.energy_current;
    }
    kz_junction_free(junction);
}

/* -- errors and memory ----------------------------------------------------------------------- */

static void errors_of_the_caller(void **unused)
{
    (void)unused;
    kz_junction_params bad[8];
    for (int i = 0; i < 8; i++)
        bad[i] = kz_junction_params_default();
    bad[0].left_state = kz_state_thermal(1, 0.1);
    bad[1].right_state = kz_state_ground(-0.2);
    bad[2].left_state = kz_state_up();
    bad[3].right_state = kz_state_thermal((double)NAN, 0);
    bad[4].right = kz_chain_xxz(1);
    bad[5].left.kind = (kz_chain_kind)8;
    bad[6].law.kind = (kz_law_kind)8;
    bad[7].law = kz_law_table(NULL, NULL, 0);
    const kz_options options = kz_options_default();
    for (int i = 0; i < 8; i++) {
        int mark;
        kz_junction *junction = (kz_junction *)(void *)&mark;
        KZ_CHECK_STATUS(kz_junction_create(&junction, &bad[i], &options), KZ_EINVAL);
        assert_null(junction);
        if (i < 3) assert_non_null(strstr(kz_error_reason(), "magneti"));
    }
    kz_options wrong = options;
    wrong.threads = 0;
    kz_junction *junction;
    KZ_CHECK_STATUS(kz_junction_create(&junction, &bad[0], &wrong), KZ_EINVAL);
    kz_junction_free(NULL);
}

static void errors_resistance(void **unused)
{
    (void)unused;
    const double bad[] = {-1, -1e-300, (double)NAN, -inf};
    const kz_junction_params params = junction_paper(kz_law_fourier());
    kz_junction *junction = junction_create(&params, 1e-5);
    kz_junction_point point, before;
    memset(&point, 0x5a, sizeof point);
    before = point;
    for (size_t i = 0; i < 4; i++) {
        KZ_CHECK_STATUS(kz_junction_solve(&point, junction, bad[i]), KZ_EINVAL);
        assert_memory_equal(&point, &before, sizeof point);
    }
    kz_junction_free(junction);
}

/* All of the first hundred allocations, then a sample. */
static void memory_allocations_can_fail(void **unused)
{
    (void)unused;
    const kz_junction_params params = junction_paper(kz_law_fourier());
    kz_options options = kz_options_default();
    options.tol = 1e-3;
    kz_junction *junction, *none;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_junction_create(&junction, &params, &options));
    unsigned long count = kz_alloc_count();
    assert_true(count > 200);
    for (unsigned long k = 1; k <= count; k += k < 100 ? 1 : 1 + count / 37) {
        none = junction;
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_junction_create(&none, &params, &options), KZ_ENOMEM);
        assert_null(none);
    }
    kz_junction_point point, before;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_junction_solve(&point, junction, 3));
    count = kz_alloc_count();
    memset(&point, 0x5a, sizeof point);
    before = point;
    for (unsigned long k = 1; k <= count; k += k < 60 ? 1 : 1 + count / 23) {
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(kz_junction_solve(&point, junction, 3), KZ_ENOMEM);
        assert_memory_equal(&point, &before, sizeof point);
    }
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(kz_junction_solve(&point, junction, 3));
    kz_junction_free(junction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_reference_table),
        cmocka_unit_test(exact_currents_match),
        cmocka_unit_test(exact_degenerate),
        cmocka_unit_test(exact_thermal_reservoirs),
        cmocka_unit_test(property_monotone_in_resistance),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(edge_limits_of_resistance),
        cmocka_unit_test(errors_of_the_caller),
        cmocka_unit_test(errors_resistance),
        cmocka_unit_test(memory_allocations_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
