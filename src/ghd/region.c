#include "ghd/region.h"

#include <cblas.h>
#include <complex.h>
#include <math.h>

#include "tba/convolution.h"

double kz_region_distance(const kz_region *a, const kz_region *b)
{
    if (a->count != b->count || a->starts_inside != b->starts_inside) return INFINITY;
    double largest = 0;
    for (int i = 0; i < a->count; i++)
        largest = fmax(largest, fabs(a->edge[i] - b->edge[i]));
    return largest;
}

double kz_region_difference(const kz_region *a, const kz_region *b, double window)
{
    double from = -window, sum = 0;
    bool differ = a->starts_inside != b->starts_inside;
    for (int i = 0, j = 0; i < a->count || j < b->count; differ = !differ) {
        bool first = j == b->count || (i < a->count && a->edge[i] <= b->edge[j]);
        double to = first ? a->edge[i++] : b->edge[j++];
        if (differ) sum += to - from;
        from = to;
    }
    return differ ? sum + window - from : sum;
}

void kz_region_visit(const kz_region *region, double window,
                     void (*visit)(void *context, double from, double to, bool inside),
                     void *context)
{
    bool inside = region->starts_inside;
    double from = -window;
    for (int i = 0; i <= region->count; i++) {
        double to = i < region->count ? region->edge[i] : window;
        if (to > from) visit(context, from, to, inside);
        from = to;
        inside = !inside;
    }
}

/* Adds factor * e^{-i omega_m (edge - first)} / (2 i omega_m window), m = 1 ... n/2 - 1: a unit
 * step at `edge`.  The phases follow by multiplication, set anew every 64 modes. */
static void add_edge(double *c, size_t n, double window, double distance, double factor)
{
    double step = M_PI / window * distance;
    double complex rotation = CMPLX(cos(step), -sin(step)), phase = rotation;
    for (size_t m = 1; 2 * m < n; m++) {
        if (m % 64 == 0) phase = CMPLX(cos(step * (double)m), -sin(step * (double)m));
        double amplitude = factor / (2 * M_PI * (double)m);
        c[m] += amplitude * cimag(phase); /* Re(phase / i) */
        c[n - m] -= amplitude * creal(phase);
        phase *= rotation;
    }
}

void kz_indicator_add(double *coefficients, size_t n, double window, double first, double from,
                      double to, double factor)
{
    coefficients[0] += factor * (to - from) / (2 * window);
    add_edge(coefficients, n, window, from - first, factor);
    add_edge(coefficients, n, window, to - first, -factor);
}

void kz_indicator_add_point(double *c, size_t n, double window, double distance, double amount)
{
    enum { BLOCK = 512 };
    double step = M_PI / window * distance, density = amount / (2 * window);
    double co[BLOCK], si[BLOCK];
    c[0] += density;
    for (size_t first = 1; 2 * first < n; first += BLOCK) {
        double re = density * cos(step * (double)first), im = density * sin(step * (double)first);
        size_t count = (n + 1) / 2 - first < BLOCK ? (n + 1) / 2 - first : BLOCK;
        kz_phases_fill(co, si, count, step);
        for (size_t i = 0; i < count; i++) {
            c[first + i] += re * co[i] - im * si[i];
            c[n - first - i] -= re * si[i] + im * co[i];
        }
    }
}

void kz_fourier_evaluate(double *value, double *slope, const double *coefficients, size_t n,
                         double window, double first, double lambda)
{
    double theta = M_PI / window * (lambda - first), c = cos(theta), s = sin(theta);
    /* Horner: p = sum_{m>=1} c_m w^{m-1}, q = dp/dw, w = e^{i theta} */
    double pr = 0, pi = 0, qr = 0, qi = 0;
    for (size_t m = (n - 1) / 2; m >= 1; m--) {
        double r = qr * c - qi * s + pr;
        qi = qr * s + qi * c + pi;
        qr = r;
        r = pr * c - pi * s + coefficients[m];
        pi = pr * s + pi * c + coefficients[n - m];
        pr = r;
    }
    /* f = c_0 + 2 Re(w p),  df/dtheta = 2 Re(i w (p + w q)) */
    double ar = pr + c * qr - s * qi, ai = pi + c * qi + s * qr;
    *value = coefficients[0] + 2 * (c * pr - s * pi);
    *slope = -2 * (c * ai + s * ar) * M_PI / window;
}

/* On both sides, in half-complex order. */
enum { TOP_MODES = 4 };

double kz_fourier_ringing(const double *coefficients, size_t n)
{
    return cblas_dasum(2 * TOP_MODES + 1, coefficients + n / 2 - TOP_MODES, 1);
}
