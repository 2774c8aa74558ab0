/* Entropies of all cuts, from the eigenvalues of corners of the correlation matrix. */
#include <cblas.h>
#include <float.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "fermion/lattice.h"

static kz_status diagonalize(kz_fermion_lattice *lattice, size_t n, double complex *work,
                             lapack_int size)
{
    lapack_int order = (lapack_int)n, integer_work = 0;
    /* Upper triangle by rows is lower triangle by columns of the conjugate: same eigenvalues.  Keep
     * it lower: with 'U' zgemv of OpenBLAS 0.3.21 reads a column past the end (its issue 4013). */
    lapack_int info = LAPACKE_zheevd_work(LAPACK_COL_MAJOR, 'N', 'L', order, lattice->corner, order,
                                          lattice->eigenvalue, work, size, lattice->real_work,
                                          size < 0 ? -1 : order, &integer_work, size < 0 ? -1 : 1);
    if (info != 0)
        return KZ_FAIL(KZ_ENOCONV, "eigenvalues of a %zu x %zu correlation matrix: zheevd gives %d",
                       n, n, (int)info);
    return KZ_OK;
}

static kz_status alloc_complex(double complex **out, size_t count)
{
    void *pointer;
    kz_status status = kz_alloc(&pointer, count, sizeof **out);
    *out = pointer;
    return status;
}

kz_status kz_fermion_entropy_prepare(kz_fermion_lattice *lattice)
{
    size_t n = lattice->copies * lattice->sites / 2;
    KZ_TRY(kz_alloc_doubles(&lattice->entropy, lattice->sites));
    KZ_TRY(alloc_complex(&lattice->correlation, n * n));
    KZ_TRY(alloc_complex(&lattice->corner, n * n));
    KZ_TRY(kz_alloc_doubles(&lattice->eigenvalue, n));
    KZ_TRY(kz_alloc_doubles(&lattice->real_work, n));
    double complex best;
    KZ_TRY(diagonalize(lattice, n, &best, -1));
    lattice->work_size = (lapack_int)fmax(creal(best), (double)n + 1.0);
    return alloc_complex(&lattice->work, (size_t)lattice->work_size);
}

/* -n ln n - (1-n) ln(1-n) summed over the first `count` eigenvalues.  All but a few eigenvalues are
 * 0 or 1 up to 1e-15, with a rounding error to which this function is steep (37 at 1e-16): taking
 * them for 0 and 1 keeps the error near 3e-13 for any number of them. */
static double binary_entropy(const double *eigenvalue, size_t count)
{
    double noise = 16.0 * DBL_EPSILON, sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        double n = eigenvalue[i];
        if (n > noise && n < 1.0 - noise) sum -= n * log(n) + (1.0 - n) * log1p(-n);
    }
    return sum;
}

/* Entropies of the cuts whose shorter side is in the given half, from the eigenvalues of C on it:
 * a pure state, with its ancillas, has the same entropy on both sides of a cut. */
static kz_status half_entropies(kz_fermion_lattice *lattice, bool right)
{
    size_t half = lattice->sites / 2, copies = lattice->copies, orbitals = lattice->orbitals;
    size_t n = half * copies;
    cblas_zherk(CblasRowMajor, CblasUpper, CblasNoTrans, (int)n, (int)orbitals, 1.0,
                lattice->psi + (right ? n * orbitals : 0), (int)orbitals, 0.0, lattice->correlation,
                (int)n);
    size_t longest = right ? half - 1 : half; /* the cut in the middle belongs to the left */
    for (size_t l = 1; l <= longest; l++) {
        size_t order = l * copies, first = right ? n - order : 0;
        for (size_t i = 0; i < order; i++)
            memcpy(lattice->corner + i * order, lattice->correlation + (first + i) * n + first,
                   order * sizeof *lattice->corner);
        KZ_TRY(diagonalize(lattice, order, lattice->work, lattice->work_size));
        size_t cut = right ? lattice->sites - l - 1 : l - 1;
        lattice->entropy[cut] = binary_entropy(lattice->eigenvalue, order);
    }
    return KZ_OK;
}

kz_status kz_fermion_entropy_compute(kz_fermion_lattice *lattice)
{
    KZ_TRY(half_entropies(lattice, false));
    return half_entropies(lattice, true);
}
