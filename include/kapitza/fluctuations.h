/* kapitza: full counting of the charge that crosses the junction of a bipartition. */
#ifndef KAPITZA_FLUCTUATIONS_H
#define KAPITZA_FLUCTUATIONS_H

#include <kapitza/ghd.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is counted, positive to the right. */
typedef enum { KZ_CHARGE_ENERGY, KZ_CHARGE_SPIN } kz_charge;

/** F(lambda) = lim ln<e^{lambda Q_t}>/t, Q_t the charge that crosses the junction in the time t. */
typedef struct {
    double lambda;
    double generating; /* F */
    double current;    /* dF/dlambda: the current in the ensemble weighted by e^{lambda Q} */
    double err;        /* bound on |error| / max(1, |value|) of both; inf on failure */
    kz_status status;  /* as in kz_ray */
} kz_fluctuation;

/** Cumulants lim <Q_t^k>_c/t, k = 1 ... 4 at index k - 1: the derivatives of F at 0. */
typedef struct {
    double value[4];
    double err[4]; /* bounds on |error| */
} kz_cumulants;

/** Generating function and cumulants on the hydrodynamic scale: the initial state's fluctuations,
 *  carried by the quasi-particles (docs/fluctuations.md).
 *  points     out [n]
 *  cumulants  out, NULL: not wanted; nan with err = inf where they could not be found, with a gap
 *             also the third and fourth where F has kinks next to lambda = 0
 *  left, right  in, of x < 0 and x > 0 at t = 0
 *  lambda     in [n], finite, any order; unit 1 (spin), 1/J (energy)
 *  options    in; tol is asked of the points; one thread is used
 *  Returns KZ_OK when every point is KZ_OK, else the status of the first that is not: KZ_ENOCONV
 *  also for the spin with |Delta| >= 1 where no long string crosses the junction, or where those of
 *  one half do not settle that may count for more.  KZ_EINVAL, KZ_ENOMEM and KZ_ECANCELLED leave
 *  both outputs untouched.
 *  Cost: several rays for each lambda, on two grids.  Source: doyon2023, perfetto2021. */
KZ_CHECK_RESULT kz_status kz_fluctuations(kz_fluctuation *points, kz_cumulants *cumulants,
                                          kz_chain chain, const kz_state *left,
                                          const kz_state *right, kz_charge charge,
                                          const double *lambda, size_t n,
                                          const kz_options *options);

/** The same by the flow of biased states, |Delta| < 1: d ln eta/dlambda = -sgn(v) q^dr from the
 *  state on the ray zeta = 0 of the bipartition, F = int_0^lambda of its current.  It differs from
 *  kz_fluctuations() where zeros of v move (docs/fluctuations.md).
 *  cumulants  out, NULL: not wanted; means of both one-sided derivatives at 0, half the difference
 *             of which counts as error: between unequal reservoirs they differ for the fourth
 *  options    in; tol is asked of the points; one thread is used
 *  Returns as kz_fluctuations(), KZ_EINVAL also for |Delta| >= 1.
 *  Cost: two solves for each of some ten lambda in a step, a few times.  Source: doyon2020,
 *  myers2020. */
KZ_CHECK_RESULT kz_status kz_fluctuations_flow(kz_fluctuation *points, kz_cumulants *cumulants,
                                               kz_chain chain, const kz_state *left,
                                               const kz_state *right, kz_charge charge,
                                               const double *lambda, size_t n,
                                               const kz_options *options);

#ifdef __cplusplus
}
#endif
#endif
