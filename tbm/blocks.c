/* Which blocks an environment has, and what they weigh. */
#include "tbm/blocks.h"

#include <string.h>

#include "tbm/flip.h"

int kz_blocks_side(const kz_blocks *b, int c)
{
    return b->mps->flips ? 2 * c + b->raise - kz_flip_image(b->mps, b->bond, 0) : -1;
}

bool kz_blocks_take(kz_block *out, const kz_blocks *b, int c)
{
    const kz_mps_bond *bond = &b->mps->bond[b->bond];
    int side = kz_blocks_side(b, c);
    if (side > 0 || bond->dim[c] == 0 || bond->dim[c + b->raise] == 0) return false;
    *out = (kz_block){.c = c,
                      .rows = kz_ranking_count(b->ranking, bond, c + b->raise, b->cut),
                      .columns = kz_ranking_count(b->ranking, bond, c, b->cut),
                      .copies = b->mps->flips && side < 0 ? 2 : 1};
    return out->rows > 0 && out->columns > 0;
}

size_t kz_blocks_before(const kz_blocks *b, int end)
{
    size_t size = 0;
    kz_block block;
    for (int c = b->mps->bond[b->bond].lo; c < end; c++)
        if (kz_blocks_take(&block, b, c)) size += kz_block_size(&block);
    return size;
}

size_t kz_blocks_size(const kz_blocks *b)
{
    return kz_blocks_before(b, b->mps->bond[b->bond].hi + 1);
}

static double square(double complex x) { return creal(x) * creal(x) + cimag(x) * cimag(x); }

static void weigh(double weight[KZ_LEVELS], double *row, const double complex *e, const kz_block *s,
                  const kz_blocks *b)
{
    const int *start = b->mps->bond[b->bond].start;
    const int *bra = b->ranking->level + start[s->c + b->raise];
    const int *ket = b->ranking->level + start[s->c];
    const double *bra_inverse = b->ranking->inverse + start[s->c + b->raise];
    const double *ket_inverse = b->ranking->inverse + start[s->c];
    int first = 0; /* rows from here on have the smaller value */
    memset(row, 0, (size_t)s->rows * sizeof *row);
    for (int k = 0; k < s->columns; k++, e += s->rows) {
        double sum = 0.0;
        while (first < s->rows && bra[first] <= ket[k])
            first++;
        for (int a = 0; a < first; a++)
            sum += square(e[a]) * bra_inverse[a];
        for (int a = first; a < s->rows; a++)
            row[a] += square(e[a]) * ket_inverse[k];
        weight[ket[k]] += s->copies * sum * ket_inverse[k];
    }
    for (int a = 0; a < s->rows; a++)
        weight[bra[a]] += s->copies * row[a] * bra_inverse[a];
}

void kz_blocks_weigh(double weight[KZ_LEVELS], double *row, const double complex *e,
                     const kz_blocks *b)
{
    const kz_mps_bond *bond = &b->mps->bond[b->bond];
    kz_block block;
    for (int c = bond->lo; c <= bond->hi; c++) {
        if (!kz_blocks_take(&block, b, c)) continue;
        weigh(weight, row, e, &block, b);
        e += kz_block_size(&block);
    }
}

void kz_blocks_copy(double complex *out, const kz_blocks *to, const double complex *in,
                    const kz_blocks *from)
{
    const kz_mps_bond *bond = &from->mps->bond[from->bond];
    for (int c = bond->lo; c <= bond->hi; c++) {
        kz_block all, part;
        if (!kz_blocks_take(&all, from, c)) continue;
        if (kz_blocks_take(&part, to, c))
            for (int k = 0; k < part.columns; k++, out += part.rows)
                memcpy(out, in + (size_t)k * (size_t)all.rows, (size_t)part.rows * sizeof *out);
        in += kz_block_size(&all);
    }
}
