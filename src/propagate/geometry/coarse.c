/* Structure of the profile between neighbouring nodes.
 *
 * Where the starts u of two neighbouring rapidities lie farther apart than a panel is wide, what
 * the panels between hold is not sampled at all, at late times on the finest of grids, and two
 * grids may agree by missing it alike.  Weights change from a to b somewhere between the nodes,
 * which the trapezoid rule gives within h |b - a|/2, and the panels' own values, on their share of
 * the way, by no more than they vary. */
#include <math.h>

#include "propagate/geometry/work.h"

typedef struct {
    double low[KZ_GEOMETRY_ENTRIES], high[KZ_GEOMETRY_ENTRIES];
} range;

static void extend(range *r, const kz_geometry_work *w, size_t piece, int f, size_t k, double x)
{
    double value[KZ_GEOMETRY_ENTRIES];
    kz_geometry_weights(value, w, piece, f, k, x);
    for (int e = 0; e < KZ_GEOMETRY_ENTRIES; e++) {
        r->low[e] = fmin(r->low[e], value[e]);
        r->high[e] = fmax(r->high[e], value[e]);
    }
}

/* Of the weights at both ends and in the panels narrower than the way from one to the other, and
 * the part of that way which these take. */
static double widen(range *r, const kz_geometry_work *w, size_t piece, int f, size_t k, double from,
                    double to)
{
    const kz_profile *p = &w->heights->states->profile;
    const kz_profile_panel *panel = p->panel + p->piece[piece].first;
    size_t count = p->piece[piece].count, i = kz_profile_find_panel(p, piece, from);
    double inside = 0;
    for (; i < count && panel[i].from < to; i++) {
        double a = fmax(from, panel[i].from), b = fmin(to, panel[i].to);
        if (panel[i].constant || !(b > a) || panel[i].to - panel[i].from >= to - from) continue;
        extend(r, w, piece, f, k, a);
        extend(r, w, piece, f, k, 0.5 * (a + b));
        extend(r, w, piece, f, k, b);
        inside += b - a;
    }
    return inside / (to - from);
}

static double missed(const kz_geometry_work *w, size_t piece, int f, size_t k, double from,
                     double to)
{
    range ends = {{INFINITY, INFINITY, INFINITY}, {-INFINITY, -INFINITY, -INFINITY}};
    extend(&ends, w, piece, f, k, from);
    extend(&ends, w, piece, f, k, to);
    range all = ends;
    double share = widen(&all, w, piece, f, k, from, to), largest = 0;
    if (share == 0) return 0;
    for (int e = 0; e < KZ_GEOMETRY_ENTRIES; e++)
        largest =
            fmax(largest, 0.5 * (ends.high[e] - ends.low[e]) + share * (all.high[e] - all.low[e]));
    return largest;
}

void kz_geometry_blame_coarse(kz_geometry_work *w, size_t piece, int f)
{
    double h = kz_grid_spacing(&w->full->grid), *unseen = w->unseen + (size_t)f * w->n;
    size_t pairs = w->full->form.closed ? w->n : w->n - 1;
    for (size_t k = 0; k < pairs && w->narrowest > 0; k++) {
        double a = w->start[k], b = w->start[(k + 1) % w->n];
        if (!(fabs(b - a) > w->narrowest)) continue;
        double change = missed(w, piece, f, kz_geometry_folded(w, k), fmin(a, b), fmax(a, b));
        unseen[k] = fmax(unseen[k], h * change); /* at a jump pieces come twice */
    }
}
