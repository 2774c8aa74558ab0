/* kapitza: effective temperatures of a quench, and its distance from the states that have them. */
#ifndef KAPITZA_EFFECTIVE_H
#define KAPITZA_EFFECTIVE_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/run.h>
#include <kapitza/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Row n looks at the sites n, n+1, n+2 of a chain of two halves and attaches to them a thermal
 * state exp(-beta H + mu S^z)/Z of the homogeneous chain of site n: the left one for n <= 0, the
 * right one for n > 0 (biella2019, Methods).
 *
 * Without magnetization beta has the mean energy (E_n + E_{n+1})/2 of the two bonds and mu = 0.
 * With it, (beta, mu) have the energy E_n of bond n and the magnetization S_n of site n.  The three
 * sites of row n = 0 touch bonds of both halves, where these differ: even in equilibrium its
 * numbers are none of a thermal state; the row is marked `mixed`. */

/** What is asked for. */
typedef struct {
    kz_chain left, right;
    bool magnetized; /* (beta, mu) from (E_n, S_n); else beta from the mean energy, mu = 0 */
    bool distances;  /* d_n is wanted */
    /* Energies, of the left and the right chain, for which distances are wanted; beyond there may
     * be none.  For XXZ chains at mu = 0 the work grows with the part of the band that is covered.
     */
    double energy_from[2], energy_to[2];
} kz_effective_params;

/** Without magnetization and distances, whole bands. */
kz_effective_params kz_effective_params_default(kz_chain left, kz_chain right);

/** One row.  err bounds |error| / max(1, |value|) of beta, mu and the distance, the profile being
 *  taken as exact; 0 for the infinite beta of a place outside. */
typedef struct {
    double energy, magnetization; /* what was inverted; magnetization 0 where it is not used */
    double beta, mu;
    double distance; /* trace norm of the difference, 0 ... 2; nan where there is none */
    double err;
    kz_place place;   /* OK
                       * OUTSIDE  beyond the band, or on its edge: beta = +-inf, mu = 0 or +-inf,
                       *          distance to the ground state or ceiling (of this magnetization:
                       *          XX chains only, else none)
                       * EDGE     full polarisation, or, with magnetization, on the boundary of the
                       *          physical states: beta = +-inf or nan, no distance, err = inf
                       * FAILED   nan, err = inf, see status; also where the profile is nan */
    kz_status status; /* KZ_OK; KZ_ETOL: the numbers stand, err says how well */
    bool mixed;
} kz_effective_row;

/** What makes rows of profiles (opaque): tables of both chains. */
typedef struct kz_effective kz_effective;

/** options  tol is the accuracy of beta and mu (a distance has the one its err tells); threads
 *  Returns KZ_EINVAL, KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM, KZ_ECANCELLED; *out is NULL on failure.
 *  Cost: half a second of processor time at P = 4, mu = 0; with distances and an XXZ chain up to
 *  half a minute for its thermal states. */
KZ_CHECK_RESULT kz_status kz_effective_create(kz_effective **out, const kz_effective_params *params,
                                              const kz_options *options);
void kz_effective_free(kz_effective *effective);

/** A chain of `length` sites at one time, with the index convention of kz_lattice_profile:
 *  index i is site or bond n = i - length/2 + 1. */
typedef struct {
    size_t length;               /* even, >= 4 */
    const double *energy;        /* [length - 1] */
    const double *magnetization; /* [length]; not read unless magnetized */
    const double *density;       /* [(length - 2) * KZ_DENSITY_SIZE], see
                                  * kz_mps_density_matrices(); not read unless distances */
} kz_effective_profile;

/** Rows i = 0 ... length - 3.  Not for two threads at once with one object; parallel inside.
 *  Every row of an XXZ chain with magnetization and distance is a thermal state of its own, 0.03 s
 *  of processor time per unit of |beta| up to 4, 0.3 beyond: progress tells rows, and may cancel.
 *  out  [length - 2], untouched on failure
 *  Returns KZ_EINVAL, KZ_ENOMEM, KZ_ECANCELLED; rows that fail say so themselves. */
KZ_CHECK_RESULT kz_status kz_effective_rows(kz_effective_row *out, kz_effective *effective,
                                            const kz_effective_profile *profile);

/** The same for a run: magnetized unless it is an energy quench.  KZ_EINVAL also where distances
 *  are wanted and the run has no density matrices. */
KZ_CHECK_RESULT kz_status kz_effective_create_for_run(kz_effective **out, const kz_run *run,
                                                      bool distances, const kz_options *options);
/** For several runs of one setup, kz_extrapolate_check(), and what they lead to. */
KZ_CHECK_RESULT kz_status kz_effective_create_for_runs(kz_effective **out,
                                                       const kz_run *const *runs, size_t count,
                                                       bool distances, const kz_options *options);
/** Rows at time k < kz_run_count(run). */
KZ_CHECK_RESULT kz_status kz_effective_run_rows(kz_effective_row *out, kz_effective *effective,
                                                const kz_run *run, size_t k);

/** A row at vanishing truncation, kapitza/extrapolate.h. */
typedef struct {
    kz_effective_row row; /* err as there, err_... of beta, mu and distance included; what is
                           * refused is nan */
    double err_energy, err_magnetization, err_beta, err_mu, err_distance; /* absolute; inf: refused,
                                                                           * nan: there is none */
    bool converged; /* nothing is refused: the sequence is in the linear regime,
                     * kz_extrapolated_holds(), and the best runs agree on the place */
} kz_effective_limit;

/** Rows [length - 2] at time t from runs of growing bond dimension.  The numbers of each run are
 *  extrapolated; so is, for comparison, the profile (energies, magnetization, density matrices),
 *  whose rows are made too: what the two differ in counts as error.  Infinite beta and mu beyond
 *  the band have error 0.
 *  effective  of kz_effective_create_for_runs()
 *  Returns as kz_extrapolate_runs(), of which three are needed, and as kz_effective_rows(); out
 *  untouched on failure. */
KZ_CHECK_RESULT kz_status kz_effective_extrapolate(kz_effective_limit *out, kz_effective *effective,
                                                   const kz_run *const *runs, size_t count,
                                                   double t);

/** Trace norm of the difference of two packed three-site density matrices
 *  [KZ_DENSITY_SIZE], the sum of its |eigenvalues|: 0 ... 2; nan where a number is not finite. */
double kz_density_distance(const double *a, const double *b);

#ifdef __cplusplus
}
#endif
#endif
