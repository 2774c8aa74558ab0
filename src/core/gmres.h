/* Restarted GMRES for a matrix-free linear operator; library-internal. */
#ifndef KZ_CORE_GMRES_H
#define KZ_CORE_GMRES_H

#include <stddef.h>

#include <kapitza/status.h>

/* y = A x, both [n], no overlap; must not fail. */
typedef void (*kz_linear_map)(double *restrict y, const double *restrict x, void *context);

typedef struct kz_gmres kz_gmres; /* workspace, reusable, one thread at a time */

/* Workspace for n unknowns; the restart length is at most `restart` and is shortened so that
 * the basis stays below 20 MiB (never below 6). */
KZ_CHECK_RESULT kz_status kz_gmres_create(kz_gmres **out, size_t n, int restart);
void kz_gmres_free(kz_gmres *workspace);

typedef struct {
    int applications; /* of the operator */
    double residual;  /* |b - A x|_2 at the end */
} kz_gmres_report;

/* Solve A x = b to |b - A x|_2 <= tol (absolute).
 *  x in/out [n]: first guess, then solution (the best one found on KZ_ENOCONV)
 *  A stagnating iteration at the level of rounding, tol <= 1e-13 |b|, is accepted where the
 *  residual is below 1e-13 |b|.
 *  Returns KZ_ENOCONV after max_applications.  report may be NULL. */
KZ_CHECK_RESULT kz_status kz_gmres_solve(double *x, const double *b, kz_linear_map map,
                                         void *context, double tol, int max_applications,
                                         kz_gmres *workspace, kz_gmres_report *report);

#endif
