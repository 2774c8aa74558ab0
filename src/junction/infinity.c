/* Two charges: which roots lie at infinity, because a reservoir does. */
#include <math.h>

#include "core/chain.h"
#include "core/error.h"
#include "junction/internal.h"

static const char *name_of(int side) { return side == KZ_SIDE_LEFT ? "left" : "right"; }

/* Where (beta, mu) -> infinity leads to a pure state: along one line, or in a cone around the mu
 * axis, of polarised states. */
typedef struct {
    double beta, mu; /* the line, or (0, +-1) */
    bool cone;
} infinity_of;

static bool find_infinity(infinity_of *out, const kz_half *half)
{
    const kz_state *s = &half->reservoir;
    int spin = kz_half_spin(half);
    if (s->kind == KZ_STATE_THERMAL) return false;
    if (spin != 0) {
        *out = (infinity_of){0, spin, true};
    } else if (s->kind == KZ_STATE_CEILING) {
        *out = (infinity_of){-1, 0, false};
    } else {
        *out = (infinity_of){1, s->h, false};
    }
    return true;
}

bool kz_halves_share_infinity(const kz_half *left, const kz_half *right)
{
    infinity_of a, b;
    if (!find_infinity(&a, left) || !find_infinity(&b, right)) return false;
    if (a.cone && b.cone) return a.mu == b.mu;
    if (!a.cone && !b.cone) return a.beta == b.beta && a.mu == b.mu;
    const infinity_of *cone = a.cone ? &a : &b, *line = a.cone ? &b : &a;
    double delta = kz_chain_delta(a.cone ? left->chain : right->chain);
    double saturation = line->beta > 0 ? 1 + delta : 1 - delta;
    return cone->mu * line->mu >= saturation * fabs(line->beta);
}

kz_status kz_matching_check_blocked(const kz_matching *m, bool energy_blocked)
{
    bool spin_blocked = isinf(m->resistance[1]);
    for (int side = 0; side < 2; side++) {
        infinity_of at;
        if (!find_infinity(&at, &m->junction->half[side])) continue;
        bool spin = spin_blocked && (at.cone || energy_blocked);
        bool energy = energy_blocked && ((!at.cone && at.mu == 0) || spin_blocked);
        if (!spin && !energy) continue;
        return KZ_FAIL(KZ_EINVAL,
                       "%s resistance inf with a pure state in the %s reservoir: no current is "
                       "possible only at %s = infinity; a large finite resistance is accepted",
                       spin ? "spin" : "energy", name_of(side), spin ? "mu" : "beta");
    }
    return KZ_OK;
}

/* Beyond the largest |mu| of a thermal reservoir, where currents are e^{-15} or so. */
static const double INSULATED = 15;

static kz_status wall_stands_still(double mu)
{
    return KZ_FAIL(KZ_ENOROOT,
                   "perfect contact: a wall of spins at a half with |Delta| >= 1 stands still, no "
                   "current flows, and the edges would be at mu = %sinfinity",
                   mu < 0 ? "-" : "");
}

kz_status kz_matching_check_insulated(const kz_matching *m)
{
    double mu = -m->x[0][1], most = 0;
    bool lets_none_pass = false;
    for (int side = 0; side < 2; side++) {
        const kz_half *half = &m->junction->half[side];
        lets_none_pass = lets_none_pass || half->chain.kind == KZ_CHAIN_AXIAL;
        if (half->reservoir.kind == KZ_STATE_THERMAL) most = fmax(most, fabs(half->reservoir.mu));
    }
    if (!lets_none_pass || fabs(mu) <= most + INSULATED) return KZ_OK;
    return wall_stands_still(mu);
}

kz_status kz_junction_check_wall(const kz_junction *j)
{
    int spin[2] = {kz_half_spin(&j->half[0]), kz_half_spin(&j->half[1])};
    for (int side = 0; side < 2; side++)
        if (kz_chain_is_isotropic(j->half[side].chain) && spin[0] * spin[1] < 0)
            return wall_stands_still(spin[1 - side]);
    return KZ_OK;
}
