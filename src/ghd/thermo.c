#include <kapitza/fermion.h>
#include <kapitza/thermo.h>

#include <math.h>

#include "core/error.h"
#include "tba/equilibrium.h"
#include "tba/fillings.h"

/* States without entropy: pure eigenstates, every fluctuation vanishes. */
static kz_thermo pure_state(double beta, double mu, double energy, double magnetization)
{
    return (kz_thermo){.beta = beta,
                       .mu = mu,
                       .ln_z = NAN,
                       .free_energy = NAN,
                       .energy = energy,
                       .magnetization = magnetization,
                       .err = 4e-15};
}

static kz_status ground_state(kz_thermo *out, kz_chain chain, double h, double tol)
{
    double size = fabs(h), sign = h < 0 ? -1 : 1;
    kz_status status = KZ_OK;
    if (h == 0) {
        *out = pure_state(INFINITY, 0, kz_chain_energy_min(chain), 0);
    } else if (size >= kz_saturation_field(chain)) {
        *out = pure_state(INFINITY, sign * INFINITY, 0.25 * kz_chain_delta(chain), 0.5 * sign);
    } else {
        kz_ground_field ground;
        status = kz_ground_field_solve(&ground, chain, size, tol);
        if (status != KZ_OK && status != KZ_ETOL) return status;
        *out = pure_state(INFINITY, sign * INFINITY, ground.energy, sign * ground.magnetization);
        out->err = ground.err;
    }
    out->free_energy = out->energy - h * out->magnetization;
    return status;
}

/* Turning every second spin maps Delta to -Delta and beta to -beta. */
static void turn(kz_thermo *t)
{
    t->beta = -t->beta;
    t->free_energy = -t->free_energy;
    t->energy = -t->energy;
    t->magnetization_beta = -t->magnetization_beta;
    t->drude_cross = -t->drude_cross;
}

static kz_status thermal(kz_thermo *out, kz_chain chain, double beta, double mu, double tol)
{
    if (chain.kind != KZ_CHAIN_AXIAL || chain.delta > 0)
        return kz_equilibrium(out, chain, beta, mu, tol);
    kz_status status = kz_equilibrium(out, kz_chain_axial(-chain.delta), -beta, mu, tol);
    if (status == KZ_OK || status == KZ_ETOL) turn(out);
    return status;
}

kz_status kz_thermo_compute(kz_thermo *out, kz_chain chain, const kz_state *state, double tol)
{
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_state_check(state));
    if (!(tol >= 1e-13 && tol <= 1e-2))
        return KZ_FAIL(KZ_EINVAL, "tol = %.15g: accepted 1e-13 ... 1e-2", tol);
    if (chain.kind == KZ_CHAIN_XX) return kz_fermion_thermo(out, state);
    double polarised = 0.25 * kz_chain_delta(chain);
    switch (state->kind) {
    case KZ_STATE_THERMAL:
        return thermal(out, chain, state->beta, state->mu, tol);
    case KZ_STATE_GROUND:
        return ground_state(out, chain, state->h, tol);
    case KZ_STATE_CEILING:
        *out = pure_state(-INFINITY, 0, kz_chain_energy_max(chain), 0);
        return KZ_OK;
    case KZ_STATE_UP:
        *out = pure_state(NAN, INFINITY, polarised, 0.5);
        return KZ_OK;
    case KZ_STATE_DOWN:
        *out = pure_state(NAN, -INFINITY, polarised, -0.5);
        return KZ_OK;
    }
    return KZ_FAIL(KZ_EINVAL, "unknown kind of state, %d", (int)state->kind);
}
