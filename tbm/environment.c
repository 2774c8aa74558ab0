/* Environments carried from site to site. */
#include "tbm/environment.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/blas.h"
#include "tbm/blocks.h"
#include "tbm/flip.h"

/* Of environments with |E| < NEAR the tolerance is a part of |E|, as far correlations are small but
 * add up; below END times the tolerance nothing is left. */
static const double NEAR = 0.1, END = 0.01;

/* Bonds of fewer states cost too little to drop any. */
enum { FEW = 64 };

/* Computed are so many levels more than are kept on the bond before, and so many states; twice as
 * many where the outer half of what they add has more than this part of what may be dropped. */
enum { MARGIN = 16, STATES = 32 };
static const double OUTER = 0.25;

/* -- memory -------------------------------------------------------------------------------- */

static size_t largest_sector(const kz_mps *mps)
{
    size_t most = 1;
    for (size_t b = 0; b <= mps->length; b++)
        for (int c = mps->bond[b].lo; c <= mps->bond[b].hi; c++)
            if ((size_t)mps->bond[b].dim[c] > most) most = (size_t)mps->bond[b].dim[c];
    return most;
}

/* Elements of both kinds of environments at most. */
static size_t largest_whole(const kz_mps *mps)
{
    size_t most = 1;
    for (size_t b = 0; b <= mps->length; b++) {
        const kz_mps_bond *bond = &mps->bond[b];
        size_t same = 0, raised = 0;
        for (int c = bond->lo; c <= bond->hi; c++) {
            same += (size_t)bond->dim[c] * (size_t)bond->dim[c];
            raised += (size_t)bond->dim[c] * (size_t)bond->dim[c + 1];
        }
        most = same > most ? same : most;
        most = raised > most ? raised : most;
    }
    return most;
}

kz_status kz_environment_work_create(kz_environment_work *work, const kz_mps *mps)
{
    size_t rows = largest_sector(mps);
    void *whole = NULL, *product = NULL, *block = NULL;
    *work = (kz_environment_work){0};
    kz_status status = kz_alloc(&whole, largest_whole(mps), sizeof *work->whole);
    if (status == KZ_OK) status = kz_alloc(&product, rows * rows, sizeof *work->product);
    if (status == KZ_OK) status = kz_alloc(&block, rows * rows, sizeof *work->block);
    if (status == KZ_OK) status = kz_alloc_doubles(&work->row, rows);
    work->whole = whole;
    work->product = product;
    work->block = block;
    if (status != KZ_OK) kz_environment_work_free(work);
    return status;
}

void kz_environment_work_free(kz_environment_work *work)
{
    kz_free(work->whole);
    kz_free(work->product);
    kz_free(work->block);
    kz_free(work->row);
    *work = (kz_environment_work){0};
}

static kz_status reserve(kz_environment *e, size_t count)
{
    void *memory = NULL;
    if (count <= e->capacity) return KZ_OK;
    KZ_TRY(kz_alloc(&memory, count, sizeof *e->data));
    kz_free(e->data);
    e->data = memory;
    e->capacity = count;
    return KZ_OK;
}

void kz_environment_free(kz_environment *e)
{
    kz_free(e->data);
    e->data = NULL;
    e->capacity = 0;
}

/* -- sums over what leads to a block --------------------------------------------------------- */

/* Blocks on the bond behind the site, in work->whole. */
typedef struct {
    const kz_passage *w;
    kz_environment_work *work;
    kz_blocks blocks;
} target;

static double complex *place_of(const target *t, int q)
{
    return t->work->whole + kz_blocks_before(&t->blocks, q);
}

static void add(double complex *to, double factor, const double complex *from, size_t count)
{
    for (size_t k = 0; k < count; k++)
        to[k] += factor * from[k];
}

/* Whether F takes the state of this rank to minus itself. */
static bool is_odd(const target *t, int c, int rank)
{
    const kz_blocks *b = &t->blocks;
    return b->ranking->place[b->mps->bond[b->bond].start[c] + rank] >=
           kz_flip_odd(b->mps, b->bond, c);
}

/* Adds the image of what stands in work->block for block q: of Sz the negative, of S+ the adjoint,
 * with the signs of the states. */
