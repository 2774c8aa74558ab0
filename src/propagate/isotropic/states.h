/* Thermal states of Delta = 1 at the nodes of a profile's panels; library-internal. */
#ifndef KZ_PROPAGATE_ISOTROPIC_STATES_H
#define KZ_PROPAGATE_ISOTROPIC_STATES_H

#include "propagate/pieces.h"
#include "tba/isotropic/response.h"

typedef struct {
    kz_profile profile;
    kz_grid grid;  /* as in tba/isotropic/isotropic.h: order strings are rows */
    int N, n, M;   /* rows, even functions, all nodes */
    size_t size;   /* numbers of one state */
    double **node; /* [panels] each [KZ_PANEL_NODES][size]: ln eta [N*n] and rho^t [N*n] of the
                    * rows, s*z_{N+1} [n] with z = D rho^t, ln b and ln b' [2M] (docs/delta.md) */
} kz_isotropic_states;

/* The range of beta, with 0 in it, and whether mu is not 0 everywhere. */
typedef struct {
    double lowest, highest;
    bool field;
} kz_isotropic_range;

/* Rows, half as many again each time, and nodes of level 0, 1, ... for states to tol. */
kz_grid kz_isotropic_states_grid(kz_isotropic_range range, double tol, int level);

/* Copies the profile, whose panels are cut until the states are resolved to tol in x.
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_states_create(kz_isotropic_states **out,
                                                     const kz_profile *profile, kz_grid grid,
                                                     double tol);
void kz_isotropic_states_free(kz_isotropic_states *states);

#endif
