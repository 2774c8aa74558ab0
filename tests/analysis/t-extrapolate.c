/* Values at vanishing truncation. */
#include <kapitza/extrapolate.h>

#include "support/check.h"

/* Current at the junction of XX | gamma = pi/4 after the energy quench, t = 20, L = 64, with the
 * total weight, chi = 200, 350, 500, 750. */
static const double weight[] = {0.015, 0.0044, 0.0017, 0.00049};
static const double current[] = {0.1195, 0.1282, 0.1315, 0.1330};

static void exact_line(void **unused)
{
    (void)unused;
    const double w[] = {3e-3, 1e-3, 2e-3}, y[] = {0.5 - 3e-3, 0.5 - 1e-3, 0.5 - 2e-3};
    kz_extrapolated two = kz_extrapolate(w, y, 2), three = kz_extrapolate(w, y, 3);
    KZ_CHECK_CLOSE(two.value, 0.5, 1e-15);
    KZ_CHECK_CLOSE(two.err, 1e-3, 1e-15);
    KZ_CHECK_CLOSE(three.value, 0.5, 1e-15);
    KZ_CHECK_CLOSE(three.err, 0.5e-3, 1e-15);
}

/* The error of a parabola is told, for any curvature and any order of the runs. */
static void property_parabola(void **unused)
{
    (void)unused;
    uint64_t seed = 20261126;
    for (int k = 0; k < 1000; k++) {
        double a = kz_check_uniform(&seed, -2, 2), b = kz_check_uniform(&seed, -300, 300);
        double w[3], y[3];
        w[k % 3] = kz_check_uniform(&seed, 1e-5, 1e-4);
        w[(k + 1) % 3] = w[k % 3] * kz_check_uniform(&seed, 1.2, 5);
        w[(k + 2) % 3] = w[(k + 1) % 3] * kz_check_uniform(&seed, 2, 5);
        for (int i = 0; i < 3; i++)
            y[i] = 0.3 + a * w[i] + b * w[i] * w[i];
        kz_extrapolated found = kz_extrapolate(w, y, 3);
        KZ_CHECK_CLOSE(found.value, 0.3, found.err + 1e-15);
    }
}

/* What chi = 350, 500, 750 foretell for chi = 1100, which has 0.13343 at weight 1.2e-4. */
static void exact_larger_chi(void **unused)
{
    (void)unused;
    kz_extrapolated found = kz_extrapolate(weight, current, 4);
    double slope = (current[3] - found.value) / weight[3];
    KZ_CHECK_CLOSE(found.value + slope * 1.2e-4, 0.13343, 1e-4); /* four digits of the data */
    KZ_CHECK_CLOSE(found.value, 0.1336, found.err);
    assert_true(kz_extrapolated_holds(&found, 0.0));
    kz_extrapolated line = kz_extrapolate(weight + 1, current + 1, 3); /* without chi = 200 */
    KZ_CHECK_CLOSE(line.value, found.value, 0.0);
    assert_true(line.err <= 0.501 * (found.value - current[3]));
    /* chi = 200 and 350 alone bend, and say so */
    kz_extrapolated poor = kz_extrapolate(weight, current, 3);
    KZ_CHECK_CLOSE(poor.value, found.value, poor.err);
}

/* Four points of a cubic, which three may take for a line. */
static void property_inflection(void **unused)
{
    (void)unused;
    uint64_t seed = 20261127;
    for (int k = 0; k < 1000; k++) {
        double a = kz_check_uniform(&seed, -2, 2), b = kz_check_uniform(&seed, -300, 300);
        double c = kz_check_uniform(&seed, -2e4, 2e4), w[4], y[4];
        w[0] = kz_check_uniform(&seed, 1e-5, 1e-3);
        for (int i = 1; i < 4; i++)
            w[i] = w[i - 1] * kz_check_uniform(&seed, 2, 5);
        for (int i = 0; i < 4; i++)
            y[i] = 0.3 + w[i] * (a + w[i] * (b + w[i] * c));
        kz_extrapolated found = kz_extrapolate(w, y, 4);
        KZ_CHECK_CLOSE(found.value, 0.3, found.err + 1e-15);
        assert_int_equal(found.points, 4);
    }
}

/* What is not in the linear regime is told apart. */
static void regime(void **unused)
{
    (void)unused;
    const double w[] = {1e-3, 2e-3, 4e-3, 8e-3};
    double line[4], bent[4], late[4];
    for (int i = 0; i < 4; i++) {
        line[i] = 0.5 - 2.0 * w[i];
        bent[i] = 0.5 - 3e4 * w[i] * w[i] * w[i];
        late[i] = 6.0 * w[i];
    }
    kz_extrapolated found = kz_extrapolate(w, line, 4);
    assert_true(kz_extrapolated_holds(&found, 0.0));
    found = kz_extrapolate(w, line, 2); /* nothing tells that it is a line */
    assert_false(kz_extrapolated_holds(&found, 0.0));
    assert_true(kz_extrapolated_holds(&found, 2.1e-3));
    found = kz_extrapolate(w, bent, 4);
    assert_false(kz_extrapolated_holds(&found, 0.0));
    assert_true(kz_extrapolated_holds(&found, found.err));
    found = kz_extrapolate(late, line, 4); /* the smallest weight is 0.006 */
    assert_false(kz_extrapolated_holds(&found, 1.0));
    const double nan_[] = {(double)NAN, (double)NAN};
    found = kz_extrapolate(w, nan_, 2);
    assert_false(kz_extrapolated_holds(&found, 1.0));
}

static void edges(void **unused)
{
    (void)unused;
    const double nan_ = (double)NAN;
    const double alike[] = {2e-9, 2.1e-9, 2e-9}, y[] = {0.1, 0.1 + 3e-9, 0.1 - 4e-9};
    kz_extrapolated found = kz_extrapolate(alike, y, 3);
    KZ_CHECK_CLOSE(found.value, 0.1, 0);
    KZ_CHECK_CLOSE(found.err, 6e-9, 1e-16);
    const double none[] = {0, 0}, same[] = {0.25, 0.25}; /* t = 0 */
    found = kz_extrapolate(none, same, 2);
    KZ_CHECK_CLOSE(found.value, 0.25, 0);
    KZ_CHECK_CLOSE(found.err, 0, 0);
    const double exact[] = {1e-3, 0}, ends[] = {0.2, 0.3}; /* a run without truncation */
    found = kz_extrapolate(exact, ends, 2);
    KZ_CHECK_CLOSE(found.value, 0.3, 0);
    const double gap[] = {0.2, nan_}, gaps[] = {nan_, nan_};
    found = kz_extrapolate(exact, gap, 2);
    KZ_CHECK_CLOSE(found.value, 0.2, 0);
    KZ_CHECK_CLOSE(found.err, 1e-3, 0);
    found = kz_extrapolate(exact, gaps, 2);
    KZ_CHECK_NAN(found.value);
    KZ_CHECK_NAN(found.err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_line),          cmocka_unit_test(property_parabola),
        cmocka_unit_test(property_inflection), cmocka_unit_test(regime),
        cmocka_unit_test(exact_larger_chi),    cmocka_unit_test(edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
