/* The full singular value decomposition of one sector. */
#include <lapacke.h>
#include <math.h>

#include "core/error.h"
#include "tbm/update.h"

/* Workspaces as in the documentation of zgesdd, JOBZ = 'S', with room for blocked code. */
static int divide_and_conquer(kz_sector *s, double complex *a, double *value, double complex *u,
                              kz_work *work)
{
    int least = s->rows < s->columns ? s->rows : s->columns;
    int most = s->rows < s->columns ? s->columns : s->rows;
    int length = least * least + 4 * least + 64 * (least + most);
    size_t reals = 5 * (size_t)least * (size_t)least + 2 * (size_t)most * (size_t)least +
                   2 * (size_t)least * (size_t)least + 7 * (size_t)least;
    return LAPACKE_zgesdd_work(LAPACK_COL_MAJOR, 'S', s->rows, s->columns, a, s->rows, value, u,
                               s->rows, s->basis, least, kz_work_complex(work, (size_t)length),
                               length, kz_work_real(work, reals), work->integers);
}

static int implicit_qr(kz_sector *s, double complex *a, double *value, double complex *u,
                       kz_work *work)
{
    int least = s->rows < s->columns ? s->rows : s->columns;
    int length = least * least + 4 * least + 64 * (s->rows + s->columns);
    return LAPACKE_zgesvd_work(LAPACK_COL_MAJOR, 'S', 'S', s->rows, s->columns, a, s->rows, value,
                               u, s->rows, s->basis, least, kz_work_complex(work, (size_t)length),
                               length, kz_work_real(work, 5 * (size_t)least));
}

/* The real parts, in the first half of the same memory. */
static double *narrowed(double complex *a, size_t count)
{
    double *out = (double *)a;
    for (size_t k = 0; k < count; k++)
        out[k] = out[2 * k];
    return out;
}

static void widen(double complex *a, size_t count)
{
    double *out = (double *)a;
    for (size_t k = count; k-- > 0;) {
        out[2 * k] = out[k];
        out[2 * k + 1] = 0.0;
    }
}

/* Imaginary time leaves real states real.  Half of the time of zgesdd: real arithmetic, and no
 * left singular vectors, which nobody reads.  Matrices stand in halves of the memory of complex
 * ones, the work array where zgesdd has its reals. */
static int real_implicit_qr(kz_sector *s, double complex *a, double *value, double complex *u,
                            kz_work *work)
{
    size_t rows = (size_t)s->rows, columns = (size_t)s->columns;
    size_t least = rows < columns ? rows : columns, most = rows < columns ? columns : rows;
    size_t length = 7 * least * least + 2 * most * least + 7 * least;
    int info = LAPACKE_dgesvd_work(LAPACK_COL_MAJOR, 'N', 'S', s->rows, s->columns,
                                   narrowed(a, rows * columns), s->rows, value, (double *)u,
                                   s->rows, (double *)s->basis, (int)least,
                                   kz_work_real(work, length), (int)length);
    widen(s->basis, least * columns);
    return info;
}

/* a = S c; returns its squared norm, and whether it is real. */
static double scale_rows(double complex *a, bool *real, const kz_sector *s)
{
    double sum = 0.0, imaginary = 0.0;
    size_t rows = (size_t)s->rows;
    for (size_t j = 0; j < (size_t)s->columns; j++) {
        for (size_t i = 0; i < rows; i++) {
            double complex x = s->scale[i] * s->c[i + j * rows];
            a[i + j * rows] = x;
            sum += creal(x) * creal(x) + cimag(x) * cimag(x);
            imaginary = fmax(imaginary, fabs(cimag(x)));
        }
    }
    *real = imaginary == 0.0;
    return sum;
}

static kz_status decompose(kz_sector *s, double complex *a, double complex *u, kz_work *work)
{
    typedef int driver(kz_sector *, double complex *, double *, double complex *, kz_work *);
    static driver *const drivers[] = {real_implicit_qr, divide_and_conquer, implicit_qr};
    kz_work_mark mark = kz_work_here(work);
    for (int k = 0; k < 3; k++) {
        bool real;
        double norm = scale_rows(a, &real, s);
        if (!isfinite(norm))
            return KZ_FAIL(KZ_EDOMAIN, "charge %d: the two-site state is not finite", s->charge);
        if (k == 0 && !real) continue;
        int info = drivers[k](s, a, s->weight, u, work);
        kz_work_give_back(work, mark);
        if (info == 0) return KZ_OK;
    }
    return KZ_FAIL(KZ_ENOCONV, "charge %d: no SVD of a %d x %d matrix", s->charge, s->rows,
                   s->columns);
}

kz_status kz_split_svd(kz_sector *s, kz_work *work)
{
    kz_work_mark mark = kz_work_here(work);
    int least = s->rows < s->columns ? s->rows : s->columns;
    double complex *a = kz_work_complex(work, (size_t)s->rows * (size_t)s->columns);
    double complex *u = kz_work_complex(work, (size_t)s->rows * (size_t)least);
    kz_status status = decompose(s, a, u, work);
    kz_work_give_back(work, mark);
    if (status != KZ_OK) return status;
    for (int k = 0; k < least; k++)
        s->weight[k] *= s->weight[k];
    s->found = s->size = least;
    s->lost = 0.0;
    s->form = KZ_FORM_SVD;
    return KZ_OK;
}
