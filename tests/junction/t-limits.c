/* Large resistances and temperatures, where closed forms and series in 1/R are known. */
#include <float.h>
#include <gsl/gsl_integration.h>

#include <kapitza/dressing.h>
#include <kapitza/tba.h>

#include "support/junction.h"
#include "support/strings.h"

#include "junction/cold.h"

static const double pi = 3.14159265358979323846;
static const double inf = (double)INFINITY;

static double fluctuation(double e, void *beta)
{
    double x = exp(-fabs(*(double *)beta * e));
    return e * e * x / ((1 + x) * (1 + x));
}

/* A = -dJ/dbeta of an XX edge, int_{-1}^{1} de/2pi e^2 f(1 - f). */
static double response(double beta)
{
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(200);
    gsl_function f = {fluctuation, &beta};
    double value, error;
    int code =
        gsl_integration_qag(&f, -1, 1, 1e-14, 1e-12, 200, GSL_INTEG_GAUSS31, w, &value, &error);
    gsl_integration_workspace_free(w);
    assert_int_equal(code, 0);
    return value / (2 * pi);
}

/* Of the thermal XX edge at b against a reservoir at a, int_{-1}^{1} de/2pi e (f_a - f_b). */
static double current_of(double a, double b)
{
    enum { NODES = 24 };
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(NODES);
    double sum = 0;
    for (size_t i = 0; i < NODES; i++) {
        double e, weight;
        gsl_integration_glfixed_point(-1, 1, i, &e, &weight, rule);
        sum += weight * e * expm1((b - a) * e) / ((1 + exp(b * e)) * (1 + exp(-a * e)));
    }
    gsl_integration_glfixed_table_free(rule);
    return sum / (2 * pi);
}

static kz_junction_params xx_pair(kz_state left, kz_state right, kz_law law)
{
    return (kz_junction_params){.left = kz_chain_xx(),
                                .right = kz_chain_xx(),
                                .left_state = left,
                                .right_state = right,
                                .law = law};
}

/* 2026-11-26: between thermal reservoirs weak currents were lost in R times their rounding.  To
 * second order in 1/R the edges leave their reservoirs by J/A and J = change/(R + sum g/A), g =
 * T^2 by Fourier's law, 1 by the one in beta. */
static void bug_weak_currents(void **unused)
{
    (void)unused;
    const double beta[2] = {0.5, 2}, A[2] = {response(0.5), response(2)};
    const kz_law laws[] = {kz_law_fourier(), kz_law_beta()};
    for (int l = 0; l < 2; l++) {
        kz_junction_params params =
            xx_pair(kz_state_thermal(beta[0], 0), kz_state_thermal(beta[1], 0), laws[l]);
        kz_junction *junction = junction_create(&params, 1e-10);
        const double R[] = {1e6, 1e7, 1e9, 1e15, 1e100, 1e300};
        double change = l ? beta[1] - beta[0] : 1 / beta[0] - 1 / beta[1], series = 0;
        for (int side = 0; side < 2; side++)
            series += l ? 1 / A[side] : 1 / (beta[side] * beta[side] * A[side]);
        for (int i = 0; i < 6; i++) {
            kz_junction_point p = junction_solve(junction, &laws[l], R[i], 1e-10);
            double J = change / (R[i] + series), next = 2 * series / R[i] * series / R[i];
            KZ_CHECK_CLOSE(p.energy_current / J, 1, next + 1e-12);
            KZ_CHECK_CLOSE(p.beta_minus, beta[0] + J / A[0], next + p.err);
            KZ_CHECK_CLOSE(p.beta_plus, beta[1] - J / A[1], next + p.err);
        }
        kz_junction_free(junction);
    }
}

/* 2026-11-26: ... and R = 1e300 of the paper's junction had no error bound.  With J_L = 1/4 pi +
 * beta_-/12 pi the hot edge has T_- = R/4 pi + T_+ + 1/3 + O(1/R); J_R(T_+) = 1/4 pi. */
