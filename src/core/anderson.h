/* Anderson's acceleration of a fixed-point iteration x -> x + f(x); library-internal.
 *
 * The next x is the one of the last few, mixed linearly so that |f| is least, and their f added:
 * GMRES where f is linear, and so far as the slow directions are no more than the depth, as fast
 * as the others let it be.  Source: walker2011. */
#ifndef KZ_CORE_ANDERSON_H
#define KZ_CORE_ANDERSON_H

#include <stddef.h>

#include <kapitza/status.h>

enum { KZ_ANDERSON_DEPTH = 12 };

typedef struct kz_anderson kz_anderson;

KZ_CHECK_RESULT kz_status kz_anderson_create(kz_anderson **out, size_t size);
void kz_anderson_free(kz_anderson *anderson);

/* Forgets what came before: another problem begins. */
void kz_anderson_reset(kz_anderson *anderson);

/* x [size] to the next one, for f = f(x) [size]; returns the 2-norm of the move. */
double kz_anderson_next(double *x, kz_anderson *anderson, const double *f);

#endif
