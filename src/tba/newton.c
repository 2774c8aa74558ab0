#include "tba/newton.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

enum { NEWTON_MAX = 200 };

/* ln( sinh(m z) / sinh(n z) ), z >= 0. */
static double log_sinh_ratio(int m, int n, double z)
{
    if (z * (m + n) < 1e-9) return log((double)m / n);
    return (m - n) * z + log(expm1(-2 * m * z) / expm1(-2 * n * z));
}

/* 1 + eta_j = [sinh((n_j + y_i) mu/2) / sinh(y_i mu/2)]^2, i the level of j, and in the last row
 * y = ln[sinh(n_{N-1} mu/2) / sinh(y_{l-1} mu/2)]. */
void kz_thermal_asymptote(double *x, const kz_form *form, double mu)
{
    const kz_strings *s = &form->strings;
    double z = 0.5 * fabs(mu);
    for (int n = 1; form->closed && n <= form->rows; n++) {
        double L = kz_closure_log(n + 1, z);
        x[n - 1] = L + log1p(-exp(-L));
    }
    if (form->closed) return;
    for (int j = 1, i = 0; j + 1 < s->count; j++) {
        while (j >= s->first[i + 1])
            i++;
        double L = 2 * log_sinh_ratio(s->length[j - 1] + s->size[i], s->size[i], z);
        x[j - 1] = L + log1p(-exp(-L));
    }
    x[s->count - 2] =
        s->count > 2 ? log_sinh_ratio(s->length[s->count - 2], s->size[s->levels - 1], z) : 0;
}

void kz_thermal_drive(double *drive, const kz_convolution *convolution, double beta)
{
    double factor = -M_PI * convolution->form.sine * beta;
    for (size_t k = 0; k < convolution->n; k++)
        drive[k] = factor * convolution->source[k];
}

typedef struct {
    double softplus, logistic;
} fermi;

/* 1/(1 + e^-x), e = e^-|x|. */
static inline double logistic_of(double x, double e)
{
    double inverse = 1 / (1 + e);
    return x >= 0 ? inverse : e * inverse;
}

static inline double logistic(double x) { return logistic_of(x, exp(-fabs(x))); }

static inline fermi evaluate(double x)
{
    double e = exp(-fabs(x));
    return (fermi){fmax(x, 0) + log1p(e), logistic_of(x, e)};
}

double kz_thermal_filling(double x) { return logistic(-x); }

static void string_row(double *L, double *D, const double *x, size_t n)
{
    for (size_t k = 0; !L && D && k < n; k++)
        D[k] = logistic(x[k]);
    for (size_t k = 0; L && k < n; k++) {
        fermi value = evaluate(x[k]);
        L[k] = value.softplus;
        if (D) D[k] = value.logistic;
    }
}

static void last_row(double *L, double *D, double *M, const double *y, size_t n, double a)
{
    for (size_t k = 0; k < n; k++) {
        fermi plus = evaluate(y[k] + a), minus = a != 0 ? evaluate(y[k] - a) : plus;
        if (L) L[k] = plus.softplus + minus.softplus;
        if (D) D[k] = plus.logistic + minus.logistic;
        if (M) M[k] = plus.logistic - minus.logistic;
    }
}

double kz_thermal_shift(const kz_form *form, double mu)
{
    return form->closed ? 0 : 0.5 * form->spin * mu;
}

void kz_thermal_weights(double *L, double *D, double *M, const double *x, const kz_form *form,
                        size_t n, double mu)
{
    int rows = form->rows;
    for (int f = 0; f + (form->closed ? 0 : 1) < rows; f++) {
        size_t offset = (size_t)f * n;
        string_row(L ? L + offset : NULL, D ? D + offset : NULL, x + offset, n);
    }
    if (form->closed) {
        if (M) memset(M, 0, n * sizeof *M);
        return;
    }
    size_t offset = (size_t)(rows - 1) * n;
    last_row(L ? L + offset : NULL, D ? D + offset : NULL, M, x + offset, n,
             kz_thermal_shift(form, mu));
}

