/* Bracketed root finding with functions that can fail. */
#include "support/check.h"

#include <string.h>

#include "core/error.h"
#include "core/root.h"

static const double pi = 3.14159265358979323846;

typedef struct {
    double (*f)(double x);
    int calls, fail_from; /* fail_from = 0: never */
    double nan_below;     /* value is nan for x < nan_below */
} probe;

static kz_status evaluate(double *value, double x, void *context)
{
    probe *p = context;
    p->calls++;
    if (p->fail_from && p->calls >= p->fail_from)
        return KZ_FAIL(KZ_ESING, "evaluation %d", p->calls);
    *value = x < p->nan_below ? (double)NAN : p->f(x);
    return KZ_OK;
}

static double square(double x) { return x * x - 2; }
static double cosine(double x) { return cos(x); }
static double identity(double x) { return x; }
static double ninth(double x) { return pow(x - 0.3, 9); }
static double steep(double x) { return tanh(1e8 * (x - 1.25)); }
static double jump(double x) { return x < 0.7 ? -3 : 2; }
static double tiny(double x) { return 1e-290 * (x - 1.5); }
static double positive(double x) { return x * x + 1; }

static probe probe_of(double (*f)(double)) { return (probe){.f = f, .nan_below = -INFINITY}; }

static double root_of(double (*f)(double), double low, double high)
{
    probe p = probe_of(f);
    double x = NAN;
    KZ_CHECK_OK(kz_root_find(&x, evaluate, &p, low, high));
    assert_true(p.calls < 300);
    return x;
}

static void exact_roots(void **unused)
{
    (void)unused;
    const double ulp = 4.5e-16; /* "to rounding": two units in the last place at x ~ 1 ... 2 */
    KZ_CHECK_CLOSE(root_of(square, 0, 2), sqrt(2), ulp);
    KZ_CHECK_CLOSE(root_of(square, -2, 0), -sqrt(2), ulp);
    KZ_CHECK_CLOSE(root_of(cosine, 1, 2), 0.5 * pi, ulp);
    KZ_CHECK_CLOSE(root_of(cosine, 3, 6), 1.5 * pi, 4 * ulp);
    KZ_CHECK_CLOSE(root_of(steep, -7, 5), 1.25, ulp);
    KZ_CHECK_CLOSE(root_of(tiny, 0, 10), 1.5, ulp);
    KZ_CHECK_CLOSE(root_of(identity, -1, 3), 0, 1e-15);
    /* a jump through zero: the bracket shrinks onto it */
    KZ_CHECK_CLOSE(root_of(jump, -1, 1), 0.7, ulp);
    /* (x - 0.3)^9 underflows to zero within 1e-36 of the root: the bracket decides */
    KZ_CHECK_CLOSE(root_of(ninth, -1, 1), 0.3, ulp);
}

static void property_random_brackets(void **unused)
{
    (void)unused;
    uint64_t seed = 99;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 200; i++) {
        double low = kz_check_uniform(&seed, 0, 0.5 * pi), high = low + pi;
        double x = root_of(cosine, low, high);
        KZ_CHECK_CLOSE(x, 0.5 * pi, 4.5e-16);
        assert_true(x >= low && x <= high);
    }
}

static void edge_root_at_an_end(void **unused)
{
    (void)unused;
    probe p = probe_of(identity);
    double x = NAN;
    KZ_CHECK_OK(kz_root_find(&x, evaluate, &p, 0, 3));
    assert_true(x == 0);
    assert_int_equal(p.calls, 2);
    KZ_CHECK_OK(kz_root_find(&x, evaluate, &p, -4, 0));
    assert_true(x == 0);
    KZ_CHECK_OK(kz_root_find(&x, evaluate, &p, 0, 0));
    assert_true(x == 0);
}

static void errors_no_sign_change(void **unused)
{
    (void)unused;
    probe p = probe_of(positive);
    double x = 77;
    KZ_CHECK_STATUS(KZ_FAIL(KZ_EIO, "earlier"), KZ_EIO);
    KZ_CHECK_STATUS(kz_root_find(&x, evaluate, &p, -1, 2), KZ_ENOROOT);
    assert_true(x == 77);
    assert_string_equal(kz_error_reason(), "earlier"); /* no text: the caller knows better */
    KZ_CHECK_STATUS(kz_root_find(&x, evaluate, &p, 2, 2), KZ_ENOROOT);
    assert_int_equal(p.calls, 4);
}

