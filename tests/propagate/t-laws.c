/* Propagation of initial profiles: conservation, jumps, symmetries, honest bounds, refusals. */
#include "propagate/support.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>

#include "propagate/geometry/work.h"

static void test_conserved_sums(void **state)
{
    (void)state;
    check_conserved_sums(kz_chain_xxz(3), bump, 2, 0.2, 47, 1e-11, 1e-12);
}

static void test_bipartition(void **state)
{
    (void)state;
    static const kz_chain chain[] = {{KZ_CHAIN_XXZ, 2, 1, 0},
                                     {KZ_CHAIN_XXZ, 3, 1, 0},
                                     {KZ_CHAIN_XXZ, 5, 1, 0},
                                     {KZ_CHAIN_XXZ, 7, 3, 0},
                                     {KZ_CHAIN_XXZ, 5, 3, 0}};
    for (int i = 0; i < 5; i++)
        check_bipartition(chain[i], 1.2, 0.3);
}

/* Thermal states do not change under a reversal of time: currents change sign with t.  Reflection:
 * the mirrored profile at -x. */
static void test_symmetries(void **state)
{
    (void)state;
    static const double row[][3] = {{-1, 1.2, 0.4}, {0.5, 0.3, -0.7}, {0.5, 1, 0.2}};
    static const double mirror[][3] = {{-0.5, 1, 0.2}, {-0.5, 0.3, -0.7}, {1, 1.2, 0.4}};
    kz_propagation *p = from_table(kz_chain_xxz(3), row[0], 3, 1e-6);
    kz_propagation *m = from_table(kz_chain_xxz(3), mirror[0], 3, 1e-6);
    kz_propagation_point forward = solve(p, 0.2, 0.8, 1e-6), back = solve(p, 0.2, -0.8, 1e-6);
    kz_propagation_point other = solve(m, -0.2, 0.8, 1e-6);
    back.energy_current = -back.energy_current;
    back.spin_current = -back.spin_current;
    check_same(&forward, &back, forward.err + back.err);
    other.energy_current = -other.energy_current;
    other.spin_current = -other.spin_current;
    check_same(&forward, &other, forward.err + other.err);
    kz_propagation_free(p);
    kz_propagation_free(m);
}

static void slope_of_opposite(double *beta, double *mu, double x, void *context)
{
    slope(beta, mu, x, context);
    *beta = -*beta;
}

/* A turn of every second spin makes -H of H and Delta of -Delta: other strings, other rows, the
 * same state but for the sign of the energy. */
static void test_opposite_anisotropy(void **state)
{
    (void)state;
    static const kz_chain chain[][2] = {{{KZ_CHAIN_XXZ, 3, 2, 0}, {KZ_CHAIN_XXZ, 3, 1, 0}},
                                        {{KZ_CHAIN_XXZ, 5, 3, 0}, {KZ_CHAIN_XXZ, 5, 2, 0}}};
    for (int i = 0; i < 2; i++) {
        kz_propagation *p = from_function(chain[i][0], slope, 1e-8);
        kz_propagation *other = from_function(chain[i][1], slope_of_opposite, 1e-8);
        kz_propagation_point a = solve(p, 0.3, 1.2, 1e-8), b = solve(other, 0.3, 1.2, 1e-8);
        assert_true(fabs(a.energy_current) > 1e-3 && fabs(a.spin_current) > 1e-3);
        b.energy = -b.energy;
        b.energy_current = -b.energy_current;
        check_same(&a, &b, a.err + b.err);
        kz_propagation_free(p);
        kz_propagation_free(other);
    }
}

/* There by the geometric solution, back along the characteristic: dx/dt = v of the states on the
 * way, each of them solved on its own, ends where the geometric solution says that it began. */
typedef struct {
    const kz_heights *heights;
    size_t at;    /* of [rows*n]: row and rapidity */
    double start; /* found last */
} characteristic;

static int velocity(double t, const double x[], double dxdt[], void *context)
{
    characteristic *c = context;
    kz_geometry_work w;
    kz_geometry_report report;
    KZ_CHECK_OK(kz_geometry_work_create(&w, c->heights, x[0], t));
    KZ_CHECK_OK(kz_geometry_work_solve(&w, 1e-13, &report));
    dxdt[0] = w.d[c->at] / w.rho[c->at];
    kz_height_table_invert(&c->start, &c->heights->table, 0, (int)(c->at / w.n),
                           kz_geometry_folded(&w, c->at % w.n), w.X_base[c->at] + w.X[c->at]);
    kz_geometry_work_free(&w);
    return GSL_SUCCESS;
}

