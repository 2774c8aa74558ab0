/* The junction in time: references, rates, the stationary state, balance, symmetries, bounds. */
#include "relax/support.h"

#include "junction/half.h"

/* |dJ/du|/kappa of one half at its stationary edge, by differences of the sixth order. */
static double edge_answer(const kz_relax_params *p, kz_side side, double beta)
{
    static const double weight[] = {45.0 / 60, -9.0 / 60, 1.0 / 60};
    const kz_half half = side == KZ_SIDE_LEFT ? (kz_half){p->left, p->left_state, side}
                                              : (kz_half){p->right, p->right_state, side};
    double slope = 0, step = 0.02;
    for (int k = 1; k <= 3; k++) {
        kz_ray up, down;
        KZ_CHECK_OK(kz_half_edge(&up, &half, beta + k * step, 1e-13));
        KZ_CHECK_OK(kz_half_edge(&down, &half, beta - k * step, 1e-13));
        slope += weight[k - 1] * (up.energy_current - down.energy_current) / step;
    }
    return fabs(slope) * (p->law == KZ_LAW_BETA ? 1 : beta * beta) / p->conductivity.constant;
}

/* tan(q l) = q (h- + h+)/(q^2 - h- h+), 0 < q < pi/l, as a function without poles. */
static double slowest_rate(const kz_relax_params *p, const kz_junction_point *steady)
{
    double minus = edge_answer(p, KZ_SIDE_LEFT, steady->beta_minus);
    double plus = edge_answer(p, KZ_SIDE_RIGHT, steady->beta_plus);
    double low = 0, high = M_PI / p->length;
    for (int i = 0; i < 200; i++) {
        double q = 0.5 * (low + high), y = q * p->length;
        double value = (q * q - minus * plus) * sin(y) - q * (minus + plus) * cos(y);
        if (value < 0)
            low = q;
        else
            high = q;
    }
    return low * low * p->conductivity.constant / p->capacity.constant;
}

/* XX | P = 4, ceiling | ground, c = kappa = 1, T = 1 at t = 0.  From a program of its own (NumPy, a
 * seven-stage Radau method in time, outflow by dense quadrature): u to 1e-10. */
static const struct {
    kz_law_kind law;
    double length, slowest, slowest_tol; /* 1/rate */
    double t, minus, plus, left, right, tol;
} reference[] = {
    {KZ_LAW_FOURIER, 10, 244.7, 5e-2, 1, 1.11614260992, 0.90571719785, 0.102440695070,
     0.082492659246, 2e-11},
    {KZ_LAW_FOURIER, 10, 244.7, 5e-2, 100, 1.681951479, 0.822795060, 0.095076441245, 0.077472989110,
     1e-9},
    {KZ_LAW_BETA, 40, 807.74, 5e-3, 1000, -0.606557441, 1.776087976, 0.0637764510, 0.0555114283,
     1e-9},
    {KZ_LAW_FOURIER, 40, 1288.5, 5e-2, 0, 1, 1, NAN, NAN, 1e-14},
    {KZ_LAW_BETA, 10, 147.16, 5e-3, 0, 1, 1, NAN, NAN, 1e-14},
};

static void test_reference(void **state)
{
    (void)state;
    kz_relax *relax = NULL;
    for (int i = 0; i < 5; i++) {
        kz_relax_params params = kz_relax_params_default();
        params.law = reference[i].law;
        params.length = reference[i].length;
        bool beta = params.law == KZ_LAW_BETA;
        if (i != 1) relax = relax_create(&params, 1e-9);
        double rate = kz_relax_linear_rate(relax);
        KZ_CHECK_CLOSE(1 / rate, reference[i].slowest, reference[i].slowest_tol);
        KZ_CHECK_CLOSE(rate / slowest_rate(&params, kz_relax_steady(relax)), 1, 1e-7);
        kz_relax_point p;
        KZ_CHECK_OK(kz_relax_run(&p, relax, &reference[i].t, 1, 0));
        KZ_CHECK_CLOSE(beta ? p.beta_minus : p.t_minus, reference[i].minus, reference[i].tol);
        KZ_CHECK_CLOSE(beta ? p.beta_plus : p.t_plus, reference[i].plus, reference[i].tol);
        if (p.t > 0) {
            KZ_CHECK_CLOSE(p.current_left, reference[i].left, 1e-10);
            KZ_CHECK_CLOSE(p.current_right, reference[i].right, 1e-10);
        }
        if (i != 0) kz_relax_free(relax);
    }
}

