/* Trace norm of the difference of two three-site density matrices. */
#include <complex.h>
#include <lapacke.h>
#include <math.h>

#include <kapitza/effective.h>

/* Sum of |eigenvalues| of a packed Hermitian block of three. */
static double block_norm(const double *b)
{
    double value[3], real_work[7];
    lapack_complex_double work[9];
    lapack_complex_double a[9] = {
        b[0], 0, 0, CMPLX(b[3], b[4]), b[1], 0, CMPLX(b[5], b[6]), CMPLX(b[7], b[8]), b[2]};
    if (LAPACKE_zheev_work(LAPACK_COL_MAJOR, 'N', 'U', 3, a, 3, value, work, 9, real_work) != 0)
        return NAN;
    return fabs(value[0]) + fabs(value[1]) + fabs(value[2]);
}

double kz_density_distance(const double *a, const double *b)
{
    double d[KZ_DENSITY_SIZE];
    for (int i = 0; i < KZ_DENSITY_SIZE; i++) {
        d[i] = a[i] - b[i];
        if (!isfinite(d[i])) return NAN;
    }
    return fabs(d[0]) + block_norm(d + 1) + block_norm(d + 10) + fabs(d[19]);
}
