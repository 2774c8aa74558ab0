/* What both inversions share; library-internal. */
#ifndef KZ_TABLE_INVERT_H
#define KZ_TABLE_INVERT_H

#include <stdbool.h>

#include "table/boundary.h"
#include "table/internal.h"

/* Jacobian of (e, m) with respect to (beta, mu), and the solution of J step = rest.  false where
 * it is singular to rounding. */
typedef struct {
    double e_b, e_u, m_b, m_u;
} kz_jacobian;

bool kz_jacobian_solve(double step[2], const kz_jacobian *j, double rest_e, double rest_m);
/* Bounds on |d beta|, |d mu| for errors of e and m up to these. */
void kz_jacobian_bound(double bound[2], const kz_jacobian *j, double err_e, double err_m);

/* Largest of |d|/max(1, |x|) over beta and mu. */
double kz_inverse_relative(const double d[2], double beta, double mu);

/* Solution at a node of the boundary or outside, of a failure. */
void kz_inverse_set_place(kz_inverse *out, kz_place place, double beta, double mu, double err);

/* One point of a grid table; edge where it lies beyond. */
void kz_table_invert_point(kz_inverse *out, const kz_table *table);

/* One energy at mu = 0 by a table of beta(e). */
void kz_table_invert_energy(kz_inverse *out, const kz_table *table);

/* |m| above 1/2 less this is fully polarised: beta is lost in rounding. */
#define KZ_POLARISED 1e-13

/* Result for a point on the boundary of the physical region, or outside. */
void kz_inverse_set_boundary(kz_inverse *out, kz_region_place place);

#endif
