#include "ghd/counting/isotropic_weighting.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/bernoulli.h"
#include "core/error.h"
#include "core/memory.h"
#include "ghd/isotropic/patches.h"
#include "ghd/level/level.h"

void kz_isotropic_weighting_free(kz_isotropic_weighting *w)
{
    for (int side = 0; side < 2; side++) {
        kz_free(w->plain[side]);
        kz_free(w->part[side]);
        kz_free(w->end[side]);
        kz_free(w->beyond[side]);
        kz_isotropic_tilt_free(&w->tilt[side]);
    }
    kz_isotropic_level_free(w->level);
    *w = (kz_isotropic_weighting){0};
}

size_t kz_isotropic_weighting_size(const kz_isotropic_weighting *w)
{
    return (size_t)w->level->rows * (size_t)w->level->count;
}

kz_status kz_isotropic_weighting_create(kz_isotropic_weighting *w, kz_grid grid,
                                        const kz_isotropic_state state[2], kz_charge charge)
{
    *w = (kz_isotropic_weighting){.charge = charge};
    KZ_TRY(kz_isotropic_level_create(&w->level, grid, state, -1, 0));
    size_t M = (size_t)w->level->count, size = kz_isotropic_weighting_size(w);
    for (int side = 0; side < 2; side++) {
        KZ_TRY(kz_alloc_doubles(&w->plain[side], size));
        KZ_TRY(kz_alloc_doubles(&w->part[side], size));
        KZ_TRY(kz_alloc_doubles(&w->end[side], M));
        KZ_TRY(kz_alloc_doubles(&w->beyond[side], M));
        memcpy(w->plain[side], w->level->side[side].hole, size * sizeof(double));
        if (side == kz_isotropic_level_shared_side(w->level)) continue;
        KZ_TRY(
            kz_isotropic_tilt_create(&w->tilt[side], w->level->nodes, w->level->side[side].log_b));
    }
    return KZ_OK;
}

static double sign_of(int side) { return side == KZ_LEFT ? 1 : -1; }

/* -- given kappa ----------------------------------------------------------------------------- */

/* Weights of one side and V, were every string to come from there. */
static void weigh_side(kz_isotropic_weighting *w, int side, const double *kappa)
{
    double *to = w->level->side[side].hole, s = sign_of(side);
    const double *from = w->plain[side];
    for (size_t i = 0; i < kz_isotropic_weighting_size(w); i++) {
        double hole = from[i], z = -s * kappa[i];
        to[i] = kz_bernoulli_tilt(hole, 1 - hole, z);
        w->part[side][i] = -s * kz_bernoulli_log(hole, 1 - hole, z);
    }
}

/* V of row f between panels, those of the region where they do not reach. */
static void fill_row(double *V, const kz_isotropic_weighting *w, const kz_isotropic_work *ray,
                     int f)
{
    const kz_isotropic_level *level = w->level;
    int tail = kz_isotropic_ray_solution(ray).tail;
    const kz_region *region = &kz_isotropic_ray_regions(ray)[f];
    for (int i = 0; i < level->count; i++) {
        bool far = fabs(level->nodes->lambda[i]) > KZ_ISOTROPIC_REACH;
        bool left = kz_region_contains(region, level->circle.theta[i]);
        int side = far ? (left ? KZ_LEFT : KZ_RIGHT) : tail;
        V[i] = w->part[side][f * level->count + i];
    }
}

/* lambda of what the charge gives the strings n > N, which carry no energy. */
static double spin_of(const kz_isotropic_weighting *w, double lambda)
{
    return w->charge == KZ_CHARGE_SPIN ? lambda : 0;
}

static double energy_of(const kz_isotropic_weighting *w, double lambda)
{
    return w->charge == KZ_CHARGE_ENERGY ? lambda : 0;
}

/* How the strings n > N of one side end. */
static kz_status end_side(kz_isotropic_weighting *w, int side, double lambda,
                          const kz_isotropic_work *last, double same)
{
    kz_isotropic_level *level = w->level;
    int M = level->count, from = (level->rows - 1) * M;
    double s = sign_of(side), *end = w->end[side], *beyond = w->beyond[side];
    const double *const part[2] = {w->part[0] + from, w->part[1] + from};
    memcpy(end, part[side], (size_t)M * sizeof *end);
    if (last) {
        fill_row(end, w, last, level->rows - 1);
        const kz_isotropic_solution ray = kz_isotropic_ray_solution(last);
        kz_isotropic_patches_project_jump(end, ray.patches, level, level->rows - 1, ray.tail, part);
    }
    for (int i = 0; i < M; i++)
        end[i] *= -s;
    KZ_TRY(kz_isotropic_tilt_solve(beyond, &w->tilt[side], end, s * spin_of(w, lambda)));
    for (int i = 0; i < M; i++) {
        end[i] *= -s;
        beyond[i] *= -s;
    }
    return kz_isotropic_tilt_close(level->side[side].closing, level->side[side].polarisation,
                                   &w->tilt[side], same);
}

