/* GSL's semi-implicit extrapolation of the midpoint rule (Bader and Deuflhard), with the exact
 * Jacobian: few long steps of high order, which reach rounding in times where stiff multistep
 * methods of order 5 leave two or three digits more (docs/relax.md has the measurement).  Heat and
 * u are one system, so that the balance of energy is an invariant of the steps. */
#include "relax/integrate.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* From one time to the next.  Runs take a few hundred; one that needs more than this does not come
 * to an end at rounding. */
enum { STEPS_MAX = 4000 };

/* First step, as a share of the diffusion time of the narrowest distance of nodes. */
static const double FIRST_STEP = 1;

typedef struct {
    const kz_relax_system *system;
    kz_status status; /* of the last evaluation */
} guarded;

/* In a very short junction, or one of very little capacity, the matrix of a step is singular to
 * rounding, at which GSL's default handler aborts.  The handler is one for all threads: the first
 * that integrates puts this one in its place, the last one brings it back. */
static pthread_mutex_t handler_lock = PTHREAD_MUTEX_INITIALIZER;
static gsl_error_handler_t *handler_before;
static int integrating;
static _Thread_local bool singular;

static void note_singular(const char *reason, const char *file, int line, int code)
{
    (void)reason, (void)file, (void)line, (void)code;
    singular = true;
}

static void put_handler_away(void)
{
    singular = false;
    pthread_mutex_lock(&handler_lock);
    if (integrating++ == 0) handler_before = gsl_set_error_handler(note_singular);
    pthread_mutex_unlock(&handler_lock);
}

static void bring_handler_back(void)
{
    pthread_mutex_lock(&handler_lock);
    if (--integrating == 0) (void)gsl_set_error_handler(handler_before);
    pthread_mutex_unlock(&handler_lock);
}

/* A failing evaluation makes GSL try a shorter step, GSL_EBADFUNC makes it stop. */
static int rate(double t, const double *y, double *dydt, void *context)
{
    guarded *g = context;
    (void)t;
    if (singular) return GSL_EBADFUNC;
    g->status = kz_relax_rate(dydt, g->system, y);
    return g->status == KZ_OK ? GSL_SUCCESS : GSL_EDOM;
}

static int jacobian(double t, const double *y, double *dfdy, double *dfdt, void *context)
{
    guarded *g = context;
    (void)t;
    memset(dfdt, 0, (g->system->elements->n + 2) * sizeof *dfdt);
    g->status = kz_relax_jacobian(dfdy, g->system, y);
    return g->status == KZ_OK ? GSL_SUCCESS : GSL_EDOM;
}

typedef struct {
    gsl_odeiv2_step *step;
    gsl_odeiv2_control *control;
    gsl_odeiv2_evolve *evolve;
    gsl_odeiv2_system equations;
} solver;

static void solver_free(solver *s)
{
    if (s->evolve) gsl_odeiv2_evolve_free(s->evolve);
    if (s->control) gsl_odeiv2_control_free(s->control);
    if (s->step) gsl_odeiv2_step_free(s->step);
}

static kz_status solver_create(solver *s, guarded *g, double tol)
{
    size_t size = g->system->elements->n + 2;
    *s = (solver){.equations = {rate, jacobian, size, g}};
    s->step = gsl_odeiv2_step_alloc(gsl_odeiv2_step_bsimp, size);
    s->control = gsl_odeiv2_control_y_new(0.5 * tol, 0.5 * tol); /* of max(1, |y|) */
    s->evolve = gsl_odeiv2_evolve_alloc(size);
    if (s->step && s->control && s->evolve) return KZ_OK;
    return KZ_FAIL(KZ_ENOMEM, "no integrator for %zu unknowns", size);
}

/* The tables hold where a step has led. */
static kz_status check_tables(const kz_relax_system *s, const double *y, double t)
{
    double low, high;
    for (size_t i = 0; i < s->elements->n; i++) {
        if (kz_material_covers(&low, &high, s->material, y[1 + i])) continue;
        return KZ_FAIL(
            KZ_EDOMAIN,
            "at t = %.15g the junction has T = %.15g, outside the tables of capacity and "
            "conductivity, T = %.15g ... %.15g",
            t, y[1 + i], low, high);
    }
    return KZ_OK;
}

/* From *t to `end`; *h is the next step. */
static kz_status advance(double *y, double *t, double *h, solver *s, guarded *g, double end)
{
    for (int steps = 0; *t < end; steps++) {
        int code =
            gsl_odeiv2_evolve_apply(s->evolve, s->control, s->step, &s->equations, t, end, h, y);
        if (code == GSL_SUCCESS && steps < STEPS_MAX) {
            KZ_TRY(check_tables(g->system, y, *t));
            continue;
        }
        if (g->status != KZ_OK && g->status != KZ_EDOMAIN) return g->status;
        return KZ_FAIL(KZ_ENOCONV, "the heat equation of the junction stops at t = %.15g", *t);
    }
    return KZ_OK;
}

static double first_step(const kz_relax_system *s, const double *y)
{
    const kz_elements *e = s->elements;
    double distance = e->x[1] - e->x[0];
    double conductivity = kz_material_value(&s->material->conductivity, y[1]);
    double capacity = kz_material_value(&s->material->capacity, y[1]);
    return FIRST_STEP * distance * distance * capacity / conductivity;
}

kz_status kz_relax_integrate(double *out, size_t *finished, const kz_relax_system *system,
                             const double *y, const double *t, size_t count, double tol,
                             kz_progress *progress)
{
    size_t size = system->elements->n + 2;
    guarded g = {system, KZ_OK};
    solver s;
    double *state = NULL, at = 0, h = first_step(system, y);
    *finished = 0;
    put_handler_away();
    kz_status status = solver_create(&s, &g, tol);
    if (status == KZ_OK) status = kz_alloc_doubles(&state, size);
    if (status == KZ_OK) {
        memcpy(state, y, size * sizeof *state);
        status = check_tables(system, state, 0);
    }
    for (size_t i = 0; status == KZ_OK && i < count; i++) {
        status = advance(state, &at, &h, &s, &g, t[i]);
        if (status != KZ_OK) break;
        memcpy(out + i * size, state, size * sizeof *state);
        *finished = i + 1;
        if (!progress) continue;
        kz_progress_add_ahead(progress, 1, count - i - 1);
        if (kz_progress_is_cancelled(progress))
            status = KZ_FAIL(KZ_ECANCELLED, "cancelled at t = %.15g", t[i]);
    }
    kz_free(state);
    solver_free(&s);
    bring_handler_back();
    return status;
}
