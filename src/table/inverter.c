/* Inversion on true states.
 *
 * Phi(beta, mu) = ln Z + beta e - mu m is strictly convex and its minimum is the answer; gradient
 * and Hessian come exactly with each state.  Newton's method, damped by a line search on the
 * gradient along the step, runs on one grid in rapidity; a last step on a finer grid corrects what
 * the first one's error did.  That correction is the error estimate: what is left is smaller, since
 * the grid's error falls exponentially and Newton's quadratically.  Refinement goes on until it is
 * within the tolerance or at rounding.  Every point starts afresh, so that results depend on
 * neither the order of the rows nor the number of threads. */
#include <math.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/error.h"
#include "core/memory.h"
#include "table/invert.h"
#include "table/states.h"

enum { STEPS_MAX = 100, BACKTRACKS_MAX = 10, REFINEMENTS_MAX = 14, CHUNK = 4 };
enum { RETRIES_MAX = 3, GUESS_PAYS = 24 }; /* points from which on a coarse table is made */

/* Ill-conditioned points amplify what the inner solves leave; rounding is reached cheaply. */
static const double SOLVE_TOL = 1e-15;

/* Steps below need no line search; below FLOOR they may be rounding that shrinks no more. */
static const double LOCAL = 1e-4, FLOOR = 1e-8;

/* States beyond count as boundary; with a magnetization the work grows like |beta|. */
static const double BETA_MAX = 1e4, BETA_MAX_FIELD = 500, BETA_FAR = 15, MU_FAR = 25;

struct kz_inverter {
    kz_chain chain;
    kz_options options;
    const kz_table *guess; /* borrowed, or own */
    kz_table *own;
    kz_boundary *boundary; /* made when it is first needed */
    size_t seen;
};

void kz_inverter_free(kz_inverter *inverter)
{
    if (!inverter) return;
    kz_table_free(inverter->own);
    kz_boundary_free(inverter->boundary);
    kz_free(inverter);
}

kz_status kz_inverter_create(kz_inverter **out, kz_chain chain, const kz_table *guess,
                             const kz_options *options)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_options_check(options));
    if (guess && (guess->kind != KZ_TABLE_GRID || guess->nb < 2 || guess->nm < 2))
        return KZ_FAIL(KZ_EINVAL, "first guesses need a grid table of at least 2 x 2");
    if (guess && kz_chain_delta(guess->chain) != kz_chain_delta(chain))
        return KZ_FAIL(KZ_EINVAL, "the table is of the chain Delta = %.15g, not %.15g",
                       kz_chain_delta(guess->chain), kz_chain_delta(chain));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_inverter)));
    kz_inverter *inverter = memory;
    *inverter = (kz_inverter){.chain = chain, .options = *options, .guess = guess};
    *out = inverter;
    return KZ_OK;
}

/* One point on its way: target (m >= 0), place, state there. */
typedef struct {
    kz_states *work;
    double e, m;
    double beta, mu;
    int level;
    kz_moments_values v;
    kz_moments *warm; /* holds the last state of this point; NULL at its start */
} search;

static kz_status evaluate(kz_moments_values *v, search *s, double beta, double mu)
{
    kz_moments *moments;
    KZ_TRY(kz_states_use(&moments, s->work, beta, s->m != 0, s->level));
    kz_status status = kz_moments_solve(v, moments, beta, mu, 1, moments == s->warm, SOLVE_TOL);
    s->warm = status == KZ_OK ? moments : NULL;
    return status;
}

static kz_jacobian jacobian_of(const kz_moments_values *v)
{
    return (kz_jacobian){v->energy_beta, -v->magnetization_beta, v->magnetization_beta,
                         v->magnetization_mu};
}

static bool newton_step(double step[2], const search *s)
{
    kz_jacobian j = jacobian_of(&s->v);
    if (s->m != 0)
        return kz_jacobian_solve(step, &j, s->e - s->v.energy, s->m - s->v.magnetization);
    step[0] = (s->e - s->v.energy) / j.e_b;
    step[1] = 0;
    return isfinite(step[0]);
}

static double slope_along(const search *s, const kz_moments_values *v, const double step[2])
{
    return (s->e - v->energy) * step[0] - (s->m - v->magnetization) * step[1];
}

