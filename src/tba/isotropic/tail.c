/* Row N ends with x = from l(y), y = to L_N + pair l(y) -+ mu/2.  Where L_N and mu change, at a
 * rate z and 1, so does y by y' = (1 - pair W)^-1 (to z -+ 1/2), W = dl/dy; and to second order x''
 * = from [1 + W (1 - pair W)^-1 pair] W (1 - W) y'^2 + from W (1 - pair W)^-1 to L_N''. The last
 * part is row N's own second derivative, dressed; what the first adds to that of the sum over
 * strings is int D_N d_N times it (kz_isotropic_second). */
#include "tba/isotropic/tail.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

/* A complex function f of lambda as two of tangent.h, f = f_1 + i f_2, each by its h; rows of two
 * functions are pairs of the closure's. */
typedef struct {
    int M;
    const kz_tangent *g;
    double *pair, *factored; /* [2M*2M] pair, 1 - pair W */
    lapack_int *pivot;       /* [2M] */
    double *y, *v, *l;       /* [2*2M] f_1, f_2 */
    double *x;               /* [2*M] */
} tail;

static void tail_free(tail *t)
{
    double *arrays[] = {t->pair, t->factored, t->y, t->v, t->l, t->x};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_free(t->pivot);
}

static kz_status tail_create(tail *t, const kz_tangent *g, const double *weight)
{
    size_t two = 2 * (size_t)g->count;
    void *pivot;
    *t = (tail){.M = g->count, .g = g};
    KZ_TRY(kz_alloc_doubles(&t->pair, two * two));
    KZ_TRY(kz_alloc_doubles(&t->factored, two * two));
    KZ_TRY(kz_alloc_doubles(&t->y, 2 * two));
    KZ_TRY(kz_alloc_doubles(&t->v, 2 * two));
    KZ_TRY(kz_alloc_doubles(&t->l, 2 * two));
    KZ_TRY(kz_alloc_doubles(&t->x, two));
    KZ_TRY(kz_alloc(&pivot, two, sizeof(lapack_int)));
    t->pivot = pivot;
    kz_isotropic_fill_pair(t->pair, g);
    kz_isotropic_weigh(t->factored, t->pair, weight, t->M, 2 * t->M);
    int n = 2 * t->M;
    for (int i = 0; i < n * n; i++)
        t->factored[i] = (i % (n + 1) == 0) - t->factored[i];
    if (LAPACKE_dgetrf(LAPACK_ROW_MAJOR, n, n, t->factored, n, t->pivot))
        return KZ_FAIL(KZ_ESING, "closure of the isotropic chain");
    return KZ_OK;
}

/* out [2*rows] (+)= in [2*columns] A^T: A on both parts, whose rows are so far apart. */
static void apply(double *out, int out_apart, const double *in, int in_apart, const double *A,
                  int rows, int columns, double keep)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, 2, rows, columns, 1, in, in_apart, A,
                columns, keep, out, out_apart);
}

/* In place: (1 - pair W)^-1 of both parts. */
static kz_status solve(double *f, const tail *t)
{
    int n = 2 * t->M;
    for (int part = 0; part < 2; part++)
        if (LAPACKE_dgetrs(LAPACK_ROW_MAJOR, 'N', n, 1, t->factored, n, t->pivot, f + part * n, 1))
            return KZ_FAIL(KZ_ESING, "closure of the isotropic chain");
    return KZ_OK;
}

/* The function of one part h [2M] at node k of both halves. */
static double complex part_at(const double *h, int M, int k)
{
    int half = k < M ? 0 : M;
    return kz_isotropic_value(h + half, M, k - half);
}

static double complex value(const double *f, int M, int k)
{
    return part_at(f, M, k) + I * part_at(f + 2 * M, M, k);
}

/* Both parts of a function by its values at node k and its mirror: the real part of (1 - i)/2 f_k +
 * (1 + i)/2 f_{-k}, and the imaginary one. */
static void set_value(double *f, int M, int k, double complex here, double complex mirror)
{
    double complex h = 0.5 * ((1 - I) * here + (1 + I) * mirror);
    f[k] = creal(h);
    f[2 * M + k] = cimag(h);
}

static int mirror_of(int M, int k) { return k < M ? M - 1 - k : 3 * M - 1 - k; }

/* y' of a charge. */
static kz_status respond(tail *t, const kz_isotropic_charge *q)
{
    int M = t->M;
    for (int i = 0; i < M; i++) {
        double complex h = 0.5 * ((1 - I) * q->z[i] + (1 + I) * q->z[M - 1 - i]);
        t->x[i] = creal(h);
        t->x[M + i] = cimag(h);
    }
    apply(t->y, 2 * M, t->x, M, t->g->up, M, M, 0);
    apply(t->y + M, 2 * M, t->x, M, t->g->up_turned, M, M, 0);
    for (int i = 0; i < M; i++) {
        t->y[i] -= 0.5 * q->spin;
        t->y[M + i] += 0.5 * q->spin;
    }
    return solve(t->y, t);
}

/* v = W (1 - W) y'^2, l = v + W (1 - pair W)^-1 pair v. */
static kz_status bend(tail *t, const double *weight)
{
    int M = t->M, two = 2 * M;
    for (int k = 0; k < two; k++) {
        int other = mirror_of(M, k);
        double complex w = part_at(weight, M, k), w_other = part_at(weight, M, other);
        double complex y = value(t->y, M, k), y_other = value(t->y, M, other);
        set_value(t->v, M, k, w * (1 - w) * y * y, w_other * (1 - w_other) * y_other * y_other);
    }
    apply(t->l, two, t->v, two, t->pair, two, two, 0);
    KZ_TRY(solve(t->l, t));
    memcpy(t->y, t->l, (size_t)(2 * two) * sizeof *t->y);
    for (int k = 0; k < two; k++) {
        int other = mirror_of(M, k);
        double complex w = part_at(weight, M, k), w_other = part_at(weight, M, other);
        set_value(t->l, M, k, w * value(t->y, M, k), w_other * value(t->y, M, other));
    }
    cblas_daxpy(2 * two, 1, t->v, 1, t->l, 1);
    return KZ_OK;
}

/* int flow from l. */
static double integrate(tail *t, const double *flow)
{
    int M = t->M;
    double sum = 0;
    apply(t->x, M, t->l, 2 * M, t->g->up_turned, M, M, 0);
    apply(t->x, M, t->l + M, 2 * M, t->g->up, M, M, 1);
    for (int i = 0; i < M; i++) {
        double complex x = kz_isotropic_value(t->x, M, i) + I * kz_isotropic_value(t->x + M, M, i);
        sum += t->g->weight[i] * flow[i] * creal(x);
    }
    return sum;
}

kz_status kz_isotropic_tail_sums(double *sums, const kz_tangent *g, const double *weight,
                                 const double *flow, const kz_isotropic_charge *charge, int charges)
{
    tail t;
    kz_status status = tail_create(&t, g, weight);
    for (int a = 0; status == KZ_OK && a < charges; a++) {
        status = respond(&t, &charge[a]);
        if (status == KZ_OK) status = bend(&t, weight);
        if (status == KZ_OK) sums[a] = integrate(&t, flow);
    }
    tail_free(&t);
    return status;
}
