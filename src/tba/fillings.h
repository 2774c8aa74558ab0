/* A stationary state of the XXZ chain as weights on a half-line grid; library-internal. */
#ifndef KZ_TBA_FILLINGS_H
#define KZ_TBA_FILLINGS_H

#include <kapitza/state.h>

#include <stdbool.h>

#include "tba/local.h"
#include "tba/newton.h"

/* Even functions of lambda at the nodes of a KZ_EVEN grid.  The actual first-row weight is
 * hole - 1 inside |lambda| < fermi_point (ground state in a field); everything else is smooth. */
typedef struct {
    size_t n;
    int rows;
    double *hole;          /* [rows*n] D_f */
    double *polarisation;  /* [n] M = (1 - theta_{P-1}) - theta_P */
    double *x;             /* [rows*n] thermal states: ln eta_f and y; else unused */
    double *edge;          /* [rows] D_f at infinite rapidity */
    double fermi_point;    /* 0: no jump */
    double polarised_jump; /* P = 2: polarisation is less by this inside |lambda| < B; else 0 */
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

/* Saturation field 1 + Delta of the ground state. */
double kz_saturation_field(int P);

typedef struct {
    double fermi_point; /* B: string 1 fills |lambda| < B */
    double energy;      /* <h_n>, without the field term */
    double magnetization;
    double err; /* change under doubling of the quadrature */
} kz_ground_field;

/* Ground state in a field 0 < h < 1 + Delta by Nystrom's method on [-B, B] with the full kernel.
 * Returns KZ_EDOMAIN outside that range, KZ_ENOCONV, KZ_ESING, KZ_ENOMEM.
 * Source: takahashi1999, chapter 4. */
KZ_CHECK_RESULT kz_status kz_ground_field_solve(kz_ground_field *out, int P, double h, double tol);

#endif
