/* Grids that are fine where a jump is, and transforms on them; library-internal.
 *
 * A jump of the hole weights leaves structure as narrow as the narrowest kernel, but only around
 * it.  The whole line therefore has few nodes; around the jumps lie patches of a third of the
 * spacing, in these again patches, until the finest ones resolve the structure.  Smooth cutoffs
 * chi_p, 1 in the core of patch p, share the line out: patch p integrates chi_p (1 - sum of those
 * of its children).  What is integrated there keeps its high frequencies, (1 - phi) of them, in the
 * periodic modes of the patch, while phi of them go down to its parent, on whose nodes they are
 * resolved.  Cutoffs in rapidity and in frequency are integrals of a window [barnett2019] that is
 * compact on one side and exponentially small beyond some width on the other.  An operator that is
 * diagonal in Fourier space so is diagonal in the modes of all patches; its kernel acts across
 * patches through their parents. */
#ifndef KZ_TBA_GRID_ZOOM_H
#define KZ_TBA_GRID_ZOOM_H

#include <stdbool.h>
#include <stddef.h>

#include "tba/grid/transform.h"

/* The smooth cutoff, from 0 to 1, by the digits it leaves: what it is in the other domain beyond
 * the width of its fall is e^{-shape}. */
enum { KZ_CUTOFF_TABLE = 1024 };

typedef struct {
    double shape;
    double value[KZ_CUTOFF_TABLE + 1], slope[KZ_CUTOFF_TABLE + 1]; /* from -1 to 1 */
} kz_cutoff;

void kz_cutoff_fill(kz_cutoff *cutoff, double shape);

/* Nodes of one patch are lambda = first + k spacing, k = 0 ... n-1. */
typedef struct {
    int parent;    /* its index, below that of the patch itself; -1: the whole line */
    size_t n;      /* nodes */
    size_t start;  /* of the patch in a row of nodes or modes */
    size_t origin; /* its first node, in nodes of its spacing from the first of the line */
    double spacing, first;
    double core[2];              /* chi = 1 between; nodes of any patch are beside */
    kz_transform *whole, *third; /* of n and n/3 nodes */
    double fall;                 /* over which it falls to 0, on either side */
    double *chi;                 /* [n] */
    double *share;         /* [n] chi (1 - sum of those of its children): of sums over lambda */
    size_t from, to;       /* nodes outside of which share is 1, and no child reaches */
    double *low;           /* [n/2 + 1] phi of each mode */
    double *rise;          /* [n/2 + 1] what a mode takes over of the parent's values */
    double *cosine, *sine; /* [n/2 + 1] of 2 pi m/n: the third node of three is the parent's */
} kz_patch;

typedef struct {
    int count;
    size_t n; /* of all patches */
    kz_patch *patch;
    size_t nodes, *order; /* of the finest patch at each rapidity, by rapidity: indices in a row */
    const kz_cutoff *cutoff; /* borrowed */
} kz_zoom;

/* Of all patches: scratch of transforms is on the stack. */
enum { KZ_ZOOM_NODES_MAX = 1 << 14, KZ_ZOOM_SPANS_MAX = 64 };

/* Intervals of jumps. */
typedef struct {
    double from, to;
} kz_span;

/* A line of n nodes on [-window, window) with `levels` levels of patches around the spans, which
 * are in order.  Spans whose patches would overlap share one.  Borrows the cutoff.
 * Returns KZ_EINVAL where patches do not fit into the window or have too many nodes, and for no
 * spans or more than KZ_ZOOM_SPANS_MAX. */
KZ_CHECK_RESULT kz_status kz_zoom_create(kz_zoom **out, size_t n, double window, int levels,
                                         const kz_span *span, int spans, const kz_cutoff *cutoff);
/* The same patches with half the spacings. */
KZ_CHECK_RESULT kz_status kz_zoom_refine(kz_zoom **out, const kz_zoom *zoom);
void kz_zoom_free(kz_zoom *zoom);

/* The finest patch whose core has lambda; 0: none has. */
int kz_zoom_patch_at(const kz_zoom *zoom, double lambda);

/* Whether a patch has a share of what is at lambda: none in the cores of its children. */
bool kz_zoom_has_share(const kz_zoom *zoom, int patch, double lambda);

/* Whether a patch is one of the finest, in which jumps may be. */
bool kz_zoom_is_finest(const kz_zoom *zoom, int patch);

/* In place on one row [zoom->n]: nodal values to modes, and back; modes of a patch have the scale
 * of an unnormalised backward transform.  kz_zoom_backward() gives true values where chi > 0, also
 * at nodes without a share, and 0 elsewhere. */
void kz_zoom_forward(const kz_zoom *zoom, double *row);
void kz_zoom_backward(const kz_zoom *zoom, double *row);

/* Of the nodal values of a row: modes of each patch, all of them, that sum up to the function in
 * its core. */
void kz_zoom_interpolate(double *modes, const kz_zoom *zoom, const double *row);

#endif
