#include "junction/half.h"

#include <math.h>

#include "core/error.h"
#include "ghd/level.h"

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

static kz_state edge_state(const kz_half *half, double beta, double mu)
{
    if (mu != 0) return kz_state_thermal(beta, mu);
    if (!kz_state_has_magnetization(&half->reservoir) && beta == kz_half_reservoir_beta(half))
        return half->reservoir;
    if (beta >= BETA_LIMIT) return kz_state_ground(0);
    return beta <= -BETA_LIMIT ? kz_state_ceiling() : kz_state_thermal(beta, 0);
}

kz_status kz_half_bipartition(kz_bipartition **out, const kz_half *half, double beta, double mu,
                              const kz_options *options)
{
    kz_state edge = edge_state(half, beta, mu);
    bool left = half->side == KZ_SIDE_LEFT;
    return kz_bipartition_create(out, half->chain, left ? &half->reservoir : &edge,
                                 left ? &edge : &half->reservoir, options);
}

/* Equilibrium: zero by parity, where rounding would leave a current of either sign. */
static void silence(kz_ray *ray, const kz_half *half, const double x[2], int charges)
{
    if (charges == 1 && x[0] == kz_half_reservoir_beta(half)) ray->energy_current = 0;
}

kz_status kz_half_ray(kz_ray *out, const kz_half *half, const double x[2], int charges, double tol)
{
    kz_bipartition *bipartition;
    kz_options options = kz_options_default();
    options.tol = tol;
    const double zeta = 0;
    KZ_TRY(kz_half_bipartition(&bipartition, half, x[0], charges > 1 ? -x[1] : 0, &options));
    kz_status status = kz_bipartition_rays(out, bipartition, &zeta, 1, &options);
    kz_bipartition_free(bipartition);
    if (status != KZ_OK && status != KZ_ETOL) return status;
    silence(out, half, x, charges);
    return KZ_OK;
}

kz_status kz_half_edge(kz_ray *out, const kz_half *half, double beta, double tol)
{
    const double x[2] = {beta, 0};
    return kz_half_ray(out, half, x, 1, tol);
}

kz_status kz_half_respond(kz_edge *out, const kz_half *half, const double x[2], int charges,
                          double tol)
{
    kz_bipartition *bipartition;
    kz_options options = kz_options_default();
    options.tol = tol;
    KZ_TRY(kz_half_bipartition(&bipartition, half, x[0], charges > 1 ? -x[1] : 0, &options));
    int thermal = half->side == KZ_SIDE_LEFT ? KZ_RIGHT : KZ_LEFT;
    kz_status status = kz_edge_solve(out, bipartition, thermal, charges, &options);
    kz_bipartition_free(bipartition);
    if (status == KZ_OK) silence(&out->ray, half, x, charges);
    return status;
}

bool kz_half_is_free(const kz_half *half)
{
    return half->chain.kind == KZ_CHAIN_XX || half->chain.P == 2;
}

bool kz_half_is_even(const kz_half *half)
{
    const kz_state *s = &half->reservoir;
    bool polarised = s->kind == KZ_STATE_UP || s->kind == KZ_STATE_DOWN ||
                     (s->kind == KZ_STATE_GROUND && fabs(s->h) >= 1);
    return kz_half_is_free(half) && (polarised || (s->kind == KZ_STATE_THERMAL && s->beta == 0));
}

bool kz_halves_are_inverse(const kz_half *left, const kz_half *right)
{
    const kz_state *a = &left->reservoir, *b = &right->reservoir;
    if (!kz_half_is_free(left) || !kz_half_is_free(right)) return false;
    if (a->kind == KZ_STATE_THERMAL && b->kind == KZ_STATE_THERMAL)
        return a->beta == -b->beta && a->mu == b->mu;
    return (a->kind == KZ_STATE_CEILING && b->kind == KZ_STATE_GROUND && b->h == 0) ||
           (b->kind == KZ_STATE_CEILING && a->kind == KZ_STATE_GROUND && a->h == 0);
}