static void bug_huge_resistance(void **unused)
{
    (void)unused;
    const kz_law law = kz_law_fourier();
    kz_junction_params params = junction_paper(law);
    kz_junction *junction = junction_create(&params, 1e-10);
    const double R[] = {1e5, 1e7, 1e12, 1e150, 1e299, 1e300};
    for (int i = 0; i < 6; i++) {
        kz_junction_point p = junction_solve(junction, &law, R[i], 1e-10);
        KZ_CHECK_CLOSE(p.t_minus / (R[i] / (4 * pi) + p.t_plus + 1.0 / 3), 1,
                       p.err + 1e2 / R[i] / R[i]);
        kz_ray ray =
            edge_ray(params.right, kz_state_thermal(p.beta_plus, 0), kz_state_ground(0), 1e-11);
        /* dJ/dbeta < 1/4 */
        KZ_CHECK_CLOSE(ray.energy_current, 1 / (4 * pi) + p.beta_minus / (12 * pi),
                       p.err + 1e2 / R[i] / R[i]);
    }
    kz_junction_free(junction);
}

/* 2026-11-26: the law in beta lost its numbers from R = 1e6 on, and its digits later.  XX | XX,
 * ceiling | ground: J = pi/12 beta^2 but for e^{-beta}, so that beta_+ = -beta_- = (pi R/24)^{1/3};
 * and T_+ = 1/beta_+. */
static void bug_cold_edges(void **unused)
{
    (void)unused;
    const kz_law law = kz_law_beta();
    kz_junction_params params = xx_pair(kz_state_ceiling(), kz_state_ground(0), law);
    kz_junction *junction = junction_create(&params, 1e-10);
    const double R[] = {1e6, 1e7, 1e10, 1e16, 1e20, 1e100, 1e300};
    for (int i = 0; i < 7; i++) {
        kz_junction_point p = junction_solve(junction, &law, R[i], 1e-10);
        double beta = cbrt(pi / 24 * R[i]);
        KZ_CHECK_CLOSE_REL(p.beta_plus, beta, 4e-14 + p.err);
        KZ_CHECK_CLOSE_REL(p.beta_minus, -beta, 4e-14 + p.err);
        KZ_CHECK_CLOSE(p.energy_current * (12 * beta * beta / pi), 1, 1e-11);
    }
    kz_junction_free(junction);
}

static double energy_charge(int j, double lambda, void *context)
{
    return kz_string_energy(kz_test_strings(*(int *)context, 1), j, lambda);
}

/* The same beside an XXZ half, against the second engine: with the XX half's beta_- =
 * -(pi/12 J)^{1/2} the law gives beta_+, at which the other half must carry J. */
static void cold_edges_by_full_kernel(void **unused)
{
    (void)unused;
    int P = 3;
    const kz_law law = kz_law_beta();
    kz_junction_params params = junction_paper(law);
    params.right = kz_chain_xxz(P);
    kz_junction *junction = junction_create(&params, 1e-10);
    kz_junction_point p = junction_solve(junction, &law, 1.3e6, 1e-10);
    kz_junction_free(junction);
    double J = p.energy_current, e, j;
    KZ_CHECK_CLOSE_REL(p.beta_minus, -sqrt(pi / (12 * J)), 2 * p.err);
    KZ_CHECK_CLOSE_REL(p.beta_plus - p.beta_minus, 1.3e6 * J, 4 * p.err);
    kz_state edge = kz_state_thermal(p.beta_plus, 0), ground = kz_state_ground(0);
    kz_dressing *dressing;
    KZ_CHECK_OK(kz_dressing_create(&dressing, kz_chain_xxz(P), &edge, &ground, 0, 1e-10));
    KZ_CHECK_OK(kz_dressing_average(&e, &j, dressing, energy_charge, &P));
    kz_dressing_free(dressing);
    KZ_CHECK_CLOSE(j / J, 1, 1e-8); /* 1e-12 of j, of 1e-4 */
}

