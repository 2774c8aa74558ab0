/* Shared by the tests of full counting statistics. */
#ifndef KZ_TESTS_GHD_STATISTICS_H
#define KZ_TESTS_GHD_STATISTICS_H

#include <kapitza/fluctuations.h>

#include "support/check.h"

enum { POINTS = 8 };

typedef struct {
    kz_fluctuation at[POINTS];
    kz_cumulants cumulants;
} statistics;

static inline statistics solve(kz_chain chain, kz_state left, kz_state right, kz_charge charge,
                               const double *lambda, size_t n, double tol, bool cumulants)
{
    statistics out;
    kz_options options = kz_options_default();
    options.tol = tol;
    KZ_CHECK_OK(kz_fluctuations(out.at, cumulants ? &out.cumulants : NULL, chain, &left, &right,
                                charge, lambda, n, &options));
    for (size_t i = 0; i < n; i++) {
        assert_true(out.at[i].lambda == lambda[i] && out.at[i].status == KZ_OK);
        assert_true(out.at[i].err >= 0 && out.at[i].err <= tol);
    }
    return out;
}

static inline statistics count(kz_chain chain, kz_state left, kz_state right, kz_charge charge,
                               const double *lambda, size_t n, double tol)
{
    return solve(chain, left, right, charge, lambda, n, tol, true);
}

/* F alone. */
static inline statistics generate(kz_chain chain, kz_state left, kz_state right, kz_charge charge,
                                  const double *lambda, size_t n, double tol)
{
    return solve(chain, left, right, charge, lambda, n, tol, false);
}

#endif
