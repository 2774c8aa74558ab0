/* One two-site update: gate, truncation, both new tensors; internal. */
#ifndef KZ_TBM_UPDATE_H
#define KZ_TBM_UPDATE_H

#include <stdint.h>

#include "tbm/mps/mps.h"
#include "tbm/work.h"

/* An operator on two spins: (up down, down up) -> [[same, other], [other, back]], and a factor each
 * on up up and down down. */
typedef struct {
    double complex same, other, back;
    double up_up, down_down;
    double tau;   /* how far it is from 1 */
    double turn;  /* phase that each of both sites gets for every unit of its charge, afterwards */
    bool unitary; /* keeps the norm; its conjugate acts on the ancillas */
} kz_gate;

/* exp(-i tau h), with the phase that makes it 1 on equal spins.  Ancillas go backward, by
 * exp(+i tau h). */
kz_gate kz_gate_make(double tau, double delta);
/* The same for any bond.  The mean field of both sites commutes with the rest: it is a phase of
 * local states, which no Schmidt value sees. */
kz_gate kz_gate_of_bond(double tau, const kz_bond *bond);

/* exp(-tau K), K = beta h - left Sz - right Sz', times a number; ancillas stay. */
kz_gate kz_gate_cool(double tau, double beta, double delta, double left, double right);

/* What an update may do. */
typedef struct {
    size_t chi;     /* Schmidt values that may stay, >= 1 */
    double allowed; /* weight that may be discarded, >= 0 */
    kz_split split;
    uint64_t stream; /* seed of random columns: a function of layer and bond */
    double *excess; /* not NULL: repeat with the full decomposition, keep its result, and say by how
                       much the first discarded more than the least for as many Schmidt values,
                       relative to the larger of that and `allowed`; nan where both are the same */
} kz_update_limits;

/* Applies the gate to sites i and i+1.
 *  discarded  out  weight removed, relative to the norm
 *  Returns KZ_ETOL (half of the weight or more would go), KZ_EDOMAIN (the state is not finite),
 *  KZ_ENOCONV, KZ_ENOMEM, KZ_EINVAL (the gate would break the flip of a state that has the form of
 *  tbm/flip.h); the state is then as it was.
 *  Source: hastings2009 (no inverse of the Schmidt values). */
KZ_CHECK_RESULT kz_status kz_update_bond(double *discarded, kz_mps *mps, size_t i,
                                         const kz_gate *gate, const kz_update_limits *limits,
                                         kz_work *work);

/* The parts of it, for the bench. */

/* Sectors of the two-site tensor, with memory for c and for the split. */
KZ_CHECK_RESULT kz_status kz_theta_prepare(kz_work *work, const kz_mps *mps, size_t i);
/* c = B_i B_{i+1}, then the gate. */
void kz_theta_form(kz_work *work, const kz_mps *mps, size_t i);
void kz_theta_gate(kz_work *work, const kz_mps *mps, size_t i, const kz_gate *gate);

/* Full singular value decomposition of S c.  KZ_ENOCONV, KZ_EDOMAIN. */
KZ_CHECK_RESULT kz_status kz_split_svd(kz_sector *sector, kz_work *work);

/* Eigenvectors of (S c)^+ (S c); weights are right to about 1e-16 of the largest, against 1e-32 of
 * kz_split_svd(), at half its cost.  Falls back to it where the matrix is wide. */
KZ_CHECK_RESULT kz_status kz_split_gram(kz_sector *sector, kz_work *work);

/* Whether kz_split_project() may do more for this sector than fall back. */
bool kz_split_may_project(const kz_sector *sector);

/* One application of the state to its left Schmidt basis before the gate plus `extra` random
 * columns; what lies outside of the resulting row space is in `lost`.  Falls back to the others
 * where it would not pay or the basis is nearly singular. */
KZ_CHECK_RESULT kz_status kz_split_project(kz_sector *sector, kz_work *work, const kz_mps *mps,
                                           size_t i, int extra, uint64_t stream);

/* Chooses kept over all sectors together: the smallest weights go while they fit into `allowed`,
 * or are rounding, or there are more than chi; at least one value stays.
 * Of sectors that stand for their images two values go at once; where chi has no room for the last
 * two, nothing stays.
 *  kept_weight, discarded  out  sums; lost weight counts as discarded */
void kz_truncate(double *kept_weight, double *discarded, kz_work *work,
                 const kz_update_limits *limits);

#endif
