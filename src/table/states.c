#include "table/states.h"

#include <math.h>

#include "core/chain.h"
#include "core/error.h"
#include "tba/thermal.h"

enum { HALF_MAX = 1 << 19 };

void kz_states_free(kz_states *w)
{
    for (int i = 0; i < KZ_STATE_SLOTS; i++)
        kz_moments_free(w->slot[i].moments);
}

/* With a magnetization the fillings of cold states have a Fermi point, but in ferromagnets.  Where
 * that is not taken apart they have poles at distance ~ 1/|beta| from the real axis: spacing
 * 3/|beta| is where refinement starts. */
static kz_grid grid_of(const kz_states *w, double beta, bool field, int level)
{
    kz_grid grid = kz_thermal_grid(w->chain, beta, 0.1 * w->tol);
    bool ferromagnet = kz_chain_is_isotropic(w->chain) && w->chain.delta * beta < 0;
    double half = field && !ferromagnet ? grid.window * fabs(beta) / 3 : 0;
    if (field && kz_fermi_edge_pays(w->chain, beta, INFINITY))
        grid = kz_fermi_edge_grid(grid);
    else if (half > (double)grid.half)
        grid.half = kz_grid_fast_size((size_t)half);
    for (int i = 0; i < level; i++) {
        grid.half = kz_grid_fast_size(grid.half + grid.half / 3);
        if (i < 4) grid = kz_grid_widen(grid, 1.5);
    }
    return grid;
}

/* States at |beta| up to 8, or of one sign to the next of 16, 32, ... share a grid. */
kz_status kz_states_use(kz_moments **out, kz_states *w, double beta, bool field, int level)
{
    *out = NULL;
    double class = 8;
    int oldest = 0;
    while (class < fabs(beta))
        class *= 2;
    field = field && class > 8;
    if (class > 8) class = copysign(class, beta);
    w->clock++;
    for (int i = 0; i < KZ_STATE_SLOTS; i++) {
        if (w->slot[i].moments && w->slot[i].beta == class && w->slot[i].level == level &&
            w->slot[i].field == field) {
            w->slot[i].used = w->clock;
            *out = w->slot[i].moments;
            return KZ_OK;
        }
        if (w->slot[i].used < w->slot[oldest].used) oldest = i;
    }
    kz_moments_free(w->slot[oldest].moments);
    w->slot[oldest].moments = NULL;
    kz_grid grid = grid_of(w, class, field, level);
    if (grid.half > HALF_MAX)
        return KZ_FAIL(KZ_ETOL, "states at beta = %.15g need more than %d nodes", beta, HALF_MAX);
    KZ_TRY(kz_moments_create(&w->slot[oldest].moments, grid));
    w->slot[oldest].beta = class;
    w->slot[oldest].level = level;
    w->slot[oldest].field = field;
    w->slot[oldest].used = w->clock;
    *out = w->slot[oldest].moments;
    return KZ_OK;
}
