/* kapitza: matrix product states of inhomogeneous spin-1/2 chains, their real-time evolution. */
#ifndef KAPITZA_TEBD_H
#define KAPITZA_TEBD_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/fermion.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Open chain of L sites, H = sum_i Sx Sx' + Sy Sy' + delta[i] Sz Sz' over the bonds i = 0 ... L-2,
 * bond i between sites i and i+1.  J = hbar = 1. */

/* -- states ------------------------------------------------------------------------------- */

/** Matrix product state with conserved S^z, in right-canonical form with its Schmidt values. */
typedef struct kz_mps kz_mps;

enum { KZ_MPS_MIN_LENGTH = 4, KZ_MPS_MAX_LENGTH = 4096 };

/** Product state; spin_up[i] says whether site i is up.  KZ_EINVAL (length), KZ_ENOMEM; *out is
 *  NULL on failure. */
KZ_CHECK_RESULT kz_status kz_mps_create_product(kz_mps **out, size_t L, const bool *spin_up);
/** Up on the left half, down on the right half; L even. */
KZ_CHECK_RESULT kz_status kz_mps_create_domain_wall(kz_mps **out, size_t L);
KZ_CHECK_RESULT kz_status kz_mps_copy(kz_mps **out, const kz_mps *mps);
void kz_mps_free(kz_mps *mps);

size_t kz_mps_length(const kz_mps *mps);
/** Number of up spins, L/2 + total S^z; 0 for purified states, where it is not sharp. */
int kz_mps_up_spins(const kz_mps *mps);
/** Schmidt values kept between sites i and i+1, i = 0 ... L-2. */
size_t kz_mps_bond_dimension(const kz_mps *mps, size_t i);
size_t kz_mps_max_bond_dimension(const kz_mps *mps);
/** Whether updates keep the state even or odd under the flip of all spins (and ancillas), exactly:
 *  <Sz> = 0 at every site.  So do the ground states of kz_dmrg_ground_state() of total Sz 0 and the
 *  thermal states with mu = 0 everywhere. */
bool kz_mps_keeps_flip(const kz_mps *mps);
/** Entanglement entropy of the cut between sites i and i+1; of a purified state that of the
 *  purification. */
double kz_mps_entropy(const kz_mps *mps, size_t i);
/** Bytes held by the tensors and Schmidt values. */
size_t kz_mps_memory(const kz_mps *mps);

/** How a thermal state is made. */
typedef struct {
    size_t chi;              /* largest bond dimension */
    double step;             /* largest |mu| and |beta| max(1, (1 + |delta|)/2) taken in one step of
                              * fourth order */
    double cutoff;           /* discarded weight per bond, once at the end */
    kz_progress_fn progress; /* after each layer of gates and each move of the double sweep at the
                              * end, in numbers of gates and moves; NULL: none */
    void *progress_context;
} kz_mps_thermal_params;

/** chi = 100, step = 0.2, cutoff = 1e-18, no progress. */
kz_mps_thermal_params kz_mps_thermal_params_default(void);

/** The vector of the square root of rho = exp(-sum_i beta[i] h_i + sum_i mu[i] Sz_i)/Z on L sites
 *  with ancillas, a purification of rho (verstraete2004, feiguin2005).  Everything that measures a
 *  state gives the expectation values of rho; kz_mps_entropy() is then the operator entanglement of
 *  the root, the entropy of the purification.  In kz_tebd spins go forward and ancillas backward in
 *  time, which keeps the vector that of sqrt(rho(t)) and its entropy small (karrasch2012).
 *  beta [L-1], mu [L]  any finite numbers; |beta| up to about 5 is cheap
 *  delta [L-1]         finite; h_i = Sx Sx' + Sy Sy' + delta[i] Sz Sz'
 *  Returns KZ_EINVAL, KZ_ENOCONV, KZ_EDOMAIN, KZ_ENOMEM, KZ_ECANCELLED (by progress); *out is NULL
 *  on failure.
 *  Accuracy: step^4 times 5e-5, and the root of the weight that chi cuts off. */
