/* The layers of a divided chain. */
#include <math.h>
#include <string.h>

#include "core/error.h"
#include "tbm/divided/divided.h"
#include "tbm/divided/pieces.h"

/* -- the report of a layer: whether somebody stops, how many failed, then columns by gate -------
 */

enum { STOPS, FAILED, HEAD };
enum { WEIGHT, AUDIT, SECONDS, DIMENSION, ENTROPY, COLUMNS };

static size_t rows(size_t length) { return length / 2; }

size_t kz_divided_report_size(size_t length) { return HEAD + COLUMNS * rows(length); }

static double *column(kz_divided *d, int k)
{
    return d->report + HEAD + (size_t)k * rows(d->length);
}

/* The first bond of this process's gates, and their number. */
static size_t own_gates(size_t *first, const kz_divided *d, int parity)
{
    size_t begin = kz_divided_first(d), end = kz_divided_stop(d);
    *first = begin + (begin + (size_t)parity) % 2;
    return *first + 2 <= end ? (end - *first) / 2 : 0;
}

static void fill_report(kz_divided *d, const kz_tebd *tebd)
{
    size_t first, count = own_gates(&first, d, d->parity);
    for (size_t k = 0, i = first; k < count; k++, i += 2) {
        size_t g = i / 2;
        column(d, WEIGHT)[g] = tebd->weight[g];
        column(d, AUDIT)[g] = tebd->audit[g];
        column(d, SECONDS)[g] = tebd->seconds[g];
        column(d, DIMENSION)[g] = (double)tebd->mps->bond[i + 1].total;
        column(d, ENTROPY)[g] = kz_mps_entropy_here(tebd->mps, i);
    }
}

static void begin_report(kz_divided *d, const kz_tebd *tebd, bool asked)
{
    size_t size = kz_divided_report_size(d->length);
    memset(d->report, 0, size * sizeof *d->report);
    d->report[STOPS] = asked ? 1.0 : 0.0;
    d->report[FAILED] = d->status == KZ_OK ? 0.0 : 1.0;
    if (d->status == KZ_OK) fill_report(d, tebd);
    d->team->sum_begin(d->team, d->report, size);
    d->pending = true;
}

static void end_report(kz_divided *d, kz_tebd *tebd)
{
    if (!d->pending) return;
    d->team->sum_end(d->team);
    d->pending = false;
    if (d->report[STOPS] > 0.0) d->stopping = true;
    if (d->report[FAILED] > 0.0) d->failed = true;
    if (d->failed) return;
    kz_tebd_account(tebd, d->parity, column(d, WEIGHT), column(d, AUDIT));
    for (size_t g = 0; g < kz_layer_gates(d->length, d->parity); g++) {
        size_t i = 2 * g + (size_t)d->parity;
        d->cost[i] = kz_pieces_cost(d->cost[i], column(d, SECONDS)[g]);
        d->dimension[i] = (size_t)column(d, DIMENSION)[g];
        d->entropy[i] = column(d, ENTROPY)[g];
    }
}

/* -- the executor ------------------------------------------------------------------------------ */

static void begin_divided(kz_tebd *tebd)
{
    kz_divided *d = tebd->mps->divided;
    d->stopping = false;
    if (d->team->rank == 0) kz_divided_go_on(tebd);
}

static void apply(kz_tebd *tebd, const kz_layer *layer, size_t first, size_t count)
{
    kz_divided *d = tebd->mps->divided;
    if (d->status != KZ_OK || count == 0) return;
    kz_status status = kz_tebd_gates(tebd, layer, first, count);
    if (status != KZ_OK) kz_divided_fail(d, status);
}

/* The tensor of the neighbour comes while all other gates are applied. */
static kz_status layer_divided(kz_tebd *tebd, const kz_layer *layer)
{
    kz_divided *d = tebd->mps->divided;
    size_t late, first, count;
    int from;
    kz_divided_arrange(&late, &from, tebd, layer->parity);
    count = own_gates(&first, d, layer->parity);
    if (late == d->length) {
        apply(tebd, layer, first, count);
    } else {
        size_t last = layer->parity ? late - 1 : late; /* its gate */
        apply(tebd, layer, last == first ? first + 2 : first, count - 1);
        kz_divided_receive(tebd->mps, late, from);
        apply(tebd, layer, last, 1);
    }
    tebd->layers++;
    end_report(d, tebd);
    d->parity = layer->parity;
    return KZ_OK;
}

static bool stops_divided(kz_tebd *tebd, bool asked)
{
    kz_divided *d = tebd->mps->divided;
    bool stops = d->stopping || d->failed;
    begin_report(d, tebd, asked);
    return stops;
}

static kz_status end_divided(kz_tebd *tebd, kz_status status, bool *stop)
{
    kz_divided *d = tebd->mps->divided;
    (void)status; /* failures are noted */
    end_report(d, tebd);
    *stop = d->stopping;
    return d->failed ? kz_divided_outcome(d) : KZ_OK;
}

const kz_executor kz_divided_executor = {begin_divided, layer_divided, stops_divided, end_divided};
