#include "ghd/ray/relative.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

enum {
    CORRECTIONS_MAX = 6, /* of one d: each gains six digits in the tails, three do */
    ITERATIONS_MAX = 20  /* of the regions: four do */
};

static const double CORRECT = 1e-6, /* of the residual that one correction may leave */
    SOLVED = 1e-15,                 /* residual of d per rho^t that ends them */
    FAINT = 2e-14,                  /* d per rho^t, v - zeta, that carries no sign */
    ROUNDED = 2e-16,      /* of rho^t: rounding of weights; that of sums is in the residual */
    BOUND_SOLVE = 1e-14,  /* of the right-hand side: tails of the bound count */
    MOVED_PER_TOL = 1e-2; /* change of the magnetization that ends the iteration */

/* The kernel ends where what it takes from rho^t ~ 1 is below 1e-12 of the smallest d that is
 * asked for, 1e-16 times e^{-2 window}. */
static const double KERNEL_DIGITS = 64;

void kz_relative_free(kz_relative *relative)
{
    if (!relative) return;
    double *arrays[] = {relative->here, relative->before, relative->after,
                        relative->fine, relative->padded, relative->beside,
                        relative->rhs,  relative->t,      relative->noise};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_free(relative->last);
    kz_free(relative);
}

bool kz_ray_relative_is_possible(const kz_ray_work *w)
{
    const kz_form *form = &w->level->coarse.full->form;
    return form->blocks == 1 && !form->closed && w->level->rows > 1 &&
           !w->level->coarse.full->zoom && kz_level_shared_side(w->level) < 0;
}

/* kernel[m + reach] = step s(shift + m step). */
static void fill_kernel(double *kernel, size_t reach, double width, double step, double shift)
{
    for (size_t i = 0; i <= 2 * reach; i++)
        kernel[i] = step * kz_local_kernel(width, shift + ((double)i - (double)reach) * step);
}

static kz_status allocate(kz_relative *r, size_t n, size_t rows)
{
    KZ_TRY(kz_alloc_doubles(&r->here, 2 * r->reach + 1));
    KZ_TRY(kz_alloc_doubles(&r->before, 2 * r->reach + 1));
    KZ_TRY(kz_alloc_doubles(&r->after, 2 * r->reach + 1));
    KZ_TRY(kz_alloc_doubles(&r->fine, 4 * r->reach + 1));
    KZ_TRY(kz_alloc_doubles(&r->padded, 2 * n + 4 * r->reach));
    KZ_TRY(kz_alloc_doubles(&r->beside, rows * n));
    KZ_TRY(kz_alloc_doubles(&r->rhs, rows * n));
    KZ_TRY(kz_alloc_doubles(&r->t, rows * n));
    KZ_TRY(kz_alloc_doubles(&r->noise, rows * n));
    void *last;
    KZ_TRY(kz_alloc(&last, rows, sizeof(kz_region)));
    r->last = last;
    return KZ_OK;
}

/* The workspace's own, made when first asked for. */
static kz_status prepare(kz_ray_work *w)
{
    if (w->relative) return KZ_OK;
    const kz_convolution *c = w->level->coarse.full;
    double h = kz_grid_spacing(&c->grid), width = c->form.width[0];
    double length = (2 * c->grid.window + KERNEL_DIGITS) * width / M_PI;
    void *memory;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_relative)));
    kz_relative *r = memory;
    r->reach = (size_t)fmin((double)c->n, ceil(length / h));
    kz_status status = allocate(r, c->n, (size_t)w->level->rows);
    if (status != KZ_OK) {
        kz_relative_free(r);
        return status;
    }
    fill_kernel(r->here, r->reach, width, h, 0);
    fill_kernel(r->before, r->reach, width, h, 0.25 * h);
    fill_kernel(r->after, r->reach, width, h, -0.25 * h);
    fill_kernel(r->fine, 2 * r->reach, width, 0.5 * h, 0);
    w->relative = r;
    return KZ_OK;
}

/* beside = (D d)_{f-1} + (D d)_{f+1} in row f of a mesh. */
static void gather(double *beside, const double *hole, const double *d, size_t n, int rows, int f)
{
    const double *below_hole = hole + (size_t)(f - 1) * n, *below = d + (size_t)(f - 1) * n;
    const double *above_hole = hole + (size_t)(f + 1) * n, *above = d + (size_t)(f + 1) * n;
    memset(beside, 0, n * sizeof *beside);
    for (size_t k = 0; f > 0 && k < n; k++)
        beside[k] += below_hole[k] * below[k];
    for (size_t k = 0; f + 1 < rows && k < n; k++)
        beside[k] += above_hole[k] * above[k];
}

