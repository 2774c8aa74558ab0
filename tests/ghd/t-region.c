/* Regions of the rapidity axis: band-limited indicators and the search for crossings. */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "ghd/ray/crossing.h"
#include "ghd/ray/region.h"
#include "tba/strings.h"

static const double pi = 3.14159265358979323846;

/* Real function sum_m c_m cos(w_m x) + s_m sin(w_m x), w_m = pi m/window, modes below `modes`. */
enum { MODES = 12 };

typedef struct {
    double window, c[MODES], s[MODES];
} series;

static series random_series(uint64_t *seed, double window)
{
    series f = {.window = window};
    for (int m = 0; m < MODES; m++) {
        f.c[m] = kz_check_uniform(seed, -1, 1);
        f.s[m] = m == 0 ? 0 : kz_check_uniform(seed, -1, 1);
    }
    return f;
}

static double value_at(const series *f, double x)
{
    double sum = 0;
    for (int m = 0; m < MODES; m++) {
        double w = pi * m / f->window;
        sum += f->c[m] * cos(w * x) + f->s[m] * sin(w * x);
    }
    return sum;
}

static double slope_at(const series *f, double x)
{
    double sum = 0;
    for (int m = 1; m < MODES; m++) {
        double w = pi * m / f->window;
        sum += w * (f->s[m] * cos(w * x) - f->c[m] * sin(w * x));
    }
    return sum;
}

static double integral(const series *f, double from, double to)
{
    double sum = f->c[0] * (to - from);
    for (int m = 1; m < MODES; m++) {
        double w = pi * m / f->window;
        sum += f->c[m] * (sin(w * to) - sin(w * from)) / w;
        sum -= f->s[m] * (cos(w * to) - cos(w * from)) / w;
    }
    return sum;
}

static kz_convolution *grid_of(int P, size_t half, double window)
{
    kz_convolution *c;
    KZ_CHECK_OK(kz_convolution_create(
        &c, (kz_grid){.chain = kz_chain_xxz(P), .half = half, .window = window}, KZ_FULL));
    return c;
}

/* Half-complex coefficients [n] of f on the nodes of c, unnormalised backward transform. */
static void coefficients_of(double *out, const series *f, const kz_convolution *c)
{
    memset(out, 0, c->n * sizeof *out);
    out[0] = f->c[0];
    for (size_t m = 1; m < MODES; m++) {
        double phase = pi * (double)m / f->window * c->lambda[0];
        double re = 0.5 * f->c[m], im = -0.5 * f->s[m];
        out[m] = re * cos(phase) - im * sin(phase);
        out[c->n - m] = re * sin(phase) + im * cos(phase);
    }
}

/* -- indicators ------------------------------------------------------------------------------ */

/* The projection property: sums over the nodes with any function the grid carries are integrals
 * over the region, exactly, wherever its edges are. */
static void exact_indicator_integrates(void **unused)
{
    (void)unused;
    uint64_t seed = 1;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 50; i++) {
        double window = kz_check_uniform(&seed, 2, 20);
        kz_convolution *c = grid_of(2, 16 + (size_t)i, window);
        double a = kz_check_uniform(&seed, -window, window), b = kz_check_uniform(&seed, a, window);
        double factor = kz_check_uniform(&seed, -2, 2), sum = 0, *nodal;
        KZ_CHECK_OK(kz_alloc_doubles(&nodal, c->n));
        kz_indicator_add(nodal, c->n, window, c->lambda[0], a, b, factor);
        kz_convolution_backward_row(c, nodal);
        series f = random_series(&seed, window);
        for (size_t k = 0; k < c->n; k++)
            sum += nodal[k] * value_at(&f, c->lambda[k]);
        sum *= 2 * window / (double)c->n;
        /* roundings of n terms of size up to 12 */
        KZ_CHECK_CLOSE(sum, factor * integral(&f, a, b), 1e-13 * window);
        kz_free(nodal);
        kz_convolution_free(c);
    }
}

