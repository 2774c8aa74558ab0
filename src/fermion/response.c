#include "fermion/response.h"

#include <math.h>

#include "fermion/internal.h"

/* Integrals of v n(1 - n) times 1, energy, energy^2. */
typedef struct {
    double one, energy, energy2;
} fluctuations;

static void add_node(fluctuations *sum, const kz_half_band *band, double q, double weight)
{
    double e = exp(-fabs(kz_half_band_argument(band, q))), energy = -band->sign * cos(q);
    double w = weight * sin(q) * e / ((1 + e) * (1 + e));
    sum->one += w;
    sum->energy += w * energy;
    sum->energy2 += w * energy * energy;
}

static void add_half(fluctuations *sum, const kz_half_band *band)
{
    kz_panel panels[KZ_PANELS_MAX];
    size_t count = kz_half_band_panels(panels, band, 0, 0.5 * kz_pi);
    for (size_t p = 0; p < count; p++) {
        if (panels[p].frozen) continue; /* n(1 - n) = 0 to rounding */
        double middle = 0.5 * (panels[p].from + panels[p].to);
        double half = 0.5 * (panels[p].to - panels[p].from);
        for (int i = 0; i < KZ_GAUSS_PAIRS; i++) {
            add_node(sum, band, middle - half * kz_gauss_node[i], half * kz_gauss_weight[i]);
            add_node(sum, band, middle + half * kz_gauss_node[i], half * kz_gauss_weight[i]);
        }
    }
}

void kz_fermion_response(double response[2][2], const kz_state *thermal)
{
    fluctuations sum = {0};
    for (int half = 0; half < KZ_HALVES; half++) {
        kz_half_band band;
        kz_half_band_init(&band, thermal, half);
        if (band.thermal) add_half(&sum, &band);
    }
    double scale = 0.5 / kz_pi;
    response[0][0] = scale * sum.energy2;
    response[0][1] = response[1][0] = scale * sum.energy;
    response[1][1] = scale * sum.one;
}
