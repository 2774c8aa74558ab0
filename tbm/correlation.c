/* Two-point functions of all pairs of sites: from the left end on every site begins two
 * environments, which pass the sites behind it.  Some rows are computed a second time, more
 * accurately, to see how good they are. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/environment.h"
#include "tbm/work.h"

/* Some eight rows are computed twice, the second time with this part of the tolerance.  What is
 * seen there is taken to be a third of the largest error there is. */
enum { CHECKS = 8 };
static const double FINER = 0.25, SAFETY = 3.0;

/* One environment and the row it writes. */
typedef struct {
    kz_environment e;
    size_t site;
    double *re, *im; /* [length] */
} line;

typedef struct {
    const kz_mps *mps;
    const kz_pair_correlations *out;
    double tolerance;
    int threads;
    kz_passage passage;
    kz_environment_work *work; /* [threads] */
    line *line;                /* [2 * (length + checks)]; `count` of them on their way */
    size_t count;
    size_t first_check, every, checks; /* rows computed twice: which, and how many */
    kz_pair_correlations all, finer;   /* rows of all sites, of the sites that are checked */
} sweep;

static kz_status allocate_rows(kz_pair_correlations *rows, const kz_pair_correlations *wanted,
                               size_t count)
{
    kz_status status = wanted->zz ? kz_alloc_doubles(&rows->zz, count) : KZ_OK;
    if (!wanted->pm_real && !wanted->pm_imag) return status;
    if (status == KZ_OK) status = kz_alloc_doubles(&rows->pm_real, count);
    return status == KZ_OK ? kz_alloc_doubles(&rows->pm_imag, count) : status;
}

static void free_rows(kz_pair_correlations *rows)
{
    kz_free(rows->zz);
    kz_free(rows->pm_real);
    kz_free(rows->pm_imag);
}

static kz_status create(sweep *s)
{
    size_t L = s->mps->length;
    void *memory = NULL, *work = NULL;
    s->passage.mps = s->mps;
    s->every = L / CHECKS + 1;
    s->first_check = (L / 2 - 1) % s->every;
    s->checks = (L - 1 - s->first_check) / s->every + 1;
    kz_status status = kz_alloc(&memory, 2 * (L + s->checks), sizeof *s->line);
    s->line = memory;
    if (status == KZ_OK) status = allocate_rows(&s->all, s->out, L * L);
    if (status == KZ_OK) status = allocate_rows(&s->finer, s->out, s->checks * L);
    if (status == KZ_OK) status = kz_alloc(&work, (size_t)s->threads, sizeof *s->work);
    s->work = work;
    for (int k = 0; k < s->threads && status == KZ_OK; k++)
        status = kz_environment_work_create(&s->work[k], s->mps);
    return status;
}

static void destroy(sweep *s)
{
    for (size_t k = 0; k < s->count; k++)
        kz_environment_free(&s->line[k].e);
    for (int k = 0; s->work && k < s->threads; k++)
        kz_environment_work_free(&s->work[k]);
    kz_passage_free(&s->passage);
    kz_free(s->work);
    kz_free(s->line);
    free_rows(&s->all);
    free_rows(&s->finer);
}

/* Both kinds of one site, as far as they are wanted. */
static void begin_row(sweep *s, const kz_pair_correlations *rows, size_t row, size_t site,
                      double tolerance)
{
    size_t first = row * s->mps->length;
    if (rows->zz)
        s->line[s->count++] =
            (line){.e = {.raise = 0, .tolerance = tolerance}, .site = site, .re = rows->zz + first};
    if (rows->pm_real)
        s->line[s->count++] = (line){.e = {.raise = 1, .tolerance = tolerance},
                                     .site = site,
                                     .re = rows->pm_real + first,
                                     .im = rows->pm_imag + first};
}