static void add_image(const target *t, int q, double factor, int rows, int columns)
{
    int raise = t->blocks.raise;
    double complex *to = place_of(t, kz_flip_image(t->blocks.mps, t->blocks.bond, q) - raise);
    const double complex *from = t->work->block;
    for (int k = 0; k < columns; k++) {
        bool odd = is_odd(t, q, k);
        for (int a = 0; a < rows; a++, from++) {
            double complex x = odd == is_odd(t, q + raise, a) ? factor * *from : -factor * *from;
            if (raise)
                to[(size_t)k + (size_t)a * (size_t)columns] += conj(x);
            else
                to[(size_t)a + (size_t)k * (size_t)rows] -= x;
        }
    }
}

/* Takes what stands in work->block for block q where it belongs.  own: it comes from a block that
 * is its own image, which holds the images of its contributions itself. */
static void deliver(const target *t, int q, bool own, int rows, int columns)
{
    int side = kz_blocks_side(&t->blocks, q);
    double factor = own && side == 0 ? 0.5 : 1.0;
    if (side <= 0) add(place_of(t, q), factor, t->work->block, (size_t)rows * (size_t)columns);
    if (side >= 0) add_image(t, q, factor, rows, columns);
}

/* -- one site ------------------------------------------------------------------------------- */

/* Block s of an environment on the left bond, local state p. */
static void pass_block(const target *t, const kz_blocks *from, const kz_block *s,
                       const double complex *data, int p)
{
    const kz_passage *w = t->w;
    const kz_mps_bond *left = &w->mps->bond[w->site], *right = left + 1;
    int q = s->c + w->mps->basis->charge[p], raise = from->raise;
    int columns = kz_ranking_count(&w->right, right, q, t->blocks.cut);
    int rows = kz_ranking_count(&w->right, right, q + raise, t->blocks.cut);
    bool own = kz_blocks_side(from, s->c) == 0;
    if (rows == 0 || columns == 0 || (own && kz_blocks_side(&t->blocks, q) > 0)) return;
    kz_multiply(t->work->product, s->rows, 1.0, data, s->rows, kz_passage_block(w, s->c, p),
                left->dim[s->c], s->rows, s->columns, columns);
    kz_adjoint_multiply(t->work->block, rows, 1.0, kz_passage_block(w, s->c + raise, p),
                        left->dim[s->c + raise], t->work->product, s->rows, rows, s->rows, columns);
    deliver(t, q, own, rows, columns);
}

