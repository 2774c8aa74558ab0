/* Spectral elements and the outflow of a half: exact integrals, order of convergence, panels. */
#include "support/check.h"

#include <lapacke.h>
#include <stdlib.h>

#include "relax/elements.h"
#include "relax/outflow.h"

static kz_elements uniform(size_t count, size_t degree)
{
    double breaks[65];
    kz_elements e;
    for (size_t i = 0; i <= count; i++)
        breaks[i] = -0.5 + (double)i / (double)count;
    KZ_CHECK_OK(kz_elements_create(&e, breaks, count, degree));
    return e;
}

/* Weights integrate polynomials of degree 2p - 1, K their first derivatives. */
static void test_exact(void **state)
{
    (void)state;
    for (size_t degree = 1; degree <= 24; degree++) {
        const double breaks[] = {-1, 0.25, 2};
        kz_elements e;
        KZ_CHECK_OK(kz_elements_create(&e, breaks, 2, degree));
        double *u = malloc(2 * e.n * sizeof *u), *Ku = u + e.n, sum = 0, form = 0;
        int power = (int)degree;
        for (size_t i = 0; i < e.n; i++) {
            u[i] = pow(e.x[i] / 2, power);
            sum += e.weight[i] * pow(e.x[i] / 2, 2 * power - 1);
        }
        kz_elements_apply(Ku, &e, u);
        for (size_t i = 0; i < e.n; i++)
            form += u[i] * Ku[i];
        double squares = (2 - pow(0.5, 2 * power) * 2) / (2 * power);
        double slopes = 0.25 * power * power * (2 + 2 * pow(0.5, 2 * power - 1)) / (2 * power - 1);
        KZ_CHECK_CLOSE(sum, squares, 1e-13);
        KZ_CHECK_CLOSE(form, slopes, 1e-12 * slopes);
        KZ_CHECK_CLOSE(kz_elements_value(&e, u, 1.3), pow(0.65, power), 1e-13);
        KZ_CHECK_CLOSE(kz_elements_value(&e, u, 5), 1, 1e-15);
        free(u);
        kz_elements_free(&e);
    }
}

/* Nothing is made inside: constants give exactly 0, all rows add up to 0. */
static void test_conserves(void **state)
{
    (void)state;
    kz_elements e = uniform(5, 12);
    double u[61], Ku[61], sum = 0, size = 0;
    for (size_t i = 0; i < e.n; i++)
        u[i] = 0.1;
    kz_elements_apply(Ku, &e, u);
    for (size_t i = 0; i < e.n; i++)
        KZ_CHECK_CLOSE(Ku[i], 0, 0);
    for (size_t i = 0; i < e.n; i++)
        u[i] = cos(7 * e.x[i] + 0.3);
    kz_elements_apply(Ku, &e, u);
    for (size_t i = 0; i < e.n; i++) {
        sum += Ku[i];
        size += fabs(Ku[i]);
    }
    KZ_CHECK_CLOSE(sum, 0, 1e-14 * size);
    kz_elements_free(&e);
}

/* Smallest eigenvalue but 0 of K against M. */
static double lowest(size_t count, size_t degree)
{
    kz_elements e = uniform(count, degree);
    double *a = calloc(e.n * e.n, sizeof *a), *column = calloc(3 * e.n, sizeof *column);
    double *u = column + e.n, *values = u + e.n;
    for (size_t j = 0; j < e.n; j++) {
        for (size_t i = 0; i < e.n; i++)
            u[i] = i == j ? 1 / sqrt(e.weight[j]) : 0;
        kz_elements_apply(column, &e, u);
        for (size_t i = 0; i < e.n; i++)
            a[i * e.n + j] = column[i] / sqrt(e.weight[i]);
    }
    assert_int_equal(LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'N', 'U', (int)e.n, a, (int)e.n, values), 0);
    double value = values[1];
    free(a);
    free(column);
    kz_elements_free(&e);
    return value;
}

/* Insulated ends: pi^2.  Elements of degree p with lumped mass err by h^{2p}. */
static void test_order(void **state)
{
    (void)state;
    for (size_t degree = 1; degree <= 4; degree++) {
        double coarse = fabs(lowest(4, degree) / (M_PI * M_PI) - 1);
        double fine = fabs(lowest(8, degree) / (M_PI * M_PI) - 1);
        KZ_CHECK_CLOSE(log2(coarse / fine), 2.0 * (double)degree, 0.2);
    }
    KZ_CHECK_CLOSE(lowest(2, 12), M_PI * M_PI, 1e-11);
}

/* Panels give what the edge gives, at any beta; the slope is its derivative, by differences of an
 * even number of points of the sixth order. */
