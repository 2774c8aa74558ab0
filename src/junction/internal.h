/* The junction object; library-internal. */
#ifndef KZ_JUNCTION_INTERNAL_H
#define KZ_JUNCTION_INTERNAL_H

#include <stdbool.h>

#include "junction/half.h"

enum { KZ_SCAN_POINTS = 35 };

/* Both currents at zeta = 0 over the whole range of beta, -inf ... inf. */
typedef struct {
    double x[KZ_SCAN_POINTS]; /* kz_half_scale(beta), increasing from -1 to 1 */
    double current[2][KZ_SCAN_POINTS];
    double err[2][KZ_SCAN_POINTS];
} kz_scan;

/* The root of R = 0.  J_L vanishes and rises at the left reservoir's beta, J_R vanishes and falls
 * at the right one's: the root lies between the two, and the reservoirs alone give the sign of J.
 */
typedef struct {
    double beta; /* common to both edges */
    double err;  /* of J_R - J_L there, what is left of it included */
} kz_common;

struct kz_junction {
    kz_half half[2]; /* KZ_SIDE_LEFT, KZ_SIDE_RIGHT */
    kz_law law;
    double *table; /* owned copy behind law */
    kz_options options;
    double reservoir[2]; /* beta of both, +-inf for ground state and ceiling */
    int direction;       /* sign of J for every R; 0: the reservoirs are in equilibrium */
    kz_scan scan;
    kz_common common; /* at the junction's own tolerance */
};

/* Fills the scan; KZ_ENOROOT unless J_L rises and J_R falls with beta throughout, which makes
 * every root unique on its branch. */
KZ_CHECK_RESULT kz_status kz_scan_run(kz_scan *scan, const kz_half half[2],
                                      const kz_options *options);

/* Root of R = 0 from currents at accuracy tol. */
KZ_CHECK_RESULT kz_status kz_junction_match_common(kz_common *out, const kz_junction *junction,
                                                   double tol);

/* Accuracy of the currents that the first attempt at any R asks for. */
double kz_junction_edge_tol(const kz_junction *junction);

/* KZ_ENOROOT with the reason `what` and the ranges of both currents over all beta. */
KZ_CHECK_RESULT kz_status kz_scan_no_root(const kz_scan *scan, const char *what);

/* One resistance at work. */
typedef struct {
    const kz_junction *junction;
    double resistance, tol; /* tol: of each current */
    kz_common common;       /* the root of R = 0 at this tol */
    kz_side unknown;
    bool clipped;  /* conductivity table left at the hot end, in the last evaluation */
    bool exact[2]; /* beta[side] follows from the reservoirs or the limit alone */
    double beta[2];
    kz_ray ray[2];
} kz_matching;

/* Derivatives of the edge's ray state at zeta = 0 by a difference quotient, for error bounds. */
typedef struct {
    double current; /* |dJ/dbeta|, rather too small than too large */
    double energy;  /* |de/dbeta|, rather too large */
} kz_slopes;

KZ_CHECK_RESULT kz_status kz_half_slopes(kz_slopes *out, const kz_half *half, double beta,
                                         const kz_ray *ray, double tol);

/* Writes err, and errors of both betas and edge states, of a point that is otherwise complete. */
KZ_CHECK_RESULT kz_status kz_matching_errors(kz_junction_point *out, const kz_matching *m);

/* Bound on what the error of an edge's beta does to the ray states of that half at any zeta. */
double kz_edge_influence(const kz_junction_point *point, kz_side side);

#endif
