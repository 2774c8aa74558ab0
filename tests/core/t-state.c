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

static bool is_fraction(kz_chain chain, int P, int Q)
{
    return chain.kind == KZ_CHAIN_XXZ && chain.P == P && chain.Q == Q;
}

static void exact_chain_from_delta(void **unused)
{
    (void)unused;
    kz_chain chain = {.kind = KZ_CHAIN_XXZ, .P = 99};
    KZ_CHECK_OK(kz_chain_from_delta(&chain, 0));
    assert_int_equal(chain.kind, KZ_CHAIN_XX);
    for (int P = 3; P <= KZ_P_MAX; P++) {
        KZ_CHECK_OK(kz_chain_from_delta(&chain, cos(pi / P)));
        assert_true(is_fraction(chain, P, 1));
        KZ_CHECK_OK(kz_chain_from_delta(&chain, -cos(pi / P)));
        assert_true(is_fraction(chain, P, P - 1));
        for (int Q = 1; Q < P; Q += P < 64 ? 3 : 17) {
            kz_chain expected = kz_chain_rational(P, Q);
            if (kz_chain_is_free(expected)) continue;
            KZ_CHECK_OK(kz_chain_from_delta(&chain, cos(pi * Q / P)));
            assert_true(kz_chain_is_same(chain, expected));
            KZ_CHECK_OK(kz_chain_from_gamma(&chain, pi * Q / P));
            assert_true(kz_chain_is_same(chain, expected));
        }
    }
    KZ_CHECK_OK(kz_chain_from_delta(&chain, 0.7071067811865)); /* 13 digits of cos(pi/4) */
    assert_true(is_fraction(chain, 4, 1));
    KZ_CHECK_OK(kz_chain_from_delta(&chain, 0.3090169943749475)); /* cos(2 pi/5) */
    assert_true(is_fraction(chain, 5, 2));
    KZ_CHECK_OK(kz_chain_from_delta(&chain, -0.5));
    assert_true(is_fraction(chain, 3, 2));
    const double axial[] = {1, -1, 1.5, -2, KZ_DELTA_MAX};
    for (size_t i = 0; i < sizeof axial / sizeof axial[0]; i++) {
        KZ_CHECK_OK(kz_chain_from_delta(&chain, axial[i]));
        assert_true(chain.kind == KZ_CHAIN_AXIAL && kz_chain_delta(chain) == axial[i]);
    }
    KZ_CHECK_OK(kz_chain_from_gamma(&chain, pi / 2));
    assert_true(is_fraction(chain, 2, 1));
}

static void errors_chain_from_number(void **unused)
{
    (void)unused;
    kz_chain chain = kz_chain_xxz(4);
    const double none[] = {0.2, -0.3, 0.99999999, 0.5 + 1e-10, (double)NAN, (double)INFINITY, 1001};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        KZ_CHECK_STATUS(kz_chain_from_delta(&chain, none[i]), KZ_EINVAL);
    const double angles[] = {0, -1, pi, 4, 1, pi / 257, (double)NAN};
    for (size_t i = 0; i < sizeof angles / sizeof angles[0]; i++)
        KZ_CHECK_STATUS(kz_chain_from_gamma(&chain, angles[i]), KZ_EINVAL);
    assert_true(is_fraction(chain, 4, 1)); /* as it was */
    /* nothing with P <= 64 is as near to 1 as cos(pi/256), and nothing lies beyond it */
    KZ_CHECK_STATUS(kz_chain_from_delta(&chain, 0.99999999), KZ_EINVAL);
    assert_non_null(strstr(kz_error_reason(), "near it: Delta = 0.9999247018 (P=256)"));
    /* 1/pi = [0; 3, 7, 15 ...] lies between its convergent 7/22 and (1 + 2 * 7)/(3 + 2 * 22) */
    KZ_CHECK_STATUS(kz_chain_from_gamma(&chain, 1), KZ_EINVAL);
    assert_non_null(strstr(kz_error_reason(), "(P=47,Q=15)"));
    assert_non_null(strstr(kz_error_reason(), "(P=22,Q=7)"));
    /* and the last of these with P <= 256, (1 + 11 * 7)/(3 + 11 * 22), is nearer than 7/22 */
    assert_non_null(strstr(kz_error_reason(), "nearest gamma = 1.00018"));
    assert_non_null(strstr(kz_error_reason(), "(P=245,Q=78)"));
    /* beside 7/22 nothing is nearer, and it is named already */
    KZ_CHECK_STATUS(kz_chain_from_gamma(&chain, 7 * pi / 22 + 1e-6), KZ_EINVAL);
    assert_null(strstr(kz_error_reason(), "nearest"));
}

