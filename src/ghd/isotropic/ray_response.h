/* The response of a ray of the isotropic chain to its thermal state; library-internal. */
#ifndef KZ_GHD_ISOTROPIC_RAY_RESPONSE_H
#define KZ_GHD_ISOTROPIC_RAY_RESPONSE_H

#include "ghd/isotropic/level.h"
#include "ghd/isotropic/panels.h"

/* A solved ray, as in ray.c. */
typedef struct {
    const kz_isotropic_level *level; /* with the derivatives of one side */
    const kz_isotropic_panels *patches;
    const double *hole, *d, *rho; /* [N*M] */
    const double *spin;           /* [N*M] dressed spin; for the spin current and noise */
    int tail;
} kz_isotropic_solution;

/* dj_a/db of the state on the side `thermal`, all strings: a = energy, spin, b = beta, mu, those of
 * level->charges.  scratch [2M]. */
void kz_isotropic_currents_by(double by[2][2], const kz_isotropic_solution *s, int thermal,
                              double *scratch);

#endif
