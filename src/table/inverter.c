/* Inversions on true states: places that need no search, many points, threads.  Every point starts
 * afresh (search.c), so that results depend on neither the order of the rows, nor what was inverted
 * before, nor the number of threads. */
#include <math.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/chain.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/progress.h"
#include "table/energy.h"
#include "table/search.h"

enum { CHUNK = 4 };

struct kz_inverter {
    kz_inverter_core core;
    kz_options options;
};

void kz_inverter_free(kz_inverter *inverter)
{
    if (!inverter) return;
    kz_boundary_free(inverter->core.boundary);
    kz_table_free(inverter->core.magnons);
    kz_free(inverter);
}

kz_status kz_inverter_create(kz_inverter **out, kz_chain chain, const kz_table *guess,
                             const kz_options *options)
{
    void *memory;
    *out = NULL;
    KZ_TRY(kz_chain_check(chain));
    KZ_TRY(kz_options_check(options));
    if (guess && (guess->kind != KZ_TABLE_GRID || guess->nb < 2 || guess->nm < 2))
        return KZ_FAIL(KZ_EINVAL, "first guesses need a grid table of at least 2 x 2");
    if (guess && kz_chain_delta(guess->chain) != kz_chain_delta(chain))
        return KZ_FAIL(KZ_EINVAL, "the table is of the chain Delta = %.15g, not %.15g",
                       kz_chain_delta(guess->chain), kz_chain_delta(chain));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_inverter)));
    kz_inverter *inverter = memory;
    *inverter = (kz_inverter){.core = {.chain = chain, .tol = options->tol, .guess = guess},
                              .options = *options};
    *out = inverter;
    return KZ_OK;
}

kz_status kz_inverter_boundary(kz_inverter_core *inverter)
{
    kz_status status = KZ_OK;
#pragma omp critical(kz_inverter_boundary)
    if (!inverter->boundary) status = kz_boundary_create(&inverter->boundary, inverter->chain);
    return status;
}

/* Points that no state has, and those that need no search. */
static kz_status place_at_once(bool *done, kz_inverse *out, kz_inverter_core *inverter)
{
    double tol = fmax(inverter->tol, KZ_BOUNDARY_TOL), e = out->energy,
           m = fabs(out->magnetization);
    kz_region_place place = KZ_REGION_OUTSIDE;
    double low = kz_chain_energy_min(inverter->chain), high = kz_chain_energy_max(inverter->chain);
    *done = true;
    if (!isfinite(e) || !isfinite(m) || m > 0.5 + tol || e < low - tol || e > high + tol) {
        kz_inverse_set_boundary(out, KZ_REGION_OUTSIDE);
    } else if (m > 0.5 - KZ_POLARISED) {
        KZ_TRY(kz_inverter_boundary(inverter));
        KZ_TRY(kz_boundary_place(&place, NULL, NULL, inverter->boundary, e, m, tol));
        kz_inverse_set_boundary(out, place);
    } else if (m == 0 && (e <= low + tol || e >= high - tol)) {
        kz_inverse_set_boundary(out, e <= low + tol ? KZ_REGION_GROUND : KZ_REGION_CEILING);
    } else {
        *done = false;
    }
    return KZ_OK;
}

static kz_status make_magnons(kz_inverter_core *inverter)
{
    kz_status status = KZ_OK;
#pragma omp critical(kz_inverter_magnons)
    if (!inverter->magnons)
        status = kz_energy_create_magnons(&inverter->magnons, inverter->chain, inverter->tol);
    return status;
}

/* The isotropic ferromagnet beyond |beta| = 300, where a state takes seconds and soon minutes:
 * by the law of its magnons. */
static kz_status place_magnons(bool *done, kz_inverse *out, kz_inverter_core *inverter)
{
    static const double COLD = 1e-4; /* of e_max - e, 9e-5 at beta = -300 */
    kz_chain chain = inverter->chain;
    bool ceiling = !kz_chain_is_turned(chain);
    double edge = ceiling ? kz_chain_energy_max(chain) : kz_chain_energy_min(chain);
    *done = false;
    if (!kz_chain_is_isotropic(chain) || out->magnetization != 0 || fabs(edge - out->energy) > COLD)
        return KZ_OK;
    KZ_TRY(make_magnons(inverter));
    if (!kz_energy_is_beyond(inverter->magnons, out->energy, ceiling)) return KZ_OK;
    kz_table_invert_energy(out, inverter->magnons);
    *done = true;
    if (out->err <= inverter->tol || out->place != KZ_PLACE_OK) return KZ_OK;
    return KZ_FAIL(KZ_ETOL, "inversion at beta = %.15g, mu = 0: error %.3g, wanted %.3g", out->beta,
                   out->err, inverter->tol);
}

