/* Open chains whose bonds and sites may all differ. */
#include <math.h>

#include <kapitza/state.h>

#include "core/error.h"

static double at(const double *array, size_t i, double missing)
{
    return array ? array[i] : missing;
}

kz_status kz_couplings_check(const kz_couplings *c, size_t L)
{
    for (size_t i = 0; i < L; i++) {
        double field = at(c->field, i, 0.0);
        if (!isfinite(field)) return KZ_FAIL(KZ_EINVAL, "field[%zu] = %.15g", i, field);
        if (i + 1 == L) break;
        double J = at(c->J, i, 1.0), delta = at(c->delta, i, 0.0);
        if (!isfinite(J) || !isfinite(delta))
            return KZ_FAIL(KZ_EINVAL, "bond %zu: J = %.15g, delta = %.15g", i, J, delta);
    }
    return KZ_OK;
}

kz_bond kz_couplings_bond(const kz_couplings *c, size_t L, size_t i)
{
    double left = i == 0 ? 1.0 : 0.5, right = i + 2 == L ? 1.0 : 0.5;
    return (kz_bond){.J = at(c->J, i, 1.0),
                     .delta = at(c->delta, i, 0.0),
                     .left = left * at(c->field, i, 0.0),
                     .right = right * at(c->field, i + 1, 0.0)};
}
