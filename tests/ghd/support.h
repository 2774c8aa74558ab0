/* Shared by the tests of rays. */
#ifndef KZ_TESTS_GHD_SUPPORT_H
#define KZ_TESTS_GHD_SUPPORT_H

#include <kapitza/ghd.h>

#include "support/check.h"

/* One ray of a fresh bipartition, which must meet tol. */
static inline kz_ray ray_of(kz_chain chain, kz_state left, kz_state right, double zeta, double tol)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    kz_bipartition *bipartition;
    kz_ray ray;
    KZ_CHECK_OK(kz_bipartition_create(&bipartition, chain, &left, &right, &options));
    KZ_CHECK_OK(kz_bipartition_rays(&ray, bipartition, &zeta, 1, &options));
    kz_bipartition_free(bipartition);
    assert_int_equal(ray.status, KZ_OK);
    assert_true(ray.zeta == zeta && ray.err >= 0 && ray.err <= tol);
    return ray;
}

static inline kz_ray xxz(int P, kz_state left, kz_state right, double zeta, double tol)
{
    return ray_of(kz_chain_xxz(P), left, right, zeta, tol);
}

static inline kz_state hot(double beta) { return kz_state_thermal(beta, 0); }

#endif
