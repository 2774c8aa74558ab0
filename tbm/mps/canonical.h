/* Right-canonical form from any tensors; internal. */
#ifndef KZ_TBM_MPS_CANONICAL_H
#define KZ_TBM_MPS_CANONICAL_H

#include "core/progress.h"
#include "tbm/update.h"

/* The state is the product of its tensors, of any norm; afterwards the tensors are
 * right-orthonormal and the Schmidt values exact.  Values are truncated on the way as the limits
 * say (chi, allowed).
 *  discarded  out  sum over the bonds
 *  progress   gains kz_canonical_moves() items, one at a time, of `total`; NULL: none
 *  Returns KZ_EDOMAIN (not finite, or zero), KZ_ENOCONV, KZ_ENOMEM, KZ_ECANCELLED (by progress);
 * the state is then spoilt. */
KZ_CHECK_RESULT kz_status kz_mps_canonicalise(double *discarded, kz_mps *mps,
                                              const kz_update_limits *limits, kz_progress *progress,
                                              size_t total, kz_work *work);

/* Bonds that the centre crosses, there and back. */
static inline size_t kz_canonical_moves(size_t length) { return 2 * (length - 1); }

#endif
