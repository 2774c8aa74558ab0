/* Error of a ray.  Nodes and rows are made more until two solutions agree; what is printed is the
 * better one, and their difference bounds its error, as that falls exponentially with the nodes.
 * Rows are exact as soon as row N does not cross zeta: (v - zeta) rho^t of the strings beyond is
 * made of that of row N by positive kernels.  Where it does cross, KZ_ISOTROPIC_CROSSED. */
#include "ghd/isotropic/rays.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/isotropic/grids.h"

/* The grids of an edge's ray, in turn, and the error that each of them came to. */
typedef struct {
    int count;
    kz_isotropic_place at[KZ_ISOTROPIC_FINER + KZ_ISOTROPIC_LONGER];
    double err[KZ_ISOTROPIC_FINER + KZ_ISOTROPIC_LONGER];
} ladder;

struct kz_isotropic_rays {
    kz_isotropic_grids grids;
    ladder last; /* of edges alone: the last one's */
};

void kz_isotropic_rays_free(kz_isotropic_rays *r)
{
    if (!r) return;
    kz_isotropic_grids_free(&r->grids);
    kz_free(r);
}

kz_status kz_isotropic_rays_create(kz_isotropic_rays **out, const kz_state *left,
                                   const kz_state *right, int thermal, int charges)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_rays)));
    kz_isotropic_rays *r = memory;
    *r = (kz_isotropic_rays){.last = {0}};
    kz_status status = kz_isotropic_grids_create(&r->grids, left, right, thermal, charges);
    if (status != KZ_OK) {
        kz_isotropic_rays_free(r);
        return status;
    }
    *out = r;
    return KZ_OK;
}

bool kz_isotropic_rays_set(kz_isotropic_rays *r, const kz_state *state)
{
    return kz_isotropic_grids_set(&r->grids, state);
}

/* -- one ray --------------------------------------------------------------------------------- */

/* What is asked of a ray. */
typedef struct {
    double zeta, tol;
    bool current_alone; /* of its energy current */
    bool noise;         /* in place of its charges */
} request;

typedef struct {
    kz_isotropic_place at;
    kz_isotropic_work *work; /* NULL: not there, or it failed */
    kz_isotropic_ray ray;
    kz_isotropic_noise noise; /* 0 where it is not asked for */
} solution;

/* Edges keep their workspaces, and start from what is there. */
static kz_status solve_at(solution *out, kz_isotropic_rays *r, kz_isotropic_place at,
                          const request *asked, const kz_isotropic_work *start)
{
    const kz_isotropic_level *level;
    kz_isotropic_work **kept = &r->grids.work[at.finer][at.longer];
    *out = (solution){.at = at};
    KZ_TRY(kz_isotropic_grids_level(&level, &r->grids, at));
    if (r->grids.thermal >= 0) out->work = *kept;
    if (out->work) start = out->work;
    if (!out->work) KZ_TRY(kz_isotropic_work_create(&out->work, level));
    kz_status status = kz_isotropic_ray_solve(&out->ray, out->work, asked->zeta, start);
    if (status == KZ_OK && asked->noise) status = kz_isotropic_ray_noise(&out->noise, out->work);
    if (status != KZ_OK) {
        kz_isotropic_work_free(out->work);
        out->work = NULL;
    }
    if (r->grids.thermal >= 0) *kept = out->work;
    return status;
}

static void release(solution *s, const kz_isotropic_rays *r)
{
    if (r->grids.thermal < 0) kz_isotropic_work_free(s->work);
}

static bool next_place(kz_isotropic_place *at, const kz_isotropic_rays *r, const solution *last)
{
    return kz_isotropic_grid_next(at, r->grids.coldest, !last->work || last->ray.divided);
}

/* What a ray has: the charges, the responses, and the noises of energy and spin. */
enum {
    ENERGY,
    CURRENT,
    MAGNETIZATION,
    SPIN_CURRENT,
    RESPONSE = KZ_ISOTROPIC_CHARGES,
    NOISES = RESPONSE + 4,
    NUMBERS = NOISES + 2
};

/* On the jump of the magnetization nothing better is to be had. */
static bool is_undecided(const solution *s, double err)
{
    double doubt = fmax(s->ray.doubt[MAGNETIZATION], s->ray.doubt[SPIN_CURRENT]);
    return s->work && doubt > 0.5 * err;
}

