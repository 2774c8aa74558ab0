/* The split that avoids a decomposition of the whole two-site tensor.
 *
 * The left Schmidt vectors q of the state before the gate, S B_i / (old Schmidt values), nearly
 * span those after it.  One application of the state, Z = (S Q)^+ C, squares the suppression of
 * what they miss; the rows of Z, orthonormalised to W, carry the new right basis:
 *
 *   B = C W^+,   K = (S B)^+ (S B) = X diag(weight) X^+,   right tensor X^+ W, left tensor B X.
 *
 * ||S C||^2 - tr K is the weight outside of W and counts as discarded, so that the account is
 * exact however good the basis was.  unfried2023 uses QR and a projection on the old right basis
 * alone, which loses 200 times more.  Orthonormalisation by Cholesky of the Gram matrix of Z after
 * scaling its rows to one, repeated where pivots are small, given up where they are tiny. */
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/blas.h"
#include "tbm/eigen.h"
#include "tbm/flip.h"

/* Below this the full decomposition is as fast. */
enum { SMALL = 12 };
static const double WORTHWHILE = 0.85;

/* Squares of pivots of the scaled Cholesky factor: repeat below the first, give up below the
 * second. */
static const double REPEAT_PIVOT = 1e-6, SINGULAR_PIVOT = 1e-9;

/* Old Schmidt values below this are taken for it. */
static const double SMALLEST_VALUE = 1e-14;

/* Between the random numbers of even and odd vectors of one charge. */
static const uint64_t ODD_STREAM = 500000;

/* Uniform in [-1, 1); splitmix64 of a counter. */
static double random_number(uint64_t *stream)
{
    uint64_t z = (*stream += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1.0;
}

/* `count` rows at `out` (leading dimension s->rows) of S B_i / (Schmidt values). */
static void old_vectors(double complex *out, const kz_sector *s, const double complex *tensor,
                        const double *scale, const double *value, int count)
{
    double one = 1.0 / kz_flip_norm(s);
    for (size_t k = 0; k < (size_t)s->old; k++) {
        double inverse = one / (value[k] > SMALLEST_VALUE ? value[k] : SMALLEST_VALUE);
        for (size_t r = 0; r < (size_t)count; r++)
            out[r + k * (size_t)s->rows] = scale[r] * inverse * tensor[r + k * (size_t)count];
    }
}

/* Old left Schmidt vectors and random columns orthogonal to them. */
static void fill_start(double complex *q, const kz_sector *s, const kz_mps *mps, size_t i,
                       int extra, uint64_t stream, kz_work *work)
{
    const kz_mps_bond *middle = &mps->bond[i + 1];
    const kz_mps_site *site = &mps->site[i];
    for (int p = site->basis->states - 1; p >= 0; p--) {
        int m = s->charge - site->basis->charge[p], count = s->row[p].count;
        if (count == 0) continue;
        size_t first = kz_mps_columns(site->basis, middle, m, p) + (size_t)kz_flip_first(middle, s);
        old_vectors(q + s->row[p].start, s, site->data + site->offset[m] + first * (size_t)count,
                    s->scale + s->row[p].start, middle->value + s->old_start, count);
    }
    if (extra == 0) return;
    kz_work_mark mark = kz_work_here(work);
    size_t rows = (size_t)s->rows;
    const double complex minus = -1.0, one = 1.0;
    double complex *random = q + (size_t)s->old * rows;
    double complex *overlap = kz_work_complex(work, (size_t)s->old * (size_t)extra);
    stream = stream * 1000003U + (uint64_t)s->charge + (s->parity < 0 ? ODD_STREAM : 0U);
    for (size_t k = 0; k < rows * (size_t)extra; k++)
        random[k] = random_number(&stream);
    kz_adjoint_multiply(overlap, s->old, 1.0, q, s->rows, random, s->rows, s->old, s->rows, extra);
    cblas_zgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, s->rows, extra, s->old, &minus, q,
                s->rows, overlap, s->old, &one, random, s->rows);
    kz_work_give_back(work, mark);
}

/* gram [n * n] and inverse [n] are scratch. */
static void cholesky_rows(double *pivot, double complex *z, int n, int columns,
                          double complex *gram, double *inverse)
{
    size_t size = (size_t)n;
    const double complex one = 1.0;
    *pivot = 0.0;
    cblas_zherk(CblasColMajor, CblasLower, CblasNoTrans, n, columns, 1.0, z, n, 0.0, gram, n);
    for (size_t k = 0; k < size; k++) {
        double norm = creal(gram[k * (size + 1)]);
        if (!(norm > 0.0 && isfinite(norm))) return;
        inverse[k] = 1.0 / sqrt(norm);
    }
    for (size_t j = 0; j < size; j++)
        for (size_t i = j; i < size; i++)
            gram[i + j * size] *= inverse[i] * inverse[j];
    if (LAPACKE_zpotrf_work(LAPACK_COL_MAJOR, 'L', n, gram, n) != 0) return;
    double least = 1.0;
    for (size_t k = 0; k < size; k++) {
        double p = creal(gram[k * (size + 1)]);
        if (p * p < least) least = p * p;
    }
    *pivot = least;
    if (least < SINGULAR_PIVOT) return;
    kz_scale_rows(z, inverse, z, n, columns);
    cblas_ztrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, columns, &one,
                gram, n, z, n);
}

/* Orthonormalises the rows of z [n * columns] by Cholesky; *pivot is the square of the smallest
 * pivot after scaling the rows to one, 0 where it breaks down. */
