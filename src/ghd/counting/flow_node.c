/* One state of the flow of biased states: hole weights from kappa and what zeros of v have passed
 * over, d = v rho^t for the zeros, q^dr for the flow itself. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "ghd/counting/flow_work.h"
#include "ghd/ray/work.h"

double kz_flow_kappa(const kz_counting_flow *flow, const double *t, double lambda, int f,
                     double place)
{
    const kz_convolution *c = flow->states.level->coarse.full;
    double value, slope;
    kz_fourier_evaluate(&value, &slope, t + (size_t)f * c->n, c->n, c->grid.window, c->lambda[0],
                        place);
    if (f == 0)
        value += lambda * kz_weighting_drive(&flow->states) * kz_form_source(&c->form, place);
    return c->form.sign[f] * value;
}

static kz_status set_weights(kz_counting_flow *flow, double lambda)
{
    const kz_level *level = flow->states.level;
    kz_ray_work *ray = flow->states.ray;
    kz_weighting_apply(&flow->states, flow->at, lambda);
    kz_level_mix(ray->hole, ray->polarisation, level, &level->coarse, flow->start, ray->row);
    return kz_flow_add_memory(flow, lambda);
}

/* q^dr, in ray->u, with its coefficients. */
static kz_status dress_charge(kz_counting_flow *flow, kz_flow_node *node, double solve_tol)
{
    kz_ray_work *ray = flow->states.ray;
    if (flow->states.charge == KZ_CHARGE_ENERGY)
        return kz_local_dress(ray->u, node->slope, ray->local, ray->hole, flow->source, solve_tol,
                              NULL);
    for (size_t i = 0; i < flow->size; i++) /* a spin n of a string weighs -n */
        node->slope[i] = -node->slope[i];
    kz_status status = kz_local_dress_spin(ray->u, node->slope, ray->local, ray->hole,
                                           ray->polarisation, true, solve_tol);
    for (size_t i = 0; i < flow->size; i++) {
        node->slope[i] = -node->slope[i];
        ray->u[i] = -ray->u[i];
    }
    return status;
}

static double current(const kz_counting_flow *flow)
{
    const kz_ray_work *ray = flow->states.ray;
    const kz_convolution *c = flow->states.level->coarse.full;
    double sum = 0, sign = c->form.sign[0],
           half = flow->rows == 1 ? kz_weighting_half_charge(&flow->states) : 0;
    for (size_t k = 0; k < c->n; k++)
        sum -= ray->source[k] * (sign * ray->hole[k] * ray->u[k] + half * ray->polarisation[k]);
    return kz_grid_spacing(&c->grid) * sum;
}

/* The zeros of v, and kappa there. */
static kz_status find_zeros(kz_counting_flow *flow, kz_flow_node *node, double solve_tol)
{
    kz_ray_work *ray = flow->states.ray;
    memcpy(ray->t_d, node->t_d, flow->size * sizeof(double));
    KZ_TRY(kz_local_dress(ray->d, ray->t_d, ray->local, ray->hole, ray->source, solve_tol, NULL));
    memcpy(node->t_d, ray->t_d, flow->size * sizeof(double));
    KZ_TRY(kz_ray_read_regions(node->region, ray, solve_tol));
    if (kz_level_shared_side(flow->states.level) >= 0) /* as at lambda = 0 (level.h) */
        memcpy(node->region + 1, flow->start + 1, (size_t)(flow->rows - 1) * sizeof *node->region);
    for (int f = 0; f < flow->rows; f++)
        for (int e = 0; e < node->region[f].count; e++)
            node->kappa[f * KZ_EDGES_MAX + e] =
                kz_flow_kappa(flow, flow->at, node->lambda, f, node->region[f].edge[e]);
    return KZ_OK;
}

kz_status kz_flow_solve_node(kz_counting_flow *flow, kz_flow_node *node, double solve_tol,
                             double zero_tol)
{
    KZ_TRY(set_weights(flow, node->lambda));
    KZ_TRY(find_zeros(flow, node, zero_tol));
    KZ_TRY(dress_charge(flow, node, solve_tol));
    node->current = current(flow);
    return isfinite(node->current)
               ? KZ_OK
               : KZ_FAIL(KZ_ENOCONV, "no finite current at lambda = %.15g", node->lambda);
}
