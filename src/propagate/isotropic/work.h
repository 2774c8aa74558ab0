/* Workspace of the geometric solution at Delta = 1; library-internal, shared by its files. */
#ifndef KZ_PROPAGATE_ISOTROPIC_WORK_H
#define KZ_PROPAGATE_ISOTROPIC_WORK_H

#include <cblas.h>
#include <math.h>

#include "core/gmres.h"
#include "propagate/isotropic/closure.h"
#include "propagate/isotropic/geometry.h"
#include "propagate/isotropic/rows.h"

typedef struct {
    const kz_isotropic_heights *heights;
    const kz_isotropic_circle *circle;
    int N, M, size;
    double x, t;
    double *source; /* [M] s (x - origin) - s_v t */
    kz_isotropic_rows rows;
    double *X, *kept, *residual, *step;     /* [size] X*, the best so far */
    double *rho, *d;                        /* [size] rho^t, v rho^t */
    double *rhs, *unscaled, *stepped, *sum; /* [size] */
    double *z, *zs;                         /* [size], [pieces*size] of rows.h */
    double *last, *apart;                   /* [M] row N; H_N less that at u_inf */
    double *turn; /* [M] how the closure changes as u_inf moves with int z_N; NULL: it stays */
    double *turn_room;
    kz_isotropic_closure closure;
    kz_isotropic_far far;
    kz_gmres *gmres;
} kz_isotropic_geometry_work;

/* out = in A^T + keep out, rows of M. */
static inline void kz_isotropic_geometry_apply_rows(double *out, const double *in, const double *A,
                                                    int rows, int M, double keep)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, M, M, 1, in, M, A, M, keep, out, M);
}

static inline double kz_isotropic_geometry_integrate(const kz_isotropic_geometry_work *w,
                                                     const double *q)
{
    return cblas_ddot(w->M, w->heights->nodes->weight, 1, q, 1);
}

/* The size of heights' changes at early times: tolerances of heights are relative to it. */
static inline double kz_isotropic_geometry_early(const kz_isotropic_geometry_work *w)
{
    return w->t == 0 ? 1 : fmin(1, fabs(w->t));
}

/* The numbers by rho and d, once the fillings stand. */
void kz_isotropic_geometry_observe(kz_geometry_values *out, kz_isotropic_geometry_work *w);

/* On the jump of the magnetization its mean, and half of it as doubt.  KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_isotropic_geometry_share_jump(kz_geometry_values *v,
                                                           kz_geometry_report *report,
                                                           kz_isotropic_geometry_work *w);

#endif
