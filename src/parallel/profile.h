/* Rays of a bipartition on several processes. */
#ifndef KZ_PARALLEL_PROFILE_H
#define KZ_PARALLEL_PROFILE_H

#include <kapitza/ghd.h>

#include "parallel/farm.h"

/* kz_bipartition_rays() with the rays divided over the processes; in one process that function
 * itself.  Every process calls it, each with a fresh bipartition of its own.  The rays, equal bit
 * by bit to those of one process, are made in the first, with the status and the reason of one
 * process; the others leave rays alone, which may be NULL, and return KZ_OK. */
KZ_CHECK_RESULT kz_status kz_parallel_rays(kz_ray *rays, kz_bipartition *bipartition,
                                           const double *zeta, size_t n, const kz_options *options);

#endif
