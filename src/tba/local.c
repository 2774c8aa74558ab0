#include "tba/local.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

struct kz_local {
    const kz_convolution *convolution;
    size_t size;        /* rows * n */
    double *background; /* [rows] */
    double *inverse;    /* [size] reciprocal pivots of the tridiagonal factorisation */
    double *lower;   /* [rows] lower diagonal of the matrix, over the symbol of the row's block */
    double *upper;   /* [rows] upper one, over that of the next row's block */
    double *closing; /* [n] symbol of s R in the last row; NULL without closure */
    double *nodal, *rhs; /* [size] scratch */
    const double *hole;  /* of the solve in progress */
    kz_gmres *gmres;
};

enum { RESTART = 40, APPLICATIONS_MAX = 1500 };

void kz_local_free(kz_local *local)
{
    if (!local) return;
    kz_free(local->background);
    kz_free(local->inverse);
    kz_free(local->upper);
    kz_free(local->lower);
    kz_free(local->closing);
    kz_free(local->nodal);
    kz_free(local->rhs);
    kz_gmres_free(local->gmres);
    kz_free(local);
}

kz_status kz_local_create(kz_local **out, const kz_convolution *convolution)
{
    *out = NULL;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_local)));
    kz_local *local = memory;
    local->convolution = convolution;
    local->size = (size_t)convolution->rows * convolution->n;
    kz_status status = kz_alloc_doubles(&local->inverse, local->size);
    if (status == KZ_OK) status = kz_alloc_doubles(&local->background, (size_t)convolution->rows);
    if (status == KZ_OK) status = kz_alloc_doubles(&local->upper, (size_t)convolution->rows);
    if (status == KZ_OK) status = kz_alloc_doubles(&local->lower, (size_t)convolution->rows);
    if (status == KZ_OK) status = kz_alloc_doubles(&local->nodal, local->size);
    if (status == KZ_OK) status = kz_alloc_doubles(&local->rhs, local->size);
    if (status == KZ_OK && convolution->form.closed)
        status = kz_alloc_doubles(&local->closing, convolution->n);
    if (status == KZ_OK) status = kz_gmres_create(&local->gmres, local->size, RESTART);
    if (status != KZ_OK) {
        kz_local_free(local);
        return status;
    }
    *out = local;
    return KZ_OK;
}

void kz_local_set_closure(kz_local *local, const kz_closure *closure)
{
    const kz_convolution *c = local->convolution;
    for (size_t k = 0; k < c->n; k++) {
        double ratio = exp(-0.5 * c->form.width[0] * c->frequency[k]);
        local->closing[k] = c->symbol[k] * kz_closure_ratio(closure, ratio);
    }
}

/* Symbol of s in the block of row f. */
static const double *symbol_of(const kz_convolution *c, int f)
{
    return c->symbol + (size_t)kz_form_block(&c->form, f) * c->n;
}

/* Row f of 1 - K D, mode by mode, eliminated against the row before. */
static void eliminate_row(kz_local *local, const double *background, int f)
{
    const kz_convolution *c = local->convolution;
    size_t n = c->n;
    int b = kz_form_block(&c->form, f);
    bool last = f + 1 == c->rows, closes = f + 1 == c->form.end[b] && !last;
    const double *symbol = symbol_of(c, f), *link = c->link + (size_t)b * n;
    double *inverse = local->inverse + (size_t)f * n;
    local->lower[f] = f > 0 ? -c->norm * background[f - 1] : 0;
    local->upper[f] = last ? 0 : (closes ? 1 : -1) * c->norm * background[f + 1];
    double product = f > 0 ? local->lower[f] * local->upper[f - 1] : 0;
    for (size_t k = 0; k < n; k++) {
        double diagonal = closes ? 1 - link[k] * c->norm * background[f] : 1;
        if (last && local->closing) diagonal -= local->closing[k] * c->norm * background[f];
        if (f > 0) diagonal -= product * symbol[k] * symbol[k] * (inverse - n)[k];
        inverse[k] = 1 / diagonal;
    }
}

void kz_local_set_background(kz_local *local, const double *background)
{
    memcpy(local->background, background, (size_t)local->convolution->rows * sizeof *background);
    for (int f = 0; f < local->convolution->rows; f++)
        eliminate_row(local, background, f);
}

static void scale_first_row(double *restrict row, const double *restrict inverse, size_t n)
{
    for (size_t k = 0; k < n; k++)
        row[k] *= inverse[k];
}

static void substitute_forward(double *restrict row, const double *restrict previous, double lower,
                               const double *restrict symbol, const double *restrict inverse,
                               size_t n)
{
    for (size_t k = 0; k < n; k++)
        row[k] = (row[k] - lower * symbol[k] * previous[k]) * inverse[k];
}

static void substitute_back(double *restrict row, const double *restrict next, double upper,
                            const double *restrict symbol, const double *restrict inverse, size_t n)
{
    for (size_t k = 0; k < n; k++)
        row[k] -= upper * symbol[k] * inverse[k] * next[k];
}