static void test_outflow(void **state)
{
    (void)state;
    const kz_half half[2] = {{kz_chain_xx(), kz_state_ceiling(), KZ_SIDE_LEFT},
                             {kz_chain_xxz(3), kz_state_thermal(0.7, 0), KZ_SIDE_RIGHT}};
    const double beta[] = {-40, -1.3, -1e-3, 0, 0.2, 0.7, 1, 2.9, 31};
    kz_options options = kz_options_default();
    options.tol = 1e-12;
    for (int h = 0; h < 2; h++) {
        kz_outflow *o;
        KZ_CHECK_OK(kz_outflow_create(&o, &half[h], &options));
        for (int i = 0; i < 9; i++) {
            kz_ray ray;
            double current, slope, difference = 0, step = 0.02 * (1 + fabs(beta[i]));
            static const double weight[] = {45.0 / 60, -9.0 / 60, 1.0 / 60};
            KZ_CHECK_OK(kz_outflow_at(&current, &slope, o, beta[i]));
            KZ_CHECK_OK(kz_half_edge(&ray, &half[h], beta[i], 1e-13));
            KZ_CHECK_CLOSE(current, ray.energy_current, 3e-12);
            for (int k = 1; k <= 3; k++) {
                kz_ray up, down;
                KZ_CHECK_OK(kz_half_edge(&up, &half[h], beta[i] + k * step, 1e-13));
                KZ_CHECK_OK(kz_half_edge(&down, &half[h], beta[i] - k * step, 1e-13));
                difference += weight[k - 1] * (up.energy_current - down.energy_current) / step;
            }
            KZ_CHECK_CLOSE(slope, difference, 2e-9);
        }
        assert_true(kz_outflow_err(o) <= 3e-12);
        kz_ray limit;
        double current, slope;
        KZ_CHECK_OK(kz_outflow_at(&current, &slope, o, -INFINITY));
        KZ_CHECK_OK(kz_half_edge(&limit, &half[h], -INFINITY, 1e-13));
        KZ_CHECK_CLOSE(current, limit.energy_current, 1e-12);
        KZ_CHECK_CLOSE(slope, 0, 0);
        KZ_CHECK_STATUS(kz_outflow_at(&current, &slope, o, NAN), KZ_EDOMAIN);
        kz_outflow_free(o);
    }
}

/* With a gap J has kinks where strings begin to cross: short panels hold them, and the bound. */
static void test_outflow_with_kinks(void **state)
{
    (void)state;
    const kz_half half[2] = {{kz_chain_axial(3), kz_state_thermal(1, 0), KZ_SIDE_RIGHT},
                             {kz_chain_axial(-3), kz_state_thermal(0.6, 0), KZ_SIDE_LEFT}};
    const double tol[] = {1e-6, 1e-11};
    uint64_t seed = 20261126;
    kz_options options = kz_options_default();
    for (int h = 0; h < 4; h++) {
        kz_outflow *o;
        double worst = 0;
        options.tol = tol[h % 2];
        KZ_CHECK_OK(kz_outflow_create(&o, &half[h / 2], &options));
        for (int i = 0; i < 12; i++) {
            double beta = kz_check_uniform(&seed, 0.5, 1.2), current, slope;
            kz_ray ray;
            KZ_CHECK_OK(kz_outflow_at(&current, &slope, o, beta));
            KZ_CHECK_OK(kz_half_edge(&ray, &half[h / 2], beta, 1e-13));
            worst = kz_check_largest(worst, fabs(current - ray.energy_current) - ray.err);
        }
        print_message("off by %.2g, err %.2g\n", worst, kz_outflow_err(o));
        assert_true(worst <= kz_outflow_err(o));
        assert_true(kz_outflow_err(o) <= 3 * options.tol);
        kz_outflow_free(o);
    }
}

static int count_up(void *context, size_t done, size_t total)
{
    size_t *last = context;
    assert_true(done == *last + 1 && done <= total);
    *last = done;
    return done == 2;
}

/* At Delta = 1 strings of every length begin to cross, but carry little: a panel is not cut, and
 * its nodes start from one another.  Somebody is told of each of them, and may stop it. */
static void test_outflow_isotropic(void **state)
{
    (void)state;
    const kz_half half = {kz_chain_axial(1), kz_state_ground(0), KZ_SIDE_RIGHT};
    size_t told = 0;
    double current, slope;
    kz_ray ray;
    kz_options options = kz_options_default();
    kz_outflow *o;
    kz_progress progress;
    options.tol = 1e-5;
    KZ_CHECK_OK(kz_outflow_create(&o, &half, &options));
    kz_progress_start(&progress, count_up, &told);
    kz_outflow_watch(o, &progress);
    KZ_CHECK_STATUS(kz_outflow_at(&current, &slope, o, 0.9), KZ_ECANCELLED);
    kz_progress_end(&progress);
    kz_outflow_watch(o, NULL);
    KZ_CHECK_OK(kz_outflow_at(&current, &slope, o, 0.9));
    KZ_CHECK_OK(kz_half_edge(&ray, &half, 0.9, 1e-9));
    KZ_CHECK_CLOSE(current, ray.energy_current, kz_outflow_err(o) + ray.err);
    assert_true(told >= 2 && kz_outflow_err(o) < 1e-7);
    kz_outflow_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_conserves),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_outflow),
        cmocka_unit_test(test_outflow_with_kinks),
        cmocka_unit_test(test_outflow_isotropic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
