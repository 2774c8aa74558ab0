/* The junction's differential equations in time; library-internal. */
#ifndef KZ_RELAX_INTEGRATE_H
#define KZ_RELAX_INTEGRATE_H

#include "relax/system.h"

/* States at the times t [count] >= 0, ascending, from y [n + 2] at t = 0.
 *  out       [count][n + 2]
 *  finished  out: how many times were reached
 *  tol       of each step, in u and in heat, absolute
 *  progress  of options: after every time
 * Returns KZ_ENOCONV (a step fails at any length), KZ_ECANCELLED, KZ_ENOMEM, or the status of a
 * current. */
KZ_CHECK_RESULT kz_status kz_relax_integrate(double *out, size_t *finished,
                                             const kz_relax_system *system, const double *y,
                                             const double *t, size_t count, double tol,
                                             const kz_options *options);

#endif
