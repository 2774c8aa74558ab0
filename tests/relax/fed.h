/* A half that is fed at its edge, for tests. */
#ifndef KZ_TESTS_RELAX_FED_H
#define KZ_TESTS_RELAX_FED_H

#include "support/check.h"

#include <kapitza/ghd.h>

#include "ghd/edge/edge.h"
#include "ghd/level/level.h"
#include "relax/lead/lead.h"

/* Histories of beta. */
static inline double constant_edge(double t, void *context)
{
    (void)t;
    (void)context;
    return 1.2;
}

static inline double heated_edge(double t, void *context)
{
    (void)context;
    return 1.5 - 0.7 * (1 - exp(-t));
}

static inline double cooled_edge(double t, void *context)
{
    (void)context;
    return 0.8 + 0.7 * (1 - exp(-t));
}

/* Passes the temperature of a reservoir of beta = 2 at t = 0.6. */
static inline double passing_edge(double t, void *context)
{
    (void)context;
    return 2.4 - 0.9 * (1 - exp(-t));
}

/* As an edge starts that meets a flux. */
static inline double starting_edge(double t, void *context)
{
    (void)context;
    return 1.3 - 0.3 * sqrt(t) / (1 + sqrt(t));
}

typedef struct {
    kz_chain chain;
    kz_state reservoir;
    kz_emission_fn beta;
    kz_emission *emission;
    kz_lead *lead;
    double t, tol;
} fed_half;

static inline fed_half fed_half_create(kz_chain chain, kz_state reservoir, kz_emission_fn beta,
                                       double t, double tol)
{
    fed_half h = {chain, reservoir, beta, NULL, NULL, t, tol};
    KZ_CHECK_OK(kz_emission_create(&h.emission, chain, &reservoir, beta, NULL, t, 8, tol));
    KZ_CHECK_OK(kz_lead_create(&h.lead, h.emission, tol));
    return h;
}

static inline void fed_half_free(fed_half *h)
{
    kz_lead_free(h->lead);
    kz_emission_free(h->emission);
}

static inline kz_ray fed_half_at(const fed_half *h, double x, double t)
{
    kz_ray ray;
    KZ_CHECK_OK(kz_lead_at(&ray, h->lead, x, t));
    return ray;
}

/* The state zeta = 0 beside the edge. */
static inline kz_ray fed_half_edge(const fed_half *h, double t)
{
    kz_edge edge;
    kz_edge_work *work;
    kz_state state = kz_state_thermal(h->beta(t, NULL), 0);
    KZ_CHECK_OK(kz_edge_work_create(&work, h->chain, &h->reservoir, KZ_LEFT, 1));
    KZ_CHECK_OK(kz_edge_solve(&edge, work, &state, 1e-11));
    kz_edge_work_free(work);
    return edge.ray;
}

#endif