static kz_status invert_point(kz_inverse *out, kz_inverter_states *states,
                              kz_inverter_core *inverter)
{
    bool done;
    KZ_TRY(place_at_once(&done, out, inverter));
    if (!done) KZ_TRY(place_magnons(&done, out, inverter));
    return done ? KZ_OK : kz_inverter_search(out, states, inverter);
}

/* A state nobody can find deserves a second look: is the point outside? */
static kz_status explain_failure(kz_inverse *out, kz_inverter_core *inverter, kz_status failure)
{
    kz_region_place place;
    char reason[256] = "";
    strncpy(reason, kz_error_reason(), sizeof reason - 1);
    kz_status status = kz_inverter_boundary(inverter);
    if (status == KZ_OK)
        status = kz_boundary_place(&place, NULL, NULL, inverter->boundary, out->energy,
                                   out->magnetization, fmax(inverter->tol, KZ_BOUNDARY_TOL));
    if (status == KZ_OK && place != KZ_REGION_INSIDE) {
        kz_inverse_set_boundary(out, place);
        return KZ_OK;
    }
    kz_inverse_set_place(out, KZ_PLACE_FAILED, NAN, NAN, INFINITY);
    out->status = failure;
    return KZ_FAIL(failure, "%s", reason);
}

/* Numbers that miss the tolerance stand where there are any and the change from grid to grid, which
 * is their error, was small already: grids that do not resolve a state may lead anywhere. */
static bool is_resolved(const kz_inverse *out)
{
    static const double RESOLVED = 1e-4;
    return out->err > 0 && out->err < RESOLVED;
}

typedef struct {
    kz_inverse *out;
    kz_inverter *inverter;
    size_t n;
    kz_progress progress;
    kz_first_failure first;
} batch;

static void finish_row(batch *b, size_t i, kz_status status)
{
#pragma omp critical(kz_inverter_batch)
    if (status != KZ_OK) kz_first_failure_note(&b->first, i, status);
    kz_progress_add(&b->progress, 1, b->n);
}

static void run_batch(batch *b)
{
    kz_inverter *inverter = b->inverter;
    kz_inverter_core *core = &inverter->core;
#ifdef _OPENMP
    size_t most = (b->n + CHUNK - 1) / CHUNK;
    int threads = (size_t)inverter->options.threads < most ? inverter->options.threads : (int)most;
#pragma omp parallel num_threads(threads) if (threads > 1)
#endif
    {
        kz_inverter_states states = {.true_states = {.chain = core->chain, .tol = core->tol},
                                     .coarse = {.chain = core->chain, .tol = KZ_WAY_TOL}};
#ifdef _OPENMP
#pragma omp for schedule(dynamic, CHUNK)
#endif
        for (size_t i = 0; i < b->n; i++) {
            if (kz_progress_is_cancelled(&b->progress)) continue;
            kz_status status = invert_point(&b->out[i], &states, core);
            if (status == KZ_ETOL && is_resolved(&b->out[i]))
                b->out[i].status = status;
            else if (status != KZ_OK)
                status = explain_failure(&b->out[i], core, status);
            finish_row(b, i, status);
        }
        kz_states_free(&states.true_states);
        kz_states_free(&states.coarse);
    }
}

kz_status kz_inverter_solve(kz_inverse *out, kz_inverter *inverter, const double *energy,
                            const double *magnetization, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (kz_inverse){.energy = energy[i],
                              .magnetization = magnetization ? magnetization[i] : 0};
    const kz_options *options = &inverter->options;
    batch b = {.out = out, .inverter = inverter, .n = n};
    kz_progress_start(&b.progress, options->progress, options->progress_context);
    if (n > 0) run_batch(&b);
    kz_progress_end(&b.progress);
    if (kz_progress_is_cancelled(&b.progress))
        return KZ_FAIL(KZ_ECANCELLED, "cancelled after %zu of %zu rows", b.progress.done, n);
    return KZ_FAIL_FIRST(&b.first);
}
