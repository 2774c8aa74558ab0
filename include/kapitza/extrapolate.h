/* kapitza: values at vanishing truncation, from runs of growing bond dimension. */
#ifndef KAPITZA_EXTRAPOLATE_H
#define KAPITZA_EXTRAPOLATE_H

#include <kapitza/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Local observables of a truncated evolution are found to be linear in the discarded weight, summed
 * over all bonds, where that is small: runs of several bond dimensions give the value at weight 0.
 * The current at the junction of XX | gamma = pi/4 (energy quench, L = 64, t = 20) is 0.1282,
 * 0.1315, 0.1330 at weights 0.0044, 0.0017, 0.00049 (chi = 350, 500, 750); their line foretells
 * 0.13341 at 0.00012, where chi = 1100 has 0.13343.  At weights beyond 0.005 it bends.
 * Truncation only: the error of the time step is not seen. */

typedef struct {
    double value, err; /* err estimates |error|; both nan where no value is finite */
} kz_extrapolated;

/** Value at weight 0.  The line goes through the two points of the smallest weights that differ by
 *  a factor of 1.1 at least.  err: with a third such point, of twice the first weight or more, how
 * far the line through the second and third is from it there (it exceeds the error where the curve
 * is a parabola), and not less than half of the step from the best point to the value; without a
 * third, that whole step.  Where all weights are alike the value is that of the smallest weight,
 * err the spread of the values plus that weight. weight  [count], >= 0; points whose value is not
 * finite are left out */
kz_extrapolated kz_extrapolate(const double *weight, const double *value, size_t count);

/** Discarded weight of a run at its time k, summed over all bonds; nan for free fermions. */
double kz_extrapolate_weight(const kz_run *run, size_t k);

/** Whether runs may be extrapolated: at least two and at most KZ_EXTRAPOLATE_MOST, all TEBD, of the
 *  same chains, initial state, length, step and splitting.  KZ_EINVAL with the first difference. */
enum { KZ_EXTRAPOLATE_MOST = 32 };
KZ_CHECK_RESULT kz_status kz_extrapolate_check(const kz_run *const *runs, size_t count);

/** A row [length] of a dataset at time t, from those runs that hold it.
 *  KZ_EDOMAIN: fewer than two do.  value, err: out, untouched on failure. */
KZ_CHECK_RESULT kz_status kz_extrapolate_row(double *value, double *err, const kz_run *const *runs,
                                             size_t count, kz_run_quantity quantity, double t);

#ifdef __cplusplus
}
#endif
#endif
