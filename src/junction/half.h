/* One half of the junction as a function of its edge temperature; library-internal. */
#ifndef KZ_JUNCTION_HALF_H
#define KZ_JUNCTION_HALF_H

#include <kapitza/junction.h>

#include "ghd/edge/edge.h"

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

/* From here on the state of an edge stands for its limit, ground state or ceiling: pi T^2/12 ~
 * 3e-13 of the currents. */
extern const double kz_half_beta_limit;

/* The bipartition that this half is when the junction emits the thermal state (beta, mu), beta of
 * either sign, +-inf allowed at mu = 0: reservoir | thermal on the left, thermal | reservoir on the
 * right. */
KZ_CHECK_RESULT kz_status kz_half_bipartition(kz_bipartition **out, const kz_half *half,
                                              double beta, double mu, const kz_options *options);

/* The solver of this half's edges: owned by whoever solves for one resistance, for what it gives
 * depends, within err, on what it was asked before. */
KZ_CHECK_RESULT kz_status kz_half_open(kz_edge_work **out, const kz_half *half, int charges);

/* The edge at x = (beta, -mu), beta = +-inf allowed at mu = 0, with its response; charges 1: mu = 0
 * and the energy's response alone.  Its energy current is exactly 0 at the reservoir's beta.
 * KZ_ETOL is no failure here: out->ray.err tells. */
KZ_CHECK_RESULT kz_status kz_half_solve(kz_edge *out, const kz_half *half, kz_edge_work *work,
                                        const double x[2], int charges, double tol);

/* Edges of which nothing but the energy current counts, however small: tol is asked of that. */
KZ_CHECK_RESULT kz_status kz_half_open_current(kz_edge_work **out, const kz_half *half);
KZ_CHECK_RESULT kz_status kz_half_current(double *current, double *err, const kz_half *half,
                                          kz_edge_work *work, double beta, double tol);

/* One edge of the energy alone, from scratch, on a grid that leaves a current far below 1 the
 * digits that rounding leaves it. */
KZ_CHECK_RESULT kz_status kz_half_edge(kz_ray *out, const kz_half *half, double beta, double tol);

/* Sign of the reservoir's spins, 0 unless they are all parallel. */
int kz_half_spin(const kz_half *half);

/* Whether currents of its edge are known to a share of themselves however small they are: beside a
 * polarised reservoir, and beside a ground state without field or a ceiling of the XX chain. */
bool kz_half_keeps_digits(const kz_half *half);

/* Free fermions: the XX chain, also as XXZ with P = 2. */
bool kz_half_is_free(const kz_half *half);

/* A free half whose reservoir the inversion of the energy axis (k -> k + pi) leaves as it is: an
 * edge with beta = 0 carries no energy. */
bool kz_half_is_even(const kz_half *half);

/* Two free halves whose reservoirs that inversion exchanges: at perfect contact beta = 0. */
bool kz_halves_are_inverse(const kz_half *left, const kz_half *right);

#endif
