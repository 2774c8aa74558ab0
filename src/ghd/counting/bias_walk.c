#include "ghd/counting/bias_walk.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

static const double FALL_MOST =
                        0.1, /* of a step from the one before, twice, where that tells the rest, */
    FALL_LEAST = 1e-2,       /* and no better than linear solves and rays let it be */
    STALLED = 30;            /* times the noise: a step that no longer falls is rounding */

void kz_bias_walk_free(kz_bias_walk *w)
{
    kz_free(w->now);
    kz_free(w->before);
    kz_free(w->start);
    *w = (kz_bias_walk){0};
}

kz_status kz_bias_walk_create(kz_bias_walk *w, size_t size)
{
    *w = (kz_bias_walk){.size = size};
    KZ_TRY(kz_alloc_doubles(&w->now, size));
    KZ_TRY(kz_alloc_doubles(&w->before, size));
    KZ_TRY(kz_alloc_doubles(&w->start, size));
    kz_bias_walk_restart(w);
    return KZ_OK;
}

void kz_bias_walk_restart(kz_bias_walk *w)
{
    w->lambda = w->lambda_before = 0;
    memset(w->now, 0, w->size * sizeof(double));
    memset(w->before, 0, w->size * sizeof(double));
}

static void extrapolate(kz_bias_walk *w, double lambda)
{
    double gap = w->lambda - w->lambda_before;
    double factor = gap != 0 ? (lambda - w->lambda) / gap : 0;
    for (size_t i = 0; i < w->size; i++)
        w->now[i] = w->start[i] + factor * (w->start[i] - w->before[i]);
}

static kz_status advance(kz_bias_walk *w, double lambda, kz_bias_solve_fn *solve, void *context)
{
    size_t bytes = w->size * sizeof(double);
    memcpy(w->start, w->now, bytes);
    extrapolate(w, lambda);
    kz_status status = solve(context, lambda);
    if (status != KZ_OK) {
        memcpy(w->now, w->start, bytes);
        return status;
    }
    if (lambda != w->lambda) {
        memcpy(w->before, w->start, bytes);
        w->lambda_before = w->lambda;
        w->lambda = lambda;
    }
    return KZ_OK;
}

kz_status kz_bias_walk_to(kz_bias_walk *w, double lambda, int halvings, kz_bias_solve_fn *solve,
                          void *context)
{
    double stride = lambda - w->lambda;
    int failures = 0;
    for (;;) {
        double left = lambda - w->lambda;
        bool arrives = fabs(left) <= fabs(stride) * (1 + 1e-9);
        kz_status status = advance(w, arrives ? lambda : w->lambda + stride, solve, context);
        if (status == KZ_OK && arrives) return KZ_OK;
        if (status == KZ_OK) continue;
        if (status != KZ_ENOCONV || failures++ == halvings || left == 0) return status;
        stride *= 0.5;
    }
}

kz_bias_steps kz_bias_steps_start(double change)
{
    return (kz_bias_steps){.change = change, .fall = 1, .left = INFINITY};
}

void kz_bias_steps_add(kz_bias_steps *s, double change, double tol, double noise)
{
    double fall = s->change > 0 ? fmax(change / s->change, FALL_LEAST) : 1;
    double slower = fmax(fall, s->fall);
    bool stalls = change <= STALLED * noise && fall > 0.1;
    s->count++;
    s->change = change;
    s->fall = fall;
    s->left = slower < FALL_MOST ? slower * change : change;
    s->settled = s->left <= fmax(tol, noise) || stalls;
}

kz_status kz_bias_steps_check(const kz_bias_steps *s, double lambda, double accept)
{
    if (s->settled || s->left <= accept) return KZ_OK;
    return KZ_FAIL(KZ_ENOCONV, "lambda = %.15g: still moves by %.3g after %d steps", lambda,
                   s->change, s->count);
}
