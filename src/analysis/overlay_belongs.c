/* Which states and places belong to a quench. */
#include <math.h>

#include <kapitza/overlay.h>

#include "core/error.h"

static const double pi = 3.14159265358979323846;

bool kz_overlay_has(kz_run_quantity quantity)
{
    return quantity == KZ_RUN_ENERGY || quantity == KZ_RUN_ENERGY_CURRENT ||
           quantity == KZ_RUN_MAGNETIZATION || quantity == KZ_RUN_SPIN_CURRENT;
}

double kz_overlay_value(const kz_ray *ray, kz_run_quantity quantity)
{
    switch (quantity) {
    case KZ_RUN_ENERGY:
        return ray->energy;
    case KZ_RUN_ENERGY_CURRENT:
    case KZ_RUN_ENERGY_CURRENT_LINK:
        return ray->energy_current;
    case KZ_RUN_MAGNETIZATION:
        return ray->magnetization;
    case KZ_RUN_SPIN_CURRENT:
        return ray->spin_current;
    case KZ_RUN_ENTROPY:
    case KZ_RUN_BOND_DIMENSION:
    case KZ_RUN_TRUNCATION:
    case KZ_RUN_QUANTITIES:
        break;
    }
    return NAN;
}

/* Whether what differs are spins, between site 0 and site 1, and not the energies of bonds. */
static bool differs_in_spins(const kz_run_setup *s)
{
    const kz_state *left = &s->left_state, *right = &s->right_state;
    if (s->initial == KZ_QUENCH_THERMAL)
        return left->kind == KZ_STATE_UP || left->kind == KZ_STATE_DOWN ||
               (left->kind == KZ_STATE_THERMAL && left->beta == right->beta);
    return s->initial != KZ_QUENCH_ENERGY;
}

double kz_overlay_position(const kz_run_setup *setup, kz_run_quantity quantity, long n)
{
    bool on_site = quantity == KZ_RUN_MAGNETIZATION || quantity == KZ_RUN_ENERGY_CURRENT_LINK;
    double site = (double)n, origin = differs_in_spins(setup) ? 0.5 : 1.0;
    return (on_site ? site : site + 0.5) - origin;
}

kz_status kz_overlay_states(kz_state *left, kz_state *right, const kz_run_setup *s)
{
    switch (s->initial) {
    case KZ_QUENCH_ENERGY:
        *left = kz_state_ceiling();
        *right = kz_state_ground(0.0);
        return KZ_OK;
    case KZ_QUENCH_DOMAIN_WALL:
        *left = kz_state_up();
        *right = kz_state_down();
        return KZ_OK;
    case KZ_QUENCH_THERMAL:
        *left = s->left_state;
        *right = s->right_state;
        return KZ_OK;
    case KZ_QUENCH_NEEL:
    case KZ_QUENCH_PRODUCT:
        break;
    }
    return KZ_FAIL(KZ_EINVAL, "no GHD line begins with a product state other than a domain wall");
}

bool kz_overlay_has_junction(const kz_run_setup *setup)
{
    kz_state left, right;
    bool equal = kz_run_same_number(setup->delta_left, setup->delta_right);
    return kz_overlay_states(&left, &right, setup) == KZ_OK &&
           (!equal || kz_run_has_couplings(setup)) && !kz_state_has_magnetization(&left) &&
           !kz_state_has_magnetization(&right);
}

/* Above its ground state, -H has spinons of velocity v = (pi/2) sin g/(pi - g) and, for g < pi/2,
 * bound states of energy (2v/sin y) sin(k/2) sqrt(1 - cos^2 y cos^2(k/2)), y = (pi/2) g/(pi - g)
 * for the lightest (johnson1973), which are faster: with r = cot^2 y and u = sin^2(k/2) the
 * velocity v sqrt(1 - u) (1 + 2ru)/sqrt(1 + ru) is largest at 4ru = r - 3 + sqrt((r + 1)(r + 5)).
 * The tests compare it with where the profiles leave their reservoir. */
static double speed_into_ceiling(double gamma)
{
    double spinon = pi / 2 * sin(gamma) / (pi - gamma), y = pi / 2 * gamma / (pi - gamma);
    double r = 1.0 / (tan(y) * tan(y));
    if (3.0 * r <= 1.0) return spinon; /* free fermions */
    double u = (r - 3.0 + sqrt((r + 1.0) * (r + 5.0))) / (4.0 * r);
    return spinon * sqrt((1.0 - u) / (1.0 + r * u)) * (1.0 + 2.0 * r * u);
}

/* Of spinons of the chain with a gap, (K/pi) sinh(phi) sqrt(1 - k^2 cos^2 p) at the modulus k with
 * K'/K = phi/pi: at most (K/pi) sinh(phi) (1 - k') = sinh(phi)/2 (theta_3^2 - theta_4^2) at the
 * nome e^{-phi} (johnson1973); pi/2 to 2. */
static double speed_with_gap(double delta)
{
    double phi = acosh(delta), difference = 0, sum = 2, last = 40 / phi;
    if (delta == 1) return pi / 2;
    for (int n = 1; n * n < last; n++)
        *(n % 2 ? &difference : &sum) += 4 * exp(-n * n * phi);
    return 0.5 * sinh(phi) * difference * sum;
}

/* Antiferromagnets have spinons, ferromagnets magnons, Delta - cos p; the sign of energies turns
 * one into the other. */
static double axial_speed(double delta, const kz_state *state)
{
    bool turned = delta < 0, top = state->kind == KZ_STATE_CEILING;
    bool polarised = state->kind == KZ_STATE_UP || state->kind == KZ_STATE_DOWN;
    return polarised || top != turned ? 1 : speed_with_gap(fabs(delta));
}

double kz_overlay_speed(kz_chain chain, const kz_state *state)
{
    double gamma = kz_chain_gamma(chain);
    if (chain.kind == KZ_CHAIN_AXIAL) return axial_speed(chain.delta, state);
    if (state->kind == KZ_STATE_UP || state->kind == KZ_STATE_DOWN) return sin(gamma);
    if (state->kind == KZ_STATE_CEILING) return speed_into_ceiling(gamma);
    return pi / 2 * sin(gamma) / gamma;
}
