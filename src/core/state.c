/* Chains, stationary states and the edges of the energy band. */
#include <kapitza/state.h>

#include <math.h>

#include "core/error.h"

static const double pi = 3.14159265358979323846;

kz_chain kz_chain_xx(void) { return (kz_chain){.kind = KZ_CHAIN_XX, .P = 2}; }

kz_chain kz_chain_xxz(int P) { return (kz_chain){.kind = KZ_CHAIN_XXZ, .P = P}; }

kz_status kz_chain_check(kz_chain chain)
{
    if (chain.kind == KZ_CHAIN_XX) return KZ_OK;
    if (chain.kind != KZ_CHAIN_XXZ)
        return KZ_FAIL(KZ_EINVAL, "unknown kind of chain, %d", (int)chain.kind);
    if (chain.P < KZ_P_MIN || chain.P > KZ_P_MAX)
        return KZ_FAIL(KZ_EINVAL, "P = %d is outside %d ... %d", chain.P, KZ_P_MIN, KZ_P_MAX);
    return KZ_OK;
}

/* True for both ways of asking for free fermions. */
static bool is_free(kz_chain chain) { return chain.kind == KZ_CHAIN_XX || chain.P == 2; }

double kz_chain_delta(kz_chain chain)
{
    if (is_free(chain)) return 0.0;
    if (chain.P == 3) return 0.5;
    return cos(pi / chain.P);
}

kz_status kz_chain_from_delta(kz_chain *out, double delta)
{
    const double closeness = 1e-12;
    double real = delta < 1.0 ? pi / acos(fmax(delta, 0.0)) : KZ_P_MAX;
    int below = real < KZ_P_MAX ? (int)fmax(floor(real), KZ_P_MIN) : KZ_P_MAX;
    int above = below < KZ_P_MAX ? below + 1 : KZ_P_MAX;
    double low = kz_chain_delta(kz_chain_xxz(below)), high = kz_chain_delta(kz_chain_xxz(above));
    if (fabs(delta) <= closeness)
        *out = kz_chain_xx();
    else if (fabs(delta - low) <= closeness)
        *out = kz_chain_xxz(below);
    else if (fabs(delta - high) <= closeness)
        *out = kz_chain_xxz(above);
    else
        return KZ_FAIL(KZ_EINVAL,
                       "Delta = %.10g is not cos(pi/P), there is no Bethe ansatz for it here; "
                       "nearest supported: Delta = %.10g (P=%d) and %.10g (P=%d)",
                       delta, low, below, high, above);
    return KZ_OK;
}

/* sinh((pi-g) x) / (sinh(pi x) cosh(g x)) for x > 0, from decaying exponentials only. */
static double band_integrand(double x, double g)
{
    double rise = -expm1(-2.0 * (pi - g) * x);
    double fall = -expm1(-2.0 * pi * x) * (1.0 + exp(-2.0 * g * x));
    return 2.0 * exp(-2.0 * g * x) * rise / fall;
}

/* Positive half of the 16-point Gauss-Legendre rule on [-1, 1]. */
static const double gauss_node[8] = {
    0.0950125098376374402, 0.2816035507792589132, 0.4580167776572273863, 0.6178762444026437484,
    0.7554044083550030339, 0.8656312023878317439, 0.9445750230732325761, 0.9894009349916499326,
};
static const double gauss_weight[8] = {
    0.1894506104550684963, 0.1826034150449235889, 0.1691565193950025382, 0.1495959888165767321,
    0.1246289712555338720, 0.0951585116824927848, 0.0622535239386478929, 0.0271524594117540949,
};

static double band_integral_panel(double from, double to, double g)
{
    double centre = 0.5 * (from + to), half = 0.5 * (to - from), sum = 0.0;
    for (int i = 0; i < 8; i++) {
        double d = half * gauss_node[i];
        sum += gauss_weight[i] * (band_integrand(centre - d, g) + band_integrand(centre + d, g));
    }
    return half * sum;
}

/* Ground-state energy per bond of the chain with Delta = cos g, 0 < g < pi.
 * The integrand has poles at x = +-i, +-2i ... and +-i pi/2g ... and falls as exp(-2 g x): panels
 * doubling in length keep every pole far away on the panel's own scale (Bernstein ellipses of
 * parameter > 4, error below 4^-32) and reach the tail in few steps for every g. */
static double band_edge(double delta, double g)
{
    double sum = 0.0, last = 20.0 / g;
    for (double from = 0.0, to = 1.0; from < last; from = to, to *= 2.0)
        sum += band_integral_panel(from, to, g);
    return 0.25 * delta - sin(g) * sum;
}

double kz_chain_energy_min(kz_chain chain)
{
    if (is_free(chain)) return -1.0 / pi;
    return band_edge(kz_chain_delta(chain), pi / chain.P);
}

/* Turning every second spin by pi about z maps H(Delta) to -H(-Delta). */
double kz_chain_energy_max(kz_chain chain)
{
    if (is_free(chain)) return 1.0 / pi;
    return -band_edge(-kz_chain_delta(chain), pi - pi / chain.P);
}

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
