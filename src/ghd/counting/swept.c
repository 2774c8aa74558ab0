#include "ghd/counting/swept.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "core/chebyshev.h"
#include "core/error.h"
#include "core/memory.h"

/* Shorter paths are rounding of the zeros. */
static const double SLIVER = 1e-11;

enum {
    LOOKS = 64,     /* for turning points, along a path */
    BISECTIONS = 60 /* to rounding */
};

kz_status kz_swept_create(kz_swept *out, int capacity)
{
    void *memory;
    KZ_TRY(kz_alloc(&memory, (size_t)capacity, sizeof(kz_swept_panel)));
    *out = (kz_swept){.capacity = capacity, .panel = memory};
    return KZ_OK;
}

void kz_swept_free(kz_swept *swept)
{
    kz_free(swept->panel);
    *swept = (kz_swept){0};
}

void kz_swept_copy(kz_swept *to, const kz_swept *from)
{
    to->count = from->count;
    if (from->count) memcpy(to->panel, from->panel, (size_t)from->count * sizeof *from->panel);
}

static double place_at(const kz_zero_path *path, double x)
{
    return kz_chebyshev_value(path->place, path->terms, x);
}

static double slope_at(const kz_zero_path *path, double x)
{
    double value, slope;
    kz_chebyshev_series(&value, &slope, path->place, path->terms, x);
    return slope;
}

kz_swept_point kz_swept_at(const kz_swept_panel *panel, double x)
{
    const kz_zero_path *m = &panel->memory;
    kz_swept_point out;
    kz_chebyshev_series(&out.place, &out.slope, m->place, m->terms, x);
    out.kappa = kz_chebyshev_value(m->kappa, m->terms, x);
    out.lambda = kz_chebyshev_value(m->lambda, m->terms, x);
    return out;
}

/* Where a monotone part of a path has its zero at `place`; the nearer end where it has not. */
static double when_at(const kz_zero_path *path, double from, double to, double place)
{
    bool rises = place_at(path, to) > place_at(path, from);
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = 0.5 * (from + to);
        if ((place_at(path, middle) < place) == rises)
            from = middle;
        else
            to = middle;
    }
    return 0.5 * (from + to);
}

/* The part of a panel that still stands. */
static void extent(double *low, double *high, const kz_swept_panel *p)
{
    double a = place_at(&p->memory, p->from), b = place_at(&p->memory, p->to);
    *low = fmin(a, b);
    *high = fmax(a, b);
}

static kz_status append(kz_swept *swept, const kz_swept_panel *panel)
{
    double low, high;
    extent(&low, &high, panel);
    if (high - low < SLIVER) return KZ_OK;
    if (swept->count == swept->capacity)
        return KZ_FAIL(KZ_ENOCONV, "zeros of a velocity left more than %d pieces behind",
                       swept->capacity);
    swept->panel[swept->count++] = *panel;
    return KZ_OK;
}

/* Takes [low, high], which lies in the panel, out of it. */
static kz_status take_out(kz_swept *swept, int index, double low, double high)
{
    kz_swept_panel old = swept->panel[index], rest = old;
    double at_low = when_at(&old.memory, old.from, old.to, low);
    double at_high = when_at(&old.memory, old.from, old.to, high);
    swept->panel[index] = swept->panel[--swept->count];
    rest.to = fmin(at_low, at_high);
    KZ_TRY(append(swept, &rest));
    rest.from = fmax(at_low, at_high);
    rest.to = old.to;
    return append(swept, &rest);
}

static int panel_at(const kz_swept *swept, double place)
{
    for (int i = 0; i < swept->count; i++) {
        double low, high;
        extent(&low, &high, &swept->panel[i]);
        if (low <= place && place <= high) return i;
    }
    return -1;
}

/* One way over either one panel or what no zero has passed; turn: s before less s after. */
static kz_status pass_over(kz_swept *swept, const kz_zero_path *path, double from, double to,
                           double turn, double sign)
{
    int terms = path->terms;
    double place[KZ_SWEPT_TERMS], kappa[KZ_SWEPT_TERMS], lambda[KZ_SWEPT_TERMS];
    double a = place_at(path, from), b = place_at(path, to);
    int below = panel_at(swept, 0.5 * (a + b));
    kz_swept_panel next = {.memory = {.terms = terms}, .from = -1, .to = 1, .sign = sign};
    for (int i = 0; i < terms; i++) {
        double y = kz_chebyshev_node(i, terms), x = 0.5 * (from + to) + 0.5 * (to - from) * y;
        place[i] = place_at(path, x);
        kappa[i] = turn * kz_chebyshev_value(path->kappa, terms, x);
        lambda[i] = turn * kz_chebyshev_value(path->lambda, terms, x);
        if (below < 0) continue;
        const kz_swept_panel *old = &swept->panel[below];
        kz_swept_point at = kz_swept_at(old, when_at(&old->memory, old->from, old->to, place[i]));
        kappa[i] += at.kappa;
        lambda[i] += at.lambda;
    }
    kz_chebyshev_transform(next.memory.place, place, terms);
    kz_chebyshev_transform(next.memory.kappa, kappa, terms);
    kz_chebyshev_transform(next.memory.lambda, lambda, terms);
    if (below >= 0) KZ_TRY(take_out(swept, below, fmin(a, b), fmax(a, b)));
    return append(swept, &next);
}

/* Where on a monotone part of a path the state has edges of its own: ends of panels, and the zeros
 * at lambda = 0.  Their number; in the order of x, with both ends of the part. */
