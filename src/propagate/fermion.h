/* Free fermions from a profile; library-internal. */
#ifndef KZ_PROPAGATE_FERMION_H
#define KZ_PROPAGATE_FERMION_H

#include "propagate/pieces.h"

/* n(k; x, t) = n(k; x - t sin k): fills the observables and err of out, whose x and t are set. */
KZ_CHECK_RESULT kz_status kz_propagate_fermion(kz_propagation_point *out, const kz_profile *profile,
                                               double tol);

#endif
