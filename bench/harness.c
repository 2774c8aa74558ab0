#include "harness.h"

#include <cblas.h>
#include <fftw3.h>
#include <gsl/gsl_version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <kapitza/version.h>

enum { REPS_MAX = 20000 };

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void print_processor(void)
{
    char line[256] = "";
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "model name", 10) == 0) break;
    }
    if (file) fclose(file);
    const char *colon = strchr(line, ':');
    printf("# processor: %s", colon ? colon + 2 : "unknown\n");
}

kz_bench kz_bench_start(int argc, char **argv, const char *title)
{
    openblas_set_num_threads(1); /* threads are ours, over rays, rows and gates */
    kz_bench bench = {argc > 1 && strcmp(argv[1], "--toy") == 0};
    printf("# %s, kapitza %s\n", title, KZ_VERSION);
    print_processor();
    printf("# compiler: %s, optimisation %s\n", __VERSION__,
#ifdef __OPTIMIZE__
           "on"
#else
           "off"
#endif
    );
    printf("# libraries: GSL %s, %s, %s\n", GSL_VERSION, fftw_version, openblas_get_config());
    printf("# name\tn\treps\tmin_ms\tmedian_ms\ttarget_ms\tchecksum\n");
    return bench;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void kz_bench_run(const kz_bench *bench, const char *name, long n, double target_ms,
                  kz_bench_fn run, void *context)
{
    static double time[REPS_MAX];
    double checksum = 0, total = 0;
    int reps = 0, least = bench->toy ? 1 : 3;
    while (reps < REPS_MAX && (reps < least || (!bench->toy && total < 0.2))) {
        double start = seconds();
        kz_status status = run(&checksum, context);
        time[reps] = seconds() - start;
        total += time[reps++];
        if (status != KZ_OK) {
            fprintf(stderr, "%s: %s\n", name, kz_error_message());
            exit(1);
        }
    }
    qsort(time, (size_t)reps, sizeof *time, compare);
    printf("%s\t%ld\t%d\t%.4g\t%.4g\t%.4g\t%.12g\n", name, n, reps, 1e3 * time[0],
           1e3 * time[reps / 2], target_ms, checksum);
    fflush(stdout);
}

int kz_bench_end(const kz_bench *bench)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (!bench->toy) printf("# peak memory %.1f MB\n", (double)usage.ru_maxrss / 1024);
    return 0;
}
