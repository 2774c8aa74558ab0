/* Propagation of a profile: the grids a point needs, and many points.
 *
 * Levels l = 0, 1, ... have nodes in proportion to 2^l, and series in x of two degrees by turns.
 * A point is solved on neighbouring levels, from the one that its time asks for, until they agree;
 * what they differ by is the coarser one's error, in rapidity and in x alike, and bounds the finer
 * one's: at a knot of a spline or at its end, where the error falls like a power of the spacing
 * only and changes its sign from grid to grid, 16 times over.  Levels are made
 * when they are needed and stay. */
#include <kapitza/propagate.h>

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/progress.h"
#include "propagate/fermion.h"
#include "propagate/geometry/geometry.h"
#include "propagate/isotropic/levels.h"

enum { LEVELS = 8, DEGREE_LOW = KZ_PANEL_NODES - 4, DEGREE_HIGH = KZ_PANEL_NODES - 1 };

struct kz_propagation {
    kz_chain chain; /* that asked for, or turned (core/chain.h): then beta and energies too have
                     * the other sign */
    bool turned;
    double tol;
    double width;              /* of the narrowest panel with structure; 0: none has */
    kz_profile profile;        /* XX chains and Delta = 1; of others `states` has it */
    kz_initial_states *states; /* NULL for the XX chain and Delta = 1 */
    kz_initial_states *better; /* with a gap: more strings, for levels of odd number */
    kz_heights *level[LEVELS];
    kz_isotropic_levels *isotropic; /* Delta = 1: in place of all this */
    int levels;                     /* that may be made */
    pthread_mutex_t lock;           /* over level */
};

void kz_propagation_free(kz_propagation *p)
{
    if (!p) return;
    for (int i = 0; i < LEVELS; i++)
        kz_heights_free(p->level[i]);
    kz_initial_states_free(p->states);
    kz_initial_states_free(p->better);
    kz_isotropic_levels_free(p->isotropic);
    kz_profile_free(&p->profile);
    pthread_mutex_destroy(&p->lock);
    kz_free(p);
}

static const kz_profile *profile_of(const kz_propagation *p)
{
    return p->states ? &p->states->profile : &p->profile;
}

/* Accuracy of beta(x) and mu(x) on their panels, and of the states. */
static double profile_tol(double tol) { return 0.01 * tol; }
static double states_tol(double tol) { return fmax(0.03 * tol, 1e-12); }

static size_t level_half(const kz_propagation *p, int level)
{
    double half = ldexp((double)p->states->even->grid.half, level);
    return kz_grid_fast_size((size_t)ceil(half));
}

/* Of one level; with those below it twice as much. */
static const double BYTES_MAX = (double)(1 << 30);

static kz_status count_levels(kz_propagation *p)
{
    while (p->levels < LEVELS && kz_heights_bytes(p->states, level_half(p, p->levels)) <= BYTES_MAX)
        p->levels++;
    if (p->levels >= 2) return KZ_OK;
    return KZ_FAIL(KZ_ENOMEM, "the profile takes %zu panels in x, too many to hold at tol = %.15g",
                   p->states->profile.panels, p->tol);
}

/* Takes over the profile of the propagation.  What the strings beyond the rows leave out shows when
 * their number changes from level to level. */
static kz_status make_states(kz_propagation *p)
{
    double tol = states_tol(p->tol);
    if (kz_chain_is_isotropic(p->chain))
        return kz_isotropic_levels_create(&p->isotropic, &p->profile, tol);
    KZ_TRY(kz_initial_states_create(&p->states, p->chain, &p->profile, tol));
    if (p->chain.kind == KZ_CHAIN_AXIAL) KZ_TRY(kz_initial_states_refine(&p->better, p->states));
    return count_levels(p);
}

/* Takes over the profile, on failure too. */
static kz_status create(kz_propagation **out, kz_chain chain, kz_profile *profile, double tol)
{
    void *memory;
    kz_status status = kz_alloc(&memory, 1, sizeof(kz_propagation));
    if (status != KZ_OK) {
        kz_profile_free(profile);
        return status;
    }
    kz_propagation *p = memory;
    p->turned = kz_chain_is_turned(chain);
    p->chain = p->turned ? kz_chain_turn(chain) : chain;
    p->tol = tol;
    p->profile = *profile;
    pthread_mutex_init(&p->lock, NULL);
    if (p->turned) kz_profile_turn(&p->profile);
    if (chain.kind != KZ_CHAIN_XX) status = make_states(p);
    if (status != KZ_OK) {
        kz_propagation_free(p);
        return status;
    }
    p->width = kz_profile_width(profile_of(p));
    *out = p;
    return KZ_OK;
}

