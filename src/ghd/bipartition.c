/* Many rays of one bipartition: sorted, in chunks that warm-start themselves (so that results do
 * not depend on the number of threads), on a grid that is refined for the rays that need it. */
#include <kapitza/fermion.h>
#include <kapitza/ghd.h>

#include <gsl/gsl_sort.h>
#include <math.h>
#include <omp.h>

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/progress.h"
#include "ghd/bipartition.h"
#include "ghd/isotropic/rays.h"
#include "ghd/ray/refine.h"
#include "ghd/ray/zoomed.h"

enum { REFINEMENTS_MAX = 12, CHUNK = 16, HALF_MAX = 1 << 20 };

/* What a thread solves rays with, on one level. */
typedef struct {
    kz_ray_work *work; /* NULL: not needed yet */
    kz_zoomed *zoomed; /* NULL: patches do not pay */
} workplace;

struct kz_bipartition {
    kz_chain chain; /* that asked for, or turned (core/chain.h): */
    bool turned;    /* then energies have the other sign, and the states too are turned */
    kz_state left, right;
    double tol;
    kz_isotropic_rays *isotropic; /* Delta = 1; else NULL */
    kz_level *level;              /* NULL for the XX chain and Delta = 1 */
    kz_grid grid;                 /* of the level */
    workplace kept;               /* on it, of the calling thread, for the next call */
    bool is_kept;
};

/* One call of kz_bipartition_rays, shared by its threads. */
typedef struct {
    kz_bipartition *bipartition;
    kz_ray *rays;
    const double *zeta;
    kz_pending_ray *pending; /* [count], by zeta */
    size_t count;
    const kz_options *options;
    kz_level *level; /* of the present pass: the bipartition's own, or a better one on trial */
    kz_grid grid;
    kz_grid_change change;
    int refinements;
    size_t total;
    kz_progress progress;
    kz_first_failure first; /* of the rays with an error that no grid mends */
} job;

static void free_workplace(workplace *w)
{
    kz_ray_work_free(w->work);
    kz_zoomed_free(w->zoomed);
    *w = (workplace){0};
}

void kz_bipartition_free(kz_bipartition *bipartition)
{
    if (!bipartition) return;
    free_workplace(&bipartition->kept);
    kz_isotropic_rays_free(bipartition->isotropic);
    kz_level_free(bipartition->level);
    kz_free(bipartition);
}

/* The rays' residuals do not show the errors of the fillings, which move cone edges: next to an
 * edge that is magnified, and Newton's last step is cheap. */
static kz_status make_level(kz_level **out, const kz_bipartition *b, kz_grid grid)
{
    return kz_level_create(out, grid, &b->left, &b->right, NULL, fmax(1e-6 * b->tol, 1e-16));
}

static void turn(kz_bipartition *b)
{
    b->turned = kz_chain_is_turned(b->chain);
    if (!b->turned) return;
    b->chain = kz_chain_turn(b->chain);
    b->left = kz_state_turn(&b->left);
    b->right = kz_state_turn(&b->right);
}

kz_status kz_bipartition_create(kz_bipartition **out, kz_chain chain, const kz_state *left,
                                const kz_state *right, const kz_options *options)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_state_check(left));
    KZ_TRY(kz_state_check(right));
    KZ_TRY(kz_options_check(options));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_bipartition)));
    kz_bipartition *b = memory;
    *b = (kz_bipartition){.chain = chain, .left = *left, .right = *right, .tol = options->tol};
    turn(b);
    kz_status status = KZ_OK;
    if (kz_chain_is_isotropic(chain)) {
        status = kz_isotropic_rays_create(&b->isotropic, &b->left, &b->right, -1, 0);
    } else if (chain.kind != KZ_CHAIN_XX) {
        b->grid = kz_level_grid(b->chain, &b->left, &b->right, options->tol, false);
        status = make_level(&b->level, b, b->grid);
    }
    if (status != KZ_OK) {
        kz_bipartition_free(b);
        return status;
    }
    *out = b;
    return KZ_OK;
}

const kz_level *kz_bipartition_level(const kz_bipartition *bipartition)
{
    return bipartition->level;
}

kz_isotropic_rays *kz_bipartition_isotropic(const kz_bipartition *bipartition)
{
    return bipartition->isotropic;
}

const kz_state *kz_bipartition_state(const kz_bipartition *bipartition, int side)
{
    return side == KZ_LEFT ? &bipartition->left : &bipartition->right;
}

int kz_bipartition_P(const kz_bipartition *bipartition) { return bipartition->chain.P; }

static kz_ray failed_ray(double zeta, kz_status status)
{
    return (kz_ray){zeta, NAN, NAN, NAN, NAN, INFINITY, status};
}

/* Warm starts of the ray before. */
typedef struct {
    bool cold, zoomed_cold;
} warmth;

