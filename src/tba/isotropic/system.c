#include "tba/isotropic/system.h"

#include <cblas.h>
#include <complex.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tba/closure.h"
#include "tba/isotropic/tangent.h"

static void sector_free(kz_isotropic_sector *s)
{
    double *arrays[] = {s->s, s->from, s->to, s->factored, s->step, s->closing, s->last};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_free(s->pivot);
    kz_free(s->last_pivot);
}

void kz_isotropic_free(kz_isotropic *p)
{
    double *arrays[] = {p->pair, p->x, p->D, p->L, p->y, p->l, p->weight, p->drive, p->sum};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    sector_free(&p->even);
    sector_free(&p->odd);
    kz_tangent_free(p->g);
}

static kz_status sector_allocate(kz_isotropic_sector *s, const kz_isotropic *p)
{
    size_t n = (size_t)s->size, two = 2 * (size_t)p->M;
    void *last_pivot;
    KZ_TRY(kz_alloc_doubles(&s->s, n * n));
    KZ_TRY(kz_alloc_doubles(&s->from, n * two));
    KZ_TRY(kz_alloc_doubles(&s->to, n * two));
    KZ_TRY(kz_alloc_doubles(&s->closing, n * two));
    KZ_TRY(kz_alloc_doubles(&s->last, two * two));
    KZ_TRY(kz_alloc(&last_pivot, two, sizeof(lapack_int)));
    s->last_pivot = last_pivot;
    return KZ_OK;
}

/* Kernels on functions of one parity: columns of i and -i together, rows by their mean. */
static kz_status sector_create(kz_isotropic_sector *s, const kz_isotropic *p, int parity)
{
    const kz_tangent *g = p->g;
    int K = g->half, M = g->count, first = parity > 0 ? 0 : 1;
    *s = (kz_isotropic_sector){.size = K + 1 - first, .first = first};
    KZ_TRY(sector_allocate(s, p));
    for (int a = 0; a < s->size; a++) {
        int i = K + first + a, mirror = M - 1 - i;
        for (int b = 0; b < s->size; b++) {
            int j = K + first + b;
            double other = j == K ? 0 : g->s[i * M + M - 1 - j];
            s->s[a * s->size + b] = g->s[i * M + j] + parity * other;
        }
        for (int j = 0; j < M; j++) {
            double *from = s->from + (size_t)a * 2 * (size_t)M;
            from[j] = 0.5 * (g->up_turned[i * M + j] + parity * g->up_turned[mirror * M + j]);
            from[M + j] = 0.5 * (g->up[i * M + j] + parity * g->up[mirror * M + j]);
            double other = i == K ? 0 : g->up[j * M + mirror];
            double turned = i == K ? 0 : g->up_turned[j * M + mirror];
            s->to[j * s->size + a] = g->up[j * M + i] + parity * other;
            s->to[(M + j) * s->size + a] = g->up_turned[j * M + i] + parity * turned;
        }
    }
    return KZ_OK;
}

static kz_status allocate(kz_isotropic *p)
{
    size_t n = (size_t)p->even.size, N = (size_t)p->N, two = 2 * (size_t)p->M;
    KZ_TRY(kz_alloc_doubles(&p->pair, two * two));
    KZ_TRY(kz_alloc_doubles(&p->x, N * n));
    KZ_TRY(kz_alloc_doubles(&p->D, N * n));
    KZ_TRY(kz_alloc_doubles(&p->L, N * n));
    KZ_TRY(kz_alloc_doubles(&p->y, two));
    KZ_TRY(kz_alloc_doubles(&p->l, two));
    KZ_TRY(kz_alloc_doubles(&p->weight, two));
    KZ_TRY(kz_alloc_doubles(&p->drive, n));
    return kz_alloc_doubles(&p->sum, n);
}

void kz_isotropic_fill_pair(double *pair, const kz_tangent *g)
{
    int M = g->count;
    for (int i = 0; i < M; i++) {
        for (int j = 0; j < M; j++) {
            pair[i * 2 * M + j] = pair[(M + i) * 2 * M + M + j] = g->F[i * M + j];
            pair[i * 2 * M + M + j] = -g->G[i * M + j];
            pair[(M + i) * 2 * M + j] = -g->G_turned[i * M + j];
        }
    }
}

