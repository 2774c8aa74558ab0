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

double kz_closure_next(const kz_closure *c) { return kz_closure_log(c->t + 1, c->kappa); }

double kz_closure_ratio(const kz_closure *c, double ratio)
{
    double t = c->t, k = c->kappa, fade = ratio * ratio * exp(-2 * k);
    return ratio * (part(t + 2, k) - fade * part(t, k)) * part(t, k) /
           (part(t + 1, k) * (part(t + 1, k) - fade * part(t - 1, k)));
}

kz_closure_slopes kz_closure_differentiate(const kz_closure *c)
{
    double t = c->t, k = c->kappa;
    if (k < FLAT) return (kz_closure_slopes){0, 0.5 * t / ((t + 1) * (t + 1)), 0, 0.5 * t};
    double here = tanh(k * t), next = 1 / tanh(k * (t + 1));
    double decay = 1 / (cosh(k * t) * cosh(k * t)), sharp = next * next - 1;
    return (kz_closure_slopes){here, 0.5 * here * (next * decay - sharp * here), 0.5 * decay * here,
                               0.5 * decay * here / tanh(k)};
}
