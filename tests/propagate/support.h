/* Profiles, and states of them, that the tests of propagation share. */
#ifndef KZ_TESTS_PROPAGATE_SUPPORT_H
#define KZ_TESTS_PROPAGATE_SUPPORT_H

#include "support/check.h"

#include <kapitza/propagate.h>

static inline kz_options options_of(double tol)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    return options;
}

/* beta = 1 + 0.8 e^{-x^2}, mu = 0.3 */
static inline void bump(double *beta, double *mu, double x, void *context)
{
    (void)context;
    *beta = 1 + 0.8 * exp(-x * x);
    *mu = 0.3;
}

/* Without any symmetry. */
static inline void slope(double *beta, double *mu, double x, void *context)
{
    (void)context;
    *beta = 0.9 + 0.6 * exp(-x * x) * (1 + 0.5 * x);
    *mu = 0.4 * tanh(1.5 * x + 0.3) - 0.7 * exp(-(x - 0.5) * (x - 0.5));
}

static const double EDGE[] = {-6.5, 0, 6.5};

static inline kz_propagation *from_function(kz_chain chain, kz_profile_fn function, double tol)
{
    kz_options options = options_of(tol);
    kz_propagation *p;
    KZ_CHECK_OK(kz_propagation_create_function(&p, chain, function, NULL, EDGE, 3, &options));
    return p;
}

/* row [n*3] holds x, beta, mu */
static inline kz_propagation *from_table(kz_chain chain, const double *row, size_t n, double tol)
{
    double x[64], beta[64], mu[64];
    kz_options options = options_of(tol);
    kz_propagation *p;
    for (size_t i = 0; i < n; i++) {
        x[i] = row[3 * i];
        beta[i] = row[3 * i + 1];
        mu[i] = row[3 * i + 2];
    }
    KZ_CHECK_OK(kz_propagation_create(&p, chain, x, beta, mu, n, &options));
    return p;
}

static inline kz_propagation_point solve(kz_propagation *p, double x, double t, double tol)
{
    kz_options options = options_of(tol);
    kz_propagation_point point;
    KZ_CHECK_OK(kz_propagation_points(&point, p, &x, &t, 1, &options));
    assert_true(point.err <= tol);
    return point;
}

/* All five numbers agree within `tol`. */
static inline void check_same(const kz_propagation_point *a, const kz_propagation_point *b,
                              double tol)
{
    KZ_CHECK_CLOSE(a->energy, b->energy, tol);
    KZ_CHECK_CLOSE(a->energy_current, b->energy_current, tol);
    KZ_CHECK_CLOSE(a->magnetization, b->magnetization, tol);
    KZ_CHECK_CLOSE(a->spin_current, b->spin_current, tol);
    KZ_CHECK_CLOSE(a->entropy, b->entropy, tol);
}

#endif
