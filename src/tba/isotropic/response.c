#include "tba/isotropic/response.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/closure.h"

enum { NEWTON_MAX = 60 };

/* Arrays over the rows, and those of the closure. */
enum { ROW_ARRAYS = 8, CLOSURE_ARRAYS = 8 };

static void list(double **rows[ROW_ARRAYS], double **closures[CLOSURE_ARRAYS],
                 kz_isotropic_responses *r)
{
    double **all[ROW_ARRAYS] = {&r->x[0],  &r->x[1],    &r->xx[0], &r->xx[1],
                                &r->xx[2], &r->current, &r->a,     &r->b};
    double **others[CLOSURE_ARRAYS] = {&r->y[0],  &r->y[1], &r->yy[0], &r->yy[1],
                                       &r->yy[2], &r->c,    &r->d,     &r->scratch};
    memcpy(rows, all, sizeof all);
    memcpy(closures, others, sizeof others);
}

void kz_isotropic_responses_free(kz_isotropic_responses *r)
{
    double **rows[ROW_ARRAYS], **closures[CLOSURE_ARRAYS];
    list(rows, closures, r);
    for (int i = 0; i < ROW_ARRAYS; i++)
        kz_free(*rows[i]);
    for (int i = 0; i < CLOSURE_ARRAYS; i++)
        kz_free(*closures[i]);
}

kz_status kz_isotropic_responses_create(kz_isotropic_responses *r, const kz_isotropic *p)
{
    size_t size = (size_t)p->N * (size_t)p->even.size, two = 2 * (size_t)p->M;
    double **rows[ROW_ARRAYS], **closures[CLOSURE_ARRAYS];
    *r = (kz_isotropic_responses){0};
    list(rows, closures, r);
    for (int i = 0; i < ROW_ARRAYS; i++)
        KZ_TRY(kz_alloc_doubles(rows[i], size));
    for (int i = 0; i < CLOSURE_ARRAYS; i++)
        KZ_TRY(kz_alloc_doubles(closures[i], two));
    return KZ_OK;
}

/* -- the state ------------------------------------------------------------------------------- */

/* The solution at beta = 0: 1 + eta_n = U(n + 1)^2, b = e^{-mu (N+2)/2} U(N + 1), b' with -mu. */
static void start(kz_isotropic *p)
{
    double kappa = 0.5 * fabs(p->mu), log_u = 0.5 * kz_closure_log(p->N + 1, kappa);
    int n = p->even.size;
    for (int f = 0; f < p->N; f++) {
        double L = kz_closure_log(f + 2, kappa), x = L + log1p(-exp(-L));
        for (int a = 0; a < n; a++)
            p->x[f * n + a] = x;
    }
    for (int i = 0; i < p->M; i++) {
        p->y[i] = log_u - 0.5 * p->mu * (p->N + 2);
        p->y[p->M + i] = log_u + 0.5 * p->mu * (p->N + 2);
    }
}

/* Right-hand sides minus left-hand sides, in r->a and r->c; returns the largest. */
static double residual(kz_isotropic_responses *r, const kz_isotropic *p)
{
    int n = p->even.size, M = p->M;
    double largest = 0;
    kz_isotropic_convolve(r->a, r->c, p, p->L, p->l);
    for (int a = 0; a < n; a++)
        r->a[a] -= M_PI * p->beta * p->drive[a];
    for (int i = 0; i < M; i++) {
        r->c[i] -= 0.5 * p->mu;
        r->c[M + i] += 0.5 * p->mu;
    }
    for (int i = 0; i < p->N * n; i++) {
        r->a[i] -= p->x[i];
        largest = fabs(r->a[i]) <= largest ? largest : fabs(r->a[i]); /* a NaN stays */
    }
    for (int i = 0; i < 2 * M; i++) {
        r->c[i] -= p->y[i];
        largest = fabs(r->c[i]) <= largest ? largest : fabs(r->c[i]);
    }
    return largest;
}

/* Adds to x, y the step by the factors that stand for the residual in r->a and r->c. */
static void step_by_factors(double *x, double *y, kz_isotropic_responses *r, const kz_isotropic *p)
{
    kz_isotropic_solve(r->a, r->c, &p->even, p, r->scratch);
    for (int i = 0; i < p->N * p->even.size; i++)
        x[i] += r->a[i];
    for (int i = 0; i < 2 * p->M; i++)
        y[i] += r->c[i];
}

/* A step that leaves less than this of the residual is followed by one with the same factors, whose
 * making costs ten such steps. */
static const double QUICK = 0.01;

