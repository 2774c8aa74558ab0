/* beta(e) of a table against states that are not its own. */
#ifndef KZ_TESTS_TABLE_ENERGY_STATES_H
#define KZ_TESTS_TABLE_ENERGY_STATES_H

#include <kapitza/table.h>
#include <kapitza/thermo.h>

#include "support/check.h"

/* A state, its energy and what is known of the error of that. */
typedef struct {
    double beta, energy, energy_err, slope;
} reference;

/* Half a unit in the last place of energies up to 1/2; of one beyond. */
static const double ULP = 0.5 * 0x1p-53;
static inline double ulp_of(double energy) { return ULP * fmax(1, 2 * fabs(energy)); }

/* Two solves on grids of which neither is one of the table's. */
static inline reference thermal_state(kz_chain chain, double beta)
{
    static const double tol[2] = {2e-13, 2e-12};
    kz_thermo t[2];
    for (int i = 0; i < 2; i++) {
        kz_state thermal = kz_state_thermal(beta, 0);
        kz_status status = kz_thermo_compute(&t[i], chain, &thermal, tol[i]);
        if (status != KZ_ETOL) KZ_CHECK_OK(status); /* ln Z of cold states; e is better */
    }
    return (reference){beta, t[0].energy,
                       2 * fabs(t[0].energy - t[1].energy) + 2 * ulp_of(t[0].energy),
                       fabs(t[0].energy_beta)};
}

/* The table's beta at this state; its tolerance holds for |beta| <= promise.  *worst: of
 * |error|/err, the error of the reference taken off. */
static inline void check_state(double *worst, kz_table *table, const reference *state,
                               double promise)
{
    /* of e itself and of the edges of the band */
    static const double ROUNDING = 2e-16;
    kz_inverse row;
    kz_options options = kz_options_default();
    double beta = state->beta, scale = kz_check_scale(beta), tol = kz_table_get_tol(table);
    KZ_CHECK_OK(kz_table_invert(&row, table, &state->energy, NULL, 1, &options));
    assert_int_equal(row.place, KZ_PLACE_OK);
    double known = state->energy_err / state->slope;
    KZ_CHECK_CLOSE(row.beta, beta, row.err * kz_check_scale(row.beta) + known);
    *worst = kz_check_largest(*worst, (fabs(row.beta - beta) - known) / (row.err * scale));
    if (fabs(beta) > promise) return;
    double largest = fmax(fabs(kz_table_get_energy_min(table)), kz_table_get_energy_max(table));
    double rounding = ROUNDING * fmax(1, 2 * fabs(largest)) / state->slope;
    KZ_CHECK_CLOSE(row.beta, beta, tol * scale + rounding + known);
    /* err has the same to say; 1 %: the rounding is larger on the side of the edge */
    assert_true(row.err * scale <= tol * scale + 1.01 * rounding + 2e-15 * scale);
}

#endif
