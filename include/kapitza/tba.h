/* kapitza: strings, kernels and thermal states of the XXZ chain. */
#ifndef KAPITZA_TBA_H
#define KAPITZA_TBA_H

#include <stddef.h>

#include <kapitza/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Levels of the continued fraction P/Q = [nu_1; nu_2 ... nu_l], P <= KZ_P_MAX, at most. */
enum { KZ_LEVELS_MAX = 13 };

/** String types j = 1 ... count of the chain with gamma = pi Q/P, 0 < Q < P: count = nu_1 + ... +
 *  nu_l.  For Q = 1 these are the lengths 1 ... P-1 with parity +1, and length 1 with parity -1.
 *  The last two strings share their velocities at every state; their lengths add up to P.
 *  Rapidity lambda is real and dimensionless.  Source: takahashi1972. */
typedef struct {
    int P, Q, count;
    int levels;                   /* l */
    int first[KZ_LEVELS_MAX + 1]; /* m_i = nu_1 + ... + nu_i, i = 0 ... l; first[0] = 0 */
    int size[KZ_LEVELS_MAX + 1];  /* y_i = nu_i y_{i-1} + y_{i-2}; y_0 = 1, y_l = P */
    int width[KZ_LEVELS_MAX + 1]; /* P gamma p_i / pi: the remainders P, Q, P - nu_1 Q ... */
    int length[KZ_P_MAX];         /* n_j, index j - 1 */
    signed char parity[KZ_P_MAX]; /* v_j */
    signed char sign[KZ_P_MAX];   /* sigma_j, that of the bare momentum derivative */
} kz_strings;

/** KZ_EINVAL unless the chain is a valid KZ_CHAIN_XXZ, or the XX chain as P = 2. */
KZ_CHECK_RESULT kz_status kz_strings_fill(kz_strings *out, kz_chain chain);

/** a_n^{(v)}(lambda) = sin(alpha) / (pi (cosh 2 lambda - cos alpha)), alpha = n gamma + pi (1-v)/2;
 *  0 where alpha is a multiple of pi. */
double kz_string_kernel(const kz_strings *strings, int n, int v, double lambda);
/** Scattering kernel T_jk(lambda), symmetric in j, k. */
double kz_string_scattering(const kz_strings *strings, int j, int k, double lambda);
/** Bare momentum derivative k'_j = 2 pi a_j. */
double kz_string_momentum_derivative(const kz_strings *strings, int j, double lambda);
/** Bare energy e_j = -pi sin(gamma) a_j. */
double kz_string_energy(const kz_strings *strings, int j, double lambda);
/** de_j / dlambda. */
double kz_string_energy_derivative(const kz_strings *strings, int j, double lambda);

/** Thermal state of the infinite chain (opaque). */
typedef struct kz_thermal kz_thermal;

/** Solves the TBA equations for exp(-beta H + mu S^z)/Z.
 *  tol  accuracy asked for ln Z / L, relative to max(1, |ln Z / L|), 1e-13 ... 1e-2
 *  Grid and rapidity window follow from the chain, beta, mu and tol.
 *  Returns KZ_EINVAL, KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM; *out is NULL on failure. */
KZ_CHECK_RESULT kz_status kz_thermal_create(kz_thermal **out, kz_chain chain, double beta,
                                            double mu, double tol);
/** Same, reusing the grid, the plans and the memory of an earlier state of the same chain. */
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
