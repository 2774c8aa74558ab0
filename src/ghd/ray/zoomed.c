#include "ghd/ray/zoomed.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray/refine.h"

struct kz_zoomed {
    const kz_level *level;
    size_t stride;
    kz_cutoff cutoff;
    kz_level *line, *patched;      /* nodes of the stride; around the edges all of them */
    kz_ray_work *line_work, *work; /* on these; work: NULL at first */
    kz_region *region;             /* [rows] of the ray */
};

/* Digits of the cutoffs beyond those of the tolerance: residuals weigh what cutoffs leave with
 * lengths of strings. */
static const double SHAPE_BEYOND = 6.5;

/* Fewer nodes are solved for as fast as patches are made. */
enum { NODES_LEAST = 3000, ATTEMPTS_MAX = 2 };

/* Of the level's nodes, that patches may need. */
static const double NODES_MOST = 0.55;

/* Spacings of the finest nodes between an edge and the end of a core. */
static const double INSIDE = 6;

void kz_zoomed_free(kz_zoomed *z)
{
    if (!z) return;
    kz_ray_work_free(z->line_work);
    kz_ray_work_free(z->work);
    kz_level_free(z->line);
    kz_level_free(z->patched);
    kz_free(z->region);
    kz_free(z);
}

/* 1: patches do not pay. */
static size_t choose_stride(const kz_level *level, double tol)
{
    const kz_convolution *c = level->coarse.full;
    bool apart =
        level->coarse.side[KZ_LEFT].sea.row >= 0 || level->coarse.side[KZ_RIGHT].sea.row >= 0;
    if (c->form.closed || level->rows == 1 || apart || c->n < NODES_LEAST) return 1;
    double most = kz_level_line_spacing(level, tol);
    size_t stride = 1;
    while (c->grid.half % (3 * stride) == 0 &&
           kz_grid_spacing(&c->grid) * 3 * (double)stride <= most)
        stride *= 3;
    return stride;
}

kz_status kz_zoomed_create(kz_zoomed **out, const kz_level *level, double tol)
{
    *out = NULL;
    void *memory;
    size_t stride = choose_stride(level, tol);
    if (stride == 1) return KZ_OK;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_zoomed)));
    kz_zoomed *z = memory;
    z->level = level;
    z->stride = stride;
    kz_cutoff_fill(&z->cutoff, SHAPE_BEYOND - log(tol));
    kz_status status = kz_level_zoom(&z->line, level, stride, NULL, 0, NULL);
    if (status == KZ_OK) status = kz_ray_work_create(&z->line_work, z->line);
    if (status == KZ_OK) status = kz_alloc(&memory, (size_t)level->rows, sizeof(kz_region));
    if (status != KZ_OK) {
        kz_zoomed_free(z);
        return status;
    }
    z->region = memory;
    *out = z;
    return KZ_OK;
}

static void take_regions(kz_zoomed *z, const kz_ray_work *from)
{
    for (int f = 0; f < z->level->rows; f++)
        z->region[f] = *kz_ray_region(from, f);
}

/* Rows whose strings differ from side to side; the others have no jumps. */
static int rows_with_jumps(const kz_level *level)
{
    return kz_level_shared_side(level) >= 0 ? 1 : level->rows;
}

/* Whether all edges are well inside cores of the present patches. */
static bool holds_edges(const kz_zoomed *z)
{
    if (!z->patched) return false;
    const kz_zoom *zoom = z->patched->coarse.full->zoom;
    for (int f = 0; f < rows_with_jumps(z->level); f++) {
        for (int e = 0; e < z->region[f].count; e++) {
            double edge = z->region[f].edge[e];
            int p = kz_zoom_patch_at(zoom, edge);
            const kz_patch *q = &zoom->patch[p];
            double inside = INSIDE * q->spacing;
            if (!kz_zoom_is_finest(zoom, p) || edge < q->core[0] + inside ||
                edge > q->core[1] - inside)
                return false;
        }
    }
    return true;
}

/* Edges of all rows, in order, those that are near each other as one span; KZ_EINVAL: too many. */
static kz_status find_spans(kz_span *span, int *spans, const kz_zoomed *z)
{
    double edge[KZ_P_MAX * KZ_EDGES_MAX];
    size_t count = 0;
    for (int f = 0; f < rows_with_jumps(z->level); f++)
        for (int e = 0; e < z->region[f].count; e++)
            edge[count++] = z->region[f].edge[e];
    gsl_sort(edge, 1, count);
    double near = kz_grid_spacing(&z->level->coarse.full->grid) * (double)z->stride;
    *spans = 0;
    for (size_t i = 0; i < count; i++) {
        if (*spans > 0 && edge[i] - span[*spans - 1].to < near) {
            span[*spans - 1].to = edge[i];
        } else {
            if (*spans == KZ_ZOOM_SPANS_MAX) return KZ_FAIL(KZ_EINVAL, "edges in too many places");
            span[(*spans)++] = (kz_span){edge[i], edge[i]};
        }
    }
    return KZ_OK;
}

static void drop_patches(kz_zoomed *z)
{
    kz_ray_work_free(z->work);
    kz_level_free(z->patched);
    z->work = NULL;
    z->patched = NULL;
}

static kz_status place_patches(kz_zoomed *z)
{
    kz_span span[KZ_ZOOM_SPANS_MAX];
    int spans;
    drop_patches(z);
    KZ_TRY(find_spans(span, &spans, z));
    KZ_TRY(kz_level_zoom(&z->patched, z->level, z->stride, span, spans, &z->cutoff));
    size_t n = z->patched->coarse.full->n, all = z->level->coarse.full->n;
    if ((double)n > NODES_MOST * (double)all)
        return KZ_FAIL(KZ_EINVAL, "patches of %zu nodes, %zu everywhere", n, all);
    return kz_ray_work_create(&z->work, z->patched);
}

static bool has_edges(const kz_zoomed *z)
{
    for (int f = 0; f < rows_with_jumps(z->level); f++)
        if (z->region[f].count > 0) return true;
    return false;
}

static kz_status solve_from(kz_ray *out, kz_ray_work *work, double zeta, double tol)
{
    kz_pending_ray pending = kz_pending_ray_start(0, tol);
    bool cold = false;
    return kz_pending_ray_solve(out, &pending, work, zeta, tol, &cold);
}

/* Where solves on the line do not resolve d, in its tails, it may have edges that only solves on
 * patches find.  As a rule they carry nothing; if they do, patches are placed once more. */
static kz_status solve_on_patches(kz_ray *out, kz_zoomed *z, double zeta, double tol)
{
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        if (!holds_edges(z)) KZ_TRY(place_patches(z));
        kz_ray_start(z->work, z->region, zeta, z->line_work);
        KZ_TRY(solve_from(out, z->work, zeta, tol));
        take_regions(z, z->work);
        if (out->err <= tol || holds_edges(z)) break;
    }
    return KZ_OK;
}

kz_status kz_zoomed_solve(kz_ray *out, kz_zoomed *z, double zeta, double tol, bool cold)
{
    kz_ray_report report = {0};
    if (cold) drop_patches(z); /* rays do not depend on those of other chunks */
    kz_ray_look(z->line_work, zeta, cold, &report);
    take_regions(z, z->line_work);
    if (!has_edges(z)) return solve_from(out, z->line_work, zeta, tol);
    kz_status status = solve_on_patches(out, z, zeta, tol);
    if (status != KZ_OK) drop_patches(z);
    return status;
}

void kz_zoomed_start(kz_ray_work *work, const kz_zoomed *z, double zeta)
{
    kz_ray_start(work, z->region, zeta, z->line_work);
}
