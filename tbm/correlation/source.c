/* Environments begin where a site stands, on either side of it. */
#include "tbm/correlation/source.h"

#include <string.h>

#include "tbm/blas.h"

/* What the operator on a spin of local state p multiplies it with. */
static double factor_of(const kz_passage *w, int raise, int p)
{
    return raise ? 1.0 : kz_basis_spin_z(w->mps->basis, p) - w->mean;
}

/* out = factor S^2 B, the first rows and columns. */
static void weigh_rows(double complex *out, const kz_passage *w, int c, int p, double factor,
                       size_t rows, size_t columns)
{
    const double complex *block = kz_passage_block(w, c, p);
    size_t all = (size_t)w->mps->bond[w->site].dim[c];
    for (size_t a = 0; a < rows; a++) {
        double value = kz_passage_value(w, c, a);
        for (size_t k = 0; k < columns; k++)
            out[a + k * rows] = factor * value * value * block[a + k * all];
    }
}

/* Adds B'^+ S^2 B of one local state of the ket, B' with the spin turned up where S+ raises. */
static void add_right(double complex *out, const kz_passage *w, const kz_block *s, int raise, int p,
                      int cut, double complex *product)
{
    const kz_basis *basis = w->mps->basis;
    const kz_mps_bond *left = &w->mps->bond[w->site];
    int c = s->c - basis->charge[p], local = raise ? kz_basis_turned(basis, p, KZ_SPIN_UP) : p;
    int rows = kz_ranking_count(&w->left, left, c, cut);
    if (rows == 0 || (raise && basis->spin[p] == KZ_SPIN_UP)) return;
    weigh_rows(product, w, c, p, factor_of(w, raise, p) / w->norm, (size_t)rows,
               (size_t)s->columns);
    kz_adjoint_multiply_add(out, s->rows, 1.0, kz_passage_block(w, c, local), left->dim[c], product,
                            rows, s->rows, rows, s->columns);
}

/* Adds B' B^+, B' with the spin turned down where S- lowers. */
static void add_left(double complex *out, const kz_passage *w, const kz_block *s, int raise, int p,
                     int cut)
{
    const kz_basis *basis = w->mps->basis;
    const kz_mps_bond *left = &w->mps->bond[w->site];
    int columns = kz_ranking_count(&w->right, left + 1, s->c + basis->charge[p], cut);
    int local = raise ? kz_basis_turned(basis, p, KZ_SPIN_DOWN) : p;
    if (columns == 0 || (raise && basis->spin[p] == KZ_SPIN_DOWN)) return;
    kz_multiply_adjoint_add(out, s->rows, factor_of(w, raise, p),
                            kz_passage_block(w, s->c + raise, local), left->dim[s->c + raise],
                            kz_passage_block(w, s->c, p), left->dim[s->c], s->rows, columns,
                            s->columns);
}

void kz_source_block(double complex *out, const kz_passage *w, const kz_blocks *blocks,
                     const kz_block *s, bool from_right, double tolerance, double complex *product)
{
    int cut = kz_ranking_cut(kz_passage_ranking(w, from_right), kz_source_neglected(tolerance));
    memset(out, 0, kz_block_size(s) * sizeof *out);
    for (int p = 0; p < w->mps->basis->states; p++) {
        if (from_right)
            add_left(out, w, s, blocks->raise, p, cut);
        else
            add_right(out, w, s, blocks->raise, p, cut, product);
    }
}
