/* Two-point functions of all pairs of sites.  Environments of the sites of one half go from its end
 * to the middle of the chain, and each site on their way measures all that reach it; in the middle
 * those of both halves meet.  Those of some sites travel a second time, more accurately, to see how
 * good the others are. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/correlation/environment.h"
#include "tbm/correlation/source.h"
#include "tbm/work.h"

/* Rows of some eight sites are computed twice, the second time with this part of the tolerance,
 * which few environments have for themselves: with a quarter they would be no better.  What is seen
 * there is taken to be a sixth of the largest error there is; in short chains, where few of them
 * stand where something is dropped, it has been a fifth. */
enum { CHECKS = 8 };
static const double FINER = 0.1, SAFETY = 6.0;

/* From these tolerances on single precision is enough, of all rows and of those computed a second
 * time: its error, 3e-7, is no more than that of what is dropped, and a tenth of it. */
static const double SINGLE = 1e-3, FINER_SINGLE = 5e-3;

/* One half of the chain, on its way. */
typedef struct {
    bool from_right;
    kz_passage passage;
    kz_environments set[KZ_ENVIRONMENTS_MOST]; /* of the kinds wanted, then again the finer ones */
} half;

typedef struct {
    const kz_mps *mps;
    const kz_pair_correlations *out;
    double tolerance;
    int threads;
    int kind[2], kinds; /* raise of those wanted */
    half half[2];
    kz_environment_work *work; /* [threads] */
    kz_numbers probe;          /* what a site measures with */
    size_t probe_room;
    double complex *value, *scratch;   /* [largest of a site or of the middle], [length + largest
                                        * sector] */
    size_t first_check, every, checks; /* rows computed twice: which, and how many */
    kz_pair_correlations all, finer;   /* of all pairs i < j, of the sites that are checked */
} sweep;

/* -- memory -------------------------------------------------------------------------------- */

static kz_status allocate_rows(kz_pair_correlations *rows, const sweep *s, size_t count)
{
    for (int k = 0; k < s->kinds; k++) {
        if (s->kind[k] == 0)
            KZ_TRY(kz_alloc_doubles(&rows->zz, count));
        else {
            KZ_TRY(kz_alloc_doubles(&rows->pm_real, count));
            KZ_TRY(kz_alloc_doubles(&rows->pm_imag, count));
        }
    }
    return KZ_OK;
}

static void free_rows(kz_pair_correlations *rows)
{
    kz_free(rows->zz);
    kz_free(rows->pm_real);
    kz_free(rows->pm_imag);
}

static kz_status create_half(half *h, const sweep *s, bool from_right)
{
    const double tolerance[] = {s->tolerance, FINER * s->tolerance};
    const bool single[] = {s->tolerance >= SINGLE, s->tolerance >= FINER_SINGLE};
    *h = (half){.from_right = from_right, .passage = {.mps = s->mps}};
    for (int k = 0; k < 2 * s->kinds; k++) {
        int finer = k / s->kinds;
        KZ_TRY(kz_environments_create(&h->set[k], s->mps, s->kind[k % s->kinds], from_right,
                                      tolerance[finer], single[finer]));
    }
    return KZ_OK;
}

static kz_status create(sweep *s)
{
    size_t L = s->mps->length;
    void *work = NULL, *value = NULL, *scratch = NULL;
    if (s->out->zz) s->kind[s->kinds++] = 0;
    if (s->out->pm_real || s->out->pm_imag) s->kind[s->kinds++] = 1;
    s->every = L / CHECKS + 1;
    s->first_check = (L / 2 - 1) % s->every;
    s->checks = (L - 1 - s->first_check) / s->every + 1;
    KZ_TRY(allocate_rows(&s->all, s, L * L));
    KZ_TRY(allocate_rows(&s->finer, s, s->checks * L));
    KZ_TRY(kz_alloc(&value, L + (L / 2) * (L - L / 2), sizeof *s->value));
    s->value = value;
    KZ_TRY(kz_alloc(&work, (size_t)s->threads, sizeof *s->work));
    s->work = work;
    for (int k = 0; k < s->threads; k++)
        KZ_TRY(kz_environment_work_create(&s->work[k], s->mps));
    KZ_TRY(kz_alloc(&scratch, L + s->work->sector, sizeof *s->scratch));
    s->scratch = scratch;
    KZ_TRY(create_half(&s->half[0], s, false));
    return create_half(&s->half[1], s, true);
}

