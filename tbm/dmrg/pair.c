/* The two-site problem of DMRG: Hamiltonian times vector, forming, splitting. */
#include <cblas.h>
#include <string.h>

#include "tbm/dmrg/dmrg.h"

static void axpy_rows(double *y, int ldy, double factor, const double *x, int ldx, int rows,
                      int columns)
{
    for (size_t j = 0; j < (size_t)columns; j++)
        for (size_t i = 0; i < (size_t)rows; i++)
            y[i + j * (size_t)ldy] += factor * x[i + j * (size_t)ldx];
}

/* The term of the bond between the two sites: flips couple (up, down) of sector m + 1 to (down, up)
 * of sector m; the zz part is diagonal. */
static void apply_middle(double *y, const kz_dmrg_work *w, const double *x)
{
    double flip = 0.5 * w->lambda[w->i], zz = 0.25 * w->lambda[w->i] * w->delta[w->i];
    for (size_t k = 0; k < w->sectors; k++) {
        const kz_pair_sector *s = &w->sector[k], *next = s + 1;
        int down = s->rows - s->up_rows, up_columns = s->columns - s->down_columns;
        size_t columns = s->offset + (size_t)s->down_columns * (size_t)s->rows;
        size_t du = columns + (size_t)s->up_rows;
        const double *in = x + s->offset;
        double *out = y + s->offset;
        axpy_rows(out, s->rows, -zz, in, s->rows, s->up_rows, s->down_columns);
        axpy_rows(out + s->up_rows, s->rows, zz, in + s->up_rows, s->rows, down, s->down_columns);
        axpy_rows(y + columns, s->rows, zz, x + columns, s->rows, s->up_rows, up_columns);
        axpy_rows(y + du, s->rows, -zz, x + du, s->rows, down, up_columns);
        if (k + 1 == w->sectors || next->charge != s->charge + 1) continue;
        axpy_rows(y + next->offset, next->rows, flip, x + du, s->rows, down, up_columns);
        axpy_rows(y + du, s->rows, flip, x + next->offset, next->rows, down, up_columns);
    }
}

void kz_pair_apply(double *y, const kz_dmrg_work *w, const double *x)
{
    for (size_t k = 0; k < w->sectors; k++) {
        const kz_pair_sector *s = &w->sector[k];
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, s->rows, s->columns, s->rows, 1.0,
                    s->left, s->rows, x + s->offset, s->rows, 0.0, y + s->offset, s->rows);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, s->rows, s->columns, s->columns, 1.0,
                    x + s->offset, s->rows, s->right, s->columns, 1.0, y + s->offset, s->rows);
    }
    apply_middle(y, w, x);
}

static void product(double *c, int ldc, const double *a, int lda, const double *b, int ldb, int m,
                    int k, int n)
{
    if (m == 0 || n == 0 || k == 0) return;
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0, a, lda, b, ldb, 0.0, c,
                ldc);
}

static void form_right(double *out, const kz_dmrg_work *w, const kz_pair_sector *s)
{
    const kz_mps_bond *left = &w->state->bond[w->i], *middle = left + 1;
    const kz_real_site *one = &w->site[w->i], *two = &w->site[w->i + 1];
    int c = s->charge, up = left->dim[c - 1], down = left->dim[c], d = middle->dim[c];
    const double *second = two->arena.data + two->offset[c];
    if (up > 0)
        product(out, s->rows,
                one->arena.data + one->offset[c - 1] + (size_t)middle->dim[c - 1] * (size_t)up, up,
                second, d, up, d, s->columns);
    if (down > 0)
        product(out + up, s->rows, one->arena.data + one->offset[c], down, second, d, down, d,
                s->columns);
}

static void form_left(double *out, const kz_dmrg_work *w, const kz_pair_sector *s)
{
    const kz_mps_bond *middle = &w->state->bond[w->i + 1], *right = middle + 1;
    const kz_real_site *one = &w->site[w->i], *two = &w->site[w->i + 1];
    int c = s->charge, d = middle->dim[c], down = right->dim[c], up = right->dim[c + 1];
    const double *first = one->arena.data + one->offset[c];
    if (down > 0)
        product(out, s->rows, first, s->rows, two->arena.data + two->offset[c] + middle->dim[c - 1],
                middle->dim[c - 1] + d, s->rows, d, down);
    if (up > 0)
        product(out + (size_t)down * (size_t)s->rows, s->rows, first, s->rows,
                two->arena.data + two->offset[c + 1], d + middle->dim[c + 1], s->rows, d, up);
}

void kz_pair_form(kz_dmrg_work *w, bool right_form)
{
    memset(w->theta.data, 0, w->size * sizeof(double));
    for (size_t k = 0; k < w->sectors; k++) {
        const kz_pair_sector *s = &w->sector[k];
        if (w->state->bond[w->i + 1].dim[s->charge] == 0) continue;
        if (right_form)
            form_right(w->theta.data + s->offset, w, s);
        else
            form_left(w->theta.data + s->offset, w, s);
    }
}
