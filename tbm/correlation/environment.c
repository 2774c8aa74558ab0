/* Environments carried from site to site. */
#include "tbm/correlation/environment.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/correlation/blocks.h"
#include "tbm/correlation/source.h"
#include "tbm/correlation/span.h"
#include "tbm/flip.h"
#include "tbm/work.h"

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

kz_status kz_environment_work_create(kz_environment_work *work, const kz_mps *mps)
{
    size_t sector = largest_sector(mps);
    double complex **array[] = {&work->source, &work->weighted, &work->column};
    const size_t size[] = {sector * sector, sector * sector, sector};
    *work = (kz_environment_work){.sector = sector};
    for (int k = 0; k < 3; k++) {
        void *memory = NULL;
        KZ_TRY(kz_alloc(&memory, size[k], sizeof **array[k]));
        *array[k] = memory;
    }
    return kz_alloc_doubles(&work->row, 2 * sector);
}

void kz_environment_work_free(kz_environment_work *work)
{
    for (int single = 0; single < 2; single++) {
        kz_numbers_free(&work->product[single]);
        kz_numbers_free(&work->block[single]);
    }
    kz_free(work->source);
    kz_free(work->weighted);
    kz_free(work->column);
    kz_free(work->row);
    *work = (kz_environment_work){0};
}

kz_status kz_environments_create(kz_environments *e, const kz_mps *mps, int raise, bool from_right,
                                 double tolerance, bool single)
{
    void *site = NULL;
    KZ_TRY(kz_alloc(&site, mps->length, sizeof *e->site));
    *e = (kz_environments){.raise = raise,
                           .from_right = from_right,
                           .single = single,
                           .tolerance = tolerance,
                           .site = site,
                           .length = mps->length};
    return KZ_OK;
}

void kz_environments_free(kz_environments *e)
{
    kz_numbers_free(&e->data);
    kz_numbers_free(&e->wide);
    kz_numbers_free(&e->fresh);
    kz_numbers_free(&e->turn);
    kz_free(e->site);
    kz_free(e->part);
    *e = (kz_environments){0};
}

/* -- sums over what leads to a block --------------------------------------------------------- */

/* A set on its way past a site: blocks where it comes from and goes to, in e->data and e->wide. */
typedef struct {
    kz_environments *e;
    const kz_passage *w;
    kz_blocks from, to;
    bool joins;  /* the site adds its own, in e->fresh */
    bool enough; /* of states */
    int guess;   /* states below this level are expected to be kept */
    int kept;    /* are kept */
} crossing;

static kz_numbers place_of(const crossing *t, int q)
{
    return kz_numbers_at(t->e->wide, kz_blocks_before(&t->to, q) * (size_t)t->e->count);
}

/* Whether F takes the state of this rank to minus itself. */
static bool is_odd(const crossing *t, int c, int rank)
{
    const kz_blocks *b = &t->to;
    return b->ranking->place[b->mps->bond[b->bond].start[c] + rank] >=
           kz_flip_odd(b->mps, b->bond, c);
}

/* Adds the image of a block q: of Sz the negative, of S+ the adjoint, with the signs of the states.
 *  to  where its image lies */
static void add_image(const crossing *t, kz_numbers to, int q, double factor, kz_numbers block,
                      size_t rows, size_t columns, kz_environment_work *work)
{
    int raise = t->to.raise;
    size_t count = (size_t)t->e->count;
    double *sign = work->row;
    for (size_t a = 0; a < rows; a++)
        sign[a] = is_odd(t, q + raise, (int)a) ? -factor : factor;
    for (size_t k = 0; k < columns; k++) {
        double own = is_odd(t, q, (int)k) ? -1.0 : 1.0;
        for (size_t v = 0; v < count; v++, block = kz_numbers_at(block, rows)) {
            const double complex *from = kz_numbers_read(work->column, block, rows);
            for (size_t a = 0; a < rows; a++) {
                double complex x = own * sign[a] * from[a];
                if (raise)
                    kz_numbers_add_one(to, k + columns * (v + count * a), conj(x));
                else
                    kz_numbers_add_one(to, a + rows * (v + count * k), -x);
            }
        }
    }
}