/* Errors, and of each the last part that came with more rows, which stays while row N crosses zeta.
 */
typedef struct {
    double err[NUMBERS], rest[NUMBERS];
} bounds;

static double number_of(const solution *s, int i)
{
    if (i >= NOISES) return isnan(s->noise.value[i - NOISES]) ? 0 : s->noise.value[i - NOISES];
    return i < RESPONSE ? s->ray.value[i] : s->ray.by[(i - RESPONSE) / 2][(i - RESPONSE) % 2];
}

/* What residuals do to a current, charges do to its derivative: of at most 2 pi by beta, of as many
 * spins as there are rows by mu. */
static double doubt_of(const solution *s, int i)
{
    if (i < RESPONSE) return s->ray.doubt[i];
    if (i >= NOISES)
        return 2 * M_PI * s->ray.doubt[CURRENT] + s->noise.doubt[i - NOISES] +
               (i > NOISES ? s->ray.square_doubt : 0);
    int current = (i - RESPONSE) / 2 ? SPIN_CURRENT : CURRENT;
    return ((i - RESPONSE) % 2 ? kz_isotropic_grids_rows(s->at) : 2 * M_PI) * s->ray.doubt[current];
}

/* Errors of `now` by the change from `before`; noises know those of strings beyond the rows. */
static void compare(bounds *b, const solution *now, const solution *before)
{
    for (int i = 0; i < NUMBERS; i++) {
        double change = fabs(number_of(now, i) - number_of(before, i));
        if (now->at.longer > before->at.longer) b->rest[i] = KZ_ISOTROPIC_CROSSED * change;
        double rest = now->ray.divided && i < NOISES ? b->rest[i] : 0;
        b->err[i] = change + doubt_of(now, i) + rest;
    }
}

/* Of some numbers, all of which are below 1. */
static double largest_error(const bounds *b, int from, int count)
{
    double largest = 0;
    for (int i = from; i < from + count; i++)
        largest = fmax(largest, b->err[i]);
    return largest;
}

static double asked_error(const bounds *b, const request *asked)
{
    if (asked->noise) return largest_error(b, NOISES, NUMBERS - NOISES);
    return asked->current_alone ? b->err[CURRENT] : largest_error(b, 0, KZ_ISOTROPIC_CHARGES);
}

static kz_ray ray_of(const solution *s, double zeta, double err)
{
    return (kz_ray){.zeta = zeta,
                    .energy = s->ray.value[ENERGY],
                    .energy_current = s->ray.value[CURRENT],
                    .magnetization = s->ray.value[MAGNETIZATION],
                    .spin_current = s->ray.value[SPIN_CURRENT],
                    .err = err};
}

/* The best so far; err: of what is asked. */
typedef struct {
    kz_isotropic_edge edge;
    kz_isotropic_noise noise;
    double err;
} answer;

static answer answer_of(const solution *s, double err, const bounds *b, double zeta)
{
    answer out = {
        .edge = {.ray = ray_of(s, zeta, largest_error(b, 0, KZ_ISOTROPIC_CHARGES)),
                 .current_err = {b->err[CURRENT], b->err[SPIN_CURRENT]},
                 .energy_err = fmax(b->err[ENERGY], b->err[CURRENT]),
                 .jumps = s->ray.jumps},
        .noise = s->noise,
        .err = err,
    };
    memcpy(out.edge.by, s->ray.by, sizeof out.edge.by);
    memcpy(out.edge.by_err, b->err + RESPONSE, sizeof out.edge.by_err);
    return out;
}

/* `now` in place of `last`, if it is there. */
static void succeed(solution *last, const solution *now, const kz_isotropic_rays *r)
{
    if (!now->work) return;
    release(last, r);
    *last = *now;
}

static void climb(ladder *l, kz_isotropic_place at, double err)
{
    l->at[l->count] = at;
    l->err[l->count++] = err;
}

/* Goes down to the grid before the first that did, or would do, for the last edge, and takes it
 * off. */
static kz_isotropic_place descend(ladder *l, double tol)
{
    static const double ALIKE = 3; /* errors of edges next to each other */
    int i = 1;
    if (l->count < 2) return (kz_isotropic_place){0, 0};
    while (i + 1 < l->count && l->err[i] > tol / ALIKE)
        i++;
    l->count = i - 1;
    return l->at[i - 1];
}

