#include "ghd/ray/region.h"

#include <cblas.h>
#include <math.h>

#include "tba/grid/convolution.h"

bool kz_region_contains(const kz_region *region, double lambda)
{
    bool inside = region->starts_inside;
    for (int i = 0; i < region->count && region->edge[i] < lambda; i++)
        inside = !inside;
    return inside;
}

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

/* Modes that share one table of phases: e^{i step (m + j)} = e^{i step m} table[j]. */
enum { BLOCK = 128 };

/* Of the block of modes from `first` on, up to (n - 1)/2. */
static size_t block_size(size_t n, size_t first)
{
    size_t rest = (n + 1) / 2 - first;
    return rest < BLOCK ? rest : BLOCK;
}

/* Adds factor * e^{-i omega_m (edge - first)} / (2 i omega_m window), m = 1 ... n/2 - 1: a unit
 * step at `edge`. */
static void add_edge(double *restrict c, size_t n, double window, double distance, double factor)
{
    double step = M_PI / window * distance, co[BLOCK], si[BLOCK];
    kz_phases_fill(co, si, BLOCK, step);
    for (size_t first = 1; 2 * first < n; first += BLOCK) {
        double re = cos(step * (double)first), im = sin(step * (double)first);
        size_t count = block_size(n, first);
        for (size_t j = 0; j < count; j++) {
            double amplitude = factor / (2 * M_PI * (double)(first + j));
            c[first + j] -= amplitude * (im * co[j] + re * si[j]);
            c[n - first - j] -= amplitude * (re * co[j] - im * si[j]);
        }
    }
}

void kz_indicator_add(double *coefficients, size_t n, double window, double first, double from,
                      double to, double factor)
{
    coefficients[0] += factor * (to - from) / (2 * window);
    add_edge(coefficients, n, window, from - first, factor);
    add_edge(coefficients, n, window, to - first, -factor);
}

void kz_indicator_add_point(double *restrict c, size_t n, double window, double distance,
                            double amount)
{
    double step = M_PI / window * distance, density = amount / (2 * window);
    double co[BLOCK], si[BLOCK];
    c[0] += density;
    kz_phases_fill(co, si, BLOCK, step);
    for (size_t first = 1; 2 * first < n; first += BLOCK) {
        double re = density * cos(step * (double)first), im = density * sin(step * (double)first);
        size_t count = block_size(n, first);
        for (size_t j = 0; j < count; j++) {
            c[first + j] += re * co[j] - im * si[j];
            c[n - first - j] -= re * si[j] + im * co[j];
        }
    }
}

/* f = c_0 + 2 Re sum_m c_m w^m,  df/dtheta = -2 Im sum_m m c_m w^m,  w = e^{i theta}. */
void kz_fourier_evaluate(double *value, double *slope, const double *coefficients, size_t n,
                         double window, double first, double lambda)
{
    double theta = M_PI / window * (lambda - first), sum = 0, tilt = 0;
    double co[BLOCK], si[BLOCK];
    kz_phases_fill(co, si, BLOCK, theta);
    for (size_t m = 1; 2 * m < n; m += BLOCK) {
        const double *re = coefficients + m, *im = coefficients + n - m;
        double x = 0, y = 0, jx = 0, jy = 0; /* x + i y = sum_j c_{m+j} w^j */
        size_t count = block_size(n, m);
#pragma omp simd reduction(+ : x, y, jx, jy)
        for (size_t j = 0; j < count; j++) {
            double a = re[j] * co[j] - *(im - j) * si[j], b = re[j] * si[j] + *(im - j) * co[j];
            x += a;
            y += b;
            jx += (double)j * a;
            jy += (double)j * b;
        }
        double c = cos(theta * (double)m), s = sin(theta * (double)m);
        sum += c * x - s * y;
        tilt += c * ((double)m * y + jy) + s * ((double)m * x + jx);
    }
    *value = coefficients[0] + 2 * sum;
    *slope = -2 * tilt * M_PI / window;
}

/* On both sides, in half-complex order. */
enum { TOP_MODES = 4 };

double kz_fourier_ringing(const double *coefficients, size_t n)
{
    return cblas_dasum(2 * TOP_MODES + 1, coefficients + n / 2 - TOP_MODES, 1);
}