bool kz_thermal_is_resolved(const double *x, size_t rows, size_t n, double a)
{
    static const double NEAR = 6, STEP = 5;
    for (size_t f = 0; f < rows; f++) {
        double zero = f + 1 < rows ? 0 : fabs(a);
        for (size_t k = f * n; k + 1 < (f + 1) * n; k++) {
            double low = fmin(x[k], x[k + 1]), high = fmax(x[k], x[k + 1]);
            bool plus = low < zero + NEAR && high > zero - NEAR;
            bool minus = low < NEAR - zero && high > -zero - NEAR;
            if ((plus || minus) && high - low > STEP) return false;
        }
    }
    return true;
}

typedef struct {
    double *drive;     /* [n] */
    double *L;         /* [rows*n] */
    double *residual;  /* [rows*n] coefficients of K (sign L) - z */
    double *step;      /* [rows*n] */
    double *asymptote; /* [rows] */
} scratch;

static void scratch_free(scratch *w)
{
    kz_free(w->drive);
    kz_free(w->L);
    kz_free(w->residual);
    kz_free(w->step);
    kz_free(w->asymptote);
}

static kz_status scratch_create(scratch *w, const kz_convolution *c)
{
    size_t size = (size_t)c->rows * c->n;
    *w = (scratch){0};
    kz_status status = kz_alloc_doubles(&w->drive, c->n);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->L, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->residual, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->step, size);
    if (status == KZ_OK) status = kz_alloc_doubles(&w->asymptote, (size_t)c->rows);
    if (status != KZ_OK) scratch_free(w);
    return status;
}

/* Preconditioner and, unless warm, the first guess: the exact Newton step away from the constant
 * solution of beta = 0, which needs no iteration. */
static void prepare(double *z, scratch *w, kz_local *local, const kz_convolution *c,
                    kz_ensemble ensemble, bool warm)
{
    int rows = c->rows;
    double *background = w->step;
    kz_thermal_drive(w->drive, c, ensemble.beta);
    kz_thermal_asymptote(w->asymptote, &c->form, ensemble.mu);
    kz_thermal_weights(NULL, background, NULL, w->asymptote, &c->form, 1, ensemble.mu);
    if (c->form.closed) {
        kz_closure closure = {0.5 * fabs(ensemble.mu), rows + 1};
        kz_local_set_closure(local, &closure);
    }
    kz_local_set_background(local, background);
    if (warm) return;
    memset(z, 0, (size_t)rows * c->n * sizeof *z);
    memset(w->L, 0, (size_t)rows * c->n * sizeof *z);
    memcpy(w->L, w->drive, c->n * sizeof *z);
    kz_convolution_forward(c, w->L);
    for (size_t k = 0; k < c->n; k++)
        z[k] = w->L[k] /= c->norm;
    kz_local_precondition(z, local);
    for (size_t k = 0; k < c->n; k++)
        z[k] -= w->L[k];
    for (int f = 0; f < rows; f++)
        z[(size_t)f * c->n] += c->form.sign[f] * w->asymptote[f];
}

/* The strings beyond the last row: their closure at L_N, into the operator, and what the operator
 * makes of the mean of L_N too much or too little. */
static double close_rows(kz_closure *closure, kz_local *local, const kz_convolution *c,
                         const double *L, double mu)
{
    const double *last = L + (size_t)(c->rows - 1) * c->n;
    double mean = 0;
    for (size_t k = 0; k < c->n; k++)
        mean += last[k];
    mean /= (double)c->n;
    *closure = kz_closure_at(mean, mu);
    kz_local_set_closure(local, closure);
    return kz_closure_next(closure) - kz_closure_ratio(closure, 1) * mean;
}

/* The Fermi point, if there is one, at the present z and x; its string's part of the weights. */
static kz_status place_fermi_edge(double *L, double *D, double *M, const double *z, const double *x,
                                  kz_fermi_edge *edge, const kz_convolution *c, double beta)
{
    size_t at = (size_t)edge->row * c->n;
    KZ_TRY(kz_fermi_edge_place(edge, z + at, x + at, -M_PI * c->form.sine * beta));
    kz_fermi_edge_split(L + at, D ? D + at : NULL, M, edge, x + at);
    return KZ_OK;
}