static void pass_all(const target *t, const kz_environment *e)
{
    const kz_passage *w = t->w;
    const kz_blocks from = {w->mps, w->site, &w->left, e->raise, e->cut};
    const double complex *data = e->data;
    for (int c = w->mps->bond[w->site].lo; c <= w->mps->bond[w->site].hi; c++) {
        kz_block block;
        if (!kz_blocks_take(&block, &from, c)) continue;
        for (int p = 0; p < w->mps->basis->states; p++)
            pass_block(t, &from, &block, data, p);
        data += kz_block_size(&block);
    }
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

/* What left charge c, states below level `cut`, and local state p of the ket add. */
static void begin_block(const target *t, int c, int p, int cut)
{
    const kz_passage *w = t->w;
    const kz_basis *basis = w->mps->basis;
    const kz_mps_bond *left = &w->mps->bond[w->site];
    int raise = t->blocks.raise, q = c + basis->charge[p];
    int local = raise ? kz_basis_turned(basis, p, KZ_SPIN_UP) : p;
    int rows = kz_ranking_count(&w->left, left, c, cut);
    kz_block s;
    if (rows == 0 || (raise && basis->spin[p] == KZ_SPIN_UP)) return;
    if (!kz_blocks_take(&s, &t->blocks, q)) return;
    double factor = raise ? 1.0 : kz_basis_spin_z(basis, p) - w->mean;
    weigh_rows(t->work->product, w, c, p, factor / w->norm, (size_t)rows, (size_t)s.columns);
    kz_adjoint_multiply(t->work->block, s.rows, 1.0, kz_passage_block(w, c, local), left->dim[c],
                        t->work->product, rows, s.rows, rows, s.columns);
    add(place_of(t, q), 1.0, t->work->block, kz_block_size(&s));
}

static void begin_all(const target *t, double tolerance)
{
    const kz_mps_bond *left = &t->w->mps->bond[t->w->site];
    int cut = kz_ranking_cut(&t->w->left, kz_environment_neglected(tolerance));
    for (int c = left->lo; c <= left->hi; c++)
        for (int p = 0; p < t->w->mps->basis->states; p++)
            begin_block(t, c, p, cut);
}

/* -- what is kept --------------------------------------------------------------------------- */

/* Less where the bond has few states, so that most of the error is made where it saves most. */
static double allowed(const target *t, double tolerance, double size)
{
    size_t states = t->blocks.mps->bond[t->blocks.bond].total;
    if (states < FEW) return 0.0;
    return tolerance * fmin(1.0, size / NEAR) * (double)states / (double)t->w->most_states;
}

/* Levels from *cut on weigh no more than may be dropped.
 *  size    out  |E| of what was computed; not finite where the state is not
 *  guess   states below it were expected to be kept
 *  Returns whether the levels computed suffice: what lies beyond them is taken to have no more than
 *  the outer half of what they have beyond the guess. */
static bool choose_cut(int *cut, double *size, const target *t, double tolerance, int guess)
{
    double weight[KZ_LEVELS] = {0.0}, total = 0.0, dropped = 0.0, outer = 0.0;
    int computed = t->blocks.cut;
    const size_t *below = t->w->right.below;
    kz_blocks_weigh(weight, t->work->row, t->work->whole, &t->blocks);
    for (int k = 0; k < computed; k++) {
        total += weight[k];
        if (2 * below[k + 1] > below[guess] + below[computed]) outer += weight[k];
    }
    *size = sqrt(total);
    double most = allowed(t, tolerance, *size);
    *cut = *size <= END * tolerance ? 0 : computed;
    while (*cut > 0 && dropped + weight[*cut - 1] <= most * most)
        dropped += weight[--*cut];
    return computed >= t->w->right.top || outer <= OUTER * most * most;
}

static kz_status keep(kz_environment *e, const target *t, int cut)
{
    kz_blocks kept = t->blocks;
    kept.cut = cut;
    KZ_TRY(reserve(e, kz_blocks_size(&kept)));
    kz_blocks_copy(e->data, &kept, t->work->whole, &t->blocks);
    e->cut = cut;
    return KZ_OK;
}

/* The level up to which is computed. */
static int widened(const kz_ranking *r, int cut, int times)
{
    size_t states = r->below[cut] + (size_t)times * STATES;
    int level = cut + times * MARGIN;
    if (level > r->top) return r->top;
    while (level < r->top && r->below[level] < states)
        level++;
    return level;
}

/* Computes what is behind the site, from e or, where begins, from the site itself; of more and more
 * states until they suffice.
 *  cut  a first guess of what is kept */
static kz_status renew(kz_environment *e, const kz_passage *w, kz_environment_work *work,
                       bool begins, int cut)
{
    target t = {w, work, {w->mps, w->site + 1, &w->right, e->raise, 0}};
    bool enough = false;
    int kept = 0;
    double size = 0.0;
    bool all = e->tolerance == 0.0 || w->mps->bond[w->site + 1].total < FEW;
    if (cut > w->right.top) cut = w->right.top;
    for (int times = 1; !enough; times *= 2) {
        t.blocks.cut = all ? w->right.top : widened(&w->right, cut, times);
        memset(work->whole, 0, kz_blocks_size(&t.blocks) * sizeof *work->whole);
        if (begins)
            begin_all(&t, e->tolerance);
        else
            pass_all(&t, e);
        enough = choose_cut(&kept, &size, &t, e->tolerance, cut);
    }
    if (!isfinite(size)) return KZ_FAIL(KZ_EDOMAIN, "correlations are not finite");
    return keep(e, &t, kept);
}

kz_status kz_environment_begin(kz_environment *e, const kz_passage *w, kz_environment_work *work)
{
    return renew(e, w, work, true, kz_ranking_cut(&w->right, e->tolerance * e->tolerance));
}

kz_status kz_environment_pass(kz_environment *e, const kz_passage *w, kz_environment_work *work)
{
    return renew(e, w, work, false, e->cut);
}
