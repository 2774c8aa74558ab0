/* Shared by the tests of divided chains: cases and their states. */
#ifndef TESTS_TBM_DIVIDED_H
#define TESTS_TBM_DIVIDED_H

#include "tbm/divided/divided.h"

#include <stdlib.h>
#include <string.h>

#include "support/team.h"
#include "tests/tbm/stream.h"
#include "tests/tbm/support.h"

enum { STREAM_SIZE = 1 << 21, LONGEST = 40 };

typedef struct {
    size_t length;
    bool purified;
    kz_tebd_params params;
    double dt;
    size_t steps;
} chain_case;

static inline void fill_couplings(double *delta, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++)
        delta[i] = 0.9 - 0.17 * (double)i; /* no symmetry */
}

/* Up, down, down, up, ... is entangled everywhere at once, and no mirror image of itself. */
static inline kz_mps *make_state(const chain_case *c)
{
    kz_mps *mps;
    double delta[LONGEST], beta[LONGEST], mu[LONGEST];
    bool up[LONGEST];
    fill_couplings(delta, c->length);
    for (size_t i = 0; i < c->length; i++) {
        up[i] = i % 3 == 0;
        beta[i] = 0.5 + 0.05 * (double)i;
        mu[i] = i < c->length / 2 ? 0.4 : -0.3;
    }
    if (c->purified) {
        kz_mps_thermal_params params = kz_mps_thermal_params_default();
        params.chi = 16;
        KZ_CHECK_OK(kz_mps_create_thermal(&mps, c->length, beta, mu, delta, &params));
    } else {
        KZ_CHECK_OK(kz_mps_create_product(&mps, c->length, up));
    }
    return mps;
}

static inline kz_tebd *make_evolution(kz_mps *mps, const chain_case *c)
{
    double delta[LONGEST];
    kz_tebd *tebd;
    fill_couplings(delta, c->length);
    KZ_CHECK_OK(kz_tebd_create(&tebd, mps, delta, &c->params));
    return tebd;
}

static inline chain_case spins(size_t length, size_t chi)
{
    chain_case c = {.length = length, .params = kz_tebd_params_default(), .dt = 0.15, .steps = 12};
    c.params.chi = chi;
    c.params.cutoff = 1e-8;
    return c;
}

#endif
