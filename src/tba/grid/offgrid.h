/* Trigonometric sums at places that no grid has; library-internal.
 *
 * Points are spread over their neighbours on a circle of G >= 4 modes nodes by a smooth window of
 * compact support, and one FFT does the rest: the window's own transform divides out.  Exact to a
 * few roundings of the largest value, at WIDTH operations a point in place of one a mode. */
#ifndef KZ_TBA_GRID_OFFGRID_H
#define KZ_TBA_GRID_OFFGRID_H

#include <stddef.h>

#include "tba/grid/transform.h"

typedef struct {
    size_t modes;    /* sums have m = 0 ... modes */
    size_t nodes;    /* G of the circle */
    double *inverse; /* [modes + 1] 1/(transform of the window) */
    double *circle;  /* [G + WIDTH] scratch; what is beyond G stands for the beginning */
    kz_transform *transform;
    size_t count, room; /* points */
    size_t *first;      /* [room] node of the first neighbour */
    double *weight;     /* [room*WIDTH] of the neighbours */
} kz_offgrid;

/* Zero `*offgrid` before; kz_offgrid_free() also after a failure. */
KZ_CHECK_RESULT kz_status kz_offgrid_create(kz_offgrid *offgrid, size_t modes);
void kz_offgrid_free(kz_offgrid *offgrid);

/* Points at `factor * lambda` [count], angles.  Returns KZ_ENOMEM, without points. */
KZ_CHECK_RESULT kz_status kz_offgrid_place(kz_offgrid *offgrid, const double *lambda, size_t count,
                                           double factor);

/* out_q = sum_{m=0}^{n-1} (cosines_m cos(m theta_q) + sines_m sin(m theta_q)), [n] each, n <= modes
 * + 1; NULL: none of them. */
void kz_offgrid_evaluate(double *out, kz_offgrid *offgrid, const double *cosines,
                         const double *sines, size_t n);

/* cosines_m = sum_q f_q cos(m theta_q), sines_m likewise, m = 0 ... n-1; NULL: not wanted. */
void kz_offgrid_collect(double *cosines, double *sines, size_t n, kz_offgrid *offgrid,
                        const double *f);

#endif
