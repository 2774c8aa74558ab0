/* The ray zeta = 0 of the isotropic chain in the ensemble weighted by e^{lambda Q}: bias.h for
 * Delta = 1; library-internal. */
#ifndef KZ_GHD_COUNTING_ISOTROPIC_BIAS_H
#define KZ_GHD_COUNTING_ISOTROPIC_BIAS_H

#include <kapitza/fluctuations.h>

#include "ghd/isotropic/grids.h"

/* Both states on one grid and the last solution, from which the next one starts. */
typedef struct kz_isotropic_bias kz_isotropic_bias;

/* Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_bias_create(kz_isotropic_bias **out, kz_grid grid,
                                                   const kz_state *left, const kz_state *right,
                                                   kz_charge charge);
void kz_isotropic_bias_free(kz_isotropic_bias *bias);

/* Holds all strings beyond the rows to one side, from the next restart on; agrees: their velocity
 * on the last ray says that they come from there. */
void kz_isotropic_bias_hold(kz_isotropic_bias *bias, int side);
bool kz_isotropic_bias_agrees(const kz_isotropic_bias *bias);

/* Back to lambda = 0. */
void kz_isotropic_bias_restart(kz_isotropic_bias *bias);

/* Where all strings are held to one side: the next solution starts at lambda from what it would be
 * did all of them, whatever their length, come from there, a thermal state of the same beta and the
 * weighted mu.  Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_bias_leap(kz_isotropic_bias *bias, double lambda,
                                                 const kz_state *weighted);

/* As kz_bias_solve(). */
KZ_CHECK_RESULT kz_status kz_isotropic_bias_solve(kz_fluctuation *out, kz_isotropic_bias *bias,
                                                  double lambda, double tol);

/* Whether row N crosses the junction on the last ray: so may strings beyond, which are taken not
 * to. */
bool kz_isotropic_bias_is_divided(const kz_isotropic_bias *bias);

/* As kz_bias_shape(). */
unsigned long kz_isotropic_bias_shape(const kz_isotropic_bias *bias);

#endif
