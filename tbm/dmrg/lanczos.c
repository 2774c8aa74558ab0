/* The inner solver of DMRG. */
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/dmrg/dmrg.h"

/* w -= V (V^T w), all earlier vectors, once more against rounding. */
static void orthogonalise(double *next, const double *basis, int n, int count, double *scratch)
{
    for (int pass = 0; pass < 2; pass++) {
        cblas_dgemv(CblasColMajor, CblasTrans, n, count, 1.0, basis, n, next, 1, 0.0, scratch, 1);
        cblas_dgemv(CblasColMajor, CblasNoTrans, n, count, -1.0, basis, n, scratch, 1, 1.0, next,
                    1);
    }
}

/* Lowest eigenpair of the tridiagonal matrix; the vector goes to `vector`. */
static kz_status lowest(double *energy, double *vector, const double *diagonal,
                        const double *beside, int n)
{
    double d[KZ_LANCZOS_STEPS], e[KZ_LANCZOS_STEPS], z[KZ_LANCZOS_STEPS * KZ_LANCZOS_STEPS];
    double work[2 * KZ_LANCZOS_STEPS];
    memcpy(d, diagonal, (size_t)n * sizeof *d);
    memcpy(e, beside, (size_t)n * sizeof *e);
    int info = LAPACKE_dstev_work(LAPACK_COL_MAJOR, 'V', n, d, e, z, n, work);
    if (info != 0) return KZ_FAIL(KZ_ENOCONV, "dstev returned %d", info);
    memcpy(vector, z, (size_t)n * sizeof *vector);
    *energy = d[0];
    return KZ_OK;
}

kz_status kz_pair_lanczos(double *energy, kz_dmrg_work *w, double tolerance, int steps)
{
    size_t size = w->size;
    int n = (int)size, count = 0;
    double diagonal[KZ_LANCZOS_STEPS], beside[KZ_LANCZOS_STEPS], vector[KZ_LANCZOS_STEPS];
    double scratch[KZ_LANCZOS_STEPS + 1];
    if (steps > KZ_LANCZOS_STEPS) steps = KZ_LANCZOS_STEPS;
    KZ_TRY(kz_vector_reserve(&w->krylov, (size_t)(steps + 1) * size));
    double *basis = w->krylov.data, norm = cblas_dnrm2(n, w->theta.data, 1);
    if (!(norm > 0.0 && isfinite(norm)))
        return KZ_FAIL(KZ_EDOMAIN, "sites %zu and %zu: state of norm %.15g", w->i, w->i + 1, norm);
    memcpy(basis, w->theta.data, size * sizeof *basis);
    if (w->flip) kz_pair_symmetrise(basis, w);
    cblas_dscal(n, 1.0 / norm, basis, 1);
    for (;;) {
        double *last = basis + (size_t)count * size, *next = last + size;
        kz_pair_apply(next, w, last);
        diagonal[count] = cblas_ddot(n, last, 1, next, 1);
        count++;
        orthogonalise(next, basis, n, count, scratch);
        if (w->flip)
            kz_pair_symmetrise(next, w); /* the other eigenvalue would grow from rounding */
        double rest = cblas_dnrm2(n, next, 1);
        KZ_TRY(lowest(energy, vector, diagonal, beside, count));
        bool exact = rest <= 1e-13 * (1.0 + fabs(*energy));
        if (exact || rest * fabs(vector[count - 1]) <= tolerance || count == steps) break;
        beside[count - 1] = rest;
        cblas_dscal(n, 1.0 / rest, next, 1);
    }
    cblas_dgemv(CblasColMajor, CblasNoTrans, n, count, 1.0, basis, n, vector, 1, 0.0, w->theta.data,
                1);
    return KZ_OK;
}
