/* The edge of a half: the ray zeta = 0 next to a thermal state; library-internal. */
#ifndef KZ_GHD_EDGE_H
#define KZ_GHD_EDGE_H

#include <kapitza/ghd.h>

typedef struct {
    kz_ray ray;
    double energy_err;  /* of energy and energy current alone, as ray.err */
    double current_err; /* of the currents that are wanted: never above energy_err or ray.err */
    /* what leaves the thermal side changes by -response[a][b] dX_b, X = (beta, -mu), a = energy,
     * spin: src/ghd/response.h */
    double response[2][2];
    double response_err; /* of each number */
} kz_edge;

/* Ray zeta = 0 of the bipartition, one side of which (`thermal`: KZ_LEFT or KZ_RIGHT of
 * ghd/level.h) is a thermal state, and its response.  charges 1: the energy's alone.
 * KZ_ETOL is no failure here: out->ray.err tells. */
KZ_CHECK_RESULT kz_status kz_edge_solve(kz_edge *out, kz_bipartition *bipartition, int thermal,
                                        int charges, const kz_options *options);

#endif
