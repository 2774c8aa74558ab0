/* Where a ray has another D than that of the state at infinity; library-internal.
 *
 * Strings are in the state of those beyond the rows outside some intervals, and on these (D' - D) q
 * is smooth: panels (panels.h), tagged by the side whose D' it is and with the factor
 * D' - D.  So is the sea of a ground state in a field, in whichever of the states it is: D' = 0
 * where string 1 is full. */
#ifndef KZ_GHD_ISOTROPIC_PATCHES_H
#define KZ_GHD_ISOTROPIC_PATCHES_H

#include "ghd/isotropic/level.h"
#include "ghd/isotropic/panels.h"

/* Those of {d > 0} (region [N]) where the strings n > N are in the state `tail`, whose D but for
 * its sea is that between panels.  Farther out than these reach, D' stands at the nodes of the
 * circle: hole [N*M] in/out.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_patches_set(kz_isotropic_panels *patches, double *hole,
                                                   const kz_isotropic_level *level,
                                                   const kz_region *region, int tail);

/* What D' - D is to D, of a function that each state has, 0 in seas as D' is: part [2][M] of row f
 * (KZ_LEFT, KZ_RIGHT).  out [M] = s * it, false: there are no panels; and added to out [M] as
 * kz_isotropic_panels_project() does. */
bool kz_isotropic_patches_convolve_jump(double *out, const kz_isotropic_panels *patches,
                                        const kz_isotropic_level *level, int f, int tail,
                                        const double *const part[2]);
void kz_isotropic_patches_project_jump(double *out, const kz_isotropic_panels *patches,
                                       const kz_isotropic_level *level, int f, int tail,
                                       const double *const part[2]);

/* int a b c over the panels of row f where the ray is in the state `side`. */
double kz_isotropic_patches_product(const kz_isotropic_panels *patches, int f, int side,
                                    const double *a, const double *b, const double *c);

/* out [M] = D_N x_N, the jumps projected; hole, x [N*M]. */
void kz_isotropic_patches_fill_last(double *out, const kz_isotropic_panels *patches,
                                    const kz_isotropic_level *level, const double *hole,
                                    const double *x);

#endif
