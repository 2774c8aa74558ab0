/* Three-site density matrices; internal. */
#ifndef KZ_TBM_DENSITY_H
#define KZ_TBM_DENSITY_H

#include "tbm/mps/mps.h"

/* rho[a][b] of sites i, i+1, i+2, normalised; a = 4 s1 + 2 s2 + s3.  KZ_EDOMAIN where the state is
 * not finite, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_mps_density(double complex rho[8][8], const kz_mps *mps, size_t i);

/* The KZ_DENSITY_SIZE numbers of kz_mps_density_matrices(). */
void kz_density_pack(double *packed, double complex rho[8][8]);

/* All of a chain. */
typedef struct {
    double complex (*rho)[8][8]; /* [length - 2] */
} kz_densities;

/* Those of sites first ... end - 1 with their two right neighbours.  rho out [end - first]. */
KZ_CHECK_RESULT kz_status kz_densities_part(double complex (*rho)[8][8], const kz_mps *mps,
                                            size_t first, size_t end, int threads);

KZ_CHECK_RESULT kz_status kz_densities_compute(kz_densities *out, const kz_mps *mps, int threads);
void kz_densities_free(kz_densities *densities);

#endif
