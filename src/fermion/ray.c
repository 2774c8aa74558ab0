/* State of the XX chain on a ray of a bipartition. */
#include <math.h>

#include "core/error.h"
#include "fermion/internal.h"

/* Modes faster than |zeta| in the ray's direction come from the far side; all others are those of
 * the near side, whose currents vanish.  So with q* = arcsin |zeta|, for zeta >= 0 (near = right)
 *     energy  = energy of near + int_{q*}^{pi/2} dq/2pi energy (n_far - n_near)
 *     current = int_{q*}^{pi/2} dq/2pi v energy (n_left - n_right)
 * summed over the two halves of the band; the same for zeta < 0 with near = left, since v changes
 * sign together with near and far.  Number for energy gives magnetization and spin current. */
kz_status kz_fermion_ray(kz_ray *out, const kz_state *left, const kz_state *right, double zeta)
{
    if (!out || !left || !right)
        return KZ_FAIL(KZ_EINVAL, "a state is missing, or nowhere to put the ray");
    if (isnan(zeta)) return KZ_FAIL(KZ_EDOMAIN, "the ray zeta = x/t is not a number");
    KZ_TRY(kz_state_check(left));
    KZ_TRY(kz_state_check(right));

    const kz_state *near = zeta < 0.0 ? left : right, *far = zeta < 0.0 ? right : left;
    double direction = zeta < 0.0 ? -1.0 : 1.0, edge = 0.5 * kz_pi;
    double cut = fabs(zeta) < 1.0 ? asin(fabs(zeta)) : edge;
    kz_moments slow = {0}, fast = {0}, incoming = {0};
    kz_moments_add(&slow, near, 0.0, cut);
    kz_moments_add(&fast, near, cut, edge);
    kz_moments_add(&incoming, far, cut, edge);

    double scale = 0.5 / kz_pi;
    *out = (kz_ray){.zeta = zeta, .err = kz_fermion_err, .status = KZ_OK};
    out->energy = scale * (2.0 * slow.energy + fast.energy + incoming.energy);
    out->magnetization = scale * (2.0 * slow.number + fast.number + incoming.number);
    out->energy_current = scale * direction * (incoming.energy_velocity - fast.energy_velocity);
    out->spin_current = scale * direction * (incoming.velocity - fast.velocity);
    return KZ_OK;
}
