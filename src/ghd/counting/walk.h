/* All counting parameters of a call on one grid, each from the one before; library-internal. */
#ifndef KZ_GHD_COUNTING_WALK_H
#define KZ_GHD_COUNTING_WALK_H

#include "ghd/counting/counting.h"

/* Fills what the counting has of each point that is not settled, on the grid that it stands at.
 *  side  that of the long strings (branches.h), -1: as their velocity says
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ETOL where there are no states, KZ_ENOMEM, KZ_ECANCELLED. */
KZ_CHECK_RESULT kz_status kz_counting_walk(kz_counting *counting, int side);

#endif
