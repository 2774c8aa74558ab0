/* Full counting statistics of the XX chain; library-internal. */
#ifndef KZ_FERMION_COUNTING_H
#define KZ_FERMION_COUNTING_H

#include <kapitza/fluctuations.h>

/* F(lambda) and dF/dlambda of the charge that crosses the junction, by Levitov and Lesovik at unit
 * transmission.  out->err is a bound; accurate to rounding.  Source: levitov1993. */
void kz_fermion_counting(kz_fluctuation *out, const kz_state *left, const kz_state *right,
                         kz_charge charge, double lambda);

/* The cumulants, exact up to rounding. */
void kz_fermion_cumulants(kz_cumulants *out, const kz_state *left, const kz_state *right,
                          kz_charge charge);

#endif
