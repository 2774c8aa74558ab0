/* A level on part of the nodes of another one. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/level/level.h"

/* Rows of `from` at the nodes of c, every node of which is one of the mesh they are on, `half`
 * nodes on lambda > 0. */
static void pick(double *to, const kz_convolution *c, const double *from, size_t half, size_t rows)
{
    for (int p = 0; p < kz_convolution_parts(c); p++) {
        kz_part part = kz_convolution_part(c, p);
        double spacing = c->grid.window / (double)half;
        size_t stride = (size_t)lround(part.spacing / spacing);
        size_t first = (size_t)lround((part.first + c->grid.window) / spacing - 0.5);
        for (size_t f = 0; f < rows; f++) {
            const double *row = from + f * 2 * half + first;
            for (size_t k = 0; k < part.n; k++)
                to[f * c->n + part.start + k] = row[k * stride];
        }
    }
}

static kz_status fill_mesh(kz_mesh *mesh, const kz_mesh *from)
{
    size_t n = mesh->full->n, rows = (size_t)mesh->full->rows, half = from->full->grid.half;
    for (int side = 0; side < 2; side++) {
        kz_weights *to = &mesh->side[side];
        KZ_TRY(kz_alloc_doubles(&to->hole, rows * n));
        KZ_TRY(kz_alloc_doubles(&to->polarisation, n));
        pick(to->hole, mesh->full, from->side[side].hole, half, rows);
        pick(to->polarisation, mesh->full, from->side[side].polarisation, half, 1);
        to->sea.row = -1;
    }
    return KZ_OK;
}

/* The grids of both meshes. */
static kz_status make_grids(kz_level *level, kz_grid line, size_t stride, const kz_span *span,
                            int spans, const kz_cutoff *cutoff)
{
    kz_zoom *coarse = NULL, *fine = NULL;
    int levels = (int)lround(log((double)stride) / log(3));
    line.half /= stride;
    kz_grid finer = line;
    finer.half *= 2;
    if (spans == 0) {
        KZ_TRY(kz_convolution_create(&level->coarse.full, line, KZ_FULL));
        return kz_convolution_create(&level->fine.full, finer, KZ_FULL);
    }
    KZ_TRY(kz_zoom_create(&coarse, 2 * line.half, line.window, levels, span, spans, cutoff));
    kz_status status = kz_zoom_refine(&fine, coarse);
    if (status != KZ_OK) {
        kz_zoom_free(coarse);
        return status;
    }
    status = kz_convolution_create_zoomed(&level->coarse.full, line, coarse);
    if (status != KZ_OK) {
        kz_zoom_free(fine);
        return status;
    }
    return kz_convolution_create_zoomed(&level->fine.full, finer, fine);
}

static kz_status fill(kz_level *level, const kz_level *from, size_t stride, const kz_span *span,
                      int spans, const kz_cutoff *cutoff)
{
    size_t rows = (size_t)from->rows;
    const double *source[] = {from->background, from->asymptote[KZ_LEFT],
                              from->asymptote[KZ_RIGHT]};
    double **to[] = {&level->background, &level->asymptote[KZ_LEFT], &level->asymptote[KZ_RIGHT]};
    for (int i = 0; i < 3; i++) {
        KZ_TRY(kz_alloc_doubles(to[i], rows));
        memcpy(*to[i], source[i], rows * sizeof **to[i]);
    }
    KZ_TRY(make_grids(level, from->coarse.full->grid, stride, span, spans, cutoff));
    KZ_TRY(fill_mesh(&level->coarse, &from->coarse));
    return fill_mesh(&level->fine, &from->fine);
}

kz_status kz_level_zoom(kz_level **out, const kz_level *from, size_t stride, const kz_span *span,
                        int spans, const kz_cutoff *cutoff)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_level)));
    kz_level *level = memory;
    *level = (kz_level){.rows = from->rows,
                        .state = {from->state[KZ_LEFT], from->state[KZ_RIGHT]},
                        .polarisation_max = from->polarisation_max};
    kz_status status = fill(level, from, stride, span, spans, cutoff);
    if (status != KZ_OK) {
        kz_level_free(level);
        return status;
    }
    *out = level;
    return KZ_OK;
}
