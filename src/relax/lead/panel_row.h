/* One row of a half on its own panels in rapidity, and the coefficients of the grid;
 * library-internal.
 */
#ifndef KZ_RELAX_LEAD_PANEL_ROW_H
#define KZ_RELAX_LEAD_PANEL_ROW_H

#include "tba/grid/convolution.h"

typedef struct {
    size_t n, room;                                          /* nodes, and what is allocated */
    double *lambda, *weight, *source, *X, *H, *hole, *value; /* [n] */
    double *depth; /* [n] how far X is below what the reservoir ends at, < 0: above */
    double *basis; /* [n][modes]: kz_panel_row_basis() */
} kz_panel_row;

/* n nodes of a grid of `modes`; what the row held is lost where it has to grow. */
KZ_CHECK_RESULT kz_status kz_panel_row_reserve(kz_panel_row *row, size_t n, size_t modes);
void kz_panel_row_free(kz_panel_row *row);

/* The functions that the half-complex coefficients multiply, 1, 2 cos, -2 sin, at lambda: out [n of
 * the grid]. */
void kz_panel_row_basis(double *basis, const kz_convolution *c, double lambda);

/* Coefficients, as of kz_convolution_forward, of row->value, which is destroyed. */
void kz_panel_row_gather(double *out, const kz_panel_row *row, const kz_convolution *c);

/* Values at the nodes of coefficients as kz_convolution_backward takes them. */
void kz_panel_row_scatter(double *out, const kz_panel_row *row, const kz_convolution *c,
                          const double *coefficients);

#endif
