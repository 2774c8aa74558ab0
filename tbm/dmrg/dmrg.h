/* Two-site DMRG in real arithmetic; internal.
 *
 * H = sum_i lambda_i (Sx Sx' + Sy Sy' + delta_i Sz Sz') is a matrix product operator of five
 * states per bond: nothing yet, S+, S- or Sz on the last site, or all terms so far.  In a canonical
 * gauge the first is the identity, and S- is the transpose of S+, so three block operators per
 * bond are kept.
 *
 * The Hamiltonian commutes with the flip F of all spins.  Where the total Sz is 0, F maps the
 * sector to itself and the lowest state there has a known eigenvalue (tbm/dmrg/start.c).  The bases
 * of both sides of every bond are then kept closed under the flip: state j of charge c goes to
 * sign * state j of the mirror charge (sites - c), so that no sweep can prefer one of two
 * branches. */
#ifndef KZ_TBM_DMRG_DMRG_H
#define KZ_TBM_DMRG_DMRG_H

#include "tbm/mps/mps.h"
#include "tbm/work.h"

/* Scratch that grows; what was there is lost. */
typedef struct {
    double *data;
    size_t capacity;
} kz_vector;

/* A real tensor.  Right form, right of the centre: as kz_mps_site, a matrix per left charge.  Left
 * form, left of the centre: right charge c is one column-major matrix whose rows are the
 * states of left charge c - 1 (spin up), then those of left charge c (spin down). */
typedef struct {
    kz_vector arena;
    size_t *offset; /* by left or right charge */
} kz_real_site;

/* Operators of the sites on one side of a bond, by charge, in one arena. */
typedef struct {
    kz_vector arena;
    size_t *h; /* [d_c, d_c] energy of the bonds within the block */
    size_t *z; /* [d_c, d_c] Sz of the site next to the bond */
    size_t *p; /* left block [d_{c+1}, d_c], right block [d_{c-1}, d_c]: S+ of that site */
} kz_block;

/* A sector of the two-site problem; rows and columns as in kz_sector. */
typedef struct {
    int charge, rows, columns, up_rows, down_columns;
    size_t offset;        /* in a two-site vector */
    double *left, *right; /* [rows, rows], [columns, columns] Hamiltonians of block and site */
    double *u, *v;        /* factors of the split: [rows, least], [least, columns] */
    double *parity; /* [least] F of the columns of u; set where the sector is its own mirror */
    int least;
} kz_pair_sector;

typedef struct {
    size_t length;
    const double *lambda, *delta; /* [length - 1] */
    kz_mps *state;                /* bonds only, until the end */
    kz_real_site *site;           /* [length] */
    kz_block *block;              /* [length + 1] of the left or of the right of a bond */
    int flip;                     /* eigenvalue of F that is sought; 0: the state has none */
    kz_vector *sign;              /* [length + 1] of the bond's states, on the side of its block */

    /* The pair at hand: sites i, i+1. */
    size_t i;
    kz_pair_sector *sector; /* [length + 4] */
    size_t sectors, size;   /* size of a two-site vector */
    kz_vector operators, theta, krylov, svd;
    kz_work cut; /* for the truncation */

    size_t pairs_done, pairs; /* optimised so far, and at most over all starts */
} kz_dmrg_work;

KZ_CHECK_RESULT kz_status kz_vector_reserve(kz_vector *vector, size_t count);

/* The states to start from.  The first serves every phase without order.  An ordered phase may hold
 * the sweeps near the state they began with: there both are tried and the lower result is taken. */
typedef enum {
    KZ_START_UNIFORM, /* sum of all configurations, with the signs of the ground state */
    KZ_START_ORDERED, /* the best configuration of the Sz Sz terms where |delta| > 1, with
                       * antiparallel neighbours elsewhere; total Sz = 0: and its flip */
    KZ_STARTS,
} kz_dmrg_start;

/* A start with all right blocks. */
KZ_CHECK_RESULT kz_status kz_dmrg_work_create(kz_dmrg_work **out, const double *lambda,
                                              const double *delta, size_t length, int up,
                                              kz_dmrg_start start);
void kz_dmrg_work_free(kz_dmrg_work *work);

/* Sectors and Hamiltonians of the pair i, i+1; the blocks on both sides must be there. */
KZ_CHECK_RESULT kz_status kz_pair_prepare(kz_dmrg_work *work, size_t i);

/* y = H x on two-site vectors. */
void kz_pair_apply(double *y, const kz_dmrg_work *work, const double *x);

/* The same for the right side only, before any left block is there. */
KZ_CHECK_RESULT kz_status kz_pair_prepare_right(kz_dmrg_work *work, size_t i);

/* work->theta from two sites in right form (centre on the first), or in left form (on the
 * second). */
void kz_pair_form(kz_dmrg_work *work, bool right_form);

/* Splits work->theta over all sectors together and normalises.  to_right: the centre goes to site
 * i+1 in right form and the left block of the bond is renewed; else it goes to site i in left
 * form and the right block is renewed.
 *  discarded  out  weight relative to the norm */
KZ_CHECK_RESULT kz_status kz_pair_split(double *discarded, kz_dmrg_work *work, size_t chi,
                                        double cutoff, bool to_right);

/* Left (or right) block of the bond inside the pair, from the site next to it. */
KZ_CHECK_RESULT kz_status kz_pair_renew_block(kz_dmrg_work *work, bool left);

/* Lowest eigenvector of the pair from work->theta, in place, normalised.
 *  energy     out
 *  tolerance  of the residual norm;  steps  1 ... KZ_LANCZOS_STEPS */
enum { KZ_LANCZOS_STEPS = 16 };
KZ_CHECK_RESULT kz_status kz_pair_lanczos(double *energy, kz_dmrg_work *work, double tolerance,
                                          int steps);

/* -- the spin flip ------------------------------------------------------------------------- */

/* Projects a two-site vector on the eigenvalue work->flip. */
void kz_pair_symmetrise(double *x, const kz_dmrg_work *work);

/* Factors of the first half of the sectors from those of their mirrors. */
void kz_pair_mirror_factors(kz_dmrg_work *work);

/* Splits a sector that is its own mirror by the parity of its vectors.
 *  value    out [least] descending
 *  scratch  [2 * rows * columns + least] and what `lapack` doubles LAPACK needs */
KZ_CHECK_RESULT kz_status kz_pair_split_parity(double *value, kz_dmrg_work *work,
                                               kz_pair_sector *sector, double *scratch,
                                               size_t lapack);

/* Signs of the new bond, of its left or right states. */
KZ_CHECK_RESULT kz_status kz_pair_set_signs(kz_dmrg_work *work, bool left);

/* Sites, bonds (one state or two a sector), signs and flip of a start, in right form. */
KZ_CHECK_RESULT kz_status kz_dmrg_make_start(kz_dmrg_work *work, kz_dmrg_start start);

/* max |<Sz>| over the sites of a state in right form throughout. */
double kz_dmrg_flip_error(const kz_dmrg_work *work);

/* u, value, v of one matrix [rows, columns] by dgesdd, or dgesvd; `matrix` is destroyed, `copy`
 * is kept.  KZ_EDOMAIN, KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_pair_decompose(double *u, double *value, double *v,
                                            const kz_dmrg_work *work, int rows, int columns,
                                            const double *copy, double *matrix, double *lapack,
                                            size_t lapack_size);

/* <(H - energy)^2> of a normalised state in right form throughout. */
KZ_CHECK_RESULT kz_status kz_dmrg_variance(double *out, const kz_dmrg_work *work, double energy);

#endif
