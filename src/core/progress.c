#include "core/progress.h"

void kz_progress_start(kz_progress *progress, int (*tell)(void *, size_t, size_t), void *context)
{
    progress->tell = tell;
    progress->context = context;
    progress->done = 0;
    atomic_init(&progress->cancelled, false);
    (void)pthread_mutex_init(&progress->lock, NULL); /* cannot fail with default attributes */
}

void kz_progress_end(kz_progress *progress) { (void)pthread_mutex_destroy(&progress->lock); }

/* The lock is held. */
static void tell(kz_progress *progress, size_t total)
{
    if (!progress->tell || atomic_load(&progress->cancelled)) return;
    if (progress->tell(progress->context, progress->done, total) != 0)
        atomic_store(&progress->cancelled, true);
}

void kz_progress_add(kz_progress *progress, size_t finished, size_t total)
{
    (void)pthread_mutex_lock(&progress->lock);
    progress->done += finished;
    if (total > 0) tell(progress, total);
    (void)pthread_mutex_unlock(&progress->lock);
}

void kz_progress_add_ahead(kz_progress *progress, size_t finished, size_t ahead)
{
    (void)pthread_mutex_lock(&progress->lock);
    progress->done += finished;
    tell(progress, progress->done + ahead);
    (void)pthread_mutex_unlock(&progress->lock);
}

bool kz_progress_is_cancelled(const kz_progress *progress)
{
    return atomic_load(&progress->cancelled);
}
