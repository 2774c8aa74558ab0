/* Time evolution by layers of two-site gates. */
#include <math.h>
#include <string.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/memory.h"
#include "tbm/divided/divided.h"
#include "tbm/evolution.h"
#include "tbm/flip.h"

kz_tebd_params kz_tebd_params_default(void)
{
    return (kz_tebd_params){.trotter = KZ_TROTTER_4,
                            .split = KZ_SPLIT_AUTO,
                            .chi = 500,
                            .cutoff = 1e-9,
                            .cutoff_per_gate = false,
                            .threads = 1};
}

kz_status kz_tebd_params_check(const kz_tebd_params *params)
{
    if ((int)params->trotter < KZ_TROTTER_2 || params->trotter > KZ_TROTTER_4_FOREST_RUTH)
        return KZ_FAIL(KZ_EINVAL, "unknown splitting %d", (int)params->trotter);
    if ((int)params->split < KZ_SPLIT_AUTO || params->split > KZ_SPLIT_SVD)
        return KZ_FAIL(KZ_EINVAL, "unknown split %d", (int)params->split);
    if (params->chi < 1 || params->chi > 1000000)
        return KZ_FAIL(KZ_EINVAL, "bond dimension %zu is not between 1 and 1000000", params->chi);
    if (!(params->cutoff >= 0.0 && params->cutoff < 1.0))
        return KZ_FAIL(KZ_EINVAL, "cutoff %.15g is not between 0 and 1", params->cutoff);
    if (params->threads < 1) return KZ_FAIL(KZ_EINVAL, "%d threads", params->threads);
    return KZ_OK;
}

static kz_status fill(kz_tebd *tebd, const kz_couplings *couplings)
{
    size_t length = tebd->mps->length, bonds = length - 1;
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, bonds, sizeof *tebd->bond));
    tebd->bond = memory;
    KZ_TRY(kz_alloc_doubles(&tebd->discarded, bonds));
    KZ_TRY(kz_alloc_doubles(&tebd->weight, bonds));
    KZ_TRY(kz_alloc_doubles(&tebd->audit, bonds));
    KZ_TRY(kz_alloc_doubles(&tebd->seconds, bonds));
    KZ_TRY(kz_alloc_doubles(&tebd->excess, bonds));
    KZ_TRY(kz_alloc(&memory, (size_t)tebd->params.threads, sizeof *tebd->work));
    tebd->work = memory;
    for (size_t i = 0; i < bonds; i++)
        tebd->bond[i] = kz_couplings_bond(couplings, length, i);
    return KZ_OK;
}

static bool has_field(const kz_tebd *tebd)
{
    for (size_t i = 0; i + 1 < tebd->mps->length; i++)
        if (tebd->bond[i].left != 0.0 || tebd->bond[i].right != 0.0) return true;
    return false;
}

kz_status kz_tebd_create_coupled(kz_tebd **out, kz_mps *mps, const kz_couplings *couplings,
                                 const kz_tebd_params *params)
{
    void *memory = NULL;
    *out = NULL;
    KZ_TRY(kz_tebd_params_check(params));
    KZ_TRY(kz_couplings_check(couplings, mps->length));
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_tebd)));
    kz_tebd *tebd = memory;
    tebd->mps = mps;
    tebd->params = *params;
    kz_status status = fill(tebd, couplings);
    if (status == KZ_OK && mps->flips && has_field(tebd)) status = kz_flip_forget(mps);
    if (status != KZ_OK) {
        kz_tebd_free(tebd);
        return status;
    }
    *out = tebd;
    return KZ_OK;
}

kz_status kz_tebd_create(kz_tebd **out, kz_mps *mps, const double *delta,
                         const kz_tebd_params *params)
{
    return kz_tebd_create_coupled(out, mps, &(kz_couplings){.delta = delta}, params);
}

