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

double kz_chebyshev_end_node(int i, int n) { return -cos(M_PI * i / (n - 1)); }

void kz_chebyshev_end_transform(double *coefficient, const double *value, int n)
{
    for (int k = 0; k < n; k++) {
        double sum = 0;
        for (int i = 0; i < n; i++) {
            double end = i == 0 || i == n - 1 ? 0.5 : 1;
            sum += end * value[i] * cos(M_PI * k * (n - 1 - i) / (n - 1));
        }
        coefficient[k] = (k == 0 || k == n - 1 ? 1 : 2) * sum / (n - 1);
    }
}

/* int T_k = [T_{k+1}/(k+1) - T_{k-1}/(k-1)]/2, but for k = 0 and 1. */
double kz_chebyshev_integral(const double *c, int n, double y)
{
    double angle = acos(fmax(-1, fmin(1, y))), sum = c[0] * (y + 1);
    if (n > 1) sum += 0.5 * c[1] * (y * y - 1);
    for (int k = 2; k < n; k++) {
        double sign = k % 2 ? 1 : -1; /* T_{k+1}(-1) = T_{k-1}(-1) */
        double above = (cos((k + 1) * angle) - sign) / (k + 1);
        sum += 0.5 * c[k] * (above - (cos((k - 1) * angle) - sign) / (k - 1));
    }
    return sum;
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