/* One damped step from the state in s->v. */
static kz_status advance(search *s, const double step[2])
{
    if (kz_inverse_relative(step, s->beta, s->mu) < LOCAL) {
        s->beta += step[0];
        s->mu += step[1];
        return evaluate(&s->v, s, s->beta, s->mu);
    }
    double before = slope_along(s, &s->v, step), part = 1;
    double longest = fmax(fabs(step[0]) / (2 + fabs(s->beta)), fabs(step[1]) / (2 + fabs(s->mu)));
    if (longest > 1) part = 1 / longest;
    for (int i = 0; i < BACKTRACKS_MAX; i++) {
        double beta = s->beta + part * step[0], mu = s->mu + part * step[1];
        kz_moments_values next;
        KZ_TRY(evaluate(&next, s, beta, mu));
        double after = slope_along(s, &next, step);
        if (after <= 0.5 * fabs(before)) {
            s->beta = beta;
            s->mu = mu;
            s->v = next;
            return KZ_OK;
        }
        part *= fmin(fmax(before / (before - after), 0.1), 0.5);
    }
    return KZ_FAIL(KZ_ENOCONV,
                   "inversion of e = %.15g, m = %.15g stops at beta = %.15g, mu = %.15g", s->e,
                   s->m, s->beta, s->mu);
}

static kz_status make_boundary(kz_inverter *inverter)
{
    kz_status status = KZ_OK;
#pragma omp critical(kz_inverter_boundary)
    if (!inverter->boundary) status = kz_boundary_create(&inverter->boundary, inverter->chain);
    return status;
}

static double coldest(const search *s) { return s->m != 0 ? BETA_MAX_FIELD : BETA_MAX; }

/* Decides whether the point is inside; if so, a far point restarts from the low-temperature law
 * |e - e_edge| = pi T^2/6v with v ~ 1, mu = beta h. */
static kz_status consult_boundary(kz_region_place *place, search *s, kz_inverter *inverter)
{
    double gap, field;
    KZ_TRY(make_boundary(inverter));
    KZ_TRY(kz_boundary_place(place, &gap, &field, inverter->boundary, s->e, s->m,
                             fmax(inverter->options.tol, 1e-12)));
    double beta = sqrt(M_PI / 6 / gap);
    if (*place != KZ_REGION_INSIDE || !(beta > BETA_FAR)) return KZ_OK;
    if (beta > 2 * coldest(s)) { /* no state that far in: v would have to be above 4 */
        *place = s->beta > 0 ? KZ_REGION_GROUND : KZ_REGION_CEILING;
        return KZ_OK;
    }
    s->beta = copysign(beta, s->beta);
    s->mu = s->beta * field;
    return evaluate(&s->v, s, s->beta, s->mu);
}

/* Newton's method on the grid of s->level until a step is below `small`; the step is taken. */
static kz_status converge(kz_region_place *place, search *s, kz_inverter *inverter, double small)
{
    bool consulted = false;
    double previous = INFINITY;
    *place = KZ_REGION_INSIDE;
    KZ_TRY(evaluate(&s->v, s, s->beta, s->mu));
    for (int i = 0; i < STEPS_MAX; i++) {
        double step[2];
        if (!newton_step(step, s))
            return KZ_FAIL(KZ_ESING, "singular at beta = %.15g, mu = %.15g", s->beta, s->mu);
        double size = kz_inverse_relative(step, s->beta, s->mu);
        bool stalled = size < FLOOR && size > 0.5 * previous;
        previous = size;
        if (size < small || stalled) {
            s->beta += step[0];
            s->mu += step[1];
            return KZ_OK;
        }
        KZ_TRY(advance(s, step));
        if (fabs(s->beta) > coldest(s)) {
            *place = s->beta > 0 ? KZ_REGION_GROUND : KZ_REGION_CEILING;
            return KZ_OK;
        }
        bool far = fabs(s->beta) > BETA_FAR || fabs(s->mu) > MU_FAR + fabs(s->beta) || i > 15;
        if (!far || consulted) continue;
        consulted = true;
        KZ_TRY(consult_boundary(place, s, inverter));
        if (*place != KZ_REGION_INSIDE) return KZ_OK;
    }
    return KZ_FAIL(KZ_ENOCONV, "inversion of e = %.15g, m = %.15g: no end after %d steps", s->e,
                   s->m, STEPS_MAX);
}