static void orthonormalise(double *pivot, double complex *z, int n, int columns, kz_work *work)
{
    kz_work_mark mark = kz_work_here(work);
    double complex *gram = kz_work_complex(work, (size_t)n * (size_t)n);
    double *inverse = kz_work_real(work, (size_t)n);
    cholesky_rows(pivot, z, n, columns, gram, inverse);
    kz_work_give_back(work, mark);
}

static double squared_norm(const kz_sector *s)
{
    double sum = 0.0;
    const double *x = (const double *)s->c;
    size_t rows = (size_t)s->rows;
    for (size_t j = 0; j < (size_t)s->columns; j++, x += 2 * rows)
        for (size_t i = 0; i < rows; i++)
            sum += s->scale[i] * s->scale[i] * (x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1]);
    return sum;
}

/* basis = Z = (S Q)^+ C, q = S Q.  Before the gate C is B_i B_{i+1} and the old columns of Q give
 * diag(old Schmidt values) B_{i+1}; where the change is kept only what the gate added is multiplied
 * out, of spins half of all.  Q is orthonormal up to discarded weight / value^2: what this leaves
 * out lies in the other rows of Z. */
static void apply_state(kz_sector *s, const double complex *q, const kz_mps *mps, size_t i)
{
    const kz_mps_site *right = &mps->site[i + 1];
    const double complex *b = right->data + right->offset[s->charge];
    const double *value = mps->bond[i + 1].value + s->old_start;
    size_t ld = (size_t)s->size, old = (size_t)s->old;
    double complex *z = s->basis;
    if (!s->change_up) {
        kz_adjoint_multiply(z, s->size, 1.0, q, s->rows, s->c, s->rows, s->size, s->rows,
                            s->columns);
        return;
    }
    const kz_range *row = s->row, *column = s->column;
    kz_adjoint_multiply(z, s->size, 1.0, q, s->rows, s->change_up, row[1].count, s->old,
                        row[1].count, column[0].count);
    kz_adjoint_multiply(z + (size_t)column[1].start * ld, s->size, 1.0, q + row[0].start, s->rows,
                        s->change_down, row[0].count, s->old, row[0].count, column[1].count);
    for (size_t j = 0; j < (size_t)s->columns; j++)
        for (size_t k = 0; k < old; k++)
            z[k + j * ld] += value[k] * b[k + j * old];
    kz_adjoint_multiply(z + old, s->size, 1.0, q + old * (size_t)s->rows, s->rows, s->c, s->rows,
                        s->size - s->old, s->rows, s->columns);
}

/* The row space: basis = W of `size` rows.  false: nearly singular. */
static bool find_rows(kz_sector *s, kz_work *work, const kz_mps *mps, size_t i, int extra,
                      uint64_t stream)
{
    kz_work_mark mark = kz_work_here(work);
    double pivot;
    double complex *q = kz_work_complex(work, (size_t)s->rows * (size_t)s->size);
    fill_start(q, s, mps, i, extra, stream, work);
    kz_scale_rows(q, s->scale, q, s->rows, s->size);
    apply_state(s, q, mps, i);
    kz_work_give_back(work, mark);
    orthonormalise(&pivot, s->basis, s->size, s->columns, work);
    if (!(pivot >= SINGULAR_PIVOT)) return false;
    if (pivot < REPEAT_PIVOT) orthonormalise(&pivot, s->basis, s->size, s->columns, work);
    return pivot >= SINGULAR_PIVOT;
}

/* left = C W^+, weights and rotation from K. */
static kz_status diagonalise(kz_sector *s, kz_work *work)
{
    kz_work_mark mark = kz_work_here(work);
    size_t size = (size_t)s->size;
    double complex *scaled = kz_work_complex(work, (size_t)s->rows * size);
    double trace = 0.0;
    kz_multiply_adjoint(s->left, s->rows, 1.0, s->c, s->rows, s->basis, s->size, s->rows,
                        s->columns, s->size);
    kz_scale_rows(scaled, s->scale, s->left, s->rows, s->size);
    cblas_zherk(CblasColMajor, CblasLower, CblasConjTrans, s->size, s->rows, 1.0, scaled, s->rows,
                0.0, s->rotate, s->size);
    kz_work_give_back(work, mark);
    for (size_t k = 0; k < size; k++)
        trace += creal(s->rotate[k * (size + 1)]);
    if (!isfinite(trace))
        return KZ_FAIL(KZ_EDOMAIN, "charge %d: the two-site state is not finite", s->charge);
    double lost = squared_norm(s) - trace;
    s->lost = lost > 0.0 ? lost : 0.0;
    return kz_eigen(s->weight, s->rotate, s->size, work);
}

bool kz_split_may_project(const kz_sector *s)
{
    int least = s->rows < s->columns ? s->rows : s->columns;
    return s->old > 0 && least > SMALL && s->old < WORTHWHILE * least;
}

kz_status kz_split_project(kz_sector *s, kz_work *work, const kz_mps *mps, size_t i, int extra,
                           uint64_t stream)
{
    int least = s->rows < s->columns ? s->rows : s->columns;
    s->size = s->old + extra;
    if (!kz_split_may_project(s) || s->size >= WORTHWHILE * least) return kz_split_gram(s, work);
    if (!find_rows(s, work, mps, i, extra, stream) || diagonalise(s, work) != KZ_OK)
        return kz_split_svd(s, work);
    s->found = s->size;
    s->form = KZ_FORM_ROWS;
    return KZ_OK;
}
