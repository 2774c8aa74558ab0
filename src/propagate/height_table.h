/* Height functions of an initial profile at the nodes of a grid; library-internal.
 *
 * X = int rho^t dx, H = int D rho^t dx from the left end of the panels to x, for every row and
 * node: both are constant along characteristics (heights of all states and of the holes). */
#ifndef KZ_PROPAGATE_HEIGHT_TABLE_H
#define KZ_PROPAGATE_HEIGHT_TABLE_H

#include "propagate/pieces.h"

/* Series in x of each node: rho^t, D rho^t, ln eta. */
enum { KZ_HEIGHT_LANES = 3 };

/* Rapidities +-lambda share their data: node k of the half line. */
typedef struct {
    const kz_profile *profile;
    size_t rows;    /* any more than the strings' are their owner's */
    size_t half;    /* nodes */
    size_t degree;  /* highest coefficient in x that is used */
    double origin;  /* where X = H = 0 */
    double *series; /* [panels][rows][half][LANES][KZ_PANEL_NODES] */
    double *start;  /* [panels + pieces][rows][half][2]: X, H at the left end of each panel and
                     * at the right end of each piece */
} kz_height_table;

/* Room for them; kz_height_table_free() also after a failure. */
KZ_CHECK_RESULT kz_status kz_height_table_create(kz_height_table *out, const kz_profile *profile,
                                                 size_t rows, size_t half, size_t degree);
/* Memory that such a table takes. */
double kz_height_table_bytes(const kz_profile *profile, size_t rows, size_t half);
void kz_height_table_free(kz_height_table *table);

/* The lanes [LANES][KZ_PANEL_NODES] of a panel's row and node, for values at the panel's nodes,
 * which kz_height_table_transform() makes coefficients of; once all panels are, X and H follow. */
double *kz_height_table_series(const kz_height_table *table, size_t panel, int f, size_t k);
void kz_height_table_transform(kz_height_table *table, size_t panel);
void kz_height_table_integrate(kz_height_table *table);

typedef struct {
    double X, H, rho, hole; /* hole = dH/dX = D */
} kz_height;

/* At x, for row f and node k, in one piece. */
kz_height kz_height_table_at(const kz_height_table *h, size_t piece, int f, size_t k, double x);

/* The x with this X, and what belongs to it. */
kz_height kz_height_table_invert(double *x, const kz_height_table *h, size_t piece, int f, size_t k,
                                 double X);

/* ln eta (last row: y) and mu at x. */
void kz_height_table_filling(double *log_eta, double *mu, const kz_height_table *h, size_t piece,
                             int f, size_t k, double x);

/* Their derivatives by x. */
void kz_height_table_change(double *log_eta, double *mu, const kz_height_table *h, size_t piece,
                            int f, size_t k, double x);

#endif