/* Bound on what rounding of e, m and of the state does to beta and mu. */
static double rounding_error(const search *s)
{
    kz_jacobian j = jacobian_of(&s->v);
    double unit = 2e-16 * (1 + 0.1 * s->work->P), bound[2];
    if (s->m == 0)
        bound[0] = unit / fabs(j.e_b), bound[1] = 0;
    else
        kz_jacobian_bound(bound, &j, unit, unit);
    return kz_inverse_relative(bound, s->beta, s->mu);
}

static kz_status refine(kz_inverse *out, search *s, kz_inverter *inverter)
{
    double tol = inverter->options.tol, small = 0.1 * sqrt(tol);
    int retries = 0;
    for (;;) {
        kz_region_place place;
        double step[2];
        kz_status status = converge(&place, s, inverter, small);
        bool coarse = status == KZ_ESING || status == KZ_ENOCONV;
        if (coarse && retries++ < RETRIES_MAX && isfinite(s->beta + s->mu)) {
            s->level += 2; /* a grid that does not resolve the state may have no solution */
            continue;
        }
        KZ_TRY(status);
        if (place != KZ_REGION_INSIDE) {
            kz_inverse_set_boundary(out, place);
            return KZ_OK;
        }
        s->level++;
        KZ_TRY(evaluate(&s->v, s, s->beta, s->mu));
        if (!newton_step(step, s))
            return KZ_FAIL(KZ_ESING, "singular at beta = %.15g, mu = %.15g", s->beta, s->mu);
        s->beta += step[0];
        s->mu += step[1];
        double rounding = rounding_error(s);
        double err = kz_inverse_relative(step, s->beta, s->mu) + rounding;
        kz_inverse_set_place(out, KZ_PLACE_OK, s->beta, s->mu, err);
        if (err <= fmax(tol, 4 * rounding)) return KZ_OK;
        small = 0.1 * tol + rounding;
        if (s->level >= REFINEMENTS_MAX)
            return KZ_FAIL(KZ_ETOL,
                           "inversion at beta = %.15g, mu = %.15g: error %.3g, wanted %.3g",
                           s->beta, s->mu, err, tol);
    }
}

static void first_guess(search *s, const kz_inverter *inverter)
{
    s->beta = 0;
    s->mu = 2 * atanh(2 * fmin(s->m, 0.4999999));
    if (!inverter->guess) return;
    kz_inverse near = {.energy = s->e, .magnetization = s->m};
    kz_table_invert_point(&near, inverter->guess);
    if (near.place == KZ_PLACE_OK || near.place == KZ_PLACE_EDGE) {
        s->beta = near.beta;
        s->mu = s->m == 0 ? 0 : near.mu;
    }
}

/* Points that no state has, and those that need no search. */
static kz_status place_at_once(bool *done, kz_inverse *out, kz_inverter *inverter)
{
    double tol = fmax(inverter->options.tol, 1e-12), e = out->energy, m = fabs(out->magnetization);
    kz_region_place place = KZ_REGION_OUTSIDE;
    double low = kz_chain_energy_min(inverter->chain), high = kz_chain_energy_max(inverter->chain);
    *done = true;
    if (!isfinite(e) || !isfinite(m) || m > 0.5 + tol || e < low - tol || e > high + tol) {
        kz_inverse_set_boundary(out, KZ_REGION_OUTSIDE);
    } else if (m > 0.5 - KZ_POLARISED) {
        KZ_TRY(make_boundary(inverter));
        KZ_TRY(kz_boundary_place(&place, NULL, NULL, inverter->boundary, e, m, tol));
        kz_inverse_set_boundary(out, place);
    } else if (m == 0 && (e <= low + tol || e >= high - tol)) {
        kz_inverse_set_boundary(out, e <= low + tol ? KZ_REGION_GROUND : KZ_REGION_CEILING);
    } else {
        *done = false;
    }
    return KZ_OK;
}

static kz_status invert_point(kz_inverse *out, kz_states *w, kz_inverter *inverter)
{
    bool done;
    double sign = out->magnetization < 0 ? -1 : 1;
    search s = {.work = w, .e = out->energy, .m = fabs(out->magnetization)};
    KZ_TRY(place_at_once(&done, out, inverter));
    if (done) return KZ_OK;
    first_guess(&s, inverter);
    kz_status status = refine(out, &s, inverter);
    if (out->place == KZ_PLACE_OK && sign < 0) out->mu = -out->mu;
    return status;
}

