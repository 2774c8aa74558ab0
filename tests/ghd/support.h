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

/* The same where missing tol is an answer too: the status and the error stand in the ray.  False
 * where the iteration does not settle, which is a status too. */
static inline bool find_ray_or_estimate(kz_ray *ray, kz_chain chain, kz_state left, kz_state right,
                                        double zeta, double tol)
{
    kz_options options = kz_options_default();
    options.tol = tol;
    kz_bipartition *bipartition;
    KZ_CHECK_OK(kz_bipartition_create(&bipartition, chain, &left, &right, &options));
    kz_status status = kz_bipartition_rays(ray, bipartition, &zeta, 1, &options);
    kz_bipartition_free(bipartition);
    assert_int_equal(ray->status, status);
    if (status == KZ_ENOCONV) return false;
    assert_true(status == KZ_OK || status == KZ_ETOL);
    assert_true(ray->err >= 0 && isfinite(ray->err) && (status == KZ_ETOL || ray->err <= tol));
    return true;
}

static inline kz_ray ray_or_estimate_of(kz_chain chain, kz_state left, kz_state right, double zeta,
                                        double tol)
{
    kz_ray ray;
    assert_true(find_ray_or_estimate(&ray, chain, left, right, zeta, tol));
    return ray;
}

static inline kz_ray ray_or_estimate(int P, kz_state left, kz_state right, double zeta, double tol)
{
    return ray_or_estimate_of(kz_chain_xxz(P), left, right, zeta, tol);
}

/* Noise of a fresh bipartition, which must meet tol. */
static inline kz_noise noise_of(kz_chain chain, kz_state left, kz_state right, double tol)
{
    kz_options options = kz_options_default();
    kz_bipartition *b;
    kz_noise noise = {.err = NAN};
    options.tol = tol;
    KZ_CHECK_OK(kz_bipartition_create(&b, chain, &left, &right, &options));
    KZ_CHECK_OK(kz_bipartition_noise(&noise, b, tol));
    kz_bipartition_free(b);
    assert_true(noise.err >= 0 && noise.err <= tol);
    return noise;
}

/* In the units of err; nan where a number is. */
static inline double ray_distance(const kz_ray *a, const kz_ray *b)
{
    const double x[4] = {a->energy, a->energy_current, a->magnetization, a->spin_current};
    const double y[4] = {b->energy, b->energy_current, b->magnetization, b->spin_current};
    double largest = 0;
    for (int i = 0; i < 4; i++) {
        double d = fabs(x[i] - y[i]) / kz_check_scale(y[i]);
        largest = d <= largest ? largest : d;
        if (isnan(d)) return d;
    }
    return largest;
}

static inline void add_ray(kz_ray *sum, double weight, const kz_ray *ray)
{
    sum->energy += weight * ray->energy;
    sum->energy_current += weight * ray->energy_current;
    sum->magnetization += weight * ray->magnetization;
    sum->spin_current += weight * ray->spin_current;
}

/* zeta de/dzeta = dj/dzeta by Simpson's rule over middle +- step, which must hold no edge. */
static inline void check_continuity_by_simpson(kz_bipartition *b, double middle, double step,
                                               const kz_options *options, double tol)
{
    const double zeta[3] = {middle - step, middle, middle + step};
    kz_ray r[3];
    KZ_CHECK_OK(kz_bipartition_rays(r, b, zeta, 3, options));
    double energy = step / 3 * (r[0].energy + 4 * r[1].energy + r[2].energy);
    double spin = step / 3 * (r[0].magnetization + 4 * r[1].magnetization + r[2].magnetization);
    KZ_CHECK_CLOSE(energy,
                   zeta[2] * r[2].energy - zeta[0] * r[0].energy - r[2].energy_current +
                       r[0].energy_current,
                   tol);
    KZ_CHECK_CLOSE(spin,
                   zeta[2] * r[2].magnetization - zeta[0] * r[0].magnetization - r[2].spin_current +
                       r[0].spin_current,
                   tol);
}

static inline kz_state hot(double beta) { return kz_state_thermal(beta, 0); }

#endif
