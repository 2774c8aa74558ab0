/* How a chain is cut into contiguous pieces, one a process; internal.
 *
 * cut[p] is the first site of process p, cut[size] the length.  Gates of even layers act on sites
 * (i, i+1) with i even, those of odd layers with i odd: both sites must be with one process.  So
 * the cuts of even layers are even, and in odd layers each is one site further to the right (the
 * ends of the chain excepted):
 *
 *      even layer   (0 1)(2 3)|(4 5)(6 7)|(8 9)         cut 0 4 8 10
 *      odd layer     0(1 2)(3 4)|(5 6)(7 8)|9           cut 0 5 9 10
 *
 * Site 4 goes to the left before each odd layer and comes back before the next even one: one tensor
 * for each pair of neighbours and layer. */
#ifndef KZ_TBM_DIVIDED_PIECES_H
#define KZ_TBM_DIVIDED_PIECES_H

#include <stdbool.h>
#include <stddef.h>

/* Processes that get a piece of their own; any others get empty ones at the end of the chain. */
static inline int kz_pieces_active(size_t length, int size)
{
    return (size_t)size < length / 2 ? size : (int)(length / 2);
}

/* Even cuts with the least possible work in the piece with the most of it.
 *  cut   out [size + 1]
 *  cost  in [length - 1] of the gates by bond; in one even and one odd layer a process does those
 * of the bonds cut[p] ... cut[p+1] - 1 */
void kz_pieces_choose(size_t *cut, const double *cost, size_t length, int size);

/* Work in the piece with the most of it, for even cuts. */
double kz_pieces_most(const size_t *cut, const double *cost, size_t length, int size);

/* How often cuts are thought over: after so many layers, one step of fourth order. */
enum { KZ_PIECES_LAYERS = 10 };

/* Cuts for what the gates cost by now; kept where new ones promise less than a hundredth: a pair of
 * sites is moved in less time than one of its gates takes.  Whether they changed.
 *  even     in/out [size + 1]
 *  scratch  [size + 1] */
bool kz_pieces_revise(size_t *even, size_t *scratch, const double *cost, size_t length, int size);

/* What a gate costs: half of what was known, half of what was measured now (0: nothing), which
 * follows the growth of a bond within a few layers. */
static inline double kz_pieces_cost(double known, double measured)
{
    return measured > 0.0 ? 0.5 * (known + measured) : known;
}

/* The cuts of a layer from even ones. */
void kz_pieces_of_layer(size_t *cut, const size_t *even, int parity, size_t length, int size);

/* The process with site i. */
int kz_pieces_owner(const size_t *cut, int size, size_t i);

#endif
