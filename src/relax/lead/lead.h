/* A right half beside an edge of changing temperature; library-internal. */
#ifndef KZ_RELAX_LEAD_LEAD_H
#define KZ_RELAX_LEAD_LEAD_H

#include "relax/lead/emission.h"

typedef struct kz_lead kz_lead; /* one thread at a time */

/* Borrows the emission, which must outlive it. */
KZ_CHECK_RESULT kz_status kz_lead_create(kz_lead **out, const kz_emission *emission, double tol);
void kz_lead_free(kz_lead *lead);

/* Energy, its current and err at x >= 0 and t > 0, up to the last time of the emission; zeta = x/t,
 * the other numbers 0, status not set.  Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_lead_at(kz_ray *out, kz_lead *lead, double x, double t);

#endif
