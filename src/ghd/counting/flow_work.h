/* Workspace of the flow of biased states; library-internal, shared by its files. */
#ifndef KZ_GHD_COUNTING_FLOW_WORK_H
#define KZ_GHD_COUNTING_FLOW_WORK_H

#include <gsl/gsl_integration.h>

#include "ghd/counting/flow.h"
#include "ghd/counting/swept.h"
#include "ghd/counting/weighting.h"
#include "tba/grid/offgrid.h"

/* One lambda of a step. */
typedef struct {
    double lambda, current; /* dF/dlambda */
    double *t;         /* [size] coefficients of the smooth part of kappa, signs as in form.h */
    double *slope;     /* [size] the same of q^dr, */
    double *t_d;       /* [size] and of d = v rho^t */
    kz_region *region; /* [rows] of v > 0 */
    double *kappa;     /* [rows*KZ_EDGES_MAX] at the edges of the regions */
} kz_flow_node;

/* Points where memory of one row acts, places from the first node of the grid. */
typedef struct {
    kz_offgrid offgrid;
    gsl_integration_glfixed_table *rule[2];
    size_t count, room;
    double *memory;                                 /* all that follows */
    double *place, *weight, *sign, *kappa, *lambda; /* [room] as in swept.h */
    double *now;                                    /* [room] the smooth part of kappa now */
    double *hole[2], *M[2];                         /* [room] of either side, unweighted */
    double *amount[2];                              /* [room] what is added to D, and to M */
} kz_flow_points;

struct kz_counting_flow {
    kz_weighting states;
    size_t size; /* rows*n */
    int rows, order;
    double *plain[2];        /* [size] coefficients of either side's hole weights, unweighted, */
    double *polarised[2];    /* [n] and of M; NULL rows are none */
    kz_region *start;        /* [rows] at lambda = 0 */
    kz_swept *swept, *trial; /* [rows] up to node 0, and up to another node */
    double *at;              /* [size] t of the node in work */
    double *tangent;         /* [size] d slope/d lambda at node 0 */
    double *collected[2];    /* [n] scratch: cosines and sines */
    kz_flow_points points;
    double *source; /* [n] of q^dr in the first row, per lambda */
    kz_flow_node node[KZ_COUNTING_FLOW_ORDER_MAX + 1];
    double current[KZ_COUNTING_FLOW_ORDER_MAX + 1]; /* series of the last step */
    double from, to, generating;                    /* the last step, and F where it began */
    double step, longest;                           /* the next step, and any */
    double reach, tol;
    double unsettled;       /* what the last sweep of the present step has changed */
    double turned;          /* error of the current where zeros came or went in the present step */
    double tails, rounding; /* shares of the error of F and dF/dlambda so far */
    kz_status status;
};

/* modes: half of those of the grid. */
KZ_CHECK_RESULT kz_status kz_flow_points_create(kz_flow_points *points, size_t modes);
void kz_flow_points_free(kz_flow_points *points);

/* Adds to the hole weights in the ray's workspace what the memory `trial` does, for kappa `at`. */
KZ_CHECK_RESULT kz_status kz_flow_add_memory(kz_counting_flow *flow, double lambda);

/* Adds to the memory `trial` of row f what its zeros pass from node 0 to node i, and to `turned`
 * what is not certain of it.  Returns KZ_ENOCONV. */
KZ_CHECK_RESULT kz_status kz_flow_pass_zeros(kz_counting_flow *flow, int i, int f);

/* kappa of row f at one rapidity, for coefficients t. */
double kz_flow_kappa(const kz_counting_flow *flow, const double *t, double lambda, int f,
                     double place);

/* The state at node->lambda with kappa's coefficients `at` and the memory `trial`: q^dr, current,
 * regions.  solve_tol, zero_tol: residuals of q^dr and of d, in whose tails a loose one hides
 * zeros. */
KZ_CHECK_RESULT kz_status kz_flow_solve_node(kz_counting_flow *flow, kz_flow_node *node,
                                             double solve_tol, double zero_tol);

#endif
