/* How far data are from a line. */
#include <math.h>

#include "analysis/overlay_internal.h"

/* Open ends disturb the bonds beside them, in the initial state already. */
static const double END_PART = 1.0 / 20.0;

/* Whether the value at x counts. */
static bool compared(const kz_overlay *overlay, double x, double t, double cone)
{
    double length = (double)overlay->length, far = fabs(x);
    double v = overlay->speed[x < 0.0 ? KZ_SIDE_LEFT : KZ_SIDE_RIGHT];
    return far <= cone * v * t && far <= (0.5 - END_PART) * length && far < length - v * t;
}

kz_overlay_deviation kz_overlay_compare(const kz_overlay *overlay, const double *value,
                                        const kz_ray *rays, kz_run_quantity quantity, double t,
                                        double cone)
{
    kz_overlay_deviation out = {.largest = NAN, .mean = NAN};
    double sum = 0.0, largest = -1.0;
    for (size_t i = 0; i < overlay->length; i++) {
        long n = (long)i - (long)(overlay->length / 2) + 1;
        double x = kz_overlay_position(&overlay->setup, quantity, n);
        double d = fabs(value[i] - kz_overlay_value(&rays[i], quantity));
        if (isnan(d) || !compared(overlay, x, t, cone)) continue;
        out.count++;
        sum += d;
        if (d <= largest) continue;
        largest = d;
        out.n_at_largest = n;
    }
    if (out.count == 0) return out;
    out.largest = largest;
    out.mean = sum / (double)out.count;
    return out;
}
