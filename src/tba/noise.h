/* Noise of energy and spin in a thermal state; library-internal. */
#ifndef KZ_TBA_NOISE_H
#define KZ_TBA_NOISE_H

#include "tba/flow.h"

typedef struct {
    double energy, spin;
} kz_noise_pair;

/* sum_j int rho_j (1 - theta_j) |v_j| (q_j^dr)^2, q = energy and spin.  Returns KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_thermal_noise(kz_noise_pair *out, const kz_flow *flow);

/* The same sum with d^2 ln eta/dmu^2 for the charge, in the state of a gapped chain at mu = 0; tol
 * is that of the solve.  Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_thermal_bend_noise(double *out, const kz_flow *flow, double tol);

#endif
