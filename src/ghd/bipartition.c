/* Many rays of one bipartition: sorted, in chunks that warm-start themselves (so that results do
 * not depend on the number of threads), on a grid that is refined for the rays that need it. */
#include <kapitza/fermion.h>
#include <kapitza/ghd.h>

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "ghd/ray.h"
#include "tba/thermal.h"

enum { REFINEMENTS_MAX = 12, CHUNK = 16, HALF_MAX = 1 << 20 };

static const double SOLVE_TOL_MIN = 1e-13;

struct kz_bipartition {
    kz_chain chain;
    kz_state left, right;
    double tol;
    kz_level *level; /* NULL for the XX chain */
    kz_grid grid;
    int refinements;
};

/* One call of kz_bipartition_rays, shared by its threads. */
typedef struct {
    kz_bipartition *bipartition;
    kz_ray *rays;
    const double *zeta;
    size_t *order; /* pending rays, by zeta */
    size_t pending;
    const kz_options *options;
    size_t done, total;
    bool cancelled;
    double discretisation, window; /* largest over the rays that missed tol */
    double previous;               /* discretisation in the pass before */
    double solve_tol;              /* of the rays' inner solves */
    bool widened;                  /* after a stall */
    size_t failed_index;           /* first ray with an error, and why */
    kz_status failed_status;
    char reason[256];
} job;

void kz_bipartition_free(kz_bipartition *bipartition)
{
    if (!bipartition) return;
    kz_level_free(bipartition->level);
    kz_free(bipartition);
}

static kz_status use_grid(kz_bipartition *b, kz_grid grid)
{
    if (b->refinements++ == REFINEMENTS_MAX || grid.half > HALF_MAX)
        return KZ_FAIL(KZ_ETOL, "no finer grid: %zu nodes", grid.half);
    kz_level *level;
    KZ_TRY(kz_level_create(&level, grid, &b->left, &b->right, 1e-3 * b->tol));
    kz_level_free(b->level);
    b->level = level;
    b->grid = grid;
    return KZ_OK;
}

/* The jumps of a ray need half the spacing of a smooth state: e^{-pi d/h} instead of
 * e^{-2 pi d/h} (region.h). */
static kz_grid first_grid(const kz_bipartition *b)
{
    double beta = 0;
    if (b->left.kind == KZ_STATE_THERMAL) beta = fmax(beta, fabs(b->left.beta));
    if (b->right.kind == KZ_STATE_THERMAL) beta = fmax(beta, fabs(b->right.beta));
    kz_grid grid = kz_thermal_grid(b->chain.P, beta, b->tol);
    bool ceiling = b->left.kind == KZ_STATE_CEILING || b->right.kind == KZ_STATE_CEILING;
    /* its densities fall like e^{-lambda P/(P-1)}, not e^{-2 lambda} */
    if (ceiling && b->chain.P > 2) grid = kz_grid_widen(grid, grid.window * (1 - 2.0 / b->chain.P));
    grid.half = kz_grid_fast_size(2 * grid.half);
    return grid;
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
    kz_status status = chain.kind == KZ_CHAIN_XX ? KZ_OK : use_grid(b, first_grid(b));
    if (status != KZ_OK) {
        kz_bipartition_free(b);
        return status;
    }
    *out = b;
    return KZ_OK;
}

static kz_ray failed_ray(double zeta, kz_status status)
{
    return (kz_ray){zeta, NAN, NAN, NAN, NAN, INFINITY, status};
}

/* The failure to report is a hard one if there is any, else the first missed tolerance.  Called
 * inside a critical section. */
static void record_failure(job *j, size_t index, kz_status status)
{
    bool keep_hard = j->failed_status != KZ_OK && j->failed_status != KZ_ETOL && status == KZ_ETOL;
    bool keep_first = j->failed_status != KZ_OK && j->failed_index < index &&
                      !(j->failed_status == KZ_ETOL && status != KZ_ETOL);
    if (keep_hard || keep_first) return;
    j->failed_index = index;
    j->failed_status = status;
    strncpy(j->reason, kz_error_reason(), sizeof j->reason - 1);
}

static void report_progress(job *j, size_t finished)
{
    bool stop = false;
#pragma omp critical(kz_bipartition_progress)
    {
        j->done += finished;
        if (j->options->progress)
            stop = j->options->progress(j->options->progress_context, j->done, j->total) != 0;
        if (stop) j->cancelled = true;
    }
}

static bool is_cancelled(const job *j)
{
    bool cancelled;
#pragma omp critical(kz_bipartition_progress)
    cancelled = j->cancelled;
    return cancelled;
}

static kz_status xxz_ray(kz_ray *out, job *j, kz_ray_work *work, double zeta, bool cold)
{
    kz_ray_report report;
    /* beyond every velocity (they are below 2) the state is a reservoir */
    double inside = fmax(-3, fmin(3, zeta));
    kz_status status = kz_ray_solve(out, work, inside, j->solve_tol, cold, &report);
    if (status == KZ_ENOCONV) status = kz_ray_solve(out, work, inside, j->solve_tol, true, &report);
    out->zeta = zeta;
    if (status != KZ_OK) return status;
    if (out->err <= j->options->tol) return KZ_OK;
#pragma omp critical(kz_bipartition_result)
    {
        j->discretisation = fmax(j->discretisation, report.discretisation);
        j->window = fmax(j->window, report.window);
    }
    return KZ_FAIL(KZ_ETOL, "ray zeta = %g: error %.3g, wanted %.3g", zeta, out->err,
                   j->options->tol);
}

