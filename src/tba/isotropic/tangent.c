#include "tba/isotropic/tangent.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

void kz_tangent_free(kz_tangent *g)
{
    if (!g) return;
    double *arrays[] = {g->lambda, g->weight, g->s, g->up, g->up_turned, g->F, g->G, g->G_turned};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_free(g);
}

/* Scratch of the construction: n = K + 1 coefficients of z^0 ... z^K. */
typedef struct {
    int n;
    double *denominator, *one, *two; /* [n*n] 1 + A_1, A_y of either side, column-major */
    lapack_int *pivot;
    double *hartley, *wide, *product; /* [M*M] */
} scratch;

static void scratch_free(scratch *w)
{
    double *arrays[] = {w->denominator, w->one, w->two, w->hartley, w->wide, w->product};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_free(w->pivot);
}

/* A_y, column-major: column k holds the power series of m(z)^k, m = ((2w - y) z - y)/(y z + 2w +
 * y), |m| <= 1 for |z| <= 1. */
static void fill_lorentzian(double *A, int n, double w, double y)
{
    double below = 2 * w + y, ratio = -y / below;
    memset(A, 0, (size_t)n * (size_t)n * sizeof *A);
    A[0] = 1;
    for (int k = 1; k < n; k++) {
        const double *last = A + (size_t)(k - 1) * (size_t)n;
        double *next = A + (size_t)k * (size_t)n;
        /* (y z + below) next = ((2w - y) z - y) last */
        next[0] = ratio * last[0];
        for (int j = 1; j < n; j++)
            next[j] = ratio * next[j - 1] + ((2 * w - y) * last[j - 1] - y * last[j]) / below;
    }
}

/* h <- operator with A_p (1 + A_1)^-1 on z^k, k > 0, and A_m (1 + A_1)^-1 on k < 0. */
static kz_status build(double *out, const kz_tangent *g, scratch *w, double p, double m)
{
    int n = w->n, K = g->half, M = g->count;
    fill_lorentzian(w->one, n, g->width, p);
    fill_lorentzian(w->two, n, g->width, m);
    /* functions of one generator commute */
    if (LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'N', n, n, w->denominator, n, w->pivot, w->one, n) ||
        LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'N', n, n, w->denominator, n, w->pivot, w->two, n))
        return KZ_FAIL(KZ_ESING, "kernel on %d nodes", M);
    memset(w->wide, 0, (size_t)M * (size_t)M * sizeof *w->wide);
    for (int k = 0; k < n; k++) {
        for (int j = 0; j < n; j++) {
            w->wide[(K + j) * M + K + k] += w->one[k * n + j];
            if (k > 0) w->wide[(K - j) * M + K - k] += w->two[k * n + j];
        }
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, M, M, M, 1, w->hartley, M, w->wide, M, 0,
                w->product, M);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, M, M, M, 1.0 / M, w->product, M,
                w->hartley, M, 0, out, M);
    return KZ_OK;
}

static void turn(double *out, const double *in, int M)
{
    for (int i = 0; i < M * M; i++)
        out[i] = in[M * M - 1 - i];
}

static kz_status fill(kz_tangent *g, scratch *w)
{
    int n = w->n, K = g->half, M = g->count;
    for (int i = 0; i < M; i++) {
        double root = tan(M_PI * (i - K) / M);
        g->lambda[i] = g->width * root;
        g->weight[i] = M_PI / M * g->width * (1 + root * root);
        for (int k = 0; k < M; k++) {
            double angle = 2 * M_PI * ((i - K) * (k - K) % M) / M;
            w->hartley[i * M + k] = cos(angle) + sin(angle);
        }
    }
    fill_lorentzian(w->denominator, n, g->width, 1);
    for (int k = 0; k < n; k++)
        w->denominator[k * n + k] += 1;
    if (LAPACKE_dgetrf(LAPACK_COL_MAJOR, n, n, w->denominator, n, w->pivot))
        return KZ_FAIL(KZ_ESING, "kernel on %d nodes", M);
    KZ_TRY(build(g->s, g, w, 0.5, 0.5));
    KZ_TRY(build(g->up, g, w, 0.25, 0.75));
    KZ_TRY(build(g->F, g, w, 1, 1));
    KZ_TRY(build(g->G, g, w, 1.5, 0.5));
    turn(g->up_turned, g->up, M);
    turn(g->G_turned, g->G, M);
    return KZ_OK;
}

static kz_status allocate(kz_tangent *g, scratch *w)
{
    size_t M = (size_t)g->count, n = (size_t)w->n;
    double **square[] = {&g->s,        &g->up,      &g->up_turned, &g->F,      &g->G,
                         &g->G_turned, &w->hartley, &w->wide,      &w->product};
    double **small[] = {&w->denominator, &w->one, &w->two};
    void *pivot;
    KZ_TRY(kz_alloc_doubles(&g->lambda, M));
    KZ_TRY(kz_alloc_doubles(&g->weight, M));
    for (size_t i = 0; i < sizeof square / sizeof *square; i++)
        KZ_TRY(kz_alloc_doubles(square[i], M * M));
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        KZ_TRY(kz_alloc_doubles(small[i], n * n));
    KZ_TRY(kz_alloc(&pivot, n, sizeof(lapack_int)));
    w->pivot = pivot;
    return KZ_OK;
}

kz_status kz_tangent_create(kz_tangent **out, int half, double width)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_tangent)));
    kz_tangent *g = memory;
    *g = (kz_tangent){.half = half, .count = 2 * half + 1, .width = width};
    scratch w = {.n = half + 1};
    kz_status status = allocate(g, &w);
    if (status == KZ_OK) status = fill(g, &w);
    scratch_free(&w);
    if (status != KZ_OK) {
        kz_tangent_free(g);
        return status;
    }
    *out = g;
    return KZ_OK;
}
