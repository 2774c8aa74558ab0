#include "core/chebyshev.h"

#include <math.h>

double kz_chebyshev_node(int i, int n) { return cos(M_PI * (i + 0.5) / n); }

void kz_chebyshev_transform(double *coefficient, const double *value, int n)
{
    for (int k = 0; k < n; k++)
        coefficient[k] = 0;
    for (int i = 0; i < n; i++) {
        double x = kz_chebyshev_node(i, n), T = 1, next = x, weight = 2 * value[i] / n;
        coefficient[0] += 0.5 * weight;
        for (int k = 1; k < n; k++) {
            double after = 2 * x * next - T;
            coefficient[k] += weight * next;
            T = next;
            next = after;
        }
    }
}

/* Clenshaw's sums. */
double kz_chebyshev_value(const double *c, int n, double y)
{
    double b = 0, before = 0;
    for (int k = n - 1; k > 0; k--) {
        double next = c[k] + 2 * y * b - before;
        before = b;
        b = next;
    }
    return c[0] + y * b - before;
}

void kz_chebyshev_series(double *value, double *slope, const double *c, int n, double y)
{
    double b1 = 0, b2 = 0, d1 = 0, d2 = 0;
    for (int k = n - 1; k > 0; k--) {
        double d = 2 * b1 + 2 * y * d1 - d2, b = c[k] + 2 * y * b1 - b2;
        d2 = d1;
        d1 = d;
        b2 = b1;
        b1 = b;
    }
    *value = c[0] + y * b1 - b2;
    *slope = b1 + y * d1 - d2;
}
