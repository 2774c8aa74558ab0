/* Which states and places belong to a quench. */
#include <math.h>

#include <kapitza/overlay.h>

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

double kz_overlay_position(kz_quench_kind initial, kz_run_quantity quantity, long n)
{
    bool on_site = quantity == KZ_RUN_MAGNETIZATION || quantity == KZ_RUN_ENERGY_CURRENT_LINK;
    double site = (double)n, origin = initial == KZ_QUENCH_ENERGY ? 1.0 : 0.5;
    return (on_site ? site : site + 0.5) - origin;
}

void kz_overlay_states(kz_state *left, kz_state *right, kz_quench_kind initial)
{
    bool energy = initial == KZ_QUENCH_ENERGY;
    *left = energy ? kz_state_ceiling() : kz_state_up();
    *right = energy ? kz_state_ground(0.0) : kz_state_down();
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

double kz_overlay_speed(kz_chain chain, kz_quench_kind initial, kz_side side)
{
    double gamma = kz_chain_gamma(chain);
    if (initial != KZ_QUENCH_ENERGY) return sin(gamma);
    if (side == KZ_SIDE_LEFT) return speed_into_ceiling(gamma);
    return pi / 2 * sin(gamma) / gamma;
}
