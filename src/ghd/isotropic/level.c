#include "ghd/isotropic/level.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/level/level.h"

/* Only a thermal side that changes needs its state.  The nodes stay. */
static void drop_system(kz_isotropic_level *level)
{
    level->system.g = NULL;
    kz_isotropic_responses_free(&level->responses);
    kz_isotropic_free(&level->system);
    level->responses = (kz_isotropic_responses){0};
    level->system = (kz_isotropic){0};
}

void kz_isotropic_level_free(kz_isotropic_level *level)
{
    if (!level) return;
    for (int side = 0; side < 2; side++)
        kz_isotropic_side_free(&level->side[side]);
    kz_isotropic_circle_free(&level->circle);
    drop_system(level);
    kz_tangent_free(level->nodes);
    kz_free(level);
}

static kz_status allocate(kz_isotropic_level *level)
{
    for (int side = 0; side < 2; side++)
        KZ_TRY(kz_isotropic_side_create(&level->side[side], level->rows, level->count,
                                        side == level->thermal ? level->charges : 0));
    return KZ_OK;
}

/* -- states ---------------------------------------------------------------------------------- */

static kz_status load(kz_isotropic_level *level, int side, const kz_state *from)
{
    return kz_isotropic_side_set(&level->side[side], &level->system, &level->responses,
                                 &level->state[side].state, from);
}

/* Longer strings beside a full string 1 are in the other state everywhere (level.c). */
static void share_longer_strings(kz_isotropic_level *level, int ground)
{
    size_t M = (size_t)level->count, rest = (size_t)(level->rows - 1) * M;
    kz_isotropic_side *to = &level->side[ground];
    const kz_isotropic_side *from = &level->side[1 - ground];
    memcpy(to->hole + M, from->hole + M, rest * sizeof *to->hole);
    memcpy(to->closing, from->closing, M * M * sizeof *to->closing);
    memcpy(to->weight, from->weight, 2 * M * sizeof *to->weight);
    memcpy(to->log_b, from->log_b, 2 * M * sizeof *to->log_b);
    to->mu = from->mu;
    to->undirected = from->undirected;
    memcpy(to->polarisation, from->polarisation, M * sizeof *to->polarisation);
}

static bool is_full(const kz_isotropic_state *s)
{
    return s->state.kind == KZ_STATE_GROUND && s->state.h == 0;
}

int kz_isotropic_level_shared_side(const kz_isotropic_level *level)
{
    bool left = is_full(&level->state[KZ_LEFT]), right = is_full(&level->state[KZ_RIGHT]);
    return left == right ? -1 : left ? KZ_LEFT : KZ_RIGHT;
}

void kz_isotropic_level_renew(kz_isotropic_level *level)
{
    int shared = kz_isotropic_level_shared_side(level);
    if (shared >= 0) share_longer_strings(level, shared);
    for (int side = 0; side < 2; side++)
        kz_isotropic_far_set(&level->side[side].far, &level->circle.modes, level->side[side].hole);
}

static kz_status fill(kz_isotropic_level *level)
{
    int last = level->thermal < 0 ? KZ_RIGHT : level->thermal;
    kz_status status = kz_isotropic_create(&level->system, level->grid, 0, 0);
    level->nodes = level->system.g;
    KZ_TRY(status);
    KZ_TRY(kz_isotropic_responses_create(&level->responses, &level->system));
    KZ_TRY(allocate(level));
    KZ_TRY(load(level, 1 - last, NULL));
    const kz_state *from = &level->state[1 - last].state, *to = &level->state[last].state;
    bool both = from->kind == KZ_STATE_THERMAL && to->kind == KZ_STATE_THERMAL;
    if (both) kz_isotropic_respond(&level->responses, &level->system);
    KZ_TRY(load(level, last, both ? from : NULL));
    if (level->thermal < 0) drop_system(level);
    KZ_TRY(kz_isotropic_circle_create(&level->circle, level->nodes));
    kz_isotropic_level_renew(level);
    return KZ_OK;
}

kz_status kz_isotropic_level_create(kz_isotropic_level **out, kz_grid grid,
                                    const kz_isotropic_state state[2], int thermal, int charges)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_level)));
    kz_isotropic_level *level = memory;
    *level = (kz_isotropic_level){.grid = grid,
                                  .rows = grid.order,
                                  .count = 2 * (int)grid.half + 1,
                                  .state = {state[0], state[1]},
                                  .thermal = thermal,
                                  .charges = charges};
    kz_status status = fill(level);
    if (status != KZ_OK) {
        kz_isotropic_level_free(level);
        return status;
    }
    *out = level;
    return KZ_OK;
}

kz_status kz_isotropic_level_set(kz_isotropic_level *level, const kz_state *state)
{
    int side = level->thermal;
    kz_state from = level->state[side].state;
    level->state[side].state = *state;
    KZ_TRY(load(level, side, &from));
    kz_isotropic_level_renew(level);
    return KZ_OK;
}

void kz_isotropic_level_add_doubt(double doubt[4], const kz_isotropic_level *level,
                                  const double *rho, const double *d)
{
    for (int side = 0; side < 2; side++) {
        const kz_isotropic_state *s = &level->state[side];
        double most_rho = 0, most_d = 0, step = 2 * M_PI / level->count * level->nodes->width;
        for (int i = 0; s->sea > 0 && i < level->count; i++) {
            if (fabs(level->nodes->lambda[i]) < s->sea - step * level->circle.stretch[i]) continue;
            most_rho = fmax(most_rho, fabs(rho[i]));
            most_d = fmax(most_d, fabs(d[i]));
        }
        double moved = 2 * s->sea_err * most_rho, flow = most_d + 2 * most_rho;
        doubt[0] += M_PI * moved * most_rho;
        doubt[1] += M_PI * moved * flow;
        doubt[2] += moved;
        doubt[3] += 2 * s->sea_err * flow;
    }
}

bool kz_isotropic_level_is_common(const kz_isotropic_level *level, int f)
{
    const kz_isotropic_side *left = &level->side[KZ_LEFT], *right = &level->side[KZ_RIGHT];
    if (f == 0 && level->state[KZ_LEFT].sea != level->state[KZ_RIGHT].sea) return false;
    for (int i = f * level->count; i < (f + 1) * level->count; i++)
        if (left->hole[i] != right->hole[i] || (left->hole[i] != 0 && left->hole[i] != 1))
            return false;
    return true;
}
