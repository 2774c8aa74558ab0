/* Right-canonical form from any tensors; internal. */
#ifndef KZ_TBM_CANONICAL_H
#define KZ_TBM_CANONICAL_H

#include "tbm/update.h"

/* The state is the product of its tensors, of any norm; afterwards the tensors are
 * right-orthonormal and the Schmidt values exact.  Values are truncated on the way as the limits
 * say (chi, allowed). discarded  out  sum over the bonds Returns KZ_EDOMAIN (not finite, or zero),
 * KZ_ENOCONV, KZ_ENOMEM; the state is then spoilt. */
KZ_CHECK_RESULT kz_status kz_mps_canonicalise(double *discarded, kz_mps *mps,
                                              const kz_update_limits *limits, kz_work *work);

#endif
