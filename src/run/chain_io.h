/* Chain and initial state of a run as bytes, and their memory while a setup points to them. */
#ifndef KZ_RUN_CHAIN_IO_H
#define KZ_RUN_CHAIN_IO_H

#include "run/internal.h"

/* Arrays [length] of a setup that was read, until a run has copies. */
typedef struct {
    double *J, *delta, *field;
    bool *up;
} kz_run_chain;

void kz_run_chain_free(kz_run_chain *chain);

/* In the format of this machine.  Return what put and get do; reading KZ_ENOMEM too, and the setup
 * then points into `memory`, which is to be freed in any case. */
KZ_CHECK_RESULT kz_status kz_run_chain_put(const kz_run *run, kz_write_fn put, void *context);
KZ_CHECK_RESULT kz_status kz_run_chain_get(kz_run_chain *memory, kz_run_setup *setup,
                                           kz_read_fn get, void *context);

#endif
