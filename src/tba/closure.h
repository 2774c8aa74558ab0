/* What the strings n > N of a gapped chain are to the first N; library-internal.
 *
 * Far along the chain of strings 1 + eta_n = U(n + c)^2 up to e^{-phi n}, with kappa = |mu|/2 and
 * U(t) = sinh(kappa t)/sinh(kappa), U = t at mu = 0.  So the mean of L_N = ln(1 + eta_N) gives
 * t = N + c and with it, to second order in what is left,
 *     mean of L_{N+1} = F(mean of L_N, mu) = 2 ln U(t + 1),
 *     mode k of L_{N+1} = R_k times that of L_N.
 * Dressed quantities follow by differentiation: z_{N+1} = R z_N with z = (1 - theta) q.
 * docs/delta.md derives it. */
#ifndef KZ_TBA_CLOSURE_H
#define KZ_TBA_CLOSURE_H

typedef struct {
    double kappa, t;
} kz_closure;

/* From the mean of L_N > 0. */
kz_closure kz_closure_at(double mean, double mu);

/* No particles in the strings n > order, all of U infinite: R_k = e^{-phi |k|}. */
kz_closure kz_closure_empty(int order);

/* The same strings as seen from one row earlier. */
kz_closure kz_closure_before(const kz_closure *closure);

/* 2 ln U(t). */
double kz_closure_log(double t, double kappa);

/* 1/U(t)^2: theta of the string at t. */
double kz_closure_filling(double t, double kappa);

/* F: the mean of L_{N+1}. */
double kz_closure_next(const kz_closure *closure);

/* R_k; ratio = e^{-phi |k|}.  R_0 = dF/dL. */
double kz_closure_ratio(const kz_closure *closure, double ratio);

/* 1 - R_0 without cancellation: what far strings keep of a change. */
double kz_closure_loss(const kz_closure *closure);

/* sum over n > N of int rho^t_n (L_n - D_n ln eta_n), the entropy of the strings beyond, over
 * (1/2) int D_N rho^t_N: F - R_0 L_N - |mu| tanh(kappa t) > 0, without their cancellation. */
double kz_closure_entropy(const kz_closure *closure);

/* Derivatives of F with respect to L and |mu|. */
typedef struct {
    double mu, LL, Lmu, mumu, LLL, LLmu, Lmumu;
} kz_closure_slopes;

kz_closure_slopes kz_closure_differentiate(const kz_closure *closure);

#endif
