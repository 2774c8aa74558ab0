/* Profiles on both halves of a solved junction. */
#include <math.h>

#include "core/error.h"
#include "junction/internal.h"

/* No excitation of either chain is faster: beyond stands the reservoir, whatever the edge. */
static double cone_bound(kz_chain chain) { return chain.kind == KZ_CHAIN_XX ? 1 : 2; }

/* Errors of the rays for an edge state that is known to `influence`.  status: of the rays alone. */
static kz_status add_influence(kz_ray *rays, size_t n, const kz_half *half, double influence,
                               double tol, kz_status status)
{
    double cone = cone_bound(half->chain);
    const kz_ray *missed = NULL;
    for (size_t i = 0; i < n; i++) {
        kz_ray *ray = &rays[i];
        if (ray->status != KZ_OK && ray->status != KZ_ETOL) continue;
        if (fabs(ray->zeta) < cone) ray->err += influence;
        ray->status = ray->err <= tol ? KZ_OK : KZ_ETOL;
        if (ray->status == KZ_ETOL && !missed) missed = ray;
    }
    if (status != KZ_OK && status != KZ_ETOL) return status;
    if (!missed) return KZ_OK;
    return KZ_FAIL(KZ_ETOL, "ray zeta = %.15g: error %.3g, wanted %.3g", missed->zeta, missed->err,
                   tol);
}

kz_status kz_junction_rays(kz_ray *rays, kz_junction *junction, const kz_junction_point *point,
                           kz_side side, const double *zeta, size_t n)
{
    bool left = side == KZ_SIDE_LEFT;
    for (size_t i = 0; i < n; i++) {
        if (left ? !(zeta[i] <= 0) : !(zeta[i] >= 0))
            return KZ_FAIL(KZ_EINVAL, "ray %.15g is not on the %s half", zeta[i],
                           left ? "left" : "right");
    }
    kz_options options = junction->options;
    double influence = kz_edge_influence(point, side);
    /* the rest of the tolerance, where that is most of it */
    if (influence < 0.5 * options.tol) options.tol -= influence;
    options.tol = fmax(options.tol, 1e-13);
    kz_bipartition *bipartition;
    double beta = left ? point->beta_minus : point->beta_plus;
    double mu = left ? point->mu_minus : point->mu_plus;
    kz_status status = kz_half_bipartition(&bipartition, &junction->half[side], beta, mu, &options);
    if (status != KZ_OK) { /* no ray was started: every one of them failed */
        for (size_t i = 0; i < n; i++)
            rays[i] = (kz_ray){zeta[i], NAN, NAN, NAN, NAN, INFINITY, status};
        return status;
    }
    status = kz_bipartition_rays(rays, bipartition, zeta, n, &options);
    kz_bipartition_free(bipartition);
    return add_influence(rays, n, &junction->half[side], influence, junction->options.tol, status);
}
