/* Bracketed root of a scalar function that can fail; library-internal. */
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

#endif
