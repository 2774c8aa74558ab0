/* States of one side of beta = 0. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/thermal/cooling.h"
#include "tbm/thermal/table.h"

static const double PI = 3.14159265358979323846;

/* |beta| v of the last states, v the velocity of the excitations next to the edge: so cold that
 * their energy finds the edge.  Truncation errors grow with |beta|. */
static const double COLD = 24.0, LEAST_REACH = 20.0, MOST_REACH = 80.0;

/* |beta| of the last states of a ferromagnet whose magnons have no gap, and no velocity. */
static const double MAGNONS_REACH = 40.0;

/* Steps, in units of the one asked for: the colder, the closer are states in energy, and the error
 * of the step is no concern (cooling.h). */
static double step_at(double beta, double step)
{
    const double rounding = 1e-9;
    return beta < 2.0 - rounding ? 0.5 * step : beta < 4.0 - rounding ? step : 2.0 * step;
}

/* States beyond what is asked for, so that interpolation has them on both sides. */
enum { BEYOND = 8 };

/* v = (pi/2) sin gamma / gamma at the lower edge, gamma becomes pi - gamma at the upper one; beyond
 * delta = 1 gamma is imaginary.  A ferromagnet with a gap is left by pairs of walls, of energy
 * sinh(phi): that stands for the velocity. */
static double velocity_at(double delta, int sign)
{
    double d = sign * delta;
    if (d == -1) return COLD / MAGNONS_REACH;
    if (d < -1) return 0.5 * sinh(acosh(-d));
    if (d == 1) return 0.5 * PI;
    if (d > 1) return 0.5 * PI * sinh(acosh(d)) / acosh(d);
    return 0.5 * PI * sin(acos(d)) / acos(d);
}

double kz_thermal_side_reach(double delta, int sign)
{
    return fmin(fmax(COLD / velocity_at(delta, sign), LEAST_REACH), MOST_REACH);
}

void kz_thermal_side_free(kz_thermal_side *side)
{
    kz_free(side->beta);
    kz_free(side->rest);
    kz_free(side->state);
    kz_free(side->narrow);
    *side = (kz_thermal_side){0};
}

static kz_status allocate(kz_thermal_side *side, size_t room)
{
    void *memory = NULL;
    side->room = room;
    KZ_TRY(kz_alloc_doubles(&side->beta, room));
    KZ_TRY(kz_alloc_doubles(&side->rest, room));
    KZ_TRY(kz_alloc(&memory, room, sizeof *side->state));
    side->state = memory;
    KZ_TRY(kz_alloc(&memory, room, sizeof *side->narrow));
    side->narrow = memory;
    return KZ_OK;
}

/* Spins turned are the same state: both are averaged; where delta = 1, turned about any axis. */
static kz_correlations read_packed(const double *rho, double delta)
{
    double edge = 0.5 * (rho[0] + rho[19]), first = 0.5 * (rho[1] + rho[10]);
    double middle = 0.5 * (rho[2] + rho[11]), last = 0.5 * (rho[3] + rho[12]);
    double xx1 = 0.25 * (rho[4] + rho[8] + rho[13] + rho[17]), xx2 = 0.5 * (rho[6] + rho[15]);
    double zz1 = 0.5 * (edge - middle), zz2 = 0.5 * (edge - first + middle - last);
    double energy = 2.0 * xx1 + delta * zz1;
    if (delta == 1.0) {
        zz1 = energy / 3;
        xx2 = zz2 = (2 * xx2 + zz2) / 3;
    }
    return (kz_correlations){energy, {zz1, xx2, zz2}};
}

static void append(kz_thermal_side *side, const kz_cooled *cooled, const kz_cooling *cooling,
                   double delta)
{
    for (int half = 0; half < 2; half++) {
        size_t k = side->count++;
        side->beta[k] = cooling->cell[KZ_FINE]->beta - (1 - half) * cooling->step;
        side->rest[k] = cooled->rest[half];
        side->state[k] = read_packed(cooled->rho[half], delta);
        side->narrow[k] = read_packed(cooled->narrow[half], delta);
    }
}

/* BEYOND states lie outside of the limit. */
static bool is_far_enough(const kz_thermal_side *side, double limit)
{
    if (side->count < BEYOND) return false;
    double energy = side->state[side->count - BEYOND].energy;
    return side->sign > 0 ? energy < limit : energy > limit;
}

/* Pairs of steps to the largest |beta|. */
static size_t pairs_of(double delta, int sign, double step)
{
    double reach = kz_thermal_side_reach(delta, sign);
    size_t pairs = 0;
    for (double beta = 0.0; beta < reach; beta += 2.0 * step_at(beta, step))
        pairs++;
    return pairs;
}

kz_status kz_thermal_side_build(kz_thermal_side *side, double delta, double limit,
                                const kz_thermal_params *params, kz_progress *progress)
{
    kz_cooling cooling;
    kz_cooled cooled;
    double before[KZ_DENSITY_SIZE] = {0.0};
    size_t pairs = pairs_of(delta, side->sign, params->step);
    size_t most = 2 * (pairs + pairs_of(delta, -side->sign, params->step));
    KZ_TRY(allocate(side, 2 * pairs));
    KZ_TRY(kz_cooling_create(&cooling, delta, 0.0, side->sign * params->step, params->chi));
    kz_status status = KZ_OK;
    while (status == KZ_OK && side->count < side->room && !is_far_enough(side, limit)) {
        double beta = fabs(cooling.cell[KZ_FINE]->beta);
        cooling.step = side->sign * step_at(beta, params->step);
        status = kz_cooling_advance(&cooled, before, &cooling);
        if (status != KZ_OK) break;
        append(side, &cooled, &cooling, delta);
        kz_progress_add(progress, 2, most);
        if (kz_progress_is_cancelled(progress))
            status = KZ_FAIL(KZ_ECANCELLED, "stopped before %zu states were made", most);
    }
    kz_cooling_free(&cooling);
    return status;
}
