/* The inner cone: known maxima, what must not count, free fermions, fits. */
#include <kapitza/cone.h>
#include <kapitza/fermion.h>

#include "core/memory.h"
#include "support/check.h"

enum { SITES = 140, FIRST = 1 - SITES / 2 };

static long site(size_t i) { return FIRST + (long)i; }

static kz_cone found(const double *current, double t)
{
    kz_cone cone;
    KZ_CHECK_OK(kz_cone_find(&cone, current, SITES, FIRST, t));
    KZ_CHECK_CLOSE(cone.t, t, 0);
    return cone;
}

static void check_none(const kz_cone *cone)
{
    KZ_CHECK_CLOSE(cone->left[KZ_CONE_USUAL], 0, 0);
    KZ_CHECK_CLOSE(cone->right[KZ_CONE_USUAL], 0, 0);
}

static void widths(void **state)
{
    (void)state;
    assert_int_equal(kz_cone_half_width(KZ_CONE_USUAL, 0), 2);
    assert_int_equal(kz_cone_half_width(KZ_CONE_WIDE, 0), 3);
    assert_int_equal(kz_cone_half_width(KZ_CONE_USUAL, 25), 4); /* 3.5: ties up */
    assert_int_equal(kz_cone_half_width(KZ_CONE_NARROW, 100), 4);
    assert_int_equal(kz_cone_half_width(KZ_CONE_WIDE, 30.25), 6);
    assert_int_equal(kz_cone_half_width(KZ_CONE_USUAL, 40), 4); /* 4.43 */
    assert_int_equal(kz_cone_half_width(KZ_CONE_NARROW, 40), 2);
    assert_int_equal(kz_cone_half_width(KZ_CONE_WIDE, 40), 6);
}

/* Two parabolas that meet between the maxima: every window around a maximum is one of them, and
 * the vertex is exact for all widths. */
static void parabolas_are_exact(void **state)
{
    (void)state;
    double current[SITES];
    for (size_t i = 0; i < SITES; i++) {
        double n = (double)site(i), left = 0.12 - 4e-4 * (n + 11.7) * (n + 11.7);
        double right = 0.15 - 3e-4 * (n - 18.3) * (n - 18.3);
        current[i] = fmax(left, right);
    }
    current[0] = current[SITES - 1] = NAN; /* as in a run */
    kz_cone cone = found(current, 36);
    for (int w = 0; w < KZ_CONE_WIDTHS; w++) {
        KZ_CHECK_CLOSE(cone.left[w], -11.7, 1e-11);
        KZ_CHECK_CLOSE(cone.right[w], 18.3, 1e-11);
    }
    KZ_CHECK_CLOSE(cone.err_left, 0, 1e-11);
    KZ_CHECK_CLOSE(cone.err_right, 0, 1e-11);
}

/* Bumps of a Gauss curve with noise: J'' = 1.6e-3 and 1.3e-3 there, so that noise of variance
 * 8e-8 (uniform to 5e-4) moves the vertex of nine points by 0.03; the top is flat over several
 * sites, any of which may be m, and there the fourth derivative moves it by up to 0.2. */
static void noise_is_smoothed(void **state)
{
    (void)state;
    uint64_t seed = 20260101;
    int bare = 0;
    for (int repeat = 0; repeat < 200; repeat++) {
        double current[SITES], n_left = kz_check_uniform(&seed, -16, -10);
        double n_right = kz_check_uniform(&seed, 14, 24);
        size_t best = SITES / 2;
        for (size_t i = 0; i < SITES; i++) {
            double n = (double)site(i), l = (n - n_left) / 7, r = (n - n_right) / 8;
            current[i] = 0.1 + 0.04 * exp(-l * l) + 0.05 * exp(-r * r) +
                         kz_check_uniform(&seed, -5e-4, 5e-4);
            if (i > SITES / 2 && current[i] > current[best]) best = i;
        }
        kz_cone cone = found(current, 36);
        KZ_CHECK_CLOSE(cone.left[KZ_CONE_USUAL], n_left, 0.3);
        KZ_CHECK_CLOSE(cone.right[KZ_CONE_USUAL], n_right, 0.3);
        assert_true(cone.err_right > 0 && cone.err_right < 2);
        bare += fabs((double)site(best) - n_right) > 0.6;
    }
    assert_true(bare > 10); /* the largest bare value does miss */
}

