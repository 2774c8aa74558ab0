/* Chains in several processes: storage, failures, what the first process knows of the rest. */
#include "tbm/divided/divided.h"

#include <limits.h>
#include <string.h>

#include "core/error.h"
#include "core/memory.h"
#include "tbm/divided/pieces.h"

/* -- storage ---------------------------------------------------------------------------------- */

static void free_divided(kz_divided *d)
{
    for (size_t i = 0; d->packet && i <= d->length; i++)
        kz_free(d->packet[i].data);
    kz_free(d->packet);
    kz_free(d->even);
    kz_free(d->cut);
    kz_free(d->next);
    kz_free(d->trial);
    kz_free(d->cost);
    kz_free(d->report);
    kz_free(d->dimension);
    kz_free(d->entropy);
    kz_free(d);
}

static kz_status allocate_sizes(size_t **out, size_t count)
{
    void *memory = NULL;
    kz_status status = kz_alloc(&memory, count, sizeof **out);
    *out = memory;
    return status;
}

static kz_status allocate(kz_divided *d)
{
    void *memory = NULL;
    size_t cuts = (size_t)d->team->size + 1, bonds = d->length - 1;
    KZ_TRY(allocate_sizes(&d->even, cuts));
    KZ_TRY(allocate_sizes(&d->cut, cuts));
    KZ_TRY(allocate_sizes(&d->next, cuts));
    KZ_TRY(allocate_sizes(&d->trial, cuts));
    KZ_TRY(allocate_sizes(&d->dimension, bonds));
    KZ_TRY(kz_alloc_doubles(&d->cost, bonds));
    KZ_TRY(kz_alloc_doubles(&d->entropy, bonds));
    KZ_TRY(kz_alloc_doubles(&d->report, kz_divided_report_size(d->length)));
    KZ_TRY(kz_alloc(&memory, d->length + 1, sizeof *d->packet));
    d->packet = memory;
    return d->team->reserve(d->team, KZ_SLOTS * (d->length + 1));
}

/* Before anything is measured: microseconds as in docs/tebd.md. */
static void estimate(kz_divided *d, const kz_mps *mps)
{
    static const double once = 2e-7, per_pair = 6e-8;
    for (size_t i = 0; i + 1 < d->length; i++) {
        d->cost[i] = once + per_pair * (double)mps->bond[i].total * (double)mps->bond[i + 2].total;
        d->dimension[i] = mps->bond[i + 1].total;
        d->entropy[i] = kz_mps_entropy_here(mps, i);
    }
}

kz_status kz_divided_create(kz_mps *mps, kz_team *team)
{
    void *memory = NULL;
    KZ_TRY(kz_alloc(&memory, 1, sizeof(kz_divided)));
    kz_divided *d = memory;
    d->team = team;
    d->mps = mps;
    d->length = mps->length;
    kz_status status = allocate(d);
    if (status != KZ_OK) {
        free_divided(d);
        return status;
    }
    estimate(d, mps);
    kz_pieces_choose(d->even, d->cost, d->length, team->size);
    memcpy(d->cut, d->even, ((size_t)team->size + 1) * sizeof *d->cut);
    mps->divided = d;
    return KZ_OK;
}

void kz_divided_end(kz_mps *mps)
{
    kz_divided *d = mps->divided;
    if (!d) return;
    if (d->team->rank == 0) kz_divided_release(d->team);
    for (size_t i = 0; i <= d->length; i++)
        kz_divided_finish(d, i);
    d->team->chain = NULL;
    mps->divided = NULL;
    free_divided(d);
}

/* -- failures --------------------------------------------------------------------------------- */

void kz_divided_fail(kz_divided *d, kz_status status)
{
    if (d->status != KZ_OK) return;
    d->status = status;
    strncpy(d->reason, kz_error_reason(), sizeof d->reason - 1);
}

/* What stands in for the status of a process that failed because another had. */
static const kz_status AFTER_ANOTHER = KZ_ECANCELLED;

kz_status kz_divided_agree(kz_team *team, kz_status status)
{
    struct {
        int32_t status;
        char reason[252];
    } failure = {.status = (int32_t)status};
    int mine = status == KZ_OK ? INT_MAX : team->rank;
    if (status == AFTER_ANOTHER) mine += team->size;
    int first = team->least(team, mine);
    if (first == INT_MAX) return KZ_OK;
    first %= team->size;
    if (status != KZ_OK) strncpy(failure.reason, kz_error_reason(), sizeof failure.reason - 1);
    team->broadcast(team, first, &failure, sizeof failure);
    if (first == team->rank) return status;
    return KZ_FAIL((kz_status)failure.status, "process %d: %s", first, failure.reason);
}

kz_status kz_divided_outcome(kz_divided *d)
{
    kz_status status = d->status == KZ_OK ? KZ_OK : KZ_FAIL(d->status, "%s", d->reason);
    status = kz_divided_agree(d->team, status);
    if (status != KZ_OK) kz_divided_fail(d, status);
    return status;
}

/* -- what is known of the whole --------------------------------------------------------------- */

size_t kz_divided_bond_dimension(const kz_mps *mps, size_t i) { return mps->divided->dimension[i]; }

double kz_divided_entropy(const kz_mps *mps, size_t i) { return mps->divided->entropy[i]; }

int kz_divided_size(const kz_mps *mps) { return mps->divided->team->size; }

void kz_divided_poll(kz_divided *d) { d->team->poll(d->team); }
