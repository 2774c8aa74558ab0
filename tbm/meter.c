/* What a site measures of the environments that reach it. */
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/blas.h"
#include "tbm/blocks.h"
#include "tbm/work.h"

/* sum over local states of B' B^+ and states of the right below level `most`, B' with the spin
 * turned down where S- measures. */
static void meter_block(double complex *meter, const kz_passage *w, int raise, const kz_block *s,
                        int most, double complex *room)
{
    const kz_basis *basis = w->mps->basis;
    const kz_mps_bond *left = &w->mps->bond[w->site];
    memset(meter, 0, kz_block_size(s) * sizeof *meter);
    for (int p = 0; p < basis->states; p++) {
        int columns = kz_ranking_count(&w->right, left + 1, s->c + basis->charge[p], most);
        int local = raise ? kz_basis_turned(basis, p, KZ_SPIN_DOWN) : p;
        if (columns == 0 || (raise && basis->spin[p] == KZ_SPIN_DOWN)) continue;
        kz_multiply_adjoint(room, s->rows, raise ? 1.0 : kz_basis_spin_z(basis, p),
                            kz_passage_block(w, s->c + raise, local), left->dim[s->c + raise],
                            kz_passage_block(w, s->c, p), left->dim[s->c], s->rows, columns,
                            s->columns);
        for (size_t k = 0; k < kz_block_size(s); k++)
            meter[k] += room[k];
    }
}

kz_status kz_passage_measure(kz_passage *w, int raise, int cut, double tolerance,
                             kz_environment_work *work, int threads)
{
    const kz_mps_bond *left = &w->mps->bond[w->site];
    const kz_blocks blocks = {w->mps, w->site, &w->left, raise, cut};
    size_t size = kz_blocks_size(&blocks);
    void *memory = NULL;
    if (size > w->room[raise]) {
        KZ_TRY(kz_alloc(&memory, size, sizeof *w->meter[raise]));
        kz_free(w->meter[raise]);
        w->meter[raise] = memory;
        w->room[raise] = size;
    }
    w->cut[raise] = cut;
    int most = kz_ranking_cut(&w->right, kz_environment_neglected(tolerance));
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (int c = left->lo; c <= left->hi; c++) {
        kz_block block;
        if (kz_blocks_take(&block, &blocks, c))
            meter_block(w->meter[raise] + kz_blocks_before(&blocks, c), w, raise, &block, most,
                        work[kz_thread_number()].block);
    }
    return KZ_OK;
}

/* sum of conj(a) b over the rows and columns of b. */
static double complex overlap(const double complex *a, size_t lda, const double complex *b,
                              const kz_block *s)
{
    double re = 0.0, im = 0.0;
    for (int k = 0; k < s->columns; k++, a += lda, b += s->rows) {
        for (int r = 0; r < s->rows; r++) {
            re += creal(a[r]) * creal(b[r]) + cimag(a[r]) * cimag(b[r]);
            im += creal(a[r]) * cimag(b[r]) - cimag(a[r]) * creal(b[r]);
        }
    }
    return re + I * im;
}

double complex kz_environment_value(const kz_environment *e, const kz_passage *w)
{
    const kz_mps_bond *left = &w->mps->bond[w->site];
    const kz_blocks own = {w->mps, w->site, &w->left, e->raise, e->cut};
    const kz_blocks all = {w->mps, w->site, &w->left, e->raise, w->cut[e->raise]};
    const double complex *data = e->data, *meter = w->meter[e->raise];
    double complex sum = 0.0;
    for (int c = left->lo; c <= left->hi; c++) {
        kz_block block, measured;
        if (!kz_blocks_take(&measured, &all, c)) continue;
        if (kz_blocks_take(&block, &own, c)) {
            sum += block.copies * overlap(meter, (size_t)measured.rows, data, &block);
            data += kz_block_size(&block);
        }
        meter += kz_block_size(&measured);
    }
    /* what images add is the conjugate */
    return w->mps->flips ? creal(sum) : sum;
}
