/* The string of a state that does not stand on the grid, for rays; library-internal.
 *
 * The string of a ground state in a field and that with the Fermi point of a cold state
 * (fillings.h) have weights that change within T/|eps'| around +-point.  As with the edges of a
 * region (region.h) it is their projection on the modes of the grid that counts: D times anything
 * smooth, and its convolution, are as exact as without a step.  Part of a sea, where a ray has the
 * other state beyond an edge, is projected likewise, whether the edge cuts through what is thermal
 * or not. */
#ifndef KZ_GHD_LEVEL_SEA_H
#define KZ_GHD_LEVEL_SEA_H

#include "tba/fillings.h"

/* What of the string is summed: its part of D, or theta (1 - theta). */
typedef enum { KZ_SEA_HOLES, KZ_SEA_FLUCTUATIONS, KZ_SEA_PARTS } kz_sea_part;

typedef struct {
    int row;             /* -1: every string stands on the grid */
    double point, jump;  /* of D inside |lambda| < point */
    double polarisation; /* of M per D: +1 or -1 in the last row, else 0 */
    /* what is thermal: panels on lambda > 0, none for a ground state */
    size_t panels, count;
    double *end;                    /* [panels + 1] */
    double *lambda, *weight, *x;    /* [count]: X where D is [X > 0] but for T */
    double drive, shift;            /* X = drive s + series + shift; */
    double *series;                 /* [n] its coefficients, lambda from 0 */
    double *whole[KZ_SEA_PARTS][2]; /* [n] coefficients of all that is thermal at lambda < 0, > 0 */
} kz_sea;

void kz_sea_free(kz_sea *sea);

/* The sea of a state on the grid of `full`, KZ_FULL. */
KZ_CHECK_RESULT kz_status kz_sea_create(kz_sea *sea, const kz_fillings *fillings,
                                        const kz_convolution *full);

/* Adds what of the sea lies in [from, to] to half-complex coefficients [n]. */
void kz_sea_add(double *coefficients, const kz_sea *sea, kz_sea_part part,
                const kz_convolution *full, double from, double to);

/* Its part of D at one rapidity. */
double kz_sea_hole(const kz_sea *sea, const kz_convolution *full, double lambda);

#endif