static void exact_indicator_of_everything(void **unused)
{
    (void)unused;
    double c[64] = {0};
    kz_indicator_add(c, 64, 5, -5 + 5.0 / 64, -5, 5, 2.5);
    KZ_CHECK_CLOSE(c[0], 2.5, 1e-15);
    for (int i = 1; i < 64; i++)
        KZ_CHECK_CLOSE(c[i], 0, 1e-15); /* both edges are the same point of the period */
    kz_indicator_add(c, 64, 5, -5 + 5.0 / 64, 1.5, 1.5, 7); /* an empty interval adds nothing */
    KZ_CHECK_CLOSE(c[0], 2.5, 1e-15);
    KZ_CHECK_CLOSE(c[3], 0, 1e-15);
}

static void exact_fourier_evaluation(void **unused)
{
    (void)unused;
    uint64_t seed = 2;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 40; i++) {
        double window = kz_check_uniform(&seed, 2, 9), value, slope, *c, *nodal;
        kz_convolution *grid = grid_of(2, 20 + (size_t)i, window);
        series f = random_series(&seed, window);
        KZ_CHECK_OK(kz_alloc_doubles(&c, grid->n));
        KZ_CHECK_OK(kz_alloc_doubles(&nodal, grid->n));
        coefficients_of(c, &f, grid);
        double x = kz_check_uniform(&seed, -window, window);
        kz_fourier_evaluate(&value, &slope, c, grid->n, window, grid->lambda[0], x);
        KZ_CHECK_CLOSE(value, value_at(&f, x), 1e-13);
        KZ_CHECK_CLOSE(slope, slope_at(&f, x), 1e-12);
        memcpy(nodal, c, grid->n * sizeof *c);
        kz_convolution_backward(grid, nodal); /* one row: P = 2 */
        for (size_t k = 0; k < grid->n; k += 7)
            KZ_CHECK_CLOSE(nodal[k], value_at(&f, grid->lambda[k]), 1e-13);
        kz_free(c);
        kz_free(nodal);
        kz_convolution_free(grid);
    }
}

/* -- regions --------------------------------------------------------------------------------- */

typedef struct {
    int calls;
    double inside, outside, last;
} tally;

static void count(void *context, double from, double to, bool inside)
{
    tally *t = context;
    assert_true(to > from && from >= t->last);
    t->last = to;
    t->calls++;
    *(inside ? &t->inside : &t->outside) += to - from;
}

static void exact_visit_and_distance(void **unused)
{
    (void)unused;
    kz_region a = {.count = 3, .starts_inside = true, .edge = {-1, 0.5, 2}}, b = a;
    tally t = {.last = -4};
    kz_region_visit(&a, 4, count, &t);
    assert_int_equal(t.calls, 4);
    KZ_CHECK_CLOSE(t.inside, 4.5, 1e-15);
    KZ_CHECK_CLOSE(t.outside, 3.5, 1e-15);
    t = (tally){.last = -4};
    kz_region_visit(&(kz_region){0}, 4, count, &t);
    assert_int_equal(t.calls, 1);
    KZ_CHECK_CLOSE(t.outside, 8, 1e-15);
    b.edge[1] += 0.25;
    b.edge[2] -= 0.1;
    KZ_CHECK_CLOSE(kz_region_distance(&a, &b), 0.25, 1e-15);
    b.starts_inside = false;
    assert_true(isinf(kz_region_distance(&a, &b)));
    b = a;
    b.count = 2;
    assert_true(isinf(kz_region_distance(&a, &b)));
    assert_true(kz_region_distance(&a, &a) == 0);
}

/* -- crossings ------------------------------------------------------------------------------- */

static kz_mismatch mismatch_of(const series *f, kz_convolution *c, double **nodal, double **coef)
{
    KZ_CHECK_OK(kz_alloc_doubles(coef, c->n));
    KZ_CHECK_OK(kz_alloc_doubles(nodal, c->n));
    coefficients_of(*coef, f, c);
    for (size_t k = 0; k < c->n; k++)
        (*nodal)[k] = value_at(f, c->lambda[k]);
    return (kz_mismatch){.full = c, .nodal = *nodal, .coefficients = *coef, .noise = 1e-12};
}

