/* A run in memory, shared by all of src/run. */
#ifndef KZ_RUN_INTERNAL_H
#define KZ_RUN_INTERNAL_H

#include <kapitza/run.h>

/* Far more measured times than can be made, few enough to multiply with the rest. */
enum { KZ_RUN_TIMES_MAX = 10000000 };

/* Arrays have room for `capacity` rows, `count` of which are measured. */
/* An attribute that the maker of a file adds: one number or an array. */
enum { KZ_RUN_NOTES = 12, KZ_RUN_NOTE_SIZE = 4, KZ_RUN_NOTE_NAME = 48 };
typedef struct {
    char name[KZ_RUN_NOTE_NAME];
    size_t count; /* <= KZ_RUN_NOTE_SIZE */
    double value[KZ_RUN_NOTE_SIZE];
} kz_run_note;

struct kz_run {
    kz_run_setup setup;
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
};

/* A run without rows. */
KZ_CHECK_RESULT kz_status kz_run_create(kz_run **out, const kz_run_setup *setup);
/* Room for `times` rows.  KZ_ENOMEM: as it was. */
KZ_CHECK_RESULT kz_status kz_run_reserve(kz_run *run, size_t times);
/* Numbers in the density matrices of one time. */
size_t kz_run_density_row(const kz_run_setup *setup);

/* Whether the state is even or odd under the spin flip, so that <S^z> is 0 at every site. */
bool kz_run_is_even(const kz_run_setup *setup);
/* The |<S^z>| that is then accepted.  exact: by construction, rounding only; else what the bound of
 * the truncation error allows, 1e-2 at most. */
double kz_run_flip_tolerance(bool exact, double bound);
/* KZ_ETOL: a row has more; nothing is asked of runs that are not even. */
KZ_CHECK_RESULT kz_status kz_run_check_flip(const kz_run *run, double tolerance);

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
 * checksums and no account of the accuracy. */
#define KZ_RUN_FORMAT "kapitza quench"
enum { KZ_RUN_DIGEST_VERSION = 3, KZ_RUN_FORMAT_VERSION = 3 };

#endif
