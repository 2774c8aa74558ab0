#include "propagate/resolve.h"

#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"

/* Narrowest panel: the whole times 2^-20. */
enum { WIDTH_MIN_SHIFT = 20 };

/* Cuts panel `at` in two, with an empty slot for the right half. */
static kz_status split(kz_panel_store *s, size_t piece, size_t at)
{
    void *memory;
    size_t count = s->profile->panels;
    KZ_TRY(kz_alloc(&memory, count + 1, sizeof *s->slot));
    kz_status status = kz_profile_split(s->profile, piece, at - s->profile->piece[piece].first);
    if (status != KZ_OK) {
        kz_free(memory);
        return status;
    }
    double **slots = memory;
    memcpy(slots, s->slot, (at + 1) * sizeof *slots);
    memcpy(slots + at + 2, s->slot + at + 1, (count - at - 1) * sizeof *slots);
    kz_free(s->slot);
    s->slot = slots;
    return KZ_OK;
}

/* Solves panel `at` of a piece, which is cut while it is not resolved. */
static kz_status solve_resolved(kz_panel_store *s, size_t piece, size_t panel, double tol,
                                double least)
{
    size_t at = s->profile->piece[piece].first + panel;
    double tail;
    if (!s->slot[at]) KZ_TRY(kz_alloc_doubles(&s->slot[at], s->numbers));
    KZ_TRY(s->solve(&tail, s->slot[at], &s->profile->panel[at], s->context));
    double width = s->profile->panel[at].to - s->profile->panel[at].from;
    if (tail <= tol || width <= least) return KZ_OK;
    KZ_TRY(split(s, piece, at));
    KZ_TRY(solve_resolved(s, piece, panel + 1, tol, least));
    return solve_resolved(s, piece, panel, tol, least);
}

kz_status kz_panels_resolve(kz_panel_store *s, double tol)
{
    void *memory;
    const kz_profile *p = s->profile;
    double extent = p->panel[p->panels - 1].to - p->panel[0].from;
    double least = ldexp(extent, -WIDTH_MIN_SHIFT);
    KZ_TRY(kz_alloc(&memory, p->panels, sizeof *s->slot));
    s->slot = memory;
    for (size_t piece = 0; piece < p->pieces; piece++)
        for (size_t i = p->piece[piece].count; i-- > 0;)
            KZ_TRY(solve_resolved(s, piece, i, tol, least));
    return KZ_OK;
}

/* Of a series, relative to the largest value. */
static const double ROUNDING = 3e-13;

double kz_panel_tail(const double *value, size_t n, const double *scale)
{
    enum { P = KZ_PANEL_NODES };
    double tail = 0, largest = 0;
    for (size_t i = 0; i < n; i++) {
        double values[P], series[P], factor = scale ? scale[i] : 1;
        for (size_t m = 0; m < P; m++)
            largest = fmax(largest, fabs(values[m] = factor * value[m * n + i]));
        kz_chebyshev_transform(series, values, P);
        tail = fmax(tail, fabs(series[P - 1]) + fabs(series[P - 2]));
    }
    return tail <= ROUNDING * largest ? 0 : tail;
}