static void run_chunk(job *j, kz_ray_work *work, size_t first)
{
    size_t end = first + CHUNK < j->pending ? first + CHUNK : j->pending, finished = 0;
    bool xx = j->bipartition->chain.kind == KZ_CHAIN_XX;
    bool cold = true;
    for (size_t i = first; i < end; i++) {
        size_t index = j->order[i];
        double zeta = j->zeta[index];
        kz_ray ray;
        kz_status status;
        if (!(zeta <= INFINITY))
            status = KZ_FAIL(KZ_EINVAL, "ray %zu: zeta is not a number", index);
        else if (xx)
            status = kz_fermion_ray(&ray, &j->bipartition->left, &j->bipartition->right, zeta);
        else
            status = xxz_ray(&ray, j, work, zeta, cold);
        cold = status != KZ_OK && status != KZ_ETOL;
        j->rays[index] = cold ? failed_ray(zeta, status) : ray;
        j->rays[index].status = status;
        finished += status == KZ_OK;
        if (status == KZ_OK) continue;
#pragma omp critical(kz_bipartition_result)
        record_failure(j, index, status);
    }
    report_progress(j, finished);
}

static kz_status run_pass(job *j)
{
    kz_bipartition *b = j->bipartition;
    size_t chunks = (j->pending + CHUNK - 1) / CHUNK;
    kz_status machine = KZ_OK;
    if (j->failed_status == KZ_ETOL) j->failed_status = KZ_OK; /* they are tried again */
    j->discretisation = j->window = 0;
#pragma omp parallel num_threads((size_t)j->options->threads < chunks ? j->options->threads        \
                                                                      : (int)chunks)
    {
        kz_ray_work *work = NULL;
        kz_status status = b->level ? kz_ray_work_create(&work, b->level) : KZ_OK;
        if (status != KZ_OK) {
#pragma omp critical(kz_bipartition_result)
            machine = status;
        }
#pragma omp for schedule(dynamic)
        for (size_t c = 0; c < chunks; c++) {
            if (status == KZ_OK && !is_cancelled(j)) run_chunk(j, work, c * CHUNK);
        }
        kz_ray_work_free(work);
    }
    return machine == KZ_OK ? KZ_OK : KZ_FAIL(machine, "no workspace for a thread");
}

/* The estimate did not fall on a finer grid: nearly touching crossings magnify the error of the
 * inner solves.  Solve more accurately on the same grid; once that is exhausted the window may be
 * to blame, once; then it is rounding. */
static kz_status tighten(bool *again, job *j)
{
    kz_bipartition *b = j->bipartition;
    if (j->solve_tol > SOLVE_TOL_MIN) {
        j->solve_tol = fmax(0.01 * j->solve_tol, SOLVE_TOL_MIN);
        *again = true;
        return KZ_OK;
    }
    if (j->widened) return KZ_OK;
    j->widened = true;
    kz_status status = use_grid(b, kz_grid_widen(b->grid, 3));
    *again = status == KZ_OK;
    return status == KZ_ETOL ? KZ_OK : status;
}

/* Keep the rays that missed the tolerance and make the next grid for them.  *again is false when
 * there are none, or when no grid would help. */
static kz_status refine(bool *again, job *j)
{
    kz_bipartition *b = j->bipartition;
    double wanted = 0.1 * j->options->tol;
    size_t kept = 0;
    *again = false;
    for (size_t i = 0; i < j->pending; i++) {
        if (j->rays[j->order[i]].status == KZ_ETOL) j->order[kept++] = j->order[i];
    }
    if (kept == 0 || !b->level) return KZ_OK;
    j->pending = kept;
    kz_grid grid = b->grid;
    bool coarse = j->discretisation > 4 * wanted, narrow = j->window > 4 * wanted;
    bool stalled = coarse && j->discretisation > 0.5 * j->previous;
    /* far above rounding a stall means structure that is not resolved yet */
    if (stalled && j->solve_tol <= SOLVE_TOL_MIN && j->discretisation > 1e-9) stalled = false;
    j->previous = j->discretisation;
    if (!coarse && !narrow) return KZ_OK; /* rounding */
    if (stalled && !narrow) return tighten(again, j);
    if (coarse && !stalled) grid.half = kz_grid_finer(grid.half, j->discretisation, wanted);
    if (narrow) grid = kz_grid_widen(grid, fmin(grid.window, 0.5 + log(j->window / wanted)));
    kz_status status = use_grid(b, grid);
    *again = status == KZ_OK;
    return status == KZ_ETOL ? KZ_OK : status;
}

static kz_status run_all(job *j)
{
    bool again = true;
    while (again) {
        KZ_TRY(run_pass(j));
        if (j->cancelled) break;
        KZ_TRY(refine(&again, j));
    }
    return KZ_OK;
}

kz_status kz_bipartition_rays(kz_ray *rays, kz_bipartition *bipartition, const double *zeta,
                              size_t n, const kz_options *options)
{
    KZ_TRY(kz_options_check(options));
    if (options->tol < bipartition->tol)
        return KZ_FAIL(KZ_EINVAL, "tol = %g is below the %g the bipartition was made for",
                       options->tol, bipartition->tol);
    void *order;
    KZ_TRY(kz_alloc(&order, n, sizeof(size_t)));
    job j = {.bipartition = bipartition,
             .rays = rays,
             .zeta = zeta,
             .order = order,
             .pending = n,
             .options = options,
             .previous = INFINITY,
             .solve_tol = options->tol,
             .total = n};
    gsl_sort_index(j.order, zeta, 1, n);
    for (size_t i = 0; i < n; i++)
        rays[i] = failed_ray(zeta[i], KZ_ECANCELLED);
    kz_status status = run_all(&j);
    kz_free(order);
    if (j.cancelled) return KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu of %zu rays", j.done, n);
    if (status != KZ_OK) return status;
    if (j.failed_status != KZ_OK) return KZ_FAIL(j.failed_status, "%s", j.reason);
    return KZ_OK;
}
