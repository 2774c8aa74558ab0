/* Grids with patches of finer nodes.  src/tba/grid/zoom.h. */
#include "tba/grid/zoom.h"

#include <math.h>

#include "core/memory.h"
#include "ghd/ray/region.h"
#include "support/check.h"
#include "tba/grid/convolution.h"

static const double WINDOW = 12, SHAPE = 26;

static kz_cutoff cutoff;

/* Analytic, with a pole 0.9 from the axis. */
static double smooth(double x) { return exp(-0.2 * x * x) / (0.81 + (x - 0.3) * (x - 0.3)); }

static double lambda_of(const kz_patch *q, size_t k) { return q->first + (double)k * q->spacing; }

/* A step up at `edge` times smooth() at all nodes: projected on the modes of the patch that has the
 * edge in its core, sharp on the others. */
static void fill_step(double *row, const kz_zoom *zoom, double edge)
{
    for (int p = 0; p < zoom->count; p++) {
        const kz_patch *q = &zoom->patch[p];
        double *part = row + q->start, period = (double)q->n * q->spacing;
        for (size_t k = 0; k < q->n; k++)
            part[k] = lambda_of(q, k) > edge;
        if (kz_zoom_patch_at(zoom, edge) == p) {
            for (size_t k = 0; k < q->n; k++)
                part[k] = 0;
            kz_indicator_add(part, q->n, 0.5 * period, q->first, edge, q->first + period, 1);
            kz_transform_backward(q->whole, part, 1);
        }
        for (size_t k = 0; k < q->n; k++)
            part[k] *= smooth(lambda_of(q, k));
    }
}

/* Multiplies modes by 1/(2 cosh(width omega/2)). */
static void convolve(double *row, const kz_zoom *zoom, double width)
{
    for (int p = 0; p < zoom->count; p++) {
        const kz_patch *q = &zoom->patch[p];
        double step = 2 * M_PI / ((double)q->n * q->spacing);
        for (size_t k = 0; k < q->n; k++) {
            size_t m = 2 * k <= q->n ? k : q->n - k;
            row[q->start + k] *= kz_local_kernel_symbol(width, step * (double)m);
        }
    }
}

/* int_edge^inf s(x - y) smooth(y) dy by Simpson's rule over the kernel's width. */
static double exact(double x, double edge, double width)
{
    enum { PANELS = 3000 };
    double a = fmax(edge, x - 12 * width), b = fmin(2 * WINDOW, x + 12 * width), sum = 0;
    if (b <= a) return 0;
    double h = (b - a) / (2 * PANELS);
    for (int i = 0; i <= 2 * PANELS; i++) {
        double y = a + i * h, weight = i == 0 || i == 2 * PANELS ? 1 : i % 2 ? 4 : 2;
        sum += weight * kz_local_kernel(width, x - y) * smooth(y);
    }
    return sum * h / 3;
}

/* Largest error at every `stride`-th node of all patches where they have true values. */
static double error_of_convolution(const kz_zoom *zoom, double edge, double width, size_t stride)
{
    double *row, result = 0;
    KZ_CHECK_OK(kz_alloc_doubles(&row, zoom->n));
    fill_step(row, zoom, edge);
    kz_zoom_forward(zoom, row);
    convolve(row, zoom, width);
    kz_zoom_backward(zoom, row);
    for (int p = 0; p < zoom->count; p++) {
        const kz_patch *q = &zoom->patch[p];
        for (size_t k = 0; k < q->n; k += stride) {
            double x = lambda_of(q, k), value = row[q->start + k];
            if (q->chi[k] > 0 && fabs(x) < 7)
                result = kz_check_largest(result, fabs(value - exact(x, edge, width)));
            if (q->chi[k] == 0) assert_true(value == 0);
        }
    }
    kz_free(row);
    return result;
}

static kz_zoom *zoom_at(size_t n, int levels, const kz_span *span, int spans)
{
    kz_zoom *zoom;
    kz_cutoff_fill(&cutoff, SHAPE);
    KZ_CHECK_OK(kz_zoom_create(&zoom, n, WINDOW, levels, span, spans, &cutoff));
    return zoom;
}

/* Kernels as wide as the line resolves and as narrow as the finest nodes do. */
static void exact_convolution_of_a_step(void **unused)
{
    (void)unused;
    static const struct {
        size_t n;
        int levels;
    } of[] = {{3240, 1}, {1080, 2}, {576, 3}};
    const kz_span span[] = {{-1.3, -1.29}, {0.1, 0.3}, {3, 3}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        kz_zoom *zoom = zoom_at(of[i].n, of[i].levels, span, 3);
        double finest = 2 * WINDOW / (double)of[i].n * pow(3, -of[i].levels);
        for (double width = 16 * finest; width < 1.3; width *= 4) {
            KZ_CHECK_CLOSE(error_of_convolution(zoom, 0.17, width, 7), 0, 3e-10);
            KZ_CHECK_CLOSE(error_of_convolution(zoom, -1.2933, width, 11), 0, 3e-10);
        }
        kz_zoom_free(zoom);
    }
}

