/* The Ohmic junction. */
#include "support/check.h"

#include <gsl/gsl_integration.h>
#include <string.h>

#include <kapitza/junction.h>

#include "core/memory.h"

static const double pi = 3.14159265358979323846;
static const double inf = (double)INFINITY;

static kz_junction *create(const kz_junction_params *params, double tol)
{
    kz_options options = kz_options_default();
    kz_junction *junction;
    options.tol = tol;
    KZ_CHECK_OK(kz_junction_create(&junction, params, &options));
    return junction;
}

static kz_junction_params paper(kz_law law)
{
    kz_junction_params params = kz_junction_params_default();
    params.law = law;
    return params;
}

static double inverse(double beta) { return isinf(beta) ? 0 : beta == 0 ? inf : 1 / beta; }

/* What holds at every solved point: temperatures are inverses, heat flows from hot to cold, and
 * Fourier's law or the one in beta closes.  `law` = NULL for other laws. */
static void check_point(const kz_junction_point *p, const kz_law *law, double R, double tol)
{
    assert_true(p->resistance == R);
    assert_true(p->err >= 0 && p->err <= tol);
    assert_true(p->t_minus == inverse(p->beta_minus) && p->t_plus == inverse(p->beta_plus));
    if (isinf(p->beta_plus - p->beta_minus))
        KZ_CHECK_CLOSE(p->energy_current, 0, p->err);
    else
        assert_true(p->energy_current * (p->beta_plus - p->beta_minus) >= -p->err);
    bool by_beta = law && law->kind == KZ_LAW_BETA;
    if (!by_beta) assert_true(p->beta_minus * p->beta_plus >= 0); /* one sign */
    if (!law || isinf(R)) return;
    if (by_beta)
        KZ_CHECK_CLOSE(p->beta_plus - p->beta_minus, R * p->energy_current,
                       p->err * (R + fabs(p->beta_plus) + fabs(p->beta_minus) + 2));
    else if (isfinite(p->t_minus) && isfinite(p->t_plus))
        KZ_CHECK_CLOSE(p->t_minus - p->t_plus, R * p->energy_current,
                       p->err * (R + fabs(p->t_minus) + fabs(p->t_plus) + 2));
}

static kz_junction_point solve(kz_junction *junction, const kz_law *law, double R, double tol)
{
    kz_junction_point point = {0};
    KZ_CHECK_OK(kz_junction_solve(&point, junction, R));
    check_point(&point, law, R, tol);
    return point;
}

