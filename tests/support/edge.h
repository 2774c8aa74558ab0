/* One edge of a junction on its own. */
#ifndef KZ_TESTS_EDGE_H
#define KZ_TESTS_EDGE_H

#include "ghd/edge/edge.h"
#include "ghd/level/level.h"
#include "support/check.h"

/* `thermal` against a reservoir; side: where the thermal state is. */
static inline kz_edge kz_test_edge(kz_chain chain, kz_state thermal, kz_state reservoir, int side,
                                   int charges, double tol)
{
    kz_edge_work *work;
    kz_edge edge = {.energy_err = NAN};
    KZ_CHECK_OK(kz_edge_work_create(&work, chain, &reservoir, side, charges));
    KZ_CHECK_OK(kz_edge_solve(&edge, work, &thermal, tol));
    kz_edge_work_free(work);
    return edge;
}

/* Response of the energy current to beta of the thermal state, on the left, against central
 * differences of currents good to 1e-13: h^2/6 f''' and 1e-13/h. */
static inline kz_edge kz_check_edge_response(kz_chain chain, kz_state thermal, kz_state reservoir)
{
    const double step = 3e-4;
    kz_state above = thermal, below = thermal;
    above.beta += step;
    below.beta -= step;
    kz_edge here = kz_test_edge(chain, thermal, reservoir, KZ_LEFT, 1, 1e-11);
    double rise = kz_test_edge(chain, above, reservoir, KZ_LEFT, 1, 1e-11).ray.energy_current -
                  kz_test_edge(chain, below, reservoir, KZ_LEFT, 1, 1e-11).ray.energy_current;
    KZ_CHECK_CLOSE(here.response[0][0], -rise / (2 * step), 3e-9);
    assert_true(here.response[0][0] > 0.01 && here.response_err[0][0] < 1e-9);
    return here;
}

/* All four responses of two charges against differences of currents over four points: h^4 f, 1e-10
 * for smooth ones, and their errors over h.  side: where the thermal state is. */
static inline kz_edge kz_check_edge_responses(kz_chain chain, kz_state thermal, kz_state reservoir,
                                              int side, double tol)
{
    static const double weight[4] = {1, -8, 8, -1};
    const double step = 3e-3, outwards = side == KZ_LEFT ? -1 : 1;
    kz_edge_work *work;
    kz_edge here;
    KZ_CHECK_OK(kz_edge_work_create(&work, chain, &reservoir, side, 2));
    KZ_CHECK_OK(kz_edge_solve(&here, work, &thermal, 1e-10));
    for (int b = 0; b < 2; b++) {
        double slope[2] = {0};
        for (int k = 0; k < 4; k++) {
            double x = (k < 2 ? k - 2 : k - 1) * step;
            kz_edge there;
            kz_state state = kz_state_thermal(thermal.beta + (b ? 0 : x), thermal.mu - (b ? x : 0));
            KZ_CHECK_OK(kz_edge_solve(&there, work, &state, 1e-10));
            slope[0] += weight[k] * there.ray.energy_current / (12 * step);
            slope[1] += weight[k] * there.ray.spin_current / (12 * step);
        }
        for (int a = 0; a < 2; a++) {
            KZ_CHECK_CLOSE(here.response[a][b], outwards * slope[a], tol);
            assert_true(fabs(here.response[a][b]) > 0.02 && here.response_err[a][b] < 0.1 * tol);
        }
    }
    assert_false(here.on_jump);
    kz_edge_work_free(work);
    return here;
}

#endif