/* Sums over the shares are integrals, also across a step. */
static void exact_integral_of_a_step(void **unused)
{
    (void)unused;
    const kz_span span = {0.1, 0.3};
    kz_zoom *zoom = zoom_at(576, 3, &span, 1);
    double *row;
    KZ_CHECK_OK(kz_alloc_doubles(&row, zoom->n));
    for (double edge = 0.1; edge < 0.31; edge += 0.05) {
        double sum = 0, h = 1e-3, integral = 0;
        fill_step(row, zoom, edge);
        for (int p = 0; p < zoom->count; p++)
            for (size_t k = 0; k < zoom->patch[p].n; k++)
                sum += zoom->patch[p].spacing * zoom->patch[p].share[k] *
                       row[zoom->patch[p].start + k];
        for (int i = 0; i <= 20000; i++) /* to edge + 20, where exp(-80) is left */
            integral += h / 3 * (i == 0 || i == 20000 ? 1 : i % 2 ? 4 : 2) * smooth(edge + i * h);
        KZ_CHECK_CLOSE(sum, integral, 1e-10);
    }
    kz_free(row);
    kz_zoom_free(zoom);
}

/* What the finest patch alone has, up to its highest mode, is at the nodes of all others what it is
 * at its own. */
static void exact_values_on_all_patches(void **unused)
{
    (void)unused;
    const kz_span span = {0.1, 0.3};
    kz_zoom *zoom = zoom_at(576, 3, &span, 1);
    const kz_patch *last = &zoom->patch[zoom->count - 1];
    double *row;
    KZ_CHECK_OK(kz_alloc_doubles(&row, zoom->n));
    for (size_t k = 0; k < last->n; k++)
        row[last->start + k] = cos(0.7 * (double)(k * k));
    kz_zoom_backward(zoom, row);
    size_t compared = 0;
    for (int p = zoom->count - 2; p >= 0; p--) {
        const kz_patch *q = &zoom->patch[p];
        for (size_t i = 0; i < q->n; i++) {
            double place = round((lambda_of(q, i) - last->first) / last->spacing);
            if (place < 0 || place >= (double)last->n || last->chi[(size_t)place] == 0) continue;
            KZ_CHECK_CLOSE(row[q->start + i], row[last->start + (size_t)place], 1e-10);
            compared++;
        }
    }
    assert_true(compared > last->n / 4);
    kz_free(row);
    kz_zoom_free(zoom);
}

/* Modes on patches of half the spacing are those of the same function, and so is the interpolant.
 */
static void property_interpolation(void **unused)
{
    (void)unused;
    const kz_span span[] = {{-2, -1.9}, {0.2, 0.2}};
    kz_zoom *zoom = zoom_at(1080, 2, span, 2), *fine;
    KZ_CHECK_OK(kz_zoom_refine(&fine, zoom));
    kz_grid grid = {.chain = kz_chain_rational(41, 17), .half = 540, .window = WINDOW},
            finer = grid;
    finer.half *= 2;
    kz_convolution *c, *f;
    KZ_CHECK_OK(kz_convolution_create_zoomed(&c, grid, zoom));
    KZ_CHECK_OK(kz_convolution_create_zoomed(&f, finer, fine));
    double *row, *out, *modes;
    size_t rows = (size_t)c->rows;
    KZ_CHECK_OK(kz_alloc_doubles(&row, rows * c->n));
    KZ_CHECK_OK(kz_alloc_doubles(&modes, rows * c->n));
    KZ_CHECK_OK(kz_alloc_doubles(&out, rows * f->n));
    for (size_t i = 0; i < rows * c->n; i++)
        row[i] = smooth(c->lambda[i % c->n]);
    kz_zoom_interpolate(modes, zoom, row);
    for (int p = 0; p < zoom->count; p++) {
        const kz_patch *q = &zoom->patch[p];
        for (double t = 0.01; t < 1; t += 0.09) {
            double x = q->core[0] + t * (q->core[1] - q->core[0]), value, slope;
            kz_fourier_evaluate(&value, &slope, modes + q->start, q->n,
                                0.5 * (double)q->n * q->spacing, q->first, x);
            KZ_CHECK_CLOSE(value, smooth(x), 1e-10);
        }
    }
    kz_convolution_forward(c, row);
    kz_convolution_refine(out, f, row, c);
    kz_convolution_backward(f, out);
    for (int p = 0; p < fine->count; p++) {
        const kz_patch *q = &fine->patch[p];
        for (size_t k = 0; k < q->n; k++)
            if (q->chi[k] > 0)
                KZ_CHECK_CLOSE(out[(rows - 1) * f->n + q->start + k], smooth(lambda_of(q, k)),
                               1e-10);
    }
    kz_free(row);
    kz_free(modes);
    kz_free(out);
    kz_convolution_free(c);
    kz_convolution_free(f);
}