/* With patches, or where that fails or misses the tolerance, on the whole level. */
static kz_status level_ray(kz_ray *out, const job *j, kz_pending_ray *pending, workplace *w,
                           double zeta, warmth *start)
{
    double tol = j->options->tol;
    if (w->zoomed) {
        kz_status status = kz_zoomed_solve(out, w->zoomed, zeta, tol, start->zoomed_cold);
        start->zoomed_cold = false;
        if (status == KZ_OK && out->err <= tol) return KZ_OK;
        if (status == KZ_ENOMEM) return status;
    }
    if (!w->work) KZ_TRY(kz_ray_work_create(&w->work, j->level));
    if (w->zoomed) {
        kz_zoomed_start(w->work, w->zoomed, zeta);
        start->cold = false;
    }
    return kz_pending_ray_solve(out, pending, w->work, zeta, tol, &start->cold);
}

static kz_status xxz_ray(kz_ray *out, const job *j, kz_pending_ray *pending, workplace *work,
                         warmth *start)
{
    double zeta = j->zeta[pending->index], tol = j->options->tol;
    /* beyond every velocity (they are below 2) the state is a reservoir */
    double inside = fmax(-3, fmin(3, zeta));
    if (j->bipartition->isotropic) {
        kz_status status = kz_isotropic_rays_solve(out, j->bipartition->isotropic, inside, tol);
        if (status != KZ_ETOL) KZ_TRY(status);
    } else {
        KZ_TRY(level_ray(out, j, pending, work, inside, start));
    }
    out->zeta = zeta;
    if (j->bipartition->turned) {
        out->energy = -out->energy;
        out->energy_current = -out->energy_current;
    }
    return out->err <= tol ? KZ_OK : KZ_ETOL;
}

/* A finer grid may do better. */
static bool is_mendable(kz_status status) { return status == KZ_ETOL || status == KZ_ENOCONV; }

static void run_chunk(job *j, workplace *work, size_t first)
{
    size_t end = first + CHUNK < j->count ? first + CHUNK : j->count, finished = 0;
    bool xx = j->bipartition->chain.kind == KZ_CHAIN_XX;
    warmth start = {true, true};
    for (size_t i = first; i < end; i++) {
        size_t index = j->pending[i].index;
        double zeta = j->zeta[index];
        kz_ray ray;
        kz_status status;
        if (!(zeta <= INFINITY))
            status = KZ_FAIL(KZ_EINVAL, "ray %zu: zeta is not a number", index);
        else if (xx)
            status = kz_fermion_ray(&ray, &j->bipartition->left, &j->bipartition->right, zeta);
        else
            status = xxz_ray(&ray, j, &j->pending[i], work, &start);
        if (status != KZ_OK && status != KZ_ETOL) ray = failed_ray(zeta, status);
        ray.status = status;
        /* estimates at the level of rounding scatter: a finer grid may have the worse one */
        const kz_ray *last = &j->rays[index];
        bool worse = is_mendable(status) && last->status == KZ_ETOL && last->err <= ray.err;
        if (!worse) j->rays[index] = ray;
        finished += status == KZ_OK;
        if (status == KZ_OK || is_mendable(status)) continue;
#pragma omp critical(kz_bipartition_result)
        kz_first_failure_note(&j->first, index, status);
    }
    kz_progress_add(&j->progress, finished, j->total);
}

/* On the level of this pass.  The calling thread's stays with the bipartition: the pages of a new
 * one take longer than a ray. */
static kz_status take_workplace(workplace *work, const job *j)
{
    kz_bipartition *b = j->bipartition;
    bool own = j->level == b->level && omp_get_thread_num() == 0;
    *work = (workplace){0};
    if (!j->level) return KZ_OK;
    if (!own || !b->is_kept) return kz_zoomed_create(&work->zoomed, j->level, b->tol);
    *work = b->kept;
    b->kept = (workplace){0};
    b->is_kept = false;
    return KZ_OK;
}

static void put_back_workplace(workplace *work, const job *j)
{
    kz_bipartition *b = j->bipartition;
    bool own = j->level && j->level == b->level && omp_get_thread_num() == 0;
    if (own) {
        b->kept = *work;
        b->is_kept = true;
    } else {
        free_workplace(work);
    }
}

static kz_status run_pass(job *j)
{
    size_t chunks = (j->count + CHUNK - 1) / CHUNK;
    kz_status machine = KZ_OK;
#pragma omp parallel num_threads((size_t)j->options->threads < chunks ? j->options->threads        \
                                                                      : (int)chunks)
    {
        workplace work;
        kz_status status = take_workplace(&work, j);
        if (status != KZ_OK) {
#pragma omp critical(kz_bipartition_result)
            machine = status;
        }
#pragma omp for schedule(dynamic)
        for (size_t c = 0; c < chunks; c++) {
            if (status == KZ_OK && !kz_progress_is_cancelled(&j->progress))
                run_chunk(j, &work, c * CHUNK);
        }
        put_back_workplace(&work, j);
    }
    return machine == KZ_OK ? KZ_OK : KZ_FAIL(machine, "no workspace for a thread");
}