/* What is left of the way decays at that rate, faster and faster as other modes die out. */
static void test_decay(void **state)
{
    (void)state;
    kz_relax_params params = relax_free_params();
    params.capacity.constant = 0.7;
    params.conductivity.constant = 1.6;
    kz_relax *relax = relax_create(&params, 1e-9);
    double rate = kz_relax_linear_rate(relax);
    KZ_CHECK_CLOSE(rate / slowest_rate(&params, kz_relax_steady(relax)), 1, 1e-7);
    const double t[] = {2 / rate, 4 / rate};
    kz_relax_point p[2];
    KZ_CHECK_OK(kz_relax_run(p, relax, t, 2, 0));
    double rest[2] = {p[0].rate / rate - 1, p[1].rate / rate - 1};
    KZ_CHECK_CLOSE(rest[0], 0, 0.1);
    /* the next order of the nonlinear decay goes with the deviation itself */
    KZ_CHECK_CLOSE(rest[1] / rest[0], exp(-2), 0.2 * exp(-2));
    kz_relax_free(relax);
}

/* The end of it all is the junction of R = l/kappa; energy is that of the straight line. */
static void test_steady(void **state)
{
    (void)state;
    for (int law = 0; law < 2; law++) {
        kz_relax_params params = kz_relax_params_default();
        params.law = law ? KZ_LAW_BETA : KZ_LAW_FOURIER;
        params.right = kz_chain_xxz(3);
        params.conductivity.constant = 2;
        params.capacity.constant = 0.3;
        kz_junction_params same = {.left = params.left,
                                   .right = params.right,
                                   .left_state = params.left_state,
                                   .right_state = params.right_state,
                                   .law = law ? kz_law_beta() : kz_law_fourier()};
        kz_options options = relax_options(1e-10);
        kz_junction *junction;
        kz_junction_point want;
        KZ_CHECK_OK(kz_junction_create(&junction, &same, &options));
        KZ_CHECK_OK(kz_junction_solve(&want, junction, 5));
        kz_relax_point p = relax_solve(&params, 1e5, 1e-10);
        KZ_CHECK_CLOSE(p.t_minus, want.t_minus, 1e-9);
        KZ_CHECK_CLOSE(p.t_plus, want.t_plus, 1e-9);
        KZ_CHECK_CLOSE(p.current_left, want.energy_current, 1e-9);
        KZ_CHECK_CLOSE(p.current_right, want.energy_current, 1e-9);
        double mean =
            law ? -0.5 * (want.beta_minus + want.beta_plus) : 0.5 * (want.t_minus + want.t_plus);
        KZ_CHECK_CLOSE(p.energy, 0.3 * 10 * mean, 1e-9);
        assert_true(isnan(p.rate)); /* nothing is left to measure it by */
        kz_junction_free(junction);
    }
}

/* For short times each end is a half line with a linear edge:
 *     u - u0 = J/J' (1 - exp(h^2 D t) erfc(h sqrt(D t))),   h = |J'|/kappa,
 * up to the curvature of J, (u - u0)^2. */
static void test_short_times(void **state)
{
    (void)state;
    kz_relax_params params = relax_free_params();
    const kz_half left = {params.left, params.left_state, KZ_SIDE_LEFT};
    kz_ray ray;
    params.capacity.constant = 0.7;
    params.conductivity.constant = 1.6;
    KZ_CHECK_OK(kz_half_edge(&ray, &left, 1, 1e-13));
    double h = edge_answer(&params, KZ_SIDE_LEFT, 1);
    for (double t = 1e-6; t < 2e-3; t *= 10) {
        double s = h * sqrt(t * 1.6 / 0.7), first = ray.energy_current / (1.6 * h);
        double want = first * (1 - exp(s * s) * erfc(s));
        kz_relax_point p = relax_solve(&params, t, 1e-9);
        KZ_CHECK_CLOSE(p.t_minus - 1, want, 0.2 * want * want * s + 1e-10);
    }
}

/* Energy is what came in, for constants and for tables. */
static void test_balance(void **state)
{
    (void)state;
    static const double T[] = {0.1, 0.8, 1.7, 6}, c[] = {0.3, 1, 1.4, 1.1}, k[] = {2, 0.7, 1, 1.5};
    const double t[] = {0, 0.01, 1, 30, 1000};
    for (int table = 0; table < 2; table++) {
        kz_relax_params params = relax_free_params();
        if (table) {
            params.capacity = kz_relax_table(T, c, 4);
            params.conductivity = kz_relax_table(T, k, 4);
        }
        kz_relax_point p[5];
        kz_relax *relax = relax_create(&params, 1e-10);
        KZ_CHECK_OK(kz_relax_run(p, relax, t, 5, 0));
        for (int i = 0; i < 5; i++) {
            double come = p[i].heat_left - p[i].heat_right;
            KZ_CHECK_CLOSE(p[i].energy - p[0].energy, come, 1e-10);
            KZ_CHECK_CLOSE(p[i].balance, p[i].energy - p[0].energy - come, 1e-14);
        }
        /* T = 1 everywhere at t = 0 */
        double integral = table ? 0.5 * 0.7 * (0.3 + 1) + 0.5 * 0.2 * (1 + 1 + 0.4 * 0.2 / 0.9) : 1;
        KZ_CHECK_CLOSE(p[0].energy, 3 * integral, 1e-12);
        KZ_CHECK_CLOSE(p[0].heat_left, 0, 0);
        kz_relax_free(relax);
    }
}