kz_status kz_propagation_create(kz_propagation **out, kz_chain chain, const double *x,
                                const double *beta, const double *mu, size_t n,
                                const kz_options *options)
{
    kz_profile profile;
    *out = NULL;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_options_check(options));
    KZ_TRY(kz_profile_from_table(&profile, x, beta, mu, n, profile_tol(options->tol)));
    return create(out, chain, &profile, options->tol);
}

kz_status kz_propagation_create_function(kz_propagation **out, kz_chain chain,
                                         kz_profile_fn function, void *context, const double *edge,
                                         size_t n, const kz_options *options)
{
    kz_profile profile;
    *out = NULL;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_options_check(options));
    KZ_TRY(
        kz_profile_from_function(&profile, function, context, edge, n, profile_tol(options->tol)));
    return create(out, chain, &profile, options->tol);
}

kz_status kz_propagation_initial(double *beta, double *mu, const kz_propagation *p, double x)
{
    if (!isfinite(x)) return KZ_FAIL(KZ_EINVAL, "x = %.15g: accepted is a finite number", x);
    const kz_profile *profile = profile_of(p);
    kz_profile_evaluate(beta, mu, profile, kz_profile_find(profile, x), x);
    if (p->turned) *beta = -*beta;
    return KZ_OK;
}

static kz_status use_level(const kz_heights **out, kz_propagation *p, int level)
{
    kz_status status = KZ_OK;
    const kz_initial_states *states = level % 2 && p->better ? p->better : p->states;
    pthread_mutex_lock(&p->lock);
    if (!p->level[level])
        status = kz_heights_create(&p->level[level], states, level_half(p, level),
                                   level % 2 ? DEGREE_HIGH : DEGREE_LOW);
    *out = p->level[level];
    pthread_mutex_unlock(&p->lock);
    return status;
}

/* What was at x_0 is at rapidities within (x - x_0)/t of each other, and a panel's width is the
 * scale of the profile: the nodes must resolve it at velocities that change by up to 3 per unit of
 * rapidity.  A guess, the levels' agreement decides. */
static int first_level(const kz_propagation *p, double t)
{
    double window = p->states->even->grid.window;
    double wanted = t != 0 && p->width > 0 ? 0.25 * p->width / fabs(t) : INFINITY;
    int level = 0;
    while (level + 2 < p->levels && window / (double)level_half(p, level) > wanted)
        level++;
    return level;
}

static void store(kz_propagation_point *out, const kz_propagation *p, const kz_geometry_values *v,
                  double err)
{
    double sign = p->turned ? -1 : 1;
    double near = p->isotropic ? kz_chain_energy_min(p->chain) : p->states->even->form.near;
    out->energy = sign * (near + v->energy);
    out->energy_current = sign * v->energy_current;
    out->magnetization = v->magnetization;
    out->spin_current = v->spin_current;
    out->entropy = v->entropy;
    out->err = err;
}

/* Of the two levels' difference, for agreement by chance; of the states' error, which is that of
 * ln Z, for its derivatives; of what lies beyond the window, for what it does to crossings far out,
 * next to a light cone. */
static const double SAFETY = 3, SAFETY_STATES = 10, SAFETY_WINDOW = 10;

/* Of panels that miss beta and mu by up to three times their tolerance, or rounding: neither
 * changes a density by more than itself at moderate beta. */
static double profile_effect(const kz_propagation *p)
{
    return 3 * fmax(profile_tol(p->tol), 1e-14);
}

