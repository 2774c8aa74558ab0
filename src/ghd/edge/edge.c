#include "ghd/edge/edge.h"

#include <kapitza/fermion.h>
#include <math.h>
#include <string.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "fermion/response.h"
#include "ghd/edge/emission.h"
#include "ghd/edge/response.h"
#include "ghd/isotropic/rays.h"
#include "ghd/ray/refine.h"
#include "ghd/ray/work.h"

enum { REFINEMENTS_MAX = 12, HALF_MAX = 1 << 20 };

/* Rows times nodes with a gap, over those of the first grid.  Where the longest strings stand still
 * no number of rows is enough: J_M = 0 leads there. */
enum { GAPPED_GROWTH = 16 };

/* Of the tolerance: the residual of the fillings, whose error no residual of the ray shows; that
 * of the response; and the least of both. */
static const double FILLINGS_SHARE = 1e-6, RESPONSE_SHARE = 1e-3, SOLVE_MIN = 1e-16;

/* Everything on one grid. */
typedef struct {
    kz_grid grid;
    kz_level_solver *solver;
    kz_level *level;
    kz_ray_work *ray;
    kz_response_work *response;
} stage;

struct kz_edge_work {
    kz_chain chain; /* that asked for, or turned (core/chain.h): */
    bool turned;    /* then the reservoir too is turned */
    kz_state reservoir;
    int thermal, charges;
    bool keeps_digits, current_alone;
    stage stage; /* empty at first, and for the XX and the isotropic chain; of the latter: */
    kz_isotropic_rays *rays;
    double tol; /* that the stage was made for */
    bool cold;  /* the ray in it is of no use to the next one */
    /* the last edge */
    bool solved;
    double solved_tol;
    kz_state state;
    kz_edge last;
};

static void stage_free(stage *s)
{
    kz_response_work_free(s->response);
    kz_ray_work_free(s->ray);
    kz_level_free(s->level);
    kz_level_solver_free(s->solver);
    *s = (stage){.level = NULL};
}

void kz_edge_work_free(kz_edge_work *work)
{
    if (!work) return;
    stage_free(&work->stage);
    kz_isotropic_rays_free(work->rays);
    kz_free(work);
}

kz_status kz_edge_work_create(kz_edge_work **out, kz_chain chain, const kz_state *reservoir,
                              int thermal, int charges)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_state_check(reservoir));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_edge_work)));
    kz_edge_work *work = memory;
    bool turned = kz_chain_is_turned(chain);
    *work = (kz_edge_work){.chain = turned ? kz_chain_turn(chain) : chain,
                           .turned = turned,
                           .reservoir = turned ? kz_state_turn(reservoir) : *reservoir,
                           .thermal = thermal,
                           .charges = charges};
    *out = work;
    return KZ_OK;
}

void kz_edge_work_keep_digits(kz_edge_work *work) { work->keeps_digits = true; }
void kz_edge_work_ask_current(kz_edge_work *work) { work->current_alone = true; }

static kz_grid grid_for(const kz_edge_work *w, const kz_state *state, double tol)
{
    const kz_state *left = w->thermal == KZ_LEFT ? state : &w->reservoir;
    const kz_state *right = w->thermal == KZ_LEFT ? &w->reservoir : state;
    return kz_level_grid(w->chain, left, right, tol, w->keeps_digits);
}

/* Starts from the old stage where that has the same window, and uses it up: the two would be the
 * most memory that is ever held. */
static kz_status stage_fill(stage *s, kz_edge_work *w, const kz_state *state, double tol)
{
    stage *from = &w->stage;
    const kz_state *left = w->thermal == KZ_LEFT ? state : &w->reservoir;
    const kz_state *right = w->thermal == KZ_LEFT ? &w->reservoir : state;
    bool inherits = from->level && from->grid.window == s->grid.window &&
                    from->grid.order == s->grid.order && from->grid.half <= s->grid.half;
    w->cold = w->cold || !inherits;
    KZ_TRY(kz_level_solver_create(&s->solver, s->grid));
    if (w->charges == 2 && w->chain.kind != KZ_CHAIN_AXIAL)
        kz_level_solver_keep_fillings(s->solver, kz_state_spin(&w->reservoir, w->chain));
    if (from->solver) kz_level_solver_inherit(s->solver, from->solver);
    kz_level_solver_free(from->solver);
    from->solver = NULL;
    KZ_TRY(kz_level_create(&s->level, s->grid, left, right, s->solver,
                           fmax(FILLINGS_SHARE * tol, SOLVE_MIN)));
    KZ_TRY(kz_response_work_create(&s->response, s->level, w->charges));
    if (inherits) kz_response_work_inherit(s->response, from->response);
    kz_response_work_free(from->response);
    from->response = NULL;
    KZ_TRY(kz_ray_work_create(&s->ray, s->level));
    if (inherits) kz_ray_work_inherit(s->ray, from->ray);
    return KZ_OK;
}

