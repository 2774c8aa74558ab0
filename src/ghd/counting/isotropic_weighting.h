/* Both states of a bipartition of the isotropic chain in the ensemble weighted by e^{lambda Q}, for
 * given kappa (bias.h); library-internal.
 *
 * kappa_1 = -pi lambda s + s*V_2 (the spin: s*V_2), kappa_n = s*(V_{n-1} + V_{n+1}), with V of the
 * side from which a string comes.  All strings n > N come from one side: there V = -s (L_c - L), L
 * = ln(1 + eta) before and L_c after weighting, and ln eta_c = ln eta - s kappa obeys the equations
 * of a state, with the same mu, as kappa_n falls with n (the spin: mu + s lambda).  So L_c ends
 * with the closure of any, which knows what it ends with from the closure of L
 * (tba/isotropic/tilt.h). */
#ifndef KZ_GHD_COUNTING_ISOTROPIC_WEIGHTING_H
#define KZ_GHD_COUNTING_ISOTROPIC_WEIGHTING_H

#include <kapitza/fluctuations.h>

#include "ghd/isotropic/ray.h"
#include "ghd/isotropic/regions.h"
#include "tba/isotropic/tilt.h"

typedef struct {
    kz_charge charge;
    kz_isotropic_level *level;  /* carries the weighted states */
    double *plain[2];           /* [N*M] hole weights before */
    double *part[2];            /* [N*M] V were all strings those of one side */
    kz_isotropic_tilt tilt[2];  /* of either side; empty where that is shared */
    double *end[2], *beyond[2]; /* [M] V_N, and s*V_{N+1} were all n > N those of one side */
} kz_isotropic_weighting;

/* kz_isotropic_weighting_free() also after a failure.  grid, state: ghd/isotropic/level.h.
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_weighting_create(kz_isotropic_weighting *out, kz_grid grid,
                                                        const kz_isotropic_state state[2],
                                                        kz_charge charge);
void kz_isotropic_weighting_free(kz_isotropic_weighting *weighting);

/* The length of kappa, N*M. */
size_t kz_isotropic_weighting_size(const kz_isotropic_weighting *weighting);

/* Weighs the level's states.
 *  kappa  [N*M] at the nodes, lambda  of the ensemble
 *  last   the ray next to it, in whose regions row N is; from its other side no n > N come, and how
 *         these would end is not renewed.  NULL: all rows come from one side, either
 *  same   change of the end that leaves its derivatives, of which the next ray is made, as they are
 * Returns KZ_ENOCONV, KZ_ESING. */
KZ_CHECK_RESULT kz_status kz_isotropic_weighting_apply(kz_isotropic_weighting *weighting,
                                                       const double *kappa, double lambda,
                                                       const kz_isotropic_work *last, double same);

/* out [N*M] = what kappa should be, by V in the regions of the ray that was solved.
 * scratch [N*M]. */
void kz_isotropic_weighting_drive(double *out, const kz_isotropic_weighting *weighting,
                                  double lambda, const kz_isotropic_work *ray, double *scratch);

/* F, to second order in the errors of kappa: with r what these equations leave of it,
 * F = -int V_1 times the source of d + sum int D d r, d = v rho^t, and d = source + K D d:
 *     F = lambda j (the spin: 0) + sum_{n<=N} int d (D kappa - V)
 *         + int D_N d_N (closing V_N - s*V_{N+1}),
 * the sums being less the entropy by which the ensemble is unlikely, which the strings carry.
 *  current   j
 *  regional  scratch for the rows and nodes of the level, part [2][N*M] and sum [N] too */
void kz_isotropic_weighting_generate(double *F, const kz_isotropic_weighting *weighting,
                                     const double *kappa, double lambda, double current,
                                     const kz_isotropic_work *ray, kz_isotropic_regional *regional,
                                     double *const part[2], double (*sum)[2]);

/* What rounding of the fillings does to F on that ray. */
double kz_isotropic_weighting_rounding(const kz_isotropic_weighting *weighting, const double *kappa,
                                       const kz_isotropic_work *ray);

#endif
