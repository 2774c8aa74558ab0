/* Quintic splines through tables of values; library-internal. */
#ifndef KZ_PROPAGATE_SPLINE_H
#define KZ_PROPAGATE_SPLINE_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

/* First and second derivatives d, s [n] at the knots x of the spline through f: its third and
 * fourth derivatives are continuous inside.  An end is flat, d = s = 0, or free, third and fourth
 * derivative 0; two points with free ends give a straight line.  n >= 2, x ascending.
 * Returns KZ_ENOMEM, KZ_ESING. */
KZ_CHECK_RESULT kz_status kz_quintic_fit(double *d, double *s, const double *x, const double *f,
                                         size_t n, bool flat_left, bool flat_right);

/* Value at `at` of the interval i, x[i] ... x[i+1]. */
double kz_quintic_value(const double *x, const double *f, const double *d, const double *s,
                        size_t i, double at);

#endif
