#include "ghd/counting/branches.h"

#include <math.h>
#include <stdio.h>

#include "core/chain.h"
#include "core/error.h"
#include "ghd/level/level.h"

/* Of another grid's F, where that is not near the truth: between cold halves the first one is wrong
 * by 1e-3. */
static const double MARGIN = 1e-2;

static double sign_of(int side) { return side == KZ_LEFT ? 1 : -1; }

/* All strings of length 1 and no others. */
static bool is_sea(const kz_state *state)
{
    return state->kind == KZ_STATE_GROUND && state->h == 0;
}

bool kz_counting_has_branch(const kz_counting *j, int side)
{
    return !j->isotropic || !is_sea(&j->state[side]) || is_sea(&j->state[1 - side]);
}

/* mu of the long strings of a side; that of a polarised one is infinite. */
static double field_of(const kz_counting *j, int side)
{
    const kz_state *state = &j->state[side];
    return state->kind == KZ_STATE_THERMAL ? state->mu : INFINITY;
}

/* |mu_c|. */
static double weighted_field(const kz_counting *j, int side, double lambda)
{
    return fabs(field_of(j, side) + sign_of(side) * lambda);
}

double kz_counting_image(const kz_counting *j, int side, double lambda)
{
    if (side < 0 || !j->isotropic || isinf(field_of(j, side))) return lambda;
    double mu = field_of(j, side), s = sign_of(side);
    bool opposite = (mu + s * lambda) * copysign(1, mu) < 0;
    return opposite ? -2 * s * mu - lambda : lambda;
}

int kz_counting_outwards(const kz_counting *j, int side, int direction)
{
    if (side < 0 || !j->isotropic || isinf(field_of(j, side))) return 0;
    return sign_of(side) * copysign(1, field_of(j, side)) * direction > 0 ? 1 : -1;
}

/* What a branch is at most at a point and at smaller |mu_c|, by the last grid that had it there. */
static double bound_of(const kz_counting_branch *b)
{
    return b->at.status == KZ_OK && !b->below ? b->bound : b->bound + MARGIN;
}

/* Whether a branch is below F at point i: F = 0 at lambda = 0, and what it is at a larger |mu_c|
 * bounds it, whether it has settled at the point or not. */
static bool is_below(const kz_counting *j, int side, size_t i, double F)
{
    double field = weighted_field(j, side, j->lambda[i]);
    if (bound_of(&j->branch[side][i]) < F) return true;
    if (isinf(field)) return false;
    if (F > 0 && field <= fabs(field_of(j, side))) return true;
    for (size_t k = 0; k < j->total; k++) {
        const kz_counting_branch *b = &j->branch[side][k];
        if (weighted_field(j, side, j->lambda[k]) < field) continue;
        if (bound_of(b) < F || (b->turned && !j->settled[k])) return true;
    }
    return false;
}

void kz_counting_drop_branch(kz_counting *j, int side)
{
    for (size_t i = 0; i < j->total; i++) {
        const kz_fluctuation *best = &j->before[i];
        j->branch[side][i].below = j->grids > 0 && !j->settled[i] && best->status == KZ_OK &&
                                   is_below(j, side, i, best->generating - MARGIN);
    }
}

bool kz_counting_is_idle(const kz_counting *j, int side, size_t index)
{
    return j->settled[index] || (side >= 0 && j->branch[side][index].below);
}

void kz_counting_keep_branch(kz_counting *j, int side)
{
    for (size_t i = 0; i < j->total; i++) {
        kz_counting_branch *b = &j->branch[side][i];
        if (kz_counting_is_idle(j, side, i)) continue;
        double bound = j->now[i].status == KZ_OK ? j->now[i].generating : b->bound;
        *b =
            (kz_counting_branch){j->now[i], j->shape[i], j->divided[i], j->turned[i], bound, false};
    }
}

static bool is_solved(const kz_counting_branch *b)
{
    return b->at.status == KZ_OK && !b->turned && !b->below;
}

/* Why a point is lost, if it is. */
typedef enum { FOUND, STILL, UNDECIDED, UNSETTLED } outcome;

static outcome choose(int *side, const kz_counting *j, size_t i)
{
    const kz_counting_branch *b[2] = {&j->branch[KZ_LEFT][i], &j->branch[KZ_RIGHT][i]};
    bool solved[2] = {is_solved(b[0]), is_solved(b[1])};
    *side = solved[0] && solved[1] ? b[0]->at.generating < b[1]->at.generating : solved[1];
    if (!solved[0] && !solved[1]) return b[0]->turned && b[1]->turned ? STILL : UNSETTLED;
    int other = 1 - *side;
    bool decided = solved[other] || b[other]->turned || b[other]->below ||
                   is_below(j, other, i, b[*side]->at.generating);
    return decided ? FOUND : UNDECIDED;
}

/* What the first of the caller's points that are lost is lost by; what the solver says stands where
 * neither branch has settled. */
static void explain(kz_counting *j, outcome how, int side)
{
    if (how == STILL) snprintf(j->reason, sizeof j->reason, "no long string crosses the junction");
    if (how == UNDECIDED)
        snprintf(j->reason, sizeof j->reason,
                 "long strings from the %s half do not settle, and may count for more",
                 side == KZ_LEFT ? "right" : "left");
}

void kz_counting_choose_branch(kz_counting *j)
{
    bool explained = false;
    for (size_t i = 0; i < j->total; i++) {
        int side;
        if (j->settled[i]) continue;
        outcome how = choose(&side, j, i);
        const kz_counting_branch *b = &j->branch[side][i];
        j->now[i] = b->at;
        j->shape[i] = b->shape;
        j->divided[i] = b->divided;
        if (how == FOUND) continue;
        j->now[i] = (kz_fluctuation){j->lambda[i], NAN, NAN, INFINITY, KZ_ENOCONV};
        if (i < j->n && !explained) explain(j, how, side);
        explained = explained || i < j->n;
    }
}
