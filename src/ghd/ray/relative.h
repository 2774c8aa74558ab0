/* d = (v - zeta) rho^t to relative accuracy in its tails; library-internal.
 *
 * Transforms round d everywhere by 1e-16 of its largest value.  Next to zeta = v_j(infinity) d is
 * below that over a long tail, in which rho^t is not small.  The equations are positive and s falls
 * faster than any solution of them, so that the sum over the nodes
 *     (K v)(lambda) = sum_l h s(lambda - lambda_l) (v_{f-1} + v_{f+1})(lambda_l)
 * keeps its digits: a residual in this form, with corrections from the ordinary solver, ends where
 * all of d is known as well as its largest value. */
#ifndef KZ_GHD_RAY_RELATIVE_H
#define KZ_GHD_RAY_RELATIVE_H

#include "ghd/ray/crossing.h"
#include "ghd/ray/work.h"

/* Scratch and results, in the workspace from the first ray on that needs it. */
struct kz_relative {
    size_t reach;   /* of the kernel, in nodes */
    double *here;   /* [2 reach + 1] h s at distances of whole spacings */
    double *before; /* [2 reach + 1] the same from a quarter of a spacing before the node, */
    double *after;  /* [2 reach + 1] and after it */
    double *fine;   /* [4 reach + 1] h/2 s on the fine mesh */
    double *padded; /* [2n + 4 reach] one row with what the period puts beside it */
    double *beside; /* [rows*n] (D d)_{f-1} + (D d)_{f+1} */
    double *rhs, *t, *noise; /* [rows*n] */
    kz_region *last;         /* [rows] before the first look at the tails */
};

void kz_relative_free(kz_relative *relative);

/* Whether K is made of one kernel s on the whole line, Delta = cos(pi/P), P > 2, and d falls more
 * slowly: beside the near edge of the band it falls like s, and no sign of it matters there
 * (kz_level_shared_side). */
bool kz_ray_relative_is_possible(const kz_ray_work *work);

/* From the ray in the workspace, finished, whose d is accurate to rounding of its largest value:
 * regions and d of the same ray, now to relative accuracy.  Returns KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_ray_relative_find(kz_ray_work *work, double tol,
                                               kz_ray_report *report);

/* Regions and d as they were before. */
KZ_CHECK_RESULT kz_status kz_ray_relative_undo(kz_ray_work *work, double tol,
                                               kz_ray_report *report);

/* Fine d, its residual and the bound (1 - K D)^{-1} |residual| on its error, all three to relative
 * accuracy, for the regions of the workspace. */
KZ_CHECK_RESULT kz_status kz_ray_relative_measure(kz_ray_work *work, kz_ray_report *report);

/* Row f of d, from which edges are read; where there are patches its coefficients are in work->row,
 * until that is used again. */
kz_mismatch kz_ray_mismatch(const kz_ray_work *work, int f);

#endif
