/* Three-site density matrices of the thermal states of one chain; module-internal. */
#ifndef KZ_ANALYSIS_LOCAL_STATES_H
#define KZ_ANALYSIS_LOCAL_STATES_H

#include <stdbool.h>

#include <kapitza/table.h>
#include <kapitza/tebd.h>

/* Any number of threads may read one. */
typedef struct kz_local_states kz_local_states;

/* magnetized  mu != 0 will be asked for: free fermions only, else KZ_EINVAL */
KZ_CHECK_RESULT kz_status kz_local_states_create(kz_local_states **out, kz_chain chain,
                                                 bool magnetized, const kz_options *options);
void kz_local_states_free(kz_local_states *states);

/* A thermal state, by its temperature and by what it was found from.  beta = +-inf: the ground
 * state or ceiling of this magnetization; the energy is then not read. */
typedef struct {
    double beta, mu, energy, magnetization;
} kz_local_point;

/* rho  out [KZ_DENSITY_SIZE], packed as by kz_mps_density_matrices()
 * err  out, bound on the trace norm of its error.  Counts also by how much energy and magnetization
 *      of rho miss those of the point.
 * Returns KZ_EDOMAIN where there is no such state; outputs are then untouched. */
KZ_CHECK_RESULT kz_status kz_local_states_density(double *rho, double *err,
                                                  const kz_local_states *states,
                                                  const kz_local_point *point);

#endif
