/* One half of the junction as a function of its edge temperature; library-internal. */
#ifndef KZ_JUNCTION_HALF_H
#define KZ_JUNCTION_HALF_H

#include <kapitza/junction.h>

typedef struct {
    kz_chain chain;
    kz_state reservoir;
    kz_side side;
} kz_half;

/* Inverse temperatures on a compact scale: x = beta/(1 + |beta|) in [-1, 1]; +-1 are the ground
 * state and the ceiling. */
double kz_half_beta(double x);
double kz_half_scale(double beta);

/* The reservoir's own inverse temperature, +-inf for its limits: at it the half is in equilibrium
 * and its current is exactly 0. */
double kz_half_reservoir_beta(const kz_half *half);

/* kz_half_beta(x), free of rounding at the reservoir's own x. */
double kz_half_beta_at(const kz_half *half, double x);

/* The bipartition that this half is when the junction emits a thermal state at beta (of either
 * sign, +-inf allowed): reservoir | thermal on the left, thermal | reservoir on the right. */
KZ_CHECK_RESULT kz_status kz_half_bipartition(kz_bipartition **out, const kz_half *half,
                                              double beta, const kz_options *options);

/* Ray state at zeta = 0 on the junction's side; its current is exactly 0 at the reservoir's beta.
 * KZ_ETOL is no failure here: out->err tells. */
KZ_CHECK_RESULT kz_status kz_half_edge(kz_ray *out, const kz_half *half, double beta, double tol);

#endif
