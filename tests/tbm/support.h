/* Shared by the tests of the TEBD module. */
#ifndef TESTS_TBM_SUPPORT_H
#define TESTS_TBM_SUPPORT_H

#include <kapitza/tebd.h>

#include "support/check.h"
#include "support/ed.h"

enum { MOST_SITES = 256 };

/* Storage for one profile. */
typedef struct {
    double energy[MOST_SITES], current[MOST_SITES], link[MOST_SITES], magnetization[MOST_SITES],
        spin_current[MOST_SITES], entropy[MOST_SITES];
} profile;

static inline kz_lattice_profile profile_view(profile *p)
{
    return (kz_lattice_profile){p->energy,        p->current,      p->link,
                                p->magnetization, p->spin_current, p->entropy};
}

/* Couplings of the two halves: bonds 0 ... L/2-1 left. */
static inline void couplings(double *delta, size_t L, double left, double right)
{
    for (size_t i = 0; i + 1 < L; i++)
        delta[i] = i < L / 2 ? left : right;
}

/* -1 on the left half, +1 on the right half. */
static inline void quench_scale(double *scale, size_t L)
{
    for (size_t i = 0; i + 1 < L; i++)
        scale[i] = i < L / 2 ? -1.0 : 1.0;
}

static inline double worst_of(const double *a, const double *b, size_t count, double worst)
{
    for (size_t i = 0; i < count; i++) {
        double difference = fabs(a[i] - b[i]);
        if (isnan(a[i]) && isnan(b[i])) continue;
        if (!(difference <= worst)) worst = isnan(difference) ? INFINITY : difference;
    }
    return worst;
}

/* Largest difference over all observables but the entropy; inf where only one is nan. */
static inline double profile_distance(const profile *a, const profile *b, size_t L)
{
    double worst = worst_of(a->energy, b->energy, L, 0.0);
    worst = worst_of(a->current, b->current, L, worst);
    worst = worst_of(a->link, b->link, L, worst);
    worst = worst_of(a->magnetization, b->magnetization, L, worst);
    return worst_of(a->spin_current, b->spin_current, L, worst);
}

static inline double entropy_distance(const profile *a, const profile *b, size_t L)
{
    return worst_of(a->entropy, b->entropy, L, 0.0);
}

/* Optimised fourth order, dt = 0.1. */
static inline kz_mps *evolved_domain_wall(size_t L, const double *delta, double cutoff, double t,
                                          int threads, double *truncation)
{
    kz_mps *mps;
    kz_tebd *tebd;
    kz_tebd_params params = kz_tebd_params_default();
    params.cutoff = cutoff;
    params.threads = threads;
    KZ_CHECK_OK(kz_mps_create_domain_wall(&mps, L));
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &params));
    KZ_CHECK_OK(kz_tebd_advance(tebd, 0.1, (size_t)lround(t / 0.1), NULL, NULL));
    if (truncation) *truncation = kz_tebd_truncation_total(tebd);
    kz_tebd_free(tebd);
    return mps;
}

/* kz_progress_fn that cancels now and then. */
static inline int stop_at_third(void *context, size_t done, size_t total)
{
    (void)context;
    assert_true(done < total);
    return done % 3 == 0;
}

#endif
