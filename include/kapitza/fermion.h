/* kapitza: the XX chain as free fermions, its states, rays and exact lattice dynamics. */
#ifndef KAPITZA_FERMION_H
#define KAPITZA_FERMION_H

#include <kapitza/ghd.h>
#include <kapitza/thermo.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Mode k in [-pi, pi): energy -cos k, velocity sin k; an occupied mode carries spin up. */

/** Occupation n(k) of a stationary state, in [0, 1].  Overflow-safe for every beta, mu.
 *  At a Fermi point of a T = 0 state the value is 1/2. */
double kz_fermion_occupation(const kz_state *state, double k);

/** Thermodynamics and Drude weights of the XX chain by closed form or quadrature, relative
 *  to max(1, |value|) accurate to 1e-12.  Drude weights: int dk/2pi v^2 q^2 n(1-n). */
KZ_CHECK_RESULT kz_status kz_fermion_thermo(kz_thermo *out, const kz_state *state);

/** State on the ray zeta: n_left where sin k > zeta, n_right where sin k < zeta.
 *  Accurate to 1e-12 absolutely; out->err says so.  zeta = +-inf gives the reservoirs. */
KZ_CHECK_RESULT kz_status kz_fermion_ray(kz_ray *out, const kz_state *left, const kz_state *right,
                                         double zeta);

/* -- exact dynamics on a finite open chain, H = 1/2 sum (c+_n c_{n+1} + h.c.) -- */

typedef enum {
    KZ_QUENCH_ENERGY,      /* ground state (S^z = 0) of -H left, +H right of the middle */
    KZ_QUENCH_DOMAIN_WALL, /* up for n <= 0, down for n > 0 */
    /* of runs only (run.h): */
    KZ_QUENCH_THERMAL, /* a state of its own in each half */
    KZ_QUENCH_NEEL,    /* up for even n, down for odd n */
    KZ_QUENCH_PRODUCT  /* any spins up and down */
} kz_quench_kind;

/** Open XX chain of L sites (L even, 4 <= L <= 4096), sites n = -(L/2-1) ... L/2 stored at
 *  index i = n + L/2 - 1; bond i couples sites i and i+1, bond n = 0 is index L/2 - 1 and
 *  belongs to the left half. */
typedef struct kz_fermion_lattice kz_fermion_lattice;

/** One of the first two kinds. */
KZ_CHECK_RESULT kz_status kz_fermion_lattice_create(kz_fermion_lattice **out, size_t L,
                                                    kz_quench_kind quench);

/* The same on any chain without SzSz, H = sum_i J_i (Sx Sx' + Sy Sy') - sum_i field_i Sz_i; L as
 * above.  KZ_EINVAL, KZ_ENOMEM, KZ_ENOCONV; *out is NULL on failure.  Modes come from dstevd: the
 * phases of a late time are right to 1e-15 t. */

/** Product state; spin_up [L]. */
KZ_CHECK_RESULT kz_status kz_fermion_lattice_create_product(kz_fermion_lattice **out, size_t L,
                                                            const kz_couplings *couplings,
                                                            const bool *spin_up);
/** Ground state (S^z = 0) of sum_i lambda_i h_i without the fields; lambda [L-1].  KZ_EDOMAIN: it
 *  is not unique. */
KZ_CHECK_RESULT kz_status kz_fermion_lattice_create_ground(kz_fermion_lattice **out, size_t L,
                                                           const kz_couplings *couplings,
                                                           const double *lambda);
/** rho = exp(-sum_i beta_i h_i + sum_i mu_i Sz_i)/Z, fields included in h_i; beta [L-1], mu [L],
 * any finite numbers.  The entropy of a cut is then that of the purification: the operator
 *  entanglement of the root of rho(t). */
KZ_CHECK_RESULT kz_status kz_fermion_lattice_create_thermal(kz_fermion_lattice **out, size_t L,
                                                            const kz_couplings *couplings,
                                                            const double *beta, const double *mu);
void kz_fermion_lattice_free(kz_fermion_lattice *lattice);

/** Arrays of length L owned by the caller; a member may be NULL (then not computed).
 *  Index i is site / bond n = i - L/2 + 1; entries without a value are nan. */
typedef struct {
    double *energy;              /* <h_n>, bond n; nan at the last index */
    double *energy_current;      /* (j_n + j_{n+1})/2; nan at the two end bonds and last index */
    double *energy_current_link; /* j_n from bond n-1 to n; nan at the first and last index */
    double *magnetization;       /* <S^z_n> */
    double *spin_current;        /* from site n to n+1; nan at the last index */
    double *entropy;             /* entanglement entropy of the cut between n and n+1; nan last */
} kz_lattice_profile;

/** Two-point functions of all pairs of sites, [L * L] with i the row and j the column, owned by the
 *  caller; a member may be NULL (then not computed). */
typedef struct {
    double *zz;                /* <Sz_i Sz_j> - <Sz_i><Sz_j>, symmetric */
    double *pm_real, *pm_imag; /* <S+_i S-_j>, Hermitian; real in states that are even or odd under
                                * the flip of all spins */
} kz_pair_correlations;

/** Observables at time t (any finite value).  Exact up to rounding, ~1e-13. */
KZ_CHECK_RESULT kz_status kz_fermion_lattice_measure(const kz_lattice_profile *out,
                                                     kz_fermion_lattice *lattice, double t);

/** Two-point functions of spins at time t (any finite value), by Wick's theorem; <S+_i S-_j> is a
 *  determinant of order |i - j|, because of the string between the sites (lieb1961).  Exact up to
 *  rounding, ~1e-13.  Cost: of the order of L^4 operations, a tenth of a second at L = 140.
 * KZ_EINVAL, KZ_EDOMAIN, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_fermion_lattice_correlations(const kz_pair_correlations *out,
                                                          kz_fermion_lattice *lattice, double t);

/** Real numbers in a three-site density matrix with conserved S^z, of trace 1.  Basis by falling
 *  S^z: uuu; uud, udu, duu; udd, dud, ddu; ddd.  The blocks of S^z = 3/2, 1/2, -1/2, -3/2 follow
 * each other; a block of three is rho11 rho22 rho33 Re12 Im12 Re13 Im13 Re23 Im23. */
enum { KZ_DENSITY_SIZE = 20 };

/** Density matrices of sites i, i+1, i+2, i = 0 ... L-3, at time t (any finite value), by Wick's
 *  theorem.  rho out [(L-2) * KZ_DENSITY_SIZE].  Exact up to rounding, ~1e-13.  KZ_EINVAL,
 *  KZ_EDOMAIN, KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_fermion_lattice_density_matrices(double *rho,
                                                              kz_fermion_lattice *lattice,
                                                              double t);

#ifdef __cplusplus
}
#endif
#endif
