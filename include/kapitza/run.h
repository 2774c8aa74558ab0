/* kapitza: a quench as an object: made, stopped, resumed, kept in RUN.h5, read. */
#ifndef KAPITZA_RUN_H
#define KAPITZA_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/team.h>
#include <kapitza/tebd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- what defines a run -------------------------------------------------------------------- */

/** How a run was made. */
typedef enum { KZ_METHOD_TEBD, KZ_METHOD_FERMION } kz_method;

enum { KZ_RUN_TEXT_SIZE = 96 };

/** What defines a run.  Sites are n = -(L/2 - 1) ... L/2, bond n lies between n and n + 1; the
 *  bonds n <= 0 have delta_left, the others delta_right, unless `couplings` says otherwise.
 *
 *  A thermal run starts from exp(-sum beta_n h_n + sum mu_n Sz_n)/Z, with the values of left_state
 *  for bonds and sites n <= 0; h_n is the whole energy of a bond, shares of fields included.  Both
 *  states are thermal; or ground or ceiling, which is the pure ground state of H' = sum lambda_n
 *  h_n with lambda = 1 or -1 (ceiling | ground: the energy quench); or up or down, a product state.
 */
typedef struct {
    char left[KZ_RUN_TEXT_SIZE], right[KZ_RUN_TEXT_SIZE]; /* the chains, as typed; "": named after
                                                           * their Delta */
    double delta_left, delta_right;
    kz_couplings couplings; /* of the whole chain; all NULL: two uniform halves with J = 1 and no
                             * field; delta NULL: that of the halves.  A kz_run has a copy */
    kz_quench_kind initial;
    kz_state left_state, right_state; /* of KZ_QUENCH_THERMAL */
    const bool *spin_up;              /* [length] of KZ_QUENCH_PRODUCT; a kz_run has a copy */
    kz_method method;
    size_t length;
    double dt; /* largest step, of TEBD */
    kz_trotter trotter;
    size_t chi;           /* largest bond dimension, of TEBD */
    double cutoff;        /* discarded weight per bond and unit time */
    bool cutoff_per_gate; /* cutoff is meant per gate instead */
    bool densities;       /* the three-site density matrices are kept */
    bool correlations;    /* two-point functions of all pairs of sites are kept */
} kz_run_setup;

/** Beyond this anisotropy energies lose digits that matter; the same for J and the field. */
#define KZ_RUN_DELTA_MAX 1000.0

/** |beta| and |mu| of thermal states; of TEBD |beta J| at all bonds, too.  Beyond, purification
 * costs more than it gives: the pure states serve better. */
#define KZ_RUN_MOST_BETA 20.0
#define KZ_RUN_MOST_MU 30.0

/** Energy quench of two XX halves by TEBD: 140 sites, dt = 0.2, optimised fourth order, chi = 500,
 *  cutoff = 1e-9, no density matrices. */
kz_run_setup kz_run_setup_default(void);
/** KZ_EINVAL with the first fault: -1 < Delta <= KZ_RUN_DELTA_MAX of the halves, an even length of
 *  KZ_MPS_MIN_LENGTH ... KZ_MPS_MAX_LENGTH, 0 < dt <= 100, chi >= 1, 0 <= cutoff < 1; free fermions
 *  need Delta = 0 at all bonds.  Couplings of size KZ_RUN_DELTA_MAX at most; a ground state takes
 *  no field and no bond with J = 0.  States of a thermal run as said there. */
KZ_CHECK_RESULT kz_status kz_run_setup_check(const kz_run_setup *setup);

/** Whether the state is mixed, a purified one of spins and ancillas. */
bool kz_run_is_purified(const kz_run_setup *setup);
/** Whether the chain is more than two uniform halves. */
bool kz_run_has_couplings(const kz_run_setup *setup);
/** Whether the state is even under the flip of all spins, so that <S^z> = 0. */
bool kz_run_is_even(const kz_run_setup *setup);
/** The same chains of one length, up to rounding; the same initial states. */
bool kz_run_same_chain(const kz_run_setup *a, const kz_run_setup *b);
bool kz_run_same_initial(const kz_run_setup *a, const kz_run_setup *b);

