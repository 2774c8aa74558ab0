/* Chains, states and the edges of the energy band. */
#include "support/check.h"

#include <gsl/gsl_integration.h>
#include <limits.h>
#include <string.h>

#include <kapitza/state.h>

static const double pi = 3.14159265358979323846;
static const double ln2 = 0.693147180559945309417;

/* e0 = Delta/4 - int rho e_1 in real space: rho = 1/(2g cosh(pi x/g)) filled completely,
 * e_1 = -sin^2 g/(cosh 2x - cos g).  The library integrates the Fourier transform instead.
 * The trapezoid rule converges like exp(-pi g/step), poles at +-i g/2. */
static double ground_energy(double g)
{
    double sum = 0, step = g / 16;
    for (int i = -400; i <= 400; i++) {
        double x = i * step, gap = sin(0.5 * g);
        double root = sinh(x), below = 2 * root * root + 2 * gap * gap;
        if (below < 1e300) sum += 1 / (2 * g * cosh(pi * x / g) * below);
    }
    return 0.25 * cos(g) - sin(g) * sin(g) * step * sum;
}

/* The formula as printed, by adaptive quadrature: takahashi1999, chapter 4. */
static double printed_integrand(double x, void *gamma)
{
    double g = *(double *)gamma;
    if (x == 0) return (pi - g) / pi;
    if (x > 100) return 0; /* below e^{-2 g x} */
    return sinh((pi - g) * x) / (sinh(pi * x) * cosh(g * x));
}

static double ground_energy_as_printed(double g)
{
    enum { INTERVALS = 1000, POINTS = GSL_INTEG_GAUSS41 };
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(INTERVALS);
    gsl_function f = {printed_integrand, &g};
    double value, error;
    int code = gsl_integration_qag(&f, 0, 100, 1e-13, 1e-13, INTERVALS, POINTS, w, &value, &error);
    gsl_integration_workspace_free(w);
    assert_int_equal(code, 0);
    return 0.25 * cos(g) - sin(g) * value;
}

static void exact_delta(void **unused)
{
    (void)unused;
    assert_true(kz_chain_delta(kz_chain_xx()) == 0);
    assert_true(kz_chain_delta(kz_chain_xxz(2)) == 0);
    assert_true(kz_chain_delta(kz_chain_xxz(3)) == 0.5);
    KZ_CHECK_CLOSE(kz_chain_delta(kz_chain_xxz(4)), sqrt(0.5), 1.2e-16);
    KZ_CHECK_CLOSE(kz_chain_delta(kz_chain_xxz(5)), 0.25 * (1 + sqrt(5)), 1.2e-16);
    KZ_CHECK_CLOSE(kz_chain_delta(kz_chain_xxz(6)), 0.5 * sqrt(3), 1.2e-16);
    KZ_CHECK_CLOSE(kz_chain_delta(kz_chain_xxz(256)), cos(pi / 256), 1.2e-16);
}

static void exact_band_edges_known(void **unused)
{
    (void)unused;
    const double rounding = 2e-15; /* a sum of about 100 terms of size 1 */
    KZ_CHECK_CLOSE(kz_chain_energy_min(kz_chain_xx()), -1 / pi, 1e-16);
    KZ_CHECK_CLOSE(kz_chain_energy_max(kz_chain_xx()), 1 / pi, 1e-16);
    KZ_CHECK_CLOSE(kz_chain_energy_min(kz_chain_xxz(2)), -1 / pi, 1e-16);
    KZ_CHECK_CLOSE(kz_chain_energy_max(kz_chain_xxz(2)), 1 / pi, 1e-16);
    KZ_CHECK_CLOSE(kz_chain_energy_min(kz_chain_xxz(3)), -0.375, rounding); /* Delta = 1/2 */
    /* gamma = pi/4 by the printed formula to 15 digits */
    KZ_CHECK_CLOSE(kz_chain_energy_min(kz_chain_xxz(4)), -0.401855774335913, rounding);
    KZ_CHECK_CLOSE(kz_chain_energy_max(kz_chain_xxz(4)), 0.261137033684333, rounding);
}

