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

/* M over the last row's D. */
double kz_tail_polarisation(const kz_tail *tail);

/* Even functions of lambda at the nodes of a KZ_EVEN grid.  One string may stand apart, that of the
 * length 1 and parity +1 of the ground state in a field, or that with the Fermi point of a cold
 * state: the actual weights are hole + g in row sea_row and polarisation + sea_polarisation * g,
 * with g = sea_hole inside |lambda| < fermi_point, 0 outside, plus its thermal part on the panels
 * of a cold state.  Everything else is smooth. */
typedef struct {
    size_t n;
    int rows;
    double *hole;         /* [rows*n] D_f */
    double *polarisation; /* [n] M = (1 - theta_{N-1}) - theta_N; closed: +-tanh(kappa t) D_N */
    double *x;            /* [rows*n] thermal states: ln eta_f and y; else unused */
    double *edge;         /* [rows] D_f at infinite rapidity; its mean where closed */
    kz_tail tail;         /* where the form is closed */
    bool hidden;          /* a Fermi point that the nodes do not show (newton.h) */
    int sea_row;          /* -1: no string stands apart */
    double fermi_point;
    double sea_hole;         /* -1, but +1 where string N fills the sea */
    double sea_polarisation; /* +1 or -1 where the sea is in the last row, else 0 */
    kz_fermi_edge *panels;   /* of a cold state; else NULL */
} kz_fillings;

/* Fermi point B of the ground state in the field h, known to tol; h = 0: of none. */
typedef struct {
    double h, tol, B;
} kz_known_sea;

/* Where Newton's method for a thermal state starts; the solution stands there afterwards.  Of a
 * ground state in a field, what was found before, on any grid. */
typedef struct {
    double *z;  /* [rows*n] coefficients of x - drive (tba/newton.h) */
    bool warm;  /* z is the solution for a state nearby, or one interpolated from another grid */
    bool whole; /* no string is to stand apart: all fillings are wanted at the nodes */
    bool dilute_whole; /* the same of states without a Fermi point */
    kz_known_sea sea;
} kz_fillings_guess;

/* Weights of any state.  tol is the residual allowed in the TBA equations.
 * `local` is workspace on `convolution` (KZ_EVEN).
 *  guess  in/out, may be NULL */
KZ_CHECK_RESULT kz_status kz_fillings_create(kz_fillings **out, const kz_state *state,
                                             const kz_convolution *convolution, kz_local *local,
                                             double tol, kz_fillings_guess *guess);
void kz_fillings_free(kz_fillings *fillings);

/* Weights of a thermal state without a Fermi point from z [rows*n], the solution on another KZ_EVEN
 * grid of the same window, fine enough for the state: no equation is solved. */
KZ_CHECK_RESULT kz_status kz_fillings_interpolate(kz_fillings **out, const kz_state *state,
                                                  const kz_convolution *convolution,
                                                  const double *z, const kz_convolution *from);

/* Whether the state is the edge of the band where the first row has no holes (form.h). */
bool kz_fillings_is_near_edge(const kz_state *state, const kz_form *form);
bool kz_fillings_is_far_edge(const kz_state *state, const kz_form *form);

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