static void errors_of_the_function(void **unused)
{
    (void)unused;
    for (int k = 1; k <= 8; k++) { /* at the ends, in the solver's set-up, in its iteration */
        probe p = probe_of(cosine);
        double x = 77;
        p.fail_from = k;
        KZ_CHECK_STATUS(kz_root_find(&x, evaluate, &p, 0.2, 3), KZ_ESING);
        assert_true(x == 77);
        assert_int_equal(p.calls, k); /* not asked again after its failure */
        char expected[32];
        snprintf(expected, sizeof expected, "evaluation %d", k);
        assert_string_equal(kz_error_reason(), expected);
    }
}

static void errors_not_finite(void **unused)
{
    (void)unused;
    const double from[] = {0.5, 1.2, 2.9, 9};
    for (size_t i = 0; i < 4; i++) {
        probe p = probe_of(cosine);
        double x = 77;
        p.nan_below = from[i];
        KZ_CHECK_STATUS(kz_root_find(&x, evaluate, &p, 0.2, 3), KZ_EDOMAIN);
        assert_true(x == 77);
    }
    probe p = probe_of(log);
    double x = 77;
    KZ_CHECK_STATUS(kz_root_find(&x, evaluate, &p, 0, 3), KZ_EDOMAIN); /* -inf at 0 */
    assert_true(x == 77);
}

/* -- Newton's method in a bracket ------------------------------------------------------------- */

/* f with its derivative, and noise of the size of the tolerance it is asked for. */
typedef struct {
    double (*f)(double x);
    double (*slope)(double x); /* NULL: not known */
    double noise;              /* of the tolerance, <= 1 */
    uint64_t seed;
    int calls, fail_from;
    double tightest;
    double low, high; /* nothing outside is asked for */
} noisy;

static kz_status evaluate_noisy(kz_root_value *out, double x, double tol, void *context)
{
    noisy *p = context;
    p->calls++;
    if (p->fail_from && p->calls >= p->fail_from)
        return KZ_FAIL(KZ_ESING, "evaluation %d", p->calls);
    assert_true(x >= p->low && x <= p->high);
    p->tightest = fmin(p->tightest, tol);
    *out = (kz_root_value){
        .value = p->f(x) + p->noise * tol * kz_check_uniform(&p->seed, -1, 1),
        .slope = p->slope ? p->slope(x) : (double)NAN,
        .err = p->noise * tol,
        .scale = 1,
    };
    return KZ_OK;
}

static double square_slope(double x) { return 2 * x; }
static double minus_sine(double x) { return -sin(x); }
static double steep_slope(double x)
{
    double t = steep(x);
    return 1e8 * (1 - t * t);
}

static noisy noisy_of(double (*f)(double), double (*slope)(double), double noise)
{
    return (noisy){f, slope, noise, 41, 0, 0, INFINITY, -INFINITY, INFINITY};
}

static double newton_root(noisy *p, double low, double high, int sign, double start, double tol)
{
    const kz_root_problem problem = {low, high, sign, start, 1e-3, tol, 1e-6};
    kz_root_value last;
    double x = NAN;
    p->low = low;
    p->high = high;
    KZ_CHECK_OK(kz_root_newton(&x, &last, evaluate_noisy, p, &problem));
    return x;
}

