/* Error of a point: rows or nodes are made more, by turns that the changes decide, until both
 * changes are small; what is printed is the last solution.  What rows leave out falls as a power of
 * their number, at least about 1/N: half as many again leave up to twice the change. */
#include "propagate/isotropic/levels.h"

#include <math.h>
#include <pthread.h>

#include "core/error.h"
#include "core/memory.h"
#include "propagate/isotropic/geometry.h"

/* Numbers of rows; numbers of nodes, each 2^(1/2) times the last, from those of the states on. */
enum { LONGER = 6, FINER = 10 };

struct kz_isotropic_levels {
    kz_profile profile;
    double tol, width; /* width: of the narrowest panel with structure; 0: none has */
    kz_isotropic_range range;
    kz_isotropic_states *states[LONGER];
    kz_first_failure unsolved[LONGER]; /* why there are none, where that is known */
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

static kz_isotropic_range range_of(const kz_profile *profile)
{
    kz_isotropic_range range = {0};
    for (size_t i = 0; i < profile->panels; i++)
        for (size_t k = 0; k < KZ_PANEL_NODES; k++) {
            const kz_profile_panel *p = &profile->panel[i];
            double beta = kz_panel_series(p->beta, p, kz_panel_node(p, k));
            range.lowest = fmin(range.lowest, beta);
            range.highest = fmax(range.highest, beta);
            range.field = range.field || kz_panel_series(p->mu, p, kz_panel_node(p, k)) != 0;
        }
    return range;
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
    l->range = range_of(&l->profile);
    l->width = kz_profile_width(&l->profile);
    *out = l;
    return KZ_OK;
}

/* -- grids ----------------------------------------------------------------------------------- */

/* How many steps a grid's rows are longer than the fewest, and its nodes finer than the states'. */
typedef struct {
    int longer, finer;
} place;

static kz_grid states_at(const kz_isotropic_levels *l, place at)
{
    return kz_isotropic_states_grid(l->range, l->tol, at.longer);
}

/* Slopes are seen best near 0, jumps far out. */
static double width_at(const kz_isotropic_levels *l, place at)
{
    double share = l->width == 0 ? 1 : l->profile.pieces > 1 ? 0.7 : 0.5;
    return share * states_at(l, at).window;
}

static int nodes_at(const kz_isotropic_levels *l, place at)
{
    kz_grid first = states_at(l, (place){0, 0}), grid = states_at(l, at);
    return (int)ceil((double)first.half * grid.window / first.window * exp2(0.5 * at.finer));
}

/* Dense matrices beyond this cost seconds a point; memory of one grid. */
static const double LARGEST = 4e7, /* N (2K)^2 */
    BYTES_MAX = (double)(1 << 29);

static bool have(const kz_isotropic_levels *l, place at)
{
    if (at.longer >= LONGER || at.finer >= FINER) return false;
    int rows = states_at(l, at).order;
    double nodes = nodes_at(l, at);
    return 4 * rows * nodes * nodes <= LARGEST &&
           kz_height_table_bytes(&l->profile, (size_t)rows, (size_t)nodes) <= BYTES_MAX;
}

/* States that do not converge on few rows are not tried again. */
static kz_status make_states(kz_isotropic_levels *l, place at)
{
    kz_isotropic_states **states = &l->states[at.longer];
    kz_first_failure *unsolved = &l->unsolved[at.longer];
    if (*states) return KZ_OK;
    KZ_TRY(KZ_FAIL_FIRST(unsolved));
    kz_status status = kz_isotropic_states_create(states, &l->profile, states_at(l, at), l->tol);
    if (status == KZ_ENOCONV) kz_first_failure_note(unsolved, 0, status);
    return status;
}

static kz_status make(kz_isotropic_levels *l, place at)
{
    kz_isotropic_states **states = &l->states[at.longer];
    kz_isotropic_heights **heights = &l->heights[at.longer][at.finer];
    KZ_TRY(make_states(l, at));
    if (*heights) return KZ_OK;
    return kz_isotropic_heights_create(heights, *states, width_at(l, at), nodes_at(l, at),
                                       KZ_PANEL_NODES - ((at.longer + at.finer) % 2 ? 1 : 4));
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
 * 3 per unit of rapidity: a guess, changes decide. */
static place first_place(const kz_isotropic_levels *l, double t, double tol)
{
    place at = {tol < 1e-6, 1};
    double wanted = t != 0 && l->width > 0 ? 0.25 * l->width / fabs(t) : INFINITY;
    while (M_PI * width_at(l, at) / (2 * nodes_at(l, at)) > wanted &&
           have(l, (place){at.longer + 1, at.finer + 2}))
        at.finer++;
    return at;
}

/* Of each change, for agreement by chance and for powers of 1/N. */
static const double SAFETY = 3;

/* Of the change with rows where it goes on alike for so many e-folds of N: rows grow by halves. */
static double rows_safety(double efolds) { return fmax(SAFETY, 1.5 * efolds / log(1.5)); }

/* The last solution of a point, and what it was that changed with more rows and with more nodes. */
typedef struct {
    place at;
    bool solved, unresolved; /* unresolved: by its nodes */
    kz_geometry_values values;
    double by_rows, by_nodes, doubt, left;
    double efolds; /* geometry.h */
} solution;

/* Where the larger change came from; there are no such grids any more: the other, if that is
 * enough.
 */
static bool next_place(place *at, const kz_isotropic_levels *l, const solution *s, double tol)
{
    place longer = {s->at.longer + 1, s->at.finer + s->unresolved};
    place finer = {s->at.longer, s->at.finer + 1};
    bool rows = !(s->by_rows < s->by_nodes);
    *at = rows ? longer : finer;
    if (have(l, *at)) return true;
    double stays = rows ? rows_safety(s->efolds) * s->by_rows : SAFETY * s->by_nodes;
    *at = rows ? finer : longer;
    return stays <= tol && have(l, *at);
}

/* Few rows may have no states, and a grid that hardly resolves what is there no solution. */
static kz_status solve_at(solution *s, kz_isotropic_levels *l, place at, double x, double t,
                          double tol)
{
    const kz_isotropic_heights *heights;
    kz_geometry_values now;
    kz_geometry_report report;
    bool longer = at.longer > s->at.longer;
    kz_status status = use(&heights, l, at);
    s->unresolved = status == KZ_OK;
    if (status == KZ_OK)
        status = kz_isotropic_geometry_solve(&now, heights, x, t, fmax(1e-5 * tol, 1e-15), &report);
    s->at = at;
    if (status != KZ_OK) {
        s->solved = false;
        s->by_rows = s->by_nodes = INFINITY;
        return status == KZ_ENOCONV ? KZ_OK : status;
    }
    if (s->solved) {
        double change = kz_geometry_difference(&s->values, &now);
        *(longer ? &s->by_rows : &s->by_nodes) = change;
    }
    s->values = now;
    s->solved = true;
    s->unresolved = false;
    s->doubt = report.doubt;
    s->left = report.left + 1e-12 * (1 + fabs(t));
    s->efolds = report.efolds;
    return KZ_OK;
}

kz_status kz_isotropic_levels_solve(kz_geometry_values *out, double *err, kz_isotropic_levels *l,
                                    double x, double t, double tol)
{
    place at = first_place(l, t, tol);
    solution s = {.at = at, .by_rows = INFINITY, .by_nodes = INFINITY};
    bool more = have(l, at);
    if (!more)
        return KZ_FAIL(KZ_ENOCONV,
                       "|beta| = %.15g: too cold for |Delta| = 1, grids end at N (2K)^2 = %g",
                       fmax(-l->range.lowest, l->range.highest), LARGEST);
    for (*err = INFINITY; more && *err > tol; more = next_place(&at, l, &s, tol)) {
        KZ_TRY(solve_at(&s, l, at, x, t, tol));
        double reached = rows_safety(s.efolds) * s.by_rows + SAFETY * s.by_nodes + s.doubt + s.left;
        if (!s.solved || !(reached < *err)) continue;
        *out = s.values;
        *err = reached;
        if (s.doubt > 0.5 * *err) break; /* on the jump of the magnetization */
    }
    if (isfinite(*err)) return KZ_OK;
    return KZ_FAIL(
        KZ_ENOCONV,
        "x = %.15g, t = %.15g at |Delta| = 1: not resolved where grids end, at N (2K)^2 = "
        "%g",
        x, t, LARGEST);
}
