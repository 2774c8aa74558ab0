/* Where the velocities of a ray state cross zeta; library-internal. */
#ifndef KZ_GHD_RAY_CROSSING_H
#define KZ_GHD_RAY_CROSSING_H

#include <kapitza/status.h>

#include "ghd/ray/region.h"
#include "tba/grid/convolution.h"

/* One row of d = (v - zeta) rho^t: nodal values, and the coefficients of its smooth part; the
 * first row also has the source s (limit tanh(P lambda) - zeta). */
typedef struct {
    const kz_convolution *full;
    const double *nodal;        /* [n] */
    const double *coefficients; /* [n] */
    bool has_source;
    double zeta;
    double noise;             /* values below this carry no sign */
    const double *node_noise; /* [n] and at a node below this; NULL: nothing more */
    double leak; /* the same at the ends of the window, fading inwards like e^{-distance}: through
                  * the periodic boundary each end sees the tail of the other */
    const double *beside; /* [n] D d of the neighbouring rows, summed: between the nodes values are
                           * sums of it over them (relative.h); NULL: of the coefficients */
} kz_mismatch;

/* To be called before what follows where there may be patches: there a coefficient is that of one
 * patch, which has no more than its part of d.  Interpolates the nodal values, source and all, into
 * scratch [n], which is borrowed. */
void kz_mismatch_prepare(kz_mismatch *d, double *scratch);

/* v - zeta of the sources, to its own accuracy also where zeta is next to +-limit. */
double kz_mismatch_speed(const kz_form *form, double lambda, double zeta);

/* Source of d in the first row. */
double kz_mismatch_source(const kz_form *form, double lambda, double zeta);

void kz_mismatch_evaluate(double *value, double *slope, const kz_mismatch *d, double lambda);

/* The set {d > 0}; both members of a pair of crossings between neighbouring nodes are found, in a
 * closed form also between the last node and the first one.  A row that is nowhere resolved gives
 * the empty set.
 * Returns KZ_ENOCONV for more than KZ_EDGES_MAX crossings. */
KZ_CHECK_RESULT kz_status kz_mismatch_region(kz_region *region, const kz_mismatch *d);

#endif
