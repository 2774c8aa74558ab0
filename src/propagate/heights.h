/* Height functions of an initial profile on one grid; library-internal.
 *
 * X = int rho^t dx, H = int D rho^t dx from the left end of the panels to x, for every row and
 * node: both are constant along characteristics (heights of all states and of the holes).
 *
 * Where the form is closed one more row says what ends them: its "nodes" are the Fourier modes k of
 * even functions, f = c_0 + 2 sum_k c_k cos(2 k lambda), its X and H those of int z_N dx and
 * int z_{N+1} dx, z = D rho^t, and its ln eta, of mode 0 only, the mean of L_N = ln(1 + eta_N). */
#ifndef KZ_PROPAGATE_HEIGHTS_H
#define KZ_PROPAGATE_HEIGHTS_H

#include "propagate/initial_states.h"

/* Rapidities +-lambda share their data: node k of the half line. */
typedef struct {
    const kz_initial_states *states;
    kz_convolution *full;
    size_t rows;    /* of the states, and the one that ends them */
    size_t half;    /* nodes on lambda > 0 */
    size_t degree;  /* highest coefficient in x that is used */
    double origin;  /* where X = H = 0 */
    double *series; /* [panels][rows][half][3][KZ_PANEL_NODES]: rho^t, D rho^t, ln eta */
    double *start;  /* [panels + pieces][rows][half][2]: X, H at the left end of each panel and
                     * at the right end of each piece */
    double *edge;   /* [pieces - 1][states->rows*n] X at the jump right of the piece, full grid */
    double *edge_coefficients; /* the same: coefficients of its smooth part */
} kz_heights;

KZ_CHECK_RESULT kz_status kz_heights_create(kz_heights **out, const kz_initial_states *states,
                                            size_t half, size_t degree);
/* Memory that such an object takes. */
double kz_heights_bytes(const kz_initial_states *states, size_t half);
void kz_heights_free(kz_heights *heights);

typedef struct {
    double X, H, rho, hole; /* hole = dH/dX = D */
} kz_height;

/* At x, for row f and node k of the half line, in one piece.  The row that ends them has rho and
 * hole in mode 0 only, and X and H up to the ends of the piece's panels. */
kz_height kz_heights_at(const kz_heights *h, size_t piece, int f, size_t k, double x);

/* The x with this X, and what belongs to it. */
kz_height kz_heights_invert(double *x, const kz_heights *h, size_t piece, int f, size_t k,
                            double X);

/* ln eta (last row: y) and mu at x. */
void kz_heights_filling(double *log_eta, double *mu, const kz_heights *h, size_t piece, int f,
                        size_t k, double x);

#endif
