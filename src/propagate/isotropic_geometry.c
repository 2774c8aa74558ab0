/* The geometric solution in local form (geometry.c) on the circle of isotropic_circle.h, the rows
 * ended by isotropic_closure.h. */
#include "propagate/isotropic_geometry.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/gmres.h"
#include "core/memory.h"
#include "propagate/isotropic_closure.h"

enum { ITERATIONS_MAX = 60, RESTART = 100, APPLICATIONS_MAX = 3000, ROWS = 12 };

typedef struct {
    const kz_isotropic_heights *heights;
    const kz_isotropic_circle *circle;
    int N, M, size;
    double x, t;
    double *source;                   /* [M] s (x - origin) - s_v t */
    double *X, *H, *hole, *residual;  /* [size] X*; H, D; later D and */
    double *entropy;                  /* [size] */
    double *rho, *d, *step;           /* [size] rho^t, v rho^t */
    double *rhs, *unscaled, *scratch; /* [size] */
    double *stepped;                  /* [size] */
    double *turn; /* [M] how the closure changes as u_inf moves with int z_N; NULL: it stays */
    double *turn_room;
    kz_isotropic_closure closure;
    kz_isotropic_far far;
    kz_gmres *gmres;
} work;

static void work_free(work *w)
{
    double *arrays[] = {w->source, w->X,   w->H,       w->hole,    w->residual, w->entropy,
                        w->rho,    w->d,   w->step,    w->rhs,     w->unscaled, w->scratch,
                        w->stepped, w->turn_room};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_isotropic_closure_free(&w->closure);
    kz_isotropic_far_free(&w->far);
    kz_gmres_free(w->gmres);
}

static kz_status allocate(work *w)
{
    double **rows[ROWS] = {&w->X,    &w->H,   &w->hole, &w->residual, &w->entropy, &w->rho, &w->d,
                           &w->step, &w->rhs, &w->unscaled, &w->scratch, &w->stepped};
    for (int i = 0; i < ROWS; i++)
        KZ_TRY(kz_alloc_doubles(rows[i], (size_t)w->size));
    KZ_TRY(kz_alloc_doubles(&w->source, (size_t)w->M));
    KZ_TRY(kz_alloc_doubles(&w->turn_room, (size_t)w->M));
    KZ_TRY(kz_isotropic_closure_create(&w->closure, w->heights));
    KZ_TRY(kz_isotropic_far_create(&w->far, w->N, w->M));
    return kz_gmres_create(&w->gmres, (size_t)w->size, RESTART);
}

static kz_status work_create(work *w, const kz_isotropic_heights *h, double x, double t)
{
    *w = (work){.heights = h, .circle = &h->circle, .N = h->N, .M = h->M, .x = x, .t = t};
    w->size = w->N * w->M;
    KZ_TRY(allocate(w));
    for (int i = 0; i < w->M; i++)
        w->source[i] =
            w->circle->source[0][i] * (x - h->table.origin) - t * w->circle->source[1][i];
    return KZ_OK;
}

/* -- the linear system ----------------------------------------------------------------------- */

/* out = in A^T, rows of M. */
static void apply_rows(double *out, const double *in, const double *A, int rows, int M, double keep)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, M, M, 1, in, M, A, M, keep, out, M);
}

static double integrate(const work *w, const double *q)
{
    return cblas_ddot(w->M, w->heights->nodes->weight, 1, q, 1);
}

/* out = s * z summed over the neighbouring rows, and the closure of row N, linear in z. */
static void convolve(double *restrict out, const double *restrict z, work *w)
{
    int N = w->N, M = w->M;
    const double *last = z + (N - 1) * M;
    double *sum = w->scratch;
    for (int f = 0; f < N; f++)
        for (int i = 0; i < M; i++) {
            int at = f * M + i;
            sum[at] = (f > 0 ? z[at - M] : 0) + (f + 1 < N ? z[at + M] : 0);
        }
    apply_rows(out, sum, w->heights->nodes->s, N, M, 0);
    apply_rows(out + (N - 1) * M, last, w->closure.closing, 1, M, 1);
    if (w->turn) cblas_daxpy(M, integrate(w, last), w->turn, 1, out + (N - 1) * M, 1);
}

/* y = (1 - K D) P^-1 x, P that of the far state, in the norm of functions of lambda. */
static void apply(double *restrict y, const double *restrict x, void *context)
{
    work *w = context;
    const double *scale = w->circle->scale;
    memcpy(w->stepped, x, (size_t)w->size * sizeof *x);
    kz_isotropic_far_solve(w->stepped, &w->far, &w->circle->modes, w->scratch);
    for (int i = 0; i < w->size; i++)
        w->unscaled[i] = w->hole[i] * w->stepped[i] / scale[i % w->M];
    convolve(y, w->unscaled, w);
    for (int i = 0; i < w->size; i++)
        y[i] = w->stepped[i] - scale[i % w->M] * y[i];
}

