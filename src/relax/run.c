/* Runs of the junction in time: two meshes, what they differ by, and what becomes of it. */
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "relax/internal.h"

enum { REFINEMENTS = 3 };

static void forget(kz_relax *relax)
{
    for (int i = 0; i < KZ_RELAX_MESHES; i++)
        kz_relax_solution_free(&relax->mesh[i]);
    kz_relax_forget_leads(relax);
    kz_free(relax->t);
    kz_free(relax->stop);
    relax->t = NULL;
    relax->stop = NULL;
    relax->n = relax->stops = 0;
    relax->history.panels = 0;
    relax->history.filled = false;
}

/* All times to stop at, ascending, and where each of them stands. */
static kz_status set_stops(kz_relax *relax, const double *t, size_t n)
{
    size_t stops = n + (size_t)(relax->history.panels * KZ_HISTORY_NODES);
    double *all = NULL;
    void *order = NULL, *stop = NULL;
    kz_status status = kz_alloc_doubles(&all, stops);
    if (status == KZ_OK) status = kz_alloc_doubles(&relax->t, stops);
    if (status == KZ_OK) status = kz_alloc(&order, stops, sizeof(size_t));
    if (status == KZ_OK) status = kz_alloc(&stop, stops, sizeof(size_t));
    relax->stop = stop;
    if (status == KZ_OK) {
        const size_t *from = order;
        if (n) memcpy(all, t, n * sizeof *t);
        kz_relax_history_times(all + n, &relax->history);
        gsl_sort_index(order, all, 1, stops);
        for (size_t k = 0; k < stops; k++) {
            relax->t[k] = all[from[k]];
            relax->stop[from[k]] = k;
        }
        relax->n = n;
        relax->stops = stops;
    }
    kz_free(all);
    kz_free(order);
    return status;
}

/* Errors of currents are worked off where the edges answer (comparison with u shifted by
 * err/|dJ/du|), and heat up what they can until then. */
double kz_relax_current_effect(const kz_relax *relax, double t)
{
    const kz_material *m = &relax->material;
    double err = fmax(kz_outflow_err(relax->outflow[0]), kz_outflow_err(relax->outflow[1]));
    double filled = 2 * t / (kz_material_least(&m->capacity) * relax->length) +
                    relax->length / (3 * kz_material_least(&m->conductivity));
    return err * fmin(1 / relax->least_slope, filled);
}

/* Of both edges at all stops that were reached. */
static kz_status least_slope(double *least, const kz_relax *relax)
{
    const kz_relax_solution *s = &relax->mesh[KZ_RELAX_FINE];
    *least = INFINITY;
    for (size_t i = 0; i < s->finished; i++) {
        for (int side = 0; side < 2; side++) {
            double current, slope, u = kz_relax_edge_u(s, i, (kz_side)side);
            KZ_TRY(kz_relax_edge(&current, &slope, &s->system, (kz_side)side, u));
            *least = fmin(*least, fabs(slope));
        }
    }
    return KZ_OK;
}

typedef struct {
    double u[2], current[2], slope[2], heat[2], energy;
} reading;

static kz_status read(reading *out, const kz_relax_solution *s, size_t stop)
{
    const double *y = kz_relax_state(s, stop);
    for (int side = 0; side < 2; side++) {
        out->u[side] = kz_relax_edge_u(s, stop, (kz_side)side);
        out->heat[side] = y[side ? s->elements.n + 1 : 0];
        KZ_TRY(kz_relax_edge(&out->current[side], &out->slope[side], &s->system, (kz_side)side,
                             out->u[side]));
    }
    out->energy = kz_relax_energy(&s->system, y);
    return KZ_OK;
}

static double relative(double err, double value) { return fabs(err) / fmax(1, fabs(value)); }

/* dT = T^2 dbeta; at infinite temperature T and its error are both inf. */
static double temperature_error(const kz_relax *relax, double u, double err)
{
    if (relax->material.by_beta && u == 0) return err;
    double other = relative(err / (u * u), 1 / u);
    return fmax(relative(err, u), other);
}

/* -d ln|energy - limit|/dt, or nan where its error exceeds the tolerance. */
static double decay_rate(double *err, const kz_relax *relax, const reading *r, double energy_err,
                         double current_err)
{
    const kz_junction_point *steady = &relax->steady;
    double rest = r->energy - relax->steady_energy;
    double rate = (r->current[1] - r->current[0]) / rest;
    bool by_beta = relax->material.by_beta;
    double minus = steady->beta_minus_err, plus = steady->beta_plus_err;
    if (!by_beta) {
        minus *= steady->t_minus * steady->t_minus;
        plus *= steady->t_plus * steady->t_plus;
    }
    double limit_err =
        relax->length * kz_material_most(&relax->material.capacity) * fmax(minus, plus);
    *err = (2 * current_err + fabs(rate) * (energy_err + limit_err)) / fabs(rest);
    bool known = *err <= relax->options.tol && isfinite(rate);
    if (!known) *err = 0;
    return known ? rate : NAN;
}