KZ_CHECK_RESULT kz_status kz_mps_create_thermal(kz_mps **out, size_t L, const double *beta,
                                                const double *mu, const double *delta,
                                                const kz_mps_thermal_params *params);
/** Whether sites have ancillas. */
bool kz_mps_is_purified(const kz_mps *mps);

/** Norm by contraction of all tensors from the left, without the Schmidt values.  1 but for what
 *  truncation did to the orthonormality of the tensors: less than the square root of the weight
 *  discarded.  Cost: about one update per site.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_mps_norm(double *norm, const kz_mps *mps);

/** Checks every invariant: sorted sectors, consistent sizes, finite numbers, Schmidt values
 *  descending and normalised to 1e-10, tensors right-orthonormal to within `tolerance` (largest
 *  element of B B^+ - 1, rows weighted by their Schmidt values).  A truncated state is orthonormal
 *  to about the square root of the discarded weight.  Returns KZ_EDOMAIN with what is wrong. */
KZ_CHECK_RESULT kz_status kz_mps_check(const kz_mps *mps, double tolerance);

/** Local observables with the conventions of kz_lattice_profile; index i is site or bond i.
 *  delta [L-1]; threads >= 1.  Cost: one pass, about two updates of time evolution per site. */
KZ_CHECK_RESULT kz_status kz_mps_measure(const kz_lattice_profile *out, const kz_mps *mps,
                                         const double *delta, int threads);

/** The same on any chain. */
KZ_CHECK_RESULT kz_status kz_mps_measure_coupled(const kz_lattice_profile *out, const kz_mps *mps,
                                                 const kz_couplings *couplings, int threads);

/** Density matrices of sites i, i+1, i+2 for i = 0 ... L-3, packed as KZ_DENSITY_SIZE says.
 *  rho  out [(L-2) * KZ_DENSITY_SIZE] */
KZ_CHECK_RESULT kz_status kz_mps_density_matrices(double *rho, const kz_mps *mps, int threads);

/** Two-point functions of all pairs of sites.
 *  error      out, may be NULL: how large the error is that `tolerance` makes: six times the
 *             largest seen in some eight rows, which are computed a second time with a tenth of it
 *  tolerance  weight of what may be dropped behind each site of what the others leave there, >= 0,
 *             in the norm of docs/tebd.md (Correlations); the error is about 0.2 times its square:
 *             1e-2 makes 2e-5, 1e-3 some 1e-7.  From 1e-3 on in single precision
 *  Returns KZ_EINVAL (also where other processes hold some of the state), KZ_EDOMAIN, KZ_ENOCONV,
 *  KZ_ENOMEM; arrays are then as they were.
 *  Accuracy: error, and what truncation has done to the state.  Cost: with tolerance = 0 about one
 *  update per pair of sites, with 1e-2 a tenth of that; docs/tebd.md. */
KZ_CHECK_RESULT kz_status kz_mps_pair_correlations(const kz_pair_correlations *out, double *error,
                                                   const kz_mps *mps, double tolerance,
                                                   int threads);

/** Full 8 x 8 matrix, row-major, of one packed density matrix; index 4 s1 + 2 s2 + s3 with s = 0
 *  for up.  re, im: out [64]. */
void kz_density_unpack(double *re, double *im, const double *packed);

/** Byte streams, for checkpoints: all `size` bytes or a failure (KZ_EIO). */
typedef kz_status (*kz_write_fn)(void *context, const void *data, size_t size);
typedef kz_status (*kz_read_fn)(void *context, void *data, size_t size);

/** The state, exactly, in the byte order and number format of this machine. */
KZ_CHECK_RESULT kz_status kz_mps_write(const kz_mps *mps, kz_write_fn write, void *context);
/** Returns KZ_EDOMAIN where the stream does not hold a valid state, KZ_ENOMEM, and what `read`
 *  returns; *out is NULL on failure. */
KZ_CHECK_RESULT kz_status kz_mps_read(kz_mps **out, kz_read_fn read, void *context);

/* -- ground states ------------------------------------------------------------------------ */