static void check_there_and_back(kz_chain chain)
{
    static const double place[] = {0.45, 0.54, 1.52}; /* of [rows*n]: row, rapidity */
    const double x = 0.3, t = 1;
    kz_profile profile;
    kz_initial_states *states;
    kz_heights *heights;
    KZ_CHECK_OK(kz_profile_from_function(&profile, slope, NULL, EDGE, 3, 1e-12));
    KZ_CHECK_OK(kz_initial_states_create(&states, chain, &profile, 1e-11));
    size_t half = kz_grid_fast_size(2 * states->even->grid.half);
    KZ_CHECK_OK(kz_heights_create(&heights, states, half, KZ_PANEL_NODES - 1));
    characteristic c = {.heights = heights};
    for (int i = 0; i < 3; i++) {
        gsl_odeiv2_system system = {velocity, NULL, 1, &c};
        gsl_odeiv2_driver *d =
            gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_rk8pd, -1.0 / 3, 1, 0);
        double here = x, when = t, out;
        c.at = (size_t)(place[i] * (double)heights->full->n);
        assert_int_equal(velocity(t, &x, &out, &c), GSL_SUCCESS);
        double start = c.start;
        assert_true(fabs(start - x) > 0.02);
        assert_int_equal(gsl_odeiv2_driver_apply_fixed_step(d, &when, -1.0 / 3, 3, &here),
                         GSL_SUCCESS);
        print_message("%.12g to %.12g and back, off by %.2g\n", start, x, here - start);
        KZ_CHECK_CLOSE(here, start, 1e-9);
        gsl_odeiv2_driver_free(d);
    }
    kz_heights_free(heights);
    kz_initial_states_free(states);
}

static void test_there_and_back(void **state)
{
    (void)state;
    check_there_and_back(kz_chain_xxz(3));
    check_there_and_back(kz_chain_axial(2));
}

static double integrate(kz_propagation *p, double x, double t, bool along_x, double width,
                        bool spin)
{
    static const double node[] = {-0.9061798459386640, -0.5384693101056831, 0, 0.5384693101056831,
                                  0.9061798459386640};
    static const double weight[] = {0.2369268850561891, 0.4786286704993665, 0.5688888888888889,
                                    0.4786286704993665, 0.2369268850561891};
    double sum = 0;
    for (int i = 0; i < 5; i++) {
        double shift = 0.5 * width * node[i];
        kz_propagation_point q = solve(p, along_x ? x + shift : x, along_x ? t : t + shift, 1e-8);
        double density = spin ? q.magnetization : q.energy;
        double current = spin ? q.spin_current : q.energy_current;
        sum += 0.5 * width * weight[i] * (along_x ? density : current);
    }
    return sum;
}

/* What leaves a box flows through its ends, also where both a jump's fan and a slope arrive. */
static void test_continuity(void **state)
{
    (void)state;
    static const double row[][3] = {{0, 0.5, 0.3}, {0, 1.5, -0.2}, {3, 0.8, 0.4}};
    const double x = 0.3, t = 1, width = 0.1;
    kz_propagation *p = from_table(kz_chain_xxz(3), row[0], 3, 1e-8);
    for (int spin = 0; spin < 2; spin++) {
        double before = integrate(p, x, t - width / 2, true, width, spin);
        double after = integrate(p, x, t + width / 2, true, width, spin);
        double in = integrate(p, x - width / 2, t, false, width, spin);
        double out = integrate(p, x + width / 2, t, false, width, spin);
        KZ_CHECK_CLOSE(after - before, in - out, 1e-9);
        assert_true(fabs(in - out) > 1e-5);
    }
    kz_propagation_free(p);
}