static void set_errors(kz_relax_point *p, const kz_relax *relax, const reading *fine,
                       const reading *coarse, double u_err)
{
    double err = 0, edge_err = 0, rate_err;
    for (int side = 0; side < 2; side++) {
        double du = fabs(fine->u[side] - coarse->u[side]) + u_err;
        double dJ = kz_outflow_err(relax->outflow[side]) + fabs(fine->slope[side]) * du;
        double heat = fabs(fine->heat[side] - coarse->heat[side]) +
                      2 * p->t * kz_outflow_err(relax->outflow[side]);
        err = fmax(err, temperature_error(relax, fine->u[side], du));
        err = fmax(err, relative(heat, fine->heat[side]));
        edge_err = fmax(edge_err, dJ);
    }
    double energy_err = fabs(fine->energy - coarse->energy) +
                        kz_material_most(&relax->material.capacity) * relax->length * u_err;
    p->rate = decay_rate(&rate_err, relax, fine, energy_err, edge_err);
    err = fmax(fmax(err, relative(energy_err, fine->energy)), fmax(edge_err, rate_err));
    p->err = err + 1e-14;
    p->status = p->err <= relax->options.tol ? KZ_OK : KZ_ETOL;
}

static double temperature(double beta) { return beta == 0 ? INFINITY : 1 / beta; }

static kz_status fill(kz_relax_point *p, const kz_relax *relax, size_t i)
{
    size_t stop = relax->stop[i];
    reading fine, coarse;
    *p = (kz_relax_point){.t = relax->t[stop]};
    KZ_TRY(read(&fine, &relax->mesh[KZ_RELAX_FINE], stop));
    KZ_TRY(read(&coarse, &relax->mesh[KZ_RELAX_COARSE], stop));
    p->beta_minus = kz_relax_beta(&relax->material, fine.u[0]);
    p->beta_plus = kz_relax_beta(&relax->material, fine.u[1]);
    p->t_minus = temperature(p->beta_minus);
    p->t_plus = temperature(p->beta_plus);
    p->current_left = fine.current[0];
    p->current_right = fine.current[1];
    p->energy = fine.energy;
    p->heat_left = fine.heat[0];
    p->heat_right = fine.heat[1];
    p->balance =
        fine.energy - relax->mesh[KZ_RELAX_FINE].start_energy - fine.heat[0] + fine.heat[1];
    set_errors(p, relax, &fine, &coarse, kz_relax_current_effect(relax, p->t));
    return KZ_OK;
}

size_t kz_relax_finished(const kz_relax *relax)
{
    size_t a = relax->mesh[0].finished, b = relax->mesh[1].finished;
    return a < b ? a : b;
}

const kz_relax_solution *kz_relax_failed_mesh(const kz_relax *relax)
{
    const kz_relax_solution *coarse = &relax->mesh[KZ_RELAX_COARSE];
    return coarse->finished <= relax->mesh[KZ_RELAX_FINE].finished ? coarse
                                                                   : &relax->mesh[KZ_RELAX_FINE];
}

static const kz_relax_point NOT_REACHED = {NAN, NAN, NAN, NAN, NAN, NAN,      NAN,
                                           NAN, NAN, NAN, NAN, NAN, INFINITY, KZ_ECANCELLED};

/* Both meshes at one refinement, and all points; *worst is the largest err.  The fine mesh, which
 * takes most of the time, tells of progress. */
static kz_status attempt(kz_relax_point *points, double *worst, kz_relax *relax, int refine,
                         kz_progress *progress)
{
    for (int mesh = 0; mesh < KZ_RELAX_MESHES; mesh++) {
        kz_relax_solution_free(&relax->mesh[mesh]);
        KZ_TRY(kz_relax_solution_create(&relax->mesh[mesh], relax, mesh, refine,
                                        mesh == KZ_RELAX_FINE ? progress : NULL));
    }
    KZ_TRY(least_slope(&relax->least_slope, relax));
    *worst = 0;
    for (size_t i = 0; i < relax->n; i++) {
        if (relax->stop[i] < kz_relax_finished(relax)) {
            KZ_TRY(fill(&points[i], relax, i));
            *worst = fmax(*worst, points[i].err);
            continue;
        }
        points[i] = NOT_REACHED;
        points[i].t = relax->t[relax->stop[i]];
        points[i].status = kz_relax_failed_mesh(relax)->status;
    }
    return KZ_OK;
}

static kz_status report(const kz_relax_point *points, const kz_relax *relax)
{
    for (size_t i = 0; i < relax->n; i++) {
        const kz_relax_point *p = &points[i];
        if (p->status == KZ_OK) continue;
        if (p->status == KZ_ETOL)
            return KZ_FAIL(KZ_ETOL, "t = %.15g: error %.3g, wanted %.3g", p->t, p->err,
                           relax->options.tol);
        return KZ_FAIL(p->status, "%s", kz_relax_failed_mesh(relax)->reason);
    }
    return KZ_OK;
}

