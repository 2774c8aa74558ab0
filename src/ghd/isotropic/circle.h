/* The line of the isotropic chain as a circle; library-internal.
 *
 * Nodes are lambda_i = w tan theta_i (tba/isotropic/tangent.h), M of them, uniform in theta.
 * Densities fall as 1/lambda^2 in all rows: times 1/cos^2 theta they are smooth all around. */
#ifndef KZ_GHD_ISOTROPIC_CIRCLE_H
#define KZ_GHD_ISOTROPIC_CIRCLE_H

#include "ghd/isotropic/modes.h"
#include "tba/isotropic/tangent.h"

typedef struct {
    const kz_tangent *nodes; /* not its own */
    kz_isotropic_modes modes;
    double *theta, *sine, *cosine; /* [M] */
    double *growth;    /* [M] e^{pi lambda}, for nodes about panels: far out it is infinite */
    double *stretch;   /* [M] 1/cos^2 theta: what falls as 1/lambda^2, times this, is smooth */
    double *scale;     /* [M] 1/cos theta */
    double *source[2]; /* [M] of rho^t and of v rho^t in row 1 */
    double *forward;   /* [M*M] from nodes to half-complex coefficients (region.h) */
} kz_isotropic_circle;

/* kz_isotropic_circle_free() also after a failure.  Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_circle_create(kz_isotropic_circle *out,
                                                     const kz_tangent *nodes);
void kz_isotropic_circle_free(kz_isotropic_circle *circle);

#endif