/* Current at zeta = 0 of left | right, without the junction code. */
static kz_ray edge_ray(kz_chain chain, kz_state left, kz_state right)
{
    kz_options options = kz_options_default();
    kz_bipartition *bipartition;
    kz_ray ray;
    const double zeta = 0;
    options.tol = 1e-11;
    KZ_CHECK_OK(kz_bipartition_create(&bipartition, chain, &left, &right, &options));
    KZ_CHECK_OK(kz_bipartition_rays(&ray, bipartition, &zeta, 1, &options));
    kz_bipartition_free(bipartition);
    return ray;
}

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
    const kz_junction_params params = paper(law);
    kz_junction *junction = create(&params, 1e-10);
    for (size_t i = 0; i < 3; i++) {
        kz_junction_point p = solve(junction, &law, row[i][0], 1e-10);
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
        const kz_junction_params params = paper(laws[l]);
        kz_junction *junction = create(&params, 1e-10);
        for (size_t i = 0; i < 6; i++) {
            kz_junction_point p = solve(junction, &laws[l], R[i], 1e-10);
            kz_ray left = edge_ray(kz_chain_xx(), kz_state_ceiling(), edge_state(p.beta_minus));
            kz_ray right = edge_ray(kz_chain_xxz(4), edge_state(p.beta_plus), kz_state_ground(0));
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
        kz_junction_params params = paper(kz_law_fourier());
        params.left = P[k][0] ? kz_chain_xxz(P[k][0]) : kz_chain_xx();
        params.right = P[k][1] ? kz_chain_xxz(P[k][1]) : kz_chain_xx();
        kz_junction *junction = create(&params, 1e-10);
        for (size_t i = 0; i < 5; i++) {
            kz_junction_point p = solve(junction, NULL, R[i], 1e-10);
            assert_true(p.beta_minus == 0 && p.beta_plus == 0);
            assert_true(isinf(p.t_minus) && isinf(p.t_plus));
            KZ_CHECK_CLOSE(p.energy_current, 1 / (4 * pi), 1e-10);
        }
        kz_junction_free(junction);
        params.law = kz_law_beta();
        junction = create(&params, 1e-10);
        for (size_t i = 1; i < 4; i++) {
            kz_junction_point p;
            if (R[i] > 1000) continue;
            p = solve(junction, &params.law, R[i], 1e-10);
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
    kz_junction_params params = paper(kz_law_fourier());
    params.left = params.right = kz_chain_xxz(3);
    params.left_state = params.right_state = kz_state_thermal(1.7, 0);
    kz_junction *junction = create(&params, 1e-9);
    for (double R = 0; R < 100; R = 4 * R + 1) {
        kz_junction_point p = solve(junction, &params.law, R, 1e-9);
        KZ_CHECK_CLOSE(p.energy_current, 0, 1e-9);
        KZ_CHECK_CLOSE(p.beta_minus, 1.7, 2e-8); /* from J = 0 +- 1e-10 over dJ/dbeta ~ 0.02 */
        KZ_CHECK_CLOSE(p.beta_plus, 1.7, 2e-8);
    }
    kz_junction_free(junction);
    params.left_state = kz_state_thermal(0.5, 0);
    params.right_state = kz_state_thermal(2, 0);
    junction = create(&params, 1e-9);
    double last = inf;
    for (double R = 0; R < 1000; R = 4 * R + 1) {
        kz_junction_point p = solve(junction, &params.law, R, 1e-9);
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
        const kz_junction_params params = paper(laws[l]);
        kz_junction *junction = create(&params, 1e-8);
        kz_junction_point last = {.energy_current = inf, .beta_minus = inf, .beta_plus = -inf};
        for (double R = 0; R < 3000; R = 2.5 * R + 0.5) {
            kz_junction_point p = solve(junction, &laws[l], R, 1e-8);
            assert_true(p.energy_current < last.energy_current + 2e-8);
            assert_true(p.beta_minus < last.beta_minus);
            assert_true(p.beta_plus > last.beta_plus);
            if (l == 0) assert_true(p.t_minus > 0 && p.t_plus > 0); /* never the spurious root */
            last = p;
        }
        kz_junction_free(junction);
    }
}

/* R -> inf: Fourier's law leaves J = 1/4 pi at T- = inf, the law in beta lets J -> 0 as both edges
 * reach their reservoirs. */
static void edge_limits_of_resistance(void **unused)
{
    (void)unused;
    const kz_law fourier = kz_law_fourier(), beta = kz_law_beta();
    kz_junction_params params = paper(fourier);
    kz_junction *junction = create(&params, 1e-10);
    kz_junction_point p = solve(junction, &fourier, inf, 1e-10);
    KZ_CHECK_CLOSE(p.energy_current, 1 / (4 * pi), 1e-10);
    assert_true(p.beta_minus == 0 && isinf(p.t_minus) && p.t_plus > 0);
    kz_junction_point far = solve(junction, &fourier, 1e7, 1e-10);
    /* T- = R J, and J - 1/4 pi = dJ_L/dbeta beta_- with dJ_L/dbeta = 1/12 pi at beta = 0 */
    KZ_CHECK_CLOSE(far.t_minus, 1e7 / (4 * pi) + far.t_plus, 10);
    KZ_CHECK_CLOSE(far.energy_current - p.energy_current, far.beta_minus / (12 * pi), 3e-10);
    KZ_CHECK_CLOSE(far.t_plus, p.t_plus, 1e-6);
    kz_junction_free(junction);
    params.law = beta;
    junction = create(&params, 1e-9);
    p = solve(junction, &beta, inf, 1e-9);
    KZ_CHECK_CLOSE(p.energy_current, 0, 1e-9);
    assert_true(p.beta_minus == -inf && p.beta_plus == inf);
    double last = inf;
    for (double R = 100; R < 2e4; R *= 4) {
        p = solve(junction, &beta, R, 1e-9);
        assert_true(p.energy_current > 0 && p.energy_current < 0.6 * last);
        /* both currents ~ pi T^2/12 near T = 0: beta ~ R J/2, J ~ (pi/3)/(R J)^2 */
        if (R > 5000) KZ_CHECK_CLOSE(3 / pi * pow(p.energy_current, 3) * R * R, 1, 0.05);
        last = p.energy_current;
    }
    kz_junction_free(junction);
}

/* XXZ | XX with the reservoirs exchanged is the mirror image. */
static void property_mirror(void **unused)
{
    (void)unused;
    const double R[] = {0, 3, 50, inf};
    for (int P = 3; P <= 5; P++) {
        kz_junction_params here = paper(kz_law_fourier());
        here.right = kz_chain_xxz(P);
        kz_junction_params there = {.left = here.right,
                                    .right = here.left,
                                    .left_state = here.right_state,
                                    .right_state = here.left_state,
                                    .law = here.law};
        kz_junction *a = create(&here, 1e-9), *b = create(&there, 1e-9);
        for (size_t i = 0; i < 4; i++) {
            kz_junction_point p = solve(a, &here.law, R[i], 1e-9);
            kz_junction_point q = solve(b, &here.law, R[i], 1e-9);
            double tol = p.err + q.err;
            KZ_CHECK_CLOSE_REL(q.beta_minus, p.beta_plus, tol);
            KZ_CHECK_CLOSE_REL(q.beta_plus, p.beta_minus, tol);
            KZ_CHECK_CLOSE(q.energy_current, -p.energy_current, tol);
            KZ_CHECK_CLOSE(q.energy_left, p.energy_right, 4 * tol); /* de/dbeta < 1 */
            KZ_CHECK_CLOSE(q.energy_right, p.energy_left, 4 * tol);
            const double zeta[3] = {-0.9, -0.4, 0}, mirrored[3] = {0.9, 0.4, 0};
            kz_ray left[3], right[3];
            KZ_CHECK_OK(kz_junction_rays(left, a, &p, KZ_SIDE_LEFT, zeta, 3));
            KZ_CHECK_OK(kz_junction_rays(right, b, &q, KZ_SIDE_RIGHT, mirrored, 3));
            for (int k = 0; k < 3; k++) {
                KZ_CHECK_CLOSE(right[k].energy, left[k].energy, 4 * tol + 2e-9);
                KZ_CHECK_CLOSE(right[k].energy_current, -left[k].energy_current, 4 * tol + 2e-9);
            }
        }
        kz_junction_free(a);
        kz_junction_free(b);
    }
}

/* Inversion of the whole energy axis (k -> k + pi) of XX | XX with thermal reservoirs flips every
 * beta and the current: Fourier's law on the side of negative temperatures. */
static void property_negative_temperatures(void **unused)
{
    (void)unused;
    kz_junction_params params = paper(kz_law_fourier());
    params.right = kz_chain_xx();
    params.left_state = kz_state_thermal(0.4, 0);
    params.right_state = kz_state_thermal(3, 0);
    kz_junction_params flipped = params;
    flipped.left_state.beta *= -1;
    flipped.right_state.beta *= -1;
    kz_junction *a = create(&params, 1e-10), *b = create(&flipped, 1e-10);
    for (double R = 0; R < 300; R = 5 * R + 1) {
        kz_junction_point p = solve(a, &params.law, R, 1e-10);
        kz_junction_point q = solve(b, &params.law, R, 1e-10);
        KZ_CHECK_CLOSE(q.beta_minus, -p.beta_minus, 2e-9);
        KZ_CHECK_CLOSE(q.beta_plus, -p.beta_plus, 2e-9);
        KZ_CHECK_CLOSE(q.energy_current, -p.energy_current, 2e-10);
    }
    kz_junction_free(a);
    kz_junction_free(b);
}

/* P = 2 by Bethe ansatz is the XX chain, on either side. */
static void property_free_halves(void **unused)
{
    (void)unused;
    const double R[] = {0, 2, 70};
    for (int side = 0; side < 2; side++) {
        kz_junction_params free = paper(kz_law_fourier());
        if (side == 1) { /* XXZ(4) ceiling | ground XX */
            free.left = kz_chain_xxz(4);
            free.right = kz_chain_xx();
        }
        kz_junction_params two = free;
        *(side == 0 ? &two.left : &two.right) = kz_chain_xxz(2);
        kz_junction *a = create(&free, 1e-11), *b = create(&two, 1e-11);
        for (size_t i = 0; i < 3; i++) {
            kz_junction_point p = solve(a, &free.law, R[i], 1e-11);
            kz_junction_point q = solve(b, &free.law, R[i], 1e-11);
            /* currents at 2e-13, times dbeta/dJ ~ 5 */
            KZ_CHECK_CLOSE_REL(q.beta_minus, p.beta_minus, 1e-12);
            KZ_CHECK_CLOSE_REL(q.beta_plus, p.beta_plus, 1e-12);
            KZ_CHECK_CLOSE(q.energy_current, p.energy_current, 1e-12);
            double zeta[3] = {0, 0.3, 0.95};
            for (int k = 0; k < 3 && side == 0; k++)
                zeta[k] *= -1;
            kz_ray one[3], other[3];
            kz_side which = side == 0 ? KZ_SIDE_LEFT : KZ_SIDE_RIGHT;
            KZ_CHECK_OK(kz_junction_rays(one, a, &p, which, zeta, 3));
            KZ_CHECK_OK(kz_junction_rays(other, b, &p, which, zeta, 3));
            for (int k = 0; k < 3; k++) {
                KZ_CHECK_CLOSE(one[k].energy, other[k].energy, 1e-12);
                KZ_CHECK_CLOSE(one[k].energy_current, other[k].energy_current, 1e-12);
            }
        }
        kz_junction_free(a);
        kz_junction_free(b);
    }
}

/* Printed errors against the same junction at 1e-10. */
static void property_error_is_a_bound(void **unused)
{
    (void)unused;
    uint64_t seed = 1811;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 12; i++) {
        kz_junction_params params = paper(i % 2 ? kz_law_fourier() : kz_law_beta());
        double tol = pow(10, kz_check_uniform(&seed, -9, -3));
        params.right = kz_chain_xxz(2 + i % 4);
        if (i % 3 == 0) params.left = kz_chain_xxz(3);
        if (i % 4 == 3) params.left_state = kz_state_thermal(kz_check_uniform(&seed, -2, 1), 0);
        if (i % 5 == 4) params.right_state = kz_state_thermal(kz_check_uniform(&seed, 1, 4), 0);
        kz_junction *a = create(&params, tol), *b = create(&params, 1e-10);
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

/* kappa = 1/T^2 is the law in beta, a constant is Fourier's. */
static void property_table_laws(void **unused)
{
    (void)unused;
    enum { COUNT = 40001 };
    static double T[COUNT], square[COUNT], flat[COUNT];
    const double ratio = log(500.0) / (COUNT - 1);
    for (int i = 0; i < COUNT; i++) {
        T[i] = 0.2 * exp(ratio * i);
        square[i] = 1 / (T[i] * T[i]);
        flat[i] = 2.5;
    }
    kz_junction_params by_beta = paper(kz_law_beta()), fourier = paper(kz_law_fourier());
    kz_junction_params inverse_square = paper(kz_law_table(T, square, COUNT));
    kz_junction_params constant = paper(kz_law_table(T, flat, COUNT));
    kz_junction *a = create(&by_beta, 1e-9), *b = create(&inverse_square, 1e-9);
    kz_junction *c = create(&fourier, 1e-9), *d = create(&constant, 1e-9);
    const double R[] = {0, 0.7, 4, 10};
    for (size_t i = 0; i < 4; i++) {
        kz_junction_point p = solve(a, &by_beta.law, R[i], 1e-9);
        kz_junction_point q = solve(b, NULL, R[i], 1e-9);
        /* trapezoids of 1/T^2: relative ratio^2/2 of R J < 1 */
        double tol = p.err + q.err + ratio * ratio;
        KZ_CHECK_CLOSE_REL(q.beta_minus, p.beta_minus, tol);
        KZ_CHECK_CLOSE_REL(q.beta_plus, p.beta_plus, tol);
        KZ_CHECK_CLOSE(q.energy_current, p.energy_current, tol);
        p = solve(c, &fourier.law, R[i] / 2.5, 1e-9);
        q = solve(d, NULL, R[i], 1e-9);
        KZ_CHECK_CLOSE_REL(q.t_minus, p.t_minus, p.err + q.err);
        KZ_CHECK_CLOSE_REL(q.t_plus, p.t_plus, p.err + q.err);
        KZ_CHECK_CLOSE(q.energy_current, p.energy_current, p.err + q.err);
    }
    kz_junction_free(a);
    kz_junction_free(b);
    kz_junction_free(c);
    kz_junction_free(d);
}

/* -- profiles -------------------------------------------------------------------------------- */

static void property_profile(void **unused)
{
    (void)unused;
    const kz_junction_params params = paper(kz_law_fourier());
    kz_junction *junction = create(&params, 1e-9);
    kz_junction_point p = solve(junction, &params.law, 10, 1e-9);
    enum { N = 41 };
    double zeta[N];
    kz_ray left[N], right[N];
    for (int k = 0; k < N; k++)
        zeta[k] = -1.3 + 1.3 * k / (N - 1);
    zeta[0] = -inf;
    KZ_CHECK_OK(kz_junction_rays(left, junction, &p, KZ_SIDE_LEFT, zeta, N));
    for (int k = 0; k < N; k++)
        zeta[k] *= -1;
    KZ_CHECK_OK(kz_junction_rays(right, junction, &p, KZ_SIDE_RIGHT, zeta, N));
    /* both halves meet the junction with its current and end in their reservoirs */
    double slack = 3 * p.err;
    KZ_CHECK_CLOSE(left[N - 1].energy_current, p.energy_current, slack + left[N - 1].err);
    KZ_CHECK_CLOSE(right[N - 1].energy_current, p.energy_current, slack + right[N - 1].err);
    KZ_CHECK_CLOSE(left[N - 1].energy, p.energy_left, slack + left[N - 1].err);
    KZ_CHECK_CLOSE(right[N - 1].energy, p.energy_right, slack + right[N - 1].err);
    KZ_CHECK_CLOSE(left[0].energy, 1 / pi, left[0].err + 1e-14);
    KZ_CHECK_CLOSE(right[0].energy, kz_chain_energy_min(kz_chain_xxz(4)), right[0].err + 1e-14);
    for (int k = 0; k < N; k++) {
        assert_int_equal(left[k].status, KZ_OK);
        assert_int_equal(right[k].status, KZ_OK);
        KZ_CHECK_CLOSE(left[k].magnetization, 0, left[k].err);
        KZ_CHECK_CLOSE(right[k].spin_current, 0, right[k].err);
        if (k == 0) continue;
        assert_true(left[k].energy <= left[k - 1].energy + 2e-9); /* falls towards the junction */
        assert_true(right[k].energy >= right[k - 1].energy - 2e-9);
        assert_true(left[k].energy_current >= left[k - 1].energy_current - 2e-9);
        assert_true(right[k].energy_current >= right[k - 1].energy_current - 2e-9);
    }
    kz_junction_free(junction);
}

static void errors_wrong_side(void **unused)
{
    (void)unused;
    const kz_junction_params params = paper(kz_law_fourier());
    kz_junction *junction = create(&params, 1e-6);
    kz_junction_point p = solve(junction, &params.law, 1, 1e-6);
    const double bad[] = {0.1, inf, (double)NAN}, good = -0.0;
    kz_ray ray, before;
    memset(&ray, 0x5a, sizeof ray);
    before = ray;
    for (size_t i = 0; i < 3; i++) {
        double mirrored = -bad[i];
        KZ_CHECK_STATUS(kz_junction_rays(&ray, junction, &p, KZ_SIDE_LEFT, &bad[i], 1), KZ_EINVAL);
        KZ_CHECK_STATUS(kz_junction_rays(&ray, junction, &p, KZ_SIDE_RIGHT, &mirrored, 1),
                        KZ_EINVAL);
        assert_memory_equal(&ray, &before, sizeof ray);
    }
    KZ_CHECK_OK(kz_junction_rays(&ray, junction, &p, KZ_SIDE_LEFT, &good, 1));
    KZ_CHECK_OK(kz_junction_rays(&ray, junction, &p, KZ_SIDE_RIGHT, &good, 1));
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
    const kz_junction_params params = paper(kz_law_fourier());
    kz_junction *junction = create(&params, 1e-5);
    kz_junction_point point, before;
    memset(&point, 0x5a, sizeof point);
    before = point;
    for (size_t i = 0; i < 4; i++) {
        KZ_CHECK_STATUS(kz_junction_solve(&point, junction, bad[i]), KZ_EINVAL);
        assert_memory_equal(&point, &before, sizeof point);
    }
    kz_junction_free(junction);
}

/* Outside the conductivity table: KZ_EDOMAIN with the range, nothing written. */
static void errors_table_range(void **unused)
{
    (void)unused;
    const double low[] = {0.1, 0.5, 1}, high[] = {2, 3, 4}, short_[] = {0.5, 1, 1.5};
    const double kappa[] = {1, 2, 1};
    const struct {
        const double *T, R;
        bool fails;
        const char *range[2];
    } call[] = {
        {low, 1, true, {"0.1", "1"}},       /* T(R = 0) = 1.32 above the table */
        {high, 1, true, {"2", "4"}},        /* below it */
        {short_, 50, true, {"0.5", "1.5"}}, /* the hot edge leaves it */
        {short_, inf, true, {"0.5", "1.5"}}, {short_, 0.1, false, {"", ""}},
    };
    for (size_t i = 0; i < sizeof call / sizeof *call; i++) {
        const kz_junction_params params = paper(kz_law_table(call[i].T, kappa, 3));
        kz_junction *junction = create(&params, 1e-6);
        kz_junction_point point, before;
        memset(&point, 0x5a, sizeof point);
        before = point;
        if (call[i].fails) {
            KZ_CHECK_STATUS(kz_junction_solve(&point, junction, call[i].R), KZ_EDOMAIN);
            assert_memory_equal(&point, &before, sizeof point);
            assert_non_null(strstr(kz_error_reason(), call[i].range[0]));
            assert_non_null(strstr(kz_error_reason(), call[i].range[1]));
        } else {
            KZ_CHECK_OK(kz_junction_solve(&point, junction, call[i].R));
        }
        kz_junction_free(junction);
    }
}

/* The table is copied: the caller's arrays may go away. */
static void property_table_is_copied(void **unused)
{
    (void)unused;
    double T[] = {0.5, 1, 3}, kappa[] = {1, 1, 1};
    const kz_junction_params params = paper(kz_law_table(T, kappa, 3));
    kz_junction *junction = create(&params, 1e-8);
    memset(T, 0, sizeof T);
    memset(kappa, 0, sizeof kappa);
    kz_junction_point point = solve(junction, NULL, 5, 1e-8);
    KZ_CHECK_CLOSE(point.t_minus - point.t_plus, 5 * point.energy_current, 1e-6);
    kz_junction_free(junction);
}

/* The scan alone makes thousands of allocations: all of the first hundred, then a sample. */
static void memory_allocations_can_fail(void **unused)
{
    (void)unused;
    const kz_junction_params params = paper(kz_law_fourier());
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

/* 2026-11-22: rays kept what was in the array when their bipartition could not be made. */
static void bug_rays_without_a_bipartition(void **unused)
{
    (void)unused;
    kz_junction_params params = kz_junction_params_default();
    kz_options options = kz_options_default();
    options.tol = 1e-4;
    kz_junction *junction;
    kz_junction_point point;
    const double zeta[2] = {0, 0.5};
    kz_ray rays[2] = {{.energy = 1}, {.energy = 1}};
    KZ_CHECK_OK(kz_junction_create(&junction, &params, &options));
    KZ_CHECK_OK(kz_junction_solve(&point, junction, 1));
    kz_alloc_fail_at(1);
    kz_status status = kz_junction_rays(rays, junction, &point, KZ_SIDE_RIGHT, zeta, 2);
    kz_alloc_fail_at(0);
    KZ_CHECK_STATUS(status, KZ_ENOMEM);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(rays[i].status, KZ_ENOMEM);
        assert_true(isnan(rays[i].energy) && isinf(rays[i].err));
    }
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
        cmocka_unit_test(edge_limits_of_resistance),
        cmocka_unit_test(property_mirror),
        cmocka_unit_test(property_negative_temperatures),
        cmocka_unit_test(property_free_halves),
        cmocka_unit_test(property_error_is_a_bound),
        cmocka_unit_test(property_table_laws),
        cmocka_unit_test(property_profile),
        cmocka_unit_test(errors_wrong_side),
        cmocka_unit_test(errors_of_the_caller),
        cmocka_unit_test(errors_resistance),
        cmocka_unit_test(errors_table_range),
        cmocka_unit_test(property_table_is_copied),
        cmocka_unit_test(memory_allocations_can_fail),
        cmocka_unit_test(bug_rays_without_a_bipartition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
