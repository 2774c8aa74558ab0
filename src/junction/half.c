#include "junction/half.h"

#include <math.h>

#include "core/error.h"

/* At |beta| = 1e6 currents differ from those of the limit by pi T^2/12 ~ 3e-13. */
static const double BETA_LIMIT = 1e6;

double kz_half_beta(double x)
{
    if (x >= 1) return INFINITY;
    return x <= -1 ? -INFINITY : x / (1 - fabs(x));
}

double kz_half_scale(double beta)
{
    return isinf(beta) ? copysign(1, beta) : beta / (1 + fabs(beta));
}

double kz_half_reservoir_beta(const kz_half *half)
{
    if (half->reservoir.kind == KZ_STATE_THERMAL) return half->reservoir.beta;
    return half->reservoir.kind == KZ_STATE_CEILING ? -INFINITY : INFINITY;
}

double kz_half_beta_at(const kz_half *half, double x)
{
    double own = kz_half_reservoir_beta(half);
    return x == kz_half_scale(own) ? own : kz_half_beta(x);
}

static kz_state edge_state(const kz_half *half, double beta)
{
    if (beta == kz_half_reservoir_beta(half)) return half->reservoir;
    if (beta >= BETA_LIMIT) return kz_state_ground(0);
    return beta <= -BETA_LIMIT ? kz_state_ceiling() : kz_state_thermal(beta, 0);
}

kz_status kz_half_bipartition(kz_bipartition **out, const kz_half *half, double beta,
                              const kz_options *options)
{
    kz_state edge = edge_state(half, beta);
    bool left = half->side == KZ_SIDE_LEFT;
    return kz_bipartition_create(out, half->chain, left ? &half->reservoir : &edge,
                                 left ? &edge : &half->reservoir, options);
}

kz_status kz_half_edge(kz_ray *out, const kz_half *half, double beta, double tol)
{
    kz_bipartition *bipartition;
    kz_options options = kz_options_default();
    options.tol = tol;
    const double zeta = 0;
    KZ_TRY(kz_half_bipartition(&bipartition, half, beta, &options));
    kz_status status = kz_bipartition_rays(out, bipartition, &zeta, 1, &options);
    kz_bipartition_free(bipartition);
    if (status != KZ_OK && status != KZ_ETOL) return status;
    /* equilibrium: zero by parity, where rounding would leave a current of either sign */
    if (beta == kz_half_reservoir_beta(half)) out->energy_current = 0;
    return KZ_OK;
}