/** Names that stand in RUN.h5: "energy", "domain-wall", "thermal", "neel", "product"; "tebd",
 *  "fermion"; of a splitting. */
const char *kz_run_initial_name(kz_quench_kind initial);
const char *kz_run_method_name(kz_method method);
const char *kz_run_trotter_name(kz_trotter trotter);

/** Whether two times, couplings or steps are one but for rounding, 1e-9 of max(1, |a|). */
bool kz_run_same_number(double a, double b);

/* -- the numbers of a run ------------------------------------------------------------------ */

/** The datasets [time, site] of a run; units of J = hbar = 1. */
typedef enum {
    KZ_RUN_ENERGY,              /* of bond n */
    KZ_RUN_ENERGY_CURRENT,      /* bond-centred, nan at both end bonds */
    KZ_RUN_MAGNETIZATION,       /* of site n */
    KZ_RUN_SPIN_CURRENT,        /* from site n to n + 1 */
    KZ_RUN_ENTROPY,             /* of the cut between n and n + 1; of a purified run the entropy of
                                 * the purification, in the file purification_entropy */
    KZ_RUN_BOND_DIMENSION,      /* of that cut; nan for free fermions */
    KZ_RUN_TRUNCATION,          /* weight discarded there since t = 0; nan for free fermions */
    KZ_RUN_ENERGY_CURRENT_LINK, /* from bond n - 1 to bond n */
    KZ_RUN_QUANTITIES
} kz_run_quantity;

/** Name of a dataset, such as "energy_current". */
const char *kz_run_quantity_name(kz_run_quantity quantity);
/** The name in the file of such a run: the entropy of a purified one is "purification_entropy". */
const char *kz_run_dataset_name(kz_run_quantity quantity, const kz_run_setup *setup);

/** A run in memory, with the rows measured so far. */
typedef struct kz_run kz_run;

/** Reads RUN.h5, also while the run goes on, and files of every older format.  KZ_EIO with the
 *  reason: missing, not readable, not a run, of a newer format, damaged; KZ_ENOMEM; *out is NULL on
 *  failure. */
KZ_CHECK_RESULT kz_status kz_run_read(kz_run **out, const char *path);
/** Replaces the file whole.  KZ_EIO (then the old one is untouched; also without a measured time),
 *  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_run_write(const kz_run *run, const char *path);
void kz_run_free(kz_run *run);

const kz_run_setup *kz_run_get_setup(const kz_run *run);
/** Number of measured times, and the times themselves, ascending [count]. */
size_t kz_run_count(const kz_run *run);
const double *kz_run_times(const kz_run *run);
/** Row of time t, the number of times where it was not measured. */
size_t kz_run_find_time(const kz_run *run, double t);
/** Times asked for and not yet measured. */
size_t kz_run_times_left(const kz_run *run);
/** Row k < count of a dataset [length]; index i is site or bond kz_run_site(run, i). */
const double *kz_run_row(const kz_run *run, kz_run_quantity quantity, size_t k);
/** Density matrices of sites i, i+1, i+2 at time k, [(length - 2) * KZ_DENSITY_SIZE] as
 *  kz_mps_density_matrices() packs them; NULL where the run has none. */
const double *kz_run_densities(const kz_run *run, size_t k);
/** The datasets [time, site, site] of a run with correlations. */
typedef enum {
    KZ_RUN_ZZ,      /* <Sz_m Sz_n> - <Sz_m><Sz_n>, symmetric */
    KZ_RUN_PM_REAL, /* <S+_m S-_n>, symmetric */
    KZ_RUN_PM_IMAG, /* antisymmetric; none where kz_run_is_even(), since there it is 0 */
    KZ_RUN_CORRELATIONS
} kz_run_correlation;

/** Name of a dataset, such as "correlation_zz". */
const char *kz_run_correlation_name(kz_run_correlation which);
/** Those of time k, [length * length], row m, column n; NULL where the run has none. */
const double *kz_run_correlations(const kz_run *run, kz_run_correlation which, size_t k);
/** Error of the correlations of row k beside that of the state, kz_mps_pair_correlations(); nan
 *  where there are none, and for free fermions, which are exact. */
