/* What an edge of changing temperature has sent into a half; library-internal.
 *
 * The heights X = int rho^t (dx - v dt) and H = int D rho^t (dx - v dt) from (0, 0), and D, are
 * constant along characteristics (src/propagate).  At x = 0 they are
 *     X_b(t) = -int_0^t v rho^t dt',     H_b(t) = -int_0^t D v rho^t dt',
 * and X_b labels what leaves the edge: for one rapidity of one string the half at time t holds, as
 * X falls, the reservoir and then what was sent in one interval of time after the other, the last
 * one next to the edge.  Where v rho^t < 0 at the edge, particles come back and are taken off
 * again, last in first out.  So H is a function of X, with dH/dX = D. */
#ifndef KZ_RELAX_LEAD_EMISSION_H
#define KZ_RELAX_LEAD_EMISSION_H

#include "relax/edges.h"
#include "relax/history.h"

enum { KZ_EMISSION_TERMS = KZ_HISTORY_NODES, KZ_EMISSION_LANES = 4 };

enum { KZ_EMISSION_X, KZ_EMISSION_H, KZ_EMISSION_HOLE, KZ_EMISSION_FLUX }; /* lanes */

typedef double (*kz_emission_fn)(double t, void *context); /* beta of the edge */

/* The strings n > N beyond the rows of a closed form, which move as one (ghd/tail/tail.h): heights
 *     int D_N rho^t_N (dx - v dt) = H of row N,      int D_{N+1} rho^t_{N+1} (dx - v dt)
 * of the state that fills them, whose closure makes the second from the first. */
typedef struct {
    double mean[KZ_HISTORY_PANELS][KZ_EMISSION_LANES][KZ_EMISSION_TERMS]; /* of row N over lambda */
    double *series; /* [n][panels][TERMS] of the second; NULL: the form is not closed */
} kz_emission_end;

typedef struct {
    kz_edges *edges;
    double end;                                        /* sqrt of the last time */
    int panels;                                        /* of the history, kz_history_range() */
    double beta[KZ_HISTORY_PANELS][KZ_EMISSION_TERMS]; /* coefficients */
    double *series; /* [rows*n][panels][LANES][TERMS]: coefficients of X, H, D; nodal v rho^t */
    double *start;  /* [rows*n][panels + 1][2]: X, H at the ends of panels */
    kz_emission_end ending;
    double err; /* of the edges' states */
    /* What particles that came back have changed at most: of any current up to the end of a panel,
     * and in it of the energy right beside the edge. */
    double turned[KZ_HISTORY_PANELS], stale[KZ_HISTORY_PANELS];
} kz_emission;

/* A lane of a node of [rows*n]. */
static inline double *kz_emission_series(const kz_emission *e, size_t k, int p, int lane)
{
    return e->series + ((k * (size_t)e->panels + (size_t)p) * KZ_EMISSION_LANES + (size_t)lane) *
                           KZ_EMISSION_TERMS;
}

/* Of a node of [n]. */
static inline double *kz_emission_ending(const kz_emission *e, size_t k, int p)
{
    return e->ending.series + (k * (size_t)e->panels + (size_t)p) * KZ_EMISSION_TERMS;
}

/* The edge from 0 to `last`.  Returns KZ_ENOCONV, KZ_ETOL, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_emission_create(kz_emission **out, kz_chain chain,
                                             const kz_state *reservoir, kz_emission_fn beta,
                                             void *context, double last, int panels, double tol);
void kz_emission_free(kz_emission *emission);

/* What the state zeta = 0 of the present temperature misses of the energy beside the edge at t:
 * particles that have turned around there are of an earlier one. */
double kz_emission_stale(const kz_emission *emission, double t);

/* And of what has left the edge up to t. */
double kz_emission_turned(const kz_emission *emission, double t);

/* One rapidity of one row. */
typedef struct {
    int panels, ends; /* that are filled; of the whole history */
    double end;
    double series[KZ_HISTORY_PANELS][KZ_EMISSION_LANES][KZ_EMISSION_TERMS];
    double reservoir; /* D */
    double s;         /* sqrt of the time whose content this is */
    int count;        /* of intervals sent, by falling X, in sqrt(t) */
    double from[KZ_HISTORY_PANELS], to[KZ_HISTORY_PANELS]; /* times in sqrt(t) */
    double H[KZ_HISTORY_PANELS];                           /* at their starts */
    double top;                                            /* X where the reservoir ends */
} kz_emission_column;

/* Row f at lambda and time t, by interpolation with `points` nodes of the edges' grid. */
void kz_emission_column_at(kz_emission_column *out, const kz_emission *emission, int f,
                           double lambda, double t, int points);

/* D of the reservoir alone. */
double kz_emission_reservoir(const kz_emission *emission, int f, double lambda, int points);

/* H and D at X. */
void kz_emission_height(double *H, double *hole, const kz_emission_column *column, double X);

/* Where the form is closed: X and H of the strings beyond the rows, means over lambda of row N. */
void kz_emission_end_at(kz_emission_column *out, const kz_emission *emission, double t);

/* The time that they were sent, as sqrt(t), and which of the intervals that is, by the mean of H_N;
 * false: they are the reservoir's. */
bool kz_emission_end_find(int *interval, double *s, const kz_emission_column *end, double H);

/* H_N and H_{N+1} [n] of what was sent then, and the closure that makes the next. */
void kz_emission_end_heights(double *H, double *next, const kz_emission *emission,
                             const kz_emission_column *end, int interval, double s);
kz_closure kz_emission_end_closure(const kz_emission *emission, double s);

#endif
