/* Progress of a call that several threads work on; library-internal. */
#ifndef KZ_CORE_PROGRESS_H
#define KZ_CORE_PROGRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Of one call: callbacks come one at a time, and since every call has a lock of its own a callback
 * may call the library again, also the same function. */
typedef struct {
    pthread_mutex_t lock;
    int (*tell)(void *context, size_t done, size_t total); /* NULL: nobody asks */
    void *context;
    size_t done;
    atomic_bool cancelled;
} kz_progress;

void kz_progress_start(kz_progress *progress, int (*tell)(void *, size_t, size_t), void *context);
void kz_progress_end(kz_progress *progress);

/* `finished` more items are done.  The callback is told, unless the call has been cancelled, and
 * may cancel it.  total 0: it is not told. */
void kz_progress_add(kz_progress *progress, size_t finished, size_t total);

/* The same where the total is not known: it grows with the work, `ahead` of what is done. */
void kz_progress_add_ahead(kz_progress *progress, size_t finished, size_t ahead);

/* Never waits for a callback. */
bool kz_progress_is_cancelled(const kz_progress *progress);

#endif
