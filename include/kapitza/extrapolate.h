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
    double weight;     /* the smallest */
    double step;       /* from the value there to the one at weight 0 */
    double miss; /* of the line through the second and third point; nan where there is no third */
    int points;  /* 1 ... 4 that value and err were made of */
} kz_extrapolated;

/** Smallest weight up to which the law was seen to be linear, for energies, currents, distances and
 *  positions of maxima of XX | gamma = pi/4 (docs/figures.md). */
#define KZ_EXTRAPOLATE_LINEAR 0.005

/** Value at weight 0.  The line goes through the two points of the smallest weights that differ by
 *  a factor of 1.1 at least.  err: with a third such point, of twice the first weight or more, how
 *  far the line through the second and third is from it there (it exceeds the error where the curve
 *  is a parabola), with a fourth the same for the slope that differs most, and not less than half
 *  of the step from the best point to the value; without a third, that whole step.  Where all
 *  weights are alike the value is that of the smallest weight, err the spread of the values plus
 *  that weight.  Of 660 temperatures and distances of the shipped runs of 64 sites (|n| <= 16, t =
 *  14 ... 23) that chi <= 1000 foretells, two miss those of chi <= 1400 by more than err and 1e-5,
 *  by 1.25 err at most.
 *  weight  [count], >= 0; points whose value is not finite are left out */
kz_extrapolated kz_extrapolate(const double *weight, const double *value, size_t count);

/** Whether the sequence is in the linear regime, so that the value is more than a guess: the
 *  smallest weight is at most KZ_EXTRAPOLATE_LINEAR, and three points tell by less than the step
 *  itself how much they miss one line; or whatever they miss is at most `negligible`. */
bool kz_extrapolated_holds(const kz_extrapolated *limit, double negligible);

/** Discarded weight of a run at its time k, summed over all bonds; nan for free fermions. */
double kz_extrapolate_weight(const kz_run *run, size_t k);

/** Whether runs may be extrapolated: at least two and at most KZ_EXTRAPOLATE_MOST, all TEBD, of the
 *  same chains, initial state, length, step and splitting, no two of the same bond dimension and
 *  cutoff.  KZ_EINVAL with the first difference. */
enum { KZ_EXTRAPOLATE_MOST = 32 };
KZ_CHECK_RESULT kz_status kz_extrapolate_check(const kz_run *const *runs, size_t count);

/** Runs with one time, from the smallest weight at it to the largest. */
typedef struct {
    size_t count;
    const kz_run *run[KZ_EXTRAPOLATE_MOST];
    size_t row[KZ_EXTRAPOLATE_MOST];
    double weight[KZ_EXTRAPOLATE_MOST];
} kz_growing_runs;
/** Those of `runs` that hold time t.  KZ_EINVAL: kz_extrapolate_check(); KZ_EDOMAIN: fewer than
 *  `least` do.  *out untouched on failure. */
KZ_CHECK_RESULT kz_status kz_extrapolate_runs(kz_growing_runs *out, const kz_run *const *runs,
                                              size_t count, double t, size_t least);

/** A row [length] of a dataset at time t, from those runs that hold it.  err is at least half of
 * the smaller one of both neighbours', where they have one. KZ_EDOMAIN: fewer than two do.  value,
 * err: out, untouched on failure. */
KZ_CHECK_RESULT kz_status kz_extrapolate_row(double *value, double *err, const kz_run *const *runs,
                                             size_t count, kz_run_quantity quantity, double t);

#ifdef __cplusplus
}
#endif
#endif