/* A fraction in lowest terms, and what is none. */
static void exact_rational(void **unused)
{
    (void)unused;
    assert_true(is_fraction(kz_chain_rational(10, 4), 5, 2));
    assert_true(kz_chain_is_free(kz_chain_rational(8, 4)));
    assert_true(kz_chain_is_same(kz_chain_xxz(3), kz_chain_rational(6, 2)));
    assert_true(kz_chain_is_same((kz_chain){.kind = KZ_CHAIN_XXZ, .P = 7}, kz_chain_xxz(7)));
    assert_false(kz_chain_is_same(kz_chain_xxz(2), kz_chain_xx()));
    assert_false(kz_chain_is_same(kz_chain_axial(1.5), kz_chain_axial(-1.5)));
    const kz_chain bad[] = {{.kind = KZ_CHAIN_XXZ, .P = 6, .Q = 3},
                            {.kind = KZ_CHAIN_XXZ, .P = 6, .Q = 6},
                            {.kind = KZ_CHAIN_XXZ, .P = 6, .Q = -1},
                            kz_chain_axial(0.5),
                            kz_chain_axial((double)NAN),
                            kz_chain_axial(-2e3)};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        KZ_CHECK_STATUS(kz_chain_check(bad[i]), KZ_EINVAL);
    for (int P = 3; P <= 12; P++) {
        for (int Q = 1; Q < P; Q++) {
            kz_chain a = kz_chain_rational(P, Q), b = kz_chain_rational(P, P - Q);
            KZ_CHECK_OK(kz_chain_check(a));
            assert_true(kz_chain_delta(a) == -kz_chain_delta(b));
            /* pi - gamma is rounded once more */
            KZ_CHECK_CLOSE(kz_chain_energy_max(a), -kz_chain_energy_min(b), 2e-15);
            KZ_CHECK_CLOSE(kz_chain_gamma(a), pi * Q / P, 1e-15);
            /* sums of 800 terms */
            KZ_CHECK_CLOSE(kz_chain_energy_min(a), ground_energy(pi * Q / P), 1e-14);
        }
    }
}

/* |Delta| >= 1: Hulthen, the ferromagnet's exact edges, the limits from both sides of 1, and the
 * sum at small phi against the direct one on both sides of where it changes over.  takahashi1999.
 */
static void exact_axial_edges(void **unused)
{
    (void)unused;
    KZ_CHECK_CLOSE(kz_chain_energy_min(kz_chain_axial(1)), 0.25 - ln2, 1e-16);
    KZ_CHECK_CLOSE(kz_chain_energy_max(kz_chain_axial(1)), 0.25, 0);
    KZ_CHECK_CLOSE(kz_chain_energy_max(kz_chain_axial(1.5)), 0.375, 0);
    KZ_CHECK_CLOSE(kz_chain_energy_min(kz_chain_axial(-2)), -0.5, 0);
    KZ_CHECK_CLOSE(kz_chain_energy_max(kz_chain_axial(-2)), -kz_chain_energy_min(kz_chain_axial(2)),
                   0);
    /* large Delta: e_0 = -Delta/4 - 1/(4 Delta) + O(Delta^-3), two spins flipped */
    KZ_CHECK_CLOSE(kz_chain_energy_min(kz_chain_axial(100)), -25 - 1.0 / 400, 1e-6);
    const double phi[] = {0.0099, 0.0101, 0.3};
    for (size_t i = 0; i < 3; i++) {
        double sum = 0.5, delta = cosh(phi[i]);
        for (int k = 1; k * phi[i] < 20; k++)
            sum += 2 / (1 + exp(2 * k * phi[i]));
        /* acosh of a number next to 1 loses digits: phi to 1e-16/phi */
        KZ_CHECK_CLOSE(kz_chain_energy_min(kz_chain_axial(delta)),
                       0.25 * delta - sinh(phi[i]) * sum, 1e-13);
    }
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
        cmocka_unit_test(exact_rational),
        cmocka_unit_test(exact_axial_edges),
        cmocka_unit_test(errors_chain_from_number),
        cmocka_unit_test(errors_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
