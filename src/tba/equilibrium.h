/* Thermodynamics of a thermal state from its weights on one grid; library-internal. */
#ifndef KZ_TBA_EQUILIBRIUM_H
#define KZ_TBA_EQUILIBRIUM_H

#include <kapitza/thermo.h>

#include "tba/grid/convolution.h"

/* The thermal state (beta, mu) on `grid`; out->err is what is known to be left out: infinite where
 * the nodes do not resolve a Fermi point, Drude weights of strings beyond the rows at Delta = 1,
 * and 0 elsewhere. tol is the accuracy of the inner solves, not of the grid. */
KZ_CHECK_RESULT kz_status kz_equilibrium_on_grid(kz_thermo *out, kz_grid grid, double beta,
                                                 double mu, double tol);

/* Same, refining grid and window until every number changes by less than tol * max(1, |value|);
 * out->err bounds the change that is left. */
KZ_CHECK_RESULT kz_status kz_equilibrium(kz_thermo *out, kz_chain chain, double beta, double mu,
                                         double tol);

#endif