/* Every edge is a zero, and on a fine scan the sign follows the region. */
static void property_region_is_where_the_function_is_positive(void **unused)
{
    (void)unused;
    uint64_t seed = 3;
    print_message("# seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 40; i++) {
        double window = 6, *nodal, *coef;
        kz_convolution *c = grid_of(2, 64, window);
        series f = random_series(&seed, window);
        for (int m = 6; m < MODES; m++)
            f.c[m] = f.s[m] = 0; /* at most 10 crossings */
        kz_mismatch d = mismatch_of(&f, c, &nodal, &coef);
        kz_region region;
        KZ_CHECK_OK(kz_mismatch_region(&region, &d));
        for (int e = 0; e < region.count; e++) {
            double slope = fabs(slope_at(&f, region.edge[e]));
            KZ_CHECK_CLOSE(value_at(&f, region.edge[e]), 0, 1e-13 + 1e-14 * slope);
            assert_true(e == 0 || region.edge[e] > region.edge[e - 1]);
        }
        for (double x = c->lambda[0]; x < window; x += 0.0113) {
            bool inside = region.starts_inside;
            for (int e = 0; e < region.count && region.edge[e] < x; e++)
                inside = !inside;
            double value = value_at(&f, x);
            if (fabs(value) > 1e-10 && x < c->lambda[c->n - 1]) assert_true(inside == (value > 0));
        }
        kz_free(nodal);
        kz_free(coef);
        kz_convolution_free(c);
    }
}

/* 1 + epsilon - cos: a dip between two nodes that may or may not reach below zero. */
static void edge_pair_between_nodes(void **unused)
{
    (void)unused;
    double window = 6, *nodal, *coef;
    kz_convolution *c = grid_of(2, 32, window);
    double h = c->lambda[1] - c->lambda[0], w = pi / window;
    for (int i = 0; i < 9; i++) {
        double centre = c->lambda[40] + (0.1 + 0.1 * i) * h, half = 0.03 * h;
        /* cos(w half) - cos(w (x - centre)): zeros at centre +- half, positive outside */
        series f = {.window = window};
        f.c[0] = cos(w * half);
        f.c[1] = -cos(w * centre);
        f.s[1] = -sin(w * centre);
        kz_mismatch d = mismatch_of(&f, c, &nodal, &coef);
        kz_region region;
        d.noise = 1e-15;
        KZ_CHECK_OK(kz_mismatch_region(&region, &d));
        assert_int_equal(region.count, 2);
        assert_true(region.starts_inside);
        /* slope w^2 half ~ 2e-3: rounding 2e-16 over it */
        KZ_CHECK_CLOSE(region.edge[0], centre - half, 1e-12);
        KZ_CHECK_CLOSE(region.edge[1], centre + half, 1e-12);
        kz_free(nodal);
        kz_free(coef);
        f.c[0] = 1 + 1e-9; /* just not touching */
        d = mismatch_of(&f, c, &nodal, &coef);
        KZ_CHECK_OK(kz_mismatch_region(&region, &d));
        assert_int_equal(region.count, 0);
        assert_true(region.starts_inside);
        kz_free(nodal);
        kz_free(coef);
    }
    kz_convolution_free(c);
}

/* The same dip, wherever it is beside the borders of patches: between the last node of a finer
 * patch and the first one beyond it too. */
static void edge_pair_beside_patches(void **unused)
{
    (void)unused;
    const double window = 6, w = pi / window;
    const kz_span span = {0.5, 0.6};
    kz_grid grid = {.chain = kz_chain_rational(7, 2), .half = 270, .window = window};
    kz_cutoff cutoff;
    kz_zoom *zoom;
    kz_convolution *c;
    double *nodal, *modes;
    kz_cutoff_fill(&cutoff, 30);
    KZ_CHECK_OK(kz_zoom_create(&zoom, 2 * grid.half, window, 2, &span, 1, &cutoff));
    KZ_CHECK_OK(kz_convolution_create_zoomed(&c, grid, zoom));
    KZ_CHECK_OK(kz_alloc_doubles(&nodal, c->n));
    KZ_CHECK_OK(kz_alloc_doubles(&modes, c->n));
    for (int i = 0; i < 4 * 36; i++) {
        const kz_patch *q = &zoom->patch[1 + i % 4 / 2];
        double h = q->spacing, half = 0.05 * h;
        double centre = q->core[i % 2] + (i / 4 - 17.5) / 8 * h;
        for (size_t k = 0; k < c->n; k++)
            nodal[k] = cos(w * half) - cos(w * (c->lambda[k] - centre));
        kz_mismatch d = {.full = c, .nodal = nodal, .noise = 1e-15};
        kz_mismatch_prepare(&d, modes);
        kz_region region;
        KZ_CHECK_OK(kz_mismatch_region(&region, &d));
        assert_int_equal(region.count, 2);
        /* the depth of the dip, some 1e-9, is known to 1e-13 */
        KZ_CHECK_CLOSE(region.edge[0], centre - half, 1e-2 * half);
        KZ_CHECK_CLOSE(region.edge[1], centre + half, 1e-2 * half);
    }
    kz_free(nodal);
    kz_free(modes);
    kz_convolution_free(c);
}

