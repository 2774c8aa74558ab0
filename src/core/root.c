#include "core/root.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdbool.h>

#include "core/error.h"

enum { ITERATIONS_MAX = 200 };

/* Asking for a value that drowned in its own error: this much more accurately. */
static const double SHARPER = 1e-2;

/* Of the value that Newton's method expects after a step, its accuracy. */
static const double DIGITS = 0.1;

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

/* -- Newton's method -------------------------------------------------------------------------- */

typedef struct {
    double low, high;
    int sign_high;
    double previous; /* length of the last step */
} bracket;

static void shrink(bracket *b, double x, double value)
{
    if (value * b->sign_high > 0)
        b->high = x;
    else
        b->low = x;
}

/* Newton's step, or half the bracket where that leaves it or where steps do not halve. */
static double next_from(const bracket *b, double x, const kz_root_value *at)
{
    double newton = x - at->value / at->slope, middle = b->low + 0.5 * (b->high - b->low);
    bool inside = newton >= b->low && newton <= b->high; /* false for nan */
    return inside && fabs(newton - x) <= 0.5 * b->previous ? newton : middle;
}

/* Nothing is left between the ends. */
static bool is_exhausted(const bracket *b)
{
    return !(b->high - b->low > 4e-16 * fmax(fabs(b->low), fabs(b->high)) + 1e-300);
}

kz_status kz_root_newton(double *x, kz_root_value *last, kz_root_function function, void *context,
                         const kz_root_problem *problem)
{
    bracket b = {problem->low, problem->high, problem->sign_high, INFINITY};
    double here = problem->start, tol = fmax(problem->tol_first, problem->tol);
    for (int i = 0; i < ITERATIONS_MAX; i++) {
        KZ_TRY(function(last, here, tol, context));
        if (!isfinite(last->value))
            return KZ_FAIL(KZ_EDOMAIN, "function value at %.15g is not finite", here);
        bool drowned = fabs(last->value) <= last->err, sharpest = tol <= problem->tol;
        if (drowned && !sharpest && last->err > 0) {
            tol = fmax(problem->tol, SHARPER * tol);
            continue;
        }
        shrink(&b, here, last->value);
        double next = next_from(&b, here, last), step = fabs(next - here);
        bool close = step <= problem->step * last->scale &&
                     (sharpest || last->err <= DIGITS * fabs(last->value));
        if (drowned || is_exhausted(&b) || close) {
            *x = drowned ? here : next;
            return KZ_OK;
        }
        double left = DIGITS * fabs(last->value) * step / last->scale;
        tol = fmax(problem->tol, fmin(tol, left));
        b.previous = step;
        here = next;
    }
    return KZ_FAIL(KZ_ENOCONV, "no root in [%.15g, %.15g] after %d steps", problem->low,
                   problem->high, ITERATIONS_MAX);
}
