/* Three neighbours of the infinite XX chain in equilibrium; library-internal. */
#ifndef KZ_FERMION_CORRELATION_H
#define KZ_FERMION_CORRELATION_H

#include <kapitza/fermion.h>

/* <c+_i c_{i+r}>, r = 0, 1, 2; c+ makes an up spin.  The energy of a bond is c[1]. */
typedef struct {
    double c[3];
} kz_fermion_correlation;

/* exp(-beta H + mu S^z), both finite; to rounding. */
kz_fermion_correlation kz_fermion_correlation_thermal(double beta, double mu);
/* Ground state (beta = +inf) or ceiling (-inf) of a magnetization, |m| <= 1/2. */
kz_fermion_correlation kz_fermion_correlation_cold(double beta, double magnetization);

/* Packed density matrix of three neighbours.  out [KZ_DENSITY_SIZE]; KZ_EDOMAIN (not finite). */
KZ_CHECK_RESULT kz_status kz_fermion_correlation_density(double *out,
                                                         const kz_fermion_correlation *correlation);

#endif