/* Largest difference of both meshes inside, relative to u. */
static double profile_difference(const kz_relax *relax)
{
    const kz_relax_solution *coarse = &relax->mesh[KZ_RELAX_COARSE];
    const kz_relax_solution *fine = &relax->mesh[KZ_RELAX_FINE];
    double worst = 0;
    for (size_t i = 0; i < relax->n; i++) {
        if (relax->stop[i] >= kz_relax_finished(relax)) continue;
        const double *u = kz_relax_state(fine, relax->stop[i]) + 1,
                     *v = kz_relax_state(coarse, relax->stop[i]) + 1;
        for (size_t k = 0; k < fine->elements.n; k++) {
            double other = kz_elements_value(&coarse->elements, v, fine->elements.x[k]);
            worst = fmax(worst, relative(u[k] - other, u[k]));
        }
    }
    return worst;
}

/* A mode answers to beta by e^2 n(1 - n), 1/4 at most, and free halves by the integral of that over
 * dq/pi. */
static const double MODES_SHARE = 0.125;

/* Better meshes while they help. */
static kz_status solve(kz_relax_point *points, kz_relax *relax, kz_progress *progress)
{
    double worst, before = INFINITY;
    for (int refine = 0; refine < REFINEMENTS; refine++) {
        KZ_TRY(attempt(points, &worst, relax, refine, progress));
        if (relax->history.panels && kz_relax_finished(relax) == relax->stops) {
            kz_relax_history_fill(relax);
            worst = fmax(worst, MODES_SHARE * kz_relax_history_error(&relax->history));
        }
        if (relax->what & KZ_RELAX_PROFILE) worst = fmax(worst, profile_difference(relax));
        if (worst <= relax->options.tol || worst > 0.3 * before) break;
        before = worst;
    }
    return report(points, relax);
}

kz_status kz_relax_check_rays(kz_chain left, kz_chain right)
{
    static const char what[] = "rays of a junction in time";
    KZ_TRY(kz_chain_check_anisotropic(left, what));
    return kz_chain_check_anisotropic(right, what);
}

kz_status kz_relax_run(kz_relax_point *points, kz_relax *relax, const double *t, size_t n, int what)
{
    double last = 0, early = INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!(t[i] >= 0 && isfinite(t[i])))
            return KZ_FAIL(KZ_EINVAL, "time %zu = %.15g: 0 or later, finite", i + 1, t[i]);
        last = fmax(last, t[i]);
        if (t[i] > 0) early = fmin(early, t[i]);
    }
    if (what & KZ_RELAX_LEADS)
        KZ_TRY(kz_relax_check_rays(relax->half[0].chain, relax->half[1].chain));
    forget(relax);
    relax->what = what;
    if (last > 0 && what & KZ_RELAX_LEADS) kz_relax_history_start(relax, early, last);
    kz_progress progress;
    kz_progress_start(&progress, relax->options.progress, relax->options.progress_context);
    kz_relax_watch(relax, &progress);
    kz_status status = set_stops(relax, t, n);
    if (status == KZ_OK) status = solve(points, relax, &progress);
    kz_relax_watch(relax, NULL);
    kz_progress_end(&progress);
    if (status == KZ_ENOMEM || status == KZ_ECANCELLED) forget(relax);
    return status;
}

kz_status kz_relax_profile(double *beta, double *err, const kz_relax *relax, size_t i,
                           const double *x, size_t n)
{
    double slack = 1e-12 * relax->length;
    if (i >= relax->n) return KZ_FAIL(KZ_EINVAL, "time %zu of %zu", i, relax->n);
    for (size_t k = 0; k < n; k++)
        if (!(fabs(x[k]) <= 0.5 * relax->length + slack))
            return KZ_FAIL(KZ_EINVAL, "x = %.15g is not in the junction, %.15g ... %.15g", x[k],
                           -0.5 * relax->length, 0.5 * relax->length);
    size_t stop = relax->stop[i];
    bool reached = stop < kz_relax_finished(relax);
    for (size_t k = 0; k < n; k++) {
        beta[k] = NAN;
        err[k] = INFINITY;
        if (!reached) continue;
        double u[KZ_RELAX_MESHES];
        for (int mesh = 0; mesh < KZ_RELAX_MESHES; mesh++) {
            const kz_relax_solution *s = &relax->mesh[mesh];
            u[mesh] = kz_elements_value(&s->elements, kz_relax_state(s, stop) + 1, x[k]);
        }
        beta[k] = kz_relax_beta(&relax->material, u[KZ_RELAX_FINE]);
        err[k] = fabs(u[KZ_RELAX_FINE] - u[KZ_RELAX_COARSE]) +
                 kz_relax_current_effect(relax, relax->t[stop]) + 1e-14;
    }
    return KZ_OK;
}
