/* What a step of kappa does to the edges of {v > 0} and they to it; library-internal.
 *
 * Newton's step for given regions leaves out that the zeros of v follow kappa, and that an edge
 * which moves by dz adds J dz to int V, J the jump of V there.  With G = (1 - K D)^{-1} K and g_e
 * its column at edge e of row f, dkappa = step + sum_e sign_f J_e g_e dz_e and
 *     dz_e = -dd(z_e)/d'(z_e),  dd(z_e) = sign_f int g_e (dD/dkappa) dkappa d,
 * G being symmetric but for the signs of its rows, and d = v rho^t zero where D jumps: as many
 * linear equations as there are edges, and as many solves. */
#ifndef KZ_GHD_COUNTING_BIAS_EDGES_H
#define KZ_GHD_COUNTING_BIAS_EDGES_H

#include "ghd/counting/weighting.h"

/* Makes of a step [rows*n] for the regions of the ray, coefficients of kappa's smooth part, one
 * that takes the edges along.  *coupled: it did; not where there are none, or too many.
 * Returns KZ_ENOMEM, KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_bias_take_edges(bool *coupled, double *step,
                                             const kz_weighting *weighting);

#endif
