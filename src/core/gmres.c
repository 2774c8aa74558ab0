/* Arnoldi by classical Gram-Schmidt (two matrix-vector products), done twice where once is not
 * enough, Givens rotations on the Hessenberg matrix.  saad2003, chapters 1.4 and 6.5. */
#include "core/gmres.h"

#include <cblas.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

struct kz_gmres {
    size_t n;
    int restart;
    double *basis;      /* [(restart+1) * n] orthonormal rows */
    double *hessenberg; /* [(restart+1) * restart] column j holds h_{0..j+1, j} */
    double *cosine, *sine, *rhs, *coefficient, *work;
};

static const size_t BASIS_BYTES_MAX = (size_t)20 << 20;

void kz_gmres_free(kz_gmres *workspace)
{
    if (!workspace) return;
    kz_free(workspace->basis);
    kz_free(workspace->hessenberg);
    kz_free(workspace->cosine);
    kz_free(workspace->sine);
    kz_free(workspace->rhs);
    kz_free(workspace->coefficient);
    kz_free(workspace->work);
    kz_free(workspace);
}

static kz_status allocate(kz_gmres *w)
{
    size_t m = (size_t)w->restart;
    KZ_TRY(kz_alloc_scratch(&w->basis, (m + 1) * w->n));
    KZ_TRY(kz_alloc_doubles(&w->hessenberg, (m + 1) * m));
    KZ_TRY(kz_alloc_doubles(&w->cosine, m));
    KZ_TRY(kz_alloc_doubles(&w->sine, m));
    KZ_TRY(kz_alloc_doubles(&w->rhs, m + 1));
    KZ_TRY(kz_alloc_doubles(&w->coefficient, m + 1));
    return kz_alloc_doubles(&w->work, w->n);
}

kz_status kz_gmres_create(kz_gmres **out, size_t n, int restart)
{
    *out = NULL;
    if (n == 0 || restart < 1)
        return KZ_FAIL(KZ_EINVAL, "gmres: n = %zu, restart = %d", n, restart);
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_gmres)));
    kz_gmres *w = memory;
    size_t fitting = BASIS_BYTES_MAX / (n * sizeof(double));
    if (fitting < 6) fitting = 6;
    w->n = n;
    w->restart = (size_t)restart < fitting ? restart : (int)fitting;
    kz_status status = allocate(w);
    if (status != KZ_OK) {
        kz_gmres_free(w);
        return status;
    }
    *out = w;
    return KZ_OK;
}

/* y[0..rows) = V x and x += alpha V^T y for the first `rows` basis vectors, in column blocks that
 * stay in the first-level cache and below the size at which OpenBLAS would start threads of its
 * own (callers run many of these side by side). */
enum { BLOCK_ELEMENTS = 8192 };

static size_t block_columns(int rows) { return BLOCK_ELEMENTS / (size_t)rows; }

static void project(double *y, const kz_gmres *w, int rows, const double *x)
{
    size_t block = block_columns(rows);
    for (size_t start = 0; start < w->n; start += block) {
        int columns = (int)(start + block < w->n ? block : w->n - start);
        cblas_dgemv(CblasRowMajor, CblasNoTrans, rows, columns, 1.0, w->basis + start, (int)w->n,
                    x + start, 1, start == 0 ? 0.0 : 1.0, y, 1);
    }
}

static void expand(double *x, const kz_gmres *w, int rows, double alpha, const double *y)
{
    size_t block = block_columns(rows);
    for (size_t start = 0; start < w->n; start += block) {
        int columns = (int)(start + block < w->n ? block : w->n - start);
        cblas_dgemv(CblasRowMajor, CblasTrans, rows, columns, alpha, w->basis + start, (int)w->n, y,
                    1, 1.0, x + start, 1);
    }
}

static double dot(const double *restrict x, const double *restrict y, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* y += alpha x; |y|_2. */
static double add(double *restrict y, double alpha, const double *restrict x, size_t n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++) {
        y[i] += alpha * x[i];
        sum += y[i] * y[i];
    }
    return sqrt(sum);
}

static void scale(double *x, double factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= factor;
}

/* What is left of a vector has lost as many digits of its orthogonality as it has become smaller:
 * below this one pass more. */
static const double ONCE_IS_ENOUGH = 0.1;

/* Orthogonalise w->basis row j+1 against rows 0..j; column j of the Hessenberg matrix.  With a good
 * preconditioner most of it is row j, which goes first, so that one pass over all of them mostly
 * does.  True at a breakdown: nothing but rounding was left of the new vector, so that the
 * recurrence's residual no longer speaks for the true one. */
static bool orthogonalise(kz_gmres *w, int j)
{
    double *next = w->basis + (size_t)(j + 1) * w->n;
    double *column = w->hessenberg + (size_t)j * (size_t)(w->restart + 1);
    memset(column, 0, (size_t)(w->restart + 1) * sizeof *column);
    const double *last = w->basis + (size_t)j * w->n;
    column[j] = dot(last, next, w->n);
    double norm = add(next, -column[j], last, w->n), before = hypot(column[j], norm), left = norm;
    for (int pass = 0; pass < 2 && (pass == 0 || norm <= ONCE_IS_ENOUGH * left); pass++) {
        left = norm;
        project(w->coefficient, w, j + 1, next);
        expand(next, w, j + 1, -1.0, w->coefficient);
        for (int i = 0; i <= j; i++)
            column[i] += w->coefficient[i];
        norm = sqrt(dot(next, next, w->n));
    }
    column[j + 1] = norm;
    if (norm > 0) scale(next, 1 / norm, w->n);
    return norm <= 1e-14 * before;
}