/* -- one site ------------------------------------------------------------------------------- */

/* Adds to out what block s of all combinations leaves by local state p in block q, of these rows
 * and columns. */
static void add_product(kz_numbers out, const crossing *t, const kz_block *s, int q, int p,
                        int rows, int columns, kz_environment_work *work)
{
    const kz_environments *e = t->e;
    const kz_mps_bond *left = &t->w->mps->bond[t->w->site];
    int n = e->count, c = e->from_right ? q : s->c, raise = t->to.raise;
    kz_numbers data = kz_numbers_at(e->data, kz_blocks_before(&t->from, s->c) * (size_t)n);
    kz_numbers ket = kz_passage_numbers(t->w, c, p, e->single);
    kz_numbers bra = kz_passage_numbers(t->w, c + raise, p, e->single);
    kz_numbers product = work->product[e->single];
    if (e->from_right) {
        kz_numbers_multiply_adjoint(product, s->rows * n, data, s->rows * n, ket, left->dim[c],
                                    s->rows * n, s->columns, columns);
        kz_numbers_multiply_add(out, rows, bra, left->dim[c + raise], product, s->rows, rows,
                                s->rows, n * columns);
    } else {
        kz_numbers_multiply(product, s->rows * n, data, s->rows * n, ket, left->dim[c], s->rows * n,
                            s->columns, columns);
        kz_numbers_adjoint_multiply_add(out, rows, bra, left->dim[c + raise], product, s->rows,
                                        rows, s->rows, n * columns);
    }
}

/* What arrives in block q by local state p, taken where it belongs: to block `home`, of which q is
 * the image where they differ.  What comes from a block that is its own image arrives in both
 * images, and in a block that is its own only half counts, since the other is its image. */
static void arrive(const crossing *t, int home, int q, int p, kz_environment_work *work)
{
    const kz_blocks *to = &t->to;
    const kz_mps_bond *bond = &to->mps->bond[to->bond];
    int step = to->mps->basis->charge[p];
    int rows = kz_ranking_count(to->ranking, bond, q + to->raise, to->cut);
    int columns = kz_ranking_count(to->ranking, bond, q, to->cut);
    kz_block s;
    if (!kz_blocks_take(&s, &t->from, t->e->from_right ? q + step : q - step)) return;
    bool own = kz_blocks_side(&t->from, s.c) == 0, image = q != home;
    kz_numbers out = place_of(t, home), block = work->block[t->e->single];
    if (rows == 0 || columns == 0 || (own && image)) return;
    if (!image && kz_blocks_side(to, q) < 0) {
        add_product(out, t, &s, q, p, rows, columns, work);
        return;
    }
    size_t size = (size_t)rows * (size_t)columns * (size_t)t->e->count;
    double factor = own ? 0.5 : 1.0;
    kz_numbers_clear(block, size);
    add_product(block, t, &s, q, p, rows, columns, work);
    if (!image) kz_numbers_add(out, factor, block, size);
    add_image(t, out, q, factor, block, (size_t)rows, (size_t)columns, work);
}

/* Block q behind the site, of what passes and of what begins. */
static void cross_block(const crossing *t, int q, kz_environment_work *work)
{
    const kz_environments *e = t->e;
    int states = t->w->mps->basis->states;
    int image = kz_flip_image(t->to.mps, t->to.bond, q) - t->to.raise;
    kz_block s;
    if (!kz_blocks_take(&s, &t->to, q)) return;
    kz_numbers_clear(place_of(t, q), kz_block_size(&s) * (size_t)e->count);
    for (int p = 0; p < states && e->count > 0; p++) {
        arrive(t, q, q, p, work);
        if (t->to.mps->flips && image != q) arrive(t, q, image, p, work);
    }
    if (!t->joins) return;
    kz_source_block(work->source, t->w, &t->to, &s, e->from_right, e->tolerance, work->weighted);
    kz_numbers_write(kz_numbers_at(e->fresh, kz_blocks_before(&t->to, q)), work->source,
                     kz_block_size(&s));
}

