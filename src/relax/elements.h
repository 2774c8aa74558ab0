/* Spectral elements on an interval; library-internal.
 *
 * Gauss-Lobatto-Legendre nodes in every element, neighbours share their end.  Lumped mass (the
 * weights) and the stiffness of -d^2/dx^2, whose rows sum to 0 exactly so that what the elements
 * hold changes by what crosses the ends alone. */
#ifndef KZ_RELAX_ELEMENTS_H
#define KZ_RELAX_ELEMENTS_H

#include <stddef.h>

#include <kapitza/status.h>

typedef struct {
    size_t degree, count, n; /* n = count * degree + 1 nodes */
    double *x, *weight;      /* [n] ascending; sum of weights = length */
    double *size;            /* [count] */
    double *stiffness;       /* [degree + 1][degree + 1] on [-1, 1]; divide by size/2 */
    double *barycentric;     /* [degree + 1] of the interpolation between the nodes */
} kz_elements;

/* Elements between the breaks [count + 1], ascending; degree >= 1.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_elements_create(kz_elements *out, const double *breaks, size_t count,
                                             size_t degree);
void kz_elements_free(kz_elements *e);

/* out <- K u, both [n]; must not overlap. */
void kz_elements_apply(double *out, const kz_elements *e, const double *u);

/* Value at x of the polynomials through u [n]; x outside counts as the end. */
double kz_elements_value(const kz_elements *e, const double *u, double x);

#endif