/* Rotate column j into upper triangular form; returns the new residual norm. */
static double rotate(kz_gmres *w, int j)
{
    double *column = w->hessenberg + (size_t)j * (size_t)(w->restart + 1);
    for (int i = 0; i < j; i++) {
        double upper = w->cosine[i] * column[i] + w->sine[i] * column[i + 1];
        column[i + 1] = -w->sine[i] * column[i] + w->cosine[i] * column[i + 1];
        column[i] = upper;
    }
    double radius = hypot(column[j], column[j + 1]);
    w->cosine[j] = radius != 0 ? column[j] / radius : 1; /* a NaN goes on */
    w->sine[j] = radius != 0 ? column[j + 1] / radius : 0;
    column[j] = radius;
    column[j + 1] = 0;
    w->rhs[j + 1] = -w->sine[j] * w->rhs[j];
    w->rhs[j] = w->cosine[j] * w->rhs[j];
    return fabs(w->rhs[j + 1]);
}

/* The last pivot of R is rounding against the largest: no solution in this Krylov space. */
static bool is_singular(const kz_gmres *w, int k)
{
    double largest = 0, pivot = 0;
    for (int i = 0; i <= k; i++) {
        pivot = fabs(w->hessenberg[(size_t)i * (size_t)(w->restart + 1) + (size_t)i]);
        largest = fmax(largest, pivot);
    }
    return pivot <= 1e-12 * largest;
}

/* x += basis^T y with R y = rhs, R the leading k x k triangle. */
static void update_solution(double *x, kz_gmres *w, int k)
{
    double *y = w->coefficient;
    for (int i = k - 1; i >= 0; i--) {
        double sum = w->rhs[i];
        for (int l = i + 1; l < k; l++)
            sum -= w->hessenberg[(size_t)l * (size_t)(w->restart + 1) + (size_t)i] * y[l];
        double pivot = w->hessenberg[(size_t)i * (size_t)(w->restart + 1) + (size_t)i];
        y[i] = pivot != 0 ? sum / pivot : 0;
    }
    if (k > 0) expand(x, w, k, 1.0, y);
}

/* Row 0 of the basis becomes the normalised residual; returns its norm. */
static double start_cycle(const double *x, const double *b, kz_linear_map map, void *context,
                          kz_gmres *w, int *count)
{
    double *first = w->basis;
    bool zero_guess = cblas_idamax((int)w->n, x, 1) == 0 && x[0] == 0;
    if (zero_guess) {
        memcpy(first, b, w->n * sizeof *b);
    } else {
        map(w->work, x, context);
        *count += 1;
        for (size_t i = 0; i < w->n; i++)
            first[i] = b[i] - w->work[i];
    }
    double norm = cblas_dnrm2((int)w->n, first, 1);
    if (norm > 0) scale(first, 1 / norm, w->n);
    w->rhs[0] = norm;
    return norm;
}

kz_status kz_gmres_solve(double *x, const double *b, kz_linear_map map, void *context, double tol,
                         int max_applications, kz_gmres *w, kz_gmres_report *report)
{
    double size = cblas_dnrm2((int)w->n, b, 1);
    if (!isfinite(size)) return KZ_FAIL(KZ_EDOMAIN, "gmres: right-hand side is not finite");
    double floor_residual = fmax(tol, 1e-13 * size);
    double residual = INFINITY;
    int count = 0;
    bool breakdown = false;
    while (count < max_applications) {
        double start = start_cycle(x, b, map, context, w, &count);
        bool stagnant = start > 0.3 * residual;
        residual = start;
        if (!isfinite(residual)) break;
        if (residual <= tol || (stagnant && (residual <= floor_residual || breakdown))) break;
        int k = 0;
        while (k < w->restart && residual > tol && residual > 1e-15 * size && !breakdown) {
            map(w->basis + (size_t)(k + 1) * w->n, w->basis + (size_t)k * w->n, context);
            count++;
            breakdown = orthogonalise(w, k);
            residual = rotate(w, k);
            breakdown = breakdown && is_singular(w, k);
            k++;
            if (!isfinite(residual)) break;
            if (count >= max_applications) break;
        }
        update_solution(x, w, k);
        if (!isfinite(residual) || (residual <= tol && !breakdown)) break;
    }
    if (report) *report = (kz_gmres_report){.applications = count, .residual = residual};
    if (residual <= floor_residual) return KZ_OK;
    if (!isfinite(residual))
        return KZ_FAIL(KZ_EDOMAIN, "gmres: the operator gave a non-finite value");
    return KZ_FAIL(KZ_ENOCONV, "gmres: residual %.3g after %d applications, wanted %.3g", residual,
                   count, tol);
}
