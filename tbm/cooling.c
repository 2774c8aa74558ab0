/* Coolings side by side, and what their differences say. */
#include "tbm/cooling.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/density.h"

/* Schmidt values of the narrow coolings: the error falls tenfold and more from here to 1. */
static const double NARROW = 0.625;

/* Below this many both coolings would be the same. */
enum { LEAST_CHI = 8 };

/* An error of the step of order four, from steps s and 2s. */
static const double ORDER = 15.0;

/* Beyond the leading order, of the correction; and of rounding. */
static const double NEXT_ORDER = 0.1, ROUNDING = 1e-12;

kz_status kz_cooling_create(kz_cooling *out, double delta, double mu, double step, size_t chi)
{
    size_t narrow = (size_t)(NARROW * (double)chi);
    *out = (kz_cooling){.step = step};
    for (int k = 0; k < KZ_COOLINGS; k++) {
        out->chi[k] = k == KZ_FINE ? chi : narrow < LEAST_CHI ? LEAST_CHI : narrow;
        kz_status status = kz_cell_create(&out->cell[k], delta, mu);
        if (status == KZ_OK) continue;
        kz_cooling_free(out);
        return status;
    }
    return KZ_OK;
}

void kz_cooling_free(kz_cooling *cooling)
{
    for (int k = 0; k < KZ_COOLINGS; k++)
        kz_cell_free(cooling->cell[k]);
    *cooling = (kz_cooling){0};
}

static kz_status measure(double *packed, const kz_cell *cell)
{
    double complex rho[8][8];
    double spread;
    KZ_TRY(kz_cell_density(rho, &spread, cell));
    kz_density_pack(packed, rho);
    return KZ_OK;
}

typedef double numbers[KZ_DENSITY_SIZE];

static kz_status measure_pair(numbers fine, numbers narrow, const kz_cooling *c)
{
    KZ_TRY(measure(fine, c->cell[KZ_FINE]));
    return measure(narrow, c->cell[KZ_NARROW]);
}

/* Takes the correction out; the rest of the error is the truncation of `fine` and what the
 * correction does not know. */
static void correct(double *rho, double *err, const numbers fine, const numbers narrow,
                    const numbers correction)
{
    numbers zero = {0.0};
    for (int k = 0; k < KZ_DENSITY_SIZE; k++)
        rho[k] = fine[k] - correction[k];
    *err = kz_thermal_distance_bound(fine, narrow) +
           NEXT_ORDER * kz_thermal_distance_bound(correction, zero) + ROUNDING;
}

kz_status kz_cooling_advance(kz_cooled *out, double *before, kz_cooling *c)
{
    numbers fine[2], narrow[2], coarse, now, middle;
    for (int half = 0; half < 2; half++) {
        KZ_TRY(kz_cell_cool(c->cell[KZ_FINE], c->step, 1, c->chi[KZ_FINE]));
        KZ_TRY(kz_cell_cool(c->cell[KZ_NARROW], c->step, 1, c->chi[KZ_NARROW]));
        if (out) KZ_TRY(measure_pair(fine[half], narrow[half], c));
    }
    KZ_TRY(kz_cell_cool(c->cell[KZ_COARSE], 2.0 * c->step, 1, c->chi[KZ_COARSE]));
    if (!out) return KZ_OK;
    KZ_TRY(measure(coarse, c->cell[KZ_COARSE]));
    for (int k = 0; k < KZ_DENSITY_SIZE; k++) {
        now[k] = (coarse[k] - narrow[1][k]) / ORDER;
        middle[k] = 0.5 * (now[k] + before[k]);
    }
    correct(out->rho[0], &out->err[0], fine[0], narrow[0], middle);
    correct(out->rho[1], &out->err[1], fine[1], narrow[1], now);
    memcpy(before, now, sizeof now);
    return KZ_OK;
}