/* padded = the n values with `reach` more on either side, n >= reach, of their period. */
static void pad(double *padded, const double *values, size_t n, size_t reach)
{
    memcpy(padded, values + n - reach, reach * sizeof *values);
    memcpy(padded + reach, values, n * sizeof *values);
    memcpy(padded + reach + n, values, reach * sizeof *values);
}

static double sum_at(const double *kernel, const double *padded, size_t k, size_t reach)
{
    return cblas_ddot((int)(2 * reach + 1), kernel, 1, padded + k, 1);
}

/* rhs = residual of d in the workspace; the largest one per rho^t. */
static double find_residual(kz_ray_work *w)
{
    kz_relative *r = w->relative;
    size_t n = w->level->coarse.full->n;
    double largest = 0;
    for (int f = 0; f < w->level->rows; f++) {
        size_t row = (size_t)f * n;
        gather(r->beside + row, w->hole, w->d, n, w->level->rows, f);
        pad(r->padded, r->beside + row, n, r->reach);
        for (size_t k = 0; k < n; k++) {
            double source = f == 0 ? w->source[k] : 0;
            r->rhs[row + k] = source + sum_at(r->here, r->padded, k, r->reach) - w->d[row + k];
            largest = fmax(largest, fabs(r->rhs[row + k]) / fabs(w->u[row + k]));
        }
    }
    return largest;
}

/* t = coefficients of (1 - K D)^{-1} rhs; rhs becomes its own coefficients. */
static kz_status solve(kz_ray_work *w, double tol, kz_ray_report *report)
{
    kz_relative *r = w->relative;
    const kz_convolution *c = w->level->coarse.full;
    size_t size = (size_t)w->level->rows * c->n;
    kz_convolution_forward(c, r->rhs);
    for (size_t i = 0; i < size; i++)
        r->rhs[i] /= c->norm;
    memset(r->t, 0, size * sizeof *r->t);
    double norm = cblas_dnrm2((int)size, r->rhs, 1);
    return kz_local_solve(r->t, w->local, w->hole, r->rhs, tol * norm, &report->applications);
}

/* d for the weights in the workspace, from one that has absolute accuracy. */
static kz_status sharpen(kz_ray_work *w, kz_ray_report *report)
{
    kz_relative *r = w->relative;
    const kz_convolution *c = w->level->coarse.full;
    size_t size = (size_t)w->level->rows * c->n;
    double before = INFINITY;
    for (int i = 0; i < CORRECTIONS_MAX; i++) {
        double now = find_residual(w);
        if (now <= SOLVED || now > 0.5 * before) return KZ_OK;
        before = now;
        KZ_TRY(solve(w, CORRECT, report));
        cblas_daxpy((int)size, 1, r->t, 1, w->t_d, 1);
        kz_convolution_backward(c, r->t);
        cblas_daxpy((int)size, 1, r->t, 1, w->d, 1);
    }
    return KZ_OK;
}

kz_mismatch kz_ray_mismatch(const kz_ray_work *w, int f)
{
    const kz_convolution *c = w->level->coarse.full;
    size_t row = (size_t)f * c->n;
    kz_mismatch d = {.full = c,
                     .nodal = w->d + row,
                     .coefficients = w->t_d + row,
                     .has_source = f == 0,
                     .zeta = w->zeta,
                     .beside = w->is_relative ? w->relative->beside + row : NULL};
    kz_mismatch_prepare(&d, w->row);
    return d;
}

/* What a change of sides of row f, `width` wide at lambda, moves the magnetization by at most. */
static double moved_charge(const kz_ray_work *w, int f, double lambda, double width)
{
    const kz_convolution *c = w->level->coarse.full;
    double position = (lambda - c->lambda[0]) / kz_grid_spacing(&c->grid);
    size_t k = (size_t)fmin(fmax(position, 0), (double)(c->n - 1));
    double jump = f + 1 < w->level->rows ? kz_level_jump(w->level, f, lambda) : 1;
    return c->form.strings.length[f] * jump * fabs(w->u[(size_t)f * c->n + k]) * width;
}

static double moved_row(const kz_ray_work *w, int f, const kz_region *next)
{
    const kz_convolution *c = w->level->coarse.full;
    double sum = 0, h = kz_grid_spacing(&c->grid);
    const kz_region *last = &w->region[f];
    if (isfinite(kz_region_distance(last, next))) {
        for (int e = 0; e < next->count; e++)
            sum += moved_charge(w, f, next->edge[e], fabs(next->edge[e] - last->edge[e]));
        return sum;
    }
    for (size_t k = 0; k < c->n; k++) {
        if (kz_region_contains(last, c->lambda[k]) != kz_region_contains(next, c->lambda[k]))
            sum += moved_charge(w, f, c->lambda[k], h);
    }
    return sum;
}

