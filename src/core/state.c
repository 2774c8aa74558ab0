/* Stationary states. */
#include <kapitza/state.h>

#include <math.h>

#include "core/error.h"

kz_state kz_state_thermal(double beta, double mu)
{
    return (kz_state){.kind = KZ_STATE_THERMAL, .beta = beta, .mu = mu};
}

kz_state kz_state_ground(double h) { return (kz_state){.kind = KZ_STATE_GROUND, .h = h}; }

kz_state kz_state_ceiling(void) { return (kz_state){.kind = KZ_STATE_CEILING}; }

kz_state kz_state_up(void) { return (kz_state){.kind = KZ_STATE_UP}; }

kz_state kz_state_down(void) { return (kz_state){.kind = KZ_STATE_DOWN}; }

kz_status kz_state_check(const kz_state *state)
{
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        if (isfinite(state->beta) && isfinite(state->mu)) return KZ_OK;
        return KZ_FAIL(KZ_EINVAL, "thermal state with beta = %.15g, mu = %.15g", state->beta,
                       state->mu);
    case KZ_STATE_GROUND:
        if (isfinite(state->h)) return KZ_OK;
        return KZ_FAIL(KZ_EINVAL, "ground state in a field h = %.15g", state->h);
    case KZ_STATE_CEILING:
    case KZ_STATE_UP:
    case KZ_STATE_DOWN:
        return KZ_OK;
    }
    return KZ_FAIL(KZ_EINVAL, "unknown kind of state, %d", (int)state->kind);
}

bool kz_state_has_magnetization(const kz_state *state)
{
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        return state->mu != 0.0;
    case KZ_STATE_GROUND:
        return state->h != 0.0;
    case KZ_STATE_CEILING:
        return false;
    case KZ_STATE_UP:
    case KZ_STATE_DOWN:
        break;
    }
    return true;
}