kz_status kz_isotropic_find_state(kz_isotropic *p, kz_isotropic_responses *r, bool warm)
{
    double size = 1 + fabs(p->beta) + fabs(p->mu) * p->N, previous = INFINITY;
    if (!warm) start(p);
    for (int step = 0; step < NEWTON_MAX; step++) {
        kz_isotropic_evaluate(p);
        double now = residual(r, p);
        if (!isfinite(now)) break;
        bool done = now <= 1e-15 * size || (now <= 1e-11 * size && now > 0.3 * previous);
        if (done || step == 0 || now > QUICK * previous) KZ_TRY(kz_isotropic_factor(&p->even, p));
        if (done) return KZ_OK;
        previous = now;
        step_by_factors(p->x, p->y, r, p);
    }
    return KZ_FAIL(KZ_ENOCONV, "TBA at Delta = 1, beta = %.15g, mu = %.15g: residual %.3g", p->beta,
                   p->mu, previous);
}

/* -- its derivatives ------------------------------------------------------------------------- */

void kz_isotropic_respond(kz_isotropic_responses *r, const kz_isotropic *p)
{
    size_t size = (size_t)p->N * (size_t)p->even.size, two = 2 * (size_t)p->M;
    for (int k = 0; k < 2; k++) {
        memset(r->x[k], 0, size * sizeof *r->x[k]);
        memset(r->y[k], 0, two * sizeof *r->y[k]);
    }
    for (int a = 0; a < p->even.size; a++)
        r->x[0][a] = -M_PI * p->drive[a];
    for (int i = 0; i < p->M; i++) {
        r->y[1][i] = -0.5;
        r->y[1][p->M + i] = 0.5;
    }
    for (int k = 0; k < 2; k++)
        kz_isotropic_solve(r->x[k], r->y[k], &p->even, p, r->scratch);
}

/* -- from state to state --------------------------------------------------------------------- */

/* A step with old factors that leaves more than this of the residual costs more than new ones. */
static const double SLOW = 0.2;

/* Residual of a first response in r->a and r->c, r->b and r->d: scratch; returns the largest. */
static double respond_residual(kz_isotropic_responses *r, const kz_isotropic *p, int k)
{
    double largest = 0;
    int M = p->M, size = p->N * p->even.size;
    for (int i = 0; i < size; i++)
        r->b[i] = p->D[i] * r->x[k][i];
    for (int i = 0; i < 2 * M; i++) {
        int half = i < M ? 0 : M;
        r->d[i] = kz_isotropic_reals(kz_isotropic_value(p->weight + half, M, i - half) *
                                     kz_isotropic_value(r->y[k] + half, M, i - half));
    }
    kz_isotropic_convolve(r->a, r->c, p, r->b, r->d);
    for (int a = 0; k == 0 && a < p->even.size; a++)
        r->a[a] -= M_PI * p->drive[a];
    for (int i = 0; k == 1 && i < M; i++) {
        r->c[i] -= 0.5;
        r->c[M + i] += 0.5;
    }
    for (int i = 0; i < size; i++) {
        r->a[i] -= r->x[k][i];
        largest = fabs(r->a[i]) <= largest ? largest : fabs(r->a[i]);
    }
    for (int i = 0; i < 2 * M; i++) {
        r->c[i] -= r->y[k][i];
        largest = fabs(r->c[i]) <= largest ? largest : fabs(r->c[i]);
    }
    return largest;
}

/* The state (k < 0) or a response, down to rounding; false: the factors do not serve. */
static bool settle(kz_isotropic *p, kz_isotropic_responses *r, int k)
{
    double size = 1 + fabs(p->beta) + fabs(p->mu) * p->N, previous = INFINITY;
    if (k >= 0) size = M_PI * p->N;
    for (int step = 0; step < NEWTON_MAX; step++) {
        if (k < 0) kz_isotropic_evaluate(p);
        double now = k < 0 ? residual(r, p) : respond_residual(r, p, k);
        if (now <= 1e-15 * size || (now <= 1e-13 * size && now > SLOW * previous)) return true;
        if (!(now <= SLOW * previous) && step > 0) break;
        previous = now;
        step_by_factors(k < 0 ? p->x : r->x[k], k < 0 ? p->y : r->y[k], r, p);
    }
    return false;
}

kz_status kz_isotropic_follow(kz_isotropic *p, kz_isotropic_responses *r, double beta, double mu)
{
    const double change[2] = {beta - p->beta, mu - p->mu};
    bool settled = true;
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < p->N * p->even.size; i++)
            p->x[i] += change[k] * r->x[k][i];
        for (int i = 0; i < 2 * p->M; i++)
            p->y[i] += change[k] * r->y[k][i];
    }
    p->beta = beta;
    p->mu = mu;
    for (int k = -1; k < 2 && settled; k++)
        settled = settle(p, r, k);
    if (settled) return KZ_OK;
    kz_status status = kz_isotropic_find_state(p, r, true);
    if (status == KZ_ENOCONV) status = kz_isotropic_find_state(p, r, false);
    if (status == KZ_OK) kz_isotropic_respond(r, p);
    return status;
}

