/* beta(e) at mu = 0: its err bounds the error, all over the band and beyond the last node. */
#include "table/energy-states.h"

/* XX: e - e_min = (2/pi) int_0^{pi/2} sin t/(1 + e^{beta sin t}) dt, by 16-point Gauss-Legendre on
 * panels of at most 1/beta; the poles are at a distance of pi/beta. */
static reference closed_form(double beta)
{
    static const double node[8] = {
        0.0950125098376374402, 0.2816035507792589132, 0.4580167776572273863, 0.6178762444026437484,
        0.7554044083550030339, 0.8656312023878317439, 0.9445750230732325761, 0.9894009349916499326};
    static const double weight[8] = {
        0.1894506104550684963, 0.1826034150449235889, 0.1691565193950025382, 0.1495959888165767321,
        0.1246289712555338720, 0.0951585116824927848, 0.0622535239386478929, 0.0271524594117540949};
    enum { PANELS = 60 };
    double size = fabs(beta), half = 0.5 * fmin(0.5 * M_PI, PANELS / size) / PANELS;
    double excess = 0, slope = 0;
    for (int i = PANELS - 1; i >= 0; i--) {
        for (int k = 0; k < 16; k++) {
            double t = half * (2 * i + 1 + (k < 8 ? -node[k] : node[k - 8]));
            double s = sin(t), filling = 1 / (1 + exp(size * s)), w = weight[k % 8];
            excess += w * s * filling;
            slope += w * s * s * filling * (1 - filling);
        }
    }
    double energy = 2 / M_PI * half * excess - 1 / M_PI;
    return (reference){beta, copysign(energy, -beta), 2 * ULP, 2 / M_PI * half * slope};
}

/* beta of both signs, log-uniform from 1e-3 to far beyond the range of the promise. */
static void err_bounds_the_error(void **state)
{
    (void)state;
    static const struct {
        int P; /* 0: XX */
        int states;
        double tol, beta_max;
    } cases[] = {{0, 800, 1e-10, 5e6}, {0, 300, 1e-12, 5e6}, {0, 300, 1e-5, 5e6},
                 {2, 300, 1e-10, 1e6}, {3, 300, 1e-10, 1e5}, {4, 200, 1e-10, 1e5},
                 {5, 120, 1e-10, 1e5}, {6, 60, 1e-6, 1e5},   {12, 24, 1e-8, 1e5}};
    uint64_t seed = 20261122;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        kz_table *table;
        int P = cases[c].P;
        double worst = 0, top = log(cases[c].beta_max);
        kz_options options = kz_options_default();
        options.tol = cases[c].tol;
        options.threads = 2;
        KZ_CHECK_OK(kz_table_create_energy(&table, P ? kz_chain_xxz(P) : kz_chain_xx(), &options));
        assert_true(kz_table_get_error(table) <= cases[c].tol);
        for (int k = 0; k < cases[c].states; k++) {
            double beta = exp(kz_check_uniform(&seed, log(1e-3), top));
            beta = k % 2 ? beta : -beta;
            reference r = P ? thermal_state(kz_chain_xxz(P), beta) : closed_form(beta);
            check_state(&worst, table, &r, 1000);
        }
        print_message("# P = %d, tol %g: largest error %.2g err\n", P, cases[c].tol, worst);
        kz_table_free(table);
    }
}

/* 2026-11-22: the nodes ended at beta = -316, and the error beyond was taken from a node close by,
 * which made it up to 500 times too small; at beta = 10.3 (P = 6) the error of an interval happened
 * to vanish in its middle, the only place where it was looked for. */
static void errors_once_too_small(void **state)
{
    (void)state;
    static const double betas[] = {-682.483, 10.3147};
    kz_table *table;
    kz_options options = kz_options_default();
    options.threads = 2;
    KZ_CHECK_OK(kz_table_create_energy(&table, kz_chain_xxz(6), &options));
    double worst = 0;
    uint64_t seed = 1;
    for (size_t c = 0; c < sizeof betas / sizeof *betas; c++) {
        reference r = thermal_state(kz_chain_xxz(6), betas[c]);
        check_state(&worst, table, &r, 1000);
    }
    for (int k = 0; k < 60; k++) {
        double beta = k % 2 ? kz_check_uniform(&seed, -2000, -300) : kz_check_uniform(&seed, 9, 12);
        reference r = thermal_state(kz_chain_xxz(6), beta);
        check_state(&worst, table, &r, 1000);
    }
    kz_table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_bounds_the_error),
        cmocka_unit_test(errors_once_too_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
