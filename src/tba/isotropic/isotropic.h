/* Thermal states of the isotropic chain, Delta = 1; library-internal.
 *
 * Rows n = 1 ... N are strings, lambda real, s(lambda) = 1/(2 cosh pi lambda):
 *     ln eta_1 = -pi beta s + s*L_2,   ln eta_n = s*(L_{n-1} + L_{n+1}),   L = ln(1 + eta).
 * Their infinite tail is closed exactly: 1 + eta_{N+1} = (1 + b)(1 + b'), where the auxiliary
 * functions b, b' solve two more equations (jsuzuki1999; docs/delta.md), and what comes of ln Z has
 * no error in N.  From the N strings sums over all, Drude weights and noises, are extrapolated. */
#ifndef KZ_TBA_ISOTROPIC_ISOTROPIC_H
#define KZ_TBA_ISOTROPIC_ISOTROPIC_H

#include <kapitza/thermo.h>

#include "tba/grid/convolution.h"

/* As kz_equilibrium_on_grid() for chain Delta = 1, with nodes lambda = w tan(pi i/(2 half + 1)),
 * i = -half ... half, w = grid.window, and grid.order strings.  out->err is that of what the
 * strings beyond have of Drude weights and noises, or infinite (equilibrium.h); the error of the
 * grid is the caller's to find.
 * Returns KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_on_grid(kz_thermo *out, kz_grid grid, double beta,
                                               double mu);

/* w of the nodes lambda = w tan theta: functions of string n vary over n/2 and have poles at about
 * 1/2, w is between both. */
double kz_isotropic_width(int order);

/* First grid for a tolerance; what does not depend on the rows needs two. */
kz_grid kz_isotropic_rows_grid(kz_chain chain, double beta, double tol);
kz_grid kz_isotropic_grid(kz_chain chain, double beta, double mu, double tol);

/* More nodes, more strings up to KZ_ISOTROPIC_ORDER_MAX; where dense matrices no longer do, more
 * than KZ_ISOTROPIC_HALF_MAX nodes. */
kz_grid kz_isotropic_finer(kz_grid grid);

enum { KZ_ISOTROPIC_HALF_MAX = 600, KZ_ISOTROPIC_ORDER_MAX = 256 };

#endif
