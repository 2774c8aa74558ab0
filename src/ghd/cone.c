/* A state fills a ray where all its d_f, f a string whose weights differ between the two states,
 * have the one sign.  Next to the edge of the cone that is lost in rounding far out, where d falls
 * like e^{-4|lambda|} and rho^t like e^{-2|lambda|}; the velocities known in closed form decide
 * instead. */
#include "ghd/cone.h"

#include <math.h>

/* A ray is at an edge up to the rounding of both. */
static const double EDGE_ROUNDING = 4e-16;

static bool same_row(const kz_level *level, int f)
{
    const kz_mesh *mesh = &level->fine;
    const double *left = mesh->side[KZ_LEFT].hole, *right = mesh->side[KZ_RIGHT].hole;
    size_t n = mesh->full->n;
    for (size_t i = (size_t)f * n; i < (size_t)(f + 1) * n; i++) {
        if (left[i] != right[i]) return false;
    }
    return true;
}

/* Whether strings P-1 and P alone tell the states apart. */
static bool only_last_row_differs(const kz_level *level)
{
    const kz_weights *side = level->fine.side;
    if (side[KZ_LEFT].sea.row >= 0 || side[KZ_RIGHT].sea.row >= 0) return false;
    for (int f = 0; f + 1 < level->rows; f++) {
        if (!same_row(level, f)) return false;
    }
    return true;
}

/* The largest velocity in the state on `side` among the strings whose weights differ:
 *   free fermions       1
 *   near edge, ground   string 1 alone, (pi/2)(sin gamma/w_0) tanh: longer strings have no room
 *   up, down            bare velocities: sin gamma/sin(n_j gamma) <= 1 where they have a maximum at
 *                       finite rapidity, else sin gamma, as those of strings P-1 and P
 *   ceiling             strings P-1 and P, (pi/2) sin(gamma)/(pi - gamma) tanh, others not known
 * The last two for gamma = pi/P. */
static double fastest(const kz_level *level, int side)
{
    const kz_form *form = &level->fine.full->form;
    double gamma = M_PI / form->strings.P;
    if (form->closed) return INFINITY;
    if (level->rows == 1) return 1;
    if (kz_fillings_is_near_edge(&level->state[side], form)) return form->speed;
    if (form->strings.Q != 1) return INFINITY;
    switch (level->state[side].kind) {
    case KZ_STATE_UP:
    case KZ_STATE_DOWN:
        return only_last_row_differs(level) ? sin(gamma) : 1;
    case KZ_STATE_CEILING:
        return only_last_row_differs(level) ? 0.5 * M_PI * sin(gamma) / (M_PI - gamma) : INFINITY;
    case KZ_STATE_GROUND:
    case KZ_STATE_THERMAL:
        break;
    }
    return INFINITY;
}

bool kz_level_is_outside(int *side, const kz_level *level, double zeta)
{
    *side = zeta < 0 ? KZ_LEFT : KZ_RIGHT;
    return fabs(zeta) >= fastest(level, *side) * (1 - EDGE_ROUNDING);
}
