/* Every point stands on its own, and the grids that one needs are the same wherever it is solved.
 */
#include "parallel/propagate.h"

#include <string.h>

#include "core/error.h"
#include "core/memory.h"

enum { POINT_WIDTH = sizeof(kz_propagation_point) / sizeof(double), TASKS_EACH = 8 };
_Static_assert(sizeof(kz_propagation_point) % sizeof(double) == 0, "points travel as numbers");

typedef struct {
    kz_propagation *propagation;
    const double *x, *t;
    size_t n, size; /* size: points of a task */
    kz_options options;
} division;

/* Late times cost more than early ones: several tasks for each process, of a point for each thread
 * at least.  Machines may differ in their threads: the size that counts is that of the first. */
static size_t task_size(size_t n, int threads)
{
    size_t share = n / ((size_t)kz_farm_size() * TASKS_EACH), least = (size_t)threads;
    return share > least ? share : least;
}

static kz_status run_task(double *result, size_t task, void *context)
{
    division *d = context;
    size_t first = task * d->size, count = d->n - first < d->size ? d->n - first : d->size;
    return kz_propagation_points((kz_propagation_point *)(void *)result, d->propagation,
                                 d->x + first, d->t + first, count, &d->options);
}

kz_status kz_parallel_points(kz_propagation_point *points, kz_propagation *propagation,
                             const double *x, const double *t, size_t n, const kz_options *options)
{
    if (kz_farm_size() == 1) return kz_propagation_points(points, propagation, x, t, n, options);
    division d = {propagation, x, t, n, 0, *options};
    double *results = NULL;
    kz_farm_report report = {0};
    kz_status status = KZ_OK;
    d.options.progress = NULL;
    d.size = kz_farm_of_first(task_size(n, options->threads));
    size_t tasks = (n + d.size - 1) / d.size, width = d.size * POINT_WIDTH;
    if (kz_farm_is_first()) status = kz_alloc_doubles(&results, tasks * width);
    /* nobody starts unless everybody can */
    status = kz_farm_agree(status);
    if (status == KZ_OK)
        status = kz_farm_run(results, &report, tasks, width, run_task, &d, options);
    if (status == KZ_OK && results) memcpy(points, results, n * sizeof *points);
    kz_free(results);
    if (status == KZ_OK && report.failed > 0) return KZ_FAIL(report.status, "%s", report.reason);
    return status;
}
