/* Error of a point: rows and nodes are made more until two solutions agree; what is printed is the
 * better one.  What rows leave out falls as a power of their number, at least about 1/N: half as
 * many again leave up to twice the change. */
#include "propagate/isotropic_levels.h"

#include <math.h>
#include <pthread.h>

#include "core/error.h"
#include "core/memory.h"
#include "propagate/isotropic_geometry.h"

/* Numbers of rows; grids of one number of rows, each with 2^(1/2) times the nodes of the last. */
enum { LONGER = 6, FINER = 8 };

struct kz_isotropic_levels {
    kz_profile profile;
    double tol, width; /* width: of the narrowest panel with structure; 0: none has */
    double coldest;    /* the beta that asks for most: of a ferromagnet, < 0, if there is one */
    kz_isotropic_states *states[LONGER];
    kz_isotropic_heights *heights[LONGER][FINER];
    pthread_mutex_t lock; /* over both */
};

void kz_isotropic_levels_free(kz_isotropic_levels *l)
{
    if (!l) return;
    for (int i = 0; i < LONGER; i++) {
        for (int k = 0; k < FINER; k++)
            kz_isotropic_heights_free(l->heights[i][k]);
        kz_isotropic_states_free(l->states[i]);
    }
    kz_profile_free(&l->profile);
    pthread_mutex_destroy(&l->lock);
    kz_free(l);
}

static double coldest(const kz_profile *profile)
{
    double low = 0, high = 0;
    for (size_t i = 0; i < profile->panels; i++)
        for (size_t k = 0; k < KZ_PANEL_NODES; k++) {
            const kz_profile_panel *p = &profile->panel[i];
            double beta = kz_panel_series(p->beta, p, kz_panel_node(p, k));
            low = fmin(low, beta);
            high = fmax(high, beta);
        }
    return low < 0 && -low > 0.1 * high ? low : high;
}

kz_status kz_isotropic_levels_create(kz_isotropic_levels **out, const kz_profile *profile,
                                     double tol)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_levels)));
    kz_isotropic_levels *l = memory;
    *l = (kz_isotropic_levels){.tol = tol};
    pthread_mutex_init(&l->lock, NULL);
    kz_status status = kz_profile_copy(&l->profile, profile);
    if (status != KZ_OK) {
        kz_isotropic_levels_free(l);
        return status;
    }
    l->coldest = coldest(&l->profile);
    l->width = kz_profile_width(&l->profile);
    *out = l;
    return KZ_OK;
}

/* -- grids ----------------------------------------------------------------------------------- */

/* How many steps a grid's rows are longer than the fewest, and its nodes finer than the states'. */
typedef struct {
    int longer, finer;
} place;

static int nodes_at(const kz_isotropic_levels *l, place at)
{
    kz_grid grid = kz_isotropic_states_grid(l->coldest, l->tol, at.longer);
    return (int)ceil((double)grid.half * exp2(0.5 * at.finer));
}

/* Dense matrices beyond this cost seconds a point. */
static const double LARGEST = 1e7; /* N (2K)^2 */

static bool have(const kz_isotropic_levels *l, place at)
{
    if (at.longer >= LONGER || at.finer >= FINER) return false;
    double nodes = nodes_at(l, at);
    return 4 * kz_isotropic_states_grid(l->coldest, l->tol, at.longer).order * nodes * nodes <=
           LARGEST;
}

static kz_status make(kz_isotropic_levels *l, place at)
{
    kz_isotropic_states **states = &l->states[at.longer];
    kz_isotropic_heights **heights = &l->heights[at.longer][at.finer];
    if (!*states)
        KZ_TRY(kz_isotropic_states_create(
            states, &l->profile, kz_isotropic_states_grid(l->coldest, l->tol, at.longer), l->tol));
    if (*heights) return KZ_OK;
    return kz_isotropic_heights_create(heights, *states, nodes_at(l, at),
                                       KZ_PANEL_NODES - (at.longer % 2 ? 1 : 4));
}

static kz_status use(const kz_isotropic_heights **out, kz_isotropic_levels *l, place at)
{
    pthread_mutex_lock(&l->lock);
    kz_status status = make(l, at);
    *out = l->heights[at.longer][at.finer];
    pthread_mutex_unlock(&l->lock);
    return status;
}

/* -- a point --------------------------------------------------------------------------------- */

/* What was at x_0 is at rapidities within (x - x_0)/t of each other, and velocities change by up to
 * 3 per unit of rapidity: a guess, agreement decides. */
static place first_place(const kz_isotropic_levels *l, double t, double tol)
{
    place at = {tol < 1e-6, 0};
    double wanted = t != 0 && l->width > 0 ? 0.25 * l->width / fabs(t) : INFINITY;
    kz_grid grid = kz_isotropic_states_grid(l->coldest, l->tol, at.longer);
    while (M_PI * grid.window / (2 * nodes_at(l, at)) > wanted &&
           have(l, (place){at.longer + 2, at.finer + 2}))
        at.finer++;
    return at;
}

/* Of the change, for agreement by chance and for powers of 1/N. */
static const double SAFETY = 3;

kz_status kz_isotropic_levels_solve(kz_geometry_values *out, double *err, kz_isotropic_levels *l,
                                    double x, double t, double tol)
{
    kz_geometry_values last = {0}, now;
    place at = first_place(l, t, tol);
    double change = INFINITY;
    *err = INFINITY;
    for (int step = 0; have(l, at); step++, at.longer++, at.finer += step % 2) {
        const kz_isotropic_heights *heights;
        kz_geometry_report report;
        KZ_TRY(use(&heights, l, at));
        KZ_TRY(kz_isotropic_geometry_solve(&now, heights, x, t, fmax(1e-5 * tol, 1e-15), &report));
        if (step > 0) {
            double before = change;
            change = kz_geometry_difference(&last, &now);
            double reached = SAFETY * change + report.doubt + 1e-12 * (1 + fabs(t));
            if (reached < *err) {
                *out = now;
                *err = reached;
            }
            if (*err <= tol) return KZ_OK;
            if (change > 0.5 * before && change < 1e-11) break; /* rounding */
        }
        last = now;
    }
    return KZ_FAIL(KZ_ETOL, "x = %.15g, t = %.15g: error %.3g, wanted %.3g", x, t, *err, tol);
}
