/* A run in memory, shared by all of src/run. */
#ifndef KZ_RUN_INTERNAL_H
#define KZ_RUN_INTERNAL_H

#include <kapitza/run.h>

/* Far more measured times than can be made, few enough to multiply with the rest. */
enum { KZ_RUN_TIMES_MAX = 10000000 };

/* An attribute that the maker of a file adds: one number or an array. */
enum { KZ_RUN_NOTES = 12, KZ_RUN_NOTE_SIZE = 4, KZ_RUN_NOTE_NAME = 48 };
typedef struct {
    char name[KZ_RUN_NOTE_NAME];
    size_t count; /* <= KZ_RUN_NOTE_SIZE */
    double value[KZ_RUN_NOTE_SIZE];
} kz_run_note;

/* Arrays have room for `capacity` rows, `count` of which are measured. */
struct kz_run {
    kz_run_setup setup;        /* what it points to is ours: */
    double *J, *delta, *field; /* [length] of the chain; J and field NULL where they are trivial */
    bool *spin_up;             /* [length] or NULL */
    kz_couplings couplings;    /* of the chain */
    /* of H', nan without DMRG */
    double ground_energy, ground_variance, ground_flip_error;
    double audit_excess;                          /* see kz_tebd_worst_excess() */
    double truncation_bound;                      /* see kz_tebd_error_bound(); nan: not known */
    double initial_energy, initial_magnetization; /* of the whole chain at t = 0; nan: not known */
    double step;                                  /* largest one made; 0: none */
    double step_error;                            /* of it, by t = 4; nan: not known */
    kz_run_note note[KZ_RUN_NOTES];               /* written, not read */
    size_t notes;
    size_t count, capacity;
    size_t times_left;
    double *time;                     /* [capacity] */
    double *chi_limit;                /* [capacity] largest bond dimension allowed; nan: fermions */
    double *value[KZ_RUN_QUANTITIES]; /* [capacity * length], index i is n = i - L/2 + 1 */
    double *density;                  /* [capacity * kz_run_density_row()] or NULL */
    double *correlation[KZ_RUN_CORRELATIONS]; /* [capacity * length * length] or NULL */
    double *correlation_error;                /* [capacity] or NULL; nan: free fermions */
};

/* A run without rows. */
KZ_CHECK_RESULT kz_status kz_run_create(kz_run **out, const kz_run_setup *setup);
/* Room for `times` rows.  KZ_ENOMEM: as it was. */
KZ_CHECK_RESULT kz_status kz_run_reserve(kz_run *run, size_t times);
/* Numbers in the density matrices of one time. */
size_t kz_run_density_row(const kz_run_setup *setup);

/* Whether a run has such a dataset. */
bool kz_run_has_correlation(const kz_run_setup *setup, kz_run_correlation which);
/* Correlations in row k, for whoever measures. */
kz_pair_correlations kz_run_pair_view(const kz_run *run, size_t k);

/* The |<S^z>| that is then accepted.  exact: by construction, rounding only; else what the bound of
 * the truncation error allows, 1e-2 at most. */
double kz_run_flip_tolerance(bool exact, double bound);
/* KZ_ETOL: a row has more; nothing is asked of runs that are not even. */
KZ_CHECK_RESULT kz_status kz_run_check_flip(const kz_run *run, double tolerance);

/* Chain and initial state, of a good length: KZ_EINVAL. */
KZ_CHECK_RESULT kz_status kz_run_chain_check(const kz_run_setup *setup);
/* Whether the initial state is a ground state of H'. */
bool kz_run_needs_ground_state(const kz_run_setup *setup);

/* A state of a half as two numbers: beta = +-inf is ground and ceiling, mu = +-inf up and down. */
void kz_run_state_pack(double *beta, double *mu, const kz_state *state);
kz_state kz_run_state_unpack(double beta, double mu);
/* Whether only readers of the last format understand the run. */
bool kz_run_is_extended(const kz_run_setup *setup);

/* By how much the error of the step at some time is larger than kz_run.step_error. */
double kz_run_step_growth(double time);
/* Sums over the chain of row k. */
double kz_run_total_energy(const kz_run *run, size_t k);
double kz_run_total_magnetization(const kz_run *run, size_t k);
/* KZ_EIO: a number in the rows that no state has, named; what a file without checksums may hold. */
KZ_CHECK_RESULT kz_status kz_run_check_values(const kz_run *run);
/* What both methods measure, in row k. */
kz_lattice_profile kz_run_view(const kz_run *run, size_t k);

/* The format of RUN.h5: version 1 had neither dimension scales nor compression, 1 and 2 had no
 * checksums and no account of the accuracy.  Version 4 has couplings and other initial states; what
 * does without them is still written as 3, for readers of that. */
#define KZ_RUN_FORMAT "kapitza quench"
enum { KZ_RUN_DIGEST_VERSION = 3, KZ_RUN_PLAIN_VERSION = 3, KZ_RUN_FORMAT_VERSION = 4 };

#endif
