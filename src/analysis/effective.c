/* Effective thermal states: which chain a row belongs to, its inversion, its distance. */
#include <kapitza/effective.h>

#include <math.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "analysis/local_states.h"
#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/progress.h"

enum { LEFT, RIGHT, HALVES };

/* One chain's ways from (E, S) to a state: beta(e) or true states, and their matrices. */
typedef struct {
    kz_chain chain;
    kz_table *table;         /* unless magnetized */
    kz_inverter *inverter;   /* magnetized */
    kz_local_states *states; /* for distances */
} half;

struct kz_effective {
    kz_effective_params params;
    kz_options options;
    half half[HALVES]; /* of equal chains the right one is empty */
    bool equal;
};

static void free_half(half *h)
{
    kz_table_free(h->table);
    kz_inverter_free(h->inverter);
    kz_local_states_free(h->states);
}

void kz_effective_free(kz_effective *effective)
{
    if (!effective) return;
    for (int side = 0; side < HALVES; side++)
        free_half(&effective->half[side]);
    kz_free(effective);
}

kz_effective_params kz_effective_params_default(kz_chain left, kz_chain right)
{
    return (kz_effective_params){.left = left,
                                 .right = right,
                                 .energy_from = {-INFINITY, -INFINITY},
                                 .energy_to = {INFINITY, INFINITY}};
}

/* Energies asked of one half, or of both where they are one. */
static kz_local_request request_of(const kz_effective *e, int side)
{
    const double *from = e->params.energy_from, *to = e->params.energy_to;
    return (kz_local_request){
        .chain = side == LEFT ? e->params.left : e->params.right,
        .magnetized = e->params.magnetized,
        .from = e->equal ? fmin(from[LEFT], from[RIGHT]) : from[side],
        .to = e->equal ? fmax(to[LEFT], to[RIGHT]) : to[side],
    };
}

static kz_status make_half(half *h, int side, const kz_effective *e)
{
    kz_local_request request = request_of(e, side);
    kz_chain chain = h->chain = request.chain;
    bool gap = chain.kind == KZ_CHAIN_AXIAL; /* of which there are no tables of beta(e) */
    if (e->params.magnetized || gap)
        KZ_TRY(kz_inverter_create(&h->inverter, chain, NULL, &e->options));
    else
        KZ_TRY(kz_table_create_energy(&h->table, chain, &e->options));
    if (!e->params.distances) return KZ_OK;
    return kz_local_states_create(&h->states, &request, &e->options);
}

kz_status kz_effective_create(kz_effective **out, const kz_effective_params *params,
                              const kz_options *options)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_chain_check(params->left));
    KZ_TRY(kz_chain_check(params->right));
    KZ_TRY(kz_options_check(options));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_effective)));
    kz_effective *e = memory;
    e->params = *params;
    e->options = *options;
    e->equal = kz_chain_delta(params->left) == kz_chain_delta(params->right);
    kz_status status = make_half(&e->half[LEFT], LEFT, e);
    if (status == KZ_OK && !e->equal) status = make_half(&e->half[RIGHT], RIGHT, e);
    if (status == KZ_OK)
        *out = e;
    else
        kz_effective_free(e);
    return status;
}

/* -- rows ------------------------------------------------------------------------------------ */

/* Rows first ... last - 1 of a profile belong to one half. */
typedef struct {
    half *half;
    size_t first, last;
} part;

static part part_of(kz_effective *e, size_t length, int side)
{
    size_t rows = length - 2, boundary = length / 2; /* rows of n <= 0 */
    if (boundary > rows) boundary = rows;
    half *h = &e->half[e->equal ? LEFT : side];
    return side == LEFT ? (part){h, 0, boundary} : (part){h, boundary, rows};
}

