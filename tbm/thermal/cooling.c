/* Coolings side by side, and what their differences say. */
#include "tbm/thermal/cooling.h"

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

/* Beyond the leading order, of the correction: the square of the step (0.2 at most is usual); and
 * of rounding. */
static const double NEXT_ORDER = 0.05, ROUNDING = 1e-12;

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

/* While it is hot a state has few Schmidt values worth keeping. */
static size_t chi_at(const kz_cooling *c, int k)
{
    double share = 0.5 + 0.1 * fabs(c->cell[k]->beta);
    return share < 1.0 ? (size_t)ceil(share * (double)c->chi[k]) : c->chi[k];
}

static kz_status cool(kz_cooling *c, int k, double step)
{
    return kz_cell_cool(c->cell[k], step, 1, chi_at(c, k));
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

/* Takes the correction out; the rest of the error is the truncation of the fine cooling and what
 * the correction does not know. */
static void correct(kz_cooled *out, int half, const numbers correction)
{
    numbers zero = {0.0};
    for (int k = 0; k < KZ_DENSITY_SIZE; k++) {
        out->rho[half][k] -= correction[k];
        out->narrow[half][k] -= correction[k];
    }
    out->rest[half] = NEXT_ORDER * kz_thermal_distance_bound(correction, zero) + ROUNDING;
    out->err[half] = kz_thermal_distance_bound(out->rho[half], out->narrow[half]) + out->rest[half];
}

kz_status kz_cooling_advance(kz_cooled *out, double *before, kz_cooling *c)
{
    numbers coarse, now, middle;
    for (int half = 0; half < 2; half++) {
        KZ_TRY(cool(c, KZ_FINE, c->step));
        KZ_TRY(cool(c, KZ_NARROW, c->step));
        if (!out) continue;
        KZ_TRY(measure(out->rho[half], c->cell[KZ_FINE]));
        KZ_TRY(measure(out->narrow[half], c->cell[KZ_NARROW]));
    }
    KZ_TRY(cool(c, KZ_COARSE, 2.0 * c->step));
    if (!out) return KZ_OK;
    KZ_TRY(measure(coarse, c->cell[KZ_COARSE]));
    for (int k = 0; k < KZ_DENSITY_SIZE; k++) {
        now[k] = (coarse[k] - out->narrow[1][k]) / ORDER;
        middle[k] = 0.5 * (now[k] + before[k]);
    }
    correct(out, 0, middle);
    correct(out, 1, now);
    memcpy(before, now, sizeof now);
    return KZ_OK;
}