void kz_local_precondition(double *coefficients, const kz_local *local)
{
    const kz_convolution *c = local->convolution;
    size_t n = c->n;
    /* else the first pivot is 1 */
    if (c->form.end[0] == 1) scale_first_row(coefficients, local->inverse, n);
    for (int f = 1; f < c->rows; f++) {
        double *row = coefficients + (size_t)f * n;
        substitute_forward(row, row - n, local->lower[f], symbol_of(c, f),
                           local->inverse + (size_t)f * n, n);
    }
    for (int f = c->rows - 2; f >= 0; f--) {
        double *row = coefficients + (size_t)f * n;
        substitute_back(row, row + n, local->upper[f], symbol_of(c, f + 1),
                        local->inverse + (size_t)f * n, n);
    }
}

/* out = K v on coefficients. */
static void couple(double *restrict out, const kz_local *local, const double *restrict v)
{
    kz_convolution_couple(out, local->convolution, v);
    if (!local->closing) return;
    size_t n = local->convolution->n, last = local->size - n;
    for (size_t k = 0; k < n; k++)
        out[last + k] += local->closing[k] * v[last + k];
}

void kz_local_convolve(double *restrict out, const kz_local *local, double *restrict v)
{
    kz_convolution_forward(local->convolution, v);
    couple(out, local, v);
}

/* y = K (D - background) x on coefficients; NULL: 0. */
static void apply_weights(double *restrict y, const double *restrict x, kz_local *local,
                          const double *background)
{
    size_t n = local->convolution->n;
    for (size_t f = 0; f * n < local->size; f++) { /* while it is in the cache */
        double *restrict nodal = local->nodal + f * n;
        const double *restrict hole = local->hole + f * n;
        double less = background ? background[f] : 0;
        memcpy(nodal, x + f * n, n * sizeof *x);
        kz_convolution_backward_row(local->convolution, nodal);
        for (size_t k = 0; k < n; k++)
            nodal[k] *= hole[k] - less;
        kz_convolution_forward_row(local->convolution, nodal);
    }
    couple(y, local, local->nodal);
}

/* y = M (1 - K D) x on coefficients, M the preconditioner. */
static void apply(double *restrict y, const double *restrict x, void *context)
{
    kz_local *local = context;
    apply_weights(y, x, local, NULL);
    for (size_t i = 0; i < local->size; i++)
        y[i] = x[i] - y[i];
    kz_local_precondition(y, local);
}

/* The same as x - M K (D - D_background) x, so that modes of patches that no node sees are left as
 * they are: M of them would spread the spectrum. */
static void apply_on_patches(double *restrict y, const double *restrict x, void *context)
{
    kz_local *local = context;
    apply_weights(y, x, local, local->background);
    kz_local_precondition(y, local);
    for (size_t i = 0; i < local->size; i++)
        y[i] = x[i] - y[i];
}

kz_status kz_local_solve(double *t, kz_local *local, const double *hole, const double *r,
                         double tol, int *applications)
{
    local->hole = hole;
    memcpy(local->rhs, r, local->size * sizeof *r);
    kz_local_precondition(local->rhs, local);
    kz_gmres_report report;
    kz_status status =
        kz_gmres_solve(t, local->rhs, local->convolution->zoom ? apply_on_patches : apply, local,
                       tol, APPLICATIONS_MAX, local->gmres, &report);
    if (applications) *applications += report.applications;
    return status;
}

kz_status kz_local_dress(double *u, double *t, kz_local *local, const double *hole,
                         const double *source, double tol, int *applications)
{
    const kz_convolution *c = local->convolution;
    memset(local->nodal, 0, local->size * sizeof *u);
    for (size_t k = 0; k < c->n; k++)
        local->nodal[k] = hole[k] * source[k];
    kz_local_convolve(u, local, local->nodal);
    KZ_TRY(kz_local_solve(t, local, hole, u, tol, applications));
    memcpy(u, t, local->size * sizeof *u);
    kz_convolution_backward(c, u);
    for (size_t k = 0; k < c->n; k++)
        u[k] += source[k];
    return KZ_OK;
}

kz_status kz_local_dress_spin(double *y, double *t, kz_local *local, const double *hole,
                              const double *polarisation, bool warm, double tol)
{
    const kz_convolution *c = local->convolution;
    size_t n = c->n, last = local->size - n;
    double half = 0.5 * c->form.spin * c->form.sign[c->rows - 1];
    memset(local->nodal, 0, local->size * sizeof *y);
    for (size_t k = 0; k < n; k++)
        local->nodal[last + k] = half * polarisation[k];
    kz_local_convolve(y, local, local->nodal);
    if (!warm) memcpy(t, y, local->size * sizeof *y);
    KZ_TRY(kz_local_solve(t, local, hole, y, tol, NULL));
    memcpy(y, t, local->size * sizeof *y);
    kz_convolution_backward(c, y);
    return KZ_OK;
}
