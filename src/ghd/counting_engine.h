/* What leads from one counting parameter to the next, on one grid; library-internal. */
#ifndef KZ_GHD_COUNTING_ENGINE_H
#define KZ_GHD_COUNTING_ENGINE_H

#include "ghd/bias.h"
#include "ghd/counting.h"
#include "ghd/counting_flow.h"
#include "ghd/isotropic_bias.h"

/* One of them. */
typedef struct {
    kz_bias *bias;
    kz_isotropic_bias *isotropic;
    kz_counting_flow *flow;
} kz_counting_engine;

/* kz_counting_engine_free() also after a failure.
 *  side  that of the longest strings, held there; -1: as their velocity says
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM, KZ_ETOL. */
KZ_CHECK_RESULT kz_status kz_counting_engine_create(kz_counting_engine *out, const kz_counting *j,
                                                    int side);
void kz_counting_engine_free(kz_counting_engine *engine);

/* Back to lambda = 0, and from there to points as far as `reach`.  Returns KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_counting_engine_restart(kz_counting_engine *engine,
                                                     const kz_counting *j, double reach);

/* One lambda, and what is known of it.  After a failure point [index] is one that failed.  Returns
 * KZ_ENOMEM, KZ_ESING, KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_counting_engine_solve(kz_counting *j, kz_counting_engine *engine,
                                                   size_t index);

/* j->grid: the first one, and the next better one; false: there is none. */
void kz_counting_first_grid(kz_counting *j);
bool kz_counting_next_grid(kz_counting *j);

#endif
