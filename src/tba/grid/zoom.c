#include "tba/grid/zoom.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/grid/convolution.h"

/* Modes up to this part of the highest one of a lattice go to a finer one and back. */
static const double USED = 0.6;

/* Spacings of the finest lattice between a jump and where its patch is left; of any, between what
 * a patch has to itself and where its parent's own parent has a share. */
static const double MARGIN = 12, BESIDE = 4;

/* -- the smooth step ------------------------------------------------------------------------- */

static double bell(double shape, double x)
{
    return x * x < 1 ? exp(shape * (sqrt(1 - x * x) - 1)) : 0;
}

void kz_cutoff_fill(kz_cutoff *cutoff, double shape)
{
    enum { PARTS = 4 };
    const double h = 2.0 / (KZ_CUTOFF_TABLE * PARTS);
    double sum = 0;
    cutoff->shape = shape;
    for (int i = 0; i <= KZ_CUTOFF_TABLE; i++) {
        cutoff->value[i] = sum;
        for (int j = 0; j < PARTS && i < KZ_CUTOFF_TABLE; j++) { /* Simpson's rule */
            double x = -1 + (i * PARTS + j) * h;
            sum += h / 6 * (bell(shape, x) + 4 * bell(shape, x + 0.5 * h) + bell(shape, x + h));
        }
    }
    for (int i = 0; i <= KZ_CUTOFF_TABLE; i++) {
        cutoff->slope[i] = bell(shape, -1 + 2.0 * i / KZ_CUTOFF_TABLE) / sum;
        cutoff->value[i] /= sum;
    }
}

/* From 0 at x <= -1 to 1 at x >= 1: cubic between the values of the table. */
static double smooth_step(const kz_cutoff *c, double x)
{
    if (!(x > -1)) return 0;
    if (x >= 1) return 1;
    const double h = 2.0 / KZ_CUTOFF_TABLE;
    int i = (int)((x + 1) / h);
    if (i >= KZ_CUTOFF_TABLE) return 1;
    double t = (x + 1) / h - i, u = 1 - t;
    return c->value[i] * u * u * (1 + 2 * t) + c->value[i + 1] * t * t * (3 - 2 * t) +
           h * t * u * (c->slope[i] * u - c->slope[i + 1] * t);
}

/* -- layout ---------------------------------------------------------------------------------- */

void kz_zoom_free(kz_zoom *zoom)
{
    if (!zoom) return;
    for (int p = 0; zoom->patch && p < zoom->count; p++) {
        kz_patch *q = &zoom->patch[p];
        kz_transform_free(q->whole);
        kz_transform_free(q->third);
        kz_free(q->chi);
        kz_free(q->share);
        kz_free(q->low);
        kz_free(q->rise);
        kz_free(q->cosine);
        kz_free(q->sine);
    }
    kz_free(zoom->patch);
    kz_free(zoom->order);
    kz_free(zoom);
}

/* Width of the fall of chi, and how far phi reaches, in spacings of the parent. */
static double reach(const kz_cutoff *cutoff) { return 2 * cutoff->shape / (USED * M_PI); }

/* chi = 1 on `core`: where it is positive, and where the patch ends. */
static kz_span widen(kz_span core, double by) { return (kz_span){core.from - by, core.to + by}; }

/* To borders of the parent's cells, on which there are nodes of neither. */
static kz_span round_out(kz_span core, double window, double cell)
{
    return (kz_span){floor((core.from + window) / cell) * cell - window,
                     ceil((core.to + window) / cell) * cell - window};
}

/* Cores whose patches would overlap become one; their number. */
static int merge(kz_span *core, int count, double by)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (kept > 0 && core[i].from - by <= core[kept - 1].to + by)
            core[kept - 1].to = fmax(core[kept - 1].to, core[i].to);
        else
            core[kept++] = core[i];
    }
    return kept;
}

static void place(kz_patch *q, kz_span core, double window, double spacing, double reach)
{
    double parent = 3 * spacing, outside = 2 * reach * parent;
    double from = floor((core.from - outside + window) / parent);
    double to = ceil((core.to + outside + window) / parent);
    q->origin = 3 * (size_t)fmax(from, 0);
    q->n = 3 * kz_grid_fast_size((size_t)(to - from));
    q->spacing = spacing;
    q->first = -window + from * parent + 0.5 * spacing; /* which may be outside */
    q->core[0] = core.from;
    q->core[1] = core.to;
    q->fall = reach * parent;
}

static double chi(const kz_patch *q, double lambda, const kz_cutoff *cutoff)
{
    if (q->parent < 0) return 1;
    double half = 0.5 * q->fall;
    return smooth_step(cutoff, (lambda - q->core[0]) / half + 1) *
           smooth_step(cutoff, (q->core[1] - lambda) / half + 1);
}

