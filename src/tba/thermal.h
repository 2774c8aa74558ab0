/* How accurate what a thermal state is made of has to be; library-internal. */
#ifndef KZ_TBA_THERMAL_H
#define KZ_TBA_THERMAL_H

#include "tba/grid/convolution.h"

/* Grid for a thermal state at accuracy tol, from the strip |Im lambda| < g/2, g = min(gamma,
 * pi - gamma), in which the fillings are analytic at moderate beta (trapezoid error e^{-pi g/h})
 * and from tails e^{-2 window}.  Low temperatures in a field need finer ones: callers refine by
 * measurement. */
kz_grid kz_thermal_grid(kz_chain chain, double beta, double tol);

/* Residual of the solves for numbers that are good to tol.  A tenth of tol is to be set aside, as
 * two grids with the same residual do not show what it does. */
double kz_thermal_solve_tol(kz_chain chain, double tol);

/* What rounding does to the numbers of a thermal state, relative to max(1, |value|).
 *  spin      dressed charges go up to half of it
 *  response  sum of the absolute second derivatives of ln Z that are of interest */
double kz_thermal_rounding(const kz_form *form, double spin, double beta, double mu,
                           double response);

#endif
