/* Boundary laws, solved for the temperature of the hot side; library-internal. */
#ifndef KZ_JUNCTION_LAW_H
#define KZ_JUNCTION_LAW_H

#include <kapitza/junction.h>

#include <stdbool.h>

/* beta_-, beta_+ and J are tied by the law at resistance R.  From one side's beta and the common
 * current, the other side's beta; R = inf is the limit.
 *  known     the side whose beta is given
 *  clipped   out: KZ_LAW_TABLE only, the answer lies above the table and was cut to its end */
double kz_law_other_beta(bool *clipped, const kz_law *law, kz_side known, double beta,
                         double current, double resistance);

/* |d(potential)/dbeta| of the law, whose potential difference drives R J: 1/beta^2 for Fourier's,
 * 1 for the law in beta, kappa(T)/beta^2 for a table (its end values beyond it). */
double kz_law_gradient(const kz_law *law, double beta);

/* Range of beta on which the law is defined: [1/T_max, 1/T_min] of the table, or all. */
void kz_law_range(double *beta_low, double *beta_high, const kz_law *law);

#endif
