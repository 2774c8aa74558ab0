#include "core/root.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

#include "core/error.h"

enum { ITERATIONS_MAX = 200 };

typedef struct {
    kz_scalar_function function;
    void *context;
    kz_status status; /* first failure */
} guarded;

/* GSL would call its error handler on a value that is not finite: failures are kept aside and
 * end the iteration as if a root were found. */
static double evaluate(double x, void *context)
{
    guarded *g = context;
    double value = 0;
    if (g->status == KZ_OK) g->status = g->function(&value, x, g->context);
    if (g->status == KZ_OK && !isfinite(value))
        g->status = KZ_FAIL(KZ_EDOMAIN, "function value at %.15g is not finite", x);
    return g->status == KZ_OK ? value : 0;
}

static int iterate(gsl_root_fsolver *solver)
{
    for (int i = 0; i < ITERATIONS_MAX; i++) {
        int code = gsl_root_fsolver_iterate(solver);
        double a = gsl_root_fsolver_x_lower(solver), b = gsl_root_fsolver_x_upper(solver);
        if (code != GSL_SUCCESS) return code;
        if (gsl_root_test_interval(a, b, 1e-16, 1e-15) == GSL_SUCCESS) return GSL_SUCCESS;
    }
    return GSL_EMAXITER;
}

kz_status kz_root_find(double *x, kz_scalar_function function, void *context, double low,
                       double high)
{
    guarded g = {function, context, KZ_OK};
    double at_low = evaluate(low, &g), at_high = evaluate(high, &g);
    if (g.status != KZ_OK) return g.status;
    if (at_low == 0 || at_high == 0) {
        *x = at_low == 0 ? low : high;
        return KZ_OK;
    }
    if ((at_low > 0) == (at_high > 0)) return KZ_ENOROOT;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (!solver) return KZ_FAIL(KZ_ENOMEM, "no root solver");
    gsl_function wrapped = {evaluate, &g};
    int code = gsl_root_fsolver_set(solver, &wrapped, low, high);
    if (code == GSL_SUCCESS && g.status == KZ_OK) code = iterate(solver);
    double root = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    if (g.status != KZ_OK) return g.status;
    if (code != GSL_SUCCESS)
        return KZ_FAIL(KZ_ENOCONV, "root in [%.15g, %.15g]: %s", low, high, gsl_strerror(code));
    *x = root;
    return KZ_OK;
}
