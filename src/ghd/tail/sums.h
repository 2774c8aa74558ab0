/* What the strings beyond the rows of a gapped chain add to sums over all strings;
 * library-internal.
 *
 * One state fills them (ghd/tail/tail.h).  With z = (1 - theta) q and D d for d, only means over
 * the period matter up to e^{-phi n}, and these follow z_{n+1} = F_mu + R_0 z_n or R_0 z_n from
 * string to string.  Where all move to one side that sums up: the response of ln Z to what ends the
 * rows, sum_{n>N} int d theta (1 - theta) q_a q_b = 1/2 F_ab int D_N d_N, F_ab the second
 * derivative of the closure, holds for d in the place of rho^t too, since d solves the same
 * equation. */
#ifndef KZ_GHD_TAIL_SUMS_H
#define KZ_GHD_TAIL_SUMS_H

#include "tba/closure.h"

/* A dressed charge: the mean of z of row N; spin 0, 1 for n^dr where mu > 0, -1 where mu < 0. */
typedef struct {
    double mean, spin;
} kz_tail_charge;

/* D d of row N: its mean, and the amplitude of its slowest wave, cos(2 lambda + constant). */
typedef struct {
    double mean, wave;
} kz_tail_flow;

/* sum_{n>N} int d theta (1 - theta) q_a q_b; d: the mean of D d. */
double kz_tail_sum(const kz_closure *closure, double d, kz_tail_charge a, kz_tail_charge b);

/* sum_{n>N} int |d| theta (1 - theta) q^2; phi: Delta = cosh phi. */
double kz_tail_noise(const kz_closure *closure, double phi, kz_tail_flow d, kz_tail_charge q);

#endif
