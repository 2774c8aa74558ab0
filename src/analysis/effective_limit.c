/* Effective states at vanishing truncation. */
#include <math.h>

#include <kapitza/effective.h>

#include "analysis/limit.h"
#include "core/error.h"
#include "core/memory.h"

/* Errors below these are no reason to refuse a number: of energies, magnetizations and distances,
 * and of beta and mu relative to max(1, |value|). */
static const double FAINT = 0.002, FAINT_STATE = 0.01;

/* Rows of the runs, by ascending weight, and of the extrapolated profile. */
typedef struct {
    kz_growing_runs runs;
    size_t width;
    kz_effective_row *rows, *direct; /* [runs.count * width], [width] */
} sequence;

/* -- the extrapolated profile ------------------------------------------------------------------ */

static void extrapolate_densities(double *out, const kz_growing_runs *g, size_t count)
{
    double value[KZ_EXTRAPOLATE_MOST];
    for (size_t k = 0; k < count; k++) {
        for (size_t i = 0; i < g->count; i++)
            value[i] = kz_run_densities(g->run[i], g->row[i])[k];
        out[k] = kz_extrapolate(g->weight, value, g->count).value;
    }
}

static kz_status direct_rows(sequence *s, kz_effective *effective, const kz_run *const *runs,
                             size_t count, double t)
{
    size_t length = s->width + 2, size = s->width * KZ_DENSITY_SIZE;
    bool densities = kz_run_densities(s->runs.run[0], s->runs.row[0]) != NULL;
    double *memory;
    for (size_t i = 0; i < s->runs.count; i++)
        densities = densities && kz_run_densities(s->runs.run[i], s->runs.row[i]);
    KZ_TRY(kz_alloc_doubles(&memory, 3 * length + size));
    double *energy = memory, *spin = memory + length, *unused = spin + length;
    const kz_effective_profile profile = {length, energy, spin, densities ? unused + length : NULL};
    kz_status status = kz_extrapolate_row(energy, unused, runs, count, KZ_RUN_ENERGY, t);
    if (status == KZ_OK)
        status = kz_extrapolate_row(spin, unused, runs, count, KZ_RUN_MAGNETIZATION, t);
    if (status == KZ_OK && densities) extrapolate_densities(unused + length, &s->runs, size);
    if (status == KZ_OK) status = kz_effective_rows(s->direct, effective, &profile);
    kz_free(memory);
    return status;
}

/* -- one row ----------------------------------------------------------------------------------- */

typedef double member(const kz_effective_row *row);
static double energy_of(const kz_effective_row *row) { return row->energy; }
static double magnetization_of(const kz_effective_row *row) { return row->magnetization; }
static double beta_of(const kz_effective_row *row) { return row->beta; }
static double mu_of(const kz_effective_row *row) { return row->mu; }
static double distance_of(const kz_effective_row *row) { return row->distance; }

/* Whether the best runs and the extrapolated profile have row i at one place. */
static bool same_place(const sequence *s, size_t i)
{
    kz_place place = s->direct[i].place;
    for (size_t k = 0; k < KZ_LIMIT_RUNS; k++)
        if (s->rows[k * s->width + i].place != place) return false;
    return place != KZ_PLACE_FAILED;
}

/* The number at weight 0, with what the extrapolated profile has there; false: refused. */
static bool find(double *value, double *err, const sequence *s, size_t i, member *of, double faint)
{
    double each[KZ_EXTRAPOLATE_MOST], direct = of(&s->direct[i]);
    for (size_t k = 0; k < s->runs.count; k++)
        each[k] = of(&s->rows[k * s->width + i]);
    if (!isfinite(direct)) { /* there is none, or it is infinite by its place */
        *value = direct;
        *err = isnan(direct) ? NAN : 0.0;
        return true;
    }
    kz_extrapolated limit = kz_limit_confirmed(&s->runs, each, direct);
    bool holds = kz_extrapolated_holds(&limit, faint);
    *value = holds ? limit.value : NAN;
    *err = holds ? limit.err : INFINITY;
    return holds;
}

static void refuse(double *value, double *err)
{
    *value = NAN;
    *err = INFINITY;
}

static double share(double err, double value)
{
    return isnan(err) ? 0.0 : err / (isfinite(value) ? fmax(1.0, fabs(value)) : 1.0);
}

static double worst_of_runs(const sequence *s, size_t i)
{
    double worst = s->direct[i].err;
    for (size_t k = 0; k < KZ_LIMIT_RUNS; k++)
        worst = fmax(worst, s->rows[k * s->width + i].err);
    return worst;
}

static kz_effective_limit limit_of(const sequence *s, size_t i)
{
    kz_effective_limit l = {.row = s->direct[i]};
    kz_effective_row *row = &l.row;
    double warm = FAINT_STATE * (isfinite(row->beta) ? fmax(1.0, fabs(row->beta)) : 1.0);
    double magnetic = FAINT_STATE * (isfinite(row->mu) ? fmax(1.0, fabs(row->mu)) : 1.0);
    l.converged = find(&row->energy, &l.err_energy, s, i, energy_of, FAINT);
    l.converged &= find(&row->magnetization, &l.err_magnetization, s, i, magnetization_of, FAINT);
    if (same_place(s, i)) {
        l.converged &= find(&row->beta, &l.err_beta, s, i, beta_of, warm);
        l.converged &= find(&row->mu, &l.err_mu, s, i, mu_of, magnetic);
        l.converged &= find(&row->distance, &l.err_distance, s, i, distance_of, FAINT);
    } else {
        refuse(&row->beta, &l.err_beta);
        refuse(&row->mu, &l.err_mu);
        refuse(&row->distance, &l.err_distance);
        l.converged = false;
    }
    row->err = fmax(worst_of_runs(s, i),
                    fmax(share(l.err_beta, row->beta),
                         fmax(share(l.err_mu, row->mu), share(l.err_distance, row->distance))));
    return l;
}

/* -- all of them ------------------------------------------------------------------------------- */

static kz_status make_sequence(sequence *s, kz_effective *effective, const kz_run *const *runs,
                               size_t count, double t)
{
    void *memory;
    KZ_TRY(kz_extrapolate_runs(&s->runs, runs, count, t, KZ_LIMIT_RUNS));
    s->width = kz_run_get_setup(runs[0])->length - 2;
    KZ_TRY(kz_alloc(&memory, (s->runs.count + 1) * s->width, sizeof *s->rows));
    s->rows = memory;
    s->direct = s->rows + s->runs.count * s->width;
    for (size_t k = 0; k < s->runs.count; k++)
        KZ_TRY(kz_effective_run_rows(s->rows + k * s->width, effective, s->runs.run[k],
                                     s->runs.row[k]));
    return direct_rows(s, effective, runs, count, t);
}

kz_status kz_effective_extrapolate(kz_effective_limit *out, kz_effective *effective,
                                   const kz_run *const *runs, size_t count, double t)
{
    sequence s = {.rows = NULL};
    if (!out || !effective || !runs) return KZ_FAIL(KZ_EINVAL, "nothing to work on");
    kz_status status = make_sequence(&s, effective, runs, count, t);
    for (size_t i = 0; status == KZ_OK && i < s.width; i++)
        out[i] = limit_of(&s, i);
    kz_free(s.rows);
    return status;
}