static void fill(double *current, double (*of)(double n))
{
    for (size_t i = 0; i < SITES; i++)
        current[i] = of((double)site(i));
}

static double falling(double n) { return 0.2 - 1e-3 * n; }
static double one_maximum(double n) { return 0.2 * exp(-n * n / 400); }
static double close_maxima(double n) { return 0.2 - 0.01 * (fabs(n) - 1.4) * (fabs(n) - 1.4); }
static double valley(double n) { return 1e-4 * n * n; }
static double ripple(double n) { return 0.2 + 4e-4 * cos(0.2 * (fabs(n) - 15)); }
static double waves(double n) { return 0.2 + 8e-4 * cos(0.2 * (fabs(n) - 15)) - 1e-8 * n * n; }
static double ramp(double n) { return 1e-3 * n - 1e-9 * n * n; }

static void what_does_not_count(void **state)
{
    (void)state;
    double current[SITES];
    kz_cone cone;
    double (*const none[])(double) = {one_maximum, close_maxima, valley, ripple};
    for (size_t k = 0; k < sizeof none / sizeof none[0]; k++) {
        fill(current, none[k]);
        cone = found(current, 30);
        check_none(&cone);
    }
    fill(current, falling); /* rises to the left end: no maximum inside, none to the right */
    cone = found(current, 30);
    KZ_CHECK_CLOSE(cone.right[KZ_CONE_USUAL], 0, 0);
    fill(current, waves); /* contrast 1.6e-3, less what smoothing takes */
    cone = found(current, 4);
    KZ_CHECK_CLOSE(cone.right[KZ_CONE_USUAL], 15, 0.2);
    KZ_CHECK_CLOSE(cone.left[KZ_CONE_USUAL], -15, 0.2);
}

/* |n'| >= 1.5 is asked of the vertex: m is 1 in the second case and 2 in the last. */
static void the_vertex_decides(void **state)
{
    (void)state;
    static const double top[] = {4.3, 1.4, 1.6}, expected[] = {4.3, 0, 1.6};
    for (int k = 0; k < 3; k++) {
        double current[SITES];
        for (size_t i = 0; i < SITES; i++) {
            double n = (double)site(i);
            current[i] = n < -1 || n > 12 ? 0 : 0.2 - 0.01 * (n - top[k]) * (n - top[k]);
        }
        kz_cone cone = found(current, 1);
        KZ_CHECK_CLOSE(cone.right[KZ_CONE_USUAL], expected[k], 1e-11);
    }
}

/* A spike on the junction itself belongs to neither side, though smoothing (w = 2) leaves it higher
 * than both maxima: 0.1 + 0.4 17/35 at n = 0, 0.1 + 0.4 12/35 = 0.237 at n = +-1. */
static void the_junction_belongs_to_no_side(void **state)
{
    (void)state;
    double current[SITES];
    for (size_t i = 0; i < SITES; i++) {
        double n = fabs((double)site(i));
        current[i] = fmax(0.1, 0.25 - 0.01 * (n - 8.2) * (n - 8.2));
    }
    current[-FIRST] = 0.5;
    kz_cone cone = found(current, 4);
    KZ_CHECK_CLOSE(cone.right[KZ_CONE_USUAL], 8.2, 1e-11);
    KZ_CHECK_CLOSE(cone.left[KZ_CONE_USUAL], -8.2, 1e-11);
}

