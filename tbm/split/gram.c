/* Splits by the Gram matrix of the columns. */
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/eigen.h"
#include "tbm/update.h"

/* zhetrd, dstedc, zunmtr: what zheevd does, a tenth to a third faster, because zheevd multiplies
 * small tridiagonal matrices by complex rotations and copies more. */
static kz_status eigen(double *weight, double complex *a, int n, kz_work *work)
{
    size_t size = (size_t)n;
    int length = KZ_EIGEN_LAPACK(n), real_length = 1 + 4 * n + n * n;
    double complex *reflectors = kz_work_complex(work, size * size);
    double complex *factor = kz_work_complex(work, size);
    double complex *lapack = kz_work_complex(work, (size_t)length);
    double *off = kz_work_real(work, size), *vector = kz_work_real(work, size * size);
    double *real_lapack = kz_work_real(work, (size_t)real_length);
    for (size_t j = 0; j < size; j++)
        memcpy(reflectors + j * (size + 1), a + j * (size + 1), (size - j) * sizeof *a);
    int info = LAPACKE_zhetrd_work(LAPACK_COL_MAJOR, 'L', n, reflectors, n, weight, off, factor,
                                   lapack, length);
    if (info == 0)
        info = LAPACKE_dstedc_work(LAPACK_COL_MAJOR, 'I', n, weight, off, vector, n, real_lapack,
                                   real_length, work->integers, 3 + 5 * n);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "eigenvalues of order %d: LAPACK says %d", n, info);
    for (size_t j = 0; j < size; j++) /* ascending to descending */
        for (size_t i = 0; i < size; i++)
            a[i + j * size] = vector[i + (size - 1 - j) * size];
    for (size_t j = 0; j < size / 2; j++) {
        double swap = weight[j];
        weight[j] = weight[size - 1 - j];
        weight[size - 1 - j] = swap;
    }
    info = LAPACKE_zunmtr_work(LAPACK_COL_MAJOR, 'L', 'L', 'N', n, n, reflectors, n, factor, a, n,
                               lapack, length);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "zunmtr of order %d returned %d", n, info);
    for (size_t j = 0; j < size; j++)
        if (!(weight[j] > 0.0)) weight[j] = 0.0;
    return KZ_OK;
}

kz_status kz_eigen(double *weight, double complex *a, int n, kz_work *work)
{
    kz_work_mark mark = kz_work_here(work);
    kz_status status = eigen(weight, a, n, work);
    kz_work_give_back(work, mark);
    return status;
}

void kz_scale_rows(double complex *out, const double *scale, const double complex *in, int rows,
                   int columns)
{
    for (size_t j = 0; j < (size_t)columns; j++)
        for (size_t i = 0; i < (size_t)rows; i++)
            out[i + j * (size_t)rows] = scale[i] * in[i + j * (size_t)rows];
}

/* Lower triangle of a^+ a. */
static void gram(double complex *out, const double complex *a, int rows, int columns)
{
    if (columns > 4) {
        cblas_zherk(CblasColMajor, CblasLower, CblasConjTrans, columns, rows, 1.0, a, rows, 0.0,
                    out, columns);
        return;
    }
    for (size_t j = 0; j < (size_t)columns; j++) {
        for (size_t i = j; i < (size_t)columns; i++) {
            const double complex *x = a + i * (size_t)rows, *y = a + j * (size_t)rows;
            double re = 0.0, im = 0.0;
            for (size_t k = 0; k < (size_t)rows; k++) {
                re += creal(x[k]) * creal(y[k]) + cimag(x[k]) * cimag(y[k]);
                im += creal(x[k]) * cimag(y[k]) - cimag(x[k]) * creal(y[k]);
            }
            double *element = (double *)&out[i + j * (size_t)columns];
            element[0] = re;
            element[1] = im;
        }
    }
}

/* Closed form of order 1 and 2; x is the lower triangle and becomes the eigenvectors. */
static bool tiny_eigen(double *weight, double complex *x, int n)
{
    if (n == 1) {
        weight[0] = creal(x[0]);
        x[0] = 1.0;
        return true;
    }
    if (n != 2) return false;
    double a = creal(x[0]), d = creal(x[3]), half = 0.5 * (a - d), off = cabs(x[1]);
    double root = hypot(half, off), mean = 0.5 * (a + d);
    /* (cosine, sine phase) to the larger eigenvalue; phase takes the off-diagonal element out */
    double angle = 0.5 * atan2(off, half), cosine = cos(angle), sine = sin(angle);
    double pr = off > 0.0 ? creal(x[1]) / off : 1.0, pi = off > 0.0 ? cimag(x[1]) / off : 0.0;
    weight[0] = mean + root;
    weight[1] = mean - root > 0.0 ? mean - root : 0.0;
    double *v = (double *)x;
    v[0] = cosine, v[1] = 0.0;
    v[2] = sine * pr, v[3] = sine * pi;
    v[4] = -sine * pr, v[5] = sine * pi;
    v[6] = cosine, v[7] = 0.0;
    return true;
}

kz_status kz_split_gram(kz_sector *s, kz_work *work)
{
    kz_work_mark mark = kz_work_here(work);
    if (s->columns > s->rows) return kz_split_svd(s, work);
    double complex *a = kz_work_complex(work, (size_t)s->rows * (size_t)s->columns);
    kz_scale_rows(a, s->scale, s->c, s->rows, s->columns);
    gram(s->rotate, a, s->rows, s->columns);
    kz_work_give_back(work, mark);
    double trace = 0.0;
    for (size_t k = 0; k < (size_t)s->columns; k++)
        trace += creal(s->rotate[k * ((size_t)s->columns + 1)]);
    if (!isfinite(trace))
        return KZ_FAIL(KZ_EDOMAIN, "charge %d: the two-site state is not finite", s->charge);
    if (!tiny_eigen(s->weight, s->rotate, s->columns) &&
        kz_eigen(s->weight, s->rotate, s->columns, work) != KZ_OK)
        return kz_split_svd(s, work);
    s->found = s->size = s->columns;
    s->lost = 0.0;
    s->form = KZ_FORM_GRAM;
    return KZ_OK;
}
