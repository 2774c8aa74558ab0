/* kapitza: three-site density matrices of infinite homogeneous chains in equilibrium. */
#ifndef KAPITZA_THERMAL_H
#define KAPITZA_THERMAL_H

#include <stddef.h>

#include <kapitza/tebd.h>

#ifdef __cplusplus
extern "C" {
#endif

/* H = sum_n Sx Sx' + Sy Sy' + delta Sz Sz', states exp(-beta H + mu S^z)/Z; J = 1.  Density
 * matrices of three neighbouring sites are packed as kz_mps_density_matrices() packs them.  By
 * purification and imaginary-time evolution of matrix product states (verstraete2004, feiguin2005,
 * vidal2007); works for any delta, XX included. */

typedef struct {
    size_t chi;              /* Schmidt values kept */
    double step;             /* of beta */
    int threads;             /* of a table: more than two bring nothing */
    kz_progress_fn progress; /* steps done and the most there may be; with two threads from either,
                              * one at a time; NULL: none */
    void *progress_context;
} kz_thermal_params;

/** chi = 160, step = 0.2, one thread, no progress. */
kz_thermal_params kz_thermal_params_default(void);
KZ_CHECK_RESULT kz_status kz_thermal_params_check(const kz_thermal_params *params);

/* |beta| and |mu| that kz_thermal_density() accepts. */
#define KZ_THERMAL_MOST_BETA 200.0
#define KZ_THERMAL_MOST_MU 30.0

typedef struct {
    double rho[KZ_DENSITY_SIZE];
    double energy;        /* per bond */
    double magnetization; /* per site */
    double err;           /* estimate of the trace distance of rho from the truth; energy and
                           * magnetization are right to err */
} kz_thermal_triple;

/** One state.
 *  delta  > -1
 *  Returns KZ_EINVAL, KZ_ENOMEM, KZ_ENOCONV, KZ_ECANCELLED; *out is then untouched.
 *  Accuracy: at the default and delta = cos(pi/4) energies are right to 2e-10 for |beta| <= 5, to
 *  4e-7 at beta = 20.  Two cheaper runs give err, and the leading error of the step, which is taken
 *  out.  Cost: 0.3 s per unit of |beta| or less: at small |beta|, and at mu = 0, a half and below.
 */
KZ_CHECK_RESULT kz_status kz_thermal_density(kz_thermal_triple *out, double delta, double beta,
                                             double mu, const kz_thermal_params *params);

/** The density matrix at mu = 0 from <SxSx'> and <SzSz'> of neighbours (1) and next ones (2). */
void kz_thermal_pack(double rho[KZ_DENSITY_SIZE], double xx1, double zz1, double xx2, double zz2);

/** Upper bound on the trace distance (sum of the singular values of the difference, 0 ... 2). */
double kz_thermal_distance_bound(const double *rho, const double *other);

/* -- all states of one chain at mu = 0, by their energy -------------------------------------- */

/** One state of a table; e = 2 xx1 + delta zz1 up to err. */
typedef struct {
    double beta, energy;       /* +-inf at the edges of the band */
    double xx1, zz1, xx2, zz2; /* as for kz_thermal_pack() */
    double err;                /* as in kz_thermal_triple */
} kz_thermal_node;

typedef struct kz_thermal_table kz_thermal_table;

/** States between two energies.
 *  delta     > -1; at 0 the closed form takes the place of the work
 *  band      [2] lowest and highest energy per bond of the chain, exact to 1e-10 or better
 *            (kz_chain_energy_min(), kz_chain_energy_max())
 *  from, to  energies asked for later; what lies beyond is not computed.  Clipped to the band
 *  Returns KZ_EINVAL, KZ_ENOMEM, KZ_ENOCONV, KZ_ECANCELLED; *out is NULL on failure.
 *  Cost: the whole band some 20 s of processor time at the default. */
KZ_CHECK_RESULT kz_status kz_thermal_table_create(kz_thermal_table **out, double delta,
                                                  const double band[2], double from, double to,
                                                  const kz_thermal_params *params);
void kz_thermal_table_free(kz_thermal_table *table);

/** The state of this energy, interpolated in energy: the four numbers are smooth through the whole
 *  band, beta = 0 and both edges included.
 *  err  out, may be NULL; as in kz_thermal_triple
 *  Returns KZ_EDOMAIN outside of what the table was made for, nothing is then written. */
KZ_CHECK_RESULT kz_status kz_thermal_table_density(double rho[KZ_DENSITY_SIZE], double *err,
                                                   const kz_thermal_table *table, double energy);

/** The states a table consists of, by ascending energy: enough to make it again. */
size_t kz_thermal_table_count(const kz_thermal_table *table);
const kz_thermal_node *kz_thermal_table_nodes(const kz_thermal_table *table);
/** Returns KZ_EINVAL where the nodes are no table. */
KZ_CHECK_RESULT kz_status kz_thermal_table_restore(kz_thermal_table **out, double delta,
                                                   const double band[2],
                                                   const kz_thermal_node *nodes, size_t count);

#ifdef __cplusplus
}
#endif
#endif