void kz_tebd_free(kz_tebd *tebd)
{
    if (!tebd) return;
    for (int k = 0; tebd->work && k < tebd->params.threads; k++)
        kz_work_free(&tebd->work[k]);
    kz_free(tebd->work);
    kz_free(tebd->bond);
    kz_free(tebd->discarded);
    kz_free(tebd->weight);
    kz_free(tebd->audit);
    kz_free(tebd->seconds);
    kz_free(tebd->excess);
    kz_free(tebd);
}

/* One update in about five hundred is checked against the full decomposition, chosen by layer and
 * bond only: an audit costs two updates more. */
static bool is_audited(uint64_t stream)
{
    return (stream * 0x9e3779b97f4a7c15U) >> 32 < (uint64_t)0x100000000U / 500U;
}

/* The gate of bond i; random columns depend on layer and bond only, not on the thread. */
static kz_status apply_gate(kz_tebd *tebd, const kz_layer *layer, size_t i, kz_work *work)
{
    const kz_tebd_params *p = &tebd->params;
    kz_gate gate = kz_gate_of_bond(layer->tau, &tebd->bond[i]);
    kz_update_limits limits = {
        .chi = p->chi,
        .allowed = p->cutoff_per_gate ? p->cutoff : p->cutoff * layer->share,
        .split = p->split,
        .stream = tebd->layers * (uint64_t)tebd->mps->length + i,
    };
    double weight = 0.0, excess = NAN;
    if (is_audited(limits.stream)) limits.excess = &excess;
    tebd->weight[i / 2] = tebd->audit[i / 2] = 0.0;
    KZ_TRY(kz_update_bond(&weight, tebd->mps, i, &gate, &limits, work));
    tebd->weight[i / 2] = weight;
    if (limits.excess) tebd->audit[i / 2] = fmax(excess, 0.0);
    return KZ_OK;
}

/* Measures what the gate costs, which the division of the chain goes by, and has messages move on.
 * An audit is rare and costs twice as much as the update: it says nothing. */
static kz_status apply_gate_timed(kz_tebd *tebd, const kz_layer *layer, size_t i, kz_work *work)
{
    double begin = kz_clock_thread_seconds();
    kz_status status = apply_gate(tebd, layer, i, work);
    bool audited = is_audited(tebd->layers * (uint64_t)tebd->mps->length + i);
    tebd->seconds[i / 2] = audited ? 0.0 : kz_clock_thread_seconds() - begin;
    if (kz_thread_number() == 0) kz_divided_poll(tebd->mps->divided);
    return status;
}

/* Two states across the two sites of a gate cost this many microseconds (docs/tebd.md), and below
 * so many microseconds a layer is over before a second thread is awake. */
static const double UPDATE_COST = 0.06, WORTH_THREADS = 300.0;

static bool is_worth_threads(const kz_mps *mps, size_t first, size_t count)
{
    double cost = 0.0;
    for (size_t k = 0, i = first; k < count; k++, i += 2)
        cost += (double)mps->bond[i].total * (double)mps->bond[i + 2].total;
    return UPDATE_COST * cost > WORTH_THREADS;
}

/* What the truncations of one layer do to the state at most.
 *
 * Each keeps the largest right Schmidt vectors of its bond.  Seen from the left, with the state
 * before as bra and the state after as ket, the overlap matrix of a bond is the S^2 it was less a
 * matrix of trace norm at most the sum of the weights w discarded so far: a truncation adds its own
 * w, and gates and later projections do not increase a trace norm.  Hence Re <before|after> >= 1 -
 * W with W = sum of w, and as the norm does not grow, the distance is at most sqrt(2 W)
 * (verstraete2006).  One truncation alone is a projection: the distance is sqrt(w), and the
 * triangle inequality gives sum of sqrt(w), which is less where one bond carries most.  Gates are
 * unitary, so the distances of all layers add up at most.  Norms are restored bond by bond; that,
 * and the loss of the canonical form, is of second order in the weights of a layer. */
