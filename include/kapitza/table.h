/* kapitza: thermodynamic tables and their inversion, (beta, mu) from energy and magnetization. */
#ifndef KAPITZA_TABLE_H
#define KAPITZA_TABLE_H

#include <stddef.h>

#include <kapitza/ghd.h>
#include <kapitza/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Thermal states are exp(-beta H + mu S^z)/Z; e = <h_n>, m = <S^z_n>, per site, J = 1. */

typedef enum {
    KZ_TABLE_GRID,  /* e, m and derivatives on a (beta, mu) grid */
    KZ_TABLE_ENERGY /* beta(e) at mu = 0 over the whole energy band */
} kz_table_kind;

/** One thermal state with what bicubic Hermite interpolation and Newton's method need. */
typedef struct {
    double beta, mu;
    double energy, magnetization;
    double energy_beta, energy_mu;                /* de/dbeta, de/dmu = -dm/dbeta */
    double magnetization_beta, magnetization_mu;  /* dm/dbeta, dm/dmu */
    double energy_beta_mu, magnetization_beta_mu; /* mixed second derivatives */
    double err;                                   /* bound on |error| / max(1, |value|) */
} kz_table_point;

/** A table (opaque).  All but kz_table_invert(), which is parallel inside, may be called from
 * several threads at once. */
typedef struct kz_table kz_table;

/** Table on the grid beta[nb] x mu[nm]; both finite and strictly increasing.
 *  mu that is symmetric up to rounding is made exactly so; |mu| is computed once for both signs.
 *  options  tol is the accuracy of every stored number relative to max(1, |value|); rows of one
 *           beta are divided over the threads, results do not depend on their number
 *  A row that fails holds nan, its err is inf; the others stand and *out is made: the status is
 *  then that of the first failing row (KZ_ETOL, KZ_ENOCONV), as for KZ_OK free the table.
 *  Returns also KZ_EINVAL, KZ_ENOMEM, KZ_ECANCELLED (*out NULL). */
KZ_CHECK_RESULT kz_status kz_table_create(kz_table **out, kz_chain chain, const double *beta,
                                          size_t nb, const double *mu, size_t nm,
                                          const kz_options *options);

/** Table of beta(e) at mu = 0 from the ground state to the ceiling.  Nodes are added until the
 *  interpolant agrees with the true states to tol * max(1, |beta|) for |beta| <= 1000, and as far
 *  as rounding of e - e_edge allows beyond, to 1e-16 |beta|^3 where that is more.  Below rounding
 *  of the states themselves the error of the nodes is what it is, and says so.  At Delta = 1, -1
 *  nodes end at |beta| = 1e4, in the ferromagnet (beta Delta < 0) at 300, and the law beyond has
 *  the error it has, 1e-5 and 1e-8 or so.
 *  Returns KZ_EINVAL (also for |Delta| - 1 so small that tol takes too many strings), KZ_ENOCONV,
 *  KZ_ETOL, KZ_ENOMEM, KZ_ECANCELLED; *out is NULL on failure. */
KZ_CHECK_RESULT kz_status kz_table_create_energy(kz_table **out, kz_chain chain,
                                                 const kz_options *options);

/** Reads what kz_table_write wrote.
 *  Returns KZ_EIO (not readable, truncated, not HDF5), KZ_EINVAL (no table of this program, or
 *  one with impossible contents; the reason is in kz_error_reason()), KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_table_read(kz_table **out, const char *path);

/** Writes an HDF5 file under a temporary name and gives it its own when it is complete.
 *  Not for use in two threads at once.  Returns KZ_EIO, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_table_write(const kz_table *table, const char *path);

void kz_table_free(kz_table *table);

kz_table_kind kz_table_get_kind(const kz_table *table);
kz_chain kz_table_get_chain(const kz_table *table);
/** Accuracy asked for, and the largest error estimate of a node (inf where a row failed); of an
 *  energy table, of the nodes with |beta| <= 1000. */
