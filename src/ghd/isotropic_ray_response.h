/* The response of a ray of the isotropic chain to its thermal state; library-internal. */
#ifndef KZ_GHD_ISOTROPIC_RAY_RESPONSE_H
#define KZ_GHD_ISOTROPIC_RAY_RESPONSE_H

#include "ghd/isotropic_patches.h"

/* A solved ray, as in isotropic_ray.c. */
typedef struct {
    const kz_isotropic_level *level; /* with the derivatives of one side */
    const kz_isotropic_patches *patches;
    const double *hole, *d, *rho; /* [N*M] */
    int tail;
} kz_isotropic_solution;

/* dj_E/dbeta of the state on the side `thermal`, all strings.  scratch [2M]. */
double kz_isotropic_current_by_beta(const kz_isotropic_solution *s, int thermal, double *scratch);

#endif
