/* kapitza: generalized hydrodynamics of one homogeneous chain, bipartitions and their rays. */
#ifndef KAPITZA_GHD_H
#define KAPITZA_GHD_H

#include <stddef.h>

#include <kapitza/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/** State on the ray zeta = x/t of a bipartition. */
typedef struct {
    double zeta;
    double energy;
    double energy_current;
    double magnetization;
    double spin_current;
    double err;       /* bound on |error| / max(1, |value|); inf on failure */
    kz_status status; /* KZ_OK; KZ_ETOL: the numbers stand, err > tol says how well;
                       * anything else: the numbers are nan */
} kz_ray;

/** Called now and then, from whichever thread of the running call has just finished something (the
 *  caller's own where threads = 1), for one call never twice at a time; a non-zero return cancels
 * the work (KZ_ECANCELLED).  It may call the library, the same function included, with any handle
 * but those the running call works on. */
typedef int (*kz_progress_fn)(void *context, size_t done, size_t total);

typedef struct {
    double tol;              /* accuracy asked for, 1e-13 <= tol <= 1e-2 */
    int threads;             /* >= 1; more than one needs a build with OpenMP */
    kz_progress_fn progress; /* NULL: none */
    void *progress_context;
} kz_options;

/** tol = 1e-10, one thread, no progress. */
kz_options kz_options_default(void);
KZ_CHECK_RESULT kz_status kz_options_check(const kz_options *options);

/** A bipartition of one homogeneous chain: `left` fills x < 0, `right` fills x > 0 at t = 0.
 *  Opaque; holds the fillings of both states on grids that are refined when needed. */
typedef struct kz_bipartition kz_bipartition;

/** Returns KZ_EINVAL, KZ_ENOCONV, KZ_ETOL (also for Delta so close to 1, -1 that it takes too many
 * strings), KZ_ENOMEM; *out is NULL on failure. */
KZ_CHECK_RESULT kz_status kz_bipartition_create(kz_bipartition **out, kz_chain chain,
                                                const kz_state *left, const kz_state *right,
                                                const kz_options *options);
void kz_bipartition_free(kz_bipartition *bipartition);

/** Ray states at zeta[0..n-1] (any finite values, any order; |zeta| = inf gives a reservoir).
 *  Where |Delta| >= 1 magnetization and spin current jump on the ray of the longest strings: on it
 *  they are the mean of both sides, and err is half the jump.
 *  rays   out [n], rays[i].status per ray
 *  Returns KZ_OK when every ray is KZ_OK, else the status of the first failing ray;
 *  KZ_ECANCELLED when progress asked for it. */
KZ_CHECK_RESULT kz_status kz_bipartition_rays(kz_ray *rays, kz_bipartition *bipartition,
                                              const double *zeta, size_t n,
                                              const kz_options *options);

/** lim var(Q)/t of the energy and the spin Q that cross the junction in the time t. */
typedef struct {
    double energy, spin;
    double err; /* bound on |error| / max(1, |value|) of both */
} kz_noise;

/** Noise on the ray zeta = 0: sum_j int rho_j (1 - theta_j) |v_j| (q_j^dr)^2 of its state, that is
 *  the second cumulant of the transferred charge on the hydrodynamic scale.
 *  out   written on success, and also on KZ_ETOL (out->err then says what was reached).  The spin's
 *        is nan where the magnetization jumps on this ray, and where |Delta| >= 1 if the ceiling,
 *        all spins up or all down, fills the longest strings: the sum is no variance there
 *  tol   accuracy asked for, 1e-13 <= tol <= 1e-2
 *  Returns KZ_EINVAL, KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM.
 *  Cost: a few rays.  Source: myers2020. */
KZ_CHECK_RESULT kz_status kz_bipartition_noise(kz_noise *out, const kz_bipartition *bipartition,
                                               double tol);

#ifdef __cplusplus
}
#endif
#endif
