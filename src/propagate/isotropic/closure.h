/* What ends the rows of a profile at Delta = 1; library-internal.
 *
 * Velocities of strings tend to that of the longest as 1/n, and so do the places u_n where they
 * come from to one, u_inf.  Around it heights of all n > N are linear in what they differ by,
 * H_n(x, t) - H_n(u_inf) = D_n dX_n, which solves the equation of dressed charges without source:
 * the closure of the state at u_inf, exact for all of them, gives
 *
 *     s*H_{N+1}(x, t) = s*H_{N+1}(u_inf) + closing [H_N(x, t) - H_N(u_inf)],
 *
 * int H_N = int H_N(u_inf).  What is left out is of second order in u_n - u_inf ~ t/n.  Densities
 * and flows are derivatives of this by x and t: their closure has one more term, how `closing`
 * changes with u_inf. */
#ifndef KZ_PROPAGATE_ISOTROPIC_CLOSURE_H
#define KZ_PROPAGATE_ISOTROPIC_CLOSURE_H

#include "ghd/isotropic/side.h"
#include "propagate/isotropic/heights.h"

typedef struct {
    const kz_isotropic_heights *heights;
    size_t piece;
    double start, mean;           /* u_inf; int H_N */
    double holes;                 /* int z_N there */
    double mu, mu_by;             /* and the derivative by u_inf, as all that ends in _by */
    double *closing, *closing_by; /* [M*M] */
    double *polarisation, *polarisation_by; /* [M] m = int polarisation z_N */
    double *beyond, *beyond_by;             /* [M] s*L_{N+1} */
    double *log, *log_by;                   /* [M] L_N */
    double *height;                         /* [M] H_N */
    double *offset;                         /* [M] s*H_{N+1} less closing H_N */
    /* on the states' grid */
    kz_isotropic system;
    kz_isotropic_side side;
    double *slope, *even, *all; /* [2M'], [n], [M'] */
    double *product;            /* [M*M'] */
} kz_isotropic_closure;

/* kz_isotropic_closure_free() also after a failure.  Returns KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_closure_create(kz_isotropic_closure *out,
                                                      const kz_isotropic_heights *heights);
void kz_isotropic_closure_free(kz_isotropic_closure *c);

/* Where int H_N is `mean`, in one piece: all but what ends in _by, beyond and log.  KZ_ESING,
 * KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_closure_set(kz_isotropic_closure *c, size_t piece,
                                                   double mean);

/* The rest, after that. */
KZ_CHECK_RESULT kz_status kz_isotropic_closure_finish(kz_isotropic_closure *c);

#endif
