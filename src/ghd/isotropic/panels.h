/* Integrals over intervals of the isotropic chain's line; library-internal.
 *
 * The circle of circle.h does not resolve a jump: kernels, which are narrow there, do not
 * damp what a projected jump leaves far out.  But on either side of it things are smooth, and
 * Gauss-Legendre nodes on short panels, on which they stand by their interpolation on the circle,
 * integrate them against s.  An interval may end at infinity. */
#ifndef KZ_GHD_ISOTROPIC_PANELS_H
#define KZ_GHD_ISOTROPIC_PANELS_H

#include <stdbool.h>

#include "ghd/isotropic/circle.h"
#include "ghd/ray/region.h"

/* Beyond this |lambda| strings of a ray change sides from node to node: what they carry there is of
 * the order of its -3rd power. */
#define KZ_ISOTROPIC_REACH 60.0

enum { KZ_PANEL_POINTS = 10 };

/* An interval of lambda in one row; tag: the owner's. */
typedef struct {
    int row, tag;
    double from, to;
} kz_isotropic_span;

/* A list of them, ascending in row; zero is none. */
typedef struct {
    double steps; /* of the circle in a panel at most, where functions vary from node to node; 0:
                   * any number */
    kz_isotropic_span *span;
    size_t count, room;
} kz_isotropic_spans;

/* An empty interval is left out.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_spans_add(kz_isotropic_spans *spans, int row, int tag,
                                                 double from, double to);
void kz_isotropic_spans_free(kz_isotropic_spans *spans);

/* One panel: columns from ... from + count - 1 of the circle are in its matrices, those of `at`
 * past its last one from its first on. */
typedef struct {
    int tag, nodes; /* nodes: of the circle */
    int at_from, at_count, kernel_from, kernel_count;
    double lambda[KZ_PANEL_POINTS], length[KZ_PANEL_POINTS];
    double factor[KZ_PANEL_POINTS]; /* of all that is integrated, 1 at first */
    double *at;     /* [POINTS*at_count] values at the nodes from those on the circle */
    double *kernel; /* [POINTS*kernel_count] length s(lambda_i - lambda) */
} kz_isotropic_panel;

typedef struct {
    int *first; /* [rows+1] of each row's panels; NULL: none yet */
    kz_isotropic_panel *panel;
    double *numbers; /* all matrices */
    size_t panels_room, numbers_room;
} kz_isotropic_panels;

/* Those of some spans, in place of what was there; zero at first.  KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_panels_set(kz_isotropic_panels *panels,
                                                  const kz_isotropic_circle *circle, int rows,
                                                  const kz_isotropic_spans *spans);
void kz_isotropic_panels_clear(kz_isotropic_panels *panels, int rows);
void kz_isotropic_panels_free(kz_isotropic_panels *panels);

/* Panels of a row; count may be 0. */
const kz_isotropic_panel *kz_isotropic_panels_of(int *count, const kz_isotropic_panels *panels,
                                                 int f);

/* q at the nodes of a panel. */
void kz_isotropic_panel_evaluate(double value[KZ_PANEL_POINTS], const kz_isotropic_panel *panel,
                                 const double *q);

/* Adds s * q to out [M], and q projected (below), of a function by its values there. */
void kz_isotropic_panel_convolve(double *out, const kz_isotropic_panel *panel,
                                 const double value[KZ_PANEL_POINTS]);
void kz_isotropic_panel_project(double *out, const kz_isotropic_panel *panel,
                                const kz_isotropic_circle *circle,
                                const double value[KZ_PANEL_POINTS]);

/* The functions q + tag * apart, [M] each, on the panels of row f that have these tags:
 * out [M] = s * q, false: there are no panels; int factor q, factor [M], NULL: 1; and what the
 * nodes of the circle get in place of q where only its modes count, added to out [M]. */
bool kz_isotropic_panels_convolve(double *out, const kz_isotropic_panels *panels, int M, int f,
                                  const double *q, size_t apart);
double kz_isotropic_panels_integrate(const kz_isotropic_panels *panels, int f, const double *q,
                                     size_t apart, const double *factor);
void kz_isotropic_panels_project(double *out, const kz_isotropic_panels *panels,
                                 const kz_isotropic_circle *circle, int f, const double *q,
                                 size_t apart);

/* w tan theta; infinite at +-pi/2. */
double kz_isotropic_rapidity(const kz_isotropic_circle *circle, double theta);

/* Where a row of some d is positive: values times 1/cos^2 theta at the nodes, and their
 * half-complex coefficients.  Nowhere resolved: nowhere.  KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_isotropic_circle_region(kz_region *out,
                                                     const kz_isotropic_circle *circle,
                                                     const double *nodal,
                                                     const double *coefficients);

#endif
