#include "junction/half.h"

#include <math.h>

#include "core/error.h"
#include "ghd/edge/emission.h"
#include "ghd/level/level.h"

const double kz_half_beta_limit = 1e6;

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
    if (beta >= kz_half_beta_limit) return kz_state_ground(0);
    return beta <= -kz_half_beta_limit ? kz_state_ceiling() : kz_state_thermal(beta, 0);
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

kz_status kz_half_open(kz_edge_work **out, const kz_half *half, int charges)
{
    int thermal = half->side == KZ_SIDE_LEFT ? KZ_RIGHT : KZ_LEFT;
    return kz_edge_work_create(out, half->chain, &half->reservoir, thermal, charges);
}

/* Distance in beta up to which a current follows from responses. */
static const double CLOSE = 1e-3;

static kz_status solve(kz_edge *out, const kz_half *half, kz_edge_work *work, const double x[2],
                       int charges, double tol)
{
    kz_state state = edge_state(half, x[0], charges > 1 ? -x[1] : 0);
    KZ_TRY(kz_edge_solve(out, work, &state, tol));
    silence(&out->ray, half, x, charges);
    return KZ_OK;
}

/* Close to the reservoir the current is a difference of nearly equal numbers.  The response, whose
 * integral it is, keeps its digits; Simpson's rule is good to |A''''| d^5/2880. */
static kz_status sharpen(kz_edge *edge, const kz_half *half, kz_edge_work *work, double beta,
                         double tol)
{
    double own = kz_half_reservoir_beta(half), d = beta - own;
    if (!(fabs(d) <= CLOSE) || d == 0) return KZ_OK;
    const double start[2] = {own, 0}, middle[2] = {own + 0.5 * d, 0};
    kz_edge first, second;
    KZ_TRY(solve(&first, half, work, start, 1, tol));
    KZ_TRY(solve(&second, half, work, middle, 1, tol));
    double A[3] = {first.response[0][0], second.response[0][0], edge->response[0][0]};
    double current = (A[0] + 4 * A[1] + A[2]) / 6 * d;
    double size = fmax(A[0], fabs(A[2] - A[0]) / fabs(d)), rule = size * pow(d, 4);
    double responses = fmax(first.response_err[0][0], second.response_err[0][0]);
    responses = fmax(responses, edge->response_err[0][0]);
    double err = fabs(d) * (responses + rule) + 4e-16 * fabs(current);
    if (err >= edge->current_err[0]) return KZ_OK;
    edge->ray.energy_current = half->side == KZ_SIDE_LEFT ? current : -current;
    edge->current_err[0] = err;
    return KZ_OK;
}

kz_status kz_half_solve(kz_edge *out, const kz_half *half, kz_edge_work *work, const double x[2],
                        int charges, double tol)
{
    kz_edge edge;
    KZ_TRY(solve(&edge, half, work, x, charges, tol));
    if (charges == 1) KZ_TRY(sharpen(&edge, half, work, x[0], tol));
    *out = edge;
    return KZ_OK;
}

kz_status kz_half_open_current(kz_edge_work **out, const kz_half *half)
{
    KZ_TRY(kz_half_open(out, half, 1));
    kz_edge_work_keep_digits(*out);
    kz_edge_work_ask_current(*out);
    return KZ_OK;
}

kz_status kz_half_current(double *current, double *err, const kz_half *half, kz_edge_work *work,
                          double beta, double tol)
{
    const double x[2] = {beta, 0};
    kz_edge edge;
    KZ_TRY(solve(&edge, half, work, x, 1, tol));
    *current = edge.ray.energy_current;
    *err = edge.current_err[0];
    return KZ_OK;
}

kz_status kz_half_edge(kz_ray *out, const kz_half *half, double beta, double tol)
{
    const double x[2] = {beta, 0};
    kz_edge_work *work;
    kz_edge edge;
    KZ_TRY(kz_half_open(&work, half, 1));
    kz_edge_work_keep_digits(work);
    kz_status status = solve(&edge, half, work, x, 1, tol);
    kz_edge_work_free(work);
    if (status == KZ_OK) *out = edge.ray;
    return status;
}

int kz_half_spin(const kz_half *half) { return kz_state_spin(&half->reservoir, half->chain); }

bool kz_half_keeps_digits(const kz_half *half)
{
    const kz_state *s = &half->reservoir;
    if (kz_half_spin(half) != 0) return true;
    bool pure = s->kind == KZ_STATE_CEILING || (s->kind == KZ_STATE_GROUND && s->h == 0);
    return pure && half->chain.kind == KZ_CHAIN_XX;
}

bool kz_half_is_free(const kz_half *half) { return kz_chain_is_free(half->chain); }

bool kz_half_is_even(const kz_half *half)
{
    const kz_state *s = &half->reservoir;
    bool polarised = kz_half_spin(half) != 0;
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