/* Nodal x, weights and the residual of the equations at z; *norm is the residual's 2-norm. */
static kz_status residual_at(double *norm, const double *z, double *x, double *D, double *M,
                             scratch *w, kz_closure *closure, kz_local *local, kz_fermi_edge *edge,
                             const kz_convolution *c, kz_ensemble ensemble)
{
    double mu = ensemble.mu;
    size_t size = (size_t)c->rows * c->n;
    double excess = 0;
    memcpy(x, z, size * sizeof *x);
    kz_convolution_backward(c, x);
    for (size_t k = 0; k < c->n; k++)
        x[k] += w->drive[k];
    kz_form_turn(x, &c->form, c->n);
    kz_thermal_weights(w->L, D, M, x, &c->form, c->n, mu);
    if (edge) KZ_TRY(place_fermi_edge(w->L, D, M, z, x, edge, c, ensemble.beta));
    kz_form_turn(w->L, &c->form, c->n);
    if (c->form.closed) excess = close_rows(closure, local, c, w->L, mu);
    kz_local_convolve(w->residual, local, w->L);
    w->residual[size - c->n] += c->symbol[0] * c->norm * excess;
    for (size_t i = 0; i < size; i++)
        w->residual[i] -= z[i];
    *norm = cblas_dnrm2((int)size, w->residual, 1);
    return KZ_OK;
}

/* 2-norm that rounding of x leaves in the residual's coefficients: x is of the size of its drive
 * and of its constants, 2 ln N and P mu / 2. */
static double rounding_floor(kz_ensemble ensemble, int rows)
{
    double size = 1 + fabs(ensemble.beta) + 0.5 * fabs(ensemble.mu) + 2 * log(rows + 1);
    return 4e-16 * sqrt(rows) * size;
}

/* The most of it: long strings are of the size of their constants, up to n |mu|, which no other
 * string may see in the end but which are rounded in every residual. */
static double rounding_ceiling(double floor, const double *asymptote, int rows)
{
    return 30 * fmax(floor, 4e-16 * cblas_dnrm2(rows, asymptote, 1));
}

kz_status kz_thermal_newton(double *z, double *x, double *D, double *M, kz_local *local,
                            kz_fermi_edge *edge, const kz_convolution *c, kz_ensemble ensemble,
                            bool warm, double tol, kz_newton_report *report)
{
    size_t size = (size_t)c->rows * c->n;
    *report = (kz_newton_report){0};
    scratch w;
    KZ_TRY(scratch_create(&w, c));
    prepare(z, &w, local, c, ensemble, warm);
    kz_status status = KZ_OK;
    double floor_residual = rounding_floor(ensemble, c->rows), previous = INFINITY;
    double stalls_below = rounding_ceiling(floor_residual, w.asymptote, c->rows);
    for (;; report->iterations++) {
        double size_of_residual;
        status = residual_at(&size_of_residual, z, x, D, M, &w, &report->closure, local, edge, c,
                             ensemble);
        if (status != KZ_OK) break;
        report->residual = size_of_residual;
        if (size_of_residual <= fmax(tol, floor_residual)) break;
        if (size_of_residual <= stalls_below && size_of_residual > 0.3 * previous) break;
        previous = size_of_residual;
        if (!isfinite(size_of_residual)) {
            status = KZ_FAIL(KZ_ENOCONV,
                             "TBA at beta = %.15g, mu = %.15g: numbers overflow after %d steps",
                             ensemble.beta, ensemble.mu, report->iterations);
            break;
        }
        if (report->iterations == NEWTON_MAX) {
            status =
                KZ_FAIL(KZ_ENOCONV, "TBA at beta = %.15g, mu = %.15g: residual %.3g after %d steps",
                        ensemble.beta, ensemble.mu, size_of_residual, report->iterations);
            break;
        }
        double forcing = fmin(0.03, 0.3 * size_of_residual);
        memset(w.step, 0, size * sizeof *w.step);
        status = kz_local_solve(w.step, local, D, w.residual,
                                fmax(0.3 * tol, forcing * size_of_residual), &report->applications);
        if (status != KZ_OK) break;
        for (size_t i = 0; i < size; i++)
            z[i] += w.step[i];
    }
    scratch_free(&w);
    if (status == KZ_OK && edge) status = kz_fermi_edge_check(edge, x + (size_t)edge->row * c->n);
    return status;
}