/* g by the second engine, whose sums over holes keep their digits relative to T^2. */
static double factor_by_full_kernel(const kz_half *half, double beta, double tol)
{
    int P = half->chain.P;
    kz_state edge = kz_state_thermal(-beta, 0);
    kz_dressing *dressing;
    double e, j;
    KZ_CHECK_OK(kz_dressing_create(&dressing, half->chain, &edge, &half->reservoir, 0, tol));
    KZ_CHECK_OK(kz_dressing_average(&e, &j, dressing, energy_charge, &P));
    kz_dressing_free(dressing);
    return fabs(j) * 12 * beta * beta / pi;
}

/* g of cold.c next to the ceiling, not to beta = 1e4, beyond which g is expanded
 * (cold_edges_by_power).  The second engine's error follows its tolerance: a hundredth of it leaves
 * at most a fiftieth of what that changes, and the rounding of j, whose terms add up to less than
 * 1/2. */
static void cold_ceiling_by_full_kernel(void **unused)
{
    (void)unused;
    static const struct {
        int P;
        double beta, tol;
    } at[] = {{3, 60, 1e-8}, {3, 400, 1e-8}, {4, 60, 1e-6}, {4, 400, 1e-6}};
    for (int i = 0; i < 4; i++) {
        const kz_half half = {kz_chain_xxz(at[i].P), kz_state_ceiling(), KZ_SIDE_RIGHT};
        kz_cold cold;
        double g, err;
        KZ_CHECK_OK(kz_cold_prepare(&cold, &half));
        KZ_CHECK_OK(kz_cold_factor(&g, &err, &cold, at[i].beta));
        double reference = factor_by_full_kernel(&half, at[i].beta, at[i].tol);
        double before = factor_by_full_kernel(&half, at[i].beta, 100 * at[i].tol);
        double rounding = DBL_EPSILON / 4 * 12 * at[i].beta * at[i].beta / pi;
        double tol = err + fabs(reference - before) / 50 + rounding;
        KZ_CHECK_CLOSE(g, reference, tol);
        assert_true(tol <= 1e-4 * fabs(g - 1)); /* there is something to see */
    }
}

/* T^2 [1 + c T^power]: every decade of R beyond the last solved temperature shrinks what the XXZ
 * half differs from the XX one by 10^{-power/3}.  P = 4: 4/3. */
static void cold_edges_by_power(void **unused)
{
    (void)unused;
    const kz_law law = kz_law_beta();
    kz_junction_params params = junction_paper(law);
    kz_junction *junction = junction_create(&params, 1e-10);
    double last = 0, R = 1e10;
    for (int i = 0; i < 3; i++, R *= 1e3) {
        kz_junction_point p = junction_solve(junction, &law, R, 1e-10);
        double differs = -p.beta_plus / p.beta_minus - 1;
        if (i > 0) KZ_CHECK_CLOSE(differs, last * pow(10, -4.0 / 3), 4 * p.err + 1e-3 * differs);
        last = differs;
    }
    kz_junction_point p = junction_solve(junction, &law, 1e300, 1e-10);
    KZ_CHECK_CLOSE_REL(p.beta_plus, cbrt(pi / 24 * 1e300), p.err + 1e-13);
    kz_junction_free(junction);
}

/* A pure reservoir against a thermal one, both laws: j is the current of the edge beta_- = 1/2 +
 * j/A +
 * ..., and T_+ = (12 j/pi)^{1/2}. */
static void one_cold_edge(void **unused)
{
    (void)unused;
    const kz_law laws[] = {kz_law_fourier(), kz_law_beta()};
    for (int l = 0; l < 2; l++) {
        kz_junction_params params = xx_pair(kz_state_thermal(0.5, 0), kz_state_ground(0), laws[l]);
        kz_junction *junction = junction_create(&params, 1e-10);
        const double R[] = {1e6, 1e7, 2e7, 1e9, 1e12, 1e30, 1e300};
        for (int i = 0; i < 7; i++) {
            kz_junction_point p = junction_solve(junction, &laws[l], R[i], 1e-10);
            double j = p.energy_current;
            double moved = j / response(0.5), rounding = 2e-16 / moved;
            KZ_CHECK_CLOSE(p.beta_minus, 0.5 + moved, p.err + moved * moved); /* A' < A */
            if (moved > 1e-5)
                KZ_CHECK_CLOSE(current_of(0.5, p.beta_minus) / j, 1, 1e-10 + rounding);
            KZ_CHECK_CLOSE(p.t_plus / sqrt(12 * j / pi), 1, 1e-10);
            double change = l ? p.beta_plus - p.beta_minus : p.t_minus - p.t_plus;
            KZ_CHECK_CLOSE(change / (R[i] * j), 1, 1e-10);
        }
        kz_junction_free(junction);
    }
}

