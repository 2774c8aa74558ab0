/* What the sum for the spin Onsager coefficient needs to know of a thermal state, at any rapidity;
 * library-internal.
 *
 * Strings N-1 and N of one row share density and velocity, so that rows take the place of strings:
 * with X = ln eta, q = theta (1 - theta) and h = N/rho^t of each, N = sigma dX/dmu, the pair of
 * (row, lambda) and (row', lambda') has
 *     sum over their strings of w w' (h - h')^2 = C A' - 2 B B' + A C',
 *     A = rho^t sum q,   B = sum q N,   C = sum q N^2 / rho^t.
 *
 * On the line rho^t and v - v(inf) fall as u = e^{-2 lambda} while C grows as 1/u: both are needed
 * to their own accuracy, which the transforms, accurate to rounding of the largest, do not give.
 * Beyond `join` they are continued by their series in u, whose first terms a few nodes determine.
 */
#ifndef KZ_GHD_DIFFUSION_ONSAGER_ROWS_H
#define KZ_GHD_DIFFUSION_ONSAGER_ROWS_H

#include "tba/flow.h"

/* Of one row at one rapidity. */
typedef struct {
    double v, A, B, C;
} kz_onsager_point;

enum { KZ_TAIL_TERMS = 4, KZ_TURNS_MAX = 8 };

typedef struct {
    double density[KZ_TAIL_TERMS]; /* of rho^t / u */
    double speed[KZ_TAIL_TERMS];   /* of v */
} kz_onsager_tail;

typedef struct {
    const kz_flow *flow; /* borrowed */
    int rows;
    bool line;             /* lambda on the whole line, else of period pi */
    double window, speed;  /* of lambda; v at infinity, where there is one */
    double join;           /* tails from here on; none with a gap */
    kz_onsager_tail *tail; /* [rows] */
    /* At the nodes lambda_i = -window + (i + 1/2) spacing of the whole window: [rows*size]. */
    size_t size;
    double spacing;
    double *v, *A, *B, *C;
    /* Where v of a row has its extrema, on lambda > 0. */
    int *turns;         /* [rows] */
    double *turn;       /* [rows*KZ_TURNS_MAX] ascending */
    double *turn_speed; /* v there */
} kz_onsager_rows;

/* Of the state solved last, without Fermi points taken apart, on a grid of its own that is accurate
 * to rounding; `grid` has half the nodes of the arrays.  later: how much further out than need be
 * the tails begin, to see what they err by.
 * Returns KZ_ENOCONV (too many extrema), KZ_ESING, KZ_ENOMEM; *out zeroed on failure. */
KZ_CHECK_RESULT kz_status kz_onsager_rows_create(kz_onsager_rows *out, const kz_flow *flow,
                                                 kz_grid grid, double later);
void kz_onsager_rows_free(kz_onsager_rows *rows);

/* Row f at lambda. */
kz_onsager_point kz_onsager_rows_at(const kz_onsager_rows *rows, int f, double lambda);

/* Hole weights D of row f. */
double kz_onsager_rows_hole(const kz_onsager_rows *rows, int f, double lambda);

/* v of row f at any lambda of the window, interpolated between the nodes. */
double kz_onsager_rows_speed(const kz_onsager_rows *rows, int f, double lambda);

/* Where v = speed in [from, to], between which v is monotonic; false if nowhere. */
bool kz_onsager_rows_cross(double *lambda, const kz_onsager_rows *rows, int f, double speed,
                           double from, double to);

#endif
