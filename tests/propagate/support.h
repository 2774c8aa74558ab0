/* Profiles, and states of them, that the tests of propagation share. */
#ifndef KZ_TESTS_PROPAGATE_SUPPORT_H
#define KZ_TESTS_PROPAGATE_SUPPORT_H

#include "support/check.h"

#include <kapitza/propagate.h>

#include "core/memory.h"

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

/* The point t after a jump at `jump` and the ray that goes there, beside it alone. */
static inline void check_ray(kz_bipartition *b, kz_propagation *p, double jump, double zeta,
                             double t, const kz_options *options)
{
    kz_ray ray;
    KZ_CHECK_OK(kz_bipartition_rays(&ray, b, &zeta, 1, options));
    kz_propagation_point q = solve(p, jump + t * zeta, t, options->tol);
    double allowed = q.err + ray.err;
    KZ_CHECK_CLOSE(q.energy, ray.energy, allowed);
    KZ_CHECK_CLOSE(q.energy_current, ray.energy_current, allowed);
    KZ_CHECK_CLOSE(q.magnetization, ray.magnetization, allowed);
    KZ_CHECK_CLOSE(q.spin_current, ray.spin_current, allowed);
}

/* One jump between constants is a bipartition, at x/t; rays -end, -end + step, ... */
static inline void check_bipartition(kz_chain chain, double end, double step)
{
    kz_state left = kz_state_thermal(0.4, 0.8), right = kz_state_thermal(2.1, -0.5);
    static const double row[][3] = {{0.7, 0.4, 0.8}, {0.7, 2.1, -0.5}};
    kz_options options = options_of(1e-9);
    kz_bipartition *b;
    kz_propagation *p = from_table(chain, row[0], 2, 1e-9);
    KZ_CHECK_OK(kz_bipartition_create(&b, chain, &left, &right, &options));
    for (double zeta = -end; zeta < end + 0.1; zeta += step)
        check_ray(b, p, 0.7, zeta, 3, &options);
    kz_propagation_free(p);
    kz_bipartition_free(b);
}

enum { SUM_NODES_MAX = 47 };

/* Energy, magnetization and entropy of the whole line are the same at t as at 0, for a profile that
 * is its mirror image: a sum over a wide enough uniform grid is exact for analytic profiles. */
static inline void check_conserved_sums(kz_chain chain, kz_profile_fn profile, double t,
                                        double step, size_t n, double point_tol, double tol)
{
    double x[SUM_NODES_MAX], when[SUM_NODES_MAX], sum[2][3] = {{0}};
    kz_propagation_point point[SUM_NODES_MAX];
    kz_options options = options_of(point_tol);
    kz_propagation *p = from_function(chain, profile, point_tol);
    kz_propagation_point far = solve(p, 20, 0, point_tol);
    for (int w = 0; w < 2; w++) {
        for (size_t i = 0; i < n; i++) {
            x[i] = step * (double)i;
            when[i] = w ? t : 0;
        }
        KZ_CHECK_OK(kz_propagation_points(point, p, x, when, n, &options));
        for (size_t i = 0; i < n; i++) {
            double weight = i == 0 ? step : 2 * step;
            sum[w][0] += weight * (point[i].energy - far.energy);
            sum[w][1] += weight * (point[i].magnetization - far.magnetization);
            sum[w][2] += weight * (point[i].entropy - far.entropy);
        }
    }
    for (int q = 0; q < 3; q++)
        KZ_CHECK_CLOSE(sum[1][q], sum[0][q], tol);
    kz_propagation_free(p);
}

/* Allocations fail one by one, the first `all` of them each and then some; then nothing does. */
static inline void check_memory(kz_chain chain, unsigned long all)
{
    const double x[] = {0, 0, 1}, beta[] = {1, 2, 1.5}, mu[] = {0, 0.3, 0.3}, t = 0.5;
    kz_options options = options_of(1e-2);
    kz_status status = KZ_ENOMEM;
    for (unsigned long k = 1; status == KZ_ENOMEM && k < 100000; k += k < all ? 1 : k / 8) {
        kz_propagation *p;
        kz_propagation_point point;
        kz_alloc_fail_at(k);
        status = kz_propagation_create(&p, chain, x, beta, mu, 3, &options);
        if (status == KZ_OK) status = kz_propagation_points(&point, p, x, &t, 1, &options);
        kz_alloc_fail_at(0);
        kz_propagation_free(p);
        if (status != KZ_OK) KZ_CHECK_STATUS(status, KZ_ENOMEM);
    }
    KZ_CHECK_OK(status);
}

#endif
