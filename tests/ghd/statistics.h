/* Shared by the tests of full counting statistics. */
#ifndef KZ_TESTS_GHD_STATISTICS_H
#define KZ_TESTS_GHD_STATISTICS_H

#include <kapitza/fluctuations.h>

#include "core/memory.h"
#include "support/check.h"

enum { POINTS = 8 };

typedef struct {
    kz_fluctuation at[POINTS];
    kz_cumulants cumulants;
} statistics;

/* kz_fluctuations() or kz_fluctuations_flow(). */
typedef kz_status counting(kz_fluctuation *, kz_cumulants *, kz_chain, const kz_state *,
                           const kz_state *, kz_charge, const double *, size_t, const kz_options *);

static inline statistics solve(counting *by, kz_chain chain, kz_state left, kz_state right,
                               kz_charge charge, const double *lambda, size_t n, double tol,
                               bool cumulants)
{
    statistics out;
    kz_options options = kz_options_default();
    options.tol = tol;
    KZ_CHECK_OK(by(out.at, cumulants ? &out.cumulants : NULL, chain, &left, &right, charge, lambda,
                   n, &options));
    for (size_t i = 0; i < n; i++) {
        assert_true(out.at[i].lambda == lambda[i] && out.at[i].status == KZ_OK);
        assert_true(out.at[i].err >= 0 && out.at[i].err <= tol);
    }
    return out;
}

static inline statistics count(kz_chain chain, kz_state left, kz_state right, kz_charge charge,
                               const double *lambda, size_t n, double tol)
{
    return solve(kz_fluctuations, chain, left, right, charge, lambda, n, tol, true);
}

/* F alone. */
static inline statistics generate(kz_chain chain, kz_state left, kz_state right, kz_charge charge,
                                  const double *lambda, size_t n, double tol)
{
    return solve(kz_fluctuations, chain, left, right, charge, lambda, n, tol, false);
}

/* Every allocation of one point at a loose tolerance may fail, and leaves the point alone. */
static inline void check_allocations(counting *by, kz_chain chain, kz_charge charge, double lambda)
{
    kz_state left = kz_state_thermal(0.5, 0.3), right = kz_state_thermal(1, 0);
    kz_options options = kz_options_default();
    options.tol = 1e-2;
    kz_fluctuation point;
    kz_alloc_fail_at(0);
    KZ_CHECK_OK(by(&point, NULL, chain, &left, &right, charge, &lambda, 1, &options));
    unsigned long allocations = kz_alloc_count();
    assert_true(allocations > 50);
    for (unsigned long k = 1; k <= allocations; k++) {
        point.lambda = -7;
        kz_alloc_fail_at(k);
        KZ_CHECK_STATUS(by(&point, NULL, chain, &left, &right, charge, &lambda, 1, &options),
                        KZ_ENOMEM);
        assert_true(point.lambda == -7);
    }
    kz_alloc_fail_at(0);
}

/* Gallavotti and Cohen: F is even about shift/2, what the reservoirs differ by in the field of the
 * charge. */
static inline void check_fluctuation_symmetry(kz_chain chain, kz_state left, kz_state right,
                                              kz_charge charge, double shift)
{
    double lambda[5] = {0.9, 0.3, shift, shift - 0.9, shift - 0.3};
    statistics s = generate(chain, left, right, charge, lambda, 5, 1e-9);
    KZ_CHECK_CLOSE(s.at[2].generating, 0, 1e-12);
    for (int k = 0; k < 2; k++) {
        double tol = s.at[k].err + s.at[k + 3].err;
        KZ_CHECK_CLOSE(s.at[k].generating, s.at[k + 3].generating, tol);
        KZ_CHECK_CLOSE(s.at[k].current, -s.at[k + 3].current, tol);
    }
    assert_true(fabs(s.at[0].generating) > 1e-3);
}

/* F and its derivative are found by different sums: one of the first row, one of the ray.  The rule
 * of Gauss and Legendre between `from` and `to`. */
static inline void check_derivative(kz_chain chain, kz_state left, kz_state right, kz_charge charge,
                                    double from, double to)
{
    static const double node[4] = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                   0.9602898564975363};
    static const double weight[4] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                     0.1012285362903763};
    double lambda[POINTS], ends[2] = {from, to}, sum = 0;
    for (int i = 0; i < POINTS; i++)
        lambda[i] = 0.5 * (from + to) + 0.5 * (to - from) * (i % 2 ? 1 : -1) * node[i / 2];
    statistics s = generate(chain, left, right, charge, lambda, POINTS, 1e-9);
    statistics e = generate(chain, left, right, charge, ends, 2, 1e-9);
    for (int i = 0; i < POINTS; i++)
        sum += 0.5 * (to - from) * weight[i / 2] * s.at[i].current;
    KZ_CHECK_CLOSE(e.at[1].generating - e.at[0].generating, sum, 1e-10);
}

#endif