static void drop_trial(job *j)
{
    if (j->level != j->bipartition->level) kz_level_free(j->level);
    j->level = j->bipartition->level;
}

/* Keeps the rays that missed the tolerance, or did not settle, pending.  A grid on trial that
 * brought others there becomes the bipartition's own, for the calls to come. */
static void sort_out(job *j)
{
    kz_bipartition *b = j->bipartition;
    size_t kept = 0;
    bool useful = false;
    for (size_t i = 0; i < j->count; i++) {
        kz_status status = j->rays[j->pending[i].index].status;
        if (is_mendable(status)) j->pending[kept++] = j->pending[i];
        useful = useful || status == KZ_OK;
    }
    j->count = kept;
    if (!useful || j->level == b->level) return;
    free_workplace(&b->kept);
    b->is_kept = false;
    kz_level_free(b->level);
    b->level = j->level;
    b->grid = j->grid;
}

/* The grid of the next pass; *again is false when no grid would help or no ray is left. */
static kz_status refine(bool *again, job *j)
{
    kz_pending_rays_plan(&j->grid, &j->change, j->pending, &j->count, j->options->tol);
    *again = j->count > 0 && j->refinements++ < REFINEMENTS_MAX && j->grid.half <= HALF_MAX;
    if (!*again) return KZ_OK;
    kz_level *level;
    kz_status status = make_level(&level, j->bipartition, j->grid);
    if (status == KZ_OK) {
        drop_trial(j);
        j->level = level;
    }
    *again = status == KZ_OK;
    return status == KZ_ETOL ? KZ_OK : status;
}

/* Rays that would have been solved again on a better grid are not done. */
static void give_up_pending(job *j)
{
    for (size_t i = 0; i < j->count; i++) {
        kz_ray *ray = &j->rays[j->pending[i].index];
        if (is_mendable(ray->status)) *ray = failed_ray(ray->zeta, KZ_ECANCELLED);
    }
}

static kz_status run_all(job *j)
{
    bool again = true;
    while (again) {
        KZ_TRY(run_pass(j));
        if (kz_progress_is_cancelled(&j->progress)) {
            give_up_pending(j);
            break;
        }
        sort_out(j);
        again = false;
        if (j->level) KZ_TRY(refine(&again, j));
    }
    return KZ_OK;
}

/* What the call returns, given that no machine failed. */
static kz_status verdict(const job *j)
{
    if (kz_progress_is_cancelled(&j->progress))
        return KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu of %zu rays", j->progress.done,
                       j->total);
    if (j->first.status != KZ_OK) return KZ_FAIL_FIRST(&j->first);
    for (size_t i = 0; i < j->total; i++) {
        if (j->rays[i].status == KZ_ENOCONV)
            return KZ_FAIL(KZ_ENOCONV, "ray zeta = %.15g: crossings do not settle",
                           j->rays[i].zeta);
    }
    for (size_t i = 0; i < j->total; i++) {
        if (j->rays[i].status == KZ_ETOL)
            return KZ_FAIL(KZ_ETOL, "ray zeta = %.15g: error %.3g, wanted %.3g", j->rays[i].zeta,
                           j->rays[i].err, j->options->tol);
    }
    return KZ_OK;
}

static kz_status start_pending(kz_pending_ray **out, const double *zeta, size_t n, double tol)
{
    void *order, *pending;
    KZ_TRY(kz_alloc(&order, n, sizeof(size_t)));
    kz_status status = kz_alloc(&pending, n, sizeof(kz_pending_ray));
    if (status == KZ_OK) {
        gsl_sort_index(order, zeta, 1, n);
        *out = pending;
        for (size_t i = 0; i < n; i++)
            (*out)[i] = kz_pending_ray_start(((size_t *)order)[i], tol);
    }
    kz_free(order);
    return status;
}

kz_status kz_bipartition_rays(kz_ray *rays, kz_bipartition *bipartition, const double *zeta,
                              size_t n, const kz_options *options)
{
    KZ_TRY(kz_options_check(options));
    if (options->tol < bipartition->tol)
        return KZ_FAIL(KZ_EINVAL, "tol = %.15g is below the %.15g the bipartition was made for",
                       options->tol, bipartition->tol);
    job j = {.bipartition = bipartition,
             .rays = rays,
             .zeta = zeta,
             .count = n,
             .options = options,
             .level = bipartition->level,
             .grid = bipartition->grid,
             .total = n};
    KZ_TRY(start_pending(&j.pending, zeta, n, options->tol));
    for (size_t i = 0; i < n; i++)
        rays[i] = failed_ray(zeta[i], KZ_ECANCELLED);
    kz_progress_start(&j.progress, options->progress, options->progress_context);
    kz_status status = run_all(&j);
    drop_trial(&j);
    kz_free(j.pending);
    if (status == KZ_OK) status = verdict(&j);
    kz_progress_end(&j.progress);
    return status;
}
