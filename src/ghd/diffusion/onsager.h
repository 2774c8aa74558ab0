/* The spin Onsager coefficient of a thermal state on one grid; library-internal. */
#ifndef KZ_GHD_DIFFUSION_ONSAGER_H
#define KZ_GHD_DIFFUSION_ONSAGER_H

#include "tba/grid/convolution.h"

typedef struct {
    double onsager, susceptibility;
} kz_onsager_values;

/* L = 1/2 sum_jk int int w w' |v - v'| (T^dr)^2 (h - h')^2, h = 2 pi n^dr/k'^dr, and dm/dmu.
 *  grid     of the dressed kernel
 *  tol      of the outer quadrature
 *  attempt  0, 1 ...: the state's own grid is finer, its tails begin later
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_onsager_on_grid(kz_onsager_values *out, kz_grid grid, double beta,
                                             double mu, double tol, int attempt);

#endif