/* A new stage on `grid`; none at all after a failure. */
static kz_status move_to(kz_edge_work *w, kz_grid grid, const kz_state *state, double tol)
{
    stage next = {.grid = grid};
    kz_status status = stage_fill(&next, w, state, tol);
    stage_free(&w->stage);
    if (status != KZ_OK) {
        stage_free(&next);
        return status;
    }
    w->stage = next;
    w->tol = tol;
    return KZ_OK;
}

/* A stage good enough, by the formula, with `state` in it. */
static kz_status prepare(kz_edge_work *w, const kz_state *state, double tol)
{
    kz_grid wanted = grid_for(w, state, tol);
    stage *s = &w->stage;
    bool short_of = s->grid.window < wanted.window || s->grid.order < wanted.order;
    if (!s->level || tol < w->tol || short_of) return move_to(w, wanted, state, tol);
    KZ_TRY(kz_level_set(s->level, s->solver, w->thermal, state,
                        fmax(FILLINGS_SHARE * w->tol, SOLVE_MIN)));
    kz_ray_work_renew(s->ray);
    return KZ_OK;
}

/* Whether a string of the thermal state does not stand on the grid. */
static bool has_sea(const kz_edge_work *w)
{
    const kz_level *level = w->stage.level;
    return level->coarse.side[w->thermal].sea.row >= 0 || level->fine.side[w->thermal].sea.row >= 0;
}

/* Twice what dressed charges are at most: spins up to P/2, with a gap up to the number of rows and
 * energies. */
static double largest_charge(const kz_edge_work *w)
{
    if (w->chain.kind != KZ_CHAIN_AXIAL) return w->chain.P;
    double energy = 2 * (1 + w->chain.delta), spin = w->charges == 2 ? 2 * w->stage.grid.order : 0;
    return fmax(energy, spin);
}

/* The ray's error stands for that of d and of dressed energies, which it sums; dressed spins are up
 * to P/2, twice in the response, where err allows for one of them. */
static double response_unit(const kz_edge *out, const kz_edge_work *w)
{
    static const double ROUNDING = 1e-15;
    double charge = largest_charge(w);
    return charge * ((w->charges == 1 ? out->energy_err : out->ray.err) + ROUNDING * charge);
}

/* A spread that is less says that little fluctuates; with a gap it does not know of the strings
 * beyond the rows. */
static void set_response_errors(kz_edge *out, const kz_edge_work *w, double spread[2][2])
{
    static const double SAFETY = 10;
    double unit = response_unit(out, w), charge = largest_charge(w);
    for (int i = 0; i < 4; i++) {
        double few = fmin(1, SAFETY * spread[i / 2][i % 2] / charge);
        if (w->chain.kind == KZ_CHAIN_AXIAL) few = 1;
        out->response_err[i / 2][i % 2] = few * unit;
    }
}

/* Beside a polarised reservoir currents have digits of their own, and so has the response: of
 * each. */
static void sharpen_polarised(kz_edge *out, kz_edge_work *w)
{
    kz_emission emission;
    if (w->charges < 2 || w->chain.kind == KZ_CHAIN_AXIAL) return;
    if (kz_state_spin(&w->reservoir, w->chain) == 0 || has_sea(w)) return;
    kz_ray_emission(&emission, w->stage.ray, w->thermal);
    for (int i = 0; i < 4; i++) {
        double *response_err = &out->response_err[i / 2][i % 2];
        *response_err = fmin(*response_err, emission.largest * response_unit(out, w));
    }
    double *current[2] = {&out->ray.energy_current, &out->ray.spin_current};
    for (int a = 0; a < 2; a++) {
        if (!(emission.err[a] < out->current_err[a])) continue;
        *current[a] = emission.current[a];
        out->current_err[a] = emission.err[a];
    }
}

