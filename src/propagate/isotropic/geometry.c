/* The geometric solution in local form (geometry/geometry.c) on the circle of
 * ghd/isotropic/circle.h, the rows ended by closure.h. */
#include "propagate/isotropic/geometry.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/gmres.h"
#include "core/memory.h"
#include "propagate/isotropic/work.h"

enum { ITERATIONS_MAX = 60, STALLED_MAX = 8, RESTART = 100, APPLICATIONS_MAX = 3000 };

/* From here on the long strings stay on their side of a jump. */
enum { TURNS_MAX = 30 };

static void work_free(kz_isotropic_geometry_work *w)
{
    double *arrays[] = {w->source, w->X,    w->kept,  w->residual, w->step,     w->rho,
                        w->d,      w->rhs,  w->sum,   w->stepped,  w->unscaled, w->z,
                        w->zs,     w->last, w->apart, w->turn_room};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_isotropic_rows_free(&w->rows);
    kz_isotropic_closure_free(&w->closure);
    kz_isotropic_far_free(&w->far);
    kz_gmres_free(w->gmres);
}

static kz_status allocate(kz_isotropic_geometry_work *w)
{
    size_t size = (size_t)w->size, M = (size_t)w->M;
    double **rows[] = {&w->X,   &w->kept,     &w->residual, &w->step, &w->rho, &w->d,
                       &w->rhs, &w->unscaled, &w->stepped,  &w->sum,  &w->z};
    double **row[] = {&w->source, &w->last, &w->apart, &w->turn_room};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        KZ_TRY(kz_alloc_doubles(rows[i], size));
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        KZ_TRY(kz_alloc_doubles(row[i], M));
    KZ_TRY(kz_isotropic_rows_create(&w->rows, w->heights, w->x, w->t));
    if (w->rows.pieces > 1) KZ_TRY(kz_alloc_doubles(&w->zs, w->rows.pieces * size));
    KZ_TRY(kz_isotropic_closure_create(&w->closure, w->heights));
    KZ_TRY(kz_isotropic_far_create(&w->far, w->N, w->M));
    return kz_gmres_create(&w->gmres, size, RESTART);
}

/* Shorter ones overflow in x/t, and are as good as this. */
static const double NO_TIME = 1e-200;

static kz_status work_create(kz_isotropic_geometry_work *w, const kz_isotropic_heights *h, double x,
                             double t)
{
    if (t != 0 && fabs(t) < NO_TIME) t = copysign(NO_TIME, t);
    *w = (kz_isotropic_geometry_work){
        .heights = h, .circle = &h->circle, .N = h->N, .M = h->M, .x = x, .t = t};
    w->size = w->N * w->M;
    KZ_TRY(allocate(w));
    for (int i = 0; i < w->M; i++)
        w->source[i] =
            w->circle->source[0][i] * (x - h->table.origin) - t * w->circle->source[1][i];
    return KZ_OK;
}

/* -- the linear system ----------------------------------------------------------------------- */

/* out = s * z summed over the neighbouring rows, and the closure of row N, linear in z; zs as in
 * rows.h.  Row N with its jumps projected is left in w->last. */
static void convolve(double *restrict out, const double *z, const double *zs,
                     kz_isotropic_geometry_work *w)
{
    int N = w->N, M = w->M;
    double *patch = w->last;
    for (int f = 0; f < N; f++)
        for (int i = 0; i < M; i++) {
            int at = f * M + i;
            w->sum[at] = (f > 0 ? z[at - M] : 0) + (f + 1 < N ? z[at + M] : 0);
        }
    kz_isotropic_geometry_apply_rows(out, w->sum, w->heights->nodes->s, N, M, 0);
    for (int f = 0; zs && f < N; f++) {
        if (!kz_isotropic_panels_convolve(patch, &w->rows.panels, M, f, zs + f * M,
                                          (size_t)w->size))
            continue;
        if (f > 0) cblas_daxpy(M, 1, patch, 1, out + (f - 1) * M, 1);
        if (f + 1 < N) cblas_daxpy(M, 1, patch, 1, out + (f + 1) * M, 1);
    }
    kz_isotropic_rows_project(w->last, &w->rows, N - 1, z, zs);
    kz_isotropic_geometry_apply_rows(out + (N - 1) * M, w->last, w->closure.closing, 1, M, 1);
    if (w->turn)
        cblas_daxpy(M, kz_isotropic_geometry_integrate(w, w->last), w->turn, 1, out + (N - 1) * M,
                    1);
}