/* Almost straight towards the end: m is the last full window, its vertex lies far beyond. */
static void the_vertex_moves_by_w_at_most(void **state)
{
    (void)state;
    double current[SITES];
    fill(current, ramp);
    kz_cone cone = found(current, 30); /* w = 4 */
    KZ_CHECK_CLOSE(cone.right[KZ_CONE_USUAL], (double)site(SITES - 1), 0);
    current[SITES - 1] = NAN; /* one window less */
    cone = found(current, 30);
    KZ_CHECK_CLOSE(cone.right[KZ_CONE_USUAL], (double)site(SITES - 2), 0);
}

/* Exact currents of free fermions have no inner cone at any time.  A narrow window does find false
 * ones, at 9 of these times: an independent program's number. */
static void free_fermions_have_none(void **state)
{
    (void)state;
    static double energy[SITES], spin[SITES];
    const kz_lattice_profile profile = {.energy_current = energy, .spin_current = spin};
    int falsely = 0;
    for (int quench = KZ_QUENCH_ENERGY; quench <= KZ_QUENCH_DOMAIN_WALL; quench++) {
        kz_fermion_lattice *lattice;
        KZ_CHECK_OK(kz_fermion_lattice_create(&lattice, SITES, (kz_quench_kind)quench));
        for (int t = 0; t <= 40; t++) {
            KZ_CHECK_OK(kz_fermion_lattice_measure(&profile, lattice, t));
            kz_cone cone = found(quench == KZ_QUENCH_ENERGY ? energy : spin, t);
            check_none(&cone);
            falsely += quench == KZ_QUENCH_DOMAIN_WALL &&
                       (cone.left[KZ_CONE_NARROW] != 0 || cone.right[KZ_CONE_NARROW] != 0);
        }
        kz_fermion_lattice_free(lattice);
    }
    assert_int_equal(falsely, 9);
}

/* F. J. Anscombe, The American Statistician 27, 17 (1973), first set, as printed by R. */
static void anscombe(void **state)
{
    (void)state;
    static const double x[] = {10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5};
    static const double y[] = {8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68};
    kz_line line;
    KZ_CHECK_OK(kz_line_fit(&line, x, y, 11));
    assert_int_equal(line.points, 11);
    KZ_CHECK_CLOSE(line.slope, 0.5001, 5e-5);
    KZ_CHECK_CLOSE(line.offset, 3.0001, 5e-5);
    KZ_CHECK_CLOSE(line.slope_err, 0.1179, 5e-5);
    KZ_CHECK_CLOSE(line.offset_err, 1.1247, 5e-5);
}

static void short_lines(void **state)
{
    (void)state;
    static const double x[] = {1, 2, NAN, 4}, y[] = {3, 5, 0, NAN}, same[] = {1, 1};
    kz_line line;
    KZ_CHECK_OK(kz_line_fit(&line, x, y, 4));
    assert_int_equal(line.points, 2);
    KZ_CHECK_CLOSE(line.slope, 2, 1e-14);
    KZ_CHECK_CLOSE(line.offset, 1, 1e-14);
    KZ_CHECK_NAN(line.slope_err);
    KZ_CHECK_OK(kz_line_fit(&line, same, y, 2));
    KZ_CHECK_NAN(line.slope);
    KZ_CHECK_OK(kz_line_fit(&line, x, y, 0));
    KZ_CHECK_NAN(line.offset);
    assert_int_equal(line.points, 0);
}

