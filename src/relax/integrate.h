/* The junction's differential equations in time; library-internal. */
#ifndef KZ_RELAX_INTEGRATE_H
#define KZ_RELAX_INTEGRATE_H

#include "core/progress.h"
#include "relax/system.h"

/* States at the times t [count] >= 0, ascending, from y [n + 2] at t = 0.
 *  out       [count][n + 2]
 *  finished  out: how many times were reached
 *  tol       of each step, in u and in heat, absolute
 *  progress  is told after every time; NULL: nobody is
 * Returns KZ_ENOCONV (a step fails at any length), KZ_EDOMAIN (outside a table), KZ_ECANCELLED,
 * KZ_ENOMEM, or the status of a current. */
KZ_CHECK_RESULT kz_status kz_relax_integrate(double *out, size_t *finished,
                                             const kz_relax_system *system, const double *y,
                                             const double *t, size_t count, double tol,
                                             kz_progress *progress);

#endif
