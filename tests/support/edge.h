/* One edge of a junction on its own. */
#ifndef KZ_TESTS_EDGE_H
#define KZ_TESTS_EDGE_H

#include "ghd/edge.h"
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
    kz_edge here = kz_test_edge(chain, thermal, reservoir, 0, 1, 1e-11);
    double rise = kz_test_edge(chain, above, reservoir, 0, 1, 1e-11).ray.energy_current -
                  kz_test_edge(chain, below, reservoir, 0, 1, 1e-11).ray.energy_current;
    KZ_CHECK_CLOSE(here.response[0][0], -rise / (2 * step), 3e-9);
    assert_true(here.response[0][0] > 0.01 && here.response_err[0][0] < 1e-9);
    return here;
}

#endif
