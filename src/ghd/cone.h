/* Rays outside the light cone of a bipartition; library-internal. */
#ifndef KZ_GHD_CONE_H
#define KZ_GHD_CONE_H

#include "ghd/level/level.h"

/* Whether no quasi-particle of the other state reaches the ray zeta, as the largest velocities
 * known in closed form say; *side is then the state that stands there.  Of thermal states and of
 * ground states in a field nothing is said (P > 2): their largest velocities are not known in
 * advance. */
bool kz_level_is_outside(int *side, const kz_level *level, double zeta);

#endif
