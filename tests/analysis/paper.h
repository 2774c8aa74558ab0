/* The shipped runs, for tests of the paper's statements (biella2019). */
#ifndef KZ_TESTS_ANALYSIS_PAPER_H
#define KZ_TESTS_ANALYSIS_PAPER_H

#include <stdlib.h>

#include <kapitza/run.h>

#include "support/check.h"

typedef enum { ENERGY, WALL } quench;
enum { GAMMAS = 5, FREE = 0, PI3 = 1, PI4 = 2, PI5 = 3, PI6 = 4, HOMOGENEOUS = 5, RUNS = 6 };
static kz_run *runs[2][RUNS], *coarse; /* chi = 500; energy quench at pi/4 with chi = 350 */

/* -- runs and what is read from them ----------------------------------------------------- */

static inline kz_run *read_run(const char *name)
{
    char path[4096];
    kz_run *run;
    const char *folder = getenv("KAPITZA_DATA");
    (void)snprintf(path, sizeof path, "%s/%s.h5", folder ? folder : "data", name);
    KZ_CHECK_OK(kz_run_read(&run, path));
    return run;
}

static inline int read_all(void **state)
{
    static const char *const names[2][RUNS] = {
        {"energy-pi2", "energy-pi3-chi500", "energy-pi4-chi500", "energy-pi5-chi500",
         "energy-pi6-chi500", "energy-pi4-homogeneous-chi500"},
        {"wall-pi2", "wall-pi3-chi500", "wall-pi4-chi500", "wall-pi5-chi500", "wall-pi6-chi500",
         "wall-pi4-homogeneous-chi500"}};
    (void)state;
    for (int q = 0; q < 2; q++)
        for (int r = 0; r < RUNS; r++)
            runs[q][r] = read_run(names[q][r]);
    coarse = read_run("energy-pi4-chi350");
    return 0;
}

static inline int free_all(void **state)
{
    (void)state;
    for (int q = 0; q < 2; q++)
        for (int r = 0; r < RUNS; r++)
            kz_run_free(runs[q][r]);
    kz_run_free(coarse);
    return 0;
}

static inline size_t row_of(const kz_run *run, double t)
{
    size_t k = kz_run_find_time(run, t);
    assert_true(k < kz_run_count(run));
    return k;
}

/* Value at site or bond n. */
static inline double at(const kz_run *run, kz_run_quantity q, double t, long n)
{
    long i = n + (long)kz_run_get_setup(run)->length / 2 - 1;
    return kz_run_row(run, q, row_of(run, t))[i];
}

/* The same without the alternation from bond to bond of an open chain. */
static inline double smooth(const kz_run *run, kz_run_quantity q, double t, long n)
{
    return 0.25 * at(run, q, t, n - 1) + 0.5 * at(run, q, t, n) + 0.25 * at(run, q, t, n + 1);
}

/* Largest less smallest value on the rays first <= n/t <= last. */
static inline double variation(const kz_run *run, kz_run_quantity q, double t, double first,
                               double last)
{
    double low = INFINITY, high = -INFINITY;
    for (long n = lround(first * t); n <= lround(last * t); n++) {
        low = fmin(low, smooth(run, q, t, n));
        high = fmax(high, smooth(run, q, t, n));
    }
    return high - low;
}

/* Largest difference of two runs there. */
static inline double apart(const kz_run *a, const kz_run *b, kz_run_quantity q, double t,
                           double first, double last)
{
    double largest = 0.0;
    for (long n = lround(first * t); n <= lround(last * t); n++)
        largest = kz_check_largest(largest, fabs(smooth(a, q, t, n) - smooth(b, q, t, n)));
    return largest;
}

static inline void at_most(double value, double bound, const char *what, int run)
{
    if (value <= bound) return;
    fail_msg("%s, run %d: %.4g exceeds %.4g", what, run, value, bound);
}

static inline void more(double value, double bound, const char *what, int run)
{
    if (value > bound) return;
    fail_msg("%s, run %d: %.4g does not exceed %.4g", what, run, value, bound);
}

#endif