kz_status kz_isotropic_weighting_apply(kz_isotropic_weighting *w, const double *kappa,
                                       double lambda, const kz_isotropic_work *last, double same)
{
    int M = w->level->count, shared = kz_isotropic_level_shared_side(w->level);
    int tail = last ? kz_isotropic_ray_solution(last).tail : -1;
    if (tail >= 0 && tail == shared) tail = 1 - tail;
    size_t rest = (kz_isotropic_weighting_size(w) - (size_t)M) * sizeof(double);
    weigh_side(w, KZ_LEFT, kappa);
    weigh_side(w, KZ_RIGHT, kappa);
    if (shared >= 0) memcpy(w->part[shared] + M, w->part[1 - shared] + M, rest);
    for (int side = 0; side < 2; side++)
        if (side != shared && (tail < 0 || side == tail))
            KZ_TRY(end_side(w, side, lambda, last, same));
    if (shared >= 0) {
        memcpy(w->end[shared], w->end[1 - shared], (size_t)M * sizeof(double));
        memcpy(w->beyond[shared], w->beyond[1 - shared], (size_t)M * sizeof(double));
    }
    kz_isotropic_level_renew(w->level);
    return KZ_OK;
}

/* -- what follows ---------------------------------------------------------------------------- */

void kz_isotropic_weighting_drive(double *out, const kz_isotropic_weighting *w, double lambda,
                                  const kz_isotropic_work *ray, double *scratch)
{
    const kz_isotropic_level *level = w->level;
    const kz_isotropic_solution s = kz_isotropic_ray_solution(ray);
    int M = level->count, N = level->rows;
    double *sum = scratch, *V = out; /* of which a row at a time is needed */
    memset(sum, 0, kz_isotropic_weighting_size(w) * sizeof *sum);
    for (int f = 0; f < N; f++) {
        fill_row(V, w, ray, f);
        if (f > 0) cblas_daxpy(M, 1, V, 1, sum + (f - 1) * M, 1);
        if (f + 1 < N) cblas_daxpy(M, 1, V, 1, sum + (f + 1) * M, 1);
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, N, M, M, 1, sum, M, level->nodes->s, M, 0,
                out, M);
    cblas_daxpy(M, 1, w->beyond[s.tail], 1, out + (N - 1) * M, 1);
    cblas_daxpy(M, -M_PI * energy_of(w, lambda), level->circle.source[0], 1, out, 1);
    for (int f = 0; f < N; f++) {
        const double *const part[2] = {w->part[0] + f * M, w->part[1] + f * M};
        if (!kz_isotropic_patches_convolve_jump(scratch, s.patches, level, f, s.tail, part))
            continue;
        if (f > 0) cblas_daxpy(M, 1, scratch, 1, out + (f - 1) * M, 1);
        if (f + 1 < N) cblas_daxpy(M, 1, scratch, 1, out + (f + 1) * M, 1);
    }
}

/* int D_N d_N (closing V_N - s*V_{N+1}). */
static double sum_end(const kz_isotropic_weighting *w, const kz_isotropic_solution *s,
                      double *scratch)
{
    const kz_isotropic_level *level = w->level;
    int M = level->count;
    const double *closing = level->side[s->tail].closing;
    double sum = 0;
    kz_isotropic_patches_fill_last(scratch, s->patches, level, s->hole, s->d);
    for (int i = 0; i < M; i++) {
        double linear = cblas_ddot(M, closing + i * M, 1, w->end[s->tail], 1);
        sum += level->nodes->weight[i] * scratch[i] * (linear - w->beyond[s->tail][i]);
    }
    return sum;
}

void kz_isotropic_weighting_generate(double *F, const kz_isotropic_weighting *w,
                                     const double *kappa, double lambda, double current,
                                     const kz_isotropic_work *ray, kz_isotropic_regional *regional,
                                     double *const part[2], double (*sum)[2])
{
    const kz_isotropic_level *level = w->level;
    const kz_isotropic_solution s = kz_isotropic_ray_solution(ray);
    for (size_t i = 0; i < kz_isotropic_weighting_size(w); i++) {
        double flow = s.d[i] * level->nodes->weight[i % (size_t)level->count];
        for (int side = 0; side < 2; side++)
            part[side][i] = flow * (level->side[side].hole[i] * kappa[i] - w->part[side][i]);
    }
    const double *const parts[2] = {part[0], part[1]};
    kz_isotropic_integrate_regions(sum, level, kz_isotropic_ray_regions(ray), parts, regional);
    *F = energy_of(w, lambda) * current;
    for (int f = 0; f < level->rows; f++)
        *F += sum[f][KZ_LEFT] + sum[f][KZ_RIGHT];
    *F += sum_end(w, &s, part[0]);
}

double kz_isotropic_weighting_rounding(const kz_isotropic_weighting *w, const double *kappa,
                                       const kz_isotropic_work *ray)
{
    const double *d = kz_isotropic_ray_solution(ray).d;
    double sum = 0;
    for (size_t i = 0; i < kz_isotropic_weighting_size(w); i++) {
        int side = d[i] > 0 ? KZ_LEFT : KZ_RIGHT;
        double lost = kz_bernoulli_lost(w->plain[side][i], -sign_of(side) * kappa[i]);
        sum += w->level->nodes->weight[i % (size_t)w->level->count] * fabs(d[i]) * lost;
    }
    return sum;
}
