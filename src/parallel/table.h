/* Tables on several processes. */
#ifndef KZ_PARALLEL_TABLE_H
#define KZ_PARALLEL_TABLE_H

#include <kapitza/table.h>

#include "parallel/farm.h"

/* kz_table_create() with the rows divided over the processes; in one process over its threads.  The
 * table, equal bit by bit to that of one process, is made in the first; *out is NULL in the others,
 * which return KZ_OK. */
KZ_CHECK_RESULT kz_status kz_parallel_table(kz_table **out, kz_chain chain, const double *beta,
                                            size_t nb, const double *mu, size_t nm,
                                            const kz_options *options);

#endif
