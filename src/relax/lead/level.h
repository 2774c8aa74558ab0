/* A half that is fed at its edge, at one (x, t) on one grid and by one rule; library-internal,
 * shared by the files of a lead (lead.h). */
#ifndef KZ_RELAX_LEAD_LEVEL_H
#define KZ_RELAX_LEAD_LEVEL_H

#include <gsl/gsl_integration.h>

#include "core/gmres.h"
#include "relax/lead/end.h"
#include "tba/local.h"

typedef struct {
    const kz_emission *emission;
    kz_convolution *full;
    kz_local *local; /* its preconditioner */
    kz_gmres *gmres;
    const gsl_integration_glfixed_table *rule;
    int points; /* nodes of the interpolation in rapidity */
    size_t rows, modes, size;
    double x, t;
    double *z, *residual, *step;   /* [size] coefficients of X* - source, and of its changes */
    double *forward, *nodal, *top; /* [size] */
    double *rho, *flux;            /* [size] coefficients of rho^t and v rho^t without sources */
    kz_panel_row *row;             /* [rows] */
    bool divided;                  /* of the last row some was sent and some is the reservoir's */
    kz_lead_end end;
} kz_lead_level;

/* On the grid of the emission's edges, or on the twice finer one; borrows emission and rule.  Has
 * to be freed after a failure too. */
KZ_CHECK_RESULT kz_status kz_lead_level_create(kz_lead_level *level, const kz_emission *emission,
                                               bool finer, int points,
                                               const gsl_integration_glfixed_table *rule);
void kz_lead_level_free(kz_lead_level *level);

/* s x - s_v t. */
double kz_lead_level_source(const kz_lead_level *level, double lambda);

/* To (x, t): where the reservoir's content ends, which X* has no part in. */
void kz_lead_level_start(kz_lead_level *level, double x, double t);

/* Panels of all rows for the present X*, split where it reaches that.  Returns KZ_ENOCONV for too
 * many crossings, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_lead_level_place(kz_lead_level *level);

#endif
