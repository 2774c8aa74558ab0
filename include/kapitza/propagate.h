/* kapitza: generalized hydrodynamics of one homogeneous chain from any thermal initial profile.
 *
 * At t = 0 every point x is in the thermal state beta(x), mu(x); at (x, t) the state follows from
 * the geometric solution of the Euler equations (doyon2018geometric, hubner2024), without time
 * steps, so that every (x, t) stands on its own.  docs/propagate.md. */
#ifndef KAPITZA_PROPAGATE_H
#define KAPITZA_PROPAGATE_H

#include <stddef.h>

#include <kapitza/ghd.h>

#ifdef __cplusplus
extern "C" {
#endif

/** State at (x, t). */
typedef struct {
    double x, t;
    double energy;
    double energy_current;
    double magnetization;
    double spin_current;
    double entropy;   /* Yang-Yang entropy per site */
    double err;       /* bound on |error| / max(1, |value|); inf on failure */
    kz_status status; /* KZ_OK; KZ_ETOL: the numbers stand, err > tol says how well;
                       * anything else: the numbers are nan */
} kz_propagation_point;

/** A chain with its initial profile.  Opaque; evaluation may be called from several threads. */
typedef struct kz_propagation kz_propagation;

/** Any chain.  With |Delta| >= 1 the magnetization jumps where a jump of the profile arrives with
 *  the longest strings; on it stands the mean of both sides, half the jump is in err
 *  (docs/delta.md).  At Delta = 1, -1 grids end at some 1e-6 ... 1e-8, less next to such a jump and
 *  for times long against the width of the profile: KZ_ETOL, and err says what was reached.
 *
 *  Profile from a table of n >= 1 points, x ascending, all finite.  Between neighbouring points
 *  beta and mu are quintic splines (four continuous derivatives); an x that stands twice is a
 *  jump, where the pieces of both sides end freely (third and fourth derivative 0; a piece of two
 *  points between jumps is a straight line).  Beyond the table both are constant, and the spline
 *  meets the constants with first and second derivative 0.
 *  options->tol is the accuracy the states are made for.
 *  Returns KZ_EINVAL (the message names the point), KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM; *out is NULL on
 *  failure. */
KZ_CHECK_RESULT kz_status kz_propagation_create(kz_propagation **out, kz_chain chain,
                                                const double *x, const double *beta,
                                                const double *mu, size_t n,
                                                const kz_options *options);

/** beta and mu at x.  Called for edge[0] <= x <= edge[n-1] while the profile is made, never
 *  later; by one thread. */
typedef void (*kz_profile_fn)(double *beta, double *mu, double x, void *context);

/** The same from a function that is smooth between edge[0] < ... < edge[n-1], n >= 2, and
 *  continuous at all of them; constant beyond the first and last. */
KZ_CHECK_RESULT kz_status kz_propagation_create_function(kz_propagation **out, kz_chain chain,
                                                         kz_profile_fn profile, void *context,
                                                         const double *edge, size_t n,
                                                         const kz_options *options);
void kz_propagation_free(kz_propagation *propagation);

/** The profile itself at x; at a jump the value of the right side. */
KZ_CHECK_RESULT kz_status kz_propagation_initial(double *beta, double *mu,
                                                 const kz_propagation *propagation, double x);

/** States at (x[i], t[i]), i < n; finite, t of either sign, any order.  At t = 0 a jump shows its
 *  right side.
 *  points  out [n], points[i].status per point
 *  Returns KZ_OK when every point is KZ_OK, else the status of the first failing one;
 *  KZ_EINVAL also for a tol below that of the propagation; KZ_ECANCELLED when progress asked.
 *  Accuracy: err compares two resolutions in rapidity and in x; tested on random profiles. */
KZ_CHECK_RESULT kz_status kz_propagation_points(kz_propagation_point *points,
                                                kz_propagation *propagation, const double *x,
                                                const double *t, size_t n,
                                                const kz_options *options);

#ifdef __cplusplus
}
#endif
#endif
