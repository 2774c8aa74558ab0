#include "ghd/counting/engine.h"

#include <math.h>

#include "core/chain.h"
#include "core/error.h"

enum { HALF_MAX = 1 << 20 };

/* The better one of two grids: its nodes per unit of rapidity and its window. */
static const double FINER = 1.5, WIDER = 1.5;

/* Residual of the states, whatever the tolerance: what two grids share, their difference does not
 * show, and Newton's last step is cheap.  Accuracy of the solutions, of the tolerance, and its
 * least. */
static const double STATES = 1e-15, SOLVE_SHARE = 1e-4, SOLVE_MIN = 1e-14;

/* Orders of the flow's steps, on the first grid, and more on each that follows. */
enum { FLOW_ORDER = 11, FLOW_MORE = 2 };

/* Its first step, and then the longest ones are shorter on each grid. */
static const double FLOW_SHORTER = 0.8;

void kz_counting_engine_free(kz_counting_engine *e)
{
    kz_bias_free(e->bias);
    kz_isotropic_bias_free(e->isotropic);
    kz_counting_flow_free(e->flow);
    *e = (kz_counting_engine){0};
}

kz_status kz_counting_engine_create(kz_counting_engine *e, const kz_counting *j, int side)
{
    const kz_state *left = &j->state[KZ_LEFT], *right = &j->state[KZ_RIGHT];
    *e = (kz_counting_engine){.side = side};
    if (j->flows)
        return kz_counting_flow_create(&e->flow, j->grid, left, right, j->charge, STATES,
                                       FLOW_ORDER + FLOW_MORE * j->grids);
    if (j->isotropic) {
        KZ_TRY(kz_isotropic_bias_create(&e->isotropic, j->grid, left, right, j->charge));
        if (side >= 0) kz_isotropic_bias_hold(e->isotropic, side);
        return KZ_OK;
    }
    KZ_TRY(kz_bias_create(&e->bias, j->grid, left, right, j->charge, STATES));
    if (side >= 0) kz_bias_hold(e->bias, side);
    return KZ_OK;
}

kz_status kz_counting_engine_restart(kz_counting_engine *e, const kz_counting *j, double reach)
{
    if (e->bias) kz_bias_restart(e->bias);
    if (e->isotropic) kz_isotropic_bias_restart(e->isotropic);
    if (!e->flow) return KZ_OK;
    double step = 2 * j->radius * pow(FLOW_SHORTER, j->grids);
    kz_status status = kz_counting_flow_restart(e->flow, reach, step, j->tol);
    return status == KZ_ENOMEM ? status : KZ_OK; /* else every point says so */
}

/* The longest strings come from where they are held. */
static bool agrees(const kz_counting_engine *e)
{
    return e->isotropic ? kz_isotropic_bias_agrees(e->isotropic) : kz_bias_agrees(e->bias);
}

static double solve_tol(const kz_counting *j) { return fmax(SOLVE_SHARE * j->tol, SOLVE_MIN); }

kz_status kz_counting_engine_turns(bool *turned, kz_counting_engine *e, const kz_counting *j)
{
    kz_fluctuation point;
    double tol = solve_tol(j);
    kz_status status = e->isotropic ? kz_isotropic_bias_solve(&point, e->isotropic, 0, tol)
                                    : kz_bias_solve(&point, e->bias, 0, tol);
    *turned = status == KZ_OK && !agrees(e);
    return status == KZ_ENOMEM ? status : KZ_OK;
}

kz_status kz_counting_engine_leap(kz_counting_engine *e, const kz_counting *j, double image)
{
    kz_state state = j->state[e->side];
    state.mu += (e->side == KZ_LEFT ? 1 : -1) * image;
    return kz_isotropic_bias_leap(e->isotropic, image, &state);
}

kz_status kz_counting_engine_solve(kz_counting *j, kz_counting_engine *e, size_t index)
{
    kz_fluctuation *out = &j->now[index];
    double image = j->image[index], tol = solve_tol(j);
    if (e->flow) return kz_counting_flow_solve(out, e->flow, image);
    if (e->isotropic) {
        j->divided[index] = true; /* unless it comes out otherwise */
        KZ_TRY(kz_isotropic_bias_solve(out, e->isotropic, image, tol));
        j->divided[index] = kz_isotropic_bias_is_divided(e->isotropic);
        j->shape[index] = kz_isotropic_bias_shape(e->isotropic);
    } else {
        KZ_TRY(kz_bias_solve(out, e->bias, image, tol));
        j->shape[index] = kz_bias_shape(e->bias);
    }
    if (image != j->lambda[index]) out->current = -out->current;
    out->lambda = j->lambda[index];
    j->turned[index] = j->branches && !agrees(e);
    if (j->branches && !j->turned[index] && j->state[e->side].kind == KZ_STATE_CEILING)
        return KZ_FAIL(KZ_ENOCONV,
                       "long strings come from the ceiling, all spins one way or the other");
    return KZ_OK;
}

/* -- grids ----------------------------------------------------------------------------------- */

static double largest_lambda(const kz_counting *j)
{
    double most = 0;
    for (size_t i = 0; i < j->total; i++)
        most = fmax(most, fabs(j->lambda[i]));
    return most;
}

/* The states at the ends of the counting parameters: colder, or more magnetized. */
static kz_state extreme(const kz_counting *j, int side)
{
    kz_state state = j->state[side];
    if (state.kind == KZ_STATE_THERMAL && j->charge == KZ_CHARGE_ENERGY)
        state.beta = copysign(fabs(state.beta) + largest_lambda(j), state.beta);
    return state;
}

void kz_counting_first_grid(kz_counting *j)
{
    kz_state left = extreme(j, KZ_LEFT), right = extreme(j, KZ_RIGHT);
    bool spin = j->charge == KZ_CHARGE_SPIN;
    if (!j->isotropic) {
        j->grid = kz_level_grid(j->chain, &left, &right, j->tol, spin);
        return;
    }
    double a = left.kind == KZ_STATE_THERMAL ? fabs(left.beta) : 0;
    double b = right.kind == KZ_STATE_THERMAL ? fabs(right.beta) : 0;
    j->coldest = fmax(a, b);
    j->place = (kz_isotropic_place){0, 0};
    j->grid = kz_isotropic_grid_at(j->place, j->coldest);
}

/* More rows where a point that is not there yet has them crossed. */
static bool next_isotropic(kz_counting *j)
{
    bool divided = false;
    for (size_t i = 0; i < j->total; i++)
        divided = divided || (j->divided[i] && !j->settled[i]);
    if (!kz_isotropic_grid_next(&j->place, j->coldest, divided)) return false;
    j->grid = kz_isotropic_grid_at(j->place, j->coldest);
    return true;
}

bool kz_counting_next_grid(kz_counting *j)
{
    if (j->isotropic) return next_isotropic(j);
    kz_grid grid = j->grid;
    double spacing = kz_grid_spacing(&grid) / FINER;
    if (grid.chain.kind == KZ_CHAIN_AXIAL)
        grid = kz_grid_widen(grid, WIDER); /* more strings */
    else
        grid.window += WIDER;
    grid.half = kz_grid_fast_size((size_t)ceil(grid.window / spacing));
    j->grid = grid;
    return grid.half <= HALF_MAX && (grid.chain.kind != KZ_CHAIN_AXIAL || grid.order <= KZ_P_MAX);
}
