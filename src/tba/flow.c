#include "tba/flow.h"

#include <string.h>

#include "core/error.h"
#include "core/memory.h"

void kz_flow_free(kz_flow *flow)
{
    kz_moments_free(flow->moments);
    kz_local_free(flow->local);
    kz_convolution_free(flow->odd);
    kz_free(flow->current);
    kz_free(flow->t);
    kz_free(flow->source);
    kz_free(flow->edge);
    *flow = (kz_flow){0};
}

kz_status kz_flow_create(kz_flow *out, kz_grid grid)
{
    *out = (kz_flow){0};
    KZ_TRY(kz_moments_create(&out->moments, grid));
    size_t size = (size_t)out->moments->even->rows * grid.half;
    KZ_TRY(kz_convolution_create(&out->odd, grid, KZ_ODD));
    KZ_TRY(kz_local_create(&out->local, out->odd));
    KZ_TRY(kz_alloc_doubles(&out->current, size));
    KZ_TRY(kz_alloc_doubles(&out->t, size));
    return kz_alloc_doubles(&out->source, grid.half);
}

static kz_status dress_velocity(kz_flow *flow, double tol)
{
    int rows = flow->odd->rows;
    size_t n = flow->odd->n;
    double edge[KZ_P_MAX];
    for (int f = 0; f < rows; f++)
        edge[f] = flow->moments->hole[(size_t)f * n + n - 1];
    if (flow->odd->form.closed) kz_local_set_closure(flow->local, &flow->moments->closure);
    kz_local_set_background(flow->local, edge);
    for (size_t k = 0; k < n; k++)
        flow->source[k] = kz_form_current_source(&flow->odd->form, flow->odd->lambda[k]);
    memset(flow->t, 0, (size_t)rows * n * sizeof *flow->t);
    KZ_TRY(kz_local_dress(flow->current, flow->t, flow->local, flow->moments->hole, flow->source,
                          tol, NULL));
    kz_fermi_edge *e = flow->moments->edge;
    if (!e) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&flow->edge, e->count));
    kz_fermi_edge_values(flow->edge, e, KZ_ODD, flow->t + (size_t)e->row * n);
    for (size_t q = 0; q < e->count; q++)
        flow->edge[q] += e->source[1][q];
    return KZ_OK;
}

kz_status kz_flow_solve(kz_moments_values *out, kz_flow *flow, double beta, double mu, double tol)
{
    KZ_TRY(kz_moments_solve(out, flow->moments, beta, mu, 1, false, tol));
    return dress_velocity(flow, tol);
}