/* The first row has the source s(lambda) (limit tanh(P lambda) - zeta) besides its series. */
static void exact_source(void **unused)
{
    (void)unused;
    double window = 6, *nodal, *coef, value, slope;
    kz_convolution *c = grid_of(4, 64, window);
    series f = {.window = window};
    kz_mismatch d = mismatch_of(&f, c, &nodal, &coef);
    double limit = 2 * sin(pi / 4);
    d.has_source = true;
    d.zeta = 0.4 * limit;
    for (size_t k = 0; k < c->n; k++)
        nodal[k] =
            kz_local_kernel(pi / 4, c->lambda[k]) * (limit * tanh(4 * c->lambda[k]) - d.zeta);
    for (double x = -1; x <= 1; x += 0.17) {
        double expected = kz_local_kernel(pi / 4, x) * (limit * tanh(4 * x) - d.zeta);
        kz_mismatch_evaluate(&value, &slope, &d, x);
        KZ_CHECK_CLOSE(value, expected, 1e-14);
        double e = 1e-5, above, below, unused_slope;
        kz_mismatch_evaluate(&above, &unused_slope, &d, x + e);
        kz_mismatch_evaluate(&below, &unused_slope, &d, x - e);
        KZ_CHECK_CLOSE(slope, (above - below) / (2 * e), 1e-7); /* e^2/6 f''' with P^3 */
    }
    kz_region region;
    KZ_CHECK_OK(kz_mismatch_region(&region, &d));
    assert_int_equal(region.count, 1);
    assert_false(region.starts_inside);
    KZ_CHECK_CLOSE(region.edge[0], 0.25 * atanh(0.4), 1e-14);
    kz_free(nodal);
    kz_free(coef);
    kz_convolution_free(c);
}

static void edge_noise_and_nothing(void **unused)
{
    (void)unused;
    double window = 6, *nodal, *coef;
    kz_convolution *c = grid_of(2, 32, window);
    series f = {.window = window};
    f.c[2] = 1e-13;
    kz_mismatch d = mismatch_of(&f, c, &nodal, &coef);
    kz_region region = {.count = 5};
    KZ_CHECK_OK(kz_mismatch_region(&region, &d)); /* all below the noise of 1e-12 */
    assert_int_equal(region.count, 0);
    assert_false(region.starts_inside);
    kz_free(nodal);
    kz_free(coef);
    kz_convolution_free(c);
}

static void errors_too_many_crossings(void **unused)
{
    (void)unused;
    double window = 6, *nodal, *coef;
    kz_convolution *c = grid_of(2, 64, window);
    series f = {.window = window};
    f.s[11] = 1; /* 22 crossings */
    kz_mismatch d = mismatch_of(&f, c, &nodal, &coef);
    kz_region region;
    KZ_CHECK_STATUS(kz_mismatch_region(&region, &d), KZ_ENOCONV);
    kz_free(nodal);
    kz_free(coef);
    kz_convolution_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_indicator_integrates),
        cmocka_unit_test(exact_indicator_of_everything),
        cmocka_unit_test(exact_fourier_evaluation),
        cmocka_unit_test(exact_visit_and_distance),
        cmocka_unit_test(property_region_is_where_the_function_is_positive),
        cmocka_unit_test(edge_pair_between_nodes),
        cmocka_unit_test(edge_pair_beside_patches),
        cmocka_unit_test(exact_source),
        cmocka_unit_test(edge_noise_and_nothing),
        cmocka_unit_test(errors_too_many_crossings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