double kz_run_correlation_error(const kz_run *run, size_t k);
/** n of index i: i - length/2 + 1. */
long kz_run_site(const kz_run *run, size_t i);
/** Anisotropy of all bonds; delta out [length - 1]. */
void kz_run_couplings(double *delta, const kz_run *run);
/** All couplings; delta is never NULL. */
const kz_couplings *kz_run_get_couplings(const kz_run *run);
/** Largest bond dimension allowed for row k, which may grow when a run is resumed; nan for free
 *  fermions. */
double kz_run_chi(const kz_run *run, size_t k);

/** How good a run is, as far as it can tell; of all rows, nan where there is nothing to say. */
typedef struct {
    double truncation;          /* largest weight discarded at one bond since t = 0 */
    double truncation_bound;    /* of what all truncations do to the state, kz_tebd_error_bound() */
    double energy_drift;        /* largest |E(t) - E(0)| of the whole chain */
    double magnetization_drift; /* the same of S^z */
    double step;                /* largest time step made */
    double step_error;          /* what it does to local observables by the last time: measured with
                                 * half the step on pieces of 8 sites of the chain up to t = 4 and
                                 * taken to grow linearly from then on; an estimate, meant to be too
                                 * large, up to some twenty times.  Of purified runs three pure
                                 * states of the pieces stand for theirs */
    double flip_error;          /* largest |<S^z_n>| where the state is even under the spin flip */
    double correlation_error;   /* largest kz_run_correlation_error() */
} kz_run_accuracy;
void kz_run_get_accuracy(kz_run_accuracy *out, const kz_run *run);

/* -- making runs --------------------------------------------------------------------------- */

/** How far a run is, for its progress function. */
typedef struct {
    enum { KZ_RUN_IN_GROUND_STATE, KZ_RUN_IN_EVOLUTION, KZ_RUN_IN_COOLING } stage;
    size_t sweep;             /* of the ground state, from 1 */
    double cooled;            /* part of the cooling that is done, 0 ... 1 */
    double first, time, last; /* where this call began, is and will end */
    const kz_mps *mps;        /* NULL: none, before the evolution and for free fermions */
    const kz_tebd *tebd;      /* NULL with mps */
} kz_run_progress;

/** Called between two layers of gates, two pairs of the ground state, two bonds of the last sweep
 * of a cooling or two measured times of free fermions; a non-zero return stops the run, which can
 * be resumed.  Must not change the state. */
typedef int (*kz_run_progress_fn)(void *context, const kz_run_progress *progress);

typedef struct {
    const char *path;            /* RUN.h5; the checkpoint is RUN.h5.checkpoint */
    const double *times;         /* [count] to measure at, from 0 on, strictly increasing */
    size_t count;                /* >= 1 */
    int threads;                 /* >= 1; the result does not depend on it */
    double checkpoint_seconds;   /* between checkpoints, > 0 */
    double wall_seconds;         /* stop with a checkpoint before this, > 0; inf: never */
    double max_truncation;       /* stop with a checkpoint when a bond has discarded more, > 0; inf:
                                  * never */
    bool overwrite;              /* a new run replaces a RUN.h5, finished or not */
    kz_run_progress_fn progress; /* NULL: none */
    void *progress_context;
    kz_team *team; /* processes that divide the chain of TEBD, the others of which are in
                    * kz_team_serve(); NULL: this one alone.  The result is the same bit by bit;
                    * there are no correlations with it */
} kz_run_params;

/** No path and times, one thread, checkpoints every half hour, no limits, nothing overwritten. */
kz_run_params kz_run_params_default(void);
/** Whether these times can be measured: KZ_EINVAL.  Ascending, at most 1e12 steps from one to the
 *  next; of free fermions up to 1e9 over the largest energy of a mode, where phases leave
 * observables an error of 1e-6. */
KZ_CHECK_RESULT kz_status kz_run_times_check(const double *times, size_t count,
                                             const kz_run_setup *setup);
/** The same for all of them. */
KZ_CHECK_RESULT kz_status kz_run_params_check(const kz_run_params *params,
                                              const kz_run_setup *setup);

