#include "ghd/diffusion/green.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

struct kz_green {
    const kz_convolution *c;
    const double *hole;
    int parity;      /* +1 even, -1 odd */
    int row;         /* entered */
    double *s, *own; /* [blocks*n*n] s_b, and what couples its last row to itself: d_b or s R */
    double *symbol;  /* [blocks*n] of `own`, as c->symbol */
    /* Column-major blocks [n*n].  Rows before f eliminated: P_f = 1 - own D_f - ..., its factors,
     * P_f^-1 s; Q likewise for the rows after f, of the row entered and of the one after it. */
    double *P, *P_factored, *step; /* [rows*n*n] */
    double *Q, *Q_factored, *M;    /* [n*n] */
    double *work;                  /* [n*n] */
    lapack_int *pivot;             /* [(rows + 2)*n] of P, Q and M */
    double *above, *below;         /* [room*n] scratch of columns */
    size_t room;
};

void kz_green_free(kz_green *g)
{
    if (!g) return;
    double *arrays[] = {g->s, g->own,        g->symbol, g->P,    g->P_factored, g->step,
                        g->Q, g->Q_factored, g->M,      g->work, g->above,      g->below};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_free(g->pivot);
    kz_free(g);
}

/* -- kernels --------------------------------------------------------------------------------- */

/* s of a block with the period of the window, |x| < 2 window: no function has a corner at the
 * window's ends, which the transforms of columns would see everywhere. */
static double kernel(const kz_green *g, int block, double x)
{
    const kz_form *form = &g->c->form;
    if (form->closed) return kz_form_source(form, x);
    double width = form->width[block], image = fabs(x) - 2 * g->c->grid.window;
    return kz_local_kernel(width, x) + kz_local_kernel(width, image);
}

/* s_b as an operator on nodal values. */
static void fill_s(double *s, const kz_green *g, int block)
{
    size_t n = g->c->n;
    double h = kz_grid_spacing(&g->c->grid);
    for (size_t j = 0; j < n; j++)
        for (size_t i = 0; i <= j; i++)
            s[j * n + i] = s[i * n + j] =
                h * (kernel(g, block, (double)(j - i) * h) +
                     g->parity * kernel(g, block, (double)(i + j + 1) * h));
}

static size_t mode(const kz_green *g, size_t k) { return g->parity > 0 ? k : k + 1; }

/* A kernel that falls off fast enough to be known by its modes, at y: coefficients [n] of its
 * even or odd part. */
static void own_coefficients(double *out, const kz_green *g, int block, double y)
{
    size_t n = g->c->n;
    double angle = M_PI / g->c->grid.window * y, scale = (double)n / g->c->grid.window;
    const double *symbol = g->symbol + (size_t)block * n;
    for (size_t k = 0; k < n; k++) {
        double phase = (double)mode(g, k) * angle;
        out[k] = 2 * scale * symbol[k] * (g->parity > 0 ? cos(phase) : sin(phase));
    }
}

/* The coupling of a block's last row to itself, and its matrix; false without. */
static bool has_own(const kz_green *g, int block)
{
    return g->c->form.closed || block + 1 < g->c->form.blocks;
}

static kz_status fill_own(kz_green *g, const kz_closure *closure)
{
    const kz_convolution *c = g->c;
    size_t n = c->n;
    double h = kz_grid_spacing(&c->grid), *all;
    KZ_TRY(kz_alloc_doubles(&all, (size_t)c->rows * n)); /* the plan is for all rows at once */
    for (int b = 0; b < c->form.blocks; b++) {
        if (!has_own(g, b)) continue;
        for (size_t k = 0; k < n; k++)
            g->symbol[(size_t)b * n + k] =
                c->form.closed
                    ? c->symbol[k] *
                          kz_closure_ratio(closure, exp(-0.5 * c->form.width[0] * c->frequency[k]))
                    : c->link[(size_t)b * n + k];
        double *own = g->own + (size_t)b * n * n;
        for (size_t j = 0; j < n; j++) {
            own_coefficients(all, g, b, c->lambda[j]);
            kz_convolution_backward(c, all);
            for (size_t i = 0; i < n; i++)
                own[j * n + i] = h * all[i];
        }
    }
    kz_free(all);
    return KZ_OK;
}