kz_status kz_isotropic_respond_current(kz_isotropic_responses *r, kz_isotropic *p)
{
    memset(r->current, 0, (size_t)p->N * (size_t)p->even.size * sizeof *r->current);
    memset(r->c, 0, 2 * (size_t)p->M * sizeof *r->c);
    for (int a = 0; a < p->odd.size; a++) {
        double lambda = p->g->lambda[p->g->half + 1 + a];
        r->current[a] = 0.5 * M_PI * tanh(M_PI * lambda) * p->drive[a + 1];
    }
    KZ_TRY(kz_isotropic_factor(&p->odd, p));
    kz_isotropic_solve(r->current, r->c, &p->odd, p, r->scratch);
    return KZ_OK;
}

double kz_isotropic_first(double *ln_z, double first[2], const kz_isotropic_responses *r,
                          const kz_isotropic *p)
{
    double near = 0.25 - log(2);
    *ln_z = -p->beta * near;
    first[0] = first[1] = 0;
    for (int a = 0; a < p->even.size; a++) {
        *ln_z += p->sum[a] * p->L[a];
        for (int k = 0; k < 2; k++)
            first[k] += p->sum[a] * p->D[a] * r->x[k][a];
    }
    double excess = -first[0];
    first[0] -= near;
    return excess;
}

/* Adds the explicit part of the second derivative of L and l: d^2 ln(1 + e^x) times both. */
static void add_second(double *L, double *l, const kz_isotropic *p, const double *x,
                       const double *y, const double *other_x, const double *other_y)
{
    for (int k = 0; k < p->N * p->even.size; k++)
        L[k] += p->D[k] * (1 - p->D[k]) * x[k] * other_x[k];
    for (int k = 0; k < 2 * p->M; k++) {
        int half = k < p->M ? 0 : p->M, at = k - half, M = p->M;
        double complex w = kz_isotropic_value(p->weight + half, M, at);
        l[k] += kz_isotropic_reals(w * (1 - w) * kz_isotropic_value(y + half, M, at) *
                                   kz_isotropic_value(other_y + half, M, at));
    }
}

/* Adds d^3 ln(1 + e^x) times three first responses: to beta, mu and k. */
static void add_third(double *L, double *l, const kz_isotropic *p, const kz_isotropic_responses *r,
                      int k)
{
    for (int i = 0; i < p->N * p->even.size; i++) {
        double D = p->D[i];
        L[i] += D * (1 - D) * (1 - 2 * D) * r->x[0][i] * r->x[1][i] * r->x[k][i];
    }
    for (int i = 0; i < 2 * p->M; i++) {
        int half = i < p->M ? 0 : p->M, at = i - half, M = p->M;
        double complex w = kz_isotropic_value(p->weight + half, M, at);
        l[i] += kz_isotropic_reals(
            w * (1 - w) * (1 - 2 * w) * kz_isotropic_value(r->y[0] + half, M, at) *
            kz_isotropic_value(r->y[1] + half, M, at) * kz_isotropic_value(r->y[k] + half, M, at));
    }
}

/* The derivative of ln Z whose explicit parts are in r->b and r->d; x [N*even.size], y [2M]: out,
 * the response. */
static double respond_to(double *x, double *y, kz_isotropic_responses *r, const kz_isotropic *p)
{
    kz_isotropic_convolve(x, y, p, r->b, r->d);
    kz_isotropic_solve(x, y, &p->even, p, r->scratch);
    double sum = 0;
    for (int a = 0; a < p->even.size; a++)
        sum += p->sum[a] * (p->D[a] * x[a] + r->b[a]);
    return sum;
}

static void clear(kz_isotropic_responses *r, const kz_isotropic *p)
{
    memset(r->b, 0, (size_t)p->N * (size_t)p->even.size * sizeof *r->b);
    memset(r->d, 0, 2 * (size_t)p->M * sizeof *r->d);
}

void kz_isotropic_second(double second[3], kz_isotropic_responses *r, const kz_isotropic *p)
{
    for (int pair = 0; pair < 3; pair++) {
        int i = pair > 1, j = pair > 0;
        clear(r, p);
        add_second(r->b, r->d, p, r->x[i], r->y[i], r->x[j], r->y[j]);
        second[pair] = respond_to(r->xx[pair], r->yy[pair], r, p);
    }
}

void kz_isotropic_third(double third[2], kz_isotropic_responses *r, const kz_isotropic *p)
{
    for (int k = 0; k < 2; k++) { /* beta mu k: that of each pair with the one left */
        const int pair[3] = {1, k, k + 1}, left[3] = {k, 1, 0};
        clear(r, p);
        for (int i = 0; i < 3; i++)
            add_second(r->b, r->d, p, r->xx[pair[i]], r->yy[pair[i]], r->x[left[i]], r->y[left[i]]);
        add_third(r->b, r->d, p, r, k);
        third[k] = respond_to(r->a, r->c, r, p);
    }
}