/* Beside the far edge of the band, where the thermal state stands on the grid as a whole. */
static void sharpen_far(kz_edge *out, kz_edge_work *w)
{
    double current, err;
    const kz_form *form = &w->stage.level->coarse.full->form;
    if (form->closed || has_sea(w) || !kz_fillings_is_far_edge(&w->reservoir, form)) return;
    kz_ray_far_emission(&current, &err, w->stage.ray, w->thermal);
    if (!(err < out->current_err[0])) return;
    out->ray.energy_current = current;
    out->current_err[0] = err;
}

/* On the present grid; pending tells what limits the ray. */
static kz_status solve_here(kz_edge *out, kz_edge_work *w, kz_pending_ray *pending, double tol)
{
    kz_ray_work *ray = w->stage.ray;
    *out = (kz_edge){.energy_err = 0};
    KZ_TRY(kz_pending_ray_solve(&out->ray, pending, ray, 0, tol, &w->cold));
    out->energy_err = pending->last.energy_err;
    out->on_jump = ray->jumps;
    out->current_err[0] = out->energy_err;
    out->current_err[1] = out->ray.err;
    if (w->stage.level->state[w->thermal].kind != KZ_STATE_THERMAL) return KZ_OK;
    double sums, spread[2][2];
    kz_status status = kz_ray_response(out->response, &sums, spread, w->stage.response, ray,
                                       w->thermal, fmax(RESPONSE_SHARE * tol, 10 * SOLVE_MIN));
    if (status == KZ_ENOCONV) kz_pending_ray_lose(pending);
    KZ_TRY(status);
    set_response_errors(out, w, spread);
    sharpen_polarised(out, w);
    sharpen_far(out, w);
    for (int i = 0; i < 4; i++)
        out->response_err[i / 2][i % 2] += sums;
    return KZ_OK;
}

static bool is_too_large(kz_grid grid, kz_grid first)
{
    if (grid.chain.kind != KZ_CHAIN_AXIAL) return grid.half > HALF_MAX;
    size_t nodes = (size_t)grid.order * grid.half, before = (size_t)first.order * first.half;
    return nodes > GAPPED_GROWTH * before;
}

/* The best of the first grid and, while the ray misses the tolerance and they help, of better
 * ones. */
static kz_status solve_xxz(kz_edge *out, kz_edge_work *w, const kz_state *state, double tol)
{
    kz_pending_ray pending = kz_pending_ray_start(0, tol);
    kz_grid_change change = {false, false};
    kz_edge here;
    bool found = false;
    KZ_TRY(prepare(w, state, tol));
    kz_status status = solve_here(&here, w, &pending, tol);
    for (int i = 0; status == KZ_OK || status == KZ_ENOCONV; i++) {
        if (status == KZ_OK && (!found || here.ray.err < out->ray.err)) *out = here;
        found = found || status == KZ_OK;
        size_t count = 1;
        kz_grid grid = w->stage.grid;
        if ((found && out->ray.err <= tol) || i == REFINEMENTS_MAX) break;
        kz_pending_rays_plan(&grid, &change, &pending, &count, tol);
        if (count == 0 || is_too_large(grid, grid_for(w, state, tol))) break;
        KZ_TRY(move_to(w, grid, state, tol));
        status = solve_here(&here, w, &pending, tol);
    }
    return status == KZ_ENOCONV && found ? KZ_OK : status;
}

static void set_all(double matrix[2][2], double value)
{
    for (int i = 0; i < 4; i++)
        matrix[i / 2][i % 2] = value;
}

/* Beside a pure reservoir that fills the band, none of it or half of it the edge alone emits, and
 * its currents have digits of their own. */
static void sharpen_xx(kz_edge *out, const kz_edge_work *w, const kz_state *state)
{
    const kz_state *pure = &w->reservoir;
    int spin = kz_state_spin(pure, w->chain), sign = pure->kind == KZ_STATE_CEILING ? -1 : 1;
    double current[2], err[2], direction = w->thermal == KZ_LEFT ? 1 : -1;
    if (spin != 0) {
        kz_fermion_emission(current, err, state, spin);
        set_all(out->response_err, err[1]);
        out->response_err[0][1] = out->response_err[1][0] = err[0];
    } else if (pure->kind == KZ_STATE_THERMAL || (sign > 0 && pure->h != 0) ||
               !kz_fermion_cold_emission(current, err, out->response, state, sign)) {
        return;
    } else {
        for (int i = 0; i < 4; i++)
            out->response_err[i / 2][i % 2] = 1e-15 * fabs(out->response[i / 2][i % 2]);
    }
    out->ray.energy_current = direction * current[0];
    out->ray.spin_current = direction * current[1];
    memcpy(out->current_err, err, sizeof err);
}

