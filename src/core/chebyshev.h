/* Chebyshev series on [-1, 1]; library-internal. */
#ifndef KZ_CORE_CHEBYSHEV_H
#define KZ_CORE_CHEBYSHEV_H

/* Node i < n of the first kind, falling from 1 to -1, never an end. */
double kz_chebyshev_node(int i, int n);

/* coefficient [n] of the series through value [n] at the nodes. */
void kz_chebyshev_transform(double *coefficient, const double *value, int n);

/* The same with both ends: node i < n, n > 1, of the second kind, rising from -1 to 1. */
double kz_chebyshev_end_node(int i, int n);
void kz_chebyshev_end_transform(double *coefficient, const double *value, int n);

/* The integral of the series c [n] from -1 to y. */
double kz_chebyshev_integral(const double *c, int n, double y);

/* The series c [n] at y. */
double kz_chebyshev_value(const double *c, int n, double y);

/* The same and its derivative. */
void kz_chebyshev_series(double *value, double *slope, const double *c, int n, double y);

#endif