/* 2026-11-26: the currents between hot reservoirs that differ little were lost in their rounding.
 * To first order in the difference it meets the resistances R and 1/A of each half. */
static void bug_close_reservoirs(void **unused)
{
    (void)unused;
    const kz_law law = kz_law_beta();
    const double beta = -1e-3, change = 1e-7, R[] = {0, 1, 100};
    kz_junction_params params =
        xx_pair(kz_state_thermal(beta, 0), kz_state_thermal(beta - change, 0), law);
    kz_junction *junction = junction_create(&params, 1e-10);
    for (int i = 0; i < 3; i++) {
        kz_junction_point p = junction_solve(junction, &law, R[i], 1e-10);
        double J = -change / (R[i] + 2 / response(beta));
        KZ_CHECK_CLOSE(p.energy_current / J, 1, 1e-8);
        KZ_CHECK_CLOSE(p.beta_minus / (beta + J / response(beta)), 1, 1e-10);
        KZ_CHECK_CLOSE(p.beta_plus / (beta - change - J / response(beta)), 1, 1e-10);
    }
    kz_junction_free(junction);
}

/* The paper's junction, as accurate as double precision lets it be. */
static void edge_smallest_tolerances(void **unused)
{
    (void)unused;
    const kz_law laws[] = {kz_law_fourier(), kz_law_beta()};
    for (int l = 0; l < 2; l++) {
        kz_junction_params params = junction_paper(laws[l]);
        kz_junction *junction = junction_create(&params, 1e-12);
        const double R[] = {0, 1, 4, 40}; /* T_- is large at R = 13 by the law in beta */
        for (int i = 0; i < 4; i++) {
            kz_junction_point p = junction_solve(junction, &laws[l], R[i], 1e-12);
            assert_true(p.err > 1e-14);
        }
        kz_junction_free(junction);
    }
    kz_junction_params params = junction_paper(laws[1]);
    kz_junction *junction = junction_create(&params, 1e-10);
    (void)junction_solve(junction, &laws[1], 1e6, 1e-10);
    kz_junction_free(junction);
}

/* 2026-11-26: T = inf, with err 5e-7, stood for large finite temperatures.  -1 | 1 + eta on free
 * halves meet at beta = eta A(1)/2A(0) + O(eta^2). */
static void bug_nearly_infinite_temperature(void **unused)
{
    (void)unused;
    const kz_law law = kz_law_fourier();
    for (double eta = 1e-3; eta > 1e-15; eta *= 1e-4) {
        kz_junction_params params =
            xx_pair(kz_state_thermal(-1, 0), kz_state_thermal(1 + eta, 0), law);
        double width = params.right_state.beta - 1; /* eta as rounded */
        kz_junction *junction = junction_create(&params, 1e-10);
        for (int R = 0; R < 2; R++) {
            kz_junction_point p = {0};
            kz_status status = kz_junction_solve(&p, junction, 3 * R);
            if (status != KZ_ETOL) KZ_CHECK_OK(status);
            double beta = width * response(1) / (2 * response(0));
            KZ_CHECK_CLOSE(p.beta_minus, beta,
                           p.beta_minus_err + width * width + 3 * R * beta * beta);
            assert_true(isfinite(p.t_minus) && isfinite(p.t_plus));
            /* err is that of T, by its own size */
            if (p.err < 1) KZ_CHECK_CLOSE(p.t_minus * beta, 1, p.err + 2 * width + 3 * R * beta);
            assert_true(p.err >= p.beta_minus_err / fabs(p.beta_minus));
        }
        kz_junction_free(junction);
    }
    /* by symmetry alone */
    kz_junction_params params = xx_pair(kz_state_thermal(-1, 0), kz_state_thermal(1, 0), law);
    kz_junction *junction = junction_create(&params, 1e-10);
    kz_junction_point p = junction_solve(junction, &law, 3, 1e-10);
    assert_true(p.t_minus == inf && p.t_plus == inf && p.beta_minus == 0 && p.beta_plus == 0);
    kz_junction_free(junction);
}

