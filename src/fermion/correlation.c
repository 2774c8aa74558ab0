/* Three neighbours of the infinite XX chain in equilibrium: n(k) to correlations. */
#include "fermion/correlation.h"

#include <complex.h>
#include <math.h>

#include "fermion/internal.h"

/* Imaginary part of the pole of the occupation nearest to the real axis, beta cos k = mu + i pi. */
static double pole_distance(double beta, double mu)
{
    double re = mu / beta, im = M_PI / fabs(beta);
    /* |cos k - 1| and |cos k + 1| make the ellipse on which cos k lies: cosh Im k is half the sum
     */
    double sum = 0.5 * (hypot(re - 1, im) + hypot(re + 1, im));
    return acosh(fmax(sum, 1));
}

/* The periodic trapezoid rule; its error falls as exp(-N Im k) with the nearest pole. */
kz_fermion_correlation kz_fermion_correlation_thermal(double beta, double mu)
{
    kz_fermion_correlation out = {{0, 0, 0}};
    double far = beta == 0 ? INFINITY : pole_distance(beta, mu);
    size_t half = (size_t)ceil(fmax(8, 19 / far)); /* exp(-2 * 19) = 3e-17 */
    for (size_t i = 0; i <= half; i++) {
        double k = M_PI * (double)i / (double)half, cosine = cos(k);
        double weight = i == 0 || i == half ? 0.5 : 1;
        double n = 1 / (1 + exp(beta * cosine - mu));
        out.c[0] += weight * n;
        out.c[1] += weight * n * cosine;
        out.c[2] += weight * n * (2 * cosine * cosine - 1);
    }
    for (int r = 0; r < 3; r++)
        out.c[r] /= (double)half;
    return out;
}

/* Filled on the side of k = pi in the ground state, of k = 0 in the ceiling. */
kz_fermion_correlation kz_fermion_correlation_cold(double beta, double magnetization)
{
    double filling = fmin(fmax(0.5 + magnetization, 0), 1), k = M_PI * filling;
    double sign = beta > 0 ? -1 : 1;
    return (kz_fermion_correlation){{filling, sign * sin(k) / M_PI, sin(2 * k) / (2 * M_PI)}};
}

kz_status kz_fermion_correlation_density(double *out, const kz_fermion_correlation *correlation)
{
    double complex matrix[9];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            matrix[3 * i + j] = correlation->c[i < j ? j - i : i - j];
    return kz_fermion_three_site_density(out, matrix);
}
