/* Sums over all strings of a thermal state of the isotropic chain; library-internal. */
#ifndef KZ_TBA_ISOTROPIC_SUMS_H
#define KZ_TBA_ISOTROPIC_SUMS_H

#include "tba/isotropic/response.h"

/* Those which no closure gives: sums of w v^2 and of w |v|, w = rho (1 - theta), times dressed
 * charges. */
enum {
    KZ_DRUDE_SPIN,
    KZ_DRUDE_ENERGY,
    KZ_DRUDE_CROSS,
    KZ_NOISE_ENERGY,
    KZ_NOISE_SPIN,
    KZ_ISOTROPIC_SUMS
};

/* After the first responses and v rho^t: sum [KZ_ISOTROPIC_SUMS] over n = 1, 2, ..., extrapolated
 * beyond the rows; err, an estimate of the largest error of that.  Returns KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_sum_strings(double *sum, double *err,
                                                   const kz_isotropic_responses *r,
                                                   const kz_isotropic *p);

/* Adds to sum what the terms [N*KZ_ISOTROPIC_SUMS] of n = 1 ... N extrapolate to beyond. */
void kz_isotropic_sum_beyond(double *sum, double *err, const double *terms, int N, double mu);

#endif
