/* Memory of DMRG, block operators, and the Hamiltonian of a pair of sites. */
#include <cblas.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/dmrg/dmrg.h"

kz_status kz_vector_reserve(kz_vector *vector, size_t count)
{
    double *data;
    if (count <= vector->capacity) return KZ_OK;
    KZ_TRY(kz_alloc_doubles(&data, count + count / 2));
    kz_free(vector->data);
    vector->data = data;
    vector->capacity = count + count / 2;
    return KZ_OK;
}

static kz_status allocate_offsets(size_t **out, size_t length)
{
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, length + 1 + 2 * KZ_MPS_PAD, sizeof **out));
    *out = (size_t *)memory + KZ_MPS_PAD;
    return KZ_OK;
}

static void free_offsets(size_t *offsets)
{
    if (offsets) kz_free(offsets - KZ_MPS_PAD);
}

static kz_status allocate_arrays(kz_dmrg_work *w)
{
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, w->length, sizeof *w->site));
    w->site = memory;
    KZ_TRY(kz_alloc(&memory, w->length + 1, sizeof *w->block));
    w->block = memory;
    KZ_TRY(kz_alloc(&memory, w->length + 1, sizeof *w->sign));
    w->sign = memory;
    KZ_TRY(kz_alloc(&memory, w->length + 4, sizeof *w->sector));
    w->sector = memory;
    for (size_t i = 0; i < w->length; i++)
        KZ_TRY(allocate_offsets(&w->site[i].offset, w->length));
    for (size_t b = 0; b <= w->length; b++) {
        KZ_TRY(allocate_offsets(&w->block[b].h, w->length));
        KZ_TRY(allocate_offsets(&w->block[b].z, w->length));
        KZ_TRY(allocate_offsets(&w->block[b].p, w->length));
    }
    return KZ_OK;
}

void kz_dmrg_work_free(kz_dmrg_work *w)
{
    if (!w) return;
    for (size_t i = 0; w->site && i < w->length; i++) {
        free_offsets(w->site[i].offset);
        kz_free(w->site[i].arena.data);
    }
    for (size_t b = 0; w->block && b <= w->length; b++) {
        free_offsets(w->block[b].h);
        free_offsets(w->block[b].z);
        free_offsets(w->block[b].p);
        kz_free(w->block[b].arena.data);
    }
    kz_free(w->site);
    for (size_t b = 0; w->sign && b <= w->length; b++)
        kz_free(w->sign[b].data);
    kz_free(w->block);
    kz_free(w->sign);
    kz_free(w->sector);
    kz_free(w->operators.data);
    kz_free(w->theta.data);
    kz_free(w->krylov.data);
    kz_free(w->svd.data);
    kz_work_free(&w->cut);
    kz_mps_free(w->state);
    kz_free(w);
}

/* -- blocks -------------------------------------------------------------------------------- */

/* Places of the operators of bond b; step is +1 for a left block, -1 for a right one. */
static kz_status place_block(kz_dmrg_work *w, size_t b, int step)
{
    const kz_mps_bond *bond = &w->state->bond[b];
    kz_block *block = &w->block[b];
    size_t used = 0;
    for (int c = bond->lo; c <= bond->hi; c++) {
        size_t d = (size_t)bond->dim[c], next = (size_t)bond->dim[c + step];
        block->h[c] = used;
        block->z[c] = used + d * d;
        block->p[c] = used + 2 * d * d;
        used += 2 * d * d + next * d;
    }
    return kz_vector_reserve(&block->arena, used);
}

/* c (m x n) = op(a) op(b), column-major; leading dimensions given. */
static void product(double *c, int ldc, CBLAS_TRANSPOSE ta, const double *a, int lda,
                    CBLAS_TRANSPOSE tb, const double *b, int ldb, int m, int k, int n, double beta)
{
    if (m == 0 || n == 0) return;
    if (k > 0)
        cblas_dgemm(CblasColMajor, ta, tb, m, n, k, 1.0, a, lda, b, ldb, beta, c, ldc);
    else if (beta == 0.0)
        for (int j = 0; j < n; j++)
            for (int i = 0; i < m; i++)
                c[i + j * ldc] = 0.0;
}

/* The sector of the pair with this charge, or NULL. */
static const kz_pair_sector *find(const kz_dmrg_work *w, int charge)
{
    for (size_t k = 0; k < w->sectors; k++)
        if (w->sector[k].charge == charge) return &w->sector[k];
    return NULL;
}

