/* The blocks of environments on one bond; internal. */
#ifndef KZ_TBM_CORRELATION_BLOCKS_H
#define KZ_TBM_CORRELATION_BLOCKS_H

#include "tbm/correlation/environment.h"

/* Of an operator that raises the charge by 0 or 1, and of the states below level `cut`: one block
 * after the other by ascending charge c of the ket, column-major, rows the states of charge
 * c + raise; rows and columns by rank.  Of several combinations each column has them one after the
 * other. */
typedef struct {
    const kz_mps *mps;
    size_t bond;
    const kz_ranking *ranking;
    int raise, cut;
} kz_blocks;

typedef struct {
    int c, rows, columns;
    int copies; /* 2: it stands for its image too, 1: it has none or is its own */
} kz_block;

/* false: there is no such block, or nothing of it is left, or it follows from its image. */
bool kz_blocks_take(kz_block *out, const kz_blocks *blocks, int c);
/* Elements of the blocks before charge c; of all of them; of one combination. */
size_t kz_blocks_before(const kz_blocks *blocks, int c);
size_t kz_blocks_size(const kz_blocks *blocks);

/* Where the image of block c lies: above it (negative: it is computed), below it (it is not), or it
 * is its own (0).  Negative without images. */
int kz_blocks_side(const kz_blocks *blocks, int c);

/* Elements of one block. */
static inline size_t kz_block_size(const kz_block *block)
{
    return (size_t)block->rows * (size_t)block->columns;
}

/* Scratch, of the size of the largest sector. */
typedef struct {
    double *row, *square;
    double complex *column;
} kz_blocks_work;

/* The factors of rows and columns that make |E|, or |M|, a sum of squares; by rank from the first
 * state of charge c on. */
static inline const double *kz_blocks_scale(const kz_blocks *b, int c, bool from_right)
{
    return (from_right ? b->ranking->root : b->ranking->inverse) + b->mps->bond[b->bond].start[c];
}

/* Adds to weight[] what |E|^2 has at each level, that of the smaller of the two Schmidt values.
 *  e      `count` combinations */
void kz_blocks_weigh(double weight[KZ_LEVELS], kz_blocks_work *work, kz_numbers e, int count,
                     const kz_blocks *blocks, bool from_right);

/* Copies the part of `from` that `to` has, of the same bond and a lower cut: combinations first ...
 * first + count - 1 of the `all` that `to` has. */
void kz_blocks_copy(kz_numbers out, const kz_blocks *to, int all, int first, kz_numbers in,
                    const kz_blocks *from, int count);

#endif
