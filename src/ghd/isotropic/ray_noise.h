/* Noise on a ray of the isotropic chain; library-internal. */
#ifndef KZ_GHD_ISOTROPIC_RAY_NOISE_H
#define KZ_GHD_ISOTROPIC_RAY_NOISE_H

#include "ghd/isotropic/ray_response.h"

/* Energy and spin. */
typedef struct {
    double value[2];
    double doubt[2]; /* of the strings beyond the rows, where row N crosses zeta */
} kz_isotropic_noise;

/* sum int |d| theta (1 - theta) q^2 over all strings of a solved ray with its dressed spin.  The
 * spin's is nan on the jump of the magnetization, and where the ceiling fills the strings beyond
 * the rows.
 *  region  [N] {d > 0}
 *  still   the longest strings do not move: they cross zeta in both directions alike
 * Returns KZ_ESING, KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_sum_noise(kz_isotropic_noise *out,
                                                 const kz_isotropic_solution *s,
                                                 const kz_region *region, bool still);

#endif
