/* Strings beyond the rows of a gapped chain, on a ray; library-internal.
 *
 * Up to e^{-phi n} the strings n > N of a state all have one velocity,
 *     v_inf = int D_N d_N/int D_N rho^t_N + zeta,   d = (v - zeta) rho^t,
 * so that one of the two states fills them all, the left one where int D_N d_N > 0.  Its closure
 * (tba/closure.h) ends the rows; the magnetization, whose sign the fillings do not know, is
 *     m = (f/2) tanh(kappa t) int D_N rho^t_N
 * with sign f, kappa and t of that state: it jumps where v_inf = zeta. */
#ifndef KZ_GHD_TAIL_TAIL_H
#define KZ_GHD_TAIL_TAIL_H

#include "ghd/ray/work.h"

/* The grid on which a ray of a gapped chain is tried first. */
kz_grid kz_tail_grid(kz_chain chain, double tol);

/* The functions below do nothing, and return false or 0, where the form has no strings beyond its
 * rows. */

/* Ends the rows of the workspace with the state on this side. */
void kz_ray_tail_enter(kz_ray_work *work, int side);

/* The side that the last d speaks for; true where that is a new one, which then is entered. */
bool kz_ray_tail_turn(kz_ray_work *work);

/* Whether the last d speaks for the side that has been entered. */
bool kz_ray_tail_agrees(const kz_ray_work *work);

/* Adds s * R v to the last row of `out`; coefficients [rows*n] on the mesh. */
void kz_ray_tail_couple(double *out, const double *v, const kz_ray_work *work, const kz_mesh *mesh);

/* As kz_local_dress_spin(), where the form has strings beyond its rows, filled as last entered: y
 * and n^dr are one in all rows. */
KZ_CHECK_RESULT kz_status kz_ray_tail_dress_spin(double *y, double *t, const kz_ray_work *work,
                                                 const double *hole, bool warm, double tol);

/* Error of a coefficient of z_{N+1} at most, z = D q, by those z [n] of row N, which those of row
 * N - 1 precede: that of the closure one row earlier, and what `other` would make of row N instead;
 * NULL: all strings beyond are on one side. */
double kz_tail_error(const kz_convolution *convolution, const kz_closure *here,
                     const kz_closure *other, const double *z, size_t index);

/* Effects on the two charges of what the closure leaves out, by what it changes in rho^t and in d.
 */
typedef struct {
    kz_charge_pair rho, d;
} kz_tail_effect;

/* Measures them and sets the polarisation of both meshes.  Where the side is not certain, that is
 * the mean of both, and half their difference counts as an error.
 *  noise  in  of d.  Overwrites the fine scratch, residual and error. */
kz_tail_effect kz_ray_tail_finish(kz_ray_work *work, double noise);

#endif
