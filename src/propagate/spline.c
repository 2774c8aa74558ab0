/* On an interval of width h,
 *     p(y) = f0 + d0 y + s0 y^2/2 + a y^3 + b y^4 + c y^5,
 *     D = f1 - f0 - d0 h - s0 h^2/2,   E = d1 - d0 - s0 h,   F = s1 - s0,
 *     a h^3 = 10 D - 4 E h + F h^2/2,  b h^4 = -15 D + 7 E h - F h^2,  c h^5 = 6 D - 3 E h + F
 * h^2/2, and two conditions at every knot make a band matrix in (d_0, s_0, d_1, s_1, ...).  A cubic
 * spline would do with less, but its kinks in the third derivative travel into the rapidities,
 * where they cost two powers of the node spacing. */
#include "propagate/spline.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

enum { BAND = 3, LEADING = 3 * BAND + 1 };

/* A quantity of one interval as a linear form in d0, s0, d1, s1 plus a constant. */
typedef struct {
    double weight[4], constant;
} form;

/* p''' (fourth: p'''' times h) at the left (end = 0) or right (1) end of an interval, times h^2. */
static form derivative(double h, double rise, int end, bool fourth)
{
    /* a, b h, c h^2, each times h^2, as forms */
    const double slope = rise / h;
    const form a = {{-6, -1.5 * h, -4, 0.5 * h}, 10 * slope};
    const form b = {{8, 1.5 * h, 7, -h}, -15 * slope};
    const form c = {{-3, -0.5 * h, -3, 0.5 * h}, 6 * slope};
    const double weight[2][2][3] = {{{6, 0, 0}, {6, 24, 60}}, {{0, 24, 0}, {0, 24, 120}}};
    const double *w = weight[fourth][end];
    form sum;
    for (int i = 0; i < 4; i++)
        sum.weight[i] = w[0] * a.weight[i] + w[1] * b.weight[i] + w[2] * c.weight[i];
    sum.constant = w[0] * a.constant + w[1] * b.constant + w[2] * c.constant;
    return sum;
}

typedef struct {
    double *band;  /* [LEADING * order], LAPACK's layout of bands */
    double *right; /* [order] */
} band_system;

static void add(band_system *m, size_t row, size_t column, double value)
{
    m->band[column * LEADING + (2 * BAND + row - column)] += value;
}

static void add_form(band_system *m, size_t row, size_t interval, form f, double factor)
{
    for (size_t i = 0; i < 4; i++)
        add(m, row, 2 * interval + i, factor * f.weight[i]);
    m->right[row] -= factor * f.constant;
}

static void end_condition(band_system *m, size_t knot, size_t interval, bool flat, double h,
                          double rise)
{
    for (int k = 0; k < 2; k++) {
        size_t row = 2 * knot + (size_t)k;
        if (flat)
            add(m, row, row, 1);
        else
            add_form(m, row, interval, derivative(h, rise, knot == interval ? 0 : 1, k == 1), 1);
    }
}

static void assemble(band_system *m, const double *x, const double *f, size_t n, bool flat_left,
                     bool flat_right)
{
    end_condition(m, 0, 0, flat_left, x[1] - x[0], f[1] - f[0]);
    for (size_t i = 1; i + 1 < n; i++) {
        double before = x[i] - x[i - 1], after = x[i + 1] - x[i];
        for (int k = 0; k < 2; k++) {
            double ratio = pow(before / after, 2 + k); /* both in units of the left interval */
            add_form(m, 2 * i + (size_t)k, i - 1, derivative(before, f[i] - f[i - 1], 1, k == 1),
                     1);
            add_form(m, 2 * i + (size_t)k, i, derivative(after, f[i + 1] - f[i], 0, k == 1),
                     -ratio);
        }
    }
    end_condition(m, n - 1, n - 2, flat_right, x[n - 1] - x[n - 2], f[n - 1] - f[n - 2]);
}

static kz_status solve(band_system *m, lapack_int *pivot, size_t order)
{
    lapack_int size = (lapack_int)order;
    if (LAPACKE_dgbsv(LAPACK_COL_MAJOR, size, BAND, BAND, 1, m->band, LEADING, pivot, m->right,
                      size) != 0)
        return KZ_FAIL(KZ_ESING, "no quintic spline through these points");
    return KZ_OK;
}

kz_status kz_quintic_fit(double *d, double *s, const double *x, const double *f, size_t n,
                         bool flat_left, bool flat_right)
{
    if (n == 2 && !flat_left && !flat_right) {
        d[0] = d[1] = (f[1] - f[0]) / (x[1] - x[0]);
        s[0] = s[1] = 0;
        return KZ_OK;
    }
    band_system m = {NULL, NULL};
    void *pivot = NULL;
    kz_status status = kz_alloc_doubles(&m.band, LEADING * 2 * n);
    if (status == KZ_OK) status = kz_alloc_doubles(&m.right, 2 * n);
    if (status == KZ_OK) status = kz_alloc(&pivot, 2 * n, sizeof(lapack_int));
    if (status == KZ_OK) {
        assemble(&m, x, f, n, flat_left, flat_right);
        status = solve(&m, pivot, 2 * n);
    }
    for (size_t i = 0; status == KZ_OK && i < n; i++) {
        d[i] = m.right[2 * i];
        s[i] = m.right[2 * i + 1];
    }
    kz_free(m.band);
    kz_free(m.right);
    kz_free(pivot);
    return status;
}

double kz_quintic_value(const double *x, const double *f, const double *d, const double *s,
                        size_t i, double at)
{
    double h = x[i + 1] - x[i], y = (at - x[i]) / h, d0 = d[i] * h, s0 = s[i] * h * h;
    double D = f[i + 1] - f[i] - d0 - 0.5 * s0, E = d[i + 1] * h - d0 - s0,
           F = s[i + 1] * h * h - s0;
    double a = 10 * D - 4 * E + 0.5 * F, b = -15 * D + 7 * E - F, c = 6 * D - 3 * E + 0.5 * F;
    return f[i] + y * (d0 + y * (0.5 * s0 + y * (a + y * (b + y * c))));
}
