/* Occupation numbers of the XX chain. */
#include "support/check.h"

#include <kapitza/fermion.h>

static const double pi = 3.14159265358979323846;

/* Definition, in long double. */
static double occupation_by_definition(double beta, double mu, double k)
{
    return (double)(1.0L / (1.0L + expl(-(long double)beta * cosl(k) - (long double)mu)));
}

static void exact_thermal(void **unused)
{
    (void)unused;
    const double beta[] = {0.0, 1.0, -1.0, 0.03, 7.0, -20.0}, mu[] = {0.0, 0.7, -2.0, 11.0};
    for (size_t i = 0; i < 6; i++)
        for (size_t j = 0; j < 4; j++)
            for (double k = -3.1; k < 3.1; k += 0.17) {
                kz_state state = kz_state_thermal(beta[i], mu[j]);
                /* one rounding of x, at most 31, and few of the rest */
                KZ_CHECK_CLOSE(kz_fermion_occupation(&state, k),
                               occupation_by_definition(beta[i], mu[j], k), 2e-15);
            }
}

static void exact_ground(void **unused)
{
    (void)unused;
    kz_state zero = kz_state_ground(0.0), field = kz_state_ground(0.5);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&zero, 0.0), 1.0, 0.0);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&zero, -pi), 0.0, 0.0);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&zero, 0.5 * pi), 0.5, 0.0);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&zero, -0.5 * pi), 0.5, 0.0);
    /* the field attracts up spins: -cos k < h, so |k| < 2 pi/3 */
    KZ_CHECK_CLOSE(kz_fermion_occupation(&field, 2.0 * pi / 3.0), 0.5, 0.0);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&field, 2.0 * pi / 3.0 - 1e-9), 1.0, 0.0);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&field, -2.0 * pi / 3.0 - 1e-9), 0.0, 0.0);
}

static void exact_other_pure_states(void **unused)
{
    (void)unused;
    kz_state ceiling = kz_state_ceiling(), up = kz_state_up(), down = kz_state_down();
    KZ_CHECK_CLOSE(kz_fermion_occupation(&ceiling, 0.0), 0.0, 0.0);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&ceiling, pi), 1.0, 0.0);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&ceiling, 0.5 * pi), 0.5, 0.0);
    for (double k = -pi; k < pi; k += 0.1) {
        KZ_CHECK_CLOSE(kz_fermion_occupation(&up, k), 1.0, 0.0);
        KZ_CHECK_CLOSE(kz_fermion_occupation(&down, k), 0.0, 0.0);
    }
}

/* n(k; beta, mu) + n(pi - k; beta, -mu) = 1, and n is even in k. */
static void property_particle_hole(void **unused)
{
    (void)unused;
    uint64_t seed = 20240611;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 1000; i++) {
        double beta = kz_check_uniform(&seed, -30, 30), mu = kz_check_uniform(&seed, -30, 30);
        double k = kz_check_uniform(&seed, -pi, pi);
        kz_state state = kz_state_thermal(beta, mu), hole = kz_state_thermal(beta, -mu);
        double n = kz_fermion_occupation(&state, k);
        assert_true(n >= 0.0 && n <= 1.0);
        /* pi - k is rounded: 30 * 4e-16 in x, a quarter of it in n */
        KZ_CHECK_CLOSE(n + kz_fermion_occupation(&hole, pi - k), 1.0, 1e-14);
        KZ_CHECK_CLOSE(kz_fermion_occupation(&state, -k), n, 0.0);
    }
}

static void edge_low_temperature(void **unused)
{
    (void)unused;
    const double h[] = {0.0, 0.3, -0.8, 1.0, -1.0, 1.7, -1.7};
    for (size_t i = 0; i < 7; i++) {
        kz_state cold = kz_state_thermal(1e9, 1e9 * h[i]), ground = kz_state_ground(h[i]);
        for (double k = -3.0; k < 3.1; k += 0.23) /* misses the Fermi points */
            KZ_CHECK_CLOSE(kz_fermion_occupation(&cold, k), kz_fermion_occupation(&ground, k),
                           1e-15);
    }
}

static void edge_huge_parameters(void **unused)
{
    (void)unused;
    const double huge[] = {-1.7e308, -1e160, 0.0, 1e160, 1.7e308};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++)
            for (double k = -3.1; k < 3.1; k += 0.2) {
                kz_state state = kz_state_thermal(huge[i], huge[j]);
                double n = kz_fermion_occupation(&state, k);
                assert_true(n >= 0.0 && n <= 1.0);
            }
}

/* Fermi point at the edge of the band: x = beta k^2/2 up to k^4, where -beta cos k - mu has lost
 * every digit. */
static void edge_of_the_band(void **unused)
{
    (void)unused;
    kz_state bottom = kz_state_thermal(1e16, -1e16), top = kz_state_thermal(-1e16, -1e16);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&bottom, 1e-8), 1.0 / (1.0 + exp(0.5)), 1e-15);
    KZ_CHECK_CLOSE(kz_fermion_occupation(&top, pi), 0.5, 1e-15);
}

static void edge_undefined(void **unused)
{
    (void)unused;
    kz_state state = kz_state_thermal(1.0, 0.0), ground = kz_state_ground(0.0);
    kz_state unknown = {.kind = (kz_state_kind)77};
    KZ_CHECK_NAN(kz_fermion_occupation(&state, (double)NAN));
    KZ_CHECK_NAN(kz_fermion_occupation(&ground, (double)INFINITY));
    KZ_CHECK_NAN(kz_fermion_occupation(&unknown, 0.1));
    KZ_CHECK_NAN(kz_fermion_occupation(NULL, 0.1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_thermal),           cmocka_unit_test(exact_ground),
        cmocka_unit_test(exact_other_pure_states), cmocka_unit_test(property_particle_hole),
        cmocka_unit_test(edge_low_temperature),    cmocka_unit_test(edge_huge_parameters),
        cmocka_unit_test(edge_of_the_band),        cmocka_unit_test(edge_undefined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
