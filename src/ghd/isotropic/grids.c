#include "ghd/isotropic/grids.h"

#include <math.h>

#include "core/error.h"
#include "ghd/level/level.h"
#include "tba/isotropic/isotropic.h"

/* K nodes on lambda > 0 of hot states, N rows. */
enum { FINER = KZ_ISOTROPIC_FINER, LONGER = KZ_ISOTROPIC_LONGER };
static const int half_nodes[FINER] = {80, 110, 150, 200, 270, 360};
static const int rows[LONGER] = {6, 9, 14, 21, 32, 48};

/* Dense matrices beyond this cost seconds a ray. */
static const double LARGEST = 5e6; /* N (2K)^2 */

int kz_isotropic_grids_rows(kz_isotropic_place at) { return rows[at.longer]; }

static void forget(kz_isotropic_grids *g, kz_isotropic_place at)
{
    kz_isotropic_work_free(g->work[at.finer][at.longer]);
    kz_isotropic_level_free(g->level[at.finer][at.longer]);
    g->work[at.finer][at.longer] = NULL;
    g->level[at.finer][at.longer] = NULL;
}

void kz_isotropic_grids_free(kz_isotropic_grids *g)
{
    for (int k = 0; k < FINER; k++)
        for (int n = 0; n < LONGER; n++)
            forget(g, (kz_isotropic_place){k, n});
}

kz_grid kz_isotropic_grid_at(kz_isotropic_place at, double coldest)
{
    int N = rows[at.longer];
    double width = kz_isotropic_width(N), cold = 1 + 0.1 * log1p(coldest);
    return (kz_grid){.chain = kz_chain_axial(1),
                     .half = (size_t)(half_nodes[at.finer] * cold * width / kz_isotropic_width(1)),
                     .window = width,
                     .order = N};
}

static bool exists(kz_isotropic_place at, double coldest)
{
    if (at.finer >= FINER || at.longer >= LONGER) return false;
    kz_grid grid = kz_isotropic_grid_at(at, coldest);
    return 4.0 * grid.order * (double)grid.half * (double)grid.half <= LARGEST;
}

bool kz_isotropic_grid_next(kz_isotropic_place *at, double coldest, bool divided)
{
    kz_isotropic_place both = {at->finer + 1, at->longer + 1}, finer = {at->finer + 1, at->longer},
                       longer = {at->finer, at->longer + 1};
    *at = divided && exists(both, coldest)     ? both
          : divided && exists(longer, coldest) ? longer
                                               : finer;
    return exists(*at, coldest);
}

static bool is_same(const kz_state *a, const kz_state *b)
{
    return a->beta == b->beta && a->mu == b->mu;
}

/* The level there, made or brought to the states; after a failure none is left. */
static kz_status bring_level(kz_isotropic_grids *g, kz_isotropic_place at)
{
    kz_isotropic_level **level = &g->level[at.finer][at.longer];
    int side = g->thermal;
    if (!*level)
        return kz_isotropic_level_create(level, kz_isotropic_grid_at(at, g->coldest), g->state,
                                         side, g->charges);
    if (side < 0 || is_same(&(*level)->state[side].state, &g->state[side].state)) return KZ_OK;
    kz_status status = kz_isotropic_level_set(*level, &g->state[side].state);
    if (status != KZ_OK) forget(g, at);
    return status;
}

kz_status kz_isotropic_grids_level(const kz_isotropic_level **out, kz_isotropic_grids *g,
                                   kz_isotropic_place at)
{
    kz_status status;
#pragma omp critical(kz_isotropic_levels)
    {
        status = bring_level(g, at);
        *out = g->level[at.finer][at.longer];
    }
    return status;
}

static double size_of(const kz_state *state)
{
    return state->kind == KZ_STATE_THERMAL ? fabs(state->beta) : 0;
}

kz_status kz_isotropic_grids_create(kz_isotropic_grids *out, const kz_state *left,
                                    const kz_state *right, int thermal, int charges)
{
    const kz_isotropic_level *first;
    *out = (kz_isotropic_grids){
        .coldest = fmax(size_of(left), size_of(right)), .thermal = thermal, .charges = charges};
    KZ_TRY(kz_isotropic_state_create(&out->state[KZ_LEFT], left));
    KZ_TRY(kz_isotropic_state_create(&out->state[KZ_RIGHT], right));
    return kz_isotropic_grids_level(&first, out, (kz_isotropic_place){0, 0});
}

/* Of log(1 + |beta|), from that of the coldest state which the grids were made for: 7 per cent of
 * their nodes more or less. */
static const double COLDER = 0.7, WARMER = 0.7;

bool kz_isotropic_grids_set(kz_isotropic_grids *g, const kz_state *state)
{
    if (g->thermal < 0) return false;
    double coldest = fmax(size_of(state), size_of(&g->state[1 - g->thermal].state));
    double change = log1p(coldest) - log1p(g->coldest);
    if (!(change <= COLDER && change >= -WARMER)) return false;
    g->state[g->thermal].state = *state;
    return true;
}
