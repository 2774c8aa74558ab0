/* What leads from one counting parameter to the next, on one grid; library-internal. */
#ifndef KZ_GHD_COUNTING_ENGINE_H
#define KZ_GHD_COUNTING_ENGINE_H

#include "ghd/counting/bias.h"
#include "ghd/counting/counting.h"
#include "ghd/counting/flow.h"
#include "ghd/counting/isotropic_bias.h"

/* One of them. */
typedef struct {
    kz_bias *bias;
    kz_isotropic_bias *isotropic;
    kz_counting_flow *flow;
    int side; /* that of the longest strings; -1: as their velocity says */
} kz_counting_engine;

/* kz_counting_engine_free() also after a failure.
 *  side  as there
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM, KZ_ETOL. */
KZ_CHECK_RESULT kz_status kz_counting_engine_create(kz_counting_engine *out, const kz_counting *j,
                                                    int side);
void kz_counting_engine_free(kz_counting_engine *engine);

/* Back to lambda = 0, and from there to points as far as `reach`.  Returns KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_counting_engine_restart(kz_counting_engine *engine,
                                                     const kz_counting *j, double reach);

/* One point, at its image, and what is known of it.  Returns KZ_ENOMEM, KZ_ESING, KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_counting_engine_solve(kz_counting *j, kz_counting_engine *engine,
                                                   size_t index);

/* *turned: at lambda = 0 the longest strings do not come from the side that they are held to. Where
 * that does not settle: false.  Returns KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_counting_engine_turns(bool *turned, kz_counting_engine *engine,
                                                   const kz_counting *j);

/* Delta = 1, a branch of a thermal side: the next point is solved from what it would be did all
 * strings come from that side.  Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_counting_engine_leap(kz_counting_engine *engine, const kz_counting *j,
                                                  double image);

/* j->grid: the first one, and the next better one; false: there is none. */
void kz_counting_first_grid(kz_counting *j);
bool kz_counting_next_grid(kz_counting *j);

#endif
