/* What a cold edge emits into a half at T = 0, to a relative accuracy; library-internal. */
#ifndef KZ_JUNCTION_COLD_H
#define KZ_JUNCTION_COLD_H

#include "junction/half.h"

enum { KZ_COLD_NODES = 5 };

/* |J| = pi/(12 beta^2) g(beta) next to a ground state without field or a ceiling, beta of that
 * state's sign; g -> 1 at T = 0, exactly 1 to rounding for free fermions.  For XXZ chains
 *     g - 1 = y (c_0 + c_1 y + ...),   y = |beta|^-power,
 * known at a few nodes. */
typedef struct {
    const kz_half *half;
    double power;
    double y[KZ_COLD_NODES], slope[KZ_COLD_NODES], err[KZ_COLD_NODES]; /* slope = (g - 1)/y */
} kz_cold;

/* The least |beta| that counts as cold. */
double kz_cold_least(void);

/* Solves at the nodes. */
KZ_CHECK_RESULT kz_status kz_cold_prepare(kz_cold *out, const kz_half *half);

/* g and a bound on its error at |beta| >= kz_cold_least. */
KZ_CHECK_RESULT kz_status kz_cold_factor(double *g, double *err, const kz_cold *cold, double beta);

#endif
