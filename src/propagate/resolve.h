/* What a profile's panels hold, panels cut until it is resolved; library-internal. */
#ifndef KZ_PROPAGATE_RESOLVE_H
#define KZ_PROPAGATE_RESOLVE_H

#include "propagate/pieces.h"

/* What its owner stores of every panel. */
typedef struct {
    kz_profile *profile;
    double **slot; /* [profile->panels] each [numbers]; the owner's to free, after a failure too */
    size_t numbers;
    /* fills a panel's numbers; tail: what its series in x miss */
    kz_status (*solve)(double *tail, double *numbers, const kz_profile_panel *panel, void *context);
    void *context;
} kz_panel_store;

/* Fills all slots; panels whose tail is above tol are cut in two, down to a millionth of the whole.
 * slot: NULL in, out.  Returns KZ_ENOMEM and what solve() returns. */
KZ_CHECK_RESULT kz_status kz_panels_resolve(kz_panel_store *store, double tol);

/* Size of the last two coefficients in x of numbers at a panel's nodes, value [KZ_PANEL_NODES][n],
 * each times its scale [n]; NULL: 1.  What rounding of the largest leaves there does not count. */
double kz_panel_tail(const double *value, size_t n, const double *scale);

#endif
