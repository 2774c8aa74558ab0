/* Purification of the infinite homogeneous chain, a unit cell of two sites; internal.
 *
 * The state is the vector of exp(-(beta H - mu S^z)/2): spins cooled from beta = 0, ancillas at
 * rest.  Gates of imaginary time spoil the canonical form, so that the Schmidt values are none and
 * expectation values take the fixed points of the transfer matrix. */
#ifndef KZ_TBM_THERMAL_CELL_H
#define KZ_TBM_THERMAL_CELL_H

#include <stdint.h>

#include "tbm/mps/mps.h"
#include "tbm/work.h"

typedef struct {
    kz_mps *mps;       /* the two sites; bond 2 is bond 0, the same memory */
    kz_mps_bond spare; /* what bond 2 was made with */
    int first;         /* 1: the cell begins with its second site */
    double delta;
    double beta;      /* reached */
    uint64_t updates; /* done */
    kz_work work;
} kz_cell;

/* beta = 0, magnetization tanh(mu/2)/2. */
KZ_CHECK_RESULT kz_status kz_cell_create(kz_cell **out, double delta, double mu);
void kz_cell_free(kz_cell *cell);

/* Cools (or heats, step < 0) by steps * step in beta with at most chi Schmidt values; none is given
 * up below that bound but for rounding.  KZ_EDOMAIN, KZ_ENOCONV, KZ_ENOMEM: the cell is spoilt. */
KZ_CHECK_RESULT kz_status kz_cell_cool(kz_cell *cell, double step, size_t steps, size_t chi);

/* Three sites in the middle of the chain, averaged over both places in the cell and mirrored, both
 * of which are symmetries that the splitting into layers hides.
 *  rho     out [8][8] as kz_mps_density()
 *  spread  out  largest difference of an element before averaging */
KZ_CHECK_RESULT kz_status kz_cell_density(double complex rho[8][8], double *spread,
                                          const kz_cell *cell);

#endif