static void exact_band_edges_by_quadrature(void **unused)
{
    (void)unused;
    for (int P = 3; P <= KZ_P_MAX; P = P < 20 ? P + 1 : 2 * P - 6) {
        kz_chain chain = kz_chain_xxz(P);
        double g = pi / P;
        /* 1e-14: sums of 800 terms */
        KZ_CHECK_CLOSE(kz_chain_energy_min(chain), ground_energy(g), 1e-14);
        KZ_CHECK_CLOSE(kz_chain_energy_max(chain), -ground_energy(pi - g), 1e-14);
        if (P > 8) continue; /* sinh(100 pi) is the largest that is needed */
        KZ_CHECK_CLOSE(kz_chain_energy_min(chain), ground_energy_as_printed(g), 1e-13);
        KZ_CHECK_CLOSE(kz_chain_energy_max(chain), -ground_energy_as_printed(pi - g), 1e-13);
    }
}

/* Towards Delta = 1: Hulthen's 1/4 - ln 2 and the ferromagnet's 1/4, both approached like g^2;
 * edges are monotone in Delta, since the energy is a minimum over states linear in Delta. */
static void property_approach_to_isotropy(void **unused)
{
    (void)unused;
    kz_chain last = kz_chain_xxz(KZ_P_MAX);
    KZ_CHECK_CLOSE(kz_chain_energy_min(last), 0.25 - ln2, pow(pi / KZ_P_MAX, 2));
    KZ_CHECK_CLOSE(kz_chain_energy_max(last), 0.25, pow(pi / KZ_P_MAX, 2));
    for (int P = KZ_P_MIN; P < KZ_P_MAX; P++) {
        kz_chain a = kz_chain_xxz(P), b = kz_chain_xxz(P + 1);
        assert_true(kz_chain_delta(a) < kz_chain_delta(b));
        assert_true(kz_chain_energy_min(a) > kz_chain_energy_min(b));
        assert_true(kz_chain_energy_max(a) > kz_chain_energy_max(b));
        assert_true(kz_chain_energy_max(a) >
                    0.25 * kz_chain_delta(a)); /* above the polarised one */
    }
}

static void exact_makers(void **unused)
{
    (void)unused;
    assert_int_equal(kz_chain_xx().kind, KZ_CHAIN_XX);
    assert_int_equal(kz_chain_xxz(7).kind, KZ_CHAIN_XXZ);
    assert_int_equal(kz_chain_xxz(7).P, 7);
    kz_state thermal = kz_state_thermal(-0.5, 3);
    assert_true(thermal.kind == KZ_STATE_THERMAL && thermal.beta == -0.5 && thermal.mu == 3);
    assert_true(kz_state_ground(0.25).kind == KZ_STATE_GROUND && kz_state_ground(0.25).h == 0.25);
    assert_int_equal(kz_state_ceiling().kind, KZ_STATE_CEILING);
    assert_int_equal(kz_state_up().kind, KZ_STATE_UP);
    assert_int_equal(kz_state_down().kind, KZ_STATE_DOWN);
}

static void exact_magnetization(void **unused)
{
    (void)unused;
    const kz_state with[] = {kz_state_thermal(0, 1e-300), kz_state_thermal(1, -2),
                             kz_state_ground(-1e-9), kz_state_up(), kz_state_down()};
    const kz_state without[] = {kz_state_thermal(3, 0), kz_state_thermal(-1, -0.0),
                                kz_state_ground(0), kz_state_ceiling()};
    for (size_t i = 0; i < 5; i++)
        assert_true(kz_state_has_magnetization(&with[i]));
    for (size_t i = 0; i < 4; i++)
        assert_false(kz_state_has_magnetization(&without[i]));
}