static kz_status solve_point(kz_propagation_point *out, kz_propagation *p, double tol)
{
    kz_geometry_values last = {0}, now;
    double best = INFINITY, change = INFINITY;
    int first = first_level(p, out->t);
    for (int level = first; level < p->levels; level++) {
        const kz_heights *heights;
        kz_geometry_report report;
        kz_status status = use_level(&heights, p, level);
        if (status == KZ_OK)
            status =
                kz_geometry_solve(&now, heights, out->x, out->t, fmax(1e-5 * tol, 1e-15), &report);
        /* pairs of crossings about to merge may circle on a grid that hardly resolves them */
        if (status == KZ_ENOCONV && level + 2 < p->levels) {
            first = level + 1;
            continue;
        }
        if (status != KZ_OK) return status;
        if (level > first) {
            double before = change;
            change = kz_geometry_difference(&last, &now);
            double err = SAFETY * change + SAFETY_WINDOW * report.window + report.doubt +
                         report.unseen + SAFETY_STATES * (p->states->err + report.edges) +
                         profile_effect(p) + 1e-14 * (1 + fabs(out->t));
            if (err < best) store(out, p, &now, best = err);
            if (best <= tol) return KZ_OK;
            if (change > 0.5 * before && change < 1e-11) break; /* rounding */
        }
        last = now;
    }
    return KZ_FAIL(KZ_ETOL, "x = %.15g, t = %.15g: error %.3g, wanted %.3g", out->x, out->t, best,
                   tol);
}

static kz_status solve_isotropic(kz_propagation_point *out, kz_propagation *p, double tol)
{
    kz_geometry_values values;
    double err;
    KZ_TRY(kz_isotropic_levels_solve(&values, &err, p->isotropic, out->x, out->t, tol));
    store(out, p, &values, err);
    return KZ_OK;
}

/* -- many points -- */

typedef struct {
    kz_propagation *propagation;
    kz_propagation_point *points;
    size_t n;
    const kz_options *options;
    kz_progress progress;
    size_t failed; /* first point that failed, n: none */
    char reason[256];
} job;

static kz_propagation_point blank(double x, double t, kz_status status)
{
    return (kz_propagation_point){x, t, NAN, NAN, NAN, NAN, NAN, INFINITY, status};
}

static void run_point(job *j, size_t i)
{
    kz_propagation_point *point = &j->points[i];
    double tol = j->options->tol;
    kz_status status;
    if (!isfinite(point->x) || !isfinite(point->t))
        status = KZ_FAIL(KZ_EINVAL, "x = %.15g, t = %.15g: accepted are finite numbers", point->x,
                         point->t);
    else if (j->propagation->isotropic)
        status = solve_isotropic(point, j->propagation, tol - profile_effect(j->propagation));
    else if (j->propagation->states)
        status = solve_point(point, j->propagation, tol);
    else
        status = kz_propagate_fermion(point, &j->propagation->profile, 0.5 * tol);
    if (status == KZ_OK && !j->propagation->states) point->err += profile_effect(j->propagation);
    if (status == KZ_OK && !(point->err <= tol))
        status = KZ_FAIL(KZ_ETOL, "x = %.15g, t = %.15g: error %.3g, wanted %.3g", point->x,
                         point->t, point->err, tol);
    if (status != KZ_OK && status != KZ_ETOL) *point = blank(point->x, point->t, status);
    point->status = status;
#pragma omp critical(kz_propagation_failure)
    if (status != KZ_OK && i < j->failed) {
        j->failed = i;
        strncpy(j->reason, kz_error_reason(), sizeof j->reason - 1);
    }
    kz_progress_add(&j->progress, 1, j->n);
}

kz_status kz_propagation_points(kz_propagation_point *points, kz_propagation *propagation,
                                const double *x, const double *t, size_t n,
                                const kz_options *options)
{
    KZ_TRY(kz_options_check(options));
    if (options->tol < propagation->tol)
        return KZ_FAIL(KZ_EINVAL, "tol = %.15g is below the %.15g the propagation was made for",
                       options->tol, propagation->tol);
    job j = {.propagation = propagation, .points = points, .n = n, .options = options, .failed = n};
    kz_progress_start(&j.progress, options->progress, options->progress_context);
    for (size_t i = 0; i < n; i++)
        points[i] = blank(x[i], t[i], KZ_ECANCELLED);
#pragma omp parallel for schedule(dynamic) num_threads(options->threads)
    for (size_t i = 0; i < n; i++)
        if (!kz_progress_is_cancelled(&j.progress)) run_point(&j, i);
    kz_progress_end(&j.progress);
    if (kz_progress_is_cancelled(&j.progress))
        return KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu of %zu points", j.progress.done, n);
    if (j.failed < n) return KZ_FAIL(points[j.failed].status, "%s", j.reason);
    return KZ_OK;
}
