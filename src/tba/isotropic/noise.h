/* Noise of energy and spin in a thermal state of the isotropic chain; library-internal. */
#ifndef KZ_TBA_ISOTROPIC_NOISE_H
#define KZ_TBA_ISOTROPIC_NOISE_H

#include "tba/isotropic/response.h"
#include "tba/noise.h"

/* terms[f] = int rho_n (1 - theta_n) |v_n| (q_n^dr)^2 of the string n = f + 1, [N], after both
 * first responses and v rho^t.  Returns KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_noise_terms(kz_noise_pair *terms,
                                                   const kz_isotropic_responses *r,
                                                   const kz_isotropic *p);

#endif