/* The line once, by rapidity, each part in the spacing of the patch that has it. */
static void property_nodes_in_order(void **unused)
{
    (void)unused;
    const kz_span span[] = {{-4, -3.99}, {-0.05, 0.05}, {0.4, 0.41}, {5, 5}};
    kz_zoom *zoom = zoom_at(1080, 2, span, 4);
    kz_grid grid = {.chain = kz_chain_rational(41, 17), .half = 540, .window = WINDOW};
    kz_convolution *c;
    KZ_CHECK_OK(kz_convolution_create_zoomed(&c, grid, zoom));
    double before = -INFINITY, sum = 0;
    for (size_t i = 0; i < kz_convolution_nodes(c); i++) {
        size_t k = kz_convolution_node(c, i);
        assert_true(c->lambda[k] > before);
        before = c->lambda[k];
        sum += c->width[k] * kz_grid_spacing(&grid);
    }
    KZ_CHECK_CLOSE(sum, 2 * WINDOW, 1e-12);
    for (size_t i = 0; i < sizeof span / sizeof *span; i++) {
        int p = kz_zoom_patch_at(zoom, span[i].from);
        assert_true(kz_zoom_is_finest(zoom, p) && p == kz_zoom_patch_at(zoom, span[i].to));
        size_t below = kz_convolution_node_below(c, span[i].from);
        double distance = span[i].from - c->lambda[below];
        assert_true(distance >= 0 && distance < zoom->patch[p].spacing);
    }
    assert_int_equal(kz_zoom_patch_at(zoom, 9), 0);
    kz_convolution_free(c);
}

static void edge_patches_that_do_not_fit(void **unused)
{
    (void)unused;
    const kz_span far[] = {{WINDOW - 0.1, WINDOW - 0.1}, {0.1 - WINDOW, 0.1 - WINDOW}};
    kz_span many[65];
    kz_zoom *zoom;
    kz_cutoff_fill(&cutoff, SHAPE);
    for (int i = 0; i < 65; i++)
        many[i] = (kz_span){0.01 * i, 0.01 * i};
    for (int i = 0; i < 2; i++) {
        KZ_CHECK_STATUS(kz_zoom_create(&zoom, 1080, WINDOW, 2, &far[i], 1, &cutoff), KZ_EINVAL);
        assert_null(zoom);
    }
    KZ_CHECK_STATUS(kz_zoom_create(&zoom, 1080, WINDOW, 2, many, 65, &cutoff), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_zoom_create(&zoom, 1080, WINDOW, 2, many, 0, &cutoff), KZ_EINVAL);
    KZ_CHECK_STATUS(kz_zoom_create(&zoom, 32000, WINDOW, 2, many, 1, &cutoff), KZ_EINVAL);
    KZ_CHECK_OK(kz_zoom_create(&zoom, 1080, WINDOW, 2, many, 64, &cutoff)); /* one patch a level */
    assert_int_equal(zoom->count, 3);
    kz_zoom_free(zoom);
}

static void memory_allocations_can_fail(void **unused)
{
    (void)unused;
    const kz_span span[] = {{-2, -1.9}, {0.2, 0.2}};
    kz_status status = KZ_ENOMEM;
    kz_cutoff_fill(&cutoff, SHAPE);
    for (unsigned long k = 1; status != KZ_OK; k++) {
        kz_zoom *zoom = NULL, *fine = NULL;
        kz_alloc_fail_at(k);
        status = kz_zoom_create(&zoom, 576, WINDOW, 2, span, 2, &cutoff);
        if (status == KZ_OK) status = kz_zoom_refine(&fine, zoom);
        kz_alloc_fail_at(0);
        assert_true(status == KZ_OK || status == KZ_ENOMEM);
        kz_zoom_free(fine);
        kz_zoom_free(zoom);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_convolution_of_a_step),
        cmocka_unit_test(exact_integral_of_a_step),
        cmocka_unit_test(exact_values_on_all_patches),
        cmocka_unit_test(property_interpolation),
        cmocka_unit_test(property_nodes_in_order),
        cmocka_unit_test(edge_patches_that_do_not_fit),
        cmocka_unit_test(memory_allocations_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
