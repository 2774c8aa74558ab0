#include "relax/lead/panel_row.h"

#include <cblas.h>
#include <math.h>

#include "core/error.h"
#include "core/memory.h"

void kz_panel_row_free(kz_panel_row *r)
{
    double *all[] = {r->lambda, r->weight, r->source, r->X,    r->H,
                     r->hole,   r->value,  r->depth,  r->basis};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        kz_free(all[i]);
    *r = (kz_panel_row){0};
}

kz_status kz_panel_row_reserve(kz_panel_row *r, size_t n, size_t modes)
{
    if (n > r->room) {
        kz_panel_row_free(r);
        double **all[] = {&r->lambda, &r->weight, &r->source, &r->X,
                          &r->H,      &r->hole,   &r->value,  &r->depth};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++)
            KZ_TRY(kz_alloc_doubles(all[i], n));
        KZ_TRY(kz_alloc_doubles(&r->basis, n * modes));
        r->room = n;
    }
    r->n = n;
    return KZ_OK;
}

void kz_panel_row_basis(double *basis, const kz_convolution *c, double lambda)
{
    double theta = M_PI / c->grid.window * (lambda - c->lambda[0]);
    double re = cos(theta), im = sin(theta), a = re, b = im;
    size_t n = c->n;
    basis[0] = 1;
    basis[n / 2] = 0;
    for (size_t m = 1; 2 * m < n; m++) {
        if (m % 64 == 0) {
            a = cos(theta * (double)m);
            b = sin(theta * (double)m);
        }
        basis[m] = 2 * a;
        basis[n - m] = -2 * b;
        double next = a * re - b * im;
        b = a * im + b * re;
        a = next;
    }
}

void kz_panel_row_gather(double *out, const kz_panel_row *r, const kz_convolution *c)
{
    size_t n = c->n;
    double half = c->norm / (4 * c->grid.window);
    for (size_t i = 0; i < r->n; i++)
        r->value[i] *= r->weight[i] * half;
    cblas_dgemv(CblasRowMajor, CblasTrans, (int)r->n, (int)n, 1, r->basis, (int)n, r->value, 1, 0,
                out, 1);
    out[0] *= 2;
}

void kz_panel_row_scatter(double *out, const kz_panel_row *r, const kz_convolution *c,
                          const double *coefficients)
{
    size_t n = c->n;
    cblas_dgemv(CblasRowMajor, CblasNoTrans, (int)r->n, (int)n, 1, r->basis, (int)n, coefficients,
                1, 0, out, 1);
}
