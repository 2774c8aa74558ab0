/* Schmidt values in order, and sites that environments pass. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/correlation/environment.h"

/* -- ranking ------------------------------------------------------------------------------- */

static kz_status reserve_ranking(kz_ranking *r, size_t count)
{
    void *place = NULL, *level = NULL;
    double *inverse = NULL, *root = NULL;
    if (count <= r->capacity) return KZ_OK;
    kz_status status = kz_alloc(&place, count, sizeof *r->place);
    if (status == KZ_OK) status = kz_alloc(&level, count, sizeof *r->level);
    if (status == KZ_OK) status = kz_alloc_doubles(&root, count);
    if (status == KZ_OK) status = kz_alloc_doubles(&inverse, count);
    kz_ranking fresh = {
        .place = place, .level = level, .root = root, .inverse = inverse, .capacity = count};
    kz_ranking_free(status == KZ_OK ? r : &fresh);
    if (status == KZ_OK) *r = fresh;
    return status;
}

void kz_ranking_free(kz_ranking *r)
{
    kz_free(r->place);
    kz_free(r->level);
    kz_free(r->root);
    kz_free(r->inverse);
    *r = (kz_ranking){0};
}

static int level_of(double value)
{
    double level = value > 0.0 ? -8.0 * log2(value) : KZ_LEVELS;
    return level < 0.0 ? 0 : level < KZ_LEVELS ? (int)level : KZ_LEVELS - 1;
}

/* By insertion: sectors are in order already, or two sequences that are. */
static void sort_sector(int *place, const double *value, int count)
{
    for (int k = 0; k < count; k++) {
        int at = k;
        for (; at > 0 && value[place[at - 1]] < value[k]; at--)
            place[at] = place[at - 1];
        place[at] = k;
    }
}

kz_status kz_ranking_make(kz_ranking *r, const kz_mps_bond *bond)
{
    KZ_TRY(reserve_ranking(r, bond->total));
    memset(r->tail, 0, sizeof r->tail);
    memset(r->below, 0, sizeof r->below);
    r->top = 0;
    for (int c = bond->lo; c <= bond->hi; c++) {
        size_t start = (size_t)bond->start[c];
        sort_sector(r->place + start, bond->value + start, bond->dim[c]);
        for (size_t k = start; k < start + (size_t)bond->dim[c]; k++) {
            double value = bond->value[start + (size_t)r->place[k]];
            r->level[k] = level_of(value);
            r->root[k] = sqrt(value);
            r->inverse[k] = value > 0.0 ? 1.0 / sqrt(value) : 0.0;
            r->tail[r->level[k]] += value * value;
            r->below[r->level[k] + 1]++;
            if (r->level[k] >= r->top) r->top = r->level[k] + 1;
        }
    }
    for (int k = KZ_LEVELS; k > 0; k--)
        r->tail[k - 1] += r->tail[k];
    for (int k = 0; k < KZ_LEVELS; k++)
        r->below[k + 1] += r->below[k];
    return KZ_OK;
}

int kz_ranking_count(const kz_ranking *r, const kz_mps_bond *bond, int c, int cut)
{
    const int *level = r->level + bond->start[c];
    int low = 0, high = bond->dim[c]; /* the first that is not below lies in low ... high */
    while (low < high) {
        int middle = (low + high) / 2;
        if (level[middle] < cut)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int kz_ranking_cut(const kz_ranking *r, double weight)
{
    int cut = r->top;
    while (cut > 1 && r->tail[cut - 1] <= weight)
        cut--;
    return cut;
}

/* -- passage ------------------------------------------------------------------------------- */

/* One block in order. */
static void sort_block(double complex *out, const double complex *in, const int *row, size_t rows,
                       const int *column, size_t columns)
{
    for (size_t j = 0; j < columns; j++)
        for (size_t k = 0; k < rows; k++)
            out[k + j * rows] = in[(size_t)row[k] + (size_t)column[j] * rows];
}

/* The matrix of left charge c. */
static void sort_matrix(kz_passage *w, int c)
{
    const kz_mps_bond *left = &w->mps->bond[w->site], *right = left + 1;
    const kz_mps_site *site = &w->mps->site[w->site];
    const kz_basis *basis = w->mps->basis;
    size_t rows = (size_t)left->dim[c];
    for (int p = 0; p < basis->states; p++) {
        size_t at = site->offset[c] + rows * kz_mps_columns(basis, right, c, p);
        int q = c + basis->charge[p];
        if (right->dim[q] > 0)
            sort_block(w->matrix[0].full + at, site->data + at, w->left.place + left->start[c],
                       rows, w->right.place + right->start[q], (size_t)right->dim[q]);
    }
}

static kz_status set_matrices(kz_passage *w)
{
    const kz_mps_bond *left = &w->mps->bond[w->site];
    size_t size = w->mps->site[w->site].size;
    for (int single = 0; single < 2; single++)
        KZ_TRY(kz_numbers_reserve(&w->matrix[single], &w->room[single], size, single == 1));
    for (int c = left->lo; c <= left->hi; c++)
        if (left->dim[c] > 0) sort_matrix(w, c);
    kz_numbers_write(w->matrix[1], w->matrix[0].full, size);
    return KZ_OK;
}

static double row_weight(const double complex *block, size_t rows, size_t columns, size_t row)
{
    double sum = 0.0;
    for (size_t j = 0; j < columns; j++) {
        double complex x = block[row + j * rows];
        sum += creal(x) * creal(x) + cimag(x) * cimag(x);
    }
    return sum;
}

/* Norm and mean of the site alone; the tensors behind it count as orthonormal. */
static kz_status set_mean(kz_passage *w)
{
    const kz_mps_bond *left = &w->mps->bond[w->site];
    const kz_basis *basis = w->mps->basis;
    double weight[2] = {0.0, 0.0}; /* by spin */
    for (int c = left->lo; c <= left->hi; c++) {
        size_t rows = (size_t)left->dim[c];
        for (int p = 0; p < basis->states; p++) {
            const double complex *block = kz_passage_block(w, c, p);
            size_t columns = (size_t)left[1].dim[c + basis->charge[p]];
            for (size_t k = 0; k < rows; k++) {
                double value = kz_passage_value(w, c, k);
                weight[basis->spin[p]] += value * value * row_weight(block, rows, columns, k);
            }
        }
    }
    w->norm = weight[KZ_SPIN_UP] + weight[KZ_SPIN_DOWN];
    w->mean = 0.5 * (weight[KZ_SPIN_UP] - weight[KZ_SPIN_DOWN]) / w->norm;
    if (w->mps->flips) w->mean = 0.0;
    if (w->norm > 0.5 && w->norm < 2.0) return KZ_OK;
    return KZ_FAIL(KZ_EDOMAIN, "site %zu has a state of norm %.15g", w->site, w->norm);
}

kz_status kz_passage_next(kz_passage *w, size_t site)
{
    bool first = w->most_states == 0, back = !first && site < w->site;
    kz_ranking left = w->right;
    w->right = w->left;
    w->left = left;
    w->site = site;
    if (first) w->most_states = kz_mps_max_bond_dimension(w->mps);
    if (first || back) KZ_TRY(kz_ranking_make(&w->left, &w->mps->bond[site]));
    if (!back) KZ_TRY(kz_ranking_make(&w->right, &w->mps->bond[site + 1]));
    KZ_TRY(set_matrices(w));
    return set_mean(w);
}

void kz_passage_free(kz_passage *w)
{
    kz_ranking_free(&w->left);
    kz_ranking_free(&w->right);
    kz_numbers_free(&w->matrix[0]);
    kz_numbers_free(&w->matrix[1]);
}
