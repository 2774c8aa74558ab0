/* One mode that is filled with probability p, weighted by e^z when it is; library-internal. */
#ifndef KZ_CORE_BERNOULLI_H
#define KZ_CORE_BERNOULLI_H

#include <math.h>

/* ln(q + p e^z), q = 1 - p: the cumulant generating function.  For any z, exact at p = 0 and 1;
 * both p and q are taken at their relative accuracy. */
static inline double kz_bernoulli_log(double p, double q, double z)
{
    if (p == 0) return 0;
    if (q == 0) return z;
    if (z > 1) return z + log(p + q * exp(-z));
    return z < -1 ? log(q + p * exp(z)) : log1p(p * expm1(z));
}

/* p e^z/(q + p e^z): its derivative, the probability in the weighted ensemble. */
static inline double kz_bernoulli_tilt(double p, double q, double z)
{
    if (p == 0 || q == 0) return p;
    return z > 0 ? p / (p + q * exp(-z)) : p * exp(z) / (q + p * exp(z));
}

/* What rounding of p next to 1 may do to kz_bernoulli_log(p, 1 - p, z). */
static inline double kz_bernoulli_lost(double p, double z)
{
    static const double ROUNDING = 1.2e-16;
    return z < 0 && p < 1 ? ROUNDING / (1 - p + p * exp(z)) : 0;
}

#endif
