#include "ghd/edge.h"

#include <math.h>

#include "core/error.h"
#include "fermion/response.h"
#include "ghd/bipartition.h"
#include "ghd/refine.h"
#include "ghd/response.h"

/* Dressed spins are up to P/2, twice in the response, where err allows for one of them. */
static double response_error(const kz_edge *edge, int P)
{
    return P * edge->ray.err + 1e-15 * P * P;
}

/* On the bipartition's own grid; *accurate says whether that was good enough. */
static kz_status solve_here(kz_edge *out, bool *accurate, const kz_level *level, int thermal,
                            int charges, double tol)
{
    kz_ray_work *work;
    bool cold = true;
    kz_pending_ray pending = kz_pending_ray_start(0, tol);
    KZ_TRY(kz_ray_work_create(&work, level));
    kz_status status = kz_pending_ray_solve(&out->ray, &pending, work, 0, tol, &cold);
    *accurate = status == KZ_OK && out->ray.err <= tol;
    out->energy_err = pending.last.energy_err;
    if (status == KZ_OK)
        status = kz_ray_response(out->response, work, thermal, charges, fmax(1e-3 * tol, 1e-15));
    kz_ray_work_free(work);
    return status;
}

kz_status kz_edge_solve(kz_edge *out, kz_bipartition *bipartition, int thermal, int charges,
                        const kz_options *options)
{
    const kz_level *level = kz_bipartition_level(bipartition);
    const double zeta = 0;
    bool accurate = true;
    if (!level) {
        KZ_TRY(kz_bipartition_rays(&out->ray, bipartition, &zeta, 1, options));
        kz_fermion_response(out->response, kz_bipartition_state(bipartition, thermal));
        out->response_err = out->energy_err = out->current_err = out->ray.err;
        return KZ_OK;
    }
    kz_status status = solve_here(out, &accurate, level, thermal, charges, options->tol);
    if (status != KZ_OK && status != KZ_ENOCONV) return status;
    if (status != KZ_OK || !accurate) {
        /* a better grid, which the bipartition keeps */
        kz_ray ray;
        kz_status refined = kz_bipartition_rays(&ray, bipartition, &zeta, 1, options);
        if (refined != KZ_OK && refined != KZ_ETOL) return refined;
        if (status != KZ_OK || kz_bipartition_level(bipartition) != level)
            KZ_TRY(solve_here(out, &accurate, kz_bipartition_level(bipartition), thermal, charges,
                              options->tol));
        if (ray.err < out->ray.err) { /* of a grid that was not kept */
            out->ray = ray;
            out->energy_err = ray.err;
        }
    }
    out->ray.status = out->ray.err <= options->tol ? KZ_OK : KZ_ETOL;
    out->current_err = charges == 1 ? out->energy_err : out->ray.err;
    out->response_err = response_error(out, kz_bipartition_P(bipartition));
    return KZ_OK;
}