/* -- elimination ----------------------------------------------------------------------------- */

static double *block_of(double *array, const kz_green *g, int f)
{
    return array + (size_t)f * g->c->n * g->c->n;
}

static bool closes(const kz_green *g, int f)
{
    return f + 1 == g->c->form.end[kz_form_block(&g->c->form, f)];
}

/* Rows f - 1 and f couple by s of row f's block, K_{f-1,f} with this sign. */
static int link_sign(const kz_green *g, int f) { return closes(g, f - 1) ? -1 : 1; }

static const double *coupling(const kz_green *g, int f)
{
    return block_of(g->s, g, kz_form_block(&g->c->form, f));
}

static void multiply(double *out, const double *A, const double *B, int n, int columns, int ld,
                     double factor, double keep)
{
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, columns, n, factor, A, n, B, ld, keep,
                out, ld);
}

/* rows of B [n*columns] times D of row f */
static void weigh(double *B, const kz_green *g, int f, size_t columns)
{
    size_t n = g->c->n;
    const double *D = g->hole + (size_t)f * n;
    for (size_t j = 0; j < columns; j++)
        for (size_t i = 0; i < n; i++)
            B[j * n + i] *= D[i];
}

/* out = 1 - own D_f - sign s D_{f'} X D_f, X = (what row f' has become)^-1 s; X NULL: no row f'. */
static void reduce(double *out, kz_green *g, int f, int other, const double *s, int sign,
                   const double *X)
{
    size_t n = g->c->n, area = n * n;
    const double *D = g->hole + (size_t)f * n;
    memset(out, 0, area * sizeof *out);
    if (X) {
        memcpy(g->work, X, area * sizeof *X);
        weigh(g->work, g, other, n);
        multiply(out, s, g->work, (int)n, (int)n, (int)n, -sign, 0);
    }
    int block = kz_form_block(&g->c->form, f);
    if (closes(g, f) && has_own(g, block))
        cblas_daxpy((int)area, -1, g->own + (size_t)block * area, 1, out, 1);
    for (size_t j = 0; j < n; j++) {
        cblas_dscal((int)n, D[j], out + j * n, 1);
        out[j * n + j] += 1;
    }
}

static kz_status factor(double *matrix, lapack_int *pivot, const kz_green *g, int f)
{
    int n = (int)g->c->n;
    if (LAPACKE_dgetrf(LAPACK_COL_MAJOR, n, n, matrix, n, pivot))
        return KZ_FAIL(KZ_ESING, "dressed kernel, row %d", f + 1);
    return KZ_OK;
}

static kz_status solve(double *out, const double *factored, const lapack_int *pivot,
                       const kz_green *g, size_t columns, size_t ld)
{
    int n = (int)g->c->n;
    if (LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'N', n, (int)columns, factored, n, pivot, out, (int)ld))
        return KZ_FAIL(KZ_ESING, "dressed kernel");
    return KZ_OK;
}

static kz_status eliminate_down(kz_green *g)
{
    size_t n = g->c->n, area = n * n;
    for (int f = 0; f < g->c->rows; f++) {
        double *P = block_of(g->P, g, f), *factored = block_of(g->P_factored, g, f);
        lapack_int *pivot = g->pivot + (size_t)f * n;
        if (f > 0)
            reduce(P, g, f, f - 1, coupling(g, f), link_sign(g, f), block_of(g->step, g, f - 1));
        else
            reduce(P, g, f, 0, NULL, 0, NULL);
        memcpy(factored, P, area * sizeof *P);
        KZ_TRY(factor(factored, pivot, g, f));
        if (f + 1 == g->c->rows) break;
        double *step = block_of(g->step, g, f);
        memcpy(step, coupling(g, f + 1), area * sizeof *step);
        KZ_TRY(solve(step, factored, pivot, g, n, n));
    }
    return KZ_OK;
}