kz_status kz_isotropic_create(kz_isotropic *p, kz_grid grid, double beta, double mu)
{
    *p = (kz_isotropic){.N = grid.order, .beta = beta, .mu = mu};
    KZ_TRY(kz_tangent_create(&p->g, (int)grid.half, grid.window));
    const kz_tangent *g = p->g;
    int K = g->half;
    p->M = g->count;
    KZ_TRY(sector_create(&p->even, p, 1));
    KZ_TRY(sector_create(&p->odd, p, -1));
    KZ_TRY(allocate(p));
    kz_isotropic_fill_pair(p->pair, g);
    for (int a = 0; a <= K; a++) {
        p->drive[a] = kz_local_kernel(1, g->lambda[K + a]);
        p->sum[a] = (a > 0 ? 2 : 1) * g->weight[K + a] * p->drive[a];
    }
    return KZ_OK;
}

/* out (+)= A in. */
static void multiply(double *out, const double *A, const double *in, int rows, int columns,
                     double keep)
{
    cblas_dgemv(CblasRowMajor, CblasNoTrans, rows, columns, 1, A, columns, in, 1, keep, out, 1);
}

/* A function by its h at nodes i and -i. */
double complex kz_isotropic_value(const double *h, int M, int i)
{
    double mirror = h[M - 1 - i];
    return 0.5 * (h[i] + mirror) + I * (0.5 * (h[i] - mirror));
}

double kz_isotropic_reals(double complex f) { return creal(f) + cimag(f); }

/* L, D and l, weight from x and y. */
void kz_isotropic_evaluate(kz_isotropic *p)
{
    for (int i = 0; i < p->N * p->even.size; i++) {
        double e = exp(-fabs(p->x[i]));
        p->L[i] = fmax(p->x[i], 0) + log1p(e);
        p->D[i] = p->x[i] >= 0 ? 1 / (1 + e) : e / (1 + e);
    }
    for (int i = 0; i < 2 * p->M; i++) {
        int half = i < p->M ? 0 : p->M;
        double complex y = kz_isotropic_value(p->y + half, p->M, i - half);
        bool up = creal(y) > 0;
        double complex e = cexp(up ? -y : y);
        p->l[i] = kz_isotropic_reals((up ? y : 0) + clog(1 + e));
        p->weight[i] = kz_isotropic_reals(up ? 1 / (1 + e) : e / (1 + e));
    }
}

/* The right-hand sides of the equations without drive and mu/2, linear in L and l. */
void kz_isotropic_convolve(double *x, double *y, const kz_isotropic *p, const double *L,
                           const double *l)
{
    const kz_isotropic_sector *s = &p->even;
    int n = s->size, N = p->N, two = 2 * p->M;
    for (int f = 0; f < N; f++) {
        double *row = x + (size_t)f * (size_t)n;
        memset(row, 0, (size_t)n * sizeof *row);
        if (f > 0) multiply(row, s->s, L + (size_t)(f - 1) * (size_t)n, n, n, 1);
        if (f + 1 < N)
            multiply(row, s->s, L + (size_t)(f + 1) * (size_t)n, n, n, 1);
        else
            multiply(row, s->from, l, n, two, 1);
    }
    multiply(y, s->to, L + (size_t)(N - 1) * (size_t)n, two, n, 0);
    multiply(y, p->pair, l, two, two, 1);
}

/* (W h)_i = Re w_i h_i + Im w_i h_{-i}. */
void kz_isotropic_weigh(double *out, const double *A, const double *weight, int M, int rows)
{
    for (int i = 0; i < 2 * M; i++) {
        int half = i < M ? 0 : M, mirror = half + (half + M - 1 - i);
        double complex w = kz_isotropic_value(weight + half, M, i - half);
        for (int r = 0; r < rows; r++)
            out[r * 2 * M + i] = A[r * 2 * M + i] * creal(w) - A[r * 2 * M + mirror] * cimag(w);
    }
}

