#include "ghd/isotropic_patches.h"

#include <cblas.h>
#include <math.h>

#include "core/error.h"
#include "ghd/level.h"

enum { POINTS = KZ_PANEL_POINTS };

/* Values of d below, relative to the largest, have no sign. */
static const double NOISE = 2e-14;

/* d falls as 1/lambda^2, on the circle that is taken out. */
kz_status kz_isotropic_find_regions(kz_region *out, const kz_isotropic_level *level,
                                    const double *d, int tail, double *scratch,
                                    double *coefficients)
{
    int M = level->count, N = level->rows;
    double largest = 0;
    for (int i = 0; i < N * M; i++) {
        largest = fmax(largest, fabs(d[i]));
        scratch[i] = d[i] * level->circle.stretch[i % M];
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, M, M, 1, scratch, M,
                level->circle.forward, M, 0, coefficients, M);
    for (int i = 0; i < N * M; i++) /* no sign */
        if (fabs(d[i]) <= NOISE * largest) scratch[i] = 0;
    for (int f = 0; f < N; f++) {
        out[f] = (kz_region){.starts_inside = tail == KZ_LEFT};
        if (!kz_isotropic_level_is_common(level, f))
            KZ_TRY(kz_isotropic_circle_region(&out[f], &level->circle, scratch + f * M,
                                              coefficients + f * M));
    }
    return KZ_OK;
}

/* -- where ----------------------------------------------------------------------------------- */

typedef struct {
    kz_isotropic_spans *spans;
    const kz_isotropic_level *level;
    double *hole; /* [N*M] */
    int row, tail;
    kz_status status;
} collector;

static void add(collector *c, int side, double from, double to)
{
    if (c->status == KZ_OK) c->status = kz_isotropic_spans_add(c->spans, c->row, side, from, to);
}

/* Where the ray is in the state `side`: in its sea, and beyond where that is not the state far out.
 */
static void add_sides(collector *c, int side, double from, double to)
{
    double B = c->row == 0 ? c->level->state[side].sea : 0;
    bool cut = B > 0;
    if (cut) add(c, side, fmax(from, -B), fmin(to, B));
    if (side == c->tail) return;
    from = fmax(from, -KZ_ISOTROPIC_REACH);
    to = fmin(to, KZ_ISOTROPIC_REACH);
    add(c, side, from, cut ? fmin(to, -B) : to);
    if (cut) add(c, side, fmax(from, B), to);
}

static void add_interval(void *context, double from, double to, bool inside)
{
    collector *c = context;
    const kz_isotropic_level *level = c->level;
    int side = inside ? KZ_LEFT : KZ_RIGHT;
    double first = kz_isotropic_rapidity(&level->circle, from);
    double last = kz_isotropic_rapidity(&level->circle, to);
    for (int i = 0; i < level->count; i++) {
        double lambda = level->nodes->lambda[i];
        int at = c->row * level->count + i;
        if (fabs(lambda) > KZ_ISOTROPIC_REACH && lambda > first && lambda < last)
            c->hole[at] = level->side[side].hole[at];
    }
    add_sides(c, side, first, last);
}

/* -- what ------------------------------------------------------------------------------------ */

/* D' - D at the nodes of a panel, D' = 0 where string 1 is full. */
static void weigh(kz_isotropic_panel *p, const kz_isotropic_level *level, int f, int tail)
{
    double here[POINTS], far[POINTS];
    kz_isotropic_panel_evaluate(here, p, level->side[p->tag].hole + f * level->count);
    kz_isotropic_panel_evaluate(far, p, level->side[tail].hole + f * level->count);
    for (int q = 0; q < POINTS; q++) {
        bool full = f == 0 && fabs(p->lambda[q]) < level->state[p->tag].sea;
        p->factor[q] = (full ? 0 : here[q]) - far[q];
    }
}

kz_status kz_isotropic_patches_set(kz_isotropic_panels *patches, double *hole,
                                   const kz_isotropic_level *level, const kz_region *region,
                                   int tail)
{
    kz_isotropic_spans spans = {0};
    collector c = {.spans = &spans, .level = level, .hole = hole, .tail = tail};
    for (c.row = 0; c.row < level->rows; c.row++)
        kz_region_visit(&region[c.row], 0.5 * M_PI, add_interval, &c);
    kz_status status = c.status;
    if (status == KZ_OK)
        status = kz_isotropic_panels_set(patches, &level->circle, level->rows, &spans);
    kz_isotropic_spans_free(&spans);
    KZ_TRY(status);
    for (int f = 0; f < level->rows; f++)
        for (int k = patches->first[f]; k < patches->first[f + 1]; k++)
            weigh(&patches->panel[k], level, f, tail);
    return KZ_OK;
}

double kz_isotropic_patches_product(const kz_isotropic_panels *patches, int f, int side,
                                    const double *a, const double *b, const double *c)
{
    int count;
    const kz_isotropic_panel *p = kz_isotropic_panels_of(&count, patches, f);
    double of_a[POINTS], of_b[POINTS], of_c[POINTS], sum = 0;
    for (int k = 0; k < count; k++, p++) {
        if (p->tag != side) continue;
        kz_isotropic_panel_evaluate(of_a, p, a);
        kz_isotropic_panel_evaluate(of_b, p, b);
        kz_isotropic_panel_evaluate(of_c, p, c);
        for (int i = 0; i < POINTS; i++)
            sum += p->length[i] * of_a[i] * of_b[i] * of_c[i];
    }
    return sum;
}

void kz_isotropic_patches_fill_last(double *out, const kz_isotropic_panels *patches,
                                    const kz_isotropic_level *level, const double *hole,
                                    const double *x)
{
    int last = (level->rows - 1) * level->count;
    for (int i = 0; i < level->count; i++)
        out[i] = hole[last + i] * x[last + i];
    kz_isotropic_panels_project(out, patches, &level->circle, level->rows - 1, x + last, 0);
}
