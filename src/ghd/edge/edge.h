/* The edge of a half: the ray zeta = 0 next to a thermal state; library-internal. */
#ifndef KZ_GHD_EDGE_EDGE_H
#define KZ_GHD_EDGE_EDGE_H

#include <stdbool.h>

#include <kapitza/ghd.h>

typedef struct {
    kz_ray ray;
    double energy_err;     /* of energy and energy current alone, as ray.err */
    double current_err[2]; /* of the currents of energy and spin: the former's has no magnetization
                            * in it; never above energy_err, ray.err */
    /* what leaves the thermal side changes by -response[a][b] dX_b, X = (beta, -mu), a = energy,
     * spin: src/ghd/edge/response.h */
    double response[2][2];
    double response_err[2][2];
    bool on_jump; /* the magnetization jumps on this ray (tail.h): no response */
} kz_edge;

/* One reservoir and the states beside it, one after the other.  Owns the reservoir's fillings, the
 * plans of its grid, and the last state, from which the next one starts: on the same grid, or on a
 * finer one where more digits are asked for.  One thread at a time.  What comes out depends, within
 * err, on what was asked before. */
typedef struct kz_edge_work kz_edge_work;

/* thermal: the side of the thermal states, KZ_LEFT or KZ_RIGHT of ghd/level/level.h.
 * charges 1: the response of the energy alone, the rest is 0. */
KZ_CHECK_RESULT kz_status kz_edge_work_create(kz_edge_work **out, kz_chain chain,
                                              const kz_state *reservoir, int thermal, int charges);
void kz_edge_work_free(kz_edge_work *work);

/* Grids as fine and wide as for magnetized states: currents far below 1 are better than what is
 * asked of them. */
void kz_edge_work_keep_digits(kz_edge_work *work);

/* tol is asked of the energy current alone, whose error is current_err[0], where the rest costs
 * more: at Delta = 1, -1. */
void kz_edge_work_ask_current(kz_edge_work *work);

/* The edge beside `state`, thermal or one of its limits, which answer with 0.  The last one is
 * remembered and not solved again.  KZ_ETOL is no failure here: out->ray.err tells.
 * Returns KZ_EINVAL, KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_edge_solve(kz_edge *out, kz_edge_work *work, const kz_state *state,
                                        double tol);

#endif
