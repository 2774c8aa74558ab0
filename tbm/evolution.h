/* What a time evolution holds, and who executes its layers; internal. */
#ifndef KZ_TBM_EVOLUTION_H
#define KZ_TBM_EVOLUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "tbm/layers.h"
#include "tbm/update.h"

struct kz_tebd {
    kz_mps *mps; /* the caller's */
    kz_tebd_params params;
    kz_bond *bond;     /* [length - 1] */
    double *discarded; /* [length - 1] accumulated */
    double bound;      /* of the distance to the state without truncation, kz_tebd_error_bound() */
    double *excess;    /* [length - 1] the worst that audits of a bond's updates found */
    kz_work *work;     /* [params.threads] */
    double time;
    uint64_t layers; /* executed since the creation */

    /* Of the layer at hand, by gate: the one on bond i is number i / 2. */
    double *weight;  /* discarded */
    double *audit;   /* excess that an audit found, 0: none */
    double *seconds; /* processor time, 0: not known; of divided chains only */

    /* The evolution in progress: half layers `next` onward of `steps` steps. */
    double dt;
    size_t steps, next;
};

/* Who executes the layers of an evolution.  In this order: begin; for each layer `layer`, then
 * `stops`; end.  All processes of a divided chain come to the same `stops` at the same layer. */
typedef struct {
    void (*begin)(kz_tebd *tebd);
    kz_status (*layer)(kz_tebd *tebd, const kz_layer *layer);
    /* asked: whether this process wants to stop.  Whether all do so now. */
    bool (*stops)(kz_tebd *tebd, bool asked);
    /* The outcome of all layers; *stop is set where somebody asked too late to be heard before. */
    kz_status (*end)(kz_tebd *tebd, kz_status status, bool *stop);
} kz_executor;

/* Applies the gates of a layer on the bonds first, first + 2, ..., in parallel: any order gives the
 * same result. */
KZ_CHECK_RESULT kz_status kz_tebd_gates(kz_tebd *tebd, const kz_layer *layer, size_t first,
                                        size_t count);

/* Adds what a whole layer did, by gate. */
void kz_tebd_account(kz_tebd *tebd, int parity, const double *weight, const double *audit);

#endif
