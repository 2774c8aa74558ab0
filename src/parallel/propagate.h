/* Points of a propagated profile on several processes. */
#ifndef KZ_PARALLEL_PROPAGATE_H
#define KZ_PARALLEL_PROPAGATE_H

#include <kapitza/propagate.h>

#include "parallel/farm.h"

/* kz_propagation_points() with the points divided over the processes; in one process that function
 * itself.  Every process calls it, each with a propagation of its own.  The points, equal bit by
 * bit to those of one process, are made in the first, with the status and the reason of one
 * process; the others leave points alone, which may be NULL, and return KZ_OK. */
KZ_CHECK_RESULT kz_status kz_parallel_points(kz_propagation_point *points,
                                             kz_propagation *propagation, const double *x,
                                             const double *t, size_t n, const kz_options *options);

#endif
