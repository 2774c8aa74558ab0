/* The equations of the isotropic chain on a grid; library-internal.
 *
 * Unknowns are x_n = ln eta_n, n = 1 ... N, even in lambda, and y = (ln b, ln b'), which are real
 * and even or imaginary and odd (h of tangent.h).  With l = ln(1 + e^y) and U, F, G of tangent.h
 *
 *     x_n = -pi beta s delta_{n1} + s*(L_{n-1} + L_{n+1}),   s*L_{N+1} -> U' l_1 + U l_2,
 *     y_1 = -mu/2 + U L_N + F l_1 - G l_2,    y_2 = mu/2 + U' L_N + F l_2 - G' l_1,
 *
 * ' a turned kernel: b is taken a quarter of the way down from the real line and b' up, where all
 * symbols fall off.  The derivative of this system is factored row after row and is all that is
 * needed: Newton's steps, responses to beta and mu, second ones, and, for odd functions, v rho^t.
 */
#ifndef KZ_TBA_ISOTROPIC_SYSTEM_H
#define KZ_TBA_ISOTROPIC_SYSTEM_H

#include <complex.h>
#include <lapacke.h>

#include "tba/grid/convolution.h"
#include "tba/isotropic/tangent.h"

/* Even or odd functions by their nodes lambda >= 0 or > 0, and the factored derivative for them. */
typedef struct {
    int size, first; /* node a is i = half + first + a */
    double *s;       /* [size*size] */
    double *from;    /* [size*2M] s*L_{N+1} from l */
    double *to;      /* [2M*size] y from L_N */
    /* from the first kz_isotropic_factor() on: */
    double *factored; /* [N*size*size] P_n = 1 - s D_{n-1} P_{n-1}^-1 s D_n */
    double *step;     /* [N*size*size] P_n^-1 s */
    double *closing;  /* [size*2M] P_N^-1 from W */
    double *last;     /* [2M*2M] factored system of y */
    lapack_int *pivot, *last_pivot;
} kz_isotropic_sector;

typedef struct {
    kz_tangent *g;
    int N, M;
    double beta, mu;
    kz_isotropic_sector even, odd;
    double *pair;           /* [2M*2M] F and -G: y from l */
    double *x, *D, *L;      /* [N*even.size] */
    double *y, *l, *weight; /* [2M]; weight: dl/dy as h */
    double *drive;          /* [even.size] s(lambda) */
    double *sum;            /* [even.size] weights of the integral over the line times s */
} kz_isotropic;

/* Zero *out first; kz_isotropic_free() also after a failure.  grid as in isotropic.h. */
KZ_CHECK_RESULT kz_status kz_isotropic_create(kz_isotropic *p, kz_grid grid, double beta,
                                              double mu);
void kz_isotropic_free(kz_isotropic *p);

/* A function by its h at nodes i and -i, and back. */
double complex kz_isotropic_value(const double *h, int M, int i);
double kz_isotropic_reals(double complex f);

/* F and -G: y from l, pair [2M*2M]. */
void kz_isotropic_fill_pair(double *pair, const kz_tangent *g);

/* out = A W, matrices [rows*2M], W the multiplication by weight [2M]. */
void kz_isotropic_weigh(double *out, const double *A, const double *weight, int M, int rows);

/* L, D and l, weight from x and y. */
void kz_isotropic_evaluate(kz_isotropic *p);

/* The right-hand sides of the equations without drive and mu/2, linear in L and l. */
void kz_isotropic_convolve(double *x, double *y, const kz_isotropic *p, const double *L,
                           const double *l);

/* Factors the derivative of the equations at x, y for a sector.  KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_factor(kz_isotropic_sector *s, const kz_isotropic *p);

/* Solves the linearised equations in place of their right-hand sides x [N*size], y [2M];
 * scratch [2M]. */
void kz_isotropic_solve(double *x, double *y, const kz_isotropic_sector *s, const kz_isotropic *p,
                        double *scratch);

/* The strings n > N of a state with the given weights dl/dy, as row N sees them when dressed:
 * s*z_{N+1} = closing z_N + source, z = D q, where `source` is that of dx/dmu.
 *  closing  out [size*size], on functions of the sector's parity
 *  source   out [size] of the even sector; NULL: not wanted
 *  answers  out [2M*(size+1)] for kz_isotropic_close_change()
 * Overwrites what kz_isotropic_factor() has left.  KZ_ESING. */
KZ_CHECK_RESULT kz_status kz_isotropic_close(double *closing, double *source, double *answers,
                                             kz_isotropic_sector *s, const kz_isotropic *p);

/* How these change with the weights, by weight [2M]; right after kz_isotropic_close().  KZ_ESING,
 * KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_close_change(double *closing, double *source,
                                                    const double *weight, const double *answers,
                                                    const kz_isotropic_sector *s,
                                                    const kz_isotropic *p);

#endif
