#include "ghd/isotropic/modes.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdbool.h>

#include "core/error.h"
#include "core/memory.h"

void kz_isotropic_modes_free(kz_isotropic_modes *m)
{
    kz_free(m->value);
    kz_free(m->vector);
    *m = (kz_isotropic_modes){0};
}

/* Abscissae of Gauss's rule for weight e^-x and its polynomials there, which are orthonormal both
 * ways: x p_j = (j+1) p_{j+1} + (2j+1) p_j + j p_{j-1}, column k of p [K*K] column-major. */
static kz_status laguerre(double *x, double *p, int K)
{
    double *off;
    KZ_TRY(kz_alloc_doubles(&off, (size_t)K));
    for (int j = 0; j < K; j++) {
        x[j] = 2 * j + 1;
        off[j] = j + 1;
    }
    lapack_int info = LAPACKE_dstevd(LAPACK_COL_MAJOR, 'V', K, x, off, p, K);
    kz_free(off);
    return info == 0 ? KZ_OK
                     : KZ_FAIL(KZ_ENOCONV, "modes of the isotropic chain: dstevd %d", (int)info);
}

/* Even and odd functions, and (-1)^i, which is orthogonal to all that vanish at infinity. */
static void fill_modes(kz_isotropic_modes *m, const double *p, double *wave)
{
    int M = m->count, K = M / 2;
    double norm = sqrt(2.0 / M);
    for (int parity = 0; parity < 2; parity++) {
        for (int j = 0; j < K; j++)
            for (int i = 0; i < M; i++) {
                double angle = M_PI * ((2 * j + 1) * (i - K) % (2 * M)) / M;
                wave[j * M + i] = norm * (parity ? sin(angle) : cos(angle));
            }
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, K, M, K, 1, p, K, wave, M, 0,
                    m->vector + parity * K * M, M);
    }
    for (int i = 0; i < M; i++)
        m->vector[2 * K * M + i] = ((i - K) % 2 ? -1 : 1) / sqrt(M);
}

/* Functions that vanish at infinity, times 1/cos theta, are sums of e^{+-i(2j+1) theta}, whose
 * Fourier transforms are Laguerre functions of omega: kernels are diagonal at the abscissae of
 * Gauss's rule. */
kz_status kz_isotropic_modes_create(kz_isotropic_modes *out, int half, double width)
{
    size_t K = (size_t)half, M = 2 * K + 1;
    kz_isotropic_modes m = {.count = (int)M};
    double *p = NULL, *wave = NULL;
    kz_status status = kz_alloc_doubles(&m.value, M);
    if (status == KZ_OK) status = kz_alloc_doubles(&m.vector, M * M);
    if (status == KZ_OK) status = kz_alloc_doubles(&p, K * K);
    if (status == KZ_OK) status = kz_alloc_doubles(&wave, K * M);
    if (status == KZ_OK) status = laguerre(m.value, p, half);
    if (status == KZ_OK) {
        fill_modes(&m, p, wave);
        for (size_t k = 0; k < K; k++)
            m.value[k] = m.value[K + k] = 0.5 / cosh(m.value[k] / (4 * width));
    }
    kz_free(p);
    kz_free(wave);
    if (status != KZ_OK) {
        kz_isotropic_modes_free(&m);
        return status;
    }
    *out = m;
    return KZ_OK;
}

void kz_isotropic_far_free(kz_isotropic_far *f)
{
    kz_free(f->hole);
    kz_free(f->closing);
    kz_free(f->pivot);
    *f = (kz_isotropic_far){0};
}

kz_status kz_isotropic_far_create(kz_isotropic_far *out, int rows, int count)
{
    *out = (kz_isotropic_far){.rows = rows};
    KZ_TRY(kz_alloc_doubles(&out->hole, (size_t)rows));
    KZ_TRY(kz_alloc_doubles(&out->closing, (size_t)count));
    return kz_alloc_doubles(&out->pivot, (size_t)rows * (size_t)count);
}

/* Element f, f' = f +- 1 of a mode is -value D_f', the last one of the diagonal 1 - closing D_N. */
static void eliminate(kz_isotropic_far *far, const kz_isotropic_modes *modes)
{
    int N = far->rows, M = modes->count;
    for (int f = 0; f < N; f++) {
        double *pivot = far->pivot + f * M;
        for (int k = 0; k < M; k++) {
            double value = modes->value[k];
            pivot[k] = 1;
            if (f > 0) pivot[k] -= value * value * far->hole[f] * far->hole[f - 1] / pivot[k - M];
            if (f + 1 == N) pivot[k] -= far->closing[k] * far->hole[f];
        }
    }
}

