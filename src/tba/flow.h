/* A thermal state on one grid and its velocities; library-internal. */
#ifndef KZ_TBA_FLOW_H
#define KZ_TBA_FLOW_H

#include "tba/moments/moments.h"

/* Derivatives of ln Z come from the even part; the velocities need one odd dressing. */
typedef struct {
    kz_moments *moments;
    kz_convolution *odd;
    kz_local *local;    /* of the odd functions */
    double *current;    /* [rows*n] v rho^t */
    double *t, *source; /* [rows*n] sine coefficients of v rho^t less its source; [n] the source */
    double *edge;       /* v rho^t on the panels of the Fermi point; NULL without */
} kz_flow;

/* kz_flow_free() also after a failure. */
KZ_CHECK_RESULT kz_status kz_flow_create(kz_flow *out, kz_grid grid);
void kz_flow_free(kz_flow *flow);

/* The state (beta, mu), once; tol is that of the solves, not of the grid.
 * Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_flow_solve(kz_moments_values *out, kz_flow *flow, double beta,
                                        double mu, double tol);

#endif