/* Left block of bond i+1 from the Hamiltonians of the pair and the left form of site i. */
static void renew_left(kz_dmrg_work *w, double *scratch)
{
    const kz_mps_bond *left = &w->state->bond[w->i], *bond = left + 1;
    kz_block *block = &w->block[w->i + 1];
    const kz_real_site *site = &w->site[w->i];
    for (int c = bond->lo; c <= bond->hi; c++) {
        int d = bond->dim[c], up = left->dim[c - 1], down = left->dim[c], rows = up + down;
        const double *u = site->arena.data + site->offset[c];
        const kz_pair_sector *s = find(w, c);
        if (d == 0 || !s) continue;
        product(scratch, rows, CblasNoTrans, s->left, rows, CblasNoTrans, u, rows, rows, rows, d,
                0.0);
        product(block->arena.data + block->h[c], d, CblasTrans, u, rows, CblasNoTrans, scratch,
                rows, d, rows, d, 0.0);
        for (int j = 0; j < d; j++)
            for (int r = 0; r < rows; r++)
                scratch[r + j * rows] = (r < up ? 0.5 : -0.5) * u[r + j * rows];
        product(block->arena.data + block->z[c], d, CblasTrans, u, rows, CblasNoTrans, scratch,
                rows, d, rows, d, 0.0);
        int next = bond->dim[c + 1], next_rows = down + left->dim[c + 1];
        if (next == 0) continue;
        product(block->arena.data + block->p[c], next, CblasTrans,
                site->arena.data + site->offset[c + 1], next_rows, CblasNoTrans, u + up, rows, next,
                down, d, 0.0);
    }
}

/* Right block of bond i+1 from the right form of site i+1. */
static void renew_right(kz_dmrg_work *w, double *scratch)
{
    const kz_mps_bond *bond = &w->state->bond[w->i + 1], *right = bond + 1;
    kz_block *block = &w->block[w->i + 1];
    const kz_real_site *site = &w->site[w->i + 1];
    for (int c = bond->lo; c <= bond->hi; c++) {
        int d = bond->dim[c], down = right->dim[c], columns = down + right->dim[c + 1];
        const double *v = site->arena.data + site->offset[c];
        const kz_pair_sector *s = find(w, c);
        if (d == 0 || !s) continue;
        product(scratch, d, CblasNoTrans, v, d, CblasNoTrans, s->right, columns, d, columns,
                columns, 0.0);
        product(block->arena.data + block->h[c], d, CblasNoTrans, scratch, d, CblasTrans, v, d, d,
                columns, d, 0.0);
        for (int j = 0; j < columns; j++)
            for (int r = 0; r < d; r++)
                scratch[r + j * d] = (j < down ? -0.5 : 0.5) * v[r + j * d];
        product(block->arena.data + block->z[c], d, CblasNoTrans, scratch, d, CblasTrans, v, d, d,
                columns, d, 0.0);
        int next = bond->dim[c - 1];
        if (next == 0) continue;
        product(block->arena.data + block->p[c], next, CblasNoTrans,
                site->arena.data + site->offset[c - 1] + (size_t)right->dim[c - 1] * (size_t)next,
                next, CblasTrans, v, d, next, down, d, 0.0);
    }
}

kz_status kz_pair_renew_block(kz_dmrg_work *w, bool left)
{
    size_t most = 0;
    for (size_t k = 0; k < w->sectors; k++) {
        size_t rows = (size_t)w->sector[k].rows, columns = (size_t)w->sector[k].columns;
        size_t need = left ? rows * rows : columns * columns;
        if (need > most) most = need;
    }
    KZ_TRY(place_block(w, w->i + 1, left ? 1 : -1));
    KZ_TRY(kz_vector_reserve(&w->svd, most));
    if (left)
        renew_left(w, w->svd.data);
    else
        renew_right(w, w->svd.data);
    return KZ_OK;
}

/* -- memory and first blocks --------------------------------------------------------------- */

/* All right blocks, from the last bond on. */
static kz_status make_blocks(kz_dmrg_work *w)
{
    KZ_TRY(place_block(w, w->length, -1));
    memset(w->block[w->length].arena.data, 0, 2 * sizeof(double));
    KZ_TRY(place_block(w, 0, -1));
    memset(w->block[0].arena.data, 0, 2 * sizeof(double));
    for (size_t i = w->length - 1; i-- > 0;) {
        KZ_TRY(kz_pair_prepare_right(w, i));
        KZ_TRY(kz_pair_renew_block(w, false));
    }
    return KZ_OK;
}

kz_status kz_dmrg_work_create(kz_dmrg_work **out, const double *lambda, const double *delta,
                              size_t length, int up, kz_dmrg_start start)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_dmrg_work)));
    kz_dmrg_work *w = memory;
    w->length = length;
    w->lambda = lambda;
    w->delta = delta;
    kz_status status = kz_mps_allocate(&w->state, &kz_basis_spin, length, length, up);
    if (status == KZ_OK) status = allocate_arrays(w);
    if (status == KZ_OK) status = kz_dmrg_make_start(w, start);
    if (status == KZ_OK) status = make_blocks(w);
    if (status != KZ_OK) {
        kz_dmrg_work_free(w);
        return status;
    }
    *out = w;
    return KZ_OK;
}

/* -- the Hamiltonians of block and site ---------------------------------------------------- */

/* Adds factor * a (rows x columns) to out at (row, column). */
static void add_matrix(double *out, int ld, int row, int column, double factor, const double *a,
                       int rows, int columns)
{
    for (int j = 0; j < columns; j++)
        for (int i = 0; i < rows; i++)
            out[row + i + (column + j) * ld] += factor * a[i + j * rows];
}

