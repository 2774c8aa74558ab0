/* Where the strings of the isotropic chain move to the right, on the circle; library-internal. */
#ifndef KZ_GHD_ISOTROPIC_REGIONS_H
#define KZ_GHD_ISOTROPIC_REGIONS_H

#include "ghd/isotropic/level.h"
#include "ghd/ray/region.h"

/* Where d > 0, row by row: out [N] of theta, d [N*M]; rows that both states fill alike are those of
 * `tail`; noise: of the largest |d|, values below have no sign; scratch, coefficients [N*M].
 * KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_isotropic_find_regions(kz_region *out, const kz_isotropic_level *level,
                                                    const double *d, int tail, double noise,
                                                    double *scratch, double *coefficients);

/* Scratch of sums over regions. */
typedef struct {
    double *modes[2];  /* [N*M] */
    double *indicator; /* [M] */
} kz_isotropic_regional;

/* kz_isotropic_regional_free() also after a failure. */
KZ_CHECK_RESULT kz_status kz_isotropic_regional_create(kz_isotropic_regional *out, int rows,
                                                       int count);
void kz_isotropic_regional_free(kz_isotropic_regional *regional);

/* sum[f] = the integral of part[KZ_LEFT] over region[f] and that of part[KZ_RIGHT] over the rest.
 *  part  in [N*M] smooth functions at the nodes, times the nodes' weights
 * No edge needs panels: they are sums over the modes of both. */
void kz_isotropic_integrate_regions(double (*sum)[2], const kz_isotropic_level *level,
                                    const kz_region *region, const double *const part[2],
                                    kz_isotropic_regional *regional);

#endif
