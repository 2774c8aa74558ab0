/* One state of a bipartition of the isotropic chain on the nodes of a level; library-internal. */
#ifndef KZ_GHD_ISOTROPIC_SIDE_H
#define KZ_GHD_ISOTROPIC_SIDE_H

#include "ghd/isotropic/modes.h"
#include "tba/isotropic/response.h"

/* A state of Delta = 1, with what does not depend on the grid. */
typedef struct {
    kz_state state;
    double sea, sea_err; /* B: where |lambda| < B, string 1 is full; 0: nowhere */
} kz_isotropic_state;

/* Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_state_create(kz_isotropic_state *out, const kz_state *state);

typedef struct {
    double *hole;    /* [N*M] D; of string 1 outside its sea */
    double *closing; /* [M*M] s*z_{N+1} = closing z_N + polarisation where all n > N are here */
    double *weight;  /* [2M] dl/dy of what closes there (tba/isotropic/system.h), */
    double *log_b;   /* [2M] and y */
    double mu;       /* of a thermal state, else 0 */
    bool undirected; /* all spins one way or the other: the ceiling */
    double *polarisation; /* [M] of dx_N/dmu; m = int polarisation D_N rho^t_N */
    /* derivatives of these by beta and mu; NULL: not wanted */
    double *hole_by[2], *closing_by[2], *polarisation_by[2];
    kz_isotropic_far far; /* far out, where all n > N are here */
} kz_isotropic_side;

/* Room for N rows of M nodes and the derivatives by as many charges; kz_isotropic_side_free() also
 * after a failure. */
KZ_CHECK_RESULT kz_status kz_isotropic_side_create(kz_isotropic_side *out, int rows, int count,
                                                   int charges);
void kz_isotropic_side_free(kz_isotropic_side *side);

/* Fills it, but for `far`, with a state, without its sea.
 *  p, r  in/out: the equations on these nodes, left at this state; where there are derivatives,
 *        with its responses
 *  from  a thermal state next to it, which p and r were left at with responses; NULL: none
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_side_set(kz_isotropic_side *side, kz_isotropic *p,
                                                kz_isotropic_responses *r, const kz_state *state,
                                                const kz_state *from);

/* Weight, closing and polarisation only, from p->weight, and their derivatives there is room for by
 * r->y[k]; r NULL: without them.
 * Returns KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_side_close(kz_isotropic_side *side, kz_isotropic *p,
                                                  const kz_isotropic_responses *r);

#endif
