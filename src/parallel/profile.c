/* kz_bipartition_rays() sorts its rays and works in chunks that start afresh; then it makes a finer
 * grid, from the errors of all rays that missed the tolerance, and repeats those.  The tasks here
 * are its chunks, of which they take the first pass.  Few rays need another: the first process
 * repeats the chunks they are in, all of them in one call, and so meets the same rays on the same
 * grids as if it had been alone. */
#include "parallel/profile.h"

#include <gsl/gsl_sort.h>

#include "core/error.h"
#include "core/memory.h"

/* The chunk of src/ghd/bipartition.c.  With another number the error bounds hold as well, but the
 * last digits are not those of one process. */
enum { CHUNK = 16, RAY_WIDTH = sizeof(kz_ray) / sizeof(double) };
_Static_assert(sizeof(kz_ray) % sizeof(double) == 0, "rays travel as numbers");

typedef struct {
    kz_bipartition *bipartition;
    double *sorted; /* [n] */
    size_t *order;  /* [n] where each of them comes from */
    kz_ray *part;   /* [size] the rays of a task */
    size_t *place;  /* [size] and the order they are worked in */
    size_t n, size; /* size: rays of a task, a multiple of CHUNK */
    const kz_options *options;
} division;

static void division_free(division *d)
{
    kz_free(d->sorted);
    kz_free(d->order);
    kz_free(d->part);
    kz_free(d->place);
}

/* A chunk for every thread, unless other processes would be left without work.  Machines may differ
 * in their threads: the size that counts is that of the first process. */
static size_t task_size(size_t n, int threads)
{
    size_t chunks = (n + CHUNK - 1) / CHUNK, share = chunks / (size_t)kz_farm_size();
    if (share > (size_t)threads) share = (size_t)threads;
    return CHUNK * (share > 0 ? share : 1);
}

static kz_status divide(division *out, kz_bipartition *bipartition, const double *zeta, size_t n,
                        const kz_options *options)
{
    void *order = NULL, *part = NULL, *place = NULL;
    *out = (division){.bipartition = bipartition, .n = n, .options = options};
    out->size = kz_farm_of_first(task_size(n, options->threads));
    kz_status status = kz_alloc_doubles(&out->sorted, n);
    if (status == KZ_OK) status = kz_alloc(&order, n, sizeof *out->order);
    if (status == KZ_OK) status = kz_alloc(&part, out->size, sizeof *out->part);
    if (status == KZ_OK) status = kz_alloc(&place, out->size, sizeof *out->place);
    out->order = order;
    out->part = part;
    out->place = place;
    if (status != KZ_OK) return status;
    gsl_sort_index(out->order, zeta, 1, n);
    for (size_t k = 0; k < n; k++)
        out->sorted[k] = zeta[out->order[k]];
    return KZ_OK;
}

/* Stops the work when all chunks have had their first pass and it was not enough. */
typedef struct {
    size_t chunks, finished;
} first_pass;

static int end_first_pass(void *context, size_t done, size_t total)
{
    first_pass *pass = context;
    pass->finished++;
    return pass->finished == pass->chunks && done < total;
}

/* The sort is not stable: of rays with one zeta, and unequal last digits since each starts from the
 * one before, it decides anew which comes first.  So results are stored in the order of the work,
 * which d->order translates as it does for one process. */
static kz_status run_task(double *result, size_t task, void *context)
{
    division *d = context;
    kz_ray *out = (kz_ray *)(void *)result;
    size_t first = task * d->size, count = d->n - first < d->size ? d->n - first : d->size;
    first_pass pass = {.chunks = (count + CHUNK - 1) / CHUNK};
    kz_options options = *d->options;
    options.progress = end_first_pass;
    options.progress_context = &pass;
    kz_status status =
        kz_bipartition_rays(d->part, d->bipartition, d->sorted + first, count, &options);
    gsl_sort_index(d->place, d->sorted + first, 1, count);
    for (size_t k = 0; k < count; k++)
        out[k] = d->part[d->place[k]];
    /* what happened to a ray is in the ray */
    return status == KZ_ENOMEM || status == KZ_EINVAL ? status : KZ_OK;
}

/* Marks the rays of all chunks with a ray that is not done, by their places in the input; returns
 * their number. */
static size_t mark(bool *again, const kz_ray *rays, const division *d)
{
    size_t count = 0;
    for (size_t first = 0; first < d->n; first += CHUNK) {
        size_t end = d->n - first < CHUNK ? d->n : first + CHUNK;
        bool failed = false;
        for (size_t k = first; k < end; k++)
            failed = failed || rays[k].status != KZ_OK;
        for (size_t k = first; k < end && failed; k++, count++)
            again[d->order[k]] = true;
    }
    return count;
}

/* rays [n] are sorted.  The chunks stand in the order of the input, so that the failure to report
 * is the same as in one process. */
static kz_status repeat(kz_ray *rays, const bool *again, size_t count, const double *zeta,
                        const division *d)
{
    void *new_rays = NULL, *order = NULL;
    double *part = NULL;
    kz_status status = kz_alloc(&new_rays, count, sizeof *rays);
    if (status == KZ_OK) status = kz_alloc(&order, count, sizeof *d->order);
    if (status == KZ_OK) status = kz_alloc_doubles(&part, count);
    if (status == KZ_OK) {
        const kz_ray *from = new_rays;
        const size_t *place = order;
        kz_options options = *d->options;
        options.progress = NULL; /* it would start again */
        for (size_t i = 0, j = 0; i < d->n; i++)
            if (again[i]) part[j++] = zeta[i];
        gsl_sort_index(order, part, 1, count);
        status = kz_bipartition_rays(new_rays, d->bipartition, part, count, &options);
        for (size_t k = 0, j = 0; k < d->n; k++)
            if (again[d->order[k]]) rays[k] = from[place[j++]];
    }
    kz_free(new_rays);
    kz_free(order);
    kz_free(part);
    return status;
}

/* The first process, with what all have made. */
static kz_status finish(kz_ray *rays, kz_ray *sorted, const double *zeta, const division *d)
{
    void *again;
    KZ_TRY(kz_alloc(&again, d->n, sizeof(bool)));
    size_t count = mark(again, sorted, d);
    kz_status status = count ? repeat(sorted, again, count, zeta, d) : KZ_OK;
    kz_free(again);
    for (size_t k = 0; k < d->n; k++)
        rays[d->order[k]] = sorted[k];
    return status;
}

kz_status kz_parallel_rays(kz_ray *rays, kz_bipartition *bipartition, const double *zeta, size_t n,
                           const kz_options *options)
{
    if (kz_farm_size() == 1) return kz_bipartition_rays(rays, bipartition, zeta, n, options);
    division d;
    double *results = NULL;
    kz_farm_report report = {0};
    kz_status status = divide(&d, bipartition, zeta, n, options);
    size_t tasks = (n + d.size - 1) / d.size, width = d.size * RAY_WIDTH;
    if (status == KZ_OK && kz_farm_is_first()) status = kz_alloc_doubles(&results, tasks * width);
    /* nobody starts unless everybody can */
    status = kz_farm_agree(status);
    if (status == KZ_OK)
        status = kz_farm_run(results, &report, tasks, width, run_task, &d, options);
    if (status == KZ_OK && report.failed > 0) status = KZ_FAIL(report.status, "%s", report.reason);
    if (status == KZ_OK && results) status = finish(rays, (kz_ray *)(void *)results, zeta, &d);
    kz_free(results);
    division_free(&d);
    return status;
}