static double layer_distance(const double *weight, size_t count)
{
    double sum = 0.0, roots = 0.0;
    for (size_t k = 0; k < count; k++) {
        double w = fmax(weight[k], 0.0);
        sum += w;
        roots += sqrt(w);
    }
    return fmin(sqrt(2.0 * sum), roots);
}

void kz_tebd_account(kz_tebd *tebd, int parity, const double *weight, const double *audit)
{
    size_t count = kz_layer_gates(tebd->mps->length, parity);
    for (size_t k = 0, i = (size_t)parity; k < count; k++, i += 2) {
        tebd->discarded[i] += weight[k];
        tebd->excess[i] = fmax(tebd->excess[i], audit[k]);
    }
    tebd->bound += layer_distance(weight, count);
}

/* The gates of a layer touch disjoint tensors: any order, any thread, the same result. */
kz_status kz_tebd_gates(kz_tebd *tebd, const kz_layer *layer, size_t first, size_t count)
{
    kz_first_failure failure = {0};
    int threads = is_worth_threads(tebd->mps, first, count) ? tebd->params.threads : 1;
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads) if (threads > 1)
    for (long k = 0; k < (long)count; k++) {
        size_t i = first + 2 * (size_t)k;
        kz_work *work = &tebd->work[kz_thread_number()];
        kz_status one = tebd->mps->divided ? apply_gate_timed(tebd, layer, i, work)
                                           : apply_gate(tebd, layer, i, work);
        if (one == KZ_OK) continue;
#pragma omp critical(kz_tebd)
        kz_first_failure_note(&failure, (size_t)k, one);
    }
    return KZ_FAIL_FIRST(&failure);
}

/* -- the layers of one process ---------------------------------------------------------------- */

static void begin_alone(kz_tebd *tebd) { (void)tebd; }

static kz_status layer_alone(kz_tebd *tebd, const kz_layer *layer)
{
    size_t first = (size_t)layer->parity, count = kz_layer_gates(tebd->mps->length, layer->parity);
    kz_status status = kz_tebd_gates(tebd, layer, first, count);
    tebd->layers++;
    if (status != KZ_OK) return status;
    kz_tebd_account(tebd, layer->parity, tebd->weight, tebd->audit);
    return KZ_OK;
}

static bool stops_alone(kz_tebd *tebd, bool asked)
{
    (void)tebd;
    return asked;
}

static kz_status end_alone(kz_tebd *tebd, kz_status status, bool *stop)
{
    (void)tebd;
    (void)stop;
    return status;
}

static const kz_executor alone = {begin_alone, layer_alone, stops_alone, end_alone};

/* -- the evolution ---------------------------------------------------------------------------- */

/* Layers until the last or until all processes stop. */
static kz_status execute(bool *stop, kz_tebd *tebd, kz_progress_fn progress, void *context)
{
    const kz_executor *executor = tebd->mps->divided ? &kz_divided_executor : &alone;
    size_t total = kz_layer_count(tebd->params.trotter, tebd->steps);
    kz_status status = KZ_OK;
    bool asked = false;
    *stop = false;
    executor->begin(tebd);
    while (!*stop && tebd->next < total) {
        kz_layer layer = kz_layer_at(tebd->params.trotter, tebd->dt, tebd->steps, tebd->next);
        status = executor->layer(tebd, &layer);
        if (status != KZ_OK) break;
        tebd->next++;
        if (!asked && tebd->next < total && progress)
            asked = progress(context, tebd->next, total) != 0;
        *stop = executor->stops(tebd, asked);
    }
    return executor->end(tebd, status, stop);
}

