/* What the tests of the junction in time share. */
#ifndef KZ_TESTS_RELAX_SUPPORT_H
#define KZ_TESTS_RELAX_SUPPORT_H

#include "support/check.h"

#include <kapitza/relax.h>

static inline kz_options relax_options(double tol)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    return options;
}

static inline kz_relax *relax_create(const kz_relax_params *params, double tol)
{
    kz_options options = relax_options(tol);
    kz_relax *relax;
    KZ_CHECK_OK(kz_relax_create(&relax, params, &options));
    return relax;
}

/* A single time, within tol. */
static inline kz_relax_point relax_solve(const kz_relax_params *params, double t, double tol)
{
    kz_relax_point point;
    kz_relax *relax = relax_create(params, tol);
    KZ_CHECK_OK(kz_relax_run(&point, relax, &t, 1, 0));
    assert_true(point.err <= tol);
    kz_relax_free(relax);
    return point;
}

/* XX | XX between two temperatures: quick. */
static inline kz_relax_params relax_free_params(void)
{
    kz_relax_params params = kz_relax_params_default();
    params.right = kz_chain_xx();
    params.left_state = kz_state_thermal(0.4, 0);
    params.right_state = kz_state_thermal(2.5, 0);
    params.length = 3;
    return params;
}

#endif
