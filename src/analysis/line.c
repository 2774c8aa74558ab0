/* Straight lines through positions and velocities. */
#include <gsl/gsl_fit.h>
#include <math.h>
#include <stdbool.h>

#include <kapitza/cone.h>

#include "core/error.h"
#include "core/memory.h"

/* Relative slack of the ends of a range of times. */
static const double RANGE_SLACK = 1e-9;

/* The points of finite numbers, in place of the first ones of px, py [count]; how many. */
static size_t finite_points(double *px, double *py, const double *x, const double *y, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i])) continue;
        px[n] = x[i];
        py[n++] = y[i];
    }
    return n;
}

static kz_line fit(const double *x, const double *y, size_t n)
{
    kz_line line = {NAN, NAN, NAN, NAN, n};
    double cov00, cov01, cov11, sum;
    size_t same = 0;
    while (same < n && x[same] == x[0])
        same++;
    if (same == n) return line; /* none, one, or all at one place */
    (void)gsl_fit_linear(x, 1, y, 1, n, &line.offset, &line.slope, &cov00, &cov01, &cov11, &sum);
    if (n > 2) {
        line.slope_err = sqrt(cov11);
        line.offset_err = sqrt(cov00);
    }
    return line;
}

kz_status kz_line_fit(kz_line *out, const double *x, const double *y, size_t count)
{
    double *points;
    KZ_TRY(kz_alloc_doubles(&points, 2 * count));
    size_t n = finite_points(points, points + count, x, y, count);
    *out = fit(points, points + count, n);
    kz_free(points);
    return KZ_OK;
}

/* Positions against times for one side and width; a side that does not count is no point. */
static kz_status fit_side(kz_line *out, double *scratch, const kz_cone *rows, size_t count,
                          const double range[2], bool right, int width)
{
    double *t = scratch, *place = scratch + count;
    for (size_t i = 0; i < count; i++) {
        double n = right ? rows[i].right[width] : rows[i].left[width];
        bool used = rows[i].t >= range[0] && rows[i].t <= range[1] && n != 0;
        t[i] = rows[i].t;
        place[i] = used ? n : NAN;
    }
    return kz_line_fit(out, t, place, count);
}

kz_status kz_cone_fit(kz_cone_velocity *out, const kz_cone *rows, size_t count, double first,
                      double last)
{
    if (!(first <= last)) return KZ_FAIL(KZ_EINVAL, "no times from %g to %g", first, last);
    double range[2] = {first - RANGE_SLACK * fabs(first), last + RANGE_SLACK * fabs(last)};
    kz_cone_velocity fits = {.times = 0};
    double *scratch;
    for (size_t i = 0; i < count; i++)
        fits.times += rows[i].t >= range[0] && rows[i].t <= range[1];
    KZ_TRY(kz_alloc_doubles(&scratch, 2 * count));
    kz_status status = KZ_OK;
    for (int width = 0; width < KZ_CONE_WIDTHS && status == KZ_OK; width++) {
        status = fit_side(&fits.left[width], scratch, rows, count, range, false, width);
        if (status == KZ_OK)
            status = fit_side(&fits.right[width], scratch, rows, count, range, true, width);
    }
    kz_free(scratch);
    if (status == KZ_OK) *out = fits;
    return status;
}