static void set_input(kz_effective_row *row, const kz_effective *e, const kz_effective_profile *p,
                      size_t i)
{
    bool magnetized = e->params.magnetized;
    *row = (kz_effective_row){
        .energy = magnetized ? p->energy[i] : 0.5 * (p->energy[i] + p->energy[i + 1]),
        .magnetization = magnetized ? p->magnetization[i] : 0,
        .distance = NAN,
        .mixed = !e->equal && i + 1 == p->length / 2,
    };
}

/* Which end of the band a point that no state has lies beyond: at infinite temperature, whatever
 * mu, e = Delta m^2. */
static double cold_side(const half *h, const kz_effective_row *row)
{
    double hot = kz_chain_delta(h->chain) * row->magnetization * row->magnetization;
    return row->energy < hot ? INFINITY : -INFINITY;
}

static double sign_of(double x) { return (double)(x > 0) - (double)(x < 0); }

static void set_state(kz_effective_row *row, const kz_inverse *inverse, const half *h,
                      bool magnetized)
{
    bool finite = isfinite(row->energy) && isfinite(row->magnetization);
    row->place = finite ? inverse->place : KZ_PLACE_FAILED;
    row->status = finite ? inverse->status : KZ_EDOMAIN;
    row->beta = inverse->beta;
    row->mu = inverse->mu;
    row->err = inverse->err;
    if (row->place == KZ_PLACE_EDGE && !magnetized) row->place = KZ_PLACE_OUTSIDE;
    if (row->place == KZ_PLACE_OUTSIDE) {
        double m = row->magnetization;
        row->beta = cold_side(h, row);
        row->mu = m == 0 ? 0 : sign_of(m) * INFINITY;
        row->err = 0;
    }
    if (row->place == KZ_PLACE_FAILED) {
        row->beta = row->mu = NAN;
        row->err = INFINITY;
    }
}

/* Trouble of one row, which it tells itself, or of the call. */
static bool ends_call(kz_status status)
{
    return status == KZ_ENOMEM || status == KZ_ECANCELLED || status == KZ_EINVAL;
}

/* energy, magnetization, inverse: scratch for the rows of the part. */
static kz_status invert_part(kz_effective_row *rows, const kz_effective *e, const part *p,
                             double *energy, kz_inverse *inverse)
{
    size_t n = p->last - p->first;
    double *magnetization = energy + n;
    rows += p->first;
    for (size_t i = 0; i < n; i++) {
        energy[i] = rows[i].energy;
        magnetization[i] = rows[i].magnetization;
    }
    kz_status status = p->half->inverter
                           ? kz_inverter_solve(inverse, p->half->inverter, energy, magnetization, n)
                           : kz_table_invert(inverse, p->half->table, energy, NULL, n, &e->options);
    if (ends_call(status)) return status;
    for (size_t i = 0; i < n; i++)
        set_state(&rows[i], &inverse[i], p->half, e->params.magnetized);
    return KZ_OK;
}

/* -- distances --------------------------------------------------------------------------------- */

/* KZ_ENOMEM ends the call; other trouble is the row's. */
static kz_status measure_row(kz_effective_row *row, const half *h, const double *density)
{
    double rho[KZ_DENSITY_SIZE], err;
    kz_local_point point = {row->beta, row->mu, row->energy, row->magnetization};
    if (row->place == KZ_PLACE_EDGE || row->place == KZ_PLACE_FAILED) return KZ_OK;
    kz_status status = kz_local_states_density(rho, &err, h->states, &point);
    if (status == KZ_EDOMAIN) { /* out of reach, which is no failure */
        if (row->place == KZ_PLACE_OK) row->place = KZ_PLACE_EDGE;
        return KZ_OK;
    }
    if (status != KZ_OK) {
        row->status = status;
        row->err = INFINITY;
        return status == KZ_ENOMEM ? status : KZ_OK;
    }
    row->distance = kz_density_distance(density, rho);
    row->err = fmax(row->err, isnan(row->distance) ? INFINITY : err / fmax(1, row->distance));
    return KZ_OK;
}

