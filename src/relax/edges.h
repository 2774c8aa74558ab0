/* States beside an edge of the junction as functions of its temperature; library-internal.
 *
 * A right half: the edge at x = 0 sends thermal(beta) in, the reservoir comes towards it, and next
 * to the edge stands the ray zeta = 0 of "thermal(beta) | reservoir".  Left halves are its mirror
 * image. */
#ifndef KZ_RELAX_EDGES_H
#define KZ_RELAX_EDGES_H

#include <kapitza/ghd.h>

#include "tba/closure.h"
#include "tba/grid/convolution.h"

/* On the nodes lambda_k of `grid` with twice the nodes, all rows: [rows*n]. */
typedef struct {
    kz_grid grid; /* on which the rays are resolved */
    int rows;
    bool closed; /* lambda has a period, and strings go on beyond the rows (tba/closure.h) */
    size_t n;
    double first, step; /* lambda_k = first + k step */
    double from, to;    /* of asinh(beta) */
    int terms;          /* Chebyshev coefficients in asinh(beta) */
    double *hole;       /* [terms][rows*n] weights D of the thermal state */
    double *flux;       /* [terms][rows*n] v rho^t next to the edge */
    double *reservoir;  /* [rows*n] weights D of the reservoir */
    double *density;    /* [rows*n] largest rho^t of all edges */
    double *background; /* [rows] hole weights at infinite rapidity, mean of all */
    double *depth;      /* [terms] closed: ln t of the thermal state's closure */
    kz_closure reservoir_closure;
    double err; /* of currents, and of the series */
} kz_edges;

/* For low <= beta <= high.  Returns KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_edges_create(kz_edges **out, kz_chain chain, const kz_state *reservoir,
                                          double low, double high, double tol);
void kz_edges_free(kz_edges *edges);

/* Either array at beta: out [rows*n]. */
void kz_edges_at(double *hole, double *flux, const kz_edges *edges, double beta);

/* Where closed, of the thermal state. */
kz_closure kz_edges_closure(const kz_edges *edges, double beta);

#endif
