/* kapitza: strings, kernels and thermal states of the XXZ chain at Delta = cos(pi/P). */
#ifndef KAPITZA_TBA_H
#define KAPITZA_TBA_H

#include <stddef.h>

#include <kapitza/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* String types j = 1 ... P: length j and parity +1 for j < P; length 1 and parity -1 for j = P.
 * gamma = pi/P.  Rapidity lambda is real and dimensionless.  takahashi1999, chapter 9. */

int kz_string_length(int P, int j);
int kz_string_parity(int P, int j);
/** sigma_j = +1 for j < P, -1 for j = P: the sign of the bare momentum derivative. */
int kz_string_sign(int P, int j);

/** a_n^{(v)}(lambda) = (v/pi) sin(n gamma) / (cosh 2 lambda - v cos n gamma); 0 where
 *  sin(n gamma) = 0. */
double kz_string_kernel(int P, int n, int v, double lambda);
/** Scattering kernel T_jk(lambda), symmetric in j, k. */
double kz_string_scattering(int P, int j, int k, double lambda);
/** Bare momentum derivative k'_j = 2 pi a_j. */
double kz_string_momentum_derivative(int P, int j, double lambda);
/** Bare energy e_j = -pi sin(gamma) a_j. */
double kz_string_energy(int P, int j, double lambda);
/** de_j / dlambda. */
double kz_string_energy_derivative(int P, int j, double lambda);

/** Thermal state of the infinite chain (opaque). */
typedef struct kz_thermal kz_thermal;

/** Solves the TBA equations for exp(-beta H + mu S^z)/Z.
 *  tol  accuracy asked for ln Z / L, relative to max(1, |ln Z / L|), 1e-13 ... 1e-2
 *  Grid and rapidity window follow from P, beta, mu and tol.
 *  Returns KZ_EINVAL, KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM; *out is NULL on failure. */
KZ_CHECK_RESULT kz_status kz_thermal_create(kz_thermal **out, int P, double beta, double mu,
                                            double tol);
/** Same, reusing the grid, the plans and the memory of an earlier state of the same P. */
KZ_CHECK_RESULT kz_status kz_thermal_solve(kz_thermal *thermal, double beta, double mu, double tol);
void kz_thermal_free(kz_thermal *thermal);

/** ln Z / L. */
double kz_thermal_ln_z(const kz_thermal *thermal);
/** Bound on the error of ln Z / L, relative to max(1, |ln Z / L|). */
double kz_thermal_error(const kz_thermal *thermal);
/** Nodes on lambda > 0 and half width of the rapidity window that were used. */
size_t kz_thermal_nodes(const kz_thermal *thermal);
double kz_thermal_window(const kz_thermal *thermal);
/** ln eta_j at node k (lambda = (k + 1/2) window / nodes); filling = 1/(1 + eta_j). */
double kz_thermal_log_eta(const kz_thermal *thermal, int j, size_t k);

#ifdef __cplusplus
}
#endif
#endif
