/* Local (Y-system) form of the string kernels; library-internal. */
#ifndef KZ_TBA_STRINGS_H
#define KZ_TBA_STRINGS_H

/* s(lambda) = 1/(2 gamma cosh(pi lambda/gamma)). */
double kz_local_kernel(int P, double lambda);
/* int s e^{i omega lambda} dlambda = 1/(2 cosh(gamma omega/2)). */
double kz_local_kernel_symbol(int P, double omega);
/* (pi/2) sin(gamma)/gamma: spin-wave velocity at T = 0, the lambda -> inf limit of the ratio of
 * the sources of the e' and k' equations. */
double kz_bare_velocity_limit(int P);

#endif
