/* Workspace of a ray of the isotropic chain and the linear system on it; library-internal, shared
 * by the files of a ray. */
#ifndef KZ_GHD_ISOTROPIC_WORK_H
#define KZ_GHD_ISOTROPIC_WORK_H

#include "core/gmres.h"
#include "ghd/isotropic/panels.h"
#include "ghd/isotropic/ray.h"
#include "ghd/ray/region.h"

struct kz_isotropic_work {
    const kz_isotropic_level *level;
    kz_region *region, *next;                                  /* [N] */
    bool started;                                              /* the regions are those of a ray */
    int tail;                                                  /* the side that fills n > N */
    int held;                                                  /* the same, whatever v says; -1 */
    double *hole, *d, *rho, *spin;                             /* [N*M]; hole: without patches */
    double *before;                                            /* [N*M] the last d, on the way */
    double *rhs, *unscaled, *stepped, *scratch, *coefficients; /* [N*M] */
    kz_isotropic_panels patches;
    kz_gmres *gmres;
};

/* out [N*M] = K D x, D that of work->hole and the patches, in row N with the closure of the state
 * work->tail; must not overlap x, work->scratch or work->coefficients. */
void kz_isotropic_work_couple(double *restrict out, const double *restrict x,
                              kz_isotropic_work *work);

/* x [N*M] = (1 - K D)^-1 work->rhs, to tol of that source, which is overwritten; in: first guess.
 * Returns KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_isotropic_work_solve(double *x, kz_isotropic_work *work, double tol);

#endif
