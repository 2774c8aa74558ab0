/* Grids in rapidity and the convolutions of the local form on them; library-internal.
 *
 * Nodes lambda_k = (k + 1/2) h (+ -window for KZ_FULL), so that half and full grids share the
 * positive nodes.  Transforms act on `rows` rows of n reals, in place (transform.h):
 *   KZ_EVEN  half line, even functions      cosine coefficients
 *   KZ_ODD   half line, odd functions       sine coefficients
 *   KZ_FULL  whole line, n = 2 * half       real Fourier coefficients (half-complex order)
 * The period is 2 * window, the frequency of mode m is pi m / window.
 *
 * A KZ_FULL grid may have patches of finer nodes (zoom.h).  Rows then hold the nodes, or the modes,
 * of one patch after the other. */
#ifndef KZ_TBA_GRID_CONVOLUTION_H
#define KZ_TBA_GRID_CONVOLUTION_H

#include <stdbool.h>
#include <stddef.h>

#include "tba/form.h"
#include "tba/grid/transform.h"
#include "tba/grid/zoom.h"

typedef struct {
    kz_chain chain;
    size_t half;   /* nodes on lambda > 0 */
    double window; /* half width of the rapidity window; pi/2 where |Delta| > 1 */
    int order;     /* strings in rows where |Delta| > 1; else not read */
    bool split;    /* the Fermi point of a cold state is taken apart (fermi_edge.h) */
} kz_grid;

/* Spacing window / half. */
double kz_grid_spacing(const kz_grid *grid);

/* The form of the chain, with the grid's rows.  KZ_EINVAL as those of form.h. */
KZ_CHECK_RESULT kz_status kz_grid_form(kz_form *out, const kz_grid *grid);

/* Nodes expected to bring a measured error e^{-c half} down to `wanted`: between 1.2 and 2 times
 * as many. */
size_t kz_grid_finer(size_t half, double measured, double wanted);

/* Same spacing (or a little less), window larger by `extra`. */
kz_grid kz_grid_widen(kz_grid grid, double extra);

/* Number of nodes on lambda > 0 with a fast transform, >= n. */
size_t kz_grid_fast_size(size_t n);

typedef struct {
    kz_grid grid;
    kz_form form;
    kz_parity parity;
    int rows;          /* of the form */
    size_t n;          /* nodes per row */
    double *lambda;    /* [n] nodes */
    double *source;    /* [n] s_0(lambda) */
    double *frequency; /* [n] of each coefficient */
    /* [n] weight of a node in sums over lambda, and what it stands for among those of
     * kz_convolution_node(), in spacings of the grid: 1 but where there are patches */
    double *share, *width;
    /* Fourier symbols / normalisation of forward o backward */
    double *symbol; /* [blocks*n] of s_b */
    double *link;   /* [blocks*n] of d_b; the last block has none: 0 */
    double norm;    /* forward o backward = norm */
    kz_transform *transform;
    kz_zoom *zoom; /* NULL: no patches, and all nodes as far apart */
} kz_convolution;

KZ_CHECK_RESULT kz_status kz_convolution_create(kz_convolution **out, kz_grid grid,
                                                kz_parity parity);

/* With the patches of `zoom`, which it owns from then on, also if it fails; the grid is that of the
 * zoom's line. */
KZ_CHECK_RESULT kz_status kz_convolution_create_zoomed(kz_convolution **out, kz_grid grid,
                                                       kz_zoom *zoom);
void kz_convolution_free(kz_convolution *convolution);

/* Nodes at equal distances: all of them, or those of one patch. */
typedef struct {
    size_t start, n; /* in a row */
    double first, spacing;
} kz_part;

int kz_convolution_parts(const kz_convolution *convolution);
kz_part kz_convolution_part(const kz_convolution *convolution, int part);

/* Nodes by rapidity, of the finest patch at each of them: how many, and the index of each. */
static inline size_t kz_convolution_nodes(const kz_convolution *convolution)
{
    return convolution->zoom ? convolution->zoom->nodes : convolution->n;
}

static inline size_t kz_convolution_node(const kz_convolution *convolution, size_t i)
{
    return convolution->zoom ? convolution->zoom->order[i] : i;
}

/* The node at lambda or next below it, of the finest patch there; the first or the last one beyond
 * the window. */
size_t kz_convolution_node_below(const kz_convolution *convolution, double lambda);

/* cos(m angle) and sin(m angle), m = 0 ... n-1, to a few roundings of the phase. */
void kz_phases_fill(double *restrict cosines, double *restrict sines, size_t n, double angle);

/* In place on [rows*n]; backward is not normalised.  Arrays must come from kz_alloc. */
void kz_convolution_forward(const kz_convolution *convolution, double *data);
void kz_convolution_backward(const kz_convolution *convolution, double *data);

/* Of a single row [n]. */
void kz_convolution_forward_row(const kz_convolution *convolution, double *row);
void kz_convolution_backward_row(const kz_convolution *convolution, double *row);

/* out = K in on coefficients (form.h). */
void kz_convolution_couple(double *restrict out, const kz_convolution *convolution,
                           const double *restrict in);

/* Coefficients [rows*n] of smooth functions on the grid `from`, copied to the grid `to` of the same
 * parity, rows, window and patches (or without patches): spectral interpolation, or, to fewer
 * nodes, projection. */
void kz_convolution_refine(double *restrict out, const kz_convolution *to,
                           const double *restrict in, const kz_convolution *from);

#endif
