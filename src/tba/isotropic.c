#include "tba/isotropic.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/closure.h"
#include "tba/isotropic_system.h"

enum { NEWTON_MAX = 60 };

/* Responses to beta, to mu and to pairs of them, and v rho^t. */
typedef struct {
    double *x[2];            /* [N*even.size] */
    double *y[2];            /* [2M] */
    double *current;         /* [N*odd.size] */
    double *a, *b;           /* [N*even.size] scratch */
    double *c, *d, *scratch; /* [2M] */
} responses;

static void responses_free(responses *r)
{
    double *arrays[] = {r->x[0], r->x[1], r->y[0], r->y[1], r->current,
                        r->a,    r->b,    r->c,    r->d,    r->scratch};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
}

static kz_status responses_create(responses *r, const kz_isotropic *p)
{
    size_t size = (size_t)p->N * (size_t)p->even.size, two = 2 * (size_t)p->M;
    double **rows[] = {&r->x[0], &r->x[1], &r->current, &r->a, &r->b};
    double **closures[] = {&r->y[0], &r->y[1], &r->c, &r->d, &r->scratch};
    *r = (responses){0};
    for (size_t i = 0; i < 5; i++) {
        KZ_TRY(kz_alloc_doubles(rows[i], size));
        KZ_TRY(kz_alloc_doubles(closures[i], two));
    }
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
static double residual(responses *r, const kz_isotropic *p)
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

/* Newton's iteration down to rounding; leaves the derivative factored in the even sector. */
static kz_status find_state(kz_isotropic *p, responses *r)
{
    double size = 1 + fabs(p->beta) + fabs(p->mu) * p->N, previous = INFINITY;
    start(p);
    for (int step = 0; step < NEWTON_MAX; step++) {
        kz_isotropic_evaluate(p);
        double now = residual(r, p);
        if (!isfinite(now)) break;
        KZ_TRY(kz_isotropic_factor(&p->even, p));
        if (now <= 1e-15 * size || (now <= 1e-11 * size && now > 0.3 * previous)) return KZ_OK;
        previous = now;
        KZ_TRY(kz_isotropic_solve(r->a, r->c, &p->even, p, r->scratch));
        for (int i = 0; i < p->N * p->even.size; i++)
            p->x[i] += r->a[i];
        for (int i = 0; i < 2 * p->M; i++)
            p->y[i] += r->c[i];
    }
    return KZ_FAIL(KZ_ENOCONV, "TBA at Delta = 1, beta = %.15g, mu = %.15g: residual %.3g", p->beta,
                   p->mu, previous);
}

/* -- its derivatives ------------------------------------------------------------------------- */

static kz_status respond(responses *r, kz_isotropic *p)
{
    int n = p->even.size, odd = p->odd.size, M = p->M;
    for (int a = 0; a < n; a++)
        r->x[0][a] = -M_PI * p->drive[a];
    for (int i = 0; i < M; i++) {
        r->y[1][i] = -0.5;
        r->y[1][M + i] = 0.5;
    }
    for (int k = 0; k < 2; k++)
        KZ_TRY(kz_isotropic_solve(r->x[k], r->y[k], &p->even, p, r->scratch));
    for (int a = 0; a < odd; a++) {
        double lambda = p->g->lambda[p->g->half + 1 + a];
        r->current[a] = 0.5 * M_PI * tanh(M_PI * lambda) * p->drive[a + 1];
    }
    KZ_TRY(kz_isotropic_factor(&p->odd, p));
    memset(r->c, 0, 2 * (size_t)M * sizeof *r->c);
    return kz_isotropic_solve(r->current, r->c, &p->odd, p, r->scratch);
}

/* d^2 ln(1 + e^x) times both responses: the explicit part of the second derivative of L and l. */
static void second_source(responses *r, const kz_isotropic *p, int i, int j)
{
    for (int k = 0; k < p->N * p->even.size; k++)
        r->b[k] = p->D[k] * (1 - p->D[k]) * r->x[i][k] * r->x[j][k];
    for (int k = 0; k < 2 * p->M; k++) {
        int half = k < p->M ? 0 : p->M, at = k - half, M = p->M;
        double complex w = kz_isotropic_value(p->weight + half, M, at);
        r->d[k] = kz_isotropic_reals(w * (1 - w) * kz_isotropic_value(r->y[i] + half, M, at) *
                                     kz_isotropic_value(r->y[j] + half, M, at));
    }
}

/* d^2 ln Z of a pair of beta (0) and mu (1). */
static kz_status second_derivative(double *out, responses *r, const kz_isotropic *p, int i, int j)
{
    second_source(r, p, i, j);
    kz_isotropic_convolve(r->a, r->c, p, r->b, r->d);
    KZ_TRY(kz_isotropic_solve(r->a, r->c, &p->even, p, r->scratch));
    *out = 0;
    for (int a = 0; a < p->even.size; a++)
        *out += p->sum[a] * (p->D[a] * r->a[a] + r->b[a]);
    return KZ_OK;
}

typedef struct {
    double spin, energy, cross;
} drude;

/* sum over the line of w v^2 times the charges, for string f. */
static drude string_drude(const responses *r, const kz_isotropic *p, int f)
{
    static const double RESOLVED = 1e-18; /* below, the velocity is rounding */
    drude sum = {0};
    int K = p->g->half;
    for (int a = 0; a < p->odd.size; a++) {
        int at = f * p->even.size + a + 1;
        double energy = r->x[0][at], charge = r->x[1][at], rho = -energy / M_PI;
        if (!(rho > RESOLVED)) continue;
        double v = r->current[f * p->odd.size + a] / rho;
        double w = 2 * p->g->weight[K + 1 + a] * rho * p->D[at] * (1 - p->D[at]) * v * v;
        sum.spin += w * charge * charge;
        sum.energy += w * energy * energy;
        sum.cross -= w * energy * charge;
    }
    return sum;
}

/* Drude weights; returns a bound on what the strings n > N have of them.  Their terms fall faster
 * than 1/n, which is that of the spin's for n |mu| < 1, and than e^{-|mu| n} beyond. */
static double sum_drude(kz_thermo *out, const responses *r, const kz_isotropic *p)
{
    drude last = {0};
    for (int f = 0; f < p->N; f++) {
        last = string_drude(r, p, f);
        out->drude_spin += last.spin;
        out->drude_energy += last.energy;
        out->drude_cross += last.cross;
    }
    double kappa = 0.5 * fabs(p->mu), N = p->N;
    if (kappa == 0) return N * last.energy;
    double rest = fmin(N * (1 + fmax(0, -log(kappa * N))), 1 / -expm1(-2 * kappa));
    return rest * fmax(last.spin, fmax(last.energy, fabs(last.cross)));
}

static kz_status assemble(kz_thermo *out, kz_isotropic *p, responses *r)
{
    double beta = p->beta, mu = p->mu, near = 0.25 - log(2), bb, bm, mm;
    kz_thermo t = {.beta = beta, .mu = mu, .ln_z = -beta * near, .energy = near};
    KZ_TRY(respond(r, p));
    KZ_TRY(second_derivative(&bb, r, p, 0, 0));
    KZ_TRY(second_derivative(&bm, r, p, 0, 1));
    KZ_TRY(second_derivative(&mm, r, p, 1, 1));
    for (int a = 0; a < p->even.size; a++) {
        t.ln_z += p->sum[a] * p->L[a];
        t.energy -= p->sum[a] * p->D[a] * r->x[0][a];
        t.magnetization += p->sum[a] * p->D[a] * r->x[1][a];
    }
    t.free_energy = beta == 0 ? NAN : -t.ln_z / beta;
    t.entropy = t.ln_z + beta * t.energy - mu * t.magnetization;
    t.heat_capacity = beta * beta * bb + 2 * beta * mu * bm + mu * mu * mm;
    t.susceptibility = mm;
    t.energy_beta = -bb;
    t.magnetization_beta = bm;
    t.energy_noise = t.spin_noise = NAN; /* their corner at lambda = 0 needs nodes of its own */
    t.err = sum_drude(&t, r, p);
    *out = t;
    return KZ_OK;
}

kz_status kz_isotropic_on_grid(kz_thermo *out, kz_grid grid, double beta, double mu)
{
    kz_isotropic p = {0};
    responses r = {0};
    kz_status status = kz_isotropic_create(&p, grid, beta, mu);
    if (status == KZ_OK) status = responses_create(&r, &p);
    if (status == KZ_OK) status = find_state(&p, &r);
    if (status == KZ_OK) status = assemble(out, &p, &r);
    responses_free(&r);
    kz_isotropic_free(&p);
    return status;
}

/* -- grids ----------------------------------------------------------------------------------- */

/* Functions of string n vary over n/2 and have poles at about 1/2: w between both. */
static double width_for(int order) { return fmax(2.5, 0.5 * sqrt(order)); }

kz_grid kz_isotropic_grid(kz_chain chain, double beta, double mu, double tol)
{
    /* the Drude weights: at mu = 0 energy's terms fall as n^-9, else spin's as e^{-|mu| n} */
    double digits = log(1 / tol), most = 0.8 * KZ_ISOTROPIC_ORDER_MAX;
    double order = mu == 0 ? fmax(6, 1.5 * pow(tol, -0.125)) : 3 + digits / fabs(mu);
    kz_grid grid = {.chain = chain, .order = (int)fmin(order, most)};
    grid.window = width_for(grid.order);
    grid.half = 16 + (size_t)(0.65 * grid.window * digits + 8 * log1p(fabs(beta)));
    return grid;
}

kz_grid kz_isotropic_finer(kz_grid grid)
{
    static const double OPERATIONS = 2e10; /* of a Newton step: a second or so */
    grid.half += grid.half / 4;
    grid.order = (int)fmin(grid.order + 2 + grid.order / 4, KZ_ISOTROPIC_ORDER_MAX);
    grid.window = width_for(grid.order);
    if (pow((double)grid.half, 3) * (5 * grid.order + 30) > OPERATIONS)
        grid.half = KZ_ISOTROPIC_HALF_MAX + 1;
    return grid;
}
