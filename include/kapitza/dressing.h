/* kapitza: dressing of any charge with the full string kernel, on split panels.
 *
 * The second engine.  kz_bipartition_rays() solves the local form of the equations by FFT for
 * energy and magnetization; this one solves the full kernel by dense linear algebra on
 * Gauss-Legendre panels split at every jump of the filling, for any bare charge.  It shares no
 * equation with the first, costs (N * nodes)^3, and is meant for single states: for dressed
 * quantities, for higher conserved charges, and as a check. */
#ifndef KAPITZA_DRESSING_H
#define KAPITZA_DRESSING_H

#include <stddef.h>

#include <kapitza/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/** State on the ray zeta of the bipartition left | right (opaque). */
typedef struct kz_dressing kz_dressing;

/** Bare charge q_j(lambda) of string j = 1 ... N (kz_strings); smooth, constant at lambda -> +-inf.
 */
typedef double (*kz_charge_fn)(int j, double lambda, void *context);

/** left = right gives a homogeneous state, for any zeta.
 *  tol   accuracy aimed at in panels, window and crossings (1e-12 ... 1e-2); the result is as
 *        good as the panels, compare two tolerances to see
 *  Returns KZ_EINVAL, KZ_ENOCONV, KZ_ESING, KZ_ENOMEM (more than 12000 unknowns included). */
KZ_CHECK_RESULT kz_status kz_dressing_create(kz_dressing **out, kz_chain chain,
                                             const kz_state *left, const kz_state *right,
                                             double zeta, double tol);
void kz_dressing_free(kz_dressing *dressing);

/** Nodes, the same for every string; increasing. */
size_t kz_dressing_nodes(const kz_dressing *dressing);
double kz_dressing_lambda(const kz_dressing *dressing, size_t i);
double kz_dressing_weight(const kz_dressing *dressing, size_t i);
/** Filling, density rho_j and velocity v_j of string j at node i. */
double kz_dressing_filling(const kz_dressing *dressing, int j, size_t i);
double kz_dressing_density(const kz_dressing *dressing, int j, size_t i);
double kz_dressing_velocity(const kz_dressing *dressing, int j, size_t i);

/** q^dr_j = q_j - sum_k T_jk * (sigma_k theta_k q^dr_k) at the nodes.
 *  qdr  out [N * nodes], row j - 1 = string j; unit of q; untouched on failure
 *  Returns KZ_EDOMAIN (charge not finite), KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_dressing_apply(double *qdr, const kz_dressing *dressing,
                                            kz_charge_fn charge, void *context);

/** Density sum_j int rho_j q_j and current sum_j int rho_j v_j q_j of a charge. */
KZ_CHECK_RESULT kz_status kz_dressing_average(double *density, double *current,
                                              const kz_dressing *dressing, kz_charge_fn charge,
                                              void *context);

#ifdef __cplusplus
}
#endif
#endif
