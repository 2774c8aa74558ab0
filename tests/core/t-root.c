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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_roots),
        cmocka_unit_test(property_random_brackets),
        cmocka_unit_test(edge_root_at_an_end),
        cmocka_unit_test(errors_no_sign_change),
        cmocka_unit_test(errors_of_the_function),
        cmocka_unit_test(errors_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