static void add_transpose(double *out, int ld, int row, int column, double factor, const double *a,
                          int rows, int columns)
{
    for (int j = 0; j < columns; j++)
        for (int i = 0; i < rows; i++)
            out[row + j + (column + i) * ld] += factor * a[i + j * rows];
}

/* Bond i-1 couples the left block to site i: rows (c-1, up), (c, down). */
static void fill_left(double *out, const kz_dmrg_work *w, int c)
{
    const kz_mps_bond *bond = &w->state->bond[w->i];
    const kz_block *b = &w->block[w->i];
    double lambda = w->i > 0 ? w->lambda[w->i - 1] : 0.0;
    double z = w->i > 0 ? 0.5 * lambda * w->delta[w->i - 1] : 0.0;
    int up = bond->dim[c - 1], down = bond->dim[c], n = up + down;
    if (up > 0) {
        add_matrix(out, n, 0, 0, 1.0, b->arena.data + b->h[c - 1], up, up);
        add_matrix(out, n, 0, 0, z, b->arena.data + b->z[c - 1], up, up);
    }
    if (down > 0) {
        add_matrix(out, n, up, up, 1.0, b->arena.data + b->h[c], down, down);
        add_matrix(out, n, up, up, -z, b->arena.data + b->z[c], down, down);
    }
    if (up == 0 || down == 0 || lambda == 0.0) return;
    add_matrix(out, n, up, 0, 0.5 * lambda, b->arena.data + b->p[c - 1], down, up);
    add_transpose(out, n, 0, up, 0.5 * lambda, b->arena.data + b->p[c - 1], down, up);
}

/* Bond i+1 couples site i+1 to the right block: columns (down, c), (up, c+1). */
static void fill_right(double *out, const kz_dmrg_work *w, int c)
{
    const kz_mps_bond *bond = &w->state->bond[w->i + 2];
    const kz_block *b = &w->block[w->i + 2];
    bool inside = w->i + 2 < w->length;
    double lambda = inside ? w->lambda[w->i + 1] : 0.0;
    double z = inside ? 0.5 * lambda * w->delta[w->i + 1] : 0.0;
    int down = bond->dim[c], up = bond->dim[c + 1], n = up + down;
    if (down > 0) {
        add_matrix(out, n, 0, 0, 1.0, b->arena.data + b->h[c], down, down);
        add_matrix(out, n, 0, 0, -z, b->arena.data + b->z[c], down, down);
    }
    if (up > 0) {
        add_matrix(out, n, down, down, 1.0, b->arena.data + b->h[c + 1], up, up);
        add_matrix(out, n, down, down, z, b->arena.data + b->z[c + 1], up, up);
    }
    if (up == 0 || down == 0 || lambda == 0.0) return;
    add_matrix(out, n, 0, down, 0.5 * lambda, b->arena.data + b->p[c + 1], down, up);
    add_transpose(out, n, down, 0, 0.5 * lambda, b->arena.data + b->p[c + 1], down, up);
}

static size_t list_sectors(kz_dmrg_work *w)
{
    const kz_mps_bond *left = &w->state->bond[w->i], *right = left + 2;
    size_t operators = 0;
    w->sectors = w->size = 0;
    for (int c = left->lo; c <= left->hi + 1; c++) {
        int rows = left->dim[c - 1] + left->dim[c], columns = right->dim[c] + right->dim[c + 1];
        if (rows == 0 || columns == 0) continue;
        w->sector[w->sectors++] = (kz_pair_sector){.charge = c,
                                                   .rows = rows,
                                                   .columns = columns,
                                                   .up_rows = left->dim[c - 1],
                                                   .down_columns = right->dim[c],
                                                   .offset = w->size};
        w->size += (size_t)rows * (size_t)columns;
        operators += (size_t)rows * (size_t)rows + (size_t)columns * (size_t)columns;
    }
    return operators;
}

static kz_status prepare(kz_dmrg_work *w, size_t i, bool left)
{
    w->i = i;
    size_t operators = list_sectors(w);
    KZ_TRY(kz_vector_reserve(&w->operators, operators));
    KZ_TRY(kz_vector_reserve(&w->theta, w->size));
    memset(w->operators.data, 0, operators * sizeof(double));
    double *next = w->operators.data;
    for (size_t k = 0; k < w->sectors; k++) {
        kz_pair_sector *s = &w->sector[k];
        s->left = next;
        next += (size_t)s->rows * (size_t)s->rows;
        s->right = next;
        next += (size_t)s->columns * (size_t)s->columns;
        if (left) fill_left(s->left, w, s->charge);
        fill_right(s->right, w, s->charge);
    }
    return KZ_OK;
}

kz_status kz_pair_prepare(kz_dmrg_work *w, size_t i) { return prepare(w, i, true); }

kz_status kz_pair_prepare_right(kz_dmrg_work *w, size_t i) { return prepare(w, i, false); }