/* Whether all nodes of a patch are over those of another one, and what it has a share of in the
 * core there. */
static bool holds(const kz_patch *parent, const kz_patch *child)
{
    double end = parent->first + (double)parent->n * parent->spacing;
    return fabs(parent->spacing / child->spacing - 3) < 0.1 && child->first >= parent->first &&
           child->first + (double)child->n * child->spacing <= end &&
           child->core[0] >= parent->core[0] && child->core[1] <= parent->core[1];
}

static kz_status fill_patch(kz_zoom *zoom, int p)
{
    kz_patch *q = &zoom->patch[p];
    size_t n = q->n;
    KZ_TRY(kz_transform_create(&q->whole, n, KZ_FULL));
    KZ_TRY(kz_alloc_doubles(&q->chi, n));
    KZ_TRY(kz_alloc_doubles(&q->share, n));
    for (size_t k = 0; k < n; k++) {
        double lambda = q->first + (double)k * q->spacing;
        q->share[k] = q->chi[k] = chi(q, lambda, zoom->cutoff);
        for (int c = p + 1; c < zoom->count; c++)
            if (zoom->patch[c].parent == p)
                q->share[k] *= 1 - chi(&zoom->patch[c], lambda, zoom->cutoff);
    }
    q->from = p > 0 ? 0 : n;
    q->to = p > 0 ? n : 0;
    for (int c = 1; p == 0 && c < zoom->count; c++) {
        const kz_patch *child = &zoom->patch[c];
        if (child->parent != 0) continue;
        if (child->origin / 3 < q->from) q->from = child->origin / 3;
        if ((child->origin + child->n) / 3 > q->to) q->to = (child->origin + child->n) / 3;
    }
    if (p == 0) return KZ_OK;
    KZ_TRY(kz_transform_create(&q->third, n / 3, KZ_FULL));
    KZ_TRY(kz_alloc_doubles(&q->low, n / 2 + 1));
    KZ_TRY(kz_alloc_doubles(&q->rise, n / 2 + 1));
    KZ_TRY(kz_alloc_doubles(&q->cosine, n / 2 + 1));
    KZ_TRY(kz_alloc_doubles(&q->sine, n / 2 + 1));
    double highest = (double)n / 6; /* mode of the parent */
    for (size_t m = 0; m <= n / 2; m++) {
        q->low[m] = smooth_step(zoom->cutoff, 1 - 2 * (double)m / (USED * highest));
        q->rise[m] = smooth_step(zoom->cutoff, (highest - (double)m) / ((1 - USED) * highest)) * 3 /
                     (double)n;
    }
    kz_phases_fill(q->cosine, q->sine, n / 2 + 1, 2 * M_PI / (double)n);
    return KZ_OK;
}

/* Patches of all levels around the spans, into the end of room [levels*spans], those of the finest
 * level last; the first of them. */
static kz_patch *find_patches(kz_patch *room, double line, double window, int levels,
                              const kz_span *span, int spans, double reach)
{
    kz_patch *found = room + levels * spans;
    kz_span core[KZ_ZOOM_SPANS_MAX];
    double spacing = line * pow(3, -levels);
    for (int i = 0; i < spans; i++)
        core[i] = widen(span[i], MARGIN * spacing);
    for (int level = levels, count = spans; level > 0; level--, spacing *= 3) {
        double fall = reach * 3 * spacing, beside = BESIDE * 3 * spacing;
        for (int i = 0; i < count; i++)
            core[i] = round_out(core[i], window, 3 * spacing);
        count = merge(core, count, 2 * fall + beside);
        for (int i = count - 1; i >= 0; i--)
            place(--found, core[i], window, spacing, reach);
        for (int i = 0; i < count; i++)
            core[i] = widen(core[i], fall + beside);
    }
    return found;
}

static kz_status lay_out(kz_zoom *zoom, size_t n, double window, int levels, const kz_span *span,
                         int spans)
{
    void *memory;
    size_t room = (size_t)levels * (size_t)spans;
    if (spans < 1 || spans > KZ_ZOOM_SPANS_MAX)
        return KZ_FAIL(KZ_EINVAL, "%d spans of jumps", spans);
    KZ_TRY(kz_alloc(&memory, 1 + room, sizeof(kz_patch)));
    zoom->patch = memory;
    double line = 2 * window / (double)n;
    kz_patch *first =
        find_patches(zoom->patch + 1, line, window, levels, span, spans, reach(zoom->cutoff));
    zoom->count = 1 + (int)(zoom->patch + 1 + room - first);
    memmove(zoom->patch + 1, first, (size_t)(zoom->count - 1) * sizeof *first);
    zoom->patch[0] = (kz_patch){.parent = -1,
                                .n = n,
                                .spacing = line,
                                .first = -window + 0.5 * line,
                                .core = {-window, window}};
    for (int p = 1; p < zoom->count; p++) {
        kz_patch *q = &zoom->patch[p];
        q->parent = -1;
        for (int a = 0; a < p; a++)
            if (holds(&zoom->patch[a], q)) q->parent = a;
        if (q->parent < 0)
            return KZ_FAIL(KZ_EINVAL, "patches around %.15g do not fit into +-%.15g", q->core[0],
                           window);
    }
    return KZ_OK;
}

