/* Both states of a bipartition in the ensemble weighted by e^{lambda Q}, for given kappa (bias.h);
 * library-internal. */
#ifndef KZ_GHD_COUNTING_WEIGHTING_H
#define KZ_GHD_COUNTING_WEIGHTING_H

#include <kapitza/fluctuations.h>

#include "ghd/level/level.h"
#include "ghd/ray/ray.h"

/* One mesh as it is without weighting, and nodal work on it. */
typedef struct {
    kz_weights side[2];
    double *kappa;   /* [rows*n], last row: y */
    double *part[2]; /* [rows*n] V were all strings those of one side */
    double *value;   /* [rows*n] V */
    double *inside;  /* [n] */
} kz_plain_mesh;

typedef struct {
    kz_charge charge;
    kz_level *level; /* carries the weighted weights */
    kz_ray_work *ray;
    kz_plain_mesh mesh[2]; /* of the coarse mesh, of the fine one */
    double half_charge;    /* a in kappa = a + y, a - y of strings N-1 and N; 0 where closed: */
    double spin;           /* lambda of the spin there, which the closures take, else 0 */
} kz_weighting;

/* kz_weighting_free() also after a failure.  tol: residual of the states' own equations. */
KZ_CHECK_RESULT kz_status kz_weighting_create(kz_weighting *out, kz_grid grid, const kz_state *left,
                                              const kz_state *right, kz_charge charge, double tol);
void kz_weighting_free(kz_weighting *weighting);

/* The length of t and V on the coarse mesh, rows*n. */
size_t kz_weighting_size(const kz_weighting *weighting);

/* Per lambda: what multiplies the source of rho^t in kappa's first row, and the half a of the
 * charge that strings N-1 and N carry together. */
double kz_weighting_drive(const kz_weighting *weighting);
double kz_weighting_half_charge(const kz_weighting *weighting);

/* Weighs the level's weights and renews the ray's workspace.  t [rows*n]: coefficients of the
 * smooth part of kappa on the coarse mesh, signs as in form.h. */
void kz_weighting_apply(kz_weighting *weighting, const double *t, double lambda);

/* V [rows*n] of what has been applied, in the regions of the ray that was solved with it; fine or
 * coarse mesh.  Belongs to the weighting, which overwrites it at the next call. */
double *kz_weighting_value(kz_weighting *weighting, bool fine);

/* Where the form is closed: ends the strings of one side, whose V stands in the last row, on a
 * mesh.
 */
void kz_weighting_weigh_tail(kz_weighting *weighting, int which, int side);

/* The same: adds to the coefficients of K V what R makes of the last row too little.
 *  value    in [rows*n] coefficients of V, as kz_local_convolve() leaves them
 *  scratch  [rows*n] */
void kz_weighting_close(double *residual, const kz_weighting *weighting, const double *value,
                        double *scratch);

/* A bound on |kappa|. */
double kz_weighting_largest(const kz_weighting *weighting);

/* What rounding of the fillings does to F on the ray that was solved. */
double kz_weighting_rounding(const kz_weighting *weighting);

#endif
