#include "tba/closure.h"

#include <math.h>

/* Below, U(t) = t to rounding for every t that matters: (kappa t)^2/6. */
static const double FLAT = 1e-12;

/* U(s) e^{-kappa (s - 1)}: neither overflows nor cancels. */
static double part(double s, double kappa)
{
    return kappa < FLAT ? s : expm1(-2 * kappa * s) / expm1(-2 * kappa);
}

double kz_closure_log(double t, double kappa)
{
    return 2 * (kappa * (t - 1) + log(part(t, kappa)));
}

kz_closure kz_closure_at(double mean, double mu)
{
    double kappa = 0.5 * fabs(mu);
    if (kappa < FLAT) return (kz_closure){0, exp(0.5 * mean)};
    /* t = asinh(e^y)/kappa */
    double y = 0.5 * mean + kappa + log(-0.5 * expm1(-2 * kappa));
    double angle = y > 20 ? y + log(2) : asinh(exp(y));
    return (kz_closure){kappa, angle / kappa};
}

kz_closure kz_closure_empty(int order) { return (kz_closure){INFINITY, order + 1}; }

kz_closure kz_closure_before(const kz_closure *c) { return (kz_closure){c->kappa, c->t - 1}; }

double kz_closure_filling(double t, double kappa) { return exp(-kz_closure_log(t, kappa)); }

double kz_closure_next(const kz_closure *c) { return kz_closure_log(c->t + 1, c->kappa); }

/* U(t + 2) - r^2 U(t) in units of e^{kappa (t + 1)}, q = e^{-2 kappa}: at r = 1 its terms cancel,
 * all of them from t = 1e16 on. */
static double difference(double t, double kappa, double ratio)
{
    double q = exp(-2 * kappa);
    return 1 + exp(-2 * kappa * (t + 1)) + q * (1 - ratio * ratio) * part(t, kappa);
}

double kz_closure_ratio(const kz_closure *c, double ratio)
{
    double t = c->t, k = c->kappa;
    return ratio * (difference(t, k, ratio) / difference(t - 1, k, ratio)) *
           (part(t, k) / part(t + 1, k));
}

/* 1 - tanh(kappa t) coth(kappa (t + 1)) = 1/(cosh(kappa t) U(t + 1)). */
double kz_closure_loss(const kz_closure *c)
{
    return exp(-0.5 * kz_closure_log(c->t + 1, c->kappa)) / cosh(c->kappa * c->t);
}

/* L s * z - z s * L telescopes: what stands at row N less its limit, as L grows by |mu| = 2 kappa
 * from string to string.  U(t + 1)/U(t) = e^kappa (1 + e^{-2 kappa t}/part(t)). */
double kz_closure_entropy(const kz_closure *c)
{
    double t = c->t, k = c->kappa, decay = exp(-2 * k * t);
    return 2 * log1p(decay / part(t, k)) + kz_closure_loss(c) * kz_closure_log(t, k) +
           4 * k * decay / (1 + decay);
}

/* With a = tanh(kappa t), b = coth(kappa (t + 1)) and C = coth(kappa): F_mu = a, F_L = a b, and
 *     a_L = a (1 - a^2)/2,   a_mu = C a_L,   b_L = a (1 - b^2)/2. */
kz_closure_slopes kz_closure_differentiate(const kz_closure *c)
{
    double t = c->t, k = c->kappa, u = t + 1;
    if (k < FLAT)
        return (kz_closure_slopes){.LL = 0.5 * t / (u * u),
                                   .mumu = 0.5 * t,
                                   .LLL = 0.25 * t * (1 - t) / (u * u * u),
                                   .Lmumu = 0.25 * t};
    double a = tanh(k * t), b = 1 / tanh(k * u), C = 1 / tanh(k);
    double d = 1 / (cosh(k * t) * cosh(k * t)), g = b * b - 1, turn = 0.5 * d - a * a;
    double bend = d * b - g * a, b_L = -0.5 * a * g;
    double bend_L = -a * a * d * b + d * b_L + a * a * b * g - 0.5 * g * a * d;
    return (kz_closure_slopes){.mu = a,
                               .LL = 0.5 * a * bend,
                               .Lmu = 0.5 * d * a,
                               .mumu = 0.5 * d * a * C,
                               .LLL = 0.25 * a * d * bend + 0.5 * a * bend_L,
                               .LLmu = 0.5 * a * d * turn,
                               .Lmumu = 0.5 * a * d * C * turn};
}
