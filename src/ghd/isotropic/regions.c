#include "ghd/isotropic/regions.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/isotropic/panels.h"
#include "ghd/level/level.h"

/* d falls as 1/lambda^2, on the circle that is taken out. */
kz_status kz_isotropic_find_regions(kz_region *out, const kz_isotropic_level *level,
                                    const double *d, int tail, double noise, double *scratch,
                                    double *coefficients)
{
    int M = level->count, N = level->rows;
    double largest = 0;
    for (int i = 0; i < N * M; i++) {
        largest = fmax(largest, fabs(d[i]));
        scratch[i] = d[i] * level->circle.stretch[i % M];
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, M, M, 1, scratch, M,
                level->circle.forward, M, 0, coefficients, M);
    for (int i = 0; i < N * M; i++) /* no sign */
        if (fabs(d[i]) <= noise * largest) scratch[i] = 0;
    for (int f = 0; f < N; f++) {
        out[f] = (kz_region){.starts_inside = tail == KZ_LEFT};
        if (!kz_isotropic_level_is_common(level, f))
            KZ_TRY(kz_isotropic_circle_region(&out[f], &level->circle, scratch + f * M,
                                              coefficients + f * M));
    }
    return KZ_OK;
}

kz_status kz_isotropic_regional_create(kz_isotropic_regional *out, int rows, int count)
{
    size_t M = (size_t)count, size = (size_t)rows * M;
    *out = (kz_isotropic_regional){0};
    KZ_TRY(kz_alloc_doubles(&out->modes[0], size));
    KZ_TRY(kz_alloc_doubles(&out->modes[1], size));
    return kz_alloc_doubles(&out->indicator, M);
}

void kz_isotropic_regional_free(kz_isotropic_regional *r)
{
    kz_free(r->modes[0]);
    kz_free(r->modes[1]);
    kz_free(r->indicator);
    *r = (kz_isotropic_regional){0};
}

typedef struct {
    const kz_isotropic_level *level;
    double *indicator;
} marker;

static void mark(void *context, double from, double to, bool inside)
{
    const marker *m = context;
    if (inside)
        kz_indicator_add(m->indicator, (size_t)m->level->count, 0.5 * M_PI,
                         m->level->circle.theta[0], from, to, 1);
}

/* The integral over the region whose indicator is set. */
static double integrate(const double *modes, const double *indicator, int M)
{
    return 2 * cblas_ddot(M, modes, 1, indicator, 1) - modes[0] * indicator[0];
}

void kz_isotropic_integrate_regions(double (*sum)[2], const kz_isotropic_level *level,
                                    const kz_region *region, const double *const part[2],
                                    kz_isotropic_regional *r)
{
    int M = level->count, N = level->rows;
    marker m = {level, r->indicator};
    for (int side = 0; side < 2; side++)
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, M, M, M, part[side], M,
                    level->circle.forward, M, 0, r->modes[side], M);
    for (int f = 0; f < N; f++) {
        const double *left = r->modes[KZ_LEFT] + f * M, *right = r->modes[KZ_RIGHT] + f * M;
        memset(r->indicator, 0, (size_t)M * sizeof *r->indicator);
        kz_region_visit(&region[f], 0.5 * M_PI, mark, &m);
        sum[f][KZ_LEFT] = integrate(left, r->indicator, M);
        sum[f][KZ_RIGHT] = right[0] - integrate(right, r->indicator, M);
    }
}