/* The closure of a chain of |Delta| > 1 (tba/closure.h), r = e^{-|omega|/2}, by D = 1 - 1/U^2 of
 * rows N - 1 and N:  R = r (1 - e)(1 - r^2 b)/(1 - r^2 a),  a = U(t-1)/U(t+1), b = U(t)/U(t+2), 1/e
 * = U(t+1)^2, all from U(t)^2 = 1 + U(t-1) U(t+1). */
static void close_far(kz_isotropic_far *far, const kz_isotropic_modes *modes)
{
    double before = 1 - far->hole[far->rows - 2], last = 1 - far->hole[far->rows - 1];
    double a = 0, b = 0, e = 0;
    if (last > 0 && last < 1 && before > 0) { /* else none are there, or rounding is */
        a = last / (before * (1 - last));
        e = last * a / (1 - last);
        b = e / (last * (1 - e));
    }
    for (int k = 0; k < modes->count; k++) {
        double s = modes->value[k], r = 2 * s / (1 + sqrt(fmax(1 - 4 * s * s, 0)));
        far->closing[k] = s * r * (1 - e) * (1 - r * r * b) / (1 - r * r * a);
    }
}

void kz_isotropic_far_set(kz_isotropic_far *far, const kz_isotropic_modes *modes,
                          const double *hole)
{
    int N = far->rows, M = modes->count;
    for (int f = 0; f < N; f++)
        far->hole[f] = hole[f * M + M - 1];
    close_far(far, modes);
    eliminate(far, modes);
}

static void to_modes(double *out, const double *x, const kz_isotropic_modes *m, int rows)
{
    int M = m->count;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, M, M, 1, x, M, m->vector, M, 0, out,
                M);
}

static void from_modes(double *x, const double *in, const kz_isotropic_modes *m, int rows)
{
    int M = m->count;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, M, M, 1, in, M, m->vector, M, 0, x,
                M);
}

void kz_isotropic_far_apply(double *x, const kz_isotropic_far *far, const kz_isotropic_modes *modes,
                            double *scratch)
{
    int N = far->rows, M = modes->count;
    to_modes(scratch, x, modes, N);
    for (int f = 0; f < N; f++) {
        const double *here = scratch + f * M;
        double below = f > 0 ? far->hole[f - 1] : 0, above = f + 1 < N ? far->hole[f + 1] : 0;
        for (int k = 0; k < M; k++) {
            double sum = (f > 0 ? below * here[k - M] : 0) + (f + 1 < N ? above * here[k + M] : 0);
            x[f * M + k] = here[k] - modes->value[k] * sum;
            if (f + 1 == N) x[f * M + k] -= far->closing[k] * far->hole[f] * here[k];
        }
    }
    for (int i = 0; i < N * M; i++)
        scratch[i] = x[i];
    from_modes(x, scratch, modes, N);
}

void kz_isotropic_far_solve(double *x, const kz_isotropic_far *far, const kz_isotropic_modes *modes,
                            double *scratch)
{
    int N = far->rows, M = modes->count;
    to_modes(scratch, x, modes, N);
    for (int f = 1; f < N; f++)
        for (int k = 0; k < M; k++) {
            int at = f * M + k;
            scratch[at] +=
                modes->value[k] * far->hole[f - 1] * scratch[at - M] / far->pivot[at - M];
        }
    for (int f = N - 1; f >= 0; f--)
        for (int k = 0; k < M; k++) {
            int at = f * M + k;
            if (f + 1 < N) scratch[at] += modes->value[k] * far->hole[f + 1] * scratch[at + M];
            scratch[at] /= far->pivot[at];
        }
    from_modes(x, scratch, modes, N);
}

void kz_isotropic_far_constants(double *x, const kz_isotropic_far *far, double closed)
{
    const double *D = far->hole, s = 0.5;
    int N = far->rows;
    double *pivot = x + N;
    for (int f = 0; f < N; f++) {
        double below = f > 0 ? s * D[f - 1] / pivot[f - 1] : 0;
        bool last = f + 1 == N;
        pivot[f] = 1 - (f > 0 ? s * below * D[f] : 0) - (last ? closed * D[f] : 0);
        if (f > 0) x[f] += below * x[f - 1];
    }
    for (int f = N - 1; f >= 0; f--)
        x[f] = (x[f] + (f + 1 < N ? s * D[f + 1] * x[f + 1] : 0)) / pivot[f];
}