static double norm(const work *w, const double *x)
{
    double sum = 0;
    for (int i = 0; i < w->size; i++)
        sum += w->circle->stretch[i % w->M] * x[i] * x[i];
    return sqrt(sum);
}

/* x = (1 - K D)^-1 rhs to tol in norm(); rhs is overwritten. */
static kz_status solve(double *x, work *w, double *rhs, double tol)
{
    const double *scale = w->circle->scale;
    kz_isotropic_far_set(&w->far, &w->circle->modes, w->hole);
    for (int i = 0; i < w->size; i++)
        rhs[i] *= scale[i % w->M];
    memset(x, 0, (size_t)w->size * sizeof *x);
    KZ_TRY(kz_gmres_solve(x, rhs, apply, w, tol, APPLICATIONS_MAX, w->gmres, NULL));
    kz_isotropic_far_solve(x, &w->far, &w->circle->modes, w->scratch);
    for (int i = 0; i < w->size; i++)
        x[i] /= scale[i % w->M];
    return KZ_OK;
}

/* -- heights --------------------------------------------------------------------------------- */

/* Velocity of string n at infinite temperature, -1/2 d ln rho^t_n/dlambda at mu = 0. */
static double hot_velocity(double lambda, int n)
{
    double below = 0.25 * n * n, above = 0.25 * (n + 2.0) * (n + 2.0), square = lambda * lambda;
    return lambda * (1 / (square + below) + 1 / (square + above));
}

static void invert_rows(work *w)
{
    for (int at = 0; at < w->size; at++) {
        double u;
        int f = at / w->M;
        size_t k = kz_isotropic_folded(w->heights, at % w->M);
        kz_height h = kz_height_table_invert(&u, &w->heights->table, 0, f, k, w->X[at]);
        w->H[at] = h.H;
        w->hole[at] = h.hole;
    }
}

/* X* by H, and the closure by it: in `out` [size]. */
static kz_status heights_by(double *out, work *w)
{
    int last = w->size - w->M;
    KZ_TRY(kz_isotropic_closure_set(&w->closure, 0, integrate(w, w->H + last)));
    convolve(out, w->H, w);
    cblas_daxpy(w->M, 1, w->source, 1, out, 1);
    cblas_daxpy(w->M, 1, w->closure.offset, 1, out + last, 1);
    return KZ_OK;
}

/* First guess: heights of characteristics as fast as at infinite temperature. */
static kz_status guess(work *w)
{
    for (int at = 0; at < w->size; at++) {
        int f = at / w->M, i = at % w->M;
        double u = w->x - w->t * hot_velocity(w->heights->nodes->lambda[i], f + 1);
        w->H[at] =
            kz_height_table_at(&w->heights->table, 0, f, kz_isotropic_folded(w->heights, i), u).H;
    }
    return heights_by(w->X, w);
}

static kz_status newton(work *w, double tol, kz_geometry_report *report)
{
    double previous = INFINITY;
    KZ_TRY(guess(w));
    for (;; report->iterations++) {
        invert_rows(w);
        KZ_TRY(heights_by(w->residual, w));
        double rounding = 1e-15 * norm(w, w->X);
        for (int i = 0; i < w->size; i++)
            w->residual[i] -= w->X[i];
        double size = norm(w, w->residual);
        report->doubt = size;
        if (size <= fmax(tol, rounding)) return KZ_OK;
        if (size <= 1000 * rounding && size > 0.3 * previous) return KZ_OK;
        if (!isfinite(size) || report->iterations == ITERATIONS_MAX)
            return KZ_FAIL(KZ_ENOCONV, "x = %.15g, t = %.15g: residual %.3g after %d steps", w->x,
                           w->t, size, report->iterations);
        previous = size;
        double enough = fmax(0.3 * fmax(tol, rounding), fmin(0.03, 0.3 * size) * size);
        KZ_TRY(solve(w->step, w, w->residual, enough));
        cblas_daxpy(w->size, 1, w->step, 1, w->X, 1);
    }
}

/* -- the state ------------------------------------------------------------------------------- */

/* D and the entropy of the fillings. */
static void fill_rows(work *w)
{
    for (int at = 0; at < w->size; at++) {
        double u, x, mu;
        int f = at / w->M;
        size_t k = kz_isotropic_folded(w->heights, at % w->M);
        kz_height_table_invert(&u, &w->heights->table, 0, f, k, w->X[at]);
        kz_height_table_filling(&x, &mu, &w->heights->table, 0, f, k, u);
        w->hole[at] = 1 / (1 + exp(-x));
        w->entropy[at] = kz_mixing_entropy(x);
    }
}