static kz_status find_stops(double *stop, size_t *count, size_t room, const kz_swept *swept,
                            const kz_zero_path *path, double from, double to,
                            const kz_region *start)
{
    double a = place_at(path, from), b = place_at(path, to);
    double low = fmin(a, b), high = fmax(a, b);
    size_t n = 0;
    stop[n++] = from;
    for (int i = 0; i < 2 * swept->count + start->count; i++) {
        double end[2], place;
        if (i < 2 * swept->count) {
            extent(&end[0], &end[1], &swept->panel[i / 2]);
            place = end[i % 2];
        } else {
            place = start->edge[i - 2 * swept->count];
        }
        if (!(place > low + SLIVER && place < high - SLIVER)) continue;
        if (n + 1 == room) return KZ_FAIL(KZ_ENOCONV, "more than %zu pieces on one path", room);
        stop[n++] = when_at(path, from, to, place);
    }
    stop[n++] = to;
    gsl_sort(stop, 1, n);
    *count = n;
    return KZ_OK;
}

static kz_status pass_one_way(kz_swept *swept, const kz_zero_path *path, double from, double to,
                              double below, const kz_region *start)
{
    enum { ROOM = 64 };
    double stop[ROOM], a = place_at(path, from), b = place_at(path, to);
    size_t count = 0;
    if (fabs(b - a) < SLIVER) return KZ_OK;
    double sign = b > a ? below : -below; /* upwards: what was above is now below */
    KZ_TRY(find_stops(stop, &count, ROOM, swept, path, from, to, start));
    for (size_t i = 0; i + 1 < count; i++)
        KZ_TRY(pass_over(swept, path, stop[i], stop[i + 1], -2 * sign, sign));
    return KZ_OK;
}

kz_status kz_swept_pass(kz_swept *swept, const kz_zero_path *path, double end, double below,
                        const kz_region *start)
{
    double from = -1, before = slope_at(path, -1);
    for (int i = 1; i <= LOOKS; i++) {
        double x = -1 + (end + 1) * i / LOOKS, slope = slope_at(path, x);
        if (before * slope < 0) {
            double a = x - (end + 1) / LOOKS, b = x;
            for (int k = 0; k < BISECTIONS; k++) {
                double middle = 0.5 * (a + b);
                *(slope_at(path, middle) * slope > 0 ? &b : &a) = middle;
            }
            KZ_TRY(pass_one_way(swept, path, from, a, below, start));
            from = a;
        }
        if (slope != 0) before = slope; /* a look may be where it turns */
    }
    return pass_one_way(swept, path, from, end, below, start);
}

/* Memory at one place of two neighbours, the lower of which is a. */
static kz_swept_point either_at(const kz_swept_panel *a, const kz_swept_panel *b, double border,
                                double place)
{
    const kz_swept_panel *p = place < border ? a : b;
    return kz_swept_at(p, when_at(&p->memory, p->from, p->to, place));
}

/* A panel along the rapidity in place of both. */
static bool join(kz_swept_panel *out, const kz_swept_panel *a, const kz_swept_panel *b, double loss)
{
    double low, border, high, kappa[KZ_SWEPT_TERMS], lambda[KZ_SWEPT_TERMS];
    int terms = a->memory.terms;
    extent(&low, &border, a);
    extent(&border, &high, b);
    *out = (kz_swept_panel){.memory = {.terms = terms}, .from = -1, .to = 1, .sign = a->sign};
    out->memory.place[0] = 0.5 * (low + high);
    out->memory.place[1] = 0.5 * (high - low);
    for (int i = 0; i < terms; i++) {
        double place = place_at(&out->memory, kz_chebyshev_node(i, terms));
        kz_swept_point at = either_at(a, b, border, place);
        kappa[i] = at.kappa;
        lambda[i] = at.lambda;
    }
    kz_chebyshev_transform(out->memory.kappa, kappa, terms);
    kz_chebyshev_transform(out->memory.lambda, lambda, terms);
    for (int i = 0; i < 2 * terms; i++) {
        double x = kz_chebyshev_node(i, 2 * terms);
        kz_swept_point joint = kz_swept_at(out, x), at = either_at(a, b, border, joint.place);
        double lost = fmax(fabs(joint.kappa - at.kappa), fabs(joint.lambda - at.lambda));
        if (!(lost <= loss)) return false;
    }
    return true;
}

/* Whether b begins where a ends, in the same state. */
static bool continues(const kz_swept_panel *a, const kz_swept_panel *b, const kz_region *start)
{
    double low, border, from, high;
    extent(&low, &border, a);
    extent(&from, &high, b);
    bool same = kz_region_contains(start, 0.5 * (low + border)) ==
                kz_region_contains(start, 0.5 * (from + high));
    return same && a->sign == b->sign && fabs(from - border) <= SLIVER;
}

void kz_swept_tidy(kz_swept *swept, const kz_region *start, double loss)
{
    kz_swept_panel joint;
    for (int i = 0; i < swept->count; i++) {
        for (int j = 0; j < swept->count; j++) {
            if (i == j || !continues(&swept->panel[i], &swept->panel[j], start)) continue;
            if (!join(&joint, &swept->panel[i], &swept->panel[j], loss)) continue;
            swept->panel[i] = joint;
            swept->panel[j] = swept->panel[--swept->count];
            i = -1; /* from the beginning */
            break;
        }
    }
}
