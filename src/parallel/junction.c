#include "parallel/junction.h"

#include <stdio.h>

#include "core/error.h"
#include "core/memory.h"

static size_t width(const kz_sweep *sweep)
{
    size_t size = sizeof(kz_sweep_result) + (sweep->rays[0] + sweep->rays[1]) * sizeof(kz_ray);
    return (size + sizeof(double) - 1) / sizeof(double);
}

const kz_sweep_result *kz_sweep_at(const double *results, const kz_sweep *sweep, size_t i)
{
    return (const kz_sweep_result *)(const void *)(results + i * width(sweep));
}

static void note(char *reason, kz_status status)
{
    (void)snprintf(reason, KZ_SWEEP_REASON, "%s", status == KZ_OK ? "" : kz_error_reason());
}

/* Failures of the numbers are kept with them, others end the sweep. */
static bool is_fatal(kz_status status) { return status == KZ_EINVAL || status == KZ_ENOMEM; }

static kz_status run_task(double *result, size_t task, void *context)
{
    const kz_sweep *sweep = context;
    kz_sweep_result *out = (kz_sweep_result *)(void *)result;
    *out = (kz_sweep_result){.status = KZ_OK};
    double R = sweep->resistance[task];
    out->status = sweep->spin_resistance ? kz_junction_solve_pair(&out->point, sweep->junction, R,
                                                                  sweep->spin_resistance[task])
                                         : kz_junction_solve(&out->point, sweep->junction, R);
    note(out->reason, out->status);
    if (out->status != KZ_OK && out->status != KZ_ETOL)
        return is_fatal(out->status) ? out->status : KZ_OK;
    for (kz_side side = KZ_SIDE_LEFT; side <= KZ_SIDE_RIGHT; side++) {
        kz_ray *rays = out->rays + (side == KZ_SIDE_LEFT ? 0 : sweep->rays[KZ_SIDE_LEFT]);
        if (sweep->rays[side] == 0) continue;
        kz_status status = kz_junction_rays(rays, sweep->junction, &out->point, side,
                                            sweep->zeta[side], sweep->rays[side]);
        if (is_fatal(status)) return status;
        note(out->rays_reason[side], status);
    }
    return KZ_OK;
}

kz_status kz_parallel_junction(double **results, kz_sweep *sweep, const kz_options *options)
{
    kz_farm_report report = {0};
    size_t size = width(sweep);
    kz_status status = KZ_OK;
    *results = NULL;
    if (kz_farm_is_first()) status = kz_alloc_doubles(results, sweep->count * size);
    /* nobody starts unless everybody can */
    status = kz_farm_agree(status);
    if (status == KZ_OK)
        status = kz_farm_run(*results, &report, sweep->count, size, run_task, sweep, options);
    if (status == KZ_OK && report.failed > 0) status = KZ_FAIL(report.status, "%s", report.reason);
    if (status == KZ_OK) return KZ_OK;
    kz_free(*results);
    *results = NULL;
    return status;
}
