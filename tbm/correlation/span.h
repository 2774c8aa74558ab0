/* Few combinations instead of many environments; internal. */
#ifndef KZ_TBM_CORRELATION_SPAN_H
#define KZ_TBM_CORRELATION_SPAN_H

#include "tbm/correlation/blocks.h"

/* Turns the combinations to the principal axes of all environments and drops those that have
 * together no more than a small part of the tolerance; nothing where they are few.
 *  b        the blocks in e->data
 *  sector   rows of a block at most
 * KZ_ENOMEM, KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_environments_reduce(kz_environments *e, const kz_blocks *b,
                                                 size_t sector);

#endif