kz_status kz_green_enter(kz_green *g, int f)
{
    size_t n = g->c->n, area = n * n;
    int rows = g->c->rows;
    lapack_int *Q_pivot = g->pivot + (size_t)rows * n, *M_pivot = Q_pivot + n;
    double *X = NULL;
    if (f + 1 < rows) { /* Q is that of row f + 1 */
        memcpy(g->Q_factored, g->Q, area * sizeof *g->Q);
        KZ_TRY(factor(g->Q_factored, Q_pivot, g, f + 1));
        X = g->M;
        memcpy(X, coupling(g, f + 1), area * sizeof *X);
        KZ_TRY(solve(X, g->Q_factored, Q_pivot, g, n, n));
        reduce(g->Q, g, f, f + 1, coupling(g, f + 1), link_sign(g, f + 1), X);
    } else {
        reduce(g->Q, g, f, 0, NULL, 0, NULL);
    }
    /* P + Q - (1 - own D) */
    reduce(g->M, g, f, 0, NULL, 0, NULL);
    const double *P = block_of(g->P, g, f);
    for (size_t i = 0; i < area; i++)
        g->M[i] = P[i] + g->Q[i] - g->M[i];
    g->row = f;
    return factor(g->M, M_pivot, g, f);
}

/* -- columns --------------------------------------------------------------------------------- */

double kz_green_direct(const kz_green *g, double lambda, double y)
{
    int b = kz_form_block(&g->c->form, g->row);
    return link_sign(g, g->row) * (kernel(g, b, lambda - y) + g->parity * kernel(g, b, lambda + y));
}

/* Columns s(., y) of a block, through the inverse of the row that they meet. */
static kz_status source(double *out, const kz_green *g, int block, const double *y, size_t count,
                        const double *factored, const lapack_int *pivot)
{
    size_t n = g->c->n;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < n; k++)
            out[i * n + k] = kernel(g, block, g->c->lambda[k] - y[i]) +
                             g->parity * kernel(g, block, g->c->lambda[k] + y[i]);
    return solve(out, factored, pivot, g, count, n);
}

static kz_status reserve(kz_green *g, size_t count)
{
    if (count <= g->room) return KZ_OK;
    kz_free(g->above);
    kz_free(g->below);
    g->above = g->below = NULL;
    g->room = 0;
    KZ_TRY(kz_alloc_doubles(&g->above, count * g->c->n));
    KZ_TRY(kz_alloc_doubles(&g->below, count * g->c->n));
    g->room = count;
    return KZ_OK;
}

/* Own coupling at y into row f; the transforms act on all rows, of which the others are nought. */
static void own_columns(double *out, const kz_green *g, const double *y, size_t count)
{
    const kz_convolution *c = g->c;
    size_t n = c->n, size = (size_t)c->rows * n;
    int block = kz_form_block(&c->form, g->row);
    if (!closes(g, g->row) || !has_own(g, block)) return;
    for (size_t i = 0; i < count; i++) {
        own_coefficients(out + i * size + (size_t)g->row * n, g, block, y[i]);
        kz_convolution_backward(c, out + i * size);
    }
}

