#include "ghd/tail/sums.h"

#include <math.h>

double kz_tail_sum(const kz_closure *closure, double d, kz_tail_charge a, kz_tail_charge b)
{
    kz_closure_slopes F = kz_closure_differentiate(closure);
    double bend = F.LL * a.mean * b.mean + F.Lmu * (a.spin * b.mean + b.spin * a.mean) +
                  F.mumu * a.spin * b.spin;
    return 0.5 * M_PI * d * bend;
}

/* int |z| - |int z| over a period of pi, z = mean + wave cos 2 lambda. */
static double turned_flow(kz_tail_flow z)
{
    double mean = fabs(z.mean), wave = z.wave;
    if (!(mean < wave)) return 0;
    double root = sqrt((wave - mean) * (wave + mean));
    return 2 * root + 2 * mean * asin(mean / wave) - M_PI * mean;
}

/* Strings whose velocities have both signs are few, as waves fall like e^{-phi n} and means do not;
 * but where the longest stand still, no mean is left. */
double kz_tail_noise(const kz_closure *closure, double phi, kz_tail_flow d, kz_tail_charge q)
{
    enum { DIGITS = 40 }; /* e^-40 */
    kz_closure c = *closure;
    double sum = fabs(kz_tail_sum(&c, d.mean, q, q)), ratio = exp(-phi);
    for (int n = 0; n < DIGITS / phi && isfinite(c.kappa); n++) {
        double flat = kz_closure_ratio(&c, 1);
        d.wave *= kz_closure_ratio(&c, ratio);
        d.mean *= flat;
        q.mean = flat * q.mean + q.spin * kz_closure_differentiate(&c).mu;
        c.t++;
        double turned = turned_flow(d), filling = kz_closure_filling(c.t, c.kappa);
        if (turned <= 0) break;
        double charge = q.mean / (1 - filling);
        sum += turned * filling * charge * charge;
    }
    return sum;
}
