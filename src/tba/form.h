/* What a chain is to the local form of its equations; library-internal.
 *
 * One row for each string but the last two, which share one.  Rows come in blocks, the levels of
 * the continued fraction of pi/gamma; block b has the kernel s_b(lambda) = 1/(2 w cosh(pi
 * lambda/w)), w its width.  With K the operator
 *
 *     (K v)_f = s_b * v_{f-1} + [d_b * v_f at the end of all blocks but the last]
 *               +- s_b' * v_{f+1},     b' the block of row f+1, - where b' != b,
 *
 * every total density solves  rho^t = s_0 in the first row + K D rho^t  with hole weights D >= 0:
 *
 *     row            0 -- 1 -- ... -- m-1 ==> m -- ... ==> ... -- last
 *     block          0    0           0       1            l-1    l-1
 *     sign           +    +           +       -
 *
 * K is symmetric within blocks and antisymmetric between them: K^T = sign K sign.  ln eta and what
 * derives from it take the signs along: x = sign (drive + K (sign L(x))). */
#ifndef KZ_TBA_FORM_H
#define KZ_TBA_FORM_H

#include <kapitza/tba.h>

typedef struct {
    kz_chain chain;
    kz_strings strings;
    int rows, blocks;
    int end[KZ_LEVELS_MAX];      /* first row after block b */
    double width[KZ_LEVELS_MAX]; /* w of block b; width[0] = min(gamma, pi - gamma) */
    signed char sign[KZ_P_MAX];  /* [rows] */
    double sine;                 /* sin gamma */
    double speed;                /* (pi/2) sin(gamma)/width[0]: lambda -> inf limit of the ratio of
                                  * the sources of v rho^t and rho^t */
    double spin;                 /* P: length of the last two strings together; 1 where closed:
                                  * m = (spin/2) int M rho^t of the last row */
    /* The edge of the band where the first row has no holes (D = 0), and the opposite one: the
     * ground state and the ceiling for gamma <= pi/2, exchanged beyond.  near_sign: of e - near. */
    double near, far, near_sign;
    /* |Delta| > 1: lambda has the period pi, rows are the first strings, those beyond are in the
     * closure (closure.h); one block of width phi = arcosh(Delta), sine is sinh(phi). */
    bool closed;
} kz_form;

/* KZ_EINVAL for an invalid chain, or one without finite set of strings. */
KZ_CHECK_RESULT kz_status kz_form_fill(kz_form *out, kz_chain chain);

/* Delta > 1 with its first `order` strings, 2 ... KZ_P_MAX. */
KZ_CHECK_RESULT kz_status kz_form_fill_gapped(kz_form *out, kz_chain chain, int order);

/* Block of a row. */
int kz_form_block(const kz_form *form, int row);

/* The row that is no part of the far edge's vacuum: that after the first block, or the last one. */
int kz_form_far_row(const kz_form *form);

/* The narrowest of the kernels that couple a row to itself and its neighbours. */
double kz_form_row_width(const kz_form *form, int row);

/* Rows of an array [rows*n] times their signs. */
void kz_form_turn(double *values, const kz_form *form, size_t n);

/* Kernel s of a width at lambda, and int s e^{i omega lambda} dlambda = 1/(2 cosh(width omega/2)).
 */
double kz_local_kernel(double width, double lambda);
double kz_local_kernel_symbol(double width, double omega);
/* int s over |lambda| > window. */
double kz_local_kernel_tail(double width, double window);
/* Symbol of d between blocks of widths a > b: cosh((a-b) w/2)/(2 cosh(a w/2) cosh(b w/2)). */
double kz_local_link_symbol(double a, double b, double omega);

/* Sources are sums over lambda + m pi, |m| at most this: 0 unless the form is closed. */
int kz_form_images(const kz_form *form);

/* Sources of rho^t and of v rho^t in the first row, at lambda. */
double kz_form_source(const kz_form *form, double lambda);
double kz_form_current_source(const kz_form *form, double lambda);

/* a_n = sinh(n phi)/[pi (cosh(n phi) - cos 2 lambda)] of Delta = cosh phi, phi = width. */
double kz_gapped_string_kernel(double width, int n, double lambda);

/* rho^t of row f (from 0) at the far edge: with g = width[0], its Fourier transform is
 * cosh((pi - (f + 2) g) w/2)/cosh((pi - g) w/2) in the first block, but in the row after that (the
 * last one, where there is one block only) 1/(2 cosh((pi - g) w/2)), and 0 beyond.  Where closed,
 * all spins are up there, and rho^t is a_{f+1}, that of the empty state. */
double kz_form_far_density(const kz_form *form, int f, double lambda);

#endif