static kz_status update_regions(double *moved, kz_ray_work *w)
{
    const kz_convolution *c = w->level->coarse.full;
    *moved = 0;
    for (int f = 0; f < w->level->rows; f++) {
        kz_mismatch d = kz_ray_mismatch(w, f);
        double *noise = w->relative->noise + (size_t)f * c->n;
        for (size_t k = 0; k < c->n; k++)
            noise[k] = FAINT * fabs(w->u[(size_t)f * c->n + k]);
        d.node_noise = noise;
        d.leak = KZ_RAY_LEAK * fmax(fabs(d.nodal[0]), fabs(d.nodal[c->n - 1]));
        kz_region next;
        KZ_TRY(kz_mismatch_region(&next, &d));
        *moved += moved_row(w, f, &next);
        w->region[f] = next;
    }
    return KZ_OK;
}

static kz_status find_regions(kz_ray_work *w, double tol, kz_ray_report *report)
{
    double moved = INFINITY;
    for (int i = 0; i < ITERATIONS_MAX; i++) {
        kz_level_mix(w->hole, w->polarisation, w->level, &w->level->coarse, w->region, w->row);
        KZ_TRY(kz_local_dress(w->d, w->t_d, w->local, w->hole, w->source, kz_ray_solve_tol(w, tol),
                              &report->applications));
        KZ_TRY(sharpen(w, report));
        KZ_TRY(update_regions(&moved, w));
        report->iterations++;
        if (moved <= MOVED_PER_TOL * tol) return KZ_OK;
    }
    return KZ_FAIL(KZ_ENOCONV,
                   "ray zeta = %.15g: crossings in the tails still move after %d "
                   "iterations",
                   w->zeta, ITERATIONS_MAX);
}

kz_status kz_ray_relative_find(kz_ray_work *w, double tol, kz_ray_report *report)
{
    KZ_TRY(prepare(w));
    memcpy(w->relative->last, w->region, (size_t)w->level->rows * sizeof *w->region);
    w->is_relative = true;
    return find_regions(w, tol, report);
}

kz_status kz_ray_relative_undo(kz_ray_work *w, double tol, kz_ray_report *report)
{
    memcpy(w->region, w->relative->last, (size_t)w->level->rows * sizeof *w->region);
    w->is_relative = false;
    kz_level_mix(w->hole, w->polarisation, w->level, &w->level->coarse, w->region, w->row);
    return kz_local_dress(w->d, w->t_d, w->local, w->hole, w->source, kz_ray_solve_tol(w, tol),
                          &report->applications);
}

/* Fine d from the coarse one, by the equation itself. */
static void interpolate(kz_ray_work *w)
{
    const kz_relative *r = w->relative;
    size_t n = w->level->coarse.full->n;
    for (int f = 0; f < w->level->rows; f++) {
        double *fine = w->fine_d + (size_t)f * 2 * n;
        pad(r->padded, r->beside + (size_t)f * n, n, r->reach);
        for (size_t k = 0; k < n; k++) { /* lambda_k -+ h/4 */
            fine[2 * k] = sum_at(r->before, r->padded, k, r->reach);
            fine[2 * k + 1] = sum_at(r->after, r->padded, k, r->reach);
        }
        for (size_t k = 0; f == 0 && k < 2 * n; k++)
            fine[k] += w->fine_source[k];
    }
}

static void fine_residual(kz_ray_work *w)
{
    const kz_relative *r = w->relative;
    size_t n = w->level->fine.full->n, reach = 2 * r->reach;
    for (int f = 0; f < w->level->rows; f++) {
        size_t row = (size_t)f * n;
        gather(w->fine_row, w->fine_hole, w->fine_d, n, w->level->rows, f);
        pad(r->padded, w->fine_row, n, reach);
        for (size_t k = 0; k < n; k++) {
            double source = f == 0 ? w->fine_source[k] : 0;
            w->fine_residual[row + k] =
                source + sum_at(r->fine, r->padded, k, reach) - w->fine_d[row + k];
        }
    }
}

kz_status kz_ray_relative_measure(kz_ray_work *w, kz_ray_report *report)
{
    kz_relative *r = w->relative;
    const kz_convolution *c = w->level->coarse.full;
    size_t size = (size_t)w->level->rows * c->n;
    interpolate(w);
    fine_residual(w);
    for (size_t i = 0; i < size; i++) /* fine nodes 2i, 2i + 1 stand beside node i */
        r->rhs[i] = fmax(fabs(w->fine_residual[2 * i]), fabs(w->fine_residual[2 * i + 1])) +
                    ROUNDED * fabs(w->u[i]);
    KZ_TRY(solve(w, BOUND_SOLVE, report));
    kz_convolution_backward(c, r->t);
    for (size_t i = 0; i < 2 * size; i++)
        w->fine_error[i] = fabs(r->t[i / 2]);
    return KZ_OK;
}