/* H_N is left in the residual, less that at u_inf. */
static kz_status set_turn(work *w)
{
    const kz_isotropic_closure *c = &w->closure;
    double *apart = w->residual + w->size - w->M;
    KZ_TRY(kz_isotropic_closure_finish(&w->closure));
    for (int i = 0; i < w->M; i++)
        apart[i] = w->H[w->size - w->M + i] - c->height[i];
    apply_rows(w->turn_room, apart, c->closing_by, 1, w->M, 0);
    cblas_dscal(w->M, 1 / c->holes, w->turn_room, 1);
    w->turn = w->turn_room;
    return KZ_OK;
}

static kz_status dress(double *q, work *w, const double *source, double tol)
{
    memset(w->rhs, 0, (size_t)w->size * sizeof *w->rhs);
    memcpy(w->rhs, source, (size_t)w->M * sizeof *w->rhs);
    return solve(q, w, w->rhs, tol * norm(w, w->rhs));
}

/* What the strings beyond have of the entropy, sum over n > N of int rho^t_n L_n - z_n ln eta_n: in
 * it L s*z - z s*L telescopes to int z_N s*L_{N+1} - L_N s*z_{N+1} less its limit, mu m. */
static double entropy_beyond(work *w, const double *last)
{
    const kz_isotropic_closure *c = &w->closure;
    const double *weight = w->heights->nodes->weight, *apart = w->residual + w->size - w->M;
    double *closed = w->scratch, *closed_apart = closed + w->M, *changed = closed + 2 * w->M;
    double sum = 0, moved = 0, u = integrate(w, last) / c->holes;
    apply_rows(closed, last, c->closing, 1, w->M, 0);
    apply_rows(closed_apart, apart, c->closing, 1, w->M, 0);
    apply_rows(changed, apart, c->closing_by, 1, w->M, 0);
    for (int i = 0; i < w->M; i++) {
        double p = c->polarisation[i], p_by = c->polarisation_by[i];
        sum += weight[i] * ((c->beyond[i] - c->mu * p) * last[i] - c->log[i] * closed[i]);
        moved += weight[i] *
                 ((c->beyond_by[i] - c->mu_by * p - c->mu * p_by) * apart[i] -
                  c->log_by[i] * closed_apart[i] - c->log[i] * changed[i]);
    }
    return sum + u * moved;
}

static void observe(kz_geometry_values *out, work *w)
{
    const double *weight = w->heights->nodes->weight;
    const double *apart = w->residual + w->size - w->M;
    int M = w->M, last = w->size - M;
    double holes = 0, flow = 0, moved = 0;
    kz_geometry_values sum = {0};
    double *z = w->step;
    for (int i = 0; i < M; i++) {
        double source = M_PI * weight[i] * w->circle->source[0][i] * w->hole[i];
        double spin = weight[i] * w->hole[last + i], p = w->closure.polarisation[i];
        sum.energy += source * w->rho[i];
        sum.energy_current += source * w->d[i];
        sum.magnetization += spin * p * w->rho[last + i];
        sum.spin_current += spin * p * w->d[last + i];
        holes += spin * w->rho[last + i];
        flow += spin * w->d[last + i];
        moved += weight[i] * w->closure.polarisation_by[i] * apart[i] / w->closure.holes;
        z[i] = w->hole[last + i] * w->rho[last + i];
    }
    sum.magnetization += holes * moved;
    sum.spin_current += flow * moved;
    for (int i = 0; i < w->size; i++)
        sum.entropy += weight[i % M] * w->entropy[i] * w->rho[i];
    sum.entropy += entropy_beyond(w, z);
    *out = sum;
}

/* Residuals of densities, relative to the source. */
static const double SOLVED = 1e-13;

static kz_status find(kz_geometry_values *out, work *w, double tol, kz_geometry_report *report)
{
    KZ_TRY(newton(w, tol, report));
    fill_rows(w);
    KZ_TRY(set_turn(w));
    KZ_TRY(dress(w->rho, w, w->circle->source[0], SOLVED));
    KZ_TRY(dress(w->d, w, w->circle->source[1], SOLVED));
    observe(out, w);
    return KZ_OK;
}

kz_status kz_isotropic_geometry_solve(kz_geometry_values *out, const kz_isotropic_heights *heights,
                                      double x, double t, double tol, kz_geometry_report *report)
{
    work w;
    *report = (kz_geometry_report){0};
    kz_status status = work_create(&w, heights, x, t);
    if (status == KZ_OK) status = find(out, &w, tol, report);
    work_free(&w);
    return status;
}
