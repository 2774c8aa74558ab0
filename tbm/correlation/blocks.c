/* Which blocks an environment has, and what they weigh. */
#include "tbm/correlation/blocks.h"

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

/* out[a] = sum over combinations of |e[a]|^2 of one column. */
static void sum_squares(double *out, double complex *column, kz_numbers data, size_t rows,
                        int count)
{
    memset(out, 0, rows * sizeof *out);
    for (size_t v = 0; v < (size_t)count; v++) {
        const double complex *e = kz_numbers_read(column, kz_numbers_at(data, v * rows), rows);
        for (size_t a = 0; a < rows; a++)
            out[a] += square(e[a]);
    }
}

static void weigh(double weight[KZ_LEVELS], kz_blocks_work *work, kz_numbers data, int count,
                  const kz_block *s, const kz_blocks *b, bool from_right)
{
    const int *start = b->mps->bond[b->bond].start;
    const int *bra = b->ranking->level + start[s->c + b->raise];
    const int *ket = b->ranking->level + start[s->c];
    const double *bra_scale = kz_blocks_scale(b, s->c + b->raise, from_right);
    const double *ket_scale = kz_blocks_scale(b, s->c, from_right);
    int first = 0; /* rows from here on have the smaller value */
    size_t rows = (size_t)s->rows;
    memset(work->row, 0, rows * sizeof *work->row);
    for (int k = 0; k < s->columns; k++, data = kz_numbers_at(data, rows * (size_t)count)) {
        double sum = 0.0, factor = s->copies * ket_scale[k] * ket_scale[k];
        while (first < s->rows && bra[first] <= ket[k])
            first++;
        sum_squares(work->square, work->column, data, rows, count);
        for (int a = 0; a < first; a++)
            sum += work->square[a] * bra_scale[a] * bra_scale[a];
        for (int a = first; a < s->rows; a++)
            work->row[a] += work->square[a] * factor;
        weight[ket[k]] += sum * factor;
    }
    for (int a = 0; a < s->rows; a++)
        weight[bra[a]] += work->row[a] * bra_scale[a] * bra_scale[a];
}

void kz_blocks_weigh(double weight[KZ_LEVELS], kz_blocks_work *work, kz_numbers e, int count,
                     const kz_blocks *b, bool from_right)
{
    const kz_mps_bond *bond = &b->mps->bond[b->bond];
    kz_block block;
    for (int c = bond->lo; c <= bond->hi; c++) {
        if (!kz_blocks_take(&block, b, c)) continue;
        weigh(weight, work, e, count, &block, b, from_right);
        e = kz_numbers_at(e, kz_block_size(&block) * (size_t)count);
    }
}

/* Rows of all combinations of one column. */
static void copy_column(kz_numbers out, size_t rows, kz_numbers in, size_t all_rows, int count)
{
    for (size_t v = 0; v < (size_t)count; v++)
        kz_numbers_copy(kz_numbers_at(out, v * rows), kz_numbers_at(in, v * all_rows), rows);
}

void kz_blocks_copy(kz_numbers out, const kz_blocks *to, int all, int first, kz_numbers in,
                    const kz_blocks *from, int count)
{
    const kz_mps_bond *bond = &from->mps->bond[from->bond];
    for (int c = bond->lo; c <= bond->hi; c++) {
        kz_block wide, part;
        if (!kz_blocks_take(&wide, from, c)) continue;
        if (kz_blocks_take(&part, to, c)) {
            size_t rows = (size_t)part.rows, all_rows = (size_t)wide.rows;
            for (size_t k = 0; k < (size_t)part.columns; k++)
                copy_column(kz_numbers_at(out, rows * ((size_t)first + k * (size_t)all)), rows,
                            kz_numbers_at(in, all_rows * k * (size_t)count), all_rows, count);
            out = kz_numbers_at(out, kz_block_size(&part) * (size_t)all);
        }
        in = kz_numbers_at(in, kz_block_size(&wide) * (size_t)count);
    }
}