static void errors_chain(void **unused)
{
    (void)unused;
    const int bad[] = {1, 0, -4, KZ_P_MAX + 1, INT_MIN, INT_MAX};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        KZ_CHECK_STATUS(kz_chain_check(kz_chain_xxz(bad[i])), KZ_EINVAL);
        char number[16];
        snprintf(number, sizeof number, "%d", bad[i]);
        assert_non_null(strstr(kz_error_reason(), number)); /* the message names the culprit */
    }
    kz_chain unknown = {.kind = (kz_chain_kind)9, .P = 4};
    KZ_CHECK_STATUS(kz_chain_check(unknown), KZ_EINVAL);
    KZ_CHECK_OK(kz_chain_check(kz_chain_xxz(KZ_P_MIN)));
    KZ_CHECK_OK(kz_chain_check(kz_chain_xxz(KZ_P_MAX)));
    kz_chain xx = {.kind = KZ_CHAIN_XX, .P = -3}; /* P is not read */
    KZ_CHECK_OK(kz_chain_check(xx));
}

static void exact_chain_from_delta(void **unused)
{
    (void)unused;
    kz_chain chain = {.kind = KZ_CHAIN_XXZ, .P = 99};
    KZ_CHECK_OK(kz_chain_from_delta(&chain, 0));
    assert_int_equal(chain.kind, KZ_CHAIN_XX);
    for (int P = 3; P <= KZ_P_MAX; P++) {
        KZ_CHECK_OK(kz_chain_from_delta(&chain, cos(acos(-1.0) / P)));
        assert_int_equal(chain.kind, KZ_CHAIN_XXZ);
        assert_int_equal(chain.P, P);
    }
    KZ_CHECK_OK(kz_chain_from_delta(&chain, 0.7071067811865)); /* 13 digits of cos(pi/4) */
    assert_int_equal(chain.P, 4);
    const double none[] = {0.2, -0.3, -0.5, 1, 1.5, 0.99999999, 0.5 + 1e-10, (double)NAN};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        KZ_CHECK_STATUS(kz_chain_from_delta(&chain, none[i]), KZ_EINVAL);
    assert_int_equal(chain.P, 4); /* as it was */
    KZ_CHECK_STATUS(kz_chain_from_delta(&chain, 0.2), KZ_EINVAL);
    assert_non_null(strstr(kz_error_reason(), "nearest supported: Delta = 0 (P=2) and 0.5 (P=3)"));
}

static void errors_state(void **unused)
{
    (void)unused;
    const double odd[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};
    for (size_t i = 0; i < 3; i++) {
        const kz_state bad[] = {kz_state_thermal(odd[i], 0), kz_state_thermal(1, odd[i]),
                                kz_state_ground(odd[i])};
        for (size_t k = 0; k < 3; k++)
            KZ_CHECK_STATUS(kz_state_check(&bad[k]), KZ_EINVAL);
    }
    const kz_state unknown = {.kind = (kz_state_kind)-1};
    KZ_CHECK_STATUS(kz_state_check(&unknown), KZ_EINVAL);
    /* members that the kind does not read may hold anything */
    const kz_state good[] = {{.kind = KZ_STATE_CEILING, .beta = (double)NAN},
                             {.kind = KZ_STATE_GROUND, .mu = (double)INFINITY},
                             {.kind = KZ_STATE_THERMAL, .h = (double)NAN},
                             {.kind = KZ_STATE_UP},
                             {.kind = KZ_STATE_DOWN}};
    for (size_t i = 0; i < 5; i++)
        KZ_CHECK_OK(kz_state_check(&good[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_delta),
        cmocka_unit_test(exact_band_edges_known),
        cmocka_unit_test(exact_band_edges_by_quadrature),
        cmocka_unit_test(property_approach_to_isotropy),
        cmocka_unit_test(exact_makers),
        cmocka_unit_test(exact_magnetization),
        cmocka_unit_test(errors_chain),
        cmocka_unit_test(exact_chain_from_delta),
        cmocka_unit_test(errors_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
