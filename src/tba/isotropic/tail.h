/* Sums over the strings beyond the rows of an isotropic chain; library-internal. */
#ifndef KZ_TBA_ISOTROPIC_TAIL_H
#define KZ_TBA_ISOTROPIC_TAIL_H

#include "tba/isotropic/system.h"

/* A dressed charge q: z = (1 - theta) q of row N [M], and 1 if it is that of the magnetization,
 * dx/dmu, else 0. */
typedef struct {
    const double *z;
    double spin;
} kz_isotropic_charge;

/* sums[a] = sum_{n>N} int d_n theta (1 - theta) q_a^2, all strings n > N in one state.  As second
 * derivative of what closes row N it needs no sum: d may be the density of states, its flow, or
 * any other solution of the same equation there.
 *  weight  in [2M]  dl/dy of that state (isotropic/system.h)
 *  flow    in [M]   (1 - theta) d of row N
 * Returns KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_tail_sums(double *sums, const kz_tangent *g,
                                                 const double *weight, const double *flow,
                                                 const kz_isotropic_charge *charge, int charges);

#endif