/* P_f and P_f^-1 s; `scratch` [size*size]. */
static kz_status factor_row(kz_isotropic_sector *s, const kz_isotropic *p, int f, double *scratch)
{
    int n = s->size, width = p->even.size;
    size_t area = (size_t)n * (size_t)n;
    double *P = s->factored + (size_t)f * area, *step = s->step + (size_t)f * area;
    const double *here = p->D + (size_t)f * (size_t)width + s->first, *below = here - width;
    memset(P, 0, area * sizeof *P);
    if (f > 0) {
        for (int a = 0; a < n; a++)
            for (int b = 0; b < n; b++)
                scratch[a * n + b] = below[a] * step[a * n + b - (int)area];
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, -1, s->s, n, scratch, n, 0,
                    P, n);
        for (int a = 0; a < n; a++)
            for (int b = 0; b < n; b++)
                P[a * n + b] *= here[b];
    }
    for (int a = 0; a < n; a++)
        P[a * n + a] += 1;
    memcpy(step, s->s, area * sizeof *step);
    lapack_int *pivot = s->pivot + (size_t)f * (size_t)n;
    if (LAPACKE_dgetrf(LAPACK_ROW_MAJOR, n, n, P, n, pivot) ||
        LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', n, n, P, n, pivot, step, n))
        return KZ_FAIL(KZ_ESING, "row %d of the isotropic chain", f + 1);
    return KZ_OK;
}

/* last = 1 - pair W - to D_N P_N^-1 from W. */
static kz_status factor_last(kz_isotropic_sector *s, const kz_isotropic *p, double *scratch)
{
    int n = s->size, two = 2 * p->M;
    size_t end = (size_t)(p->N - 1);
    const double *D = p->D + end * (size_t)p->even.size + s->first;
    kz_isotropic_weigh(s->closing, s->from, p->weight, p->M, n);
    kz_isotropic_weigh(s->last, p->pair, p->weight, p->M, two);
    if (LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', n, two, s->factored + end * (size_t)(n * n), n,
                       s->pivot + end * (size_t)n, s->closing, two))
        return KZ_FAIL(KZ_ESING, "row %d of the isotropic chain", p->N);
    for (int a = 0; a < n; a++)
        for (int b = 0; b < two; b++)
            scratch[a * two + b] = D[a] * s->closing[a * two + b];
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, two, two, n, -1, s->to, n, scratch, two,
                -1, s->last, two);
    for (int i = 0; i < two; i++)
        s->last[i * two + i] += 1;
    if (LAPACKE_dgetrf(LAPACK_ROW_MAJOR, two, two, s->last, two, s->last_pivot))
        return KZ_FAIL(KZ_ESING, "closure of the isotropic chain");
    return KZ_OK;
}

/* The rows' factors, most of the memory, which the odd sector mostly does without. */
static kz_status allocate_rows(kz_isotropic_sector *s, const kz_isotropic *p)
{
    size_t n = (size_t)s->size, N = (size_t)p->N;
    void *pivot;
    if (s->pivot) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&s->factored, N * n * n));
    KZ_TRY(kz_alloc_doubles(&s->step, N * n * n));
    KZ_TRY(kz_alloc(&pivot, N * n, sizeof(lapack_int)));
    s->pivot = pivot;
    return KZ_OK;
}

kz_status kz_isotropic_factor(kz_isotropic_sector *s, const kz_isotropic *p)
{
    double *scratch;
    KZ_TRY(allocate_rows(s, p));
    KZ_TRY(kz_alloc_doubles(&scratch, (size_t)s->size * 2 * (size_t)p->M));
    kz_status status = KZ_OK;
    for (int f = 0; status == KZ_OK && f < p->N; f++)
        status = factor_row(s, p, f, scratch);
    if (status == KZ_OK) status = factor_last(s, p, scratch);
    kz_free(scratch);
    return status;
}

/* closing = from W (1 - pair W)^-1 to, source = from W (1 - pair W)^-1 (-1/2, 1/2). */
kz_status kz_isotropic_close(double *closing, double *source, double *answers,
                             kz_isotropic_sector *s, const kz_isotropic *p)
{
    int n = s->size, two = 2 * p->M;
    double *y = answers + two * n;
    kz_isotropic_weigh(s->closing, s->from, p->weight, p->M, n);
    kz_isotropic_weigh(s->last, p->pair, p->weight, p->M, two);
    for (int i = 0; i < two * two; i++)
        s->last[i] = -s->last[i];
    for (int i = 0; i < two; i++) {
        s->last[i * two + i] += 1;
        y[i] = i < p->M ? -0.5 : 0.5;
    }
    memcpy(answers, s->to, (size_t)(two * n) * sizeof *answers);
    if (LAPACKE_dgetrf(LAPACK_ROW_MAJOR, two, two, s->last, two, s->last_pivot) ||
        LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', two, n, s->last, two, s->last_pivot, answers, n) ||
        LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', two, 1, s->last, two, s->last_pivot, y, 1))
        return KZ_FAIL(KZ_ESING, "closure of the isotropic chain");
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, two, 1, s->closing, two, answers,
                n, 0, closing, n);
    if (source) multiply(source, s->closing, y, n, two, 0);
    return KZ_OK;
}