/* Nodes of patch p but for the cores of its children, whose nodes stand there. */
static void put_in_order(kz_zoom *zoom, int p)
{
    const kz_patch *q = &zoom->patch[p];
    int child = 0;
    for (size_t k = 0; k < q->n; k++) {
        int at = kz_zoom_patch_at(zoom, q->first + (double)k * q->spacing);
        if (at == p) zoom->order[zoom->nodes++] = q->start + k;
        while (at > p && zoom->patch[at].parent != p)
            at = zoom->patch[at].parent;
        if (at <= p || at == child) continue;
        child = at;
        put_in_order(zoom, child);
    }
}

static kz_status fill(kz_zoom *zoom)
{
    zoom->n = 0;
    for (int p = 0; p < zoom->count; p++) {
        zoom->patch[p].start = zoom->n;
        zoom->n += zoom->patch[p].n;
    }
    if (zoom->n > KZ_ZOOM_NODES_MAX) return KZ_FAIL(KZ_EINVAL, "%zu nodes on patches", zoom->n);
    for (int p = 0; p < zoom->count; p++)
        KZ_TRY(fill_patch(zoom, p));
    void *order;
    KZ_TRY(kz_alloc(&order, zoom->n, sizeof(size_t)));
    zoom->order = order;
    zoom->nodes = 0;
    put_in_order(zoom, 0);
    return KZ_OK;
}

int kz_zoom_patch_at(const kz_zoom *zoom, double lambda)
{
    for (int p = zoom->count - 1; p > 0; p--)
        if (lambda >= zoom->patch[p].core[0] && lambda <= zoom->patch[p].core[1]) return p;
    return 0;
}

bool kz_zoom_has_share(const kz_zoom *zoom, int patch, double lambda)
{
    if (chi(&zoom->patch[patch], lambda, zoom->cutoff) == 0) return false;
    for (int c = patch + 1; c < zoom->count; c++) {
        const kz_patch *child = &zoom->patch[c];
        if (child->parent == patch && lambda >= child->core[0] && lambda <= child->core[1])
            return false;
    }
    return true;
}

bool kz_zoom_is_finest(const kz_zoom *zoom, int patch)
{
    const kz_patch *last = &zoom->patch[zoom->count - 1];
    return patch > 0 && zoom->patch[patch].spacing < 2 * last->spacing;
}

kz_status kz_zoom_refine(kz_zoom **out, const kz_zoom *zoom)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_zoom)));
    kz_zoom *fine = memory;
    fine->count = zoom->count;
    fine->cutoff = zoom->cutoff;
    kz_status status = kz_alloc(&memory, (size_t)zoom->count, sizeof(kz_patch));
    if (status == KZ_OK) fine->patch = memory;
    for (int p = 0; status == KZ_OK && p < zoom->count; p++) {
        const kz_patch *q = &zoom->patch[p];
        fine->patch[p] = (kz_patch){.parent = q->parent,
                                    .n = 2 * q->n,
                                    .origin = 2 * q->origin,
                                    .spacing = 0.5 * q->spacing,
                                    .first = q->first - 0.25 * q->spacing,
                                    .core = {q->core[0], q->core[1]},
                                    .fall = q->fall};
    }
    if (status == KZ_OK) status = fill(fine);
    if (status != KZ_OK) {
        kz_zoom_free(fine);
        return status;
    }
    *out = fine;
    return KZ_OK;
}

kz_status kz_zoom_create(kz_zoom **out, size_t n, double window, int levels, const kz_span *span,
                         int spans, const kz_cutoff *cutoff)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_zoom)));
    kz_zoom *zoom = memory;
    zoom->cutoff = cutoff;
    kz_status status = lay_out(zoom, n, window, levels, span, spans);
    if (status == KZ_OK) status = fill(zoom);
    if (status != KZ_OK) {
        kz_zoom_free(zoom);
        return status;
    }
    *out = zoom;
    return KZ_OK;
}
