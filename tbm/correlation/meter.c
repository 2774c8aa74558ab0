/* Correlations are traces of what both sides leave on a bond. */
#include <cblas.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/correlation/blocks.h"

/* Adds the overlaps of a with every combination of b. */
static void add_overlaps(double complex *trace, const double complex *a, size_t lda, kz_numbers b,
                         const kz_block *s, int count, double complex *column)
{
    size_t rows = (size_t)s->rows;
    for (int k = 0; k < s->columns; k++, a += lda) {
        for (int v = 0; v < count; v++, b = kz_numbers_at(b, rows)) {
            double complex overlap = 0.0;
            cblas_zdotc_sub(s->rows, a, 1, kz_numbers_read(column, b, rows), 1, &overlap);
            trace[v] += s->copies * overlap;
        }
    }
}

static void set_traces(double complex *trace, const kz_environments *e, const double complex *probe,
                       const kz_blocks *own, const kz_blocks *all, double complex *column)
{
    const kz_mps_bond *bond = &own->mps->bond[own->bond];
    kz_numbers data = e->data;
    memset(trace, 0, (size_t)e->count * sizeof *trace);
    for (int c = bond->lo; c <= bond->hi; c++) {
        kz_block block, measured;
        if (!kz_blocks_take(&measured, all, c)) continue;
        if (kz_blocks_take(&block, own, c)) {
            add_overlaps(trace, probe, (size_t)measured.rows, data, &block, e->count, column);
            data = kz_numbers_at(data, kz_block_size(&block) * (size_t)e->count);
        }
        probe += kz_block_size(&measured);
    }
    /* what images add is the conjugate */
    for (int v = 0; own->mps->flips && v < e->count; v++)
        trace[v] = creal(trace[v]);
}

void kz_environments_measure(double complex *value, const kz_environments *e,
                             const double complex *probe, int cut, const kz_passage *w,
                             double complex *scratch)
{
    const kz_ranking *ranking = kz_passage_ranking(w, e->from_right);
    size_t bond = kz_passage_bond(w, e->from_right);
    const kz_blocks own = {w->mps, bond, ranking, e->raise, e->cut};
    const kz_blocks all = {w->mps, bond, ranking, e->raise, cut};
    set_traces(scratch, e, probe, &own, &all, scratch + e->count);
    for (size_t i = 0; i < e->members; i++) {
        double complex sum = 0.0;
        cblas_zdotu_sub(e->count, e->part + i, (int)e->length, scratch, 1, &sum);
        value[i] = e->from_right ? conj(sum) : sum;
    }
}

/* Both sides of the middle, and scratch for one column of either. */
typedef struct {
    const kz_environments *left, *right;
    double complex *left_column, *right_column;
} meeting;

/* trace[u, v] += sum of conj(M_u) E_v of one block, rows and columns that both have. */
static void add_traces(double complex *trace, const meeting *x, const kz_block *e,
                       kz_numbers e_data, const kz_block *m, kz_numbers m_data)
{
    int rows = e->rows < m->rows ? e->rows : m->rows;
    int columns = e->columns < m->columns ? e->columns : m->columns;
    size_t e_size = (size_t)e->rows * (size_t)x->left->count;
    size_t m_size = (size_t)m->rows * (size_t)x->right->count;
    const double complex copies = e->copies, one = 1.0;
    for (int k = 0; k < columns; k++) {
        cblas_zgemm(CblasColMajor, CblasConjTrans, CblasNoTrans, x->right->count, x->left->count,
                    rows, &copies, kz_numbers_read(x->right_column, m_data, m_size), m->rows,
                    kz_numbers_read(x->left_column, e_data, e_size), e->rows, &one, trace,
                    x->right->count);
        m_data = kz_numbers_at(m_data, m_size);
        e_data = kz_numbers_at(e_data, e_size);
    }
}

static void set_trace_matrix(double complex *trace, const meeting *x, const kz_blocks *l,
                             const kz_blocks *r)
{
    const kz_mps_bond *bond = &l->mps->bond[l->bond];
    kz_numbers e_data = x->left->data, m_data = x->right->data;
    size_t left = (size_t)x->left->count, right = (size_t)x->right->count;
    for (int c = bond->lo; c <= bond->hi; c++) {
        kz_block e, m;
        bool has_e = kz_blocks_take(&e, l, c), has_m = kz_blocks_take(&m, r, c);
        if (has_e && has_m) add_traces(trace, x, &e, e_data, &m, m_data);
        if (has_e) e_data = kz_numbers_at(e_data, kz_block_size(&e) * left);
        if (has_m) m_data = kz_numbers_at(m_data, kz_block_size(&m) * right);
    }
    for (size_t k = 0; l->mps->flips && k < left * right; k++)
        trace[k] = creal(trace[k]);
}

/* value[i, j] = sum over u, v of conj(part[j, u]) trace[u, v] part[i, v]. */
static void expand(double complex *value, const double complex *trace, const meeting *x,
                   double complex *row)
{
    const kz_environments *left = x->left, *right = x->right;
    for (size_t i = 0; i < left->members; i++) {
        for (int u = 0; u < right->count; u++)
            cblas_zdotu_sub(left->count, left->part + i, (int)left->length, trace + u, right->count,
                            &row[u]);
        for (size_t j = 0; j < right->members; j++)
            cblas_zdotc_sub(right->count, right->part + j, (int)right->length, row, 1, value++);
    }
}

kz_status kz_environments_join(double complex *value, const kz_environments *left,
                               const kz_environments *right, const kz_mps *mps, size_t bond,
                               const kz_ranking *ranking)
{
    const kz_blocks l = {mps, bond, ranking, left->raise, left->cut};
    const kz_blocks r = {mps, bond, ranking, right->raise, right->cut};
    size_t rows = (size_t)right->count, columns = (size_t)left->count, size = rows * columns;
    size_t states = mps->bond[bond].total;
    void *memory = NULL;
    memset(value, 0, left->members * right->members * sizeof *value);
    if (size == 0) return KZ_OK;
    KZ_TRY(kz_alloc(&memory, size + rows + states * (rows + columns), sizeof *value));
    double complex *trace = memory, *row = trace + size, *column = row + rows;
    const meeting x = {left, right, column, column + states * columns};
    set_trace_matrix(trace, &x, &l, &r);
    expand(value, trace, &x, row);
    kz_free(memory);
    return KZ_OK;
}