/* Rows of one part, divided over the threads. */
typedef struct {
    const kz_effective *effective;
    const part *part;
    kz_progress progress;
    kz_status status; /* of the call */
} measurement;

static bool is_ended(const measurement *m)
{
    bool ended;
#pragma omp critical(kz_effective_measure)
    ended = m->status != KZ_OK;
    return ended || kz_progress_is_cancelled(&m->progress);
}

static void finish_row(measurement *m, kz_status status)
{
    size_t total = m->part->last - m->part->first;
    bool tell = kz_local_states_slow(m->part->half->states);
#pragma omp critical(kz_effective_measure)
    if (status != KZ_OK) m->status = status;
    kz_progress_add(&m->progress, 1, tell ? total : 0);
}

static kz_status measure_part(kz_effective_row *rows, const kz_effective *e, const part *p,
                              const double *density)
{
    measurement m = {.effective = e, .part = p};
    kz_progress_start(&m.progress, e->options.progress, e->options.progress_context);
#ifdef _OPENMP
    int threads = e->options.threads;
#pragma omp parallel for schedule(dynamic) num_threads(threads) if (threads > 1)
#endif
    for (size_t i = p->first; i < p->last; i++) {
        if (is_ended(&m)) continue;
        finish_row(&m, measure_row(&rows[i], p->half, density + i * KZ_DENSITY_SIZE));
    }
    kz_progress_end(&m.progress);
    if (m.status == KZ_OK && kz_progress_is_cancelled(&m.progress)) m.status = KZ_ECANCELLED;
    return m.status == KZ_OK ? KZ_OK : KZ_FAIL(m.status, "distances were not finished");
}

/* -- profiles ---------------------------------------------------------------------------------- */

static kz_status fill_rows(kz_effective_row *rows, kz_effective *e,
                           const kz_effective_profile *profile, double *numbers,
                           kz_inverse *inverse)
{
    for (size_t i = 0; i + 2 < profile->length; i++)
        set_input(&rows[i], e, profile, i);
    for (int side = 0; side < HALVES; side++) {
        part p = part_of(e, profile->length, side);
        if (p.first == p.last) continue;
        KZ_TRY(invert_part(rows, e, &p, numbers, inverse));
        if (e->params.distances) KZ_TRY(measure_part(rows, e, &p, profile->density));
    }
    return KZ_OK;
}

static kz_status check_profile(const kz_effective *e, const kz_effective_profile *p)
{
    if (p->length < 4 || p->length % 2 != 0 || !p->energy)
        return KZ_FAIL(KZ_EINVAL, "a profile of %zu sites: even numbers from 4 on", p->length);
    if (e->params.magnetized && !p->magnetization)
        return KZ_FAIL(KZ_EINVAL, "a magnetized profile without its magnetization");
    if (e->params.distances && !p->density)
        return KZ_FAIL(KZ_EINVAL, "distances need density matrices");
    return KZ_OK;
}

kz_status kz_effective_rows(kz_effective_row *out, kz_effective *effective,
                            const kz_effective_profile *profile)
{
    void *rows = NULL, *inverse = NULL;
    double *numbers = NULL;
    if (!out || !effective || !profile) return KZ_FAIL(KZ_EINVAL, "nothing to work on");
    KZ_TRY(check_profile(effective, profile));
    size_t count = profile->length - 2;
    kz_status status = kz_alloc(&rows, count, sizeof(kz_effective_row));
    if (status == KZ_OK) status = kz_alloc(&inverse, count, sizeof(kz_inverse));
    if (status == KZ_OK) status = kz_alloc_doubles(&numbers, 2 * count);
    if (status == KZ_OK) status = fill_rows(rows, effective, profile, numbers, inverse);
    for (size_t i = 0; status == KZ_OK && i < count; i++)
        out[i] = ((const kz_effective_row *)rows)[i];
    kz_free(numbers);
    kz_free(inverse);
    kz_free(rows);
    return status;
}
