/* Bracketed roots of scalar functions that can fail; library-internal. */
#ifndef KZ_CORE_ROOT_H
#define KZ_CORE_ROOT_H

#include <kapitza/status.h>

/* *value = f(x). */
typedef kz_status (*kz_scalar_function)(double *value, double x, void *context);

/* Root in [low, high] by Brent's method (GSL), to rounding; an end may be the root itself.
 * Returns KZ_ENOROOT (no text recorded) when the ends have equal signs, the status of a failing
 * evaluation, KZ_EDOMAIN for a value that is not finite, KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_root_find(double *x, kz_scalar_function function, void *context,
                                       double low, double high);

typedef struct {
    double value, slope; /* slope: nan where it is not known */
    double err;          /* bound on |error| of the value */
    double scale;        /* of x: distance over which the function changes its shape */
} kz_root_value;

/* f(x) with values good to tol, where that is possible. */
typedef kz_status (*kz_root_function)(kz_root_value *out, double x, double tol, void *context);

typedef struct {
    double low, high; /* the root lies between them */
    int sign_high;    /* of f near high, 1 or -1; the ends themselves are not evaluated */
    double start;     /* first x, low <= start <= high */
    double tol_first; /* of the first value; those that follow are asked for as many digits as */
    double tol;       /* Newton's method can use, down to this */
    double step;      /* steps below step * scale end it.  With a slope x is then known to a tenth
                       * of that, or to what tol permits; by bisection to all of it */
} kz_root_problem;

/* Newton's method within a bracket, with bisection where it leaves it or does not shrink it.  A
 * value below its own error is asked for again, more accurately, and is a root at `tol`.  An end
 * that is approached to rounding is the root.
 *  last  out  the last value; x is one step beyond it
 * Returns the status of a failing evaluation, KZ_EDOMAIN for a value that is not finite,
 * KZ_ENOCONV; *x is written on success only. */
KZ_CHECK_RESULT kz_status kz_root_newton(double *x, kz_root_value *last, kz_root_function function,
                                         void *context, const kz_root_problem *problem);

#endif