/* A table of the same value everywhere is a constant; kappa and c scale with l and t. */
static void test_scales(void **state)
{
    (void)state;
    static const double T[] = {0.1, 1, 8}, two[] = {2, 2, 2};
    kz_relax_params params = relax_free_params(), same = params, scaled = params;
    params.conductivity.constant = params.capacity.constant = 2;
    same.conductivity = same.capacity = kz_relax_table(T, two, 3);
    scaled.length = 1.5;
    scaled.capacity.constant = 4;
    kz_relax_point a = relax_solve(&params, 3, 1e-10), b = relax_solve(&same, 3, 1e-10);
    scaled.conductivity.constant = 1;
    kz_relax_point c = relax_solve(&scaled, 3, 1e-10);
    KZ_CHECK_CLOSE(a.t_minus, b.t_minus, 1e-10);
    KZ_CHECK_CLOSE(a.t_plus, b.t_plus, 1e-10);
    KZ_CHECK_CLOSE(a.t_minus, c.t_minus, 1e-10);
    KZ_CHECK_CLOSE(a.current_right, c.current_right, 1e-10);
}

/* Mirror image: the halves change places, currents their sign. */
static void test_reflection(void **state)
{
    (void)state;
    static const double x[] = {-1.5, -0.5, 0.2, 1.5}, back[] = {-1.5, -0.2, 0.5, 1.5};
    static const double beta[] = {0.7, 1, 1.2, 0.9}, reversed[] = {0.9, 1.2, 1, 0.7};
    kz_relax_params params = relax_free_params();
    params.left = kz_chain_xxz(3);
    params.initial_x = x;
    params.initial_beta = beta;
    params.initial_count = 4;
    kz_relax_params mirror = params;
    mirror.left = params.right;
    mirror.right = params.left;
    mirror.left_state = params.right_state;
    mirror.right_state = params.left_state;
    mirror.initial_x = back;
    mirror.initial_beta = reversed;
    kz_relax_point a = relax_solve(&params, 0.8, 1e-9), b = relax_solve(&mirror, 0.8, 1e-9);
    KZ_CHECK_CLOSE(a.t_minus, b.t_plus, a.err + b.err);
    KZ_CHECK_CLOSE(a.t_plus, b.t_minus, a.err + b.err);
    KZ_CHECK_CLOSE(a.current_left, -b.current_right, a.err + b.err);
    KZ_CHECK_CLOSE(a.heat_right, -b.heat_left, a.err + b.err);
    KZ_CHECK_CLOSE(a.energy, b.energy, 10 * (a.err + b.err));
}

/* Loose answers lie within their bounds of tight ones, on random junctions. */
static void test_error_bounds(void **state)
{
    (void)state;
    uint64_t seed = 20240611;
    double worst = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int n = 0; n < 18; n++) {
        kz_relax_params params = relax_free_params();
        double T[5], c[5], k[5], beta = kz_check_uniform(&seed, 0.4, 2);
        for (int i = 0; i < 5; i++) {
            T[i] = 0.05 + i + kz_check_uniform(&seed, 0, 0.9);
            c[i] = kz_check_uniform(&seed, 0.3, 2);
            k[i] = kz_check_uniform(&seed, 0.3, 2);
        }
        T[0] = 0.05;
        params.left_state = kz_state_thermal(kz_check_uniform(&seed, 0.25, 2), 0);
        params.right_state = kz_state_thermal(kz_check_uniform(&seed, 0.5, 3), 0);
        params.law = n % 3 == 1 ? KZ_LAW_BETA : KZ_LAW_FOURIER;
        params.length = exp(kz_check_uniform(&seed, -1, 3));
        params.initial_beta = &beta;
        if (n % 3 == 2) {
            params.capacity = kz_relax_table(T, c, 5);
            params.conductivity = kz_relax_table(T, k, 5);
        }
        double t = exp(kz_check_uniform(&seed, -5, 4)), tol = n % 2 ? 1e-3 : 1e-6;
        kz_relax_point a = relax_solve(&params, t, tol), b = relax_solve(&params, t, 1e-9);
        const double got[] = {a.t_minus, a.t_plus,    a.current_left, a.current_right,
                              a.energy,  a.heat_left, a.heat_right,   a.beta_minus};
        const double want[] = {b.t_minus, b.t_plus,    b.current_left, b.current_right,
                               b.energy,  b.heat_left, b.heat_right,   b.beta_minus};
        for (int i = 0; i < 8; i++) {
            double err = fabs(got[i] - want[i]) / fmax(1, fabs(want[i]));
            worst = kz_check_largest(worst, err / (a.err + b.err));
        }
    }
    print_message("largest error: %.2g of the bound\n", worst);
    assert_true(worst <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),  cmocka_unit_test(test_decay),
        cmocka_unit_test(test_steady),     cmocka_unit_test(test_short_times),
        cmocka_unit_test(test_balance),    cmocka_unit_test(test_scales),
        cmocka_unit_test(test_reflection), cmocka_unit_test(test_error_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