/* A tenth of the last step, which is below 1e-6; its square where there is no noise. */
static void exact_newton(void **unused)
{
    (void)unused;
    for (double noise = 0; noise <= 1; noise++) {
        const double tol = noise > 0 ? 1e-7 : 1e-12;
        noisy p = noisy_of(square, square_slope, noise);
        KZ_CHECK_CLOSE(newton_root(&p, 0, 2, 1, 1, 1e-13), sqrt(2), tol);
        assert_true(p.calls <= 8);
        p = noisy_of(square, square_slope, noise);
        KZ_CHECK_CLOSE(newton_root(&p, -2, 0, -1, -2, 1e-13), -sqrt(2), tol);
        p = noisy_of(cosine, minus_sine, noise);
        KZ_CHECK_CLOSE(newton_root(&p, 0, 3, -1, 0.01, 1e-13), 0.5 * pi,
                       tol); /* from where it is flat */
        p = noisy_of(steep, steep_slope, noise);
        KZ_CHECK_CLOSE(newton_root(&p, -7, 5, 1, 5, 1e-13), 1.25, tol); /* flat but at the root */
    }
}

/* Digits are asked for as they are needed: the first values are as loose as they may be. */
static void property_accuracy_follows_the_steps(void **unused)
{
    (void)unused;
    uint64_t seed = 17;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 100; i++) {
        double low = kz_check_uniform(&seed, 0.1, 1.5), high = kz_check_uniform(&seed, 1.6, 3);
        noisy loose = noisy_of(cosine, minus_sine, 1), tight = loose, blind = loose;
        loose.seed = tight.seed = seed;
        blind.slope = NULL;
        double start = kz_check_uniform(&seed, low, high);
        KZ_CHECK_CLOSE(newton_root(&loose, low, high, -1, start, 1e-12), 0.5 * pi, 1e-7);
        assert_true(loose.tightest >= 1e-12);
        KZ_CHECK_CLOSE(newton_root(&tight, low, high, -1, start, 1e-4), 0.5 * pi, 3e-4);
        assert_true(tight.tightest >= 1e-4);
        /* bisection: half the last bracket, some 1e-6 */
        KZ_CHECK_CLOSE(newton_root(&blind, low, high, -1, start, 1e-12), 0.5 * pi, 1e-6);
    }
}

/* A root at, or to rounding beyond, an end that the caller vouches for; a value of exactly 0. */
static void edge_newton_at_an_end(void **unused)
{
    (void)unused;
    noisy p = noisy_of(square, square_slope, 0);
    double beyond = sqrt(2) + 1e-12;
    KZ_CHECK_CLOSE(newton_root(&p, beyond, 2, 1, beyond, 1e-14), sqrt(2), 2e-12);
    p = noisy_of(identity, NULL, 0);
    assert_true(newton_root(&p, -1, 3, 1, 0, 1e-14) == 0);
    assert_int_equal(p.calls, 1);
    /* the same x again and again, each time with more digits, before it counts as a root */
    p = noisy_of(identity, NULL, 1);
    KZ_CHECK_CLOSE(newton_root(&p, -1, 3, 1, 0, 1e-9), 0, 1e-6);
    assert_true(p.tightest == 1e-9);
}

static void errors_newton(void **unused)
{
    (void)unused;
    const kz_root_problem problem = {0, 2, 1, 1, 1e-3, 1e-12, 1e-9};
    kz_root_value last;
    for (int k = 1; k <= 4; k++) {
        noisy p = noisy_of(square, square_slope, 0);
        double x = 77;
        p.fail_from = k;
        KZ_CHECK_STATUS(kz_root_newton(&x, &last, evaluate_noisy, &p, &problem), KZ_ESING);
        assert_true(x == 77);
        assert_int_equal(p.calls, k);
    }
    noisy p = noisy_of(log, NULL, 0);
    const kz_root_problem at_zero = {0, 2, 1, 0, 1e-3, 1e-12, 1e-9};
    double x = 77;
    KZ_CHECK_STATUS(kz_root_newton(&x, &last, evaluate_noisy, &p, &at_zero), KZ_EDOMAIN);
    assert_true(x == 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_roots),
        cmocka_unit_test(property_random_brackets),
        cmocka_unit_test(edge_root_at_an_end),
        cmocka_unit_test(errors_no_sign_change),
        cmocka_unit_test(errors_of_the_function),
        cmocka_unit_test(errors_not_finite),
        cmocka_unit_test(exact_newton),
        cmocka_unit_test(property_accuracy_follows_the_steps),
        cmocka_unit_test(edge_newton_at_an_end),
        cmocka_unit_test(errors_newton),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
