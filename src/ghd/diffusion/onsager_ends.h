/* Where integrals over the whole line end in the sum for the spin Onsager coefficient;
 * library-internal.
 *
 * The dressed kernel is known with the period 2 window.  At lambda' = -L the image of its peak at
 * y is e^{-2 (2 window - L - y)}, and there densities C of onsager_rows.h have grown to e^{2 L}:
 * the integral over lambda' is therefore faded out well before the window's ends, the more so on
 * the side where y is not,
 *
 *     -window . . \_______________________|____________________/ . window
 *                                         0     y
 *
 * What is faded out, a e^{-2 lambda'} + b e^{-4 lambda'}, is known from two nodes on each side.
 *
 * In y the integral then falls as (a + b y) e^{-2 y} + c e^{-3 y} + (d + e y) e^{-4 y}: each
 * lambda' between 0 and y has the same share in b, and where v - v(inf) of a row begins with
 * e^{-4 lambda'}, its crossings with other rows lie at lambda' = y/2, hence c. */
#ifndef KZ_GHD_DIFFUSION_ONSAGER_ENDS_H
#define KZ_GHD_DIFFUSION_ONSAGER_ENDS_H

#include <stdbool.h>
#include <stddef.h>

#include <kapitza/status.h>

/* Nodes at either end that what is beyond is read off. */
enum { KZ_INNER_END = 2, KZ_OUTER_END = 5 };

/* Weights of the nodes lambda_k = (k + 1/2) spacing and -lambda_k, with period 2 half spacing. */
typedef struct {
    size_t half;
    double spacing;
    double *weight[2];              /* [half] of lambda_k, of -lambda_k */
    size_t node[2][KZ_INNER_END];   /* by which the integral goes on */
    double beyond[2][KZ_INNER_END]; /* and their weights in what is beyond */
} kz_onsager_ends;

/* All weights 1, nothing beyond: those of a circle.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_onsager_ends_create(kz_onsager_ends *out, size_t half, double spacing);
void kz_onsager_ends_free(kz_onsager_ends *ends);

/* Those of the line for the outer rapidity y >= 0. */
void kz_onsager_ends_set(kz_onsager_ends *ends, double y);

/* Where the outer integral goes on by its law: up to there the inner one is good. */
double kz_onsager_cut(double window);

/* Rapidities at and below `cut`, and their weights in the integral from there to infinity.
 * KZ_ESING. */
KZ_CHECK_RESULT kz_status kz_onsager_outer_end(double y[KZ_OUTER_END], double weight[KZ_OUTER_END],
                                               double cut);

#endif