/* A state nobody can find deserves a second look: is the point outside? */
static kz_status explain_failure(kz_inverse *out, kz_inverter *inverter, kz_status failure)
{
    kz_region_place place;
    char reason[256] = "";
    strncpy(reason, kz_error_reason(), sizeof reason - 1);
    kz_status status = make_boundary(inverter);
    if (status == KZ_OK)
        status = kz_boundary_place(&place, NULL, NULL, inverter->boundary, out->energy,
                                   out->magnetization, fmax(inverter->options.tol, 1e-12));
    if (status == KZ_OK && place != KZ_REGION_INSIDE) {
        kz_inverse_set_boundary(out, place);
        return KZ_OK;
    }
    kz_inverse_set_place(out, KZ_PLACE_FAILED, NAN, NAN, INFINITY);
    out->status = failure;
    return KZ_FAIL(failure, "%s", reason);
}

typedef struct {
    kz_inverse *out;
    kz_inverter *inverter;
    size_t n, done;
    kz_first_failure first;
    bool cancelled;
} batch;

static void finish_row(batch *b, size_t i, kz_status status)
{
    const kz_options *options = &b->inverter->options;
#pragma omp critical(kz_inverter_batch)
    {
        if (status != KZ_OK) kz_first_failure_note(&b->first, i, status);
        b->done++;
        if (options->progress && options->progress(options->progress_context, b->done, b->n) != 0)
            b->cancelled = true;
    }
}

static bool is_cancelled(const batch *b)
{
    bool cancelled;
#pragma omp critical(kz_inverter_batch)
    cancelled = b->cancelled;
    return cancelled;
}

static void run_batch(batch *b)
{
    kz_inverter *inverter = b->inverter;
    int P = inverter->chain.kind == KZ_CHAIN_XX ? 2 : inverter->chain.P;
#ifdef _OPENMP
    size_t most = (b->n + CHUNK - 1) / CHUNK;
    int threads = (size_t)inverter->options.threads < most ? inverter->options.threads : (int)most;
#pragma omp parallel num_threads(threads) if (threads > 1)
#endif
    {
        kz_states work = {.P = P, .tol = inverter->options.tol};
#ifdef _OPENMP
#pragma omp for schedule(dynamic, CHUNK)
#endif
        for (size_t i = 0; i < b->n; i++) {
            if (is_cancelled(b)) continue;
            kz_status status = invert_point(&b->out[i], &work, inverter);
            if (status == KZ_ETOL)
                b->out[i].status = status;
            else if (status != KZ_OK)
                status = explain_failure(&b->out[i], inverter, status);
            finish_row(b, i, status);
        }
        kz_states_free(&work);
    }
}

/* A coarse table for first guesses: e and m to about 1e-3, two Newton steps from the end. */
static kz_status make_guess(kz_inverter *inverter)
{
    enum { HALF = 12, BETAS = 2 * HALF + 1, MUS = 15 };
    double beta[BETAS], mu[MUS];
    kz_options options = inverter->options;
    for (int i = 0; i < BETAS; i++)
        beta[i] = 3.5 * sinh((i - HALF) * 0.2);
    for (int i = 0; i < MUS; i++)
        mu[i] = 3.5 * sinh(i * 0.17);
    options.tol = 1e-5;
    options.progress = NULL;
    kz_status status =
        kz_table_create(&inverter->own, inverter->chain, beta, BETAS, mu, MUS, &options);
    if (!inverter->own) return status; /* rows that failed do not matter here */
    inverter->guess = inverter->own;
    return KZ_OK;
}

kz_status kz_inverter_solve(kz_inverse *out, kz_inverter *inverter, const double *energy,
                            const double *magnetization, size_t n)
{
    inverter->seen += n;
    if (!inverter->guess && inverter->seen >= GUESS_PAYS) KZ_TRY(make_guess(inverter));
    for (size_t i = 0; i < n; i++)
        out[i] = (kz_inverse){.energy = energy[i],
                              .magnetization = magnetization ? magnetization[i] : 0};
    batch b = {.out = out, .inverter = inverter, .n = n};
    if (n > 0) run_batch(&b);
    if (b.cancelled) return KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu of %zu rows", b.done, n);
    return b.first.status == KZ_OK ? KZ_OK : KZ_FAIL(b.first.status, "%s", b.first.reason);
}
