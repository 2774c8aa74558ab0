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

struct kz_junction {
    kz_half half[2]; /* KZ_SIDE_LEFT, KZ_SIDE_RIGHT */
    kz_law law;
    double *table; /* owned copy behind law */
    kz_options options;
    kz_scan scan;
    double beta;    /* common inverse temperature at R = 0 */
    double current; /* and its current; 0 where it is below its error */
};

/* Fills the scan; KZ_ENOROOT unless J_L rises and J_R falls with beta throughout, which makes
 * every root unique on its branch. */
KZ_CHECK_RESULT kz_status kz_scan_run(kz_scan *scan, const kz_half half[2],
                                      const kz_options *options);

/* |dJ/dbeta| of one half by a difference quotient around a known current, for error bounds;
 * 0 at beta = +-inf. */
KZ_CHECK_RESULT kz_status kz_half_slope(double *slope, const kz_half *half, double beta,
                                        double current, double tol);

#endif