typedef struct {
    size_t chi;                /* largest bond dimension */
    double cutoff;             /* discarded weight per split; relaxed tenfold where the variance
                                * asks for it */
    double energy_tolerance;   /* change of the energy per sweep (there and back) */
    double variance_tolerance; /* of <H^2> - <H>^2 */
    double flip_tolerance;     /* of |<Sz>| at any site, where the total Sz is 0 */
    int max_sweeps;
    kz_progress_fn progress; /* after each pair of sites, with pairs done and the most that
                              * max_sweeps can make in all; NULL: none */
    void *progress_context;
} kz_dmrg_params;

/** chi = 1000, cutoff = 1e-10, energy to 1e-9, variance to 1e-7, |<Sz>| to 1e-10, 40 sweeps, no
 *  progress. */
kz_dmrg_params kz_dmrg_params_default(void);
KZ_CHECK_RESULT kz_status kz_dmrg_params_check(const kz_dmrg_params *params);

typedef struct {
    double energy;     /* of sum_i lambda[i] h_i */
    double variance;   /* <H^2> - <H>^2, computed exactly from the state */
    double truncation; /* largest discarded weight in the last sweep */
    int sweeps;
    double flip_error; /* max |<Sz>| over the sites, which is 0 where total Sz is; nan elsewhere */
} kz_dmrg_report;

/** Ground state of sum_i lambda[i] (Sx Sx' + Sy Sy' + delta[i] Sz Sz') with `up` up spins, by
 *  two-site DMRG (white1992, schollwoeck2011) in real arithmetic.
 *  Where the total Sz is 0 the state is an eigenstate of the flip of all spins with the eigenvalue
 *  of the exact, unique ground state (marshall1955): <Sz> = 0 to rounding at every site, also where
 *  an ordered phase (|delta| > 1) has a second state exponentially close.  There the sweeps are
 *  made from two starts and the lower result is taken.
 *  lambda, delta  [L-1] of any sign
 *  report         out, may be NULL
 *  Returns KZ_EINVAL, KZ_ENOMEM, KZ_ENOCONV, KZ_EDOMAIN, KZ_ECANCELLED (by progress): *out is
 *  NULL.  KZ_ETOL: variance or flip tolerance were not reached with this chi and number of
 *  sweeps; state and report are written all the same. */
KZ_CHECK_RESULT kz_status kz_dmrg_ground_state(kz_mps **out, kz_dmrg_report *report,
                                               const double *lambda, const double *delta, size_t L,
                                               int up, const kz_dmrg_params *params);

/* -- time evolution ----------------------------------------------------------------------- */

/** Splittings of exp(-i H dt) into half layers of even and odd bonds. */
typedef enum {
    KZ_TROTTER_2,             /* second order */
    KZ_TROTTER_4,             /* fourth order, optimised: barthel2020, Eq. (30a) */
    KZ_TROTTER_4_SUZUKI,      /* fourth order, suzuki1990 */
    KZ_TROTTER_4_FOREST_RUTH, /* fourth order, forest1990 */
} kz_trotter;

/** How the two-site tensor is split again. */
typedef enum {
    KZ_SPLIT_AUTO, /* the fastest that is safe */
    KZ_SPLIT_SVD   /* always the full singular value decomposition */
} kz_split;

typedef struct {
    kz_trotter trotter;
    kz_split split;
    size_t chi;           /* largest bond dimension, >= 1 */
    double cutoff;        /* discarded weight allowed per bond and unit time, >= 0 */
    bool cutoff_per_gate; /* cutoff is meant per gate instead */
    int threads;          /* >= 1; more than one needs a build with OpenMP */
} kz_tebd_params;

/** Optimised fourth order, automatic split, chi = 500, cutoff = 1e-9, one thread. */
kz_tebd_params kz_tebd_params_default(void);
KZ_CHECK_RESULT kz_status kz_tebd_params_check(const kz_tebd_params *params);

typedef struct kz_tebd kz_tebd;

