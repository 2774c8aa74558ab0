/* GHD on the Euler scale against the interacting lattice: a hot spot beta(x) of width w in a chain
 * at gamma = pi/3, at t = w.  What the lattice knows beyond the Euler scale falls with w: curvature
 * like 1/w^2, diffusion over t = w like 1/w. */
#include "propagate/support.h"

#include <kapitza/fermion.h>
#include <kapitza/tebd.h>

enum { SITES_MAX = 96 };

static double width;

static void hot_spot(double *beta, double *mu, double x, void *context)
{
    (void)context;
    *beta = 1 - 0.6 * exp(-x * x / (width * width));
    *mu = 0;
}

/* Bond i of a chain of n sites. */
static double position(int i, int n) { return i + 0.5 - 0.5 * (n - 1); }

/* Energy and its current on the lattice at t = w. */
static void lattice(double *energy, double *current, int n)
{
    double beta[SITES_MAX], mu[SITES_MAX] = {0}, delta[SITES_MAX];
    kz_mps *mps;
    kz_tebd *tebd;
    kz_mps_thermal_params cool = kz_mps_thermal_params_default();
    kz_tebd_params params = kz_tebd_params_default();
    kz_lattice_profile view = {.energy = energy, .energy_current = current};
    for (int i = 0; i + 1 < n; i++) {
        double none;
        hot_spot(&beta[i], &none, position(i, n), NULL);
        delta[i] = 0.5;
    }
    params.chi = 150;
    params.cutoff = 1e-8;
    KZ_CHECK_OK(kz_mps_create_thermal(&mps, (size_t)n, beta, mu, delta, &cool));
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
    size_t steps = (size_t)(5 * width + 0.5);
    KZ_CHECK_OK(kz_tebd_advance(tebd, width / (double)steps, steps, NULL, NULL));
    KZ_CHECK_OK(kz_mps_measure(&view, mps, delta, 1));
    print_message("w = %g: chi = %zu\n", width, kz_mps_max_bond_dimension(mps));
    kz_tebd_free(tebd);
    kz_mps_free(mps);
}

/* Largest deviation within 2 w, of the energy and of its current. */
static void deviation(double worst[2], double scale[2])
{
    int n = 2 * (int)(4.4 * width);
    double energy[SITES_MAX], current[SITES_MAX];
    const double edge[] = {-6 * width, 0, 6 * width};
    kz_options options = options_of(1e-6);
    kz_propagation *p;
    lattice(energy, current, n);
    KZ_CHECK_OK(
        kz_propagation_create_function(&p, kz_chain_xxz(3), hot_spot, NULL, edge, 3, &options));
    double rest = solve(p, 20 * width, 0, 1e-6).energy;
    worst[0] = worst[1] = scale[0] = scale[1] = 0;
    for (int i = 0; i + 1 < n; i++) {
        double x = position(i, n);
        if (fabs(x) > 2 * width) continue;
        kz_propagation_point q = solve(p, x, width, 1e-6);
        worst[0] = kz_check_largest(worst[0], fabs(energy[i] - q.energy));
        worst[1] = kz_check_largest(worst[1], fabs(current[i] - q.energy_current));
        scale[0] = fmax(scale[0], fabs(q.energy - rest));
        scale[1] = fmax(scale[1], fabs(q.energy_current));
    }
    kz_propagation_free(p);
}

static void test_hot_spot(void **state)
{
    (void)state;
    static const double w[] = {2.5, 5, 10};
    double worst[3][2], scale[2];
    for (int i = 0; i < 3; i++) {
        width = w[i];
        deviation(worst[i], scale);
        print_message("w = %g: energy off by %.3g of %.3g, current by %.3g of %.3g\n", width,
                      worst[i][0], scale[0], worst[i][1], scale[1]);
    }
    for (int q = 0; q < 2; q++) {
        /* 1/2 from diffusion, 1/4 from curvature */
        assert_true(worst[1][q] < 0.6 * worst[0][q] && worst[2][q] < 0.6 * worst[1][q]);
        assert_true(worst[2][q] < 0.02 * scale[q]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hot_spot)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