static void destroy_half(half *h)
{
    for (int k = 0; k < KZ_ENVIRONMENTS_MOST; k++)
        kz_environments_free(&h->set[k]);
    kz_passage_free(&h->passage);
}

static void destroy(sweep *s)
{
    for (int k = 0; s->work && k < s->threads; k++)
        kz_environment_work_free(&s->work[k]);
    destroy_half(&s->half[0]);
    destroy_half(&s->half[1]);
    kz_free(s->work);
    kz_free(s->value);
    kz_free(s->scratch);
    kz_numbers_free(&s->probe);
    free_rows(&s->all);
    free_rows(&s->finer);
}

/* -- where numbers go ----------------------------------------------------------------------- */

/* Of sites i < j; of a finer set the row of the site that it is about. */
static void put(sweep *s, int set, bool from_right, size_t i, size_t j, double complex value)
{
    bool finer = set >= s->kinds;
    size_t L = s->mps->length, own = from_right ? j : i, other = from_right ? i : j;
    size_t at = finer ? own / s->every * L + other : i * L + j;
    const kz_pair_correlations *rows = finer ? &s->finer : &s->all;
    if (s->kind[set % s->kinds] == 0) {
        rows->zz[at] = creal(value);
    } else {
        rows->pm_real[at] = creal(value);
        rows->pm_imag[at] = cimag(value);
    }
}

static void put_diagonal(sweep *s, size_t site, double mean)
{
    size_t at = site * s->mps->length + site;
    if (s->all.zz) s->all.zz[at] = 0.25 - mean * mean;
    if (s->all.pm_real) s->all.pm_real[at] = 0.5 + mean;
}

/* -- one half ------------------------------------------------------------------------------- */

/* The lowest level that no set of this kind has states of. */
static int common_cut(const half *h, int raise, int sets)
{
    int cut = 0;
    for (int k = 0; k < sets; k++)
        if (h->set[k].raise == raise && h->set[k].cut > cut) cut = h->set[k].cut;
    return cut;
}

static void set_probe(const sweep *s, const half *h, const kz_blocks *blocks)
{
    const kz_mps_bond *bond = &s->mps->bond[blocks->bond];
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads)
    for (int c = bond->lo; c <= bond->hi; c++) {
        kz_block block;
        if (kz_blocks_take(&block, blocks, c))
            kz_source_block(s->probe.full + kz_blocks_before(blocks, c), &h->passage, blocks,
                            &block, !h->from_right, FINER * s->tolerance,
                            s->work[kz_thread_number()].weighted);
    }
}

/* What the site measures of the sets of one kind. */
static kz_status measure(sweep *s, half *h, int raise)
{
    const kz_passage *w = &h->passage;
    int sets = 2 * s->kinds, cut = common_cut(h, raise, sets);
    const kz_blocks blocks = {s->mps, kz_passage_bond(w, h->from_right),
                              kz_passage_ranking(w, h->from_right), raise, cut};
    KZ_TRY(kz_numbers_reserve(&s->probe, &s->probe_room, kz_blocks_size(&blocks), false));
    set_probe(s, h, &blocks);
    for (int k = 0; k < sets; k++) {
        kz_environments *e = &h->set[k];
        if (e->raise != raise) continue;
        kz_environments_measure(s->value, e, s->probe.full, cut, w, s->scratch);
        for (size_t i = 0; i < e->members; i++)
            put(s, k, h->from_right, h->from_right ? w->site : e->site[i],
                h->from_right ? e->site[i] : w->site, s->value[i]);
    }
    return KZ_OK;
}

static kz_status step(sweep *s, half *h, size_t site)
{
    bool joins[KZ_ENVIRONMENTS_MOST];
    KZ_TRY(kz_passage_next(&h->passage, site));
    put_diagonal(s, site, h->passage.mean);
    for (int k = 0; k < s->kinds; k++)
        KZ_TRY(measure(s, h, s->kind[k]));
    for (int k = 0; k < 2 * s->kinds; k++)
        joins[k] = k < s->kinds || site % s->every == s->first_check;
    return kz_environments_pass(h->set, (size_t)(2 * s->kinds), joins, &h->passage, s->work,
                                s->threads);
}

