/* From one counting parameter to the next, whatever the equations, and when the steps at one of
 * them may end; library-internal. */
#ifndef KZ_GHD_COUNTING_BIAS_WALK_H
#define KZ_GHD_COUNTING_BIAS_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

/* The last two solutions.  At lambda = 0 the solution is 0. */
typedef struct {
    size_t size;
    double lambda, lambda_before;
    double *now, *before; /* [size] the solution at lambda and that at lambda_before */
    double *start;        /* [size] where a stride begins */
} kz_bias_walk;

/* kz_bias_walk_free() also after a failure.  Returns KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_bias_walk_create(kz_bias_walk *out, size_t size);
void kz_bias_walk_free(kz_bias_walk *walk);

/* Back to lambda = 0. */
void kz_bias_walk_restart(kz_bias_walk *walk);

/* Makes walk->now, a guess, the solution at lambda; walk->lambda is still that of the solution
 * before. */
typedef kz_status kz_bias_solve_fn(void *context, double lambda);

/* To lambda, each stride from the straight line through the last two solutions, and half as long
 * after a KZ_ENOCONV, `halvings` times at most.  KZ_OK: solve() was last called for lambda itself.
 * After a failure the last solution is still there.  Returns what solve() returns. */
KZ_CHECK_RESULT kz_status kz_bias_walk_to(kz_bias_walk *walk, double lambda, int halvings,
                                          kz_bias_solve_fn *solve, void *context);

/* Steps towards the solution at one lambda, and how they fall. */
typedef struct {
    int count;
    double change, fall; /* the last one, and its ratio to the one before */
    double left;         /* what is left to do after it */
    bool settled;        /* there need be no more */
} kz_bias_steps;

/* change: what the first step is expected to be of the order of. */
kz_bias_steps kz_bias_steps_start(double change);

/* One more step, of the size `change`: settled where what is left is below tol, or rounding, which
 * makes `noise` of a step. */
void kz_bias_steps_add(kz_bias_steps *steps, double change, double tol, double noise);

/* KZ_ENOCONV where steps ended unsettled with more left than `accept`, too much to count as an
 * error. */
KZ_CHECK_RESULT kz_status kz_bias_steps_check(const kz_bias_steps *steps, double lambda,
                                              double accept);

#endif