double kz_table_get_tol(const kz_table *table);
double kz_table_get_error(const kz_table *table);
/** Ground-state and highest energy per bond. */
double kz_table_get_energy_min(const kz_table *table);
double kz_table_get_energy_max(const kz_table *table);
/** Grid: nb, nm.  Energy table: number of nodes, 1. */
void kz_table_get_shape(size_t *nb, size_t *nm, const kz_table *table);
/** Node (i, j) as computed; an energy table fills beta, mu = 0, energy and energy_beta, the rest is
 *  nan.  KZ_EDOMAIN when there is no such node. */
KZ_CHECK_RESULT kz_status kz_table_get_node(kz_table_point *out, const kz_table *table, size_t i,
                                            size_t j);

/** Bicubic Hermite interpolation in a grid table: energy, magnetization and first derivatives
 *  (symmetrised: energy_mu = -magnetization_beta only up to the interpolation error); the mixed
 *  ones are nan, err estimates the interpolation error of e and m.
 *  Returns KZ_EDOMAIN outside the grid or where a row failed, KZ_EINVAL for an energy table. */
KZ_CHECK_RESULT kz_status kz_table_evaluate(kz_table_point *out, const kz_table *table, double beta,
                                            double mu);

/* -- inversion -- */

typedef enum {
    KZ_PLACE_OK,
    KZ_PLACE_EDGE,    /* beyond the table (nearest point of it, err = inf), or on the boundary of
                       * the physical region: beta and mu infinite or, where undetermined, nan */
    KZ_PLACE_OUTSIDE, /* no such state: nan */
    KZ_PLACE_FAILED   /* the method gave up: nan, err = inf, see status */
} kz_place;

/** "ok", "edge", "outside", "failed". */
const char *kz_place_text(kz_place place);

typedef struct {
    double energy, magnetization; /* as given */
    double beta, mu;
    double err; /* bound on |error| / max(1, |value|) of beta and mu, e and m taken as exact up to
                 * rounding, which is counted; inf unless the place is KZ_PLACE_OK */
    kz_place place;
    kz_status status; /* KZ_OK, but for KZ_PLACE_FAILED */
} kz_inverse;

/** (beta, mu) from a table alone, by its interpolant.
 *  out            [n]
 *  energy         [n]  finite or not; a row that is not finite is outside
 *  magnetization  [n], or NULL: mu = 0.  An energy table takes NULL or zeros only (KZ_EINVAL).
 *  options        threads
 *  Returns KZ_EINVAL where a grid has fewer than three values of beta or of mu: its error of
 *  interpolation is then unknown.  KZ_OK when every row is ok, edge or outside; the status of the
 * first failed row. */
KZ_CHECK_RESULT kz_status kz_table_invert(kz_inverse *out, kz_table *table, const double *energy,
                                          const double *magnetization, size_t n,
                                          const kz_options *options);

/** Inversion on true states (opaque).  A point's result, to the last bit, depends on its energy and
 * magnetization, the chain, the tolerance and the table of first guesses alone: not on other
 * points, on earlier calls or on the number of threads. */
typedef struct kz_inverter kz_inverter;

/** guess  grid table of the same chain to start from, borrowed; NULL: none, which is hardly slower
 *  Returns KZ_EINVAL, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_inverter_create(kz_inverter **out, kz_chain chain,
                                             const kz_table *guess, const kz_options *options);
void kz_inverter_free(kz_inverter *inverter);

/** As kz_table_invert(), to options->tol where rounding of e and m allows it.  States with
 *  |beta| > 1e4, or > 500 at m != 0 with |Delta| >= 1, count as boundary, as do points within tol
 *  of it.  At Delta = 1, -1, m = 0 and |beta| > 300 in the ferromagnet (beta Delta < 0) beta is
 *  from the law of its edge, to 1e-8 or so: a smaller tol is missed there (KZ_ETOL, the row
 *  stands). */
KZ_CHECK_RESULT kz_status kz_inverter_solve(kz_inverse *out, kz_inverter *inverter,
                                            const double *energy, const double *magnetization,
                                            size_t n);

#ifdef __cplusplus
}
#endif
#endif