/* -- the middle ----------------------------------------------------------------------------- */

static kz_status join(sweep *s, int left, int right)
{
    const kz_environments *l = &s->half[0].set[left], *r = &s->half[1].set[right];
    const double complex *value = s->value;
    KZ_TRY(
        kz_environments_join(s->value, l, r, s->mps, s->mps->length / 2, &s->half[1].passage.left));
    for (size_t i = 0; i < l->members; i++)
        for (size_t j = 0; j < r->members; j++, value++)
            put(s, left > right ? left : right, right > left, l->site[i], r->site[j], *value);
    return KZ_OK;
}

static kz_status join_all(sweep *s)
{
    for (int k = 0; k < s->kinds; k++) {
        KZ_TRY(join(s, k, k));
        KZ_TRY(join(s, k + s->kinds, k));
        KZ_TRY(join(s, k, k + s->kinds));
    }
    return KZ_OK;
}

/* -- results -------------------------------------------------------------------------------- */

/* Largest difference in the rows of the checked sites of one half, with sites ahead of them. */
static double worst_of(double worst, const double *rows, const double *finer, const sweep *s,
                       bool from_right)
{
    size_t L = s->mps->length;
    for (size_t row = 0; rows && row < s->checks; row++) {
        size_t site = s->first_check + row * s->every;
        if ((site >= L / 2) != from_right) continue;
        size_t first = from_right ? 0 : site + 1, end = from_right ? site : L;
        for (size_t k = first; k < end; k++) {
            double one = from_right ? rows[k * L + site] : rows[site * L + k];
            worst = fmax(worst, fabs(one - finer[row * L + k]));
        }
    }
    return worst;
}

/* A pair across the middle has the errors of both halves. */
static double estimate(const sweep *s)
{
    double worst[2] = {0.0, 0.0};
    for (int k = 0; k < 2; k++) {
        worst[k] = worst_of(worst[k], s->all.zz, s->finer.zz, s, k == 1);
        worst[k] = worst_of(worst[k], s->all.pm_real, s->finer.pm_real, s, k == 1);
        worst[k] = worst_of(worst[k], s->all.pm_imag, s->finer.pm_imag, s, k == 1);
    }
    return SAFETY * (worst[0] + worst[1]);
}

/* The other half of a matrix, too.  NULL: it is not wanted. */
static void write_matrix(double *out, const double *rows, size_t L, double sign)
{
    for (size_t i = 0; out && i < L; i++) {
        for (size_t j = i; j < L; j++) {
            out[j * L + i] = sign * rows[i * L + j];
            out[i * L + j] = rows[i * L + j];
        }
    }
}

static void write_all(double *error, const sweep *s)
{
    size_t L = s->mps->length;
    write_matrix(s->out->zz, s->all.zz, L, 1.0);
    write_matrix(s->out->pm_real, s->all.pm_real, L, 1.0);
    write_matrix(s->out->pm_imag, s->all.pm_imag, L, -1.0);
    if (error) *error = estimate(s);
}

static kz_status run(sweep *s)
{
    size_t L = s->mps->length;
    for (size_t site = 0; site < L / 2; site++)
        KZ_TRY(step(s, &s->half[0], site));
    for (size_t site = L; site > L / 2; site--)
        KZ_TRY(step(s, &s->half[1], site - 1));
    return join_all(s);
}

kz_status kz_mps_pair_correlations(const kz_pair_correlations *out, double *error,
                                   const kz_mps *mps, double tolerance, int threads)
{
    sweep s = {.mps = mps, .out = out, .tolerance = tolerance, .threads = threads};
    if (threads < 1) return KZ_FAIL(KZ_EINVAL, "%d threads", threads);
    if (!(tolerance >= 0.0)) return KZ_FAIL(KZ_EINVAL, "a tolerance of %g", tolerance);
    KZ_TRY(kz_mps_whole(mps));
    kz_status status = create(&s);
    if (status == KZ_OK) status = run(&s);
    if (status == KZ_OK) write_all(error, &s);
    destroy(&s);
    return status;
}
