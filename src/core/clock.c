#include "core/clock.h"

#include <time.h>

static double read_clock(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

double kz_clock_seconds(void) { return read_clock(CLOCK_MONOTONIC); }

double kz_clock_thread_seconds(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
