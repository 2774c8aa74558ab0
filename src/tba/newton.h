/* Thermal states on a given grid; library-internal. */
#ifndef KZ_TBA_NEWTON_H
#define KZ_TBA_NEWTON_H

#include <stdbool.h>

#include "tba/fermi_edge.h"
#include "tba/local.h"

/* Unknowns are x_f = ln eta_f (f < N-1) and y in the last row, from which ln eta_{N-1} = a + y,
 * ln eta_N = a - y with a = P mu / 2.  sign x = drive + smooth part (signs of form.h), the drive
 * (first row only) known in closed form. */
typedef struct {
    double beta, mu;
} kz_ensemble;

/* Value of x_f at lambda -> inf (a state of beta = 0), rows [N-1]; even in mu. */
void kz_thermal_asymptote(double *x, const kz_form *form, double mu);

/* Drive -pi sin(gamma) beta s at the nodes, [n]. */
void kz_thermal_drive(double *drive, const kz_convolution *convolution, double beta);

/* 1/(1 + eta) for x = ln eta, to a relative accuracy. */
double kz_thermal_filling(double x);

/* a: the last row's x = y stands for ln eta_{N-1} = y + a and -ln eta_N = y - a.  0 where the form
 * is closed, whose last row is a string like the others. */
double kz_thermal_shift(const kz_form *form, double mu);

/* From x [rows*n]: L = ln(1 + eta) (last row: both strings), hole weights D, and
 * M = (1 - theta_{N-1}) - theta_N [n].  Any output may be NULL. */
void kz_thermal_weights(double *L, double *D, double *M, const double *x, const kz_form *form,
                        size_t n, double mu);

/* Whether the nodes show how fillings change: no X = ln eta that comes near 0 goes by more than 5
 * from one node to the next.  A Fermi point narrower than that is not there on any such grid, and
 * two of them agree on a state without what is thermal at it.  x [rows*n]; a: kz_thermal_shift(),
 * of the last row. */
bool kz_thermal_is_resolved(const double *x, size_t rows, size_t n, double a);

typedef struct {
    int iterations;     /* Newton steps */
    int applications;   /* of the linear operator, all steps together */
    double residual;    /* 2-norm of the residual's coefficients */
    kz_closure closure; /* of the solution, where the form is closed */
} kz_newton_report;

/* Newton-Krylov for the TBA equations on the (KZ_EVEN) grid of `local`.
 *  z      in/out [rows*n]  coefficients of sign x - drive; used as first guess when warm
 *  x      out [rows*n]     nodal values of x
 *  D, M   out              hole weights at the solution
 *  edge                    the Fermi point of the state, placed on return; NULL: none is set apart
 *  tol                     on the 2-norm of the residual's coefficients; rounding is accepted
 *  Global convergence at Q = 1: the equations are concave with an inverse-positive derivative, so
 *  Newton's iteration is monotone from its second step on (ortega1970, theorem 13.3.4). */
KZ_CHECK_RESULT kz_status kz_thermal_newton(double *z, double *x, double *D, double *M,
                                            kz_local *local, kz_fermi_edge *edge,
                                            const kz_convolution *convolution, kz_ensemble ensemble,
                                            bool warm, double tol, kz_newton_report *report);

#endif
