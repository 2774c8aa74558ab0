/* Timing harness of `make bench`.
 *
 * Each case is repeated until 0.2 s have passed (at least 3 times); printed are the minimum and
 * the median, and a checksum of the result so that a wrong answer cannot be fast.  --toy runs
 * every case once at its smallest size. */
#ifndef KZ_BENCH_HARNESS_H
#define KZ_BENCH_HARNESS_H

#include <stdbool.h>

#include <kapitza/kapitza.h>

typedef struct {
    bool toy;
} kz_bench;

/* One run of a case; *checksum must depend on the result. */
typedef kz_status (*kz_bench_fn)(double *checksum, void *context);

/* Parses the arguments and prints the header: machine, compiler, flags, libraries, threads. */
kz_bench kz_bench_start(int argc, char **argv, const char *title);

/* Times one case and prints its line:
 * name, n (its size), reps, min ms, median ms, target ms (0: none), checksum. */
void kz_bench_run(const kz_bench *bench, const char *name, long n, double target_ms,
                  kz_bench_fn run, void *context);

/* Prints the peak memory of the process; returns the exit code. */
int kz_bench_end(const kz_bench *bench);

#endif
