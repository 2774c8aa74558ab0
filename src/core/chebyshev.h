/* Chebyshev series on [-1, 1]; library-internal. */
#ifndef KZ_CORE_CHEBYSHEV_H
#define KZ_CORE_CHEBYSHEV_H

/* Node i < n of the first kind, falling from 1 to -1, never an end. */
double kz_chebyshev_node(int i, int n);

/* coefficient [n] of the series through value [n] at the nodes. */
void kz_chebyshev_transform(double *coefficient, const double *value, int n);

/* The series c [n] at y. */
double kz_chebyshev_value(const double *c, int n, double y);

/* The same and its derivative. */
void kz_chebyshev_series(double *value, double *slope, const double *c, int n, double y);

#endif