/** How a run ended without failure. */
typedef enum {
    KZ_RUN_DONE,
    KZ_RUN_WALL_TIME,
    KZ_RUN_STOPPED,  /* by the progress function */
    KZ_RUN_TRUNCATED /* by max_truncation */
} kz_run_end;

/** Makes a run: initial state, evolution, a row at each time, checkpoints (of TEBD).  RUN.h5 is
 *  replaced, whole, at each checkpoint, at the end and at every stop; it holds the rows measured so
 *  far, and does not appear before the first.  Meanwhile RUN.h5.lock keeps other processes out
 *  (KZ_EIO names the one that is there); it goes with its process, however that ends.  An existing
 *  RUN.h5 or checkpoint of an unfinished run is replaced with params->overwrite only, a checkpoint
 *  that is foreign never (KZ_EIO).
 *  out      the rows measured, as in the file; NULL on failure; may itself be NULL
 *  end      how it ended; KZ_RUN_DONE: all times are measured
 *  Returns KZ_EINVAL, KZ_EIO, KZ_ENOMEM and what DMRG and TEBD return; what was written before
 *  stands.  Meanwhile OpenBLAS has one thread: gates run in parallel, not their matrices.
 *  Cost: docs/tebd.md. */
KZ_CHECK_RESULT kz_status kz_run_make(kz_run **out, kz_run_end *end, const kz_run_setup *setup,
                                      const kz_run_params *params);

/** A run read from its checkpoint, to be resumed. */
typedef struct kz_run_stored kz_run_stored;

/** Reads RUN.h5.checkpoint, and keeps other processes out of the run until it is closed.  KZ_EIO:
 *  missing, damaged, of another version or machine, or another process is at it; KZ_ENOMEM; *out is
 *  NULL on failure. */
KZ_CHECK_RESULT kz_status kz_run_stored_open(kz_run_stored **out, const char *path);
void kz_run_stored_close(kz_run_stored *stored);
/** The rows in it. */
const kz_run *kz_run_stored_run(const kz_run_stored *stored);
/** The times asked for when it was written, those measured included; returns their number, 0 where
 *  an old checkpoint does not say. */
size_t kz_run_stored_times(const double **times, const kz_run_stored *stored);
/** Whether `times` begins with the times measured and the one the evolution was under way to, if
 *  any, up to rounding. */
bool kz_run_stored_fits(const kz_run_stored *stored, const double *times, size_t count);

/** Goes on, to bitwise the numbers of the uninterrupted run; a finished run goes on to later times.
 *  params->times must fit (kz_run_stored_fits); `chi`, at least that of the run, acts from the next
 *  time on.  KZ_EINVAL also where more than params->max_truncation is discarded already, KZ_EIO
 *  where RUN.h5 holds another run.  Else as kz_run_make(); `stored` is used up but still to be
 *  closed. */
KZ_CHECK_RESULT kz_status kz_run_resume(kz_run **out, kz_run_end *end, kz_run_stored *stored,
                                        size_t chi, const kz_run_params *params);

/** What stands at the place of the checkpoint of `path`. */
typedef enum {
    KZ_CHECKPOINT_NONE,
    KZ_CHECKPOINT_FINISHED,
    KZ_CHECKPOINT_UNFINISHED,
    KZ_CHECKPOINT_FOREIGN /* not of this version of the library, or damaged at its head */
} kz_checkpoint_kind;
/** KZ_EIO: it cannot be read. */
KZ_CHECK_RESULT kz_status kz_run_checkpoint_look(kz_checkpoint_kind *out, const char *path);
/** What stands at `path`: KZ_CHECKPOINT_FOREIGN: anything but a run that can be read.  KZ_ENOMEM.
 */
KZ_CHECK_RESULT kz_status kz_run_file_look(kz_checkpoint_kind *out, const char *path);
/** Whether RUN.h5 and its checkpoint can be written there; leaves nothing.  KZ_EIO. */
KZ_CHECK_RESULT kz_status kz_run_place_check(const char *path, kz_method method);

#ifdef __cplusplus
}
#endif
#endif
