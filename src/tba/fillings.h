/* A stationary state of the XXZ chain as weights on a half-line grid; library-internal. */
#ifndef KZ_TBA_FILLINGS_H
#define KZ_TBA_FILLINGS_H

#include <kapitza/state.h>

#include <stdbool.h>

#include "tba/local.h"
#include "tba/newton.h"

/* The strings beyond the rows of a closed form (closure.h). */
typedef struct {
    kz_closure closure;
    double sign;   /* of the magnetization, which the fillings do not know: -1, 0 or 1 */
    double defect; /* of L_{N+1}, at most */
} kz_tail;

/* Even functions of lambda at the nodes of a KZ_EVEN grid.  The ground state in a field has a Fermi
 * sea |lambda| < fermi_point of the string of length 1 and parity +1: inside it the actual weights
 * are hole + sea_hole in row sea_row and polarisation + sea_polarisation.  Everything else is
 * smooth. */
typedef struct {
    size_t n;
    int rows;
    double *hole; /* [rows*n] D_f */
    double
        *polarisation;  /* [n] M = (1 - theta_{N-1}) - theta_N; +-tanh(kappa t) D_N where closed */
    double *x;          /* [rows*n] thermal states: ln eta_f and y; else unused */
    double *edge;       /* [rows] D_f at infinite rapidity; its mean where closed */
    kz_tail tail;       /* where the form is closed */
    double fermi_point; /* 0: no sea */
    int sea_row;
    double sea_hole;         /* -1, but +1 where string N fills the sea */
    double sea_polarisation; /* where the sea is in the last row, else 0 */
} kz_fillings;

/* Where Newton's method for a thermal state starts; the solution stands there afterwards. */
typedef struct {
    double *z; /* [rows*n] coefficients of x - drive (tba/newton.h) */
    bool warm; /* z is the solution for a state nearby, or one interpolated from another grid */
} kz_fillings_guess;

/* Weights of any state.  tol is the residual allowed in the TBA equations.
 * `local` is workspace on `convolution` (KZ_EVEN).
 *  guess  in/out, may be NULL; states that are not thermal leave it as it is */
KZ_CHECK_RESULT kz_status kz_fillings_create(kz_fillings **out, const kz_state *state,
                                             const kz_convolution *convolution, kz_local *local,
                                             double tol, kz_fillings_guess *guess);
void kz_fillings_free(kz_fillings *fillings);

/* Whether the state is the edge of the band where the first row has no holes (form.h). */
bool kz_fillings_is_near_edge(const kz_state *state, const kz_form *form);

/* Saturation field 1 + Delta of the ground state. */
double kz_saturation_field(kz_chain chain);

typedef struct {
    double fermi_point; /* B: length 1, parity +1 fills |lambda| < B */
    double energy;      /* <h_n>, without the field term */
    double magnetization;
    double err; /* change under doubling of the quadrature */
} kz_ground_field;

/* Ground state in a field 0 < h < 1 + Delta by Nystrom's method on [-B, B] with the full kernel.
 * Returns KZ_EDOMAIN outside that range, KZ_ETOL (*out is written, out->err says how good it is),
 * KZ_ENOCONV, KZ_ESING, KZ_ENOMEM.
 * Source: takahashi1999, chapter 4. */
KZ_CHECK_RESULT kz_status kz_ground_field_solve(kz_ground_field *out, kz_chain chain, double h,
                                                double tol);

#endif
