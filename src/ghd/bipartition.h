/* What a bipartition holds, for the rest of the library; library-internal. */
#ifndef KZ_GHD_BIPARTITION_H
#define KZ_GHD_BIPARTITION_H

#include <kapitza/ghd.h>

#include "ghd/level/level.h"

/* Both states on the present grid; NULL for the XX chain and for Delta = 1, -1.  A call of
 * kz_bipartition_rays() may replace it. */
const kz_level *kz_bipartition_level(const kz_bipartition *bipartition);

/* NULL but for Delta = 1, -1: rays of +1. */
struct kz_isotropic_rays;
struct kz_isotropic_rays *kz_bipartition_isotropic(const kz_bipartition *bipartition);

/* State of KZ_LEFT or KZ_RIGHT. */
const kz_state *kz_bipartition_state(const kz_bipartition *bipartition, int side);

int kz_bipartition_P(const kz_bipartition *bipartition);

#endif