/* The finest grid alone had a solution, next to v(inf), where coarser ones have crossings of their
 * own in the tails: its error by a coarser one, which starts from there. */
static kz_status look_back(answer *out, bounds *b, kz_isotropic_rays *r, const solution *last,
                           const request *asked)
{
    solution coarser;
    kz_isotropic_place at = last->at;
    if (at.longer > 0)
        at.longer--;
    else if (at.finer > 0)
        at.finer--;
    else
        return KZ_OK;
    kz_status status = solve_at(&coarser, r, at, asked, last->work);
    if (status == KZ_OK) {
        compare(b, last, &coarser);
        *out = answer_of(last, asked_error(b, asked), b, asked->zeta);
        release(&coarser, r);
    }
    return status == KZ_ENOCONV ? KZ_OK : status;
}

/* From a grid on, which the ladder leads to.  A failure on one grid is that of the ray only if no
 * grid does better. */
static kz_status refine(answer *out, ladder *climbed, kz_isotropic_rays *r, kz_isotropic_place at,
                        const request *asked)
{
    solution last, now;
    bounds b = {.err = {0}};
    kz_status status = solve_at(&last, r, at, asked, NULL);
    out->err = INFINITY;
    climb(climbed, at, out->err);
    for (int i = 0; i < NUMBERS; i++)
        b.rest[i] = INFINITY;
    if (status == KZ_ENOCONV) status = KZ_OK;
    while (status == KZ_OK && out->err > asked->tol && next_place(&at, r, &last)) {
        status = solve_at(&now, r, at, asked, last.work);
        if (status == KZ_ENOCONV) status = KZ_OK;
        if (status == KZ_OK && now.work && last.work) {
            compare(&b, &now, &last);
            double reached = asked_error(&b, asked);
            if (!(reached > out->err)) *out = answer_of(&now, reached, &b, asked->zeta);
        }
        climb(climbed, at, out->err);
        succeed(&last, &now, r);
        if (!asked->current_alone && !asked->noise && is_undecided(&now, out->err)) break;
    }
    if (status == KZ_OK && isinf(out->err) && last.work)
        status = look_back(out, &b, r, &last, asked);
    release(&last, r);
    return status;
}

/* Edges from what is kept of the last one, and, as rays do, from nothing. */
static kz_status find(answer *out, kz_isotropic_rays *r, const request *asked)
{
    ladder way = r->last;
    kz_isotropic_place at = descend(&way, asked->tol);
    bool again = way.count > 0;
    kz_status status = refine(out, &way, r, at, asked);
    if (status == KZ_OK && isinf(out->err) && again) {
        way.count = 0;
        status = refine(out, &way, r, (kz_isotropic_place){0, 0}, asked);
    }
    if (r->grids.thermal >= 0) r->last = way;
    KZ_TRY(status);
    if (isinf(out->err))
        return KZ_FAIL(KZ_ENOCONV, "ray zeta = %.15g at |Delta| = 1: crossings do not settle",
                       asked->zeta);
    return out->err <= asked->tol ? KZ_OK : KZ_ETOL;
}

kz_status kz_isotropic_rays_edge(kz_isotropic_edge *out, kz_isotropic_rays *r, double zeta,
                                 double tol, bool current_alone)
{
    answer found;
    const request asked = {.zeta = zeta, .tol = tol, .current_alone = current_alone};
    kz_status status = find(&found, r, &asked);
    if (status == KZ_OK || status == KZ_ETOL) *out = found.edge;
    return status;
}

kz_status kz_isotropic_rays_noise(kz_noise *out, kz_isotropic_rays *r, double tol)
{
    answer found;
    kz_status status = find(&found, r, &(request){.tol = tol, .noise = true});
    if (status == KZ_OK || status == KZ_ETOL)
        *out = (kz_noise){found.noise.value[0], found.noise.value[1], found.err};
    return status;
}

kz_status kz_isotropic_rays_solve(kz_ray *out, kz_isotropic_rays *r, double zeta, double tol)
{
    kz_isotropic_edge edge;
    kz_status status = kz_isotropic_rays_edge(&edge, r, zeta, tol, false);
    if (status == KZ_OK || status == KZ_ETOL) *out = edge.ray;
    return status;
}