/* -- what is kept --------------------------------------------------------------------------- */

/* Less where the bond has few states, so that most of the error is made where it saves most. */
static double allowed(const crossing *t)
{
    size_t states = t->to.mps->bond[t->to.bond].total;
    if (states < FEW) return 0.0;
    return t->e->tolerance * (double)states / (double)t->w->most_states;
}

/* Levels from t->kept on weigh no more than may be dropped.  The levels computed suffice where what
 * lies beyond them is taken to have no more than the outer half of what they have beyond the
 * guess. */
static kz_status choose_cut(crossing *t, kz_environment_work *work)
{
    double weight[KZ_LEVELS] = {0.0}, total = 0.0, dropped = 0.0, outer = 0.0;
    int computed = t->to.cut;
    const size_t *below = t->to.ranking->below;
    kz_blocks_work scratch = {work->row, work->row + work->sector, work->column};
    kz_blocks_weigh(weight, &scratch, t->e->wide, t->e->count, &t->to, t->e->from_right);
    if (t->joins) kz_blocks_weigh(weight, &scratch, t->e->fresh, 1, &t->to, t->e->from_right);
    for (int k = 0; k < computed; k++) {
        total += weight[k];
        if (2 * below[k + 1] > below[t->guess] + below[computed]) outer += weight[k];
    }
    double most = allowed(t);
    t->kept = computed;
    while (t->kept > 0 && dropped + weight[t->kept - 1] <= most * most)
        dropped += weight[--t->kept];
    t->enough = computed >= t->to.ranking->top || outer <= OUTER * most * most;
    return isfinite(total) ? KZ_OK : KZ_FAIL(KZ_EDOMAIN, "correlations are not finite");
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

/* Room for one more column of `part`, what is there stays. */
static kz_status reserve_part(kz_environments *e)
{
    size_t used = (size_t)e->count * e->length, room = e->part_room;
    void *memory = NULL;
    if (used + e->length <= room) return KZ_OK;
    room = 2 * used + 8 * e->length;
    KZ_TRY(kz_alloc(&memory, room, sizeof *e->part));
    if (used > 0) memcpy(memory, e->part, used * sizeof *e->part);
    kz_free(e->part);
    e->part = memory;
    e->part_room = room;
    return KZ_OK;
}

static kz_status add_member(kz_environments *e, size_t site)
{
    KZ_TRY(reserve_part(e));
    double complex *column = e->part + (size_t)e->count * e->length;
    memset(column, 0, e->length * sizeof *column);
    for (int v = 0; v < e->count; v++)
        e->part[e->members + (size_t)v * e->length] = 0.0;
    column[e->members] = 1.0;
    e->site[e->members++] = site;
    e->count++;
    return KZ_OK;
}

static kz_status keep(crossing *t, kz_environment_work *work)
{
    kz_environments *e = t->e;
    kz_blocks kept = t->to;
    int passed = e->count, all = passed + (t->joins ? 1 : 0);
    kept.cut = t->kept;
    KZ_TRY(kz_numbers_reserve(&e->data, &e->data_room, kz_blocks_size(&kept) * (size_t)all,
                              e->single));
    kz_blocks_copy(e->data, &kept, all, 0, e->wide, &t->to, passed);
    if (t->joins) kz_blocks_copy(e->data, &kept, all, passed, e->fresh, &t->to, 1);
    if (t->joins) KZ_TRY(add_member(e, t->w->site));
    e->cut = t->kept;
    return kz_environments_reduce(e, &kept, work->sector);
}

/* -- several sets ---------------------------------------------------------------------------- */

static void prepare(crossing *t, kz_environments *e, const kz_passage *w, bool joins)
{
    bool right = e->from_right;
    int top = kz_passage_ranking(w, !right)->top;
    *t = (crossing){
        .e = e,
        .w = w,
        .from = {w->mps, kz_passage_bond(w, right), kz_passage_ranking(w, right), e->raise, e->cut},
        .to = {w->mps, kz_passage_bond(w, !right), kz_passage_ranking(w, !right), e->raise, 0},
        .joins = joins};
    t->guess = e->cut < top ? e->cut : top;
}

/* States of the largest sector that have a part in these blocks. */
static size_t widest(const kz_blocks *b)
{
    const kz_mps_bond *bond = &b->mps->bond[b->bond];
    int most = 0;
    for (int c = bond->lo; c <= bond->hi; c++) {
        int count = kz_ranking_count(b->ranking, bond, c, b->cut);
        if (count > most) most = count;
    }
    return (size_t)most;
}

/* Memory for so many states. */
static kz_status widen(crossing *t, int times, kz_environment_work *work, int threads)
{
    kz_environments *e = t->e;
    const kz_mps *mps = t->w->mps;
    bool all = e->tolerance == 0.0 || mps->bond[t->to.bond].total < FEW;
    size_t count = (size_t)e->count + 1;
    t->to.cut = all ? t->to.ranking->top : widened(t->to.ranking, t->guess, times);
    size_t size = kz_blocks_size(&t->to), columns = widest(&t->to) * count;
    KZ_TRY(kz_numbers_reserve(&e->wide, &e->wide_room, size * count, e->single));
    KZ_TRY(kz_numbers_reserve(&e->fresh, &e->fresh_room, size, e->single));
    for (int k = 0; k < threads; k++) {
        kz_environment_work *w = &work[k];
        int s = e->single;
        KZ_TRY(kz_numbers_reserve(&w->product[s], &w->product_room[s], widest(&t->from) * columns,
                                  e->single));
        KZ_TRY(kz_numbers_reserve(&w->block[s], &w->block_room[s], widest(&t->to) * columns,
                                  e->single));
    }
    return KZ_OK;
}

typedef kz_status crossing_step(crossing *t, kz_environment_work *work);

static kz_status for_each(crossing_step *step, crossing *t, size_t count, kz_environment_work *work,
                          int threads)
{
    kz_first_failure failure = {0};
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (long k = 0; k < (long)count; k++) {
        kz_status one = step(&t[k], &work[kz_thread_number()]);
        if (one == KZ_OK) continue;
#pragma omp critical(kz_correlations)
        kz_first_failure_note(&failure, (size_t)k, one);
    }
    return KZ_FAIL_FIRST(&failure);
}

/* All blocks of those that have not computed enough yet. */
static void cross(crossing *t, size_t count, kz_environment_work *work, int threads)
{
    const kz_mps_bond *bond = &t->to.mps->bond[t->to.bond];
    long sets = (long)count, tasks = sets * (bond->hi - bond->lo + 1);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (long k = 0; k < tasks; k++)
        if (!t[k % sets].enough)
            cross_block(&t[k % sets], bond->lo + (int)(k / sets), &work[kz_thread_number()]);
}

kz_status kz_environments_pass(kz_environments *e, size_t count, const bool *joins,
                               const kz_passage *w, kz_environment_work *work, int threads)
{
    crossing t[KZ_ENVIRONMENTS_MOST];
    size_t enough = 0;
    for (size_t k = 0; k < count; k++)
        prepare(&t[k], &e[k], w, joins[k]);
    for (int times = 1; enough < count; times *= 2) {
        for (size_t k = 0; k < count; k++)
            if (!t[k].enough) KZ_TRY(widen(&t[k], times, work, threads));
        cross(t, count, work, threads);
        KZ_TRY(for_each(choose_cut, t, count, work, threads));
        enough = 0;
        for (size_t k = 0; k < count; k++)
            enough += t[k].enough;
    }
    return for_each(keep, t, count, work, threads);
}
