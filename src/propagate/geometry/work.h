/* Workspace of the geometric solution; library-internal, shared by its files. */
#ifndef KZ_PROPAGATE_GEOMETRY_WORK_H
#define KZ_PROPAGATE_GEOMETRY_WORK_H

#include "ghd/ray/crossing.h"
#include "propagate/geometry/geometry.h"

enum { KZ_GEOMETRY_ENTRIES = 3 };

/* Weights of a row at the end: D, and in the last row M = (1 - theta_{P-1}) - theta_P; entropy of
 * the fillings. */
enum { KZ_GEOMETRY_HOLE, KZ_GEOMETRY_POLARISATION, KZ_GEOMETRY_ENTROPY };

/* Where the strings beyond the rows of a closed form come from. */
typedef struct {
    size_t piece;
    double start, mean; /* u_inf, and the mean of H_N by which it is found */
    double mu;
    kz_closure closure;
    double doubt; /* of the polarisation, next to a jump */
} kz_geometry_tail;

typedef struct {
    const kz_heights *heights;
    const kz_convolution *full;
    size_t rows, n, size;
    double x, t;
    size_t base_piece;
    double base;      /* from here heights are counted: x, or where the panels end */
    double narrowest; /* panel with structure, 0: none has */
    double noise;     /* of X*: below it no side of a jump is told */
    double left;      /* residual that Newton's method ends with: 2-norm of its coefficients */
    double *source;   /* [n] s (x - base) - s_v t */
    double *X, *z;    /* [size] X*, and coefficients of X* - source in the first row */
    double *X_base, *H_base;                     /* [size] heights of the table at the base */
    double *H, *hole, *residual, *step;          /* [size] */
    double *weight[KZ_GEOMETRY_ENTRIES];         /* [size] */
    double *branch[2][KZ_GEOMETRY_ENTRIES];      /* [n] of one row: the two pieces at a jump */
    double *indicator, *mismatch, *coefficients; /* [n] */
    double *misplaced; /* [size] jump of D times the error of its position, at the nodes beside */
    double *unseen;    /* [size] the same for what no node has seen */
    double *start;     /* [n] of one row in one piece, filled last */
    double *rho, *t_rho, *d, *t_d; /* [size] rho^t and v rho^t with their coefficients */
    kz_local *local;
    kz_geometry_tail tail;
} kz_geometry_work;

KZ_CHECK_RESULT kz_status kz_geometry_work_create(kz_geometry_work *w, const kz_heights *heights,
                                                  double x, double t);
void kz_geometry_work_free(kz_geometry_work *w);

/* Fills X, weight, rho, d and the report.  KZ_ENOCONV, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_geometry_work_solve(kz_geometry_work *w, double tol,
                                                 kz_geometry_report *report);

/* x, or the end of a piece's panels that is nearest to it: beyond them the state is constant. */
double kz_geometry_inside(const kz_geometry_work *w, size_t piece, double x);

/* Node of the half line. */
static inline size_t kz_geometry_folded(const kz_geometry_work *w, size_t k)
{
    size_t half = w->heights->table.half;
    return k >= half ? k - half : half - 1 - k;
}

/* {u > x_c} of row f for the jump after `piece`, and what crosses zero there. */
KZ_CHECK_RESULT kz_status kz_geometry_region(kz_region *out, kz_mismatch *mismatch,
                                             kz_geometry_work *w, size_t piece, int f);

/* Adds a jump, from w->branch[0] to w->branch[1], with its band-limited indicator to the entries
 * of a row. */
void kz_geometry_add_jump(double *const entry[KZ_GEOMETRY_ENTRIES], int entries,
                          kz_geometry_work *w, const kz_region *region);

/* Whether no node tells its side of a jump. */
bool kz_geometry_hides(const kz_mismatch *mismatch);

/* Notes in w->misplaced that row f may be on either side of a jump at any node. */
void kz_geometry_blame_all(kz_geometry_work *w, int f);

/* Notes in w->misplaced how far the error of the states moves the edges of a region. */
void kz_geometry_blame(kz_geometry_work *w, const kz_region *region, const kz_mismatch *d,
                       size_t piece, int f);

/* Notes in w->unseen what is between neighbours in w->start (coarse.c). */
void kz_geometry_blame_coarse(kz_geometry_work *w, size_t piece, int f);

/* What either does to the numbers, once rho^t stands. */
double kz_geometry_effect(const kz_geometry_work *w, const double *misplaced);

/* Weights of row f at node k of the half line, from a start x in a piece. */
void kz_geometry_weights(double value[KZ_GEOMETRY_ENTRIES], const kz_geometry_work *w, size_t piece,
                         int f, size_t k, double x);

/* Strings beyond the rows (tail.c); these do nothing where the form is not closed. */

/* Finds where they come from by the present H, and ends the rows with their closure.
 *  may_turn  another piece of the profile than before will do */
void kz_geometry_close(kz_geometry_work *w, bool may_turn);

/* Adds to the residual's coefficients what the closure makes of heights too little. */
void kz_geometry_close_residual(double *residual, const kz_geometry_work *w);

/* The last row's polarisation from its D; on a jump the mean of both sides, with its doubt. */
void kz_geometry_polarise(kz_geometry_work *w);

/* Their entropy; last: int D rho^t of the last row. */
double kz_geometry_tail_entropy(const kz_geometry_work *w, double last);

#endif
