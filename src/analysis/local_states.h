/* Three-site density matrices of the thermal states of one chain; module-internal. */
#ifndef KZ_ANALYSIS_LOCAL_STATES_H
#define KZ_ANALYSIS_LOCAL_STATES_H

#include <stdbool.h>

#include <kapitza/table.h>
#include <kapitza/tebd.h>

/* Any number of threads may read one. */
typedef struct kz_local_states kz_local_states;

typedef struct {
    kz_chain chain;
    bool magnetized; /* mu != 0 will be asked for */
    double from, to; /* energies that will be asked for at mu = 0; clipped to the band */
} kz_local_request;

/* Of an XXZ chain at mu = 0 a table over these energies is made here, with options->threads, and
 * the energy of each of its states compared with thermodynamics.  KZ_EINVAL, KZ_ENOCONV, KZ_ENOMEM,
 * KZ_ECANCELLED; KZ_ETOL: the two disagree. */
KZ_CHECK_RESULT kz_status kz_local_states_create(kz_local_states **out,
                                                 const kz_local_request *request,
                                                 const kz_options *options);
void kz_local_states_free(kz_local_states *states);

/* Whether a matrix costs a second, not a microsecond. */
bool kz_local_states_slow(const kz_local_states *states);

/* A thermal state, by its temperature and by what it was found from.  beta = +-inf: the ground
 * state or ceiling of this magnetization; the energy is then not read. */
typedef struct {
    double beta, mu, energy, magnetization;
} kz_local_point;

/* rho  out [KZ_DENSITY_SIZE], packed as by kz_mps_density_matrices()
 * err  out, bound on the trace norm of its error.  Counts also by how much energy and magnetization
 *      of rho miss those of the point.
 * Returns KZ_EDOMAIN where there is no such state, or none in reach, KZ_ENOCONV, KZ_ENOMEM; outputs
 * are then untouched. */
KZ_CHECK_RESULT kz_status kz_local_states_density(double *rho, double *err,
                                                  const kz_local_states *states,
                                                  const kz_local_point *point);

#endif