/* 2026-11-26: next to a reservoir at infinite temperature the edge was lost at large R, or found on
 * one side only.  A half at beta = 0 has J = A beta,
 * A = 1/(12 pi) for XX: by the law in beta beta = change/(R A), by Fourier's T (T - T') = R A. */
static void bug_infinite_temperature(void **state)
{
    (void)state;
    const double other = 0.5, T = 1 / other, A = 1 / (12 * pi);
    for (int side = 0; side < 4; side++) {
        bool left = side % 2;
        kz_law law = side < 2 ? kz_law_fourier() : kz_law_beta();
        kz_state hot = kz_state_thermal(0, 0), warm = kz_state_thermal(other, 0);
        kz_junction_params p = xx_pair(left ? hot : warm, left ? warm : hot, law);
        p.left = left ? p.left : kz_chain_xxz(3); /* beside the warm one */
        p.right = left ? kz_chain_xxz(3) : p.right;
        kz_junction *junction = junction_create(&p, 1e-9);
        for (double R = 1e16; R <= 1e300; R *= 1e71) {
            kz_junction_point point = junction_solve(junction, &law, R, 1e-9);
            double beta = left ? point.beta_minus : point.beta_plus;
            double want = other / (R * A);
            if (side < 2) want = 2 / (T + sqrt(T * T + 4 * R * A));
            KZ_CHECK_CLOSE(beta, want, 1e-9 * want);
            KZ_CHECK_CLOSE(left ? point.beta_plus : point.beta_minus, other, 1e-9 + want);
        }
        kz_junction_free(junction);
    }
}

/* 2026-11-26: beside a half of |Delta| > 1, cold or not, another half's cold edge was lost. */
static void bug_cold_edge_beside_gap(void **state)
{
    (void)state;
    kz_law law = kz_law_fourier();
    kz_junction_params p = xx_pair(kz_state_ground(0), kz_state_thermal(1.5, 0), law);
    p.right = (kz_chain){KZ_CHAIN_AXIAL, 0, 0, -2};
    kz_junction *junction = junction_create(&p, 1e-8);
    for (double R = 1e12; R <= 1e300; R *= 1e72) {
        kz_junction_point point = junction_solve(junction, &law, R, 1e-8);
        double J = 1 / (1.5 * R); /* T_- is far below T_+ = 2/3, and J = pi T_-^2/12 */
        double T = sqrt(12 * J / pi);
        KZ_CHECK_CLOSE(point.energy_current, -(1 / 1.5 - T) / R, 1e-8 * J);
        KZ_CHECK_CLOSE(point.t_minus, T, (1e-8 + T) * T);
    }
    kz_junction_free(junction);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bug_weak_currents),
        cmocka_unit_test(bug_huge_resistance),
        cmocka_unit_test(bug_cold_edges),
        cmocka_unit_test(cold_edges_by_full_kernel),
        cmocka_unit_test(cold_ceiling_by_full_kernel),
        cmocka_unit_test(cold_edges_by_power),
        cmocka_unit_test(one_cold_edge),
        cmocka_unit_test(bug_close_reservoirs),
        cmocka_unit_test(edge_smallest_tolerances),
        cmocka_unit_test(bug_nearly_infinite_temperature),
        cmocka_unit_test(bug_infinite_temperature),
        cmocka_unit_test(bug_cold_edge_beside_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