/* Positions on a line with scatter; sides and times that do not count are left out. */
static void velocities(void **state)
{
    (void)state;
    enum { TIMES = 41 };
    uint64_t seed = 7;
    kz_cone rows[TIMES];
    kz_cone_velocity fits;
    for (int t = 0; t < TIMES; t++) {
        double noise = kz_check_uniform(&seed, -0.2, 0.2);
        rows[t] = (kz_cone){.t = t};
        for (int w = 0; w < KZ_CONE_WIDTHS; w++)
            rows[t].right[w] = 0.93 * t - 9 + noise;
        rows[t].left[KZ_CONE_USUAL] = t % 2 ? 0 : 5 - 0.6 * t;
    }
    rows[31].right[KZ_CONE_USUAL] = 0;
    KZ_CHECK_OK(kz_cone_fit(&fits, rows, TIMES, 30, 40));
    assert_int_equal(fits.times, 11);
    assert_int_equal(fits.right[KZ_CONE_USUAL].points, 10);
    assert_int_equal(fits.right[KZ_CONE_WIDE].points, 11);
    assert_int_equal(fits.left[KZ_CONE_USUAL].points, 6);
    assert_int_equal(fits.left[KZ_CONE_WIDE].points, 0);
    KZ_CHECK_NAN(fits.left[KZ_CONE_WIDE].slope);
    KZ_CHECK_CLOSE(fits.left[KZ_CONE_USUAL].slope, -0.6, 1e-13);
    const kz_line *v = &fits.right[KZ_CONE_WIDE];
    /* the scatter is 0.115, sum (t - 35)^2 = 110 */
    assert_true(v->slope_err > 0.005 && v->slope_err < 0.02);
    KZ_CHECK_CLOSE(v->slope, 0.93, 4 * v->slope_err);
    KZ_CHECK_STATUS(kz_cone_fit(&fits, rows, TIMES, 40, 30), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_cone_fit(&fits, rows, TIMES, NAN, 30), KZ_EINVAL);
}

/* v = 1 at Delta = 0, (pi/2) sin(g)/g = 3 sqrt(3)/4 at Delta = 1/2. */
static void reflection(void **state)
{
    (void)state;
    KZ_CHECK_CLOSE(kz_cone_reach(140, 0, -20), 110, 1e-12);
    KZ_CHECK_CLOSE(kz_cone_reach(140, 0.5, 20), 110 / (0.75 * sqrt(3)), 1e-12);
    assert_true(isinf(kz_cone_reach(140, 1.5, 20)));
}

static void refusals(void **state)
{
    (void)state;
    double current[SITES] = {0};
    kz_cone cone = {.t = 7};
    KZ_CHECK_STATUS(kz_cone_find(&cone, current, 0, 0, 1), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_cone_find(&cone, NULL, SITES, FIRST, 1), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_cone_find(&cone, current, SITES, FIRST, -1), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_cone_find(&cone, current, SITES, FIRST, NAN), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_cone_find(&cone, current, SITES, FIRST, INFINITY), KZ_EINVAL);
    kz_alloc_fail_at(1);
    KZ_CHECK_STATUS(kz_cone_find(&cone, current, SITES, FIRST, 1), KZ_ENOMEM);
    kz_alloc_fail_at(0);
    KZ_CHECK_CLOSE(cone.t, 7, 0);
    for (size_t i = 0; i < SITES; i++)
        current[i] = NAN;
    cone = found(current, 10);
    check_none(&cone);
    KZ_CHECK_OK(kz_cone_find(&cone, current, 3, 5, 10)); /* shorter than any window */
    check_none(&cone);
}

static void memory_runs_out(void **state)
{
    (void)state;
    kz_cone rows[4] = {{.t = 1}, {.t = 2}, {.t = 3}, {.t = 4}};
    kz_cone_velocity fits = {.times = 99};
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status != KZ_OK; k++) {
        kz_alloc_fail_at(k);
        status = kz_cone_fit(&fits, rows, 4, 1, 4);
        kz_alloc_fail_at(0);
        if (status == KZ_OK) break;
        KZ_CHECK_STATUS(status, KZ_ENOMEM);
        assert_int_equal(fits.times, 99);
    }
    assert_int_equal(fits.times, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths),
        cmocka_unit_test(parabolas_are_exact),
        cmocka_unit_test(noise_is_smoothed),
        cmocka_unit_test(what_does_not_count),
        cmocka_unit_test(the_vertex_decides),
        cmocka_unit_test(the_junction_belongs_to_no_side),
        cmocka_unit_test(the_vertex_moves_by_w_at_most),
        cmocka_unit_test(free_fermions_have_none),
        cmocka_unit_test(anscombe),
        cmocka_unit_test(short_lines),
        cmocka_unit_test(velocities),
        cmocka_unit_test(reflection),
        cmocka_unit_test(refusals),
        cmocka_unit_test(memory_runs_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
