/* One point of an inversion on true states; library-internal. */
#ifndef KZ_TABLE_SEARCH_H
#define KZ_TABLE_SEARCH_H

#include "table/invert.h"
#include "table/states.h"

/* What all points of an inverter share. */
typedef struct {
    kz_chain chain;
    double tol;
    const kz_table *guess; /* borrowed; NULL: none */
    kz_boundary *boundary; /* made when it is first needed, as is */
    kz_table *magnons;     /* beta(e) of the isotropic ferromagnet where states are dear */
} kz_inverter_core;

/* Makes the boundary; several threads may ask at once. */
KZ_CHECK_RESULT kz_status kz_inverter_boundary(kz_inverter_core *inverter);

/* Accuracy of the states on the way. */
#define KZ_WAY_TOL 1e-4

/* Of e and m: least distance from the boundary of all states that counts. */
#define KZ_BOUNDARY_TOL 1e-12

/* One thread's states: those of the result, and those on the way. */
typedef struct {
    kz_states true_states, coarse;
} kz_inverter_states;

/* (beta, mu) of out->energy and out->magnetization, which is neither on the boundary of all states
 * to rounding nor outside the band.  Returns KZ_ETOL (*out is written), KZ_ENOCONV, KZ_ESING,
 * KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_inverter_search(kz_inverse *out, kz_inverter_states *states,
                                             kz_inverter_core *inverter);

#endif
