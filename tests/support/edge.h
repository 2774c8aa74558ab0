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

#endif
