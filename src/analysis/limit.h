/* Numbers at vanishing truncation that are made in two ways. */
#ifndef KZ_ANALYSIS_LIMIT_H
#define KZ_ANALYSIS_LIMIT_H

#include <kapitza/extrapolate.h>

/* Runs that must agree that there is such a number, and make a line and its error. */
enum { KZ_LIMIT_RUNS = 3 };

/* The value [runs->count] of each run at weight 0, which the one of the extrapolated profile must
 * confirm: how far they are apart counts as error and as what the line misses. */
kz_extrapolated kz_limit_confirmed(const kz_growing_runs *runs, const double *value, double direct);

#endif