/* Loose answers lie within their bounds of tight ones, on random tables. */
static void test_error_bounds(void **state)
{
    (void)state;
    uint64_t seed = 20240607;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int n = 0; n < 8; n++) {
        double row[5][3];
        static const kz_chain chain[] = {
            {KZ_CHAIN_XXZ, 2, 1, 0}, {KZ_CHAIN_XXZ, 5, 2, 0}, {KZ_CHAIN_XXZ, 4, 1, 0}};
        for (int i = 0; i < 5; i++) {
            row[i][0] = -2.5 + i + kz_check_uniform(&seed, -0.2, 0.2);
            row[i][1] = kz_check_uniform(&seed, -0.5, 2);
            row[i][2] = kz_check_uniform(&seed, -1, 1);
        }
        if (n % 4 == 3) row[2][0] = row[3][0];
        kz_propagation *loose = from_table(chain[n % 3], row[0], 5, 1e-3);
        kz_propagation *tight = from_table(chain[n % 3], row[0], 5, 1e-7);
        double x = kz_check_uniform(&seed, -3, 3), t = kz_check_uniform(&seed, -1, 1);
        kz_propagation_point a = solve(loose, x, t, 1e-3), b = solve(tight, x, t, 1e-7);
        check_same(&a, &b, a.err + b.err);
        kz_propagation_free(loose);
        kz_propagation_free(tight);
    }
}

/* Points do not depend on threads or on their order. */
static void test_threads(void **state)
{
    (void)state;
    const double x[] = {0, 1, -1, 2.5}, t[] = {1, 0.2, 2, 1};
    kz_propagation_point one[4], two[4];
    kz_options options = options_of(1e-6);
    for (int i = 0; i < 2; i++) {
        kz_propagation *p = from_function(kz_chain_xxz(3), slope, 1e-6);
        options.threads = 1 + i;
        KZ_CHECK_OK(kz_propagation_points(i ? two : one, p, x, t, 4, &options));
        kz_propagation_free(p);
    }
    for (int i = 0; i < 4; i++)
        check_same(&one[i], &two[i], 0);
}

static int stop(void *context, size_t done, size_t total)
{
    (void)context;
    (void)total;
    return done == 1;
}

static void test_refusals(void **state)
{
    (void)state;
    const double x[] = {0, 1, 1, 1}, beta[] = {1, 2, 3, 4}, mu[4] = {0}, down[] = {1, 0};
    const double bad[] = {NAN, 1, INFINITY};
    kz_options options = options_of(1e-6);
    kz_propagation *p = (kz_propagation *)&options;
    KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xxz(3), x, beta, mu, 0, &options),
                    KZ_EINVAL);
    assert_null(p);
    KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xxz(3), x, beta, mu, 4, &options),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xxz(3), down, beta, mu, 2, &options),
                    KZ_EINVAL);
    for (int i = 0; i < 3; i += 2) {
        KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xx(), x, bad + i, mu, 1, &options),
                        KZ_EINVAL);
        KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xx(), bad + i, beta, mu, 1, &options),
                        KZ_EINVAL);
    }
    KZ_CHECK_STATUS(kz_propagation_create(&p, kz_chain_xxz(1), x, beta, mu, 1, &options),
                    KZ_EINVAL);
    KZ_CHECK_STATUS(
        kz_propagation_create_function(&p, kz_chain_xx(), bump, NULL, down, 2, &options),
        KZ_EINVAL);
    KZ_CHECK_STATUS(
        kz_propagation_create_function(&p, kz_chain_xx(), bump, NULL, EDGE, 1, &options),
        KZ_EINVAL);
    assert_null(p);

    KZ_CHECK_OK(kz_propagation_create(&p, kz_chain_xxz(3), x, beta, mu, 2, &options));
    kz_propagation_point point[2];
    KZ_CHECK_STATUS(kz_propagation_points(point, p, bad, x, 2, &options), KZ_EINVAL);
    KZ_CHECK_NAN(point[0].energy);
    KZ_CHECK_STATUS(point[0].status, KZ_EINVAL);
    KZ_CHECK_STATUS(point[1].status, KZ_OK);
    options.progress = stop;
    KZ_CHECK_STATUS(kz_propagation_points(point, p, x, x, 2, &options), KZ_ECANCELLED);
    options = options_of(1e-7);
    KZ_CHECK_STATUS(kz_propagation_points(point, p, x, x, 2, &options), KZ_EINVAL);
    kz_propagation_free(p);
    kz_propagation_free(NULL);
}

static void test_memory(void **state)
{
    (void)state;
    check_memory(kz_chain_xxz(3), 60);
    check_memory(kz_chain_axial(3), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conserved_sums), cmocka_unit_test(test_bipartition),
        cmocka_unit_test(test_symmetries),     cmocka_unit_test(test_opposite_anisotropy),
        cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_continuity),
        cmocka_unit_test(test_error_bounds),   cmocka_unit_test(test_threads),
        cmocka_unit_test(test_refusals),       cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
