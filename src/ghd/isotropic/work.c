#include "ghd/isotropic/work.h"

#include <cblas.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/isotropic/patches.h"

enum { RESTART = 100, APPLICATIONS_MAX = 3000 };

void kz_isotropic_work_free(kz_isotropic_work *w)
{
    if (!w) return;
    double *arrays[] = {w->hole, w->d,        w->rho,     w->before,       w->spin,
                        w->rhs,  w->unscaled, w->scratch, w->coefficients, w->stepped};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_isotropic_panels_free(&w->patches);
    kz_free(w->region);
    kz_free(w->next);
    kz_gmres_free(w->gmres);
    kz_free(w);
}

static kz_status allocate(kz_isotropic_work *w)
{
    size_t size = (size_t)w->level->rows * (size_t)w->level->count;
    double **arrays[] = {&w->hole, &w->d,        &w->rho,     &w->before,       &w->spin,
                         &w->rhs,  &w->unscaled, &w->scratch, &w->coefficients, &w->stepped};
    void *regions;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        KZ_TRY(kz_alloc_doubles(arrays[i], size));
    KZ_TRY(kz_alloc(&regions, (size_t)w->level->rows, sizeof(kz_region)));
    w->region = regions;
    KZ_TRY(kz_alloc(&regions, (size_t)w->level->rows, sizeof(kz_region)));
    w->next = regions;
    return kz_gmres_create(&w->gmres, size, RESTART);
}

kz_status kz_isotropic_work_create(kz_isotropic_work **out, const kz_isotropic_level *level)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_isotropic_work)));
    kz_isotropic_work *w = memory;
    *w = (kz_isotropic_work){.level = level, .held = -1};
    kz_status status = allocate(w);
    if (status != KZ_OK) {
        kz_isotropic_work_free(w);
        return status;
    }
    *out = w;
    return KZ_OK;
}

/* -- the linear system ----------------------------------------------------------------------- */

/* out = in A^T, rows of M. */
static void apply_rows(double *out, const double *in, const double *A, int rows, int M, double keep)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, M, M, 1, in, M, A, M, keep, out, M);
}

void kz_isotropic_work_couple(double *restrict out, const double *restrict x, kz_isotropic_work *w)
{
    const kz_isotropic_level *level = w->level;
    int N = level->rows, M = level->count;
    double *sum = w->scratch, *patch = w->coefficients;
    for (int f = 0; f < N; f++) {
        for (int i = 0; i < M; i++) {
            int at = f * M + i;
            sum[at] = (f > 0 ? w->hole[at - M] * x[at - M] : 0) +
                      (f + 1 < N ? w->hole[at + M] * x[at + M] : 0);
        }
    }
    apply_rows(out, sum, level->nodes->s, N, M, 0);
    kz_isotropic_patches_fill_last(sum + (N - 1) * M, &w->patches, level, w->hole, x);
    apply_rows(out + (N - 1) * M, sum + (N - 1) * M, level->side[w->tail].closing, 1, M, 1);
    for (int f = 0; f < N; f++) {
        if (!kz_isotropic_panels_convolve(patch, &w->patches, M, f, x + f * M, 0)) continue;
        if (f > 0) cblas_daxpy(M, 1, patch, 1, out + (f - 1) * M, 1);
        if (f + 1 < N) cblas_daxpy(M, 1, patch, 1, out + (f + 1) * M, 1);
    }
}

/* y = (1 - K D) P^-1 x, P that of the far state, in the norm of functions of lambda: integrals over
 * the line take the tails, where nodes stand for long intervals, by that. */
static void apply(double *restrict y, const double *restrict x, void *context)
{
    kz_isotropic_work *w = context;
    const kz_isotropic_level *level = w->level;
    int M = level->count, size = level->rows * M;
    const double *scale = level->circle.scale;
    memcpy(w->stepped, x, (size_t)size * sizeof *x);
    kz_isotropic_far_solve(w->stepped, &level->side[w->tail].far, &level->circle.modes, w->scratch);
    for (int i = 0; i < size; i++)
        w->unscaled[i] = w->stepped[i] / scale[i % M];
    kz_isotropic_work_couple(y, w->unscaled, w);
    for (int i = 0; i < size; i++)
        y[i] = w->stepped[i] - scale[i % M] * y[i];
}

kz_status kz_isotropic_work_solve(double *x, kz_isotropic_work *w, double tol)
{
    const kz_isotropic_level *level = w->level;
    const kz_isotropic_far *far = &level->side[w->tail].far;
    int M = level->count, size = level->rows * M;
    for (int i = 0; i < size; i++) {
        w->rhs[i] *= level->circle.scale[i % M];
        x[i] *= level->circle.scale[i % M];
    }
    double norm = cblas_dnrm2(size, w->rhs, 1);
    kz_isotropic_far_apply(x, far, &level->circle.modes, w->scratch);
    kz_status status =
        kz_gmres_solve(x, w->rhs, apply, w, tol * norm, APPLICATIONS_MAX, w->gmres, NULL);
    kz_isotropic_far_solve(x, far, &level->circle.modes, w->scratch);
    for (int i = 0; i < size; i++)
        x[i] /= level->circle.scale[i % M];
    return status;
}
