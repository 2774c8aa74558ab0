/* Two-point functions of spins on a lattice of free fermions, by Wick's theorem.
 *
 * With S+_i = c+_i (-1)^(N_i), N_i the fermions on the sites before i, and C_ij = <c+_i c_j>,
 *
 *     <S+_i S-_j> = <c+_i prod_{i<k<j} (1 - 2 n_k) c_j> = (-1)^(j-i)/2 det (1 - 2 C)
 *
 * of rows i ... j-1 and columns i+1 ... j (lieb1961): the string is :exp(-2 sum n_k):, whose
 * expansion has determinants of C as terms and sums to that determinant.  For one i these are the
 * leading minors of one matrix.  Rotations of its rows make it triangular one row after the other,
 * whatever its elements are (at half filling the minors are nearly singular), and every row gives
 * the next minor. */
#include <math.h>

#include "core/error.h"
#include "core/memory.h"
#include "fermion/lattice.h"

/* Rows a and b, from where a has its diagonal, such that b begins with 0.  The determinant stays.
 */
static void rotate(double complex *a, double complex *b, size_t count)
{
    double large = cabs(a[0]), small = cabs(b[0]), norm = hypot(large, small);
    if (small == 0.0) return;
    double complex c = a[0] / norm, s = b[0] / norm;
    for (size_t k = 0; k < count; k++) {
        double complex x = a[k], y = b[k];
        a[k] = conj(c) * x + conj(s) * y;
        b[k] = c * y - s * x;
    }
}

/* <S+_i S-_j> of one i and all j > i.
 *  row   out [sites]
 *  room  [(sites - i)^2] */
static void strings(double complex *row, double complex *room, const double complex *C,
                    size_t sites, size_t i)
{
    size_t n = sites - 1 - i;
    for (size_t m = 0; m < n; m++) {
        double complex *last = room + m * n;
        for (size_t k = 0; k < n; k++)
            last[k] = (m == k + 1 ? 1.0 : 0.0) - 2.0 * C[(i + m) * sites + i + 1 + k];
        for (size_t k = 0; k < m; k++)
            rotate(room + k * n + k, last + k, n - k);
        double complex minor = 1.0; /* with the sign of the string */
        for (size_t k = 0; k <= m; k++)
            minor *= -room[k * n + k];
        row[i + 1 + m] = 0.5 * minor;
    }
}

/* Both halves of the Hermitian matrices. */
static void write_pair(const kz_pair_correlations *out, size_t sites, size_t i, size_t j, double zz,
                       double complex pm)
{
    size_t here = i * sites + j, there = j * sites + i;
    if (out->zz) out->zz[here] = out->zz[there] = zz;
    if (out->pm_real) out->pm_real[here] = out->pm_real[there] = creal(pm);
    if (!out->pm_imag) return;
    out->pm_imag[there] = -cimag(pm);
    out->pm_imag[here] = cimag(pm);
}

static void write_all(const kz_pair_correlations *out, const double complex *C,
                      double complex *room, double complex *row, size_t sites)
{
    for (size_t i = 0; i < sites; i++) {
        double n = creal(C[i * sites + i]);
        if (out->pm_real || out->pm_imag) strings(row, room, C, sites, i);
        write_pair(out, sites, i, i, n * (1.0 - n), n);
        for (size_t j = i + 1; j < sites; j++) {
            double complex c = C[i * sites + j];
            write_pair(out, sites, i, j, -creal(c) * creal(c) - cimag(c) * cimag(c), row[j]);
        }
    }
}

kz_status kz_fermion_lattice_correlations(const kz_pair_correlations *out,
                                          kz_fermion_lattice *lattice, double t)
{
    void *memory = NULL;
    if (!out || !lattice) return KZ_FAIL(KZ_EINVAL, "no lattice, or nowhere to put correlations");
    if (!isfinite(t)) return KZ_FAIL(KZ_EDOMAIN, "time t = %.15g is not finite", t);
    size_t sites = lattice->sites;
    KZ_TRY(kz_alloc(&memory, (2 * sites + 1) * sites, sizeof(double complex)));
    double complex *C = memory, *room = C + sites * sites, *row = room + sites * sites;
    kz_fermion_evolve(lattice, t);
    for (size_t i = 0; i < sites; i++)
        for (size_t j = 0; j < sites; j++)
            C[i * sites + j] = kz_fermion_correlation(lattice, i, j);
    write_all(out, C, room, row, sites);
    kz_free(memory);
    return KZ_OK;
}
