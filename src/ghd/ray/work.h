/* Workspace of a ray solve; library-internal, shared by the files of a ray. */
#ifndef KZ_GHD_RAY_WORK_H
#define KZ_GHD_RAY_WORK_H

#include <math.h>

#include "ghd/ray/ray.h"

/* Effects on, or weights of, the two charges. */
typedef struct {
    double energy, magnetization;
} kz_charge_pair;

typedef struct kz_relative kz_relative; /* relative.h */

/* Of d at either end: both see the other's tail, which may look like a sign. */
enum { KZ_RAY_LEAK = 2 };

struct kz_ray_work {
    const kz_level *level;
    kz_local *local;
    kz_region *region; /* [rows] */
    double zeta;       /* of the last ray */
    bool outside;      /* of the light cone: its regions are known (cone.h) */
    int tail;          /* side that fills the strings beyond the rows (tail.h) */
    bool tail_held;    /* whatever the last d speaks for */
    bool jumps;        /* or both, with magnetizations of different signs */
    /* coarse mesh: [rows*n] but polarisation, source, row [n] */
    double *hole, *polarisation, *source, *row;
    double *d, *t_d, *u, *t_u; /* d = (v - zeta) rho^t, u = rho^t, t: coefficients */
    /* rough mesh, where the level has one: regions are sought there first */
    kz_local *rough_local;
    double *rough_hole, *rough_polarisation, *rough_source, *rough_row, *rough_d, *rough_t_d;
    /* fine mesh */
    double *fine_hole, *fine_polarisation, *fine_source, *fine_row;
    double *fine_d, *fine_u, *fine_scratch, *fine_residual;
    double *fine_error;    /* of d: the residual and what it does to the neighbouring rows */
    kz_relative *relative; /* NULL: no ray has needed it yet */
    bool is_relative;      /* d is accurate to all its digits in the tails too */
};

/* The states of the level have changed: the ray in the workspace stays as the start of the next. */
void kz_ray_work_renew(kz_ray_work *work);

/* The last ray of `from`, on a level with fewer nodes in the same window, as that start. */
void kz_ray_work_inherit(kz_ray_work *work, const kz_ray_work *from);

/* Residual of the solves for d and rho^t that a ray of tolerance tol ends with: it adds to the
 * error of both, several rows deep, and is cheap; least: rounding.  Bounds on the magnetization
 * take it times the lengths of strings, at fractions more of them than there are strings. */
double kz_ray_solve_tol(const kz_ray_work *w, double tol);

/* Source of the equation for d = (v - zeta) rho^t on the nodes of c. */
void kz_ray_mismatch_source(double *source, const kz_convolution *c, double zeta);

/* The sets {d > 0} [rows] of the d in the workspace, on the coarse mesh, where w->source has been
 * set and d solved to the residual solve_tol.  Returns KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_ray_read_regions(kz_region *region, const kz_ray_work *w,
                                              double solve_tol);

/* Free fermions (P = 2) have d in closed form: nothing is solved, rounded or periodic. */
bool kz_ray_is_free(const kz_ray_work *w);

/* Error of a sum on the fine mesh that has changed by `change` from the coarse one: twice the nodes
 * square an exponentially small error A q^n.  A is small in cold states; residuals tell that, to
 * first order, but there are none without dressing, where the change itself has to do. */
double kz_ray_sum_error(const kz_ray_work *w, double change);

/* The larger |value| of a row at both ends of the window. */
double kz_ray_ends(const double *row, const kz_convolution *c);

/* The largest |values|. */
double kz_ray_largest(const double *values, size_t n);

/* Solves for rho^t with the regions and d of w; fills out but its status, and what limits its
 * accuracy.  Returns KZ_ENOCONV where a node is filled against the sign of v - zeta. */
KZ_CHECK_RESULT kz_status kz_ray_finish(kz_ray *out, kz_ray_work *w, double zeta, double tol,
                                        kz_ray_report *report);

#endif
