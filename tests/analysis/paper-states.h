/* Effective states of the shipped runs, for tests of the paper's statements. */
#ifndef KZ_TESTS_ANALYSIS_PAPER_STATES_H
#define KZ_TESTS_ANALYSIS_PAPER_STATES_H

#include <kapitza/effective.h>

#include "analysis/paper.h"

enum { ROWS = 138 };

/* Rows of a run at several times; row n is rows[k][n + 69]. */
static inline void states_of(kz_effective_row rows[][ROWS], const kz_run *run, bool distances,
                             const double *times, size_t count)
{
    const kz_options options = kz_options_default();
    kz_effective *effective;
    KZ_CHECK_OK(kz_effective_create_for_run(&effective, run, distances, &options));
    for (size_t k = 0; k < count; k++)
        KZ_CHECK_OK(kz_effective_run_rows(rows[k], effective, run, row_of(run, times[k])));
    kz_effective_free(effective);
}

enum { TIMES = 4 };
static const double shown[TIMES] = {10.0, 20.0, 30.0, 40.0};

static inline double distance(const kz_effective_row *rows, long n)
{
    return rows[n + 69].distance;
}

#endif