kz_status kz_green_columns(double *out, kz_green *g, const double *y, size_t count)
{
    const kz_convolution *c = g->c;
    size_t n = c->n, size = (size_t)c->rows * n;
    int f = g->row, rows = c->rows, columns = (int)count, ld = (int)size;
    const lapack_int *Q_pivot = g->pivot + (size_t)rows * n, *M_pivot = Q_pivot + n;
    double *here = out + (size_t)f * n;
    KZ_TRY(reserve(g, count));
    memset(out, 0, count * size * sizeof *out);
    own_columns(out, g, y, count);
    if (f > 0) {
        int block = kz_form_block(&c->form, f);
        KZ_TRY(source(g->above, g, block, y, count, block_of(g->P_factored, g, f - 1),
                      g->pivot + (size_t)(f - 1) * n));
        cblas_dscal((int)(count * n), link_sign(g, f), g->above, 1);
        memcpy(g->below, g->above, count * n * sizeof *g->above);
        weigh(g->below, g, f - 1, count);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, (int)n, columns, (int)n, 1,
                    coupling(g, f), (int)n, g->below, (int)n, 1, here, ld);
    }
    if (f + 1 < rows) {
        int block = kz_form_block(&c->form, f + 1);
        KZ_TRY(source(g->below, g, block, y, count, g->Q_factored, Q_pivot));
        weigh(g->below, g, f + 1, count);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, (int)n, columns, (int)n,
                    link_sign(g, f + 1), coupling(g, f + 1), (int)n, g->below, (int)n, 1, here, ld);
    }
    KZ_TRY(solve(here, g->M, M_pivot, g, count, size));
    for (int r = f; r > 0; r--) {
        for (size_t i = 0; i < count; i++) {
            const double *D = g->hole + (size_t)r * n, *from = out + i * size + (size_t)r * n;
            for (size_t k = 0; k < n; k++)
                g->below[i * n + k] = D[k] * from[k];
        }
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, (int)n, columns, (int)n,
                    link_sign(g, r), block_of(g->step, g, r - 1), (int)n, g->below, (int)n, 0,
                    out + (size_t)(r - 1) * n, ld);
        for (size_t i = 0; i < count && r == f; i++)
            cblas_daxpy((int)n, 1, g->above + i * n, 1, out + i * size + (size_t)(f - 1) * n, 1);
    }
    for (size_t i = 0; i < count && f > 0; i++)
        for (size_t k = 0; k < n; k++)
            out[i * size + (size_t)(f - 1) * n + k] -= kz_green_direct(g, c->lambda[k], y[i]);
    return KZ_OK;
}

/* -- object ---------------------------------------------------------------------------------- */

static kz_status allocate(kz_green *g)
{
    size_t n = g->c->n, area = n * n, rows = (size_t)g->c->rows, blocks = (size_t)g->c->form.blocks;
    double **by_row[] = {&g->P, &g->P_factored, &g->step};
    double **single[] = {&g->Q, &g->Q_factored, &g->M, &g->work};
    void *pivot;
    for (size_t i = 0; i < 3; i++)
        KZ_TRY(kz_alloc_doubles(by_row[i], rows * area));
    for (size_t i = 0; i < 4; i++)
        KZ_TRY(kz_alloc_doubles(single[i], area));
    KZ_TRY(kz_alloc_doubles(&g->s, blocks * area));
    KZ_TRY(kz_alloc_doubles(&g->own, blocks * area));
    KZ_TRY(kz_alloc_doubles(&g->symbol, blocks * n));
    KZ_TRY(kz_alloc(&pivot, (rows + 2) * n, sizeof(lapack_int)));
    g->pivot = pivot;
    return KZ_OK;
}

kz_status kz_green_create(kz_green **out, const kz_convolution *convolution, const double *hole,
                          const kz_closure *closure)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_green)));
    kz_green *g = memory;
    *g = (kz_green){.c = convolution,
                    .hole = hole,
                    .parity = convolution->parity == KZ_EVEN ? 1 : -1,
                    .row = convolution->rows};
    kz_status status = allocate(g);
    for (int b = 0; status == KZ_OK && b < convolution->form.blocks; b++)
        fill_s(g->s + (size_t)b * convolution->n * convolution->n, g, b);
    if (status == KZ_OK) status = fill_own(g, closure);
    if (status == KZ_OK) status = eliminate_down(g);
    if (status != KZ_OK) {
        kz_green_free(g);
        return status;
    }
    *out = g;
    return KZ_OK;
}
