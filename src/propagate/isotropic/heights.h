/* Height functions of Delta = 1 on one grid, and what its strings are cut off with;
 * library-internal.
 *
 * Where a profile has slopes, u(lambda) moves by t dv/dlambda per unit of rapidity, most near 0:
 * the grid has another width than the states' and more nodes.  Two rows follow those of the
 * strings: N, whose X is int s*z_{N+1} dx, and N + 1, whose X at node 0 is int z_N dlambda dx,
 * z = D rho^t. */
#ifndef KZ_PROPAGATE_ISOTROPIC_HEIGHTS_H
#define KZ_PROPAGATE_ISOTROPIC_HEIGHTS_H

#include "ghd/isotropic/circle.h"
#include "propagate/height_table.h"
#include "propagate/isotropic/states.h"

typedef struct {
    const kz_isotropic_states *states;
    int N, M;
    kz_tangent *nodes; /* [M] */
    kz_isotropic_circle circle;
    kz_height_table table; /* node k is lambda_k >= 0 */
    double *closure; /* [panels][2M'][KZ_PANEL_NODES] ln b, ln b' at the M' nodes of the states */
    double *refine;  /* [M*M'] from the nodes of the states, for functions with a limit */
    double *coarsen; /* [M'*M] back to them, for functions that fall as 1/lambda^2 */
} kz_isotropic_heights;

/* Nodes lambda = width tan(pi i/(2 half + 1)); degree as of kz_heights_create().
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_heights_create(kz_isotropic_heights **out,
                                                      const kz_isotropic_states *states,
                                                      double width, int half, size_t degree);
void kz_isotropic_heights_free(kz_isotropic_heights *heights);

/* Node of the table. */
static inline size_t kz_isotropic_folded(const kz_isotropic_heights *h, int i)
{
    return (size_t)(i < h->nodes->half ? h->nodes->half - i : i - h->nodes->half);
}

/* ln b and ln b' at x and their derivatives by x, y and slope [2M'], which is 0 beyond the panels.
 */
void kz_isotropic_heights_closure(double *y, double *slope, const kz_isotropic_heights *h,
                                  size_t piece, double x);

#endif
