/* Setting up a junction.  J_L rises and J_R falls with the inverse temperature of the edge (the
 * scan checks it), so that one common beta_0 carries equal currents: the root of R = 0, from
 * which the branches of solve.c start. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/root.h"
#include "junction/internal.h"

kz_junction_params kz_junction_params_default(void)
{
    return (kz_junction_params){.left = kz_chain_xx(),
                                .right = kz_chain_xxz(4),
                                .left_state = kz_state_ceiling(),
                                .right_state = kz_state_ground(0),
                                .law = kz_law_fourier()};
}

void kz_junction_free(kz_junction *junction)
{
    if (!junction) return;
    kz_free(junction->table);
    kz_free(junction);
}

static double edge_tol(const kz_options *options) { return fmax(0.1 * options->tol, 2e-13); }

static kz_status balance(double *value, double x, void *context)
{
    const kz_junction *junction = context;
    kz_ray left, right;
    double beta = kz_half_beta(x), tol = edge_tol(&junction->options);
    KZ_TRY(kz_half_edge(&left, &junction->half[KZ_SIDE_LEFT], beta, tol));
    KZ_TRY(kz_half_edge(&right, &junction->half[KZ_SIDE_RIGHT], beta, tol));
    *value = left.energy_current - right.energy_current;
    return KZ_OK;
}

static kz_status report_ranges(const kz_junction *junction)
{
    const kz_scan *scan = &junction->scan;
    int last = KZ_SCAN_POINTS - 1;
    return KZ_FAIL(
        KZ_ENOROOT, "the currents do not meet: J_L in [%.10g, %.10g], J_R in [%.10g, %.10g]",
        scan->current[0][0], scan->current[0][last], scan->current[1][last], scan->current[1][0]);
}

kz_status kz_half_slope(double *slope, const kz_half *half, double beta, double current, double tol)
{
    double step = 1e-3 * (1 + fabs(beta));
    kz_ray ray;
    *slope = 0;
    if (isinf(beta)) return KZ_OK;
    KZ_TRY(kz_half_edge(&ray, half, beta + step, tol));
    *slope = fabs(ray.energy_current - current) / step;
    return KZ_OK;
}

static kz_status match_common(kz_junction *junction)
{
    const kz_scan *scan = &junction->scan;
    int i = 0;
    while (i + 2 < KZ_SCAN_POINTS && scan->current[0][i + 1] < scan->current[1][i + 1])
        i++;
    double x, slope;
    kz_ray left, right;
    kz_status status = kz_root_find(&x, balance, junction, scan->x[i], scan->x[i + 1]);
    if (status == KZ_ENOROOT) /* the scan is coarser in accuracy: take its neighbours too */
        status = kz_root_find(&x, balance, junction, scan->x[i > 0 ? i - 1 : 0],
                              scan->x[i + 2 < KZ_SCAN_POINTS ? i + 2 : i + 1]);
    if (status == KZ_ENOROOT) return report_ranges(junction);
    KZ_TRY(status);
    junction->beta = kz_half_beta(x);
    const kz_half *half = junction->half;
    double tol = edge_tol(&junction->options);
    KZ_TRY(kz_half_edge(&left, &half[KZ_SIDE_LEFT], junction->beta, tol));
    KZ_TRY(kz_half_edge(&right, &half[KZ_SIDE_RIGHT], junction->beta, tol));
    double err = left.err + right.err;
    KZ_TRY(kz_half_slope(&slope, &half[KZ_SIDE_LEFT], junction->beta, left.energy_current, tol));
    if (slope > 0 && fabs(junction->beta) <= 4 * err / slope) junction->beta = 0;
    junction->current = 0.5 * (left.energy_current + right.energy_current);
    if (fabs(junction->current) <= 4 * err) junction->current = 0;
    return KZ_OK;
}

static kz_status copy_law(kz_junction *junction, const kz_law *law)
{
    junction->law = *law;
    if (law->kind != KZ_LAW_TABLE) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&junction->table, 2 * law->count));
    memcpy(junction->table, law->temperature, law->count * sizeof(double));
    memcpy(junction->table + law->count, law->conductivity, law->count * sizeof(double));
    junction->law.temperature = junction->table;
    junction->law.conductivity = junction->table + law->count;
    return KZ_OK;
}

static kz_status check_half(const kz_half *half, const char *name)
{
    KZ_TRY(kz_chain_check(half->chain));
    KZ_TRY(kz_state_check(&half->reservoir));
    if (kz_state_has_magnetization(&half->reservoir))
        return KZ_FAIL(KZ_EINVAL,
                       "%s reservoir is magnetized: it also drives a spin current, which this "
                       "energy-only junction does not carry",
                       name);
    return KZ_OK;
}

kz_status kz_junction_create(kz_junction **out, const kz_junction_params *params,
                             const kz_options *options)
{
    *out = NULL;
    const kz_half left = {params->left, params->left_state, KZ_SIDE_LEFT};
    const kz_half right = {params->right, params->right_state, KZ_SIDE_RIGHT};
    void *memory;
    KZ_TRY(check_half(&left, "left"));
    KZ_TRY(check_half(&right, "right"));
    KZ_TRY(kz_law_check(&params->law));
    KZ_TRY(kz_options_check(options));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_junction)));
    kz_junction *junction = memory;
    junction->half[KZ_SIDE_LEFT] = left;
    junction->half[KZ_SIDE_RIGHT] = right;
    junction->options = *options;
    kz_status status = copy_law(junction, &params->law);
    if (status == KZ_OK) status = kz_scan_run(&junction->scan, junction->half, options);
    if (status == KZ_OK) status = match_common(junction);
    if (status != KZ_OK) {
        kz_junction_free(junction);
        return status;
    }
    *out = junction;
    return KZ_OK;
}
