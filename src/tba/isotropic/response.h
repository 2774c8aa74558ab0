/* A thermal state of the isotropic chain and its responses to beta and mu; library-internal. */
#ifndef KZ_TBA_ISOTROPIC_RESPONSE_H
#define KZ_TBA_ISOTROPIC_RESPONSE_H

#include <stdbool.h>

#include "tba/isotropic/system.h"

/* Of x [N*even.size] and y [2M]: to beta and mu; to pairs beta beta, beta mu, mu mu; and v rho^t
 * [N*odd.size].  The rest is scratch. */
typedef struct {
    double *x[2], *y[2];
    double *xx[3], *yy[3];
    double *current;
    double *a, *b;           /* [N*even.size] */
    double *c, *d, *scratch; /* [2M] */
} kz_isotropic_responses;

/* kz_isotropic_responses_free() also after a failure. */
KZ_CHECK_RESULT kz_status kz_isotropic_responses_create(kz_isotropic_responses *r,
                                                        const kz_isotropic *p);
void kz_isotropic_responses_free(kz_isotropic_responses *r);

/* x and y at p->beta, p->mu by Newton's iteration down to rounding; leaves the derivative factored
 * in the even sector.
 *  warm  from the x and y that are there
 * Returns KZ_ENOCONV, KZ_ESING, KZ_ENOMEM. */
KZ_CHECK_RESULT kz_status kz_isotropic_find_state(kz_isotropic *p, kz_isotropic_responses *r,
                                                  bool warm);

/* After kz_isotropic_find_state(): the first responses; v rho^t, which factors the odd sector. */
void kz_isotropic_respond(kz_isotropic_responses *r, const kz_isotropic *p);
KZ_CHECK_RESULT kz_status kz_isotropic_respond_current(kz_isotropic_responses *r, kz_isotropic *p);

/* From a state that is known with its first responses to one nearby, with its own, by steps with
 * the factors of some state before; where these do badly it is factored.  As
 * kz_isotropic_find_state(). */
KZ_CHECK_RESULT kz_status kz_isotropic_follow(kz_isotropic *p, kz_isotropic_responses *r,
                                              double beta, double mu);

/* Derivatives of ln Z.  The first ones, after the first responses; the three second ones, which
 * leave the second responses; and after those  ln Z_{beta beta mu}, ln Z_{beta mu mu}.
 * kz_isotropic_first() returns e - e_min, a sum of positive terms. */
double kz_isotropic_first(double *ln_z, double first[2], const kz_isotropic_responses *r,
                          const kz_isotropic *p);
void kz_isotropic_second(double second[3], kz_isotropic_responses *r, const kz_isotropic *p);
void kz_isotropic_third(double third[2], kz_isotropic_responses *r, const kz_isotropic *p);

#endif
