/* A thermal state with an estimate of its error: three coolings at once; internal. */
#ifndef KZ_TBM_THERMAL_COOLING_H
#define KZ_TBM_THERMAL_COOLING_H

#include <kapitza/thermal.h>

#include "tbm/thermal/cell.h"

/* Coolings of one chain: `fine`; with fewer Schmidt values; with fewer and twice the step.  The
 * second less the first is an upper bound on what truncation does to the first, and the third less
 * the second fifteen times the error of the step. */
enum { KZ_FINE, KZ_NARROW, KZ_COARSE, KZ_COOLINGS };

typedef struct {
    kz_cell *cell[KZ_COOLINGS];
    size_t chi[KZ_COOLINGS];
    double step; /* of the first two; of either sign */
} kz_cooling;

/* At beta = 0. */
KZ_CHECK_RESULT kz_status kz_cooling_create(kz_cooling *out, double delta, double mu, double step,
                                            size_t chi);
void kz_cooling_free(kz_cooling *cooling);

/* Packed densities after one step and after two, the error of the step taken out: of the fine
 * cooling and of the narrow one. */
typedef struct {
    double rho[2][KZ_DENSITY_SIZE], narrow[2][KZ_DENSITY_SIZE];
    double err[2];  /* of rho; as in kz_thermal_triple */
    double rest[2]; /* the part of it that is not the distance of the two coolings */
} kz_cooled;

/* Two steps on.
 *  before  correction of the step found by the call before, [KZ_DENSITY_SIZE]; zero at beta = 0.
 *          Replaced by the one found now
 *  out     NULL: nothing is measured, nor is `before` used */
KZ_CHECK_RESULT kz_status kz_cooling_advance(kz_cooled *out, double *before, kz_cooling *cooling);

#endif