static void begin_site(sweep *s, size_t site)
{
    size_t L = s->mps->length, at = site * L + site;
    double mean = s->passage.mean;
    if (s->all.zz) s->all.zz[at] = 0.25 - mean * mean;
    if (s->all.pm_real) s->all.pm_real[at] = 0.5 + mean;
    if (site + 1 == L) return;
    begin_row(s, &s->all, site, site, s->tolerance);
    if (site % s->every == s->first_check)
        begin_row(s, &s->finer, site / s->every, site, FINER * s->tolerance);
}

/* What the next site measures of the environments that reach it. */
static kz_status measure(sweep *s)
{
    int cut[2] = {0, 0};
    for (size_t k = 0; k < s->count; k++) {
        const kz_environment *e = &s->line[k].e;
        if (e->cut > cut[e->raise]) cut[e->raise] = e->cut;
    }
    for (int raise = 0; raise < 2; raise++)
        KZ_TRY(kz_passage_measure(&s->passage, raise, cut[raise], FINER * s->tolerance, s->work,
                                  s->threads));
    return KZ_OK;
}

static kz_status move(line *l, const kz_passage *passage, kz_environment_work *work)
{
    size_t site = passage->site;
    if (l->site == site) return kz_environment_begin(&l->e, passage, work);
    double complex value = kz_environment_value(&l->e, passage);
    l->re[site] = creal(value);
    if (l->im) l->im[site] = cimag(value);
    return kz_environment_pass(&l->e, passage, work);
}

static kz_status move_all(sweep *s)
{
    kz_first_failure failure = {0};
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->threads)
    for (long k = 0; k < (long)s->count; k++) {
        kz_status one = move(&s->line[k], &s->passage, &s->work[kz_thread_number()]);
        if (one == KZ_OK) continue;
#pragma omp critical(kz_correlations)
        kz_first_failure_note(&failure, (size_t)k, one);
    }
    return KZ_FAIL_FIRST(&failure);
}

/* Those of which nothing is left; the rest of their rows is 0. */
static void end_lines(sweep *s)
{
    size_t left = 0;
    for (size_t k = 0; k < s->count; k++) {
        if (s->line[k].e.cut > 0)
            s->line[left++] = s->line[k];
        else
            kz_environment_free(&s->line[k].e);
    }
    s->count = left;
}

static double worst_of(double worst, const double *rows, const double *finer, const sweep *s)
{
    size_t L = s->mps->length;
    for (size_t row = 0; rows && row < s->checks; row++) {
        size_t site = s->first_check + row * s->every;
        for (size_t k = site + 1; k < L; k++)
            worst = fmax(worst, fabs(rows[site * L + k] - finer[row * L + k]));
    }
    return worst;
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
    double worst = worst_of(0.0, s->all.zz, s->finer.zz, s);
    worst = worst_of(worst, s->all.pm_real, s->finer.pm_real, s);
    worst = worst_of(worst, s->all.pm_imag, s->finer.pm_imag, s);
    write_matrix(s->out->zz, s->all.zz, L, 1.0);
    write_matrix(s->out->pm_real, s->all.pm_real, L, 1.0);
    write_matrix(s->out->pm_imag, s->all.pm_imag, L, -1.0);
    if (error) *error = SAFETY * worst;
}

kz_status kz_mps_pair_correlations(const kz_pair_correlations *out, double *error,
                                   const kz_mps *mps, double tolerance, int threads)
{
    sweep s = {.mps = mps, .out = out, .tolerance = tolerance, .threads = threads};
    if (threads < 1) return KZ_FAIL(KZ_EINVAL, "%d threads", threads);
    if (!(tolerance >= 0.0)) return KZ_FAIL(KZ_EINVAL, "a tolerance of %g", tolerance);
    KZ_TRY(kz_mps_whole(mps));
    kz_status status = create(&s);
    for (size_t site = 0; site < mps->length && status == KZ_OK; site++) {
        status = kz_passage_next(&s.passage, site);
        if (status == KZ_OK) status = measure(&s);
        if (status != KZ_OK) break;
        begin_site(&s, site);
        status = move_all(&s);
        end_lines(&s);
    }
    if (status == KZ_OK) write_all(error, &s);
    destroy(&s);
    return status;
}
