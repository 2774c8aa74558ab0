/* Boundary laws, solved for the temperature of the hot side; library-internal. */
#ifndef KZ_JUNCTION_LAW_H
#define KZ_JUNCTION_LAW_H

#include <kapitza/junction.h>

#include <stdbool.h>

/* KZ_EINVAL, with `name` and the row, where these are no table of a positive function of T. */
KZ_CHECK_RESULT kz_status kz_law_check_table(const char *name, const double *temperature,
                                             const double *value, size_t count);

/* beta_-, beta_+ and J are tied by the law at resistance R.  From one side's beta and the common
 * current, the other side's beta; R = inf is the limit.
 *  known     the side whose beta is given
 *  clipped   out: KZ_LAW_TABLE only, the answer lies above the table and was cut to its end */
double kz_law_other_beta(bool *clipped, const kz_law *law, kz_side known, double beta,
                         double current, double resistance);

/* Derivatives of that by beta and by the current; a table cut to its end has none. */
void kz_law_other_slopes(double *by_beta, double *by_current, const kz_law *law, kz_side known,
                         double beta, double other, double resistance);

/* |d(potential)/dbeta| of the law, whose potential difference drives R J: 1/beta^2 for Fourier's,
 * 1 for the law in beta, kappa(T)/beta^2 for a table (its end values beyond it). */
double kz_law_gradient(const kz_law *law, double beta);

/* The law as equations, one for each charge, value = 0, with their derivatives.  Each is scaled to
 * stay of order 1 from R = 0 to R = inf, where it says that the charge is blocked.
 *  x, by_x         [side][charge], x = (beta, -mu)
 *  by_current      [charge of the row][charge of the current] */
typedef struct {
    double value[2], by_x[2][2][2], by_current[2][2];
} kz_law_rows;

/* resistance, current: [charge]; cross: |c| <= 1, of the linear law.  KZ_LAW_TABLE (one charge)
 * has the derivatives alone: its value counts as 0, for one edge follows from the other. */
void kz_law_residual(kz_law_rows *out, const kz_law *law, int charges, const double resistance[2],
                     double cross, double x[2][2], const double current[2]);

/* Range of beta on which the law is defined: [1/T_max, 1/T_min] of the table, or all. */
void kz_law_range(double *beta_low, double *beta_high, const kz_law *law);

#endif
