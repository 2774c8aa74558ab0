/* Assertions shared by the tests; include this instead of cmocka.h.
 *
 * A comparison passes only when |actual - expected| <= tol, so nan fails on either side. */
#ifndef KZ_TESTS_CHECK_H
#define KZ_TESTS_CHECK_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cblas.h>
#include <cmocka.h>

#include <kapitza/status.h>

/* Before main(): OpenBLAS with one thread, as in the program.  On small matrices its threads only
 * wait for each other, and for processors that other tests keep busy. */
static __attribute__((constructor)) void kz_check_one_thread(void) { openblas_set_num_threads(1); }

static inline void kz_check_close_at(double actual, double expected, double tol, const char *what,
                                     const char *file, int line)
{
    double err = fabs(actual - expected);
    if (err <= tol) return;
    print_error("%s:%d: %s\n    actual   %.17g\n    expected %.17g\n    |error|  %.3g > %.3g\n",
                file, line, what, actual, expected, err, tol);
    _fail(file, line);
}

static inline void kz_check_status_at(kz_status actual, kz_status expected, const char *what,
                                      const char *file, int line)
{
    if (actual == expected) return;
    print_error("%s:%d: %s\n    status   %s (%s)\n    expected %s\n", file, line, what,
                kz_status_text(actual), kz_error_message(), kz_status_text(expected));
    _fail(file, line);
}

/* Uniform in [from, to); splitmix64.  Tests print the seed they start from. */
static inline double kz_check_uniform(uint64_t *seed, double from, double to)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return from + (to - from) * (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static inline double kz_check_scale(double expected) { return fmax(1.0, fabs(expected)); }

/* The larger of two, nan counts as infinite: fmax() would drop it. */
static inline double kz_check_largest(double a, double b)
{
    return isnan(a) || isnan(b) ? INFINITY : fmax(a, b);
}

/* Absolute difference. */
#define KZ_CHECK_CLOSE(actual, expected, tol)                                                      \
    kz_check_close_at((actual), (expected), (tol), #actual " ~ " #expected, __FILE__, __LINE__)

/* Difference relative to max(1, |expected|). */
#define KZ_CHECK_CLOSE_REL(actual, expected, tol)                                                  \
    kz_check_close_at((actual), (expected), (tol)*kz_check_scale(expected),                        \
                      #actual " ~ " #expected, __FILE__, __LINE__)

#define KZ_CHECK_NAN(actual)                                                                       \
    do {                                                                                           \
        if (!isnan(actual)) {                                                                      \
            print_error("%s:%d: %s is %.17g, not nan\n", __FILE__, __LINE__, #actual,              \
                        (double)(actual));                                                         \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

/* The call succeeds; prints kz_error_message() where it does not. */
#define KZ_CHECK_OK(status) kz_check_status_at((status), KZ_OK, #status, __FILE__, __LINE__)

/* The call returns exactly this status. */
#define KZ_CHECK_STATUS(status, expected)                                                          \
    kz_check_status_at((status), (expected), #status, __FILE__, __LINE__)

#endif
