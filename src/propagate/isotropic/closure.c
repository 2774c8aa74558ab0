#include "propagate/isotropic/closure.h"

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"

void kz_isotropic_closure_free(kz_isotropic_closure *c)
{
    double *arrays[] = {c->closing,   c->closing_by, c->polarisation, c->polarisation_by, c->beyond,
                        c->beyond_by, c->log,        c->log_by,       c->height,          c->offset,
                        c->slope,     c->even,       c->all,          c->product};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        kz_free(arrays[i]);
    kz_isotropic_side_free(&c->side);
    kz_isotropic_free(&c->system);
}

static kz_status allocate(kz_isotropic_closure *c)
{
    const kz_isotropic_states *s = c->heights->states;
    size_t M = (size_t)c->heights->M, coarse = (size_t)s->M;
    double **square[] = {&c->closing, &c->closing_by};
    double **row[] = {&c->polarisation, &c->polarisation_by, &c->beyond, &c->beyond_by,
                      &c->log,          &c->log_by,          &c->height, &c->offset};
    for (size_t i = 0; i < sizeof square / sizeof *square; i++)
        KZ_TRY(kz_alloc_doubles(square[i], M * M));
    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        KZ_TRY(kz_alloc_doubles(row[i], M));
    KZ_TRY(kz_alloc_doubles(&c->slope, 2 * coarse));
    KZ_TRY(kz_alloc_doubles(&c->even, (size_t)s->n));
    KZ_TRY(kz_alloc_doubles(&c->all, coarse));
    KZ_TRY(kz_alloc_doubles(&c->product, M * coarse));
    KZ_TRY(kz_isotropic_create(&c->system, s->grid, 0, 0));
    return kz_isotropic_side_create(&c->side, s->N, s->M, 1);
}

kz_status kz_isotropic_closure_create(kz_isotropic_closure *out,
                                      const kz_isotropic_heights *heights)
{
    *out = (kz_isotropic_closure){.heights = heights};
    return allocate(out);
}

/* -- from the states' grid ------------------------------------------------------------------- */

/* Functions with a limit. */
static void refine(double *out, const double *in, const kz_isotropic_heights *h)
{
    int M = h->M, coarse = h->states->M;
    cblas_dgemv(CblasRowMajor, CblasNoTrans, M, coarse, 1, h->refine, coarse, in, 1, 0, out, 1);
}

/* A matrix on functions that fall as 1/lambda^2, which is overwritten. */
static void refine_matrix(double *out, double *in, const kz_isotropic_closure *c)
{
    const kz_isotropic_heights *h = c->heights;
    int M = h->M, coarse = h->states->M;
    double width = h->states->grid.window;
    for (int i = 0; i < coarse; i++) {
        double root = c->system.g->lambda[i] / width;
        cblas_dscal(coarse, 1 + root * root, in + i * coarse, 1);
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, M, coarse, coarse, 1, h->refine, coarse,
                in, coarse, 0, c->product, coarse);
    for (int i = 0; i < M; i++) {
        double root = h->nodes->lambda[i] / width;
        cblas_dscal(coarse, 1 / (1 + root * root), c->product + i * coarse, 1);
    }
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, M, M, coarse, 1, c->product, coarse,
                h->coarsen, M, 0, out, M);
}

/* s*L_{N+1}, or its derivative, from that of ln(1 + b), ln(1 + b'). */
static void reach_beyond(double *out, const double *l, kz_isotropic_closure *c)
{
    const kz_isotropic *p = &c->system;
    int n = p->even.size, K = p->g->half;
    cblas_dgemv(CblasRowMajor, CblasNoTrans, n, 2 * p->M, 1, p->even.from, 2 * p->M, l, 1, 0,
                c->even, 1);
    for (int i = 0; i < p->M; i++)
        c->all[i] = c->even[i < K ? K - i : i - K];
    refine(out, c->all, c->heights);
}

/* -- the state at u_inf ---------------------------------------------------------------------- */

kz_status kz_isotropic_closure_set(kz_isotropic_closure *c, size_t piece, double mean)
{
    const kz_isotropic_heights *h = c->heights;
    int N = h->N, M = h->M;
    kz_height end = kz_height_table_invert(&c->start, &h->table, piece, N + 1, 0, mean);
    c->piece = piece;
    c->mean = mean;
    c->holes = end.rho;
    kz_isotropic_heights_closure(c->system.y, c->slope, h, piece, c->start);
    kz_isotropic_evaluate(&c->system);
    KZ_TRY(kz_isotropic_side_close(&c->side, &c->system, NULL));
    refine_matrix(c->closing, c->side.closing, c);
    refine(c->polarisation, c->side.polarisation, h);
    for (int i = 0; i < M; i++) {
        size_t k = kz_isotropic_folded(h, i);
        c->height[i] = kz_height_table_at(&h->table, piece, N - 1, k, c->start).H;
        c->offset[i] = kz_height_table_at(&h->table, piece, N, k, c->start).X;
    }
    cblas_dgemv(CblasRowMajor, CblasNoTrans, M, M, -1, c->closing, M, c->height, 1, 1, c->offset,
                1);
    return KZ_OK;
}

kz_status kz_isotropic_closure_finish(kz_isotropic_closure *c)
{
    const kz_isotropic_heights *h = c->heights;
    const kz_isotropic_responses by = {.y = {c->slope}};
    int M = c->system.M;
    KZ_TRY(kz_isotropic_side_close(&c->side, &c->system, &by));
    reach_beyond(c->beyond, c->system.l, c);
    for (int k = 0; k < 2 * M; k++) {
        int half = k < M ? 0 : M;
        c->system.l[k] =
            kz_isotropic_reals(kz_isotropic_value(c->system.weight + half, M, k - half) *
                               kz_isotropic_value(c->slope + half, M, k - half));
    }
    reach_beyond(c->beyond_by, c->system.l, c);
    refine_matrix(c->closing_by, c->side.closing_by[0], c);
    refine(c->polarisation_by, c->side.polarisation_by[0], h);
    for (int i = 0; i < h->M; i++) {
        double x, x_by;
        size_t k = kz_isotropic_folded(h, i);
        kz_height_table_filling(&x, &c->mu, &h->table, c->piece, h->N - 1, k, c->start);
        kz_height_table_change(&x_by, &c->mu_by, &h->table, c->piece, h->N - 1, k, c->start);
        c->log[i] = fmax(x, 0) + log1p(exp(-fabs(x)));
        c->log_by[i] = x_by / (1 + exp(-x));
    }
    return KZ_OK;
}
