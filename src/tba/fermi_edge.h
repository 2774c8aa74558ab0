/* Fermi points of cold states, on grids that do not resolve them; library-internal.
 *
 * At any temperature and field the fillings of all strings but one are analytic in the strip
 * |Im lambda| < gamma/2 at Q = 1: Re s > 0 there, so that ln eta = s * (something positive) has a
 * positive real part.  The one left is string 1 at one sign of beta, > 0 for gamma < pi/2, and that
 * of kz_form_far_row at the other (string N where it is the last), whose argument X = x + shift
 * (shift = +-P|mu|/2 in the last row) crosses zero at lambda = B with the slope |eps'(B)|/T.  X
 * itself is smooth.  At Q > 1 no sign is known of the others, and grids tell how smooth they are.
 * So logistic(X) = [X > 0] + delta(X),    ln(1 + e^X) = [X > 0] X + ln(1 + e^-|X|): the step and
 * both rests enter by their projections on the modes of the grid, as for rays (docs/numerics.md).
 * The rests live where |X| < 38, on a few Gauss-Legendre panels whose edges are values of X, exact
 * for smooth functions times the kernels, whatever T is. */
#ifndef KZ_TBA_FERMI_EDGE_H
#define KZ_TBA_FERMI_EDGE_H

#include <stdbool.h>

#include "tba/grid/convolution.h"
#include "tba/grid/offgrid.h"

typedef struct {
    const kz_convolution *even; /* borrowed */
    kz_offgrid offgrid;         /* its modes at the nodes of the panels */
    int row;
    double width;            /* of the narrowest kernel there: kz_form_row_width() */
    bool last;               /* row: the last one */
    double shift;            /* X = x + shift */
    double polarisation;     /* the string enters M of the last row with this sign; 0: other row */
    bool rising;             /* X > 0 for lambda > point; else for lambda < point */
    double low, point, high; /* panels in [low, high], broken at X = 0 */
    double drive;            /* X = drive * s + smooth part + shift, drive in the first row only */
    double *smooth;          /* [n] coefficients of that smooth part */
    size_t panels;
    double *end; /* [panels + 1] where they meet, count / panels nodes each */
    /* on the modes of the grid, at its nodes: */
    double *step;         /* [n] [X > 0] */
    double *hole;         /* [n] 1/(1 + e^-X) */
    double *log_part;     /* [n] ln(1 + e^X) - [X > 0] X */
    size_t count, room;   /* nodes of the panels, and what the arrays below hold */
    double *lambda;       /* [count] > 0 */
    double *weight;       /* [count] of integrals over the whole line, two sides together */
    double *x;            /* [count] X */
    double *delta, *rest; /* [count] scratch */
    double *source[2];    /* [count] sources of rho^t and v rho^t; 0 but in the first row */
    double *scratch;      /* [2*n] */
} kz_fermi_edge;

/* To every chain |Delta| < 1. */
bool kz_fermi_edge_applies(kz_chain chain);

/* Whether the state is one for which the split pays: cold, and magnetized by a field. */
bool kz_fermi_edge_pays(kz_chain chain, double beta, double mu);

/* The grid of a smooth state for one whose Fermi point is taken apart: rows next to a step need
 * half the spacing, by their own kernels, as rays do. */
kz_grid kz_fermi_edge_grid(kz_grid smooth);

/* For a state (beta, mu); without panels until placed. */
KZ_CHECK_RESULT kz_status kz_fermi_edge_create(kz_fermi_edge **out, const kz_convolution *even,
                                               double beta, double mu);
void kz_fermi_edge_free(kz_fermi_edge *edge);

/* For another state; without panels until placed. */
void kz_fermi_edge_set_state(kz_fermi_edge *edge, double beta, double mu);

/* Panels and everything on them for sign x = drive + smooth part, where z [n] are the coefficients
 * of the smooth part of its row and x [n] the nodal values, drive = factor * s in the first row.
 * Where X crosses zero more than once, as on the way to a solution, the panels resolve it badly.
 * Returns KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_fermi_edge_place(kz_fermi_edge *edge, const double *z, const double *x,
                                              double drive);

/* KZ_ENOCONV unless X crosses zero once at most, at `point`, and the string is full or empty
 * outside the panels: x [n] as placed. */
KZ_CHECK_RESULT kz_status kz_fermi_edge_check(const kz_fermi_edge *edge, const double *x);

/* Replaces the string's part of L, D [n] of its row and of M [n] at the nodes of the grid by the
 * part with the step; any may be NULL.  x [n] of its row. */
void kz_fermi_edge_split(double *L, double *D, double *M, const kz_fermi_edge *edge,
                         const double *x);

/* delta at X, on the side of the step where [X > 0] is 1 (above) or 0, whatever the sign of X. */
double kz_fermi_edge_delta(double X, bool above);

/* The filling of string N or the holes of string N-1, whichever of the two shares the last row with
 * the string of the Fermi point; 0 in other rows.  x of the row. */
double kz_fermi_edge_other(const kz_fermi_edge *edge, double x);

/* A function that is f [count] on the panels and 0 elsewhere, on the modes of the grid: out [n] at
 * its nodes.  f is destroyed. */
void kz_fermi_edge_project(double *out, kz_fermi_edge *edge, double *f);

/* The function with coefficients t [n] of a row, KZ_EVEN or KZ_ODD, at the nodes of the panels: out
 * [count]. */
void kz_fermi_edge_values(double *out, kz_fermi_edge *edge, kz_parity parity, const double *t);

#endif
