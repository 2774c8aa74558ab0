#include "ghd/ray/work.h"

#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray/relative.h"
#include "ghd/tail/tail.h"

/* Every array of the workspace with its length: rows*n (true) or n (false) of a mesh. */
typedef struct {
    double **array;
    bool rows;
    const kz_mesh *mesh;
} slot;

enum { SLOTS = 23 };

static void list_slots(slot list[SLOTS], kz_ray_work *w)
{
    const kz_mesh *coarse = &w->level->coarse, *fine = &w->level->fine, *rough = &w->level->rough;
    const slot all[SLOTS] = {
        {&w->hole, true, coarse},
        {&w->polarisation, false, coarse},
        {&w->source, false, coarse},
        {&w->row, false, coarse},
        {&w->d, true, coarse},
        {&w->t_d, true, coarse},
        {&w->u, true, coarse},
        {&w->t_u, true, coarse},
        {&w->rough_hole, true, rough},
        {&w->rough_polarisation, false, rough},
        {&w->rough_source, false, rough},
        {&w->rough_row, false, rough},
        {&w->rough_d, true, rough},
        {&w->rough_t_d, true, rough},
        {&w->fine_hole, true, fine},
        {&w->fine_polarisation, false, fine},
        {&w->fine_source, false, fine},
        {&w->fine_row, false, fine},
        {&w->fine_d, true, fine},
        {&w->fine_u, true, fine},
        {&w->fine_scratch, true, fine},
        {&w->fine_residual, true, fine},
        {&w->fine_error, true, fine},
    };
    for (int i = 0; i < SLOTS; i++)
        list[i] = all[i];
}

void kz_ray_work_free(kz_ray_work *work)
{
    if (!work) return;
    slot list[SLOTS];
    list_slots(list, work);
    for (int i = 0; i < SLOTS; i++)
        kz_free(*list[i].array);
    kz_relative_free(work->relative);
    kz_free(work->region);
    kz_local_free(work->local);
    kz_local_free(work->rough_local);
    kz_free(work);
}

static kz_status allocate(kz_ray_work *w)
{
    const kz_level *level = w->level;
    slot list[SLOTS];
    list_slots(list, w);
    for (int i = 0; i < SLOTS; i++) {
        if (!list[i].mesh->full) continue;
        size_t n = list[i].mesh->full->n;
        KZ_TRY(kz_alloc_doubles(list[i].array, list[i].rows ? n * (size_t)level->rows : n));
    }
    void *region;
    KZ_TRY(kz_alloc(&region, (size_t)level->rows, sizeof(kz_region)));
    w->region = region;
    if (level->rough.full) KZ_TRY(kz_local_create(&w->rough_local, level->rough.full));
    return kz_local_create(&w->local, level->coarse.full);
}

kz_status kz_ray_work_create(kz_ray_work **out, const kz_level *level)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_ray_work)));
    kz_ray_work *w = memory;
    w->level = level;
    kz_status status = allocate(w);
    if (status != KZ_OK) {
        kz_ray_work_free(w);
        return status;
    }
    kz_ray_work_renew(w);
    *out = w;
    return KZ_OK;
}

void kz_ray_work_renew(kz_ray_work *work)
{
    kz_local_set_background(work->local, work->level->background);
    if (work->rough_local) kz_local_set_background(work->rough_local, work->level->background);
    kz_ray_tail_enter(work, work->tail);
}

void kz_ray_work_inherit(kz_ray_work *work, const kz_ray_work *from)
{
    const kz_convolution *fine = work->level->coarse.full, *coarse = from->level->coarse.full;
    kz_convolution_refine(work->t_d, fine, from->t_d, coarse);
    kz_convolution_refine(work->t_u, fine, from->t_u, coarse);
    memcpy(work->region, from->region, (size_t)work->level->rows * sizeof *work->region);
    work->zeta = from->zeta;
}