/* from [V + W (1 - pair W)^-1 pair V] (1 - pair W)^-1 applied to [2M*columns] of `answers`, V the
 * multiplication by `weight`; weighed [2M*2M], y [2M*columns]: scratch. */
static kz_status change(double *out, const double *answers, int columns, const double *weight,
                        double *weighed, double *y, const kz_isotropic_sector *s,
                        const kz_isotropic *p)
{
    int n = s->size, two = 2 * p->M, c = columns;
    kz_isotropic_weigh(weighed, s->from, weight, p->M, n);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, c, two, 1, weighed, two, answers, c,
                0, out, c);
    kz_isotropic_weigh(weighed, p->pair, weight, p->M, two);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, two, c, two, 1, weighed, two, answers, c,
                0, y, c);
    if (LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', two, c, s->last, two, s->last_pivot, y, c))
        return KZ_FAIL(KZ_ESING, "closure of the isotropic chain");
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, c, two, 1, s->closing, two, y, c, 1,
                out, c);
    return KZ_OK;
}

kz_status kz_isotropic_close_change(double *closing, double *source, const double *weight,
                                    const double *answers, const kz_isotropic_sector *s,
                                    const kz_isotropic *p)
{
    int n = s->size, two = 2 * p->M;
    double *weighed = NULL, *y = NULL;
    kz_status status = kz_alloc_doubles(&weighed, (size_t)(two * two));
    if (status == KZ_OK) status = kz_alloc_doubles(&y, (size_t)(two * n));
    if (status == KZ_OK) status = change(closing, answers, n, weight, weighed, y, s, p);
    if (status == KZ_OK && source)
        status = change(source, answers + two * n, 1, weight, weighed, y, s, p);
    kz_free(weighed);
    kz_free(y);
    return status;
}

static void scale(double *out, const double *D, const double *in, int n)
{
    for (int a = 0; a < n; a++)
        out[a] = D[a] * in[a];
}

/* x = A^-1 x by the factors of LAPACK, without the transposition of all of them that a row-major
 * dgetrs makes for one right-hand side. */
static void solve_one(double *x, const double *factored, const lapack_int *pivot, int n)
{
    for (int i = 0; i < n; i++) {
        double swapped = x[pivot[i] - 1];
        x[pivot[i] - 1] = x[i];
        x[i] = swapped;
    }
    cblas_dtrsv(CblasRowMajor, CblasLower, CblasNoTrans, CblasUnit, n, factored, n, x, 1);
    cblas_dtrsv(CblasRowMajor, CblasUpper, CblasNoTrans, CblasNonUnit, n, factored, n, x, 1);
}

/* Solves the linearised equations, right-hand sides in; rows of x are size apart.  `scratch`
 * [2M]. */
void kz_isotropic_solve(double *x, double *y, const kz_isotropic_sector *s, const kz_isotropic *p,
                        double *scratch)
{
    int n = s->size, N = p->N, two = 2 * p->M;
    size_t area = (size_t)n * (size_t)n, width = (size_t)p->even.size;
    const double *D = p->D + s->first;
    for (int f = 0; f < N; f++) {
        double *row = x + (size_t)f * (size_t)n;
        solve_one(row, s->factored + (size_t)f * area, s->pivot + (size_t)(f * n), n);
        scale(scratch, D + (size_t)f * width, row, n);
        if (f + 1 < N)
            multiply(row + n, s->s, scratch, n, n, 1);
        else
            multiply(y, s->to, scratch, two, n, 1);
    }
    solve_one(y, s->last, s->last_pivot, two);
    multiply(x + (size_t)(N - 1) * (size_t)n, s->closing, y, n, two, 1);
    for (int f = N - 2; f >= 0; f--) {
        scale(scratch, D + (size_t)(f + 1) * width, x + (size_t)(f + 1) * (size_t)n, n);
        multiply(x + (size_t)f * (size_t)n, s->step + (size_t)f * area, scratch, n, n, 1);
    }
}
