/* The linear system of the local form; library-internal.
 *
 * A state enters through its hole weights D, in rows of one string 1 - theta_f, in the last one,
 * that of strings N-1 and N,
 *     D = (1 - theta_{N-1}) + theta_N  in [0, 2],
 * and every dressed quantity solves  u = source + K D u  with the operator K of form.h.  At Q = 1
 * K >= 0 and the spectral radius of K D is below 1. */
#ifndef KZ_TBA_LOCAL_H
#define KZ_TBA_LOCAL_H

#include <stdbool.h>

#include "core/gmres.h"
#include "tba/closure.h"
#include "tba/grid/convolution.h"

typedef struct kz_local kz_local; /* workspace on one grid; one thread at a time */

/* Borrows `convolution`, which must outlive the workspace. */
KZ_CHECK_RESULT kz_status kz_local_create(kz_local **out, const kz_convolution *convolution);
void kz_local_free(kz_local *local);

/* Closure of the strings beyond the last row (gapped chains): adds R to K there.  Call before
 * kz_local_set_background(). */
void kz_local_set_closure(kz_local *local, const kz_closure *closure);

/* Constant hole weights [rows] that approximate D at large |lambda|: the preconditioner is the
 * exact inverse for them, one tridiagonal system per Fourier mode (without pivoting: its pivots are
 * positive, couplings between blocks are antisymmetric and add to them). */
void kz_local_set_background(kz_local *local, const double *background);

/* coefficients <- (1 - K D_background)^{-1} coefficients. */
void kz_local_precondition(double *coefficients, const kz_local *local);

/* Solve (1 - K D) t = r for the Fourier coefficients of t.
 *  t in/out [rows*n]  first guess, then solution
 *  hole    [rows*n]   D at the nodes
 *  r       [rows*n]   coefficients of the right-hand side
 *  tol                on the 2-norm of the (preconditioned) residual coefficients */
KZ_CHECK_RESULT kz_status kz_local_solve(double *t, kz_local *local, const double *hole,
                                         const double *r, double tol, int *applications);

/* out = coefficients of K v for the nodal values v [rows*n]; v is destroyed. */
void kz_local_convolve(double *restrict out, const kz_local *local, double *restrict v);

/* Dressing: u = source in the first row + K D u.  On success u [rows*n] holds nodal values and t
 * (in: first guess) the coefficients of the smooth part u - source.
 *  source [n]  nodal values of the first row's source */
KZ_CHECK_RESULT kz_status kz_local_dress(double *u, double *t, kz_local *local, const double *hole,
                                         const double *source, double tol, int *applications);

/* Dressing of the magnetization: y = K (D y + (P/2) M in the last row), without a Fermi point, so
 * that sigma n_f = y_f below the last row and P/2 +- y_f in it.  On success y [rows*n] holds nodal
 * values and t its coefficients.
 *  polarisation [n]  M at the nodes
 *  warm              t is a first guess */
KZ_CHECK_RESULT kz_status kz_local_dress_spin(double *y, double *t, kz_local *local,
                                              const double *hole, const double *polarisation,
                                              bool warm, double tol);

#endif
