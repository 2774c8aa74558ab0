#include "relax/initial.h"

#include <math.h>

#include "core/memory.h"
#include "propagate/spline.h"

void kz_relax_initial_free(kz_relax_initial *initial)
{
    kz_free(initial->x);
    kz_free(initial->u);
    kz_free(initial->slope);
    kz_free(initial->curvature);
    *initial = (kz_relax_initial){0};
}

static kz_status allocate(kz_relax_initial *out)
{
    kz_status status = kz_alloc_doubles(&out->x, out->count);
    if (status == KZ_OK) status = kz_alloc_doubles(&out->u, out->count);
    if (status == KZ_OK) status = kz_alloc_doubles(&out->slope, out->count);
    if (status == KZ_OK) status = kz_alloc_doubles(&out->curvature, out->count);
    return status;
}

kz_status kz_relax_initial_create(kz_relax_initial *out, const kz_relax_params *params)
{
    *out = (kz_relax_initial){.count = params->initial_count};
    kz_status status = allocate(out);
    for (size_t i = 0; status == KZ_OK && i < out->count; i++) {
        double beta = params->initial_beta[i];
        out->u[i] = params->law == KZ_LAW_BETA ? beta : 1 / beta;
        out->x[i] = out->count > 1 ? params->initial_x[i] : 0;
    }
    if (status == KZ_OK && out->count > 1)
        status =
            kz_quintic_fit(out->slope, out->curvature, out->x, out->u, out->count, false, false);
    if (status != KZ_OK) kz_relax_initial_free(out);
    return status;
}

double kz_relax_initial_at(const kz_relax_initial *initial, double x)
{
    size_t i = 0;
    if (initial->count == 1) return initial->u[0];
    while (i + 2 < initial->count && x > initial->x[i + 1])
        i++;
    return kz_quintic_value(initial->x, initial->u, initial->slope, initial->curvature, i, x);
}
