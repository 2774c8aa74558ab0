#include "ghd/isotropic/patches.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "ghd/level/level.h"

enum { POINTS = KZ_PANEL_POINTS };

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

/* part' - part of row f, a function that each state has, at the nodes of a panel; part' = 0 where
 * string 1 is full. */
static void evaluate_jump(double value[POINTS], const kz_isotropic_panel *p,
                          const kz_isotropic_level *level, int f, int tail,
                          const double *const part[2])
{
    double far[POINTS];
    kz_isotropic_panel_evaluate(value, p, part[p->tag]);
    kz_isotropic_panel_evaluate(far, p, part[tail]);
    for (int q = 0; q < POINTS; q++) {
        bool full = f == 0 && fabs(p->lambda[q]) < level->state[p->tag].sea;
        value[q] = (full ? 0 : value[q]) - far[q];
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
    for (int f = 0; f < level->rows; f++) {
        const double *const D[2] = {level->side[KZ_LEFT].hole + f * level->count,
                                    level->side[KZ_RIGHT].hole + f * level->count};
        for (int k = patches->first[f]; k < patches->first[f + 1]; k++)
            evaluate_jump(patches->panel[k].factor, &patches->panel[k], level, f, tail, D);
    }
    return KZ_OK;
}

bool kz_isotropic_patches_convolve_jump(double *out, const kz_isotropic_panels *patches,
                                        const kz_isotropic_level *level, int f, int tail,
                                        const double *const part[2])
{
    int count;
    const kz_isotropic_panel *p = kz_isotropic_panels_of(&count, patches, f);
    double value[POINTS];
    if (count == 0) return false;
    memset(out, 0, (size_t)level->count * sizeof *out);
    for (int k = 0; k < count; k++, p++) {
        evaluate_jump(value, p, level, f, tail, part);
        kz_isotropic_panel_convolve(out, p, value);
    }
    return true;
}

void kz_isotropic_patches_project_jump(double *out, const kz_isotropic_panels *patches,
                                       const kz_isotropic_level *level, int f, int tail,
                                       const double *const part[2])
{
    int count;
    const kz_isotropic_panel *p = kz_isotropic_panels_of(&count, patches, f);
    double value[POINTS];
    for (int k = 0; k < count; k++, p++) {
        evaluate_jump(value, p, level, f, tail, part);
        kz_isotropic_panel_project(out, p, &level->circle, value);
    }
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
