/* Thermal states of the nodes of a profile's panels; library-internal. */
#ifndef KZ_PROPAGATE_INITIAL_STATES_H
#define KZ_PROPAGATE_INITIAL_STATES_H

#include "propagate/pieces.h"
#include "tba/local.h"

/* Coefficients of the smooth parts on one half-line grid, which resolves every state. */
typedef struct {
    int rows;
    kz_profile profile;
    kz_convolution *even;
    size_t size;     /* rows * n of the grid */
    double **smooth; /* [panels] each [KZ_PANEL_NODES][2][size]: ln eta (last row y), then rho^t */
    double *background; /* [rows] hole weights at infinite rapidity, mean of both ends */
    double err;         /* of the states, relative to max(1, |ln Z|) */
    double tol;         /* in x */
} kz_initial_states;

/* Takes over the profile, whose panels are cut until the states are resolved to tol in x.
 * Returns KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_initial_states_create(kz_initial_states **out, kz_chain chain,
                                                   kz_profile *profile, double tol);

/* The same states on the next better grid, that of a closed form with more strings. */
KZ_CHECK_RESULT kz_status kz_initial_states_refine(kz_initial_states **out,
                                                   const kz_initial_states *coarse);
void kz_initial_states_free(kz_initial_states *states);

#endif