/* y = (1 - K D) P^-1 x, P that of the far state, in the norm of functions of lambda. */
static void apply(double *restrict y, const double *restrict x, void *context)
{
    kz_isotropic_geometry_work *w = context;
    const double *scale = w->circle->scale;
    memcpy(w->stepped, x, (size_t)w->size * sizeof *x);
    kz_isotropic_far_solve(w->stepped, &w->far, &w->circle->modes, w->sum);
    for (int i = 0; i < w->size; i++)
        w->unscaled[i] = w->stepped[i] / scale[i % w->M];
    kz_isotropic_rows_multiply(w->z, w->zs, &w->rows, KZ_ROWS_HOLE, w->unscaled);
    convolve(y, w->z, w->zs, w);
    for (int i = 0; i < w->size; i++)
        y[i] = w->stepped[i] - scale[i % w->M] * y[i];
}

static double norm(const kz_isotropic_geometry_work *w, const double *x)
{
    double sum = 0;
    for (int i = 0; i < w->size; i++)
        sum += w->circle->stretch[i % w->M] * x[i] * x[i];
    return sqrt(sum);
}

/* x = (1 - K D)^-1 rhs to tol in norm(); rhs is overwritten. */
static kz_status solve(double *x, kz_isotropic_geometry_work *w, double *rhs, double tol)
{
    const double *scale = w->circle->scale;
    kz_isotropic_far_set(&w->far, &w->circle->modes, w->rows.entry[KZ_ROWS_HOLE]);
    for (int i = 0; i < w->size; i++)
        rhs[i] *= scale[i % w->M];
    memset(x, 0, (size_t)w->size * sizeof *x);
    kz_status status = kz_gmres_solve(x, rhs, apply, w, tol, APPLICATIONS_MAX, w->gmres, NULL);
    if (status == KZ_EDOMAIN)
        return KZ_FAIL(KZ_ENOCONV, "x = %.15g, t = %.15g: no finite step", w->x, w->t);
    KZ_TRY(status);
    kz_isotropic_far_solve(x, &w->far, &w->circle->modes, w->sum);
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

/* X* by H, and the closure by it, in `out` [size]. */
static kz_status heights_by(double *out, kz_isotropic_geometry_work *w, const double *H,
                            const double *Hs)
{
    kz_isotropic_rows_project(w->last, &w->rows, w->N - 1, H, Hs);
    KZ_TRY(kz_isotropic_closure_set(&w->closure, w->rows.base,
                                    kz_isotropic_geometry_integrate(w, w->last)));
    convolve(out, H, Hs, w);
    cblas_daxpy(w->M, 1, w->source, 1, out, 1);
    cblas_daxpy(w->M, 1, w->closure.offset, 1, out + w->size - w->M, 1);
    return KZ_OK;
}

/* The rows by X*, in the piece of which int H_N speaks. */
static kz_status fill_rows(kz_isotropic_geometry_work *w, bool may_turn)
{
    kz_isotropic_rows *r = &w->rows;
    KZ_TRY(kz_isotropic_rows_divide(r, w->X));
    KZ_TRY(kz_isotropic_rows_fill(r, w->X, false));
    kz_isotropic_rows_project(w->last, r, w->N - 1, r->entry[KZ_ROWS_HEIGHT],
                              r->apart[KZ_ROWS_HEIGHT]);
    size_t base = kz_isotropic_rows_piece(r, kz_isotropic_geometry_integrate(w, w->last));
    if (!may_turn || base == r->base) return KZ_OK;
    r->base = base;
    return kz_isotropic_rows_fill(r, w->X, false);
}

/* First guess: heights of characteristics as fast as at infinite temperature. */
static kz_status guess(kz_isotropic_geometry_work *w)
{
    double *H = w->z;
    const kz_height_table *table = &w->heights->table;
    for (int at = 0; at < w->size; at++) {
        int f = at / w->M, i = at % w->M;
        double u = w->x - w->t * hot_velocity(w->heights->nodes->lambda[i], f + 1);
        H[at] = kz_height_table_at(table, kz_profile_find(table->profile, u), f,
                                   kz_isotropic_folded(w->heights, i), u)
                    .H;
    }
    w->rows.base =
        kz_isotropic_rows_piece(&w->rows, kz_isotropic_geometry_integrate(w, H + w->size - w->M));
    return heights_by(w->X, w, H, NULL);
}

/* Rows, closure and residual by X*; the size of that. */
static kz_status evaluate(double *size, kz_isotropic_geometry_work *w, bool may_turn)
{
    KZ_TRY(fill_rows(w, may_turn));
    KZ_TRY(
        heights_by(w->residual, w, w->rows.entry[KZ_ROWS_HEIGHT], w->rows.apart[KZ_ROWS_HEIGHT]));
    for (int i = 0; i < w->size; i++)
        w->residual[i] -= w->X[i];
    *size = norm(w, w->residual);
    return KZ_OK;
}

/* Where nodes hardly resolve what is beyond a jump, crossings far out come and go, and steps
 * circle: up to this residual the best of them serves, with so many times that in err. */
static const double CIRCLING = 1e-4, CIRCLING_SAFETY = 10;

static double rounding_of(const kz_isotropic_geometry_work *w) { return 1e-15 * norm(w, w->X); }

static kz_status settle(kz_isotropic_geometry_work *w, double best, kz_geometry_report *report)
{
    double size;
    if (!(best <= CIRCLING * kz_isotropic_geometry_early(w)))
        return KZ_FAIL(KZ_ENOCONV, "x = %.15g, t = %.15g: residual %.3g after %d steps", w->x, w->t,
                       best, report->iterations);
    memcpy(w->X, w->kept, (size_t)w->size * sizeof *w->X);
    KZ_TRY(evaluate(&size, w, true));
    report->left = CIRCLING_SAFETY * size;
    return KZ_OK;
}

static kz_status newton(kz_isotropic_geometry_work *w, double tol, kz_geometry_report *report)
{
    double previous = INFINITY, best = INFINITY, size;
    int stalled = 0;
    double early = kz_isotropic_geometry_early(w);
    tol *= early;
    KZ_TRY(guess(w));
    for (;; report->iterations++) {
        KZ_TRY(evaluate(&size, w, report->iterations < TURNS_MAX));
        double rounding = rounding_of(w);
        report->left = size;
        if (size <= fmax(tol, rounding)) return KZ_OK;
        if (size <= 1000 * rounding && size > 0.3 * previous) return KZ_OK;
        if (size <= 0.5 * best) {
            best = size;
            stalled = 0;
            memcpy(w->kept, w->X, (size_t)w->size * sizeof *w->X);
        } else if (++stalled == STALLED_MAX || report->iterations == ITERATIONS_MAX ||
                   !isfinite(size)) {
            return settle(w, best, report);
        }
        previous = size;
        double enough = fmax(0.3 * fmax(tol, rounding), fmin(0.03, 0.3 * size / early) * size);
        KZ_TRY(solve(w->step, w, w->residual, enough));
        cblas_daxpy(w->size, 1, w->step, 1, w->X, 1);
    }
}

/* -- the state ------------------------------------------------------------------------------- */

/* H_N less that at u_inf in w->apart, of the rows that stand. */
static kz_status set_turn(kz_isotropic_geometry_work *w)
{
    kz_isotropic_closure *c = &w->closure;
    kz_isotropic_rows_project(w->apart, &w->rows, w->N - 1, w->rows.entry[KZ_ROWS_HEIGHT],
                              w->rows.apart[KZ_ROWS_HEIGHT]);
    KZ_TRY(kz_isotropic_closure_finish(c));
    for (int i = 0; i < w->M; i++)
        w->apart[i] -= c->height[i];
    kz_isotropic_geometry_apply_rows(w->turn_room, w->apart, c->closing_by, 1, w->M, 0);
    cblas_dscal(w->M, 1 / c->holes, w->turn_room, 1);
    w->turn = w->turn_room;
    return KZ_OK;
}

/* Strings of n up to 1/kappa have D_n that change with mu as kappa, whatever n, and as they come
 * from t/n apart, add to m like dn/n. */
static double efolds(const kz_isotropic_geometry_work *w)
{
    const kz_isotropic_closure *c = &w->closure;
    double kappa = 0.5 * (fabs(c->mu) + fabs(c->mu_by * w->t) / w->N);
    return kappa > 0 ? fmax(0, log(4 / (kappa * w->N))) : 0;
}

static kz_status dress(double *q, kz_isotropic_geometry_work *w, const double *source, double tol)
{
    memset(w->rhs, 0, (size_t)w->size * sizeof *w->rhs);
    memcpy(w->rhs, source, (size_t)w->M * sizeof *w->rhs);
    return solve(q, w, w->rhs, tol * norm(w, w->rhs));
}

/* Residuals of densities, relative to the source. */
static const double SOLVED = 1e-13;

/* Largest distance to a jump, in units of its error, that tells no side. */
static const double HIDDEN = 100;

/* Whether a row crosses a jump, or may where X* is wrong by so much. */
static bool crosses(const kz_isotropic_geometry_work *w, double wrong)
{
    const kz_isotropic_rows *r = &w->rows;
    for (size_t c = 0; w->t != 0 && c + 1 < r->pieces; c++) {
        const double *edge = r->edge + c * (size_t)w->size;
        double largest = 0;
        for (int at = 0; at < w->size; at++)
            largest = fmax(largest, fabs(w->X[at] - edge[at]));
        if (largest <= HIDDEN * wrong) return true;
        for (int f = 0; f < w->N; f++)
            if (r->region[c * (size_t)w->N + (size_t)f].count > 0) return true;
    }
    return false;
}

/* An edge moves by what X* is wrong by over t, at most by all of a jump: what Newton's method has
 * left, and rounding, which no grid makes less. */
static void blame_edges(const kz_isotropic_geometry_work *w, kz_geometry_report *report)
{
    double rounding = rounding_of(w);
    if (!crosses(w, fmax(report->left, rounding))) return;
    report->left = fmin(1, report->left / kz_isotropic_geometry_early(w));
    report->doubt += fmin(1, rounding / fabs(w->t));
}

static kz_status find(kz_geometry_values *out, kz_isotropic_geometry_work *w, double tol,
                      kz_geometry_report *report)
{
    KZ_TRY(newton(w, tol, report));
    KZ_TRY(set_turn(w));
    report->efolds = efolds(w);
    KZ_TRY(kz_isotropic_rows_fill(&w->rows, w->X, true));
    KZ_TRY(dress(w->rho, w, w->circle->source[0], SOLVED));
    KZ_TRY(dress(w->d, w, w->circle->source[1], SOLVED));
    kz_isotropic_geometry_observe(out, w);
    KZ_TRY(kz_isotropic_geometry_share_jump(out, report, w));
    blame_edges(w, report);
    return KZ_OK;
}

kz_status kz_isotropic_geometry_solve(kz_geometry_values *out, const kz_isotropic_heights *heights,
                                      double x, double t, double tol, kz_geometry_report *report)
{
    kz_isotropic_geometry_work w;
    *report = (kz_geometry_report){0};
    kz_status status = work_create(&w, heights, x, t);
    if (status == KZ_OK) status = find(out, &w, tol, report);
    work_free(&w);
    return status;
}