kz_status kz_tebd_continue(kz_tebd *tebd, kz_progress_fn progress, void *context)
{
    bool stop;
    kz_status status = execute(&stop, tebd, progress, context);
    if (status != KZ_OK) { /* half a layer cannot be repeated */
        tebd->steps = tebd->next = 0;
        return status;
    }
    if (stop)
        return KZ_FAIL(KZ_ECANCELLED, "stopped after %zu of %zu layers", tebd->next,
                       kz_layer_count(tebd->params.trotter, tebd->steps));
    tebd->time += tebd->dt * (double)tebd->steps;
    tebd->steps = tebd->next = 0;
    return KZ_OK;
}

kz_status kz_tebd_advance(kz_tebd *tebd, double dt, size_t steps, kz_progress_fn progress,
                          void *context)
{
    if (!isfinite(dt)) return KZ_FAIL(KZ_EINVAL, "time step %.15g", dt);
    if (tebd->steps > 0) return KZ_FAIL(KZ_EINVAL, "an evolution is still in progress");
    if (steps > SIZE_MAX / 64) return KZ_FAIL(KZ_EINVAL, "%zu steps are too many", steps);
    tebd->dt = dt;
    tebd->steps = steps;
    tebd->next = 0;
    return kz_tebd_continue(tebd, progress, context);
}

/* What kz_tebd_write() puts before the discarded weights. */
typedef struct {
    double time, dt, bound;
    uint64_t layers, steps, next, bonds;
} progress_record;

kz_status kz_tebd_write(const kz_tebd *tebd, kz_write_fn write, void *context)
{
    size_t bonds = tebd->mps->length - 1;
    progress_record record = {tebd->time,  tebd->dt,   tebd->bound,    tebd->layers,
                              tebd->steps, tebd->next, (uint64_t)bonds};
    KZ_TRY(write(context, &record, sizeof record));
    KZ_TRY(write(context, tebd->discarded, bonds * sizeof *tebd->discarded));
    return write(context, tebd->excess, bonds * sizeof *tebd->excess);
}

kz_status kz_tebd_read(kz_tebd *tebd, kz_read_fn read, void *context)
{
    size_t bonds = tebd->mps->length - 1;
    progress_record record;
    double *both;
    KZ_TRY(read(context, &record, sizeof record));
    if (record.bonds != bonds || !isfinite(record.time) || !isfinite(record.dt) ||
        !(record.bound >= 0.0) || record.steps > SIZE_MAX / 64 ||
        record.next > kz_layer_count(tebd->params.trotter, (size_t)record.steps))
        return KZ_FAIL(KZ_EDOMAIN, "the stored evolution is not one of %zu bonds", bonds);
    KZ_TRY(kz_alloc_doubles(&both, 2 * bonds));
    kz_status status = read(context, both, 2 * bonds * sizeof *both);
    if (status == KZ_OK) {
        memcpy(tebd->discarded, both, bonds * sizeof *both);
        memcpy(tebd->excess, both + bonds, bonds * sizeof *both);
    }
    kz_free(both);
    KZ_TRY(status);
    tebd->time = record.time;
    tebd->dt = record.dt;
    tebd->bound = record.bound;
    tebd->layers = record.layers;
    tebd->steps = (size_t)record.steps;
    tebd->next = (size_t)record.next;
    return KZ_OK;
}

bool kz_tebd_in_progress(const kz_tebd *tebd) { return tebd->steps > 0; }

double kz_tebd_time(const kz_tebd *tebd) { return tebd->time; }

double kz_tebd_truncation(const kz_tebd *tebd, size_t i) { return tebd->discarded[i]; }

double kz_tebd_truncation_total(const kz_tebd *tebd)
{
    double sum = 0.0;
    for (size_t i = 0; i + 1 < tebd->mps->length; i++)
        sum += tebd->discarded[i];
    return sum;
}

double kz_tebd_error_bound(const kz_tebd *tebd) { return tebd->bound; }

double kz_tebd_worst_excess(const kz_tebd *tebd)
{
    double worst = 0.0;
    for (size_t i = 0; i + 1 < tebd->mps->length; i++)
        worst = fmax(worst, tebd->excess[i]);
    return worst;
}