/** Evolves `mps` in place, ancillas of a purified state backward; the caller keeps and frees it
 * after the kz_tebd. delta [L-1], finite; copied.  KZ_EINVAL, KZ_ENOMEM; *out is NULL on failure.
 */
KZ_CHECK_RESULT kz_status kz_tebd_create(kz_tebd **out, kz_mps *mps, const double *delta,
                                         const kz_tebd_params *params);
/** The same on any chain; the couplings are copied.  Fields break the flip of all spins: `mps`
 *  no longer keeps it (kz_mps_keeps_flip()). */
KZ_CHECK_RESULT kz_status kz_tebd_create_coupled(kz_tebd **out, kz_mps *mps,
                                                 const kz_couplings *couplings,
                                                 const kz_tebd_params *params);
void kz_tebd_free(kz_tebd *tebd);

/** Evolves by steps * dt; dt of either sign.  Consecutive half layers are merged, so one call of
 *  many steps is cheaper than many calls of one.
 *  progress  called after each layer with layers done and in total; NULL: none
 *  Returns KZ_ECANCELLED when progress asked for it: then kz_tebd_continue() takes up the work
 *  and no other call may advance the state.  KZ_ETOL: chi is so small that one gate would discard
 *  half of the state or more.  KZ_EINVAL, KZ_EDOMAIN, KZ_ENOCONV, KZ_ENOMEM: likewise the state is
 *  valid, but between two times. */
KZ_CHECK_RESULT kz_status kz_tebd_advance(kz_tebd *tebd, double dt, size_t steps,
                                          kz_progress_fn progress, void *context);
/** Goes on after KZ_ECANCELLED; does nothing when nothing is left. */
KZ_CHECK_RESULT kz_status kz_tebd_continue(kz_tebd *tebd, kz_progress_fn progress, void *context);

/** Everything an evolution holds beside its state, couplings and parameters: time, discarded
 * weights and their bound, audits and the layers still to do.  Written to a stream with the state,
 * and read into a new kz_tebd of that state, kz_tebd_continue() gives the same numbers as without
 * the interruption, bitwise with the same library and processor. Reading returns KZ_EDOMAIN where
 * the stream does not fit; the kz_tebd is then unchanged. */
KZ_CHECK_RESULT kz_status kz_tebd_write(const kz_tebd *tebd, kz_write_fn write, void *context);
KZ_CHECK_RESULT kz_status kz_tebd_read(kz_tebd *tebd, kz_read_fn read, void *context);

/** Whether a cancelled evolution waits for kz_tebd_continue(). */
bool kz_tebd_in_progress(const kz_tebd *tebd);

/** Time evolved so far by completed calls. */
double kz_tebd_time(const kz_tebd *tebd);

/** Discarded weight of bond i = 0 ... L-2, accumulated since the creation. */
double kz_tebd_truncation(const kz_tebd *tebd, size_t i);
/** The same summed over all bonds.  A measure of what was lost, no bound: errors of successive
 *  truncations add up as amplitudes, not as weights. */
double kz_tebd_truncation_total(const kz_tebd *tebd);
/** Bound of the norm of the difference between the state and what the same steps would have made of
 *  it without truncation, accumulated since the creation: the sum over layers of
 *  min(sqrt(2 sum of w), sum of sqrt(w)) over the weights w a layer discarded.  An observable whose
 *  eigenvalues span r is off by at most r times it (magnetization: r = 1); beyond 1 it says
 * nothing. To first order in the weights of a layer; the error of the time step comes on top. */
double kz_tebd_error_bound(const kz_tebd *tebd);

/** One update in about five hundred is repeated with the full singular value decomposition, whose
 * result is then kept.  The largest relative excess of the weight that the fast way discarded over
 * the least possible for as many Schmidt values, against the larger of that and the allowance; 0
 * where none was found.  Up to 0.1 is usual while the bond dimension grows and costs less than a
 * hundredth of it; 0.5 and more would mean that the basis is starved. */
double kz_tebd_worst_excess(const kz_tebd *tebd);

#ifdef __cplusplus
}
#endif
#endif
