/* Weights of a ray state from those of both states and its regions. */
#include <math.h>
#include <string.h>

#include "ghd/level/level.h"

typedef struct {
    double *coefficients;
    const kz_convolution *full;
} collector;

static void add_inside(void *context, double from, double to, bool inside)
{
    const collector *c = context;
    if (inside)
        kz_indicator_add(c->coefficients, c->full->n, c->full->grid.window, c->full->lambda[0],
                         from, to, 1);
}

/* Steps at the edges, one after the other.  Patches that have a share of what is at an edge have
 * the step projected on their modes; the others know the side of every node. */
static void indicator_on_patch(double *out, const kz_zoom *zoom, int p, const kz_region *region)
{
    const kz_patch *q = &zoom->patch[p];
    double period = (double)q->n * q->spacing, sign = region->starts_inside ? -1 : 1;
    bool projected = false;
    memset(out, 0, q->n * sizeof *out);
    for (int e = 0; e < region->count; e++, sign = -sign) {
        if (!kz_zoom_has_share(zoom, p, region->edge[e])) continue;
        projected = true;
        kz_indicator_add(out, q->n, 0.5 * period, q->first, region->edge[e], q->first + period,
                         sign);
    }
    if (projected) kz_transform_backward(q->whole, out, 1);
    sign = region->starts_inside ? -1 : 1;
    for (int e = -1; e < region->count; e++) {
        double from = e < 0 ? -INFINITY : region->edge[e];
        double step = e < 0 ? region->starts_inside : sign;
        if (e >= 0) sign = -sign;
        if (step == 0 || (e >= 0 && kz_zoom_has_share(zoom, p, from))) continue;
        size_t k = (size_t)fmin(fmax(ceil((from - q->first) / q->spacing), 0), (double)q->n);
        for (; k < q->n; k++)
            out[k] += step;
    }
}

static void indicator(double *out, const kz_mesh *mesh, const kz_region *region)
{
    const kz_zoom *zoom = mesh->full->zoom;
    for (int p = 0; zoom && p < zoom->count; p++)
        indicator_on_patch(out + zoom->patch[p].start, zoom, p, region);
    if (zoom) return;
    collector c = {out, mesh->full};
    memset(out, 0, mesh->full->n * sizeof *out);
    kz_region_visit(region, mesh->full->grid.window, add_inside, &c);
    kz_convolution_backward_row(mesh->full, out);
}

void kz_level_indicator(double *out, const kz_mesh *mesh, const kz_region *region)
{
    if (region->count > 0) {
        indicator(out, mesh, region);
        return;
    }
    for (size_t k = 0; k < mesh->full->n; k++)
        out[k] = region->starts_inside ? 1 : 0;
}

const kz_sea *kz_level_sea(const kz_level *level, const kz_mesh *mesh, int side, int f)
{
    bool shared = f > 0 && side == kz_level_shared_side(level);
    const kz_sea *sea = &mesh->side[shared ? 1 - side : side].sea;
    return sea->row == f ? sea : NULL;
}

typedef struct {
    double *coefficients;
    const kz_sea *sea;
    kz_sea_part part;
    const kz_convolution *full;
    int side;
} sea_collector;

static void add_sea(void *context, double from, double to, bool inside)
{
    const sea_collector *c = context;
    if (inside == (c->side == KZ_LEFT))
        kz_sea_add(c->coefficients, c->sea, c->part, c->full, from, to);
}

/* A part of the sea where the region has its state, at the nodes. */
static void project_sea(double *out, const kz_sea *sea, kz_sea_part part, const kz_mesh *mesh,
                        const kz_region *region, int side)
{
    sea_collector c = {out, sea, part, mesh->full, side};
    memset(out, 0, mesh->full->n * sizeof *out);
    kz_region_visit(region, mesh->full->grid.window, add_sea, &c);
    kz_convolution_backward_row(mesh->full, out);
}

const kz_sea *kz_level_sea_fluctuations(double *out, const kz_level *level, const kz_mesh *mesh,
                                        const kz_region *region, int side, int f)
{
    const kz_sea *sea = kz_level_sea(level, mesh, side, f);
    if (!sea || sea->count == 0) return NULL;
    project_sea(out, sea, KZ_SEA_FLUCTUATIONS, mesh, region, side);
    return sea;
}

const kz_sea *kz_level_sea_holes(double *out, const kz_level *level, const kz_mesh *mesh,
                                 const kz_region *region, int side, int f)
{
    const kz_sea *sea = kz_level_sea(level, mesh, side, f);
    if (sea) project_sea(out, sea, KZ_SEA_HOLES, mesh, region, side);
    return sea;
}

double kz_level_jump(const kz_level *level, int f, double lambda)
{
    const kz_convolution *c = level->fine.full;
    size_t k = kz_convolution_node_below(c, lambda);
    double D[2];
    for (int side = 0; side < 2; side++) {
        const kz_sea *sea = kz_level_sea(level, &level->fine, side, f);
        D[side] = level->fine.side[side].hole[(size_t)f * c->n + k];
        if (sea) D[side] += kz_sea_hole(sea, c, lambda);
    }
    return fabs(D[KZ_LEFT] - D[KZ_RIGHT]);
}

static void blend(double *out, const double *left, const double *right, const kz_region *region,
                  const double *inside, size_t n)
{
    if (region->count == 0) {
        memcpy(out, region->starts_inside ? left : right, n * sizeof *out);
        return;
    }
    for (size_t k = 0; k < n; k++)
        out[k] = right[k] + inside[k] * (left[k] - right[k]);
}

static void mix_seas(double *hole, double *polarisation, const kz_level *level, const kz_mesh *mesh,
                     const kz_region *region, int f, double *scratch)
{
    for (int side = 0; side < 2; side++) {
        const kz_sea *sea = kz_level_sea_holes(scratch, level, mesh, region, side, f);
        if (!sea) continue;
        for (size_t k = 0; k < mesh->full->n; k++) {
            hole[k] += scratch[k];
            polarisation[k] += sea->polarisation * scratch[k];
        }
    }
}

void kz_level_fill(double *hole, double *polarisation, const kz_level *level, const kz_mesh *mesh,
                   int side, double *scratch)
{
    size_t n = mesh->full->n, rows = (size_t)level->rows;
    const kz_region everywhere = {.starts_inside = side == KZ_LEFT};
    memcpy(hole, mesh->side[side].hole, rows * n * sizeof *hole);
    memcpy(polarisation, mesh->side[side].polarisation, n * sizeof *polarisation);
    for (int f = 0; f < level->rows; f++)
        mix_seas(hole + (size_t)f * n, polarisation, level, mesh, &everywhere, f, scratch);
}

void kz_level_mix(double *hole, double *polarisation, const kz_level *level, const kz_mesh *mesh,
                  const kz_region *region, double *scratch)
{
    size_t n = mesh->full->n;
    const kz_weights *left = &mesh->side[KZ_LEFT], *right = &mesh->side[KZ_RIGHT];
    /* the last row first: it has the polarisation, which its sea then changes */
    for (int f = level->rows - 1; f >= 0; f--) {
        size_t row = (size_t)f * n;
        if (region[f].count > 0) indicator(scratch, mesh, &region[f]);
        blend(hole + row, left->hole + row, right->hole + row, &region[f], scratch, n);
        if (f + 1 == level->rows)
            blend(polarisation, left->polarisation, right->polarisation, &region[f], scratch, n);
        mix_seas(hole + row, polarisation, level, mesh, &region[f], f, scratch);
    }
}
