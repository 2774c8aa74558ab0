/* kapitza: a quench as an object; its file RUN.h5. */
#ifndef KAPITZA_RUN_H
#define KAPITZA_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/tebd.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a run was made. */
typedef enum { KZ_METHOD_TEBD, KZ_METHOD_FERMION } kz_method;

enum { KZ_RUN_TEXT_SIZE = 64 };

/** What defines a run.  Sites are n = -(L/2 - 1) ... L/2, bond n lies between n and n + 1; the
 *  bonds n <= 0 have delta_left, the others delta_right. */
typedef struct {
    char left[KZ_RUN_TEXT_SIZE], right[KZ_RUN_TEXT_SIZE]; /* the chains, as typed */
    double delta_left, delta_right;
    kz_quench_kind initial;
    kz_method method;
    size_t length;
    double dt; /* largest step, of TEBD */
    kz_trotter trotter;
    size_t chi;           /* largest bond dimension, of TEBD */
    double cutoff;        /* discarded weight per bond and unit time */
    bool cutoff_per_gate; /* cutoff is meant per gate instead */
    bool densities;       /* the three-site density matrices are kept */
} kz_run_setup;

/** The datasets [time, site] of a run; units of J = hbar = 1. */
typedef enum {
    KZ_RUN_ENERGY,              /* of bond n */
    KZ_RUN_ENERGY_CURRENT,      /* bond-centred, nan at both end bonds */
    KZ_RUN_MAGNETIZATION,       /* of site n */
    KZ_RUN_SPIN_CURRENT,        /* from site n to n + 1 */
    KZ_RUN_ENTROPY,             /* of the cut between n and n + 1 */
    KZ_RUN_BOND_DIMENSION,      /* of that cut; nan for free fermions */
    KZ_RUN_TRUNCATION,          /* weight discarded there since t = 0; nan for free fermions */
    KZ_RUN_ENERGY_CURRENT_LINK, /* from bond n - 1 to bond n */
    KZ_RUN_QUANTITIES
} kz_run_quantity;

/** Name of a dataset, such as "energy_current". */
const char *kz_run_quantity_name(kz_run_quantity quantity);

/** A run in memory, with the rows measured so far. */
typedef struct kz_run kz_run;

/** Reads RUN.h5, also while the run goes on.  KZ_EIO with the reason: missing, not readable, not a
 *  run, of a newer format, damaged; KZ_ENOMEM; *out is NULL on failure. */
KZ_CHECK_RESULT kz_status kz_run_read(kz_run **out, const char *path);
void kz_run_free(kz_run *run);

const kz_run_setup *kz_run_get_setup(const kz_run *run);
/** Number of measured times, and the times themselves, ascending [count]. */
size_t kz_run_count(const kz_run *run);
const double *kz_run_times(const kz_run *run);
/** Row k < count of a dataset [length]; index i is site or bond kz_run_site(run, i). */
const double *kz_run_row(const kz_run *run, kz_run_quantity quantity, size_t k);
/** Density matrices of sites i, i+1, i+2 at time k, [(length - 2) * KZ_DENSITY_SIZE] as
 *  kz_mps_density_matrices() packs them; NULL where the run has none. */
const double *kz_run_densities(const kz_run *run, size_t k);
/** n of index i: i - length/2 + 1. */
long kz_run_site(const kz_run *run, size_t i);
/** Anisotropy of all bonds; delta out [length - 1]. */
void kz_run_couplings(double *delta, const kz_run *run);

#ifdef __cplusplus
}
#endif
#endif