static kz_status solve_xx(kz_edge *out, const kz_edge_work *w, const kz_state *state)
{
    const kz_state *left = w->thermal == KZ_LEFT ? state : &w->reservoir;
    const kz_state *right = w->thermal == KZ_LEFT ? &w->reservoir : state;
    KZ_TRY(kz_fermion_ray(&out->ray, left, right, 0));
    kz_fermion_response(out->response, state);
    out->energy_err = out->ray.err;
    set_all(out->response_err, out->ray.err);
    out->current_err[0] = out->current_err[1] = out->ray.err;
    if (state->kind == KZ_STATE_THERMAL) sharpen_xx(out, w, state);
    return KZ_OK;
}

/* Rays beside `state`: those that there are, or new ones. */
static kz_status move_rays(kz_edge_work *w, const kz_state *state)
{
    const kz_state *left = w->thermal == KZ_LEFT ? state : &w->reservoir;
    const kz_state *right = w->thermal == KZ_LEFT ? &w->reservoir : state;
    bool responds = state->kind == KZ_STATE_THERMAL;
    if (responds && w->rays && kz_isotropic_rays_set(w->rays, state)) return KZ_OK;
    kz_isotropic_rays_free(w->rays);
    w->rays = NULL;
    return kz_isotropic_rays_create(&w->rays, left, right, responds ? w->thermal : -1, w->charges);
}

static kz_status solve_isotropic(kz_edge *out, kz_edge_work *w, const kz_state *state, double tol)
{
    kz_isotropic_edge edge;
    KZ_TRY(move_rays(w, state));
    kz_status status = kz_isotropic_rays_edge(&edge, w->rays, 0, tol, w->current_alone);
    if (status != KZ_ETOL) KZ_TRY(status);
    out->ray = edge.ray;
    out->energy_err = edge.energy_err;
    out->on_jump = edge.jumps;
    memcpy(out->current_err, edge.current_err, sizeof out->current_err);
    double outwards = w->thermal == KZ_LEFT ? 1 : -1;
    for (int i = 0; i < 4; i++)
        out->response[i / 2][i % 2] = (i % 2 ? outwards : -outwards) * edge.by[i / 2][i % 2];
    memcpy(out->response_err, edge.by_err, sizeof out->response_err);
    return KZ_OK;
}

static kz_status solve_on_chain(kz_edge *out, kz_edge_work *w, const kz_state *state, double tol)
{
    kz_state turned = w->turned ? kz_state_turn(state) : *state;
    if (w->chain.kind == KZ_CHAIN_XX) return solve_xx(out, w, state);
    return kz_chain_is_isotropic(w->chain) ? solve_isotropic(out, w, &turned, tol)
                                           : solve_xxz(out, w, &turned, tol);
}

static bool is_last(const kz_edge_work *w, const kz_state *state, double tol)
{
    const kz_state *last = &w->state;
    return w->solved && w->solved_tol <= tol && last->kind == state->kind &&
           last->beta == state->beta && last->mu == state->mu && last->h == state->h;
}

kz_status kz_edge_solve(kz_edge *out, kz_edge_work *w, const kz_state *state, double tol)
{
    KZ_TRY(kz_state_check(state));
    if (!is_last(w, state, tol)) {
        kz_edge next = {.energy_err = 0};
        w->solved = false;
        KZ_TRY(solve_on_chain(&next, w, state, tol));
        if (w->turned) { /* the response of -e to -beta stays, those of -e to mu turn */
            next.ray.energy = -next.ray.energy;
            next.ray.energy_current = -next.ray.energy_current;
            next.response[0][1] = -next.response[0][1];
            next.response[1][0] = -next.response[1][0];
        }
        w->last = next;
        w->state = *state;
        w->solved_tol = tol;
        w->solved = true;
    }
    *out = w->last;
    out->ray.status = out->ray.err <= tol ? KZ_OK : KZ_ETOL;
    return KZ_OK;
}
